"""The owner's way to a running server: the door that DIR/control.json names, asked one operation at a time."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from appliance import paths
from appliance.errors import Conflict, EnvironmentFault, Forbidden, NotFound, UserError
from appliance.wire import codec
from appliance.wire.problem import Problem

CONNECT_SECONDS = 3.0
REPLY_SECONDS = 600.0


class Remote:
    """The running server's door."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self._host, self._port, self._token = parts.hostname or "", parts.port or 0, token

    def do(self, operation: str, request: object = None) -> Any:
        """POST /operations/NAME; EnvironmentFault server.not_running where nobody listens, server.no_reply where the reply does not come."""
        body = codec.encode({} if request is None else request)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection(self._host, self._port, timeout=CONNECT_SECONDS)
        try:
            try:
                connection.connect()
            except OSError as error:
                raise EnvironmentFault("server.not_running") from error
            connection.sock.settimeout(REPLY_SECONDS)
            try:
                connection.request("POST", f"/operations/{operation}", body, headers)
                response = connection.getresponse()
                data = response.read()
            except (OSError, http.client.HTTPException) as error:
                raise EnvironmentFault("server.no_reply", reason=error) from error
        finally:
            connection.close()
        if response.status == 200:
            return codec.decode(data, object)
        raise _error_of(response.status, data)


def _error_of(status: int, data: bytes) -> UserError | EnvironmentFault:
    try:
        problem = codec.decode(data, Problem)
    except UserError:
        problem = Problem(status=status)
    if status == 401:
        return EnvironmentFault("server.not_running")  # the file is of an earlier start; the door is somebody else's
    if status >= 500:
        return EnvironmentFault(problem.code or "server.no_reply", **{"reason": f"HTTP {status}", **problem.parameters})
    kind = {403: Forbidden, 404: NotFound, 409: Conflict}.get(status, UserError)
    return kind(problem.code or "server.no_reply", field=problem.field, **problem.parameters)


def control_of(folder: paths.DataFolder) -> Remote | None:
    """The door that the folder's control.json names; None where there is none that can be read."""
    try:
        found = json.loads(folder.control.read_text(encoding="utf-8"))
        return Remote(str(found["url"]), str(found["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None

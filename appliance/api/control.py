"""The folder owner's door: commands beside a running server ask it here, so that running calls hear of it at once.

A listener on loopback with a token made anew at each start. URL and token stand in DIR/control.json, readable by the
folder's owner alone: whoever can read that file can write the database as well. `POST /operations/NAME` with the
operation's request as JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.web.server import NOT_DONE_YET, Request

from appliance import __version__
from appliance.api.auth import Asked, bearer, same
from appliance.api.bindings import Bound, operation
from appliance.api.problems import problem_of
from appliance.api.replies import read_body, write_problem
from appliance.api.site import Answering, Exclusive, Means
from appliance.errors import EnvironmentFault, NotFound, UserError
from appliance.http_common import Door, listen
from appliance.services.ground.access import folder_owner
from appliance.wire import codec

PREFIX = "/operations/"
HOST = "127.0.0.1"


class ControlResource(Answering):
    """Answers `POST /operations/NAME` to whoever holds the token."""

    def __init__(self, bound: Mapping[str, Bound], exclusive: Exclusive, token: str, means: Means | None = None) -> None:
        super().__init__(bound, exclusive, means=means)
        self._token = token

    def render(self, request: Request) -> int:
        token = bearer(request.getHeader("authorization"))
        path = request.path.decode("utf-8", "replace")
        try:
            if not same(token, self._token):
                raise UserError("access.sign_in")
            if request.method != b"POST" or not path.startswith(PREFIX):
                raise NotFound("request.no_such_path", path=path)
            asked = operation(path.removeprefix(PREFIX))
            ask = codec.decode(read_body(request), asked.request)
        except UserError as error:
            write_problem(request, problem_of(error))
            return NOT_DONE_YET
        return self.answer(request, asked, lambda: Asked(folder_owner(), HOST, token), ask)


class Control:
    """The open door; `close` shuts it and takes the file away."""

    def __init__(
        self, reactor: Any, bound: Mapping[str, Bound], exclusive: Exclusive, file: Path, token: str, means: Means | None = None, web: str = ""
    ) -> None:
        """Listens and writes the file. `token`: at least 128 random bits as text; `web`: where the API is reached.

        EnvironmentFault where either fails.
        """
        self._file = file
        self._port = listen(reactor, HOST, 0, Door(ControlResource(bound, exclusive, token, means), "control", reactor))
        self.url = self._port.url
        write_private(file, json.dumps({"url": self.url, "token": token, "web": web, "pid": os.getpid(), "version": __version__}).encode())

    def close(self) -> Deferred[None]:
        """Stop listening; fires when closed."""
        with contextlib.suppress(FileNotFoundError):
            self._file.unlink()
        return self._port.close()


def write_private(file: Path, data: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all; EnvironmentFault folder.not_writable."""
    part = file.with_name(f"{file.name}.part")
    try:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(data)
        part.replace(file)
    except OSError as error:
        raise EnvironmentFault("folder.not_writable", folder=file.parent, reason=error.strerror or error) from error

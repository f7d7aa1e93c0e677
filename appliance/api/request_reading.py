"""What comes in: the operation that a method and path mean, and its request from path, query, headers and body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from twisted.web.server import Request

from appliance.api.replies import JSON, version_of
from appliance.errors import Conflict, UserError
from appliance.services.ground.once import LONGEST_ID as LONGEST_KEY
from appliance.wire import codec
from appliance.wire.operations import OPERATIONS, PREFIX, Operation
from appliance.wire.shapes import BY_ID, ref_fields

MOST_QUERY_FIELDS = 100
LONGEST_ID = 18


class Routes:
    """Operations by method and path; places in a path are fields of the request.

    Law (OpenAPI 3.1, 4.8.8.2): a path without places is itself alone, whatever the method.
    """

    def __init__(self) -> None:
        self._exact: dict[str, dict[str, Operation]] = {}
        self._table: dict[tuple[str, int], list[tuple[list[str], Operation]]] = {}
        for operation in OPERATIONS.values():
            path = PREFIX + operation.path
            if "{" in path:
                parts = path.split("/")
                self._table.setdefault((operation.method, len(parts)), []).append((parts, operation))
            else:
                self._exact.setdefault(path, {})[operation.method] = operation

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation and what stands in its places; None where nothing is."""
        path = path.rstrip("/")
        exact = self._exact.get(path)
        if exact is not None:
            found = exact.get(method)
            return None if found is None else (found, {})
        parts = path.split("/")
        for pattern, operation in self._table.get((method, len(parts)), ()):
            places = {}
            for want, have in zip(pattern, parts, strict=True):
                if want.startswith("{"):
                    places[want[1:-1]] = unquote(have)
                elif want != have:
                    break
            else:
                return operation, places
        return None

    def methods(self, path: str) -> list[str]:
        """The methods that are answered there."""
        return [method for method in ("GET", "POST", "PUT", "PATCH", "DELETE") if self.find(method, path)]


def read_request(request: Request, operation: Operation, places: Mapping[str, str], body: bytes) -> object:
    """The operation's request; UserError where it is not one.

    If-Match gives `version`, Idempotency-Key gives `request_id`, where the request has them and did not say otherwise.
    """
    query = request.uri.partition(b"?")[2].decode("utf-8", "replace")
    try:
        asked = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_QUERY_FIELDS)
    except ValueError as error:
        raise UserError("request.wrong_value", what=str(error)) from error
    outside: dict[str, Any] = {**dict(asked), **_ids(asked, operation), **places, **_headers(request, operation, places)}
    asks = _asked(request, operation, outside, body)
    if operation.once and len(getattr(asks, "request_id", "")) > LONGEST_KEY:
        raise Conflict("request.id_too_long", field="request_id", longest=LONGEST_KEY)
    return asks


def _asked(request: Request, operation: Operation, outside: dict[str, Any], body: bytes) -> object:
    """The request of what stands outside the body and, where that says more, in it."""
    if operation.method in {"GET", "DELETE"} or not body.strip():
        return codec.convert(outside, operation.request)
    kind = (request.getHeader("content-type") or JSON).partition(";")[0].strip().lower()
    if kind != JSON:
        raise UserError("request.wrong_media_type", field="Content-Type")
    if not outside:
        return codec.decode(body, operation.request)
    inside = codec.decode(body, dict[str, Any])
    if "version" in inside:
        outside.pop("version", None)
    if inside.get("request_id", "") != "":
        outside.pop("request_id", None)
    return codec.shaped({**inside, **codec.texts(outside, operation.request)}, operation.request)


def _ids(asked: list[tuple[str, str]], operation: Operation) -> dict[str, int]:
    """The query's `name=id:5` as numbers."""
    refs = ref_fields(operation.request)
    said = {name: text.removeprefix(BY_ID) for name, text in asked if name in refs and text.startswith(BY_ID)}
    return {name: int(digits) for name, digits in said.items() if digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_ID}


def _headers(request: Request, operation: Operation, places: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {}
    match = request.getHeader("if-match")
    if match and match.strip() != "*" and "version" in operation.request.__struct_fields__ and "id" in places:
        found["version"] = version_of(match, places["id"])
    key = request.getHeader("idempotency-key")
    if key and operation.once:
        found["request_id"] = key.strip().strip('"')
    return found

"""JSON of the wire: strict types in, compact text out, and faults that name the field.

Requests are msgspec structs that forbid unknown fields (`shapes.Request`); a wrong or unknown field becomes a UserError whose `field`
is the dotted path into the request, so that every door says the same.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from appliance.errors import UserError

T = TypeVar("T")

MOST_BYTES = 32 * 1024 * 1024
"""The largest request that is read (a description file of a big shop)."""


_PATH = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"contains unknown field `(?P<name>[^`]*)`")
_MISSING = re.compile(r"missing required field `(?P<name>[^`]*)`")


def _dotted(path: str) -> str:
    """`$.customers[2].name` → `customers[2].name`."""
    return path.removeprefix("$").removeprefix(".")


def _fault(error: msgspec.ValidationError) -> UserError:
    match = _PATH.match(str(error))
    what, path = (match["what"], _dotted(match["path"] or "")) if match else (str(error), "")
    for pattern, code in ((_UNKNOWN, "request.unknown_field"), (_MISSING, "request.missing_field")):
        found = pattern.search(what)
        if found:
            name = found["name"]
            return UserError(code, field=f"{path}.{name}" if path else name, name=name)
    return UserError("request.wrong_value", field=path or None, what=what)


def decode(body: bytes | str, kind: type[T]) -> T:
    """The value of a JSON text.

    UserError request.not_json (with line and column), request.unknown_field, request.missing_field, request.wrong_value.
    """
    data = body.encode() if isinstance(body, str) else body
    if len(data) > MOST_BYTES:
        raise UserError("request.too_large", most=MOST_BYTES)
    try:
        return msgspec.json.decode(data or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise _fault(error) from error
    except msgspec.DecodeError as error:
        raise not_json(data, str(error)) from error
    except RecursionError as error:
        raise UserError("request.not_json", line=1, column=1, what="nested too deeply") from error


def not_json(data: bytes, what: str) -> UserError:
    """The fault of a text that is no JSON, with the place msgspec names as a byte."""
    found = re.search(r"byte (\d+)", what)
    place = min(int(found[1]), len(data)) if found else len(data)
    before = data[:place]
    return UserError(
        "request.not_json",
        line=before.count(b"\n") + 1,
        column=place - (before.rfind(b"\n") + 1) + 1,
        what=re.sub(r" \(byte \d+\)", "", what).removeprefix("JSON is malformed: "),
    )


def convert(value: object, kind: type[T]) -> T:
    """The same for a value that is already made of dicts, lists and texts; texts of a query become numbers where those are wanted."""
    try:
        return msgspec.convert(value, type=kind, strict=False)
    except msgspec.ValidationError as error:
        raise _fault(error) from error


def encode(value: object) -> bytes:
    """Compact JSON; structs, dicts, lists, None."""
    return msgspec.json.encode(value)


def plain(value: object) -> Any:
    """The value as dicts, lists, texts and numbers."""
    return msgspec.to_builtins(value)

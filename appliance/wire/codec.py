"""JSON of the wire: strict types in, compact text out, and faults that name the field.

Requests are msgspec structs that forbid unknown fields (`shapes.Request`); a wrong or unknown field becomes a UserError whose `field`
is the dotted path into the request, so that every door says the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from appliance.errors import UserError

T = TypeVar("T")

MOST_BYTES = 32 * 1024 * 1024
"""The largest request that is read (a description file of a big shop)."""


_FLOAT = "got `float`"
_ENUM = "Invalid enum value"
_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")
_PATH = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"contains unknown field `(?P<name>[^`]*)`")
_MISSING = re.compile(r"missing required field `(?P<name>[^`]*)`")


def _dotted(path: str) -> str:
    """`$.customers[2].name` → `customers[2].name`."""
    return path.removeprefix("$").removeprefix(".")


def _choices(kind: Any, path: str) -> str:
    """What may stand at a place of a type that takes a few values alone; "" where it takes any."""
    from msgspec import inspect

    found: list[Any] = [inspect.type_info(kind)]
    for name, _index in _STEP.findall(path):
        outer = [each for at in found for each in (at.types if isinstance(at, inspect.UnionType) else (at,))]
        if name:
            found = [field.type for at in outer if isinstance(at, inspect.StructType) for field in at.fields if field.encode_name == name]
        else:
            found = [at.item_type if isinstance(at, inspect.ListType) else getattr(at, "value_type", at) for at in outer]
    last = [each for at in found for each in (at.types if isinstance(at, inspect.UnionType) else (at,))]
    return ", ".join(str(value) for at in last if isinstance(at, inspect.LiteralType) for value in at.values)


def _fault(error: msgspec.ValidationError, kind: Any) -> UserError:
    match = _PATH.match(str(error))
    what, path = (match["what"], _dotted(match["path"] or "")) if match else (str(error), "")
    for pattern, code in ((_UNKNOWN, "request.unknown_field"), (_MISSING, "request.missing_field")):
        found = pattern.search(what)
        if found:
            name = found["name"]
            return UserError(code, field=f"{path}.{name}" if path else name, name=name)
    choices = _choices(kind, path) if what.startswith(_ENUM) else ""
    if choices:
        return UserError("field.not_a_choice", field=path, choices=choices)
    return UserError("request.wrong_value", field=path or None, what=what)


def decode(body: bytes | str, kind: type[T]) -> T:
    """The value of a JSON text.

    UserError request.not_json (with line and column), request.unknown_field, request.missing_field, field.not_a_choice, request.wrong_value.
    """
    data = body.encode() if isinstance(body, str) else body
    if len(data) > MOST_BYTES:
        raise UserError("request.too_large", most=MOST_BYTES)
    try:
        return msgspec.json.decode(data or b"{}", type=kind)
    except msgspec.ValidationError as error:
        if _FLOAT in str(error):
            return shaped(msgspec.json.decode(data), kind)
        raise _fault(error, kind) from error
    except msgspec.DecodeError as error:
        raise not_json(data, str(error)) from error
    except RecursionError as error:
        raise UserError("request.not_json", line=1, column=1, what="nested too deeply") from error


def shaped(value: object, kind: type[T]) -> T:
    """The same of what was JSON and is dicts and lists already. 5.0 is a whole number (JSON Schema 2020-12, 6.1.1)."""
    try:
        return msgspec.convert(_whole(value), type=kind)
    except msgspec.ValidationError as error:
        raise _fault(error, kind) from error


def _whole(value: object) -> object:
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    return [_whole(each) for each in value] if isinstance(value, list) else value


def texts(values: Mapping[str, object], kind: type[Struct]) -> dict[str, object]:
    """Fields of a request that came as texts, in a path, a query or a header: numbers where those are wanted."""
    types = _types(kind)
    found: dict[str, object] = {}
    for name, value in values.items():
        try:
            found[name] = msgspec.convert(value, type=types.get(name, object), strict=False)
        except msgspec.ValidationError as error:
            raise UserError("request.wrong_value", field=name, what=str(error)) from error
    return found


@cache
def _types(kind: type[Struct]) -> dict[str, Any]:
    return {field.name: field.type for field in fields(kind)}


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
        raise _fault(error, kind) from error


def encode(value: object) -> bytes:
    """Compact JSON; structs, dicts, lists, None."""
    return msgspec.json.encode(value)


def plain(value: object) -> Any:
    """The value as dicts, lists, texts and numbers."""
    return msgspec.to_builtins(value)

"""The text of a description file: read with faults that name line and field, and nothing quietly lost.

JSON lets a key stand twice in one object, the last one winning; here that is a fault, since half a file would vanish.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]

from appliance.errors import UserError
from appliance.wire.codec import decode
from appliance.wire.description import Description

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_BLANK = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"[^,\]}\s]+")


def read(data: bytes) -> Description:
    """The file as its types. UserError with `line`: request.not_json, description.key_twice, request.unknown_field,
    field.not_a_choice, request.wrong_value."""
    text = _decoded(data)
    try:
        json.loads(text, object_pairs_hook=_unique)
    except _Twice as twice:
        raise UserError("description.key_twice", field=twice.key, name=twice.key, line=_line_of_second(text, twice.key)) from None
    except json.JSONDecodeError as error:
        raise UserError("request.not_json", line=error.lineno, column=error.colno, what=error.msg) from None
    except RecursionError:
        raise UserError("request.not_json", line=1, column=1, what="nested too deeply") from None
    try:
        return decode(text, Description)
    except UserError as error:
        raise with_line(error, text) from None


def with_line(error: UserError, text: str) -> UserError:
    """The fault with the line of the field that it names, where the text has it."""
    if error.field and "line" not in error.parameters:
        error.parameters = {"line": line_of(text, error.field), **error.parameters}
    return error


def line_of(text: str, field: str) -> int:
    """The line (from 1) of a dotted field; of the innermost part of it that is there where the rest is missing."""
    place, at = 0, _skip(text, 0)
    for step in _STEP.finditer(field):
        found = _member(text, at, step[1]) if step[1] is not None else _item(text, at, int(step[2]))
        if found is None:
            break
        place, at = found
    return text.count("\n", 0, place or at) + 1


class _Twice(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _unique(pairs: list[tuple[str, object]]) -> None:
    if len(pairs) > 1 and len({key for key, _ in pairs}) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _Twice(key)
            seen.add(key)


def _line_of_second(text: str, key: str) -> int:
    """The line of the first object's second such key: found by reading every object in order of its end, as the parser does."""
    ends: list[tuple[int, int]] = []
    _objects(text, key, ends)
    return text.count("\n", 0, min(ends)[1]) + 1 if ends else 1


def _objects(text: str, key: str, ends: list[tuple[int, int]]) -> None:
    open_at: list[dict[str, int]] = []
    at = 0
    while at < len(text):
        letter = text[at]
        if letter == '"':
            word, after = scanstring(text, at + 1)
            if open_at and text[_skip(text, after) : _skip(text, after) + 1] == ":":
                counts = open_at[-1]
                counts[word] = counts.get(word, 0) + 1
                if word == key and counts[word] == 2:
                    counts["\x00place"] = at
            at = after
            continue
        if letter == "{":
            open_at.append({})
        elif letter == "}" and open_at:
            counts = open_at.pop()
            if "\x00place" in counts:
                ends.append((at, counts["\x00place"]))
        at += 1


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UserError("request.not_json", line=line, column=error.start - data.rfind(b"\n", 0, error.start), what="not UTF-8") from None


# walking a text that is known to be JSON ------------------------------------------------------------------------------
def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return at if match is None else match.end()


def _member(text: str, at: int, name: str) -> tuple[int, int] | None:
    if text[at : at + 1] != "{":
        return None
    for key_at, key, value_at in _members(text, at):
        if key == name:
            return key_at, value_at
    return None


def _item(text: str, at: int, index: int) -> tuple[int, int] | None:
    if text[at : at + 1] != "[":
        return None
    at = _skip(text, at + 1)
    count = 0
    while at < len(text) and text[at] != "]":
        if count == index:
            return at, at
        at = _skip(text, _end(text, at))
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        count += 1
    return None


def _members(text: str, at: int) -> Iterator[tuple[int, str, int]]:
    at = _skip(text, at + 1)
    while at < len(text) and text[at] == '"':
        key_at = at
        key, at = scanstring(text, at + 1)
        at = _skip(text, _skip(text, at) + 1)
        yield key_at, key, at
        at = _skip(text, _end(text, at))
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)


def _end(text: str, at: int) -> int:
    """Where the value that begins here ends."""
    letter = text[at]
    if letter == '"':
        return int(scanstring(text, at + 1)[1])
    if letter not in "{[":
        match = _SCALAR.match(text, at)
        return at + 1 if match is None else match.end()
    depth = 0
    while at < len(text):
        letter = text[at]
        if letter == '"':
            at = int(scanstring(text, at + 1)[1])
            continue
        if letter in "{[":
            depth += 1
        elif letter in "}]":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return at

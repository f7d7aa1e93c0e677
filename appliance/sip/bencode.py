"""Bencoding, as rtpengine's ng protocol speaks it: whole numbers, strings of bytes, lists, dictionaries with text keys.

No I/O. What cannot be read is a ValueError.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Value = int | str | bytes | Sequence["Value"] | Mapping[str, "Value"]
MOST_DEEP = 20


def encode(value: Value) -> bytes:
    """Texts are UTF-8; a dictionary's keys go in the order of their bytes."""
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, Mapping):
        pairs = sorted((key.encode(), each) for key, each in value.items())
        return b"d" + b"".join(encode(key) + encode(each) for key, each in pairs) + b"e"
    return b"l" + b"".join(encode(each) for each in value) + b"e"


def decode(data: bytes) -> object:
    """The one value that `data` is: int, bytes, list, or dict with str keys. ValueError where it is none, or more."""
    value, place = _value(data, 0, 0)
    if place != len(data):
        raise ValueError("more follows")
    return value


def _value(data: bytes, place: int, depth: int) -> tuple[object, int]:
    mark = data[place : place + 1]
    if depth > MOST_DEEP:
        raise ValueError("too deep")
    if mark == b"i":
        end = data.index(b"e", place)
        return _number(data[place + 1 : end]), end + 1
    if mark == b"l":
        items: list[object] = []
        place += 1
        while data[place : place + 1] != b"e":
            item, place = _value(data, place, depth + 1)
            items.append(item)
        return items, place + 1
    if mark == b"d":
        found: dict[str, object] = {}
        place += 1
        while data[place : place + 1] != b"e":
            key, place = _value(data, place, depth + 1)
            if not isinstance(key, bytes):
                raise ValueError("a key is a string")
            found[key.decode("utf-8", "replace")], place = _value(data, place, depth + 1)
        return found, place + 1
    colon = data.index(b":", place)
    begin = colon + 1
    end = begin + _number(data[place:colon])
    if not begin <= end <= len(data):
        raise ValueError("a string is cut")
    return data[begin:end], end


def _number(text: bytes) -> int:
    if len(text) > 20 or not text.removeprefix(b"-").isdigit():
        raise ValueError("no number")
    return int(text)

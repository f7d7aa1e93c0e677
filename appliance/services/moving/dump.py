"""Reading a dump of MySQL, MariaDB or PostgreSQL row by row, in flat memory, whatever its size.

Taken: CREATE TABLE for the order of columns, INSERT INTO … VALUES with or without a list of columns, COPY … FROM stdin. All other
statements are passed over. Nothing of a file is ever run. What cannot be read is a `Broken` value with its line, and reading goes on behind it.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from appliance.errors import EnvironmentFault

BLOCK = 1 << 20
LONGEST_ROW = 32 << 20
"""Bytes of one row or statement head: more is no dump."""

Value = str | None


class Row(NamedTuple):
    """One row of a table; the values of columns by name."""

    table: str
    line: int
    values: dict[str, Value]


class Broken(NamedTuple):
    """What could not be read. `code` is of the catalogue."""

    table: str
    line: int
    code: str


_BLANK = re.compile(rb"(?:\s++|--[^\n]*+(?:\n|\Z)|\#[^\n]*+(?:\n|\Z)|/\*(?s:.)*?\*/|;)*+")
_NAME = rb"(?:[`\"]?\w+[`\"]?\s*\.\s*)?[`\"]?(\w+)[`\"]?"
_INSERT = re.compile(rb"(?:INSERT|REPLACE)\s+(?:IGNORE\s+)?INTO\s+" + _NAME + rb"\s*(?:\(([^()]*)\))?\s*VALUES\s*", re.I)
_CREATE = re.compile(rb"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?" + _NAME + rb"\s*\(", re.I)
_COPY = re.compile(rb"COPY\s+" + _NAME + rb"\s*\(([^()]*)\)\s+FROM\s+stdin\s*;[^\n]*\n", re.I)
_COLUMN = re.compile(rb"(?m)^\s*[`\"]?(\w+)[`\"]?\s+\w")
_NOT_COLUMNS = frozenset({b"primary", b"unique", b"key", b"index", b"constraint", b"fulltext", b"spatial", b"check", b"foreign", b"exclude"})


class _Words(NamedTuple):
    """How texts are quoted: MySQL escapes by a backslash, standard SQL by doubling alone."""

    row: re.Pattern[bytes]
    value: re.Pattern[bytes]
    rest: re.Pattern[bytes]


def _words(text: bytes) -> _Words:
    return _Words(
        re.compile(rb"\s*+,?\s*+\(((?:[^'()]++|'" + text + rb"')*+)\)", re.S),
        re.compile(rb"(?:^|,)\s*+(?:(?:_\w+\s+|[NE])?'(" + text + rb")'|(0x[0-9A-Fa-f]++|[xX]'[0-9A-Fa-f]*+')|([^,]*+))", re.S),
        re.compile(rb"(?:[^;'\"`]++|'" + text + rb"'|\"[^\"]*+\"|`[^`]*+`)*+;", re.S),
    )


_MYSQL = _words(rb"(?:[^'\\]++|\\.|'')*+")
_STANDARD = _words(rb"(?:[^']++|'')*+")
_ESCAPE = re.compile(rb"\\(.)|''", re.S)
_ESCAPES = {b"0": b"\0", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"Z": b"\x1a"}
_COPY_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|(.))", re.S)
_COPY_ESCAPES = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def opened(file: str) -> BinaryIO:
    """The file's bytes, unpacked where it is gzip. EnvironmentFault file.unreadable."""
    try:
        stream = Path(file).open("rb")  # noqa: SIM115 - the caller closes it
        packed = stream.read(2) == b"\x1f\x8b"
        stream.seek(0)
    except OSError as error:
        raise EnvironmentFault("file.unreadable", file=file, reason=error.strerror or error) from error
    return cast(BinaryIO, gzip.GzipFile(fileobj=stream, mode="rb")) if packed else stream


def text_of(data: bytes) -> str:
    """UTF-8, and where it is none Latin-1, which every byte is."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def rows(file: str, tables: Collection[str]) -> Iterator[Row | Broken]:
    """The rows of these tables (names in lower case) in the order of the file."""
    with opened(file) as stream:
        yield from _Dump(stream, file, frozenset(tables)).read()


class _Dump:
    """A window on the file: `_data` from `_at` on is not read yet."""

    def __init__(self, stream: BinaryIO, file: str, tables: frozenset[str]) -> None:
        self._stream = stream
        self._file = file
        self._tables = tables
        self._data = b""
        self._at = 0
        self._ended = False
        self._lines = 1  # the line that `_data` begins in
        self._counted = 0  # up to where in `_data` lines were counted
        self._columns: dict[str, list[str]] = {}
        self._more()
        self._words = _STANDARD if b"PostgreSQL database dump" in self._data[:4096] else _MYSQL

    def _more(self) -> bool:
        """Another block; False at the end."""
        if self._ended:
            return False
        try:
            block = self._stream.read(BLOCK)
        except (OSError, EOFError) as error:
            raise EnvironmentFault("file.unreadable", file=self._file, reason=error) from error
        self._ended = not block
        self._line()
        self._data = self._data[self._at :] + block
        self._at = self._counted = 0
        return bool(block)

    def _line(self) -> int:
        """The line of `_at`; lines are counted once."""
        self._lines += self._data.count(b"\n", self._counted, self._at)
        self._counted = self._at
        return self._lines

    def _match(self, pattern: re.Pattern[bytes], least: int = 0) -> re.Match[bytes] | None:
        """The pattern at `_at`, with as much of the file as it takes; a match that ends where the window ends may be cut."""
        while True:
            found = pattern.match(self._data, self._at)
            if found is not None and (found.end() < len(self._data) or self._ended):
                return found
            if len(self._data) - self._at > LONGEST_ROW or not self._more():
                return pattern.match(self._data, self._at)

    def read(self) -> Iterator[Row | Broken]:
        while True:
            blank = self._match(_BLANK)
            if blank is not None:
                self._at = blank.end()
            if self._at >= len(self._data):
                return
            while len(self._data) - self._at < 4096 and self._more():
                pass  # the head of a statement is whole in the window
            head = _INSERT.match(self._data, self._at) or self._longer(_INSERT, b"insert")
            if head is not None:
                yield from self._inserted(head)
                continue
            head = _COPY.match(self._data, self._at)
            if head is not None:
                yield from self._copied(head)
                continue
            head = _CREATE.match(self._data, self._at)
            line = self._line()
            rest = self._match(self._words.rest)
            if rest is None:
                yield Broken("", line, "move.dump_statement")
                self._skip_line()
                continue
            if head is not None:
                self._created(head, rest.group())
            self._at = rest.end()

    def _longer(self, pattern: re.Pattern[bytes], word: bytes) -> re.Match[bytes] | None:
        """A head that is longer than the window's least: a list of very many columns."""
        if self._data[self._at : self._at + len(word)].lower() != word:
            return None
        return self._match(pattern)

    def _created(self, head: re.Match[bytes], statement: bytes) -> None:
        table = head[1].decode().lower()
        if table in self._tables:
            body = statement[head.end() - head.start() :]
            parts = body if b"\n" in body else body.replace(b",", b",\n")
            found = [each[1] for each in _COLUMN.finditer(parts) if each[1].lower() not in _NOT_COLUMNS]
            self._columns[table] = [each.decode().lower() for each in found]

    def _inserted(self, head: re.Match[bytes]) -> Iterator[Row | Broken]:
        table, wanted = head[1].decode().lower(), head[1].decode().lower() in self._tables
        columns = _names(head[2]) if head[2] else self._columns.get(table, [])
        self._at = head.end()
        if wanted and not columns:
            yield Broken(table, self._line(), "move.dump_columns")
            wanted = False
        row, value = self._words.row, self._words.value
        while True:
            found = self._match(row)
            if found is None:
                break
            self._at = found.start(1) if wanted else found.end()
            if not wanted:
                continue
            line = self._line()
            self._at = found.end()
            cells = [_value(each, self._words is _MYSQL) for each in value.finditer(found[1])]
            if len(cells) != len(columns):
                yield Broken(table, line, "move.dump_cells")
            else:
                yield Row(table, line, dict(zip(columns, cells, strict=True)))
        line = self._line()
        rest = self._match(self._words.rest)
        if rest is None or (rest.group().strip() not in (b";",) and not rest.group().lstrip().upper().startswith((b"ON ", b"AS "))):
            yield Broken(table, line, "move.dump_row")
        if rest is None:
            self._skip_line()
        else:
            self._at = rest.end()

    def _copied(self, head: re.Match[bytes]) -> Iterator[Row | Broken]:
        table, columns = head[1].decode().lower(), _names(head[2])
        self._at = head.end()
        while True:
            while (end := self._data.find(b"\n", self._at)) < 0 and len(self._data) - self._at < LONGEST_ROW and self._more():
                pass
            end = len(self._data) if end < 0 else end
            text = self._data[self._at : end]
            line = self._line()
            self._at = min(end + 1, len(self._data))
            if text.rstrip(b"\r") == b"\\." or (not text and self._at >= len(self._data)):
                return
            if table in self._tables:
                cells = [None if each == b"\\N" else text_of(_COPY_ESCAPE.sub(_copy_unescaped, each)) for each in text.split(b"\t")]
                yield (
                    Row(table, line, dict(zip(columns, cells, strict=True))) if len(cells) == len(columns) else Broken(table, line, "move.dump_cells")
                )

    def _skip_line(self) -> None:
        while (end := self._data.find(b"\n", self._at)) < 0:
            self._at = len(self._data)
            if not self._more():
                return
        self._at = end + 1


def _names(listed: bytes) -> list[str]:
    return [each.strip(b' \t\r\n`"').decode("utf-8", "replace").lower() for each in listed.split(b",")]


def _value(found: re.Match[bytes], escapes: bool) -> Value:
    text = found[1]
    if text is not None:
        if b"\\" in text and escapes:
            text = _ESCAPE.sub(_unescaped, text)
        elif b"''" in text:
            text = text.replace(b"''", b"'")
        return text_of(text)
    if found[2] is not None:
        digits = found[2][2:].rstrip(b"'").decode()
        return text_of(bytes.fromhex(digits if len(digits) % 2 == 0 else f"0{digits}"))
    plain = found[3].strip()
    return None if plain.upper() == b"NULL" else {b"true": "1", b"false": "0"}.get(plain.lower()) or text_of(plain)


def _unescaped(found: re.Match[bytes]) -> bytes:
    letter = found[1]
    return b"'" if letter is None else _ESCAPES.get(letter, letter)


def _copy_unescaped(found: re.Match[bytes]) -> bytes:
    if found[1] is not None:
        return bytes([int(found[1], 8) & 0xFF])
    if found[2] is not None:
        return bytes([int(found[2], 16)])
    return _COPY_ESCAPES.get(found[3], found[3])

"""The frames of SQLite's write-ahead log, read beside the writer (SQLite's file format, section 4).

Law: a frame may be overwritten only after it was checkpointed and the log began anew. Whoever checkpoints only what
was read here before, while a read transaction that began earlier is open, can therefore not miss one.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

from appliance.store.database import Database

_HEAD = struct.Struct(">IIIIIIII")  # magic, format, page size, checkpoint number, salt 1, salt 2, two checksums
_FRAME = struct.Struct(">IIIIII")  # page, pages after commit, salt 1, salt 2, two checksums
_MAGICS = (0x377F0682, 0x377F0683)
_TRIES = 20


class Gap(Exception):
    """Frames are missing: somebody else moved the log. A whole copy must be taken anew."""


class Mark(NamedTuple):
    """How far the log was read: `salt` names the log, it grows by one each time the log begins anew."""

    salt: int
    frames: int


class Frames(NamedTuple):
    """What is new: the last content of each page, and how many pages the database has after it (0: nothing new)."""

    pages: dict[int, bytes]
    database_pages: int
    mark: Mark


def read_new(database: Database, since: Mark | None) -> Frames:
    """Everything committed after `since`, None: from the log's beginning. Gap where that cannot be had."""
    path = Path(database.path + "-wal")
    for _ in range(_TRIES):
        before = _salts(path)
        count = database.log_frames()
        if before is None or count == 0:
            return Frames({}, 0, since or Mark(-1, 0))
        start = 0
        if since is not None and since.salt == before[0]:
            start = since.frames
            if count < start:
                if _salts(path) != before:
                    continue  # it began anew between the two looks
                raise Gap(f"{count} frames where {start} were read")
        elif since is not None and since.salt >= 0 and before[0] != (since.salt + 1) & 0xFFFFFFFF:
            raise Gap(f"log {before[0]} after {since.salt}")
        found = _read(path, before, start, count)
        if found is not None and _salts(path) == before:
            return Frames(*found, Mark(before[0], count))
    raise Gap("the log never stood still")


def _salts(path: Path) -> tuple[int, int] | None:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD.size)
    except FileNotFoundError:
        return None
    if len(head) < _HEAD.size:
        return None
    magic, _, _, _, salt_1, salt_2, _, _ = _HEAD.unpack(head)
    return (salt_1, salt_2) if magic in _MAGICS else None


def _read(path: Path, salts: tuple[int, int], start: int, count: int) -> tuple[dict[int, bytes], int] | None:
    """Frames `start` to `count`; None where the log began anew meanwhile."""
    pages: dict[int, bytes] = {}
    database_pages = 0
    with path.open("rb") as file:
        page_size = _HEAD.unpack(file.read(_HEAD.size))[2]
        file.seek(_HEAD.size + start * (_FRAME.size + page_size))
        for _ in range(start, count):
            head = file.read(_FRAME.size)
            content = file.read(page_size)
            if len(content) != page_size:
                return None
            page, after, salt_1, salt_2, _, _ = _FRAME.unpack(head)
            if (salt_1, salt_2) != salts:
                return None
            pages[page] = content
            if after:
                database_pages = after
    return pages, database_pages

"""Backups of the data folder."""

from __future__ import annotations

from appliance.wire.shapes import Request, View


class BackupRequest(Request, frozen=True):
    """Where to write; relative names are below the data folder's `backups`. Left out: named by the time."""

    file: str = ""


class Restored(View, frozen=True):
    """A folder restored from a backup: `kept` is where the old one went, `erased` counts persons forgotten again."""

    folder: str
    kept: str | None
    made_at: str
    erased: int


class BackupMade(View, frozen=True):
    """A checked backup: `checksum` is SHA-256 of the file."""

    file: str
    bytes: int
    checksum: str
    at: str


class CopyRequest(Request, frozen=True):
    """The folder on another disk or machine that the second copy is kept in."""

    folder: str


class CopyStarted(View, frozen=True):
    """`phrase` opens the copy on another machine. It is shown this once, and is "" where one was given before."""

    folder: str
    phrase: str

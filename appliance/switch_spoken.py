"""What refused phones hear: files of the resources as they are, or several put together into one.

Each is G.711 mu-law; where the build machine had an encoder, the same in G.729 lies beside it (`packaging/announcements.py`).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from appliance import paths
from appliance.sip.media_play import G729
from appliance.sip.policy import Announcement

log = logging.getLogger(__name__)

ULAW = ".ul"
ULAW_BYTES_A_SECOND, G729_BYTES_A_SECOND = 8000, 1000

SPOKEN = "spoken"
MOST_SPOKEN = 100
"""Sentences put together for phones lie in a folder of that name; no more of them are kept."""


def ready_made(language: str, name: str) -> Announcement | None:
    """One announcement as it lies in the resources; None, with a line in the log, where it cannot be read."""
    return _announcement(paths.resources() / "announcements" / language / f"{name}{ULAW}")


def put_together(folder: Path, language: str, names: Sequence[str]) -> Announcement | None:
    """Several announcements as one, kept in the data folder for whoever asks the same; None as above."""
    kept = folder / SPOKEN / f"{language}-{'-'.join(names)}{ULAW}"
    try:
        if not kept.is_file():
            kept.parent.mkdir(exist_ok=True)
            for old in sorted(kept.parent.glob(f"*{ULAW}"), key=lambda each: each.stat().st_mtime)[:-MOST_SPOKEN]:
                old.unlink(missing_ok=True)
                old.with_suffix(G729).unlink(missing_ok=True)
            words = [paths.resources() / "announcements" / language / f"{name}{ULAW}" for name in names]
            coded = [word.with_suffix(G729) for word in words]
            if all(word.is_file() for word in coded):
                kept.with_suffix(G729).write_bytes(b"".join(word.read_bytes() for word in coded))
            kept.write_bytes(b"".join(word.read_bytes() for word in words))
    except OSError as error:
        log.warning("an announcement cannot be made: %s", error)
        return None
    return _announcement(kept)


def _announcement(file: Path) -> Announcement | None:
    coded = file.with_suffix(G729)
    try:
        seconds = file.stat().st_size / ULAW_BYTES_A_SECOND
        if not coded.is_file():
            return Announcement(str(file), seconds)
        return Announcement(str(file), max(seconds, coded.stat().st_size / G729_BYTES_A_SECOND), g729=True)
    except OSError as error:
        log.warning("an announcement cannot be read: %s", error)
        return None

"""Keeping and forgetting: each night what is past its time loses what identifies somebody, a portion at a time.

Law: the ledger, charges, documents and records of calls stay; what is cut is who called whom from where. A retention of 0 keeps for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from appliance.logs import event
from appliance.services.ground.put_away import SECRETS, SECRETS_MS
from appliance.services.ground.room import Room
from appliance.services.keeping.backups import FOLDER

log = logging.getLogger("tollhouse.retention")

DAY_MS = 86_400_000
YEAR_DAYS = 366
NIGHT_HOUR = 3
STRETCH = 500
"""Rows looked at in one unit of work: no call waits for more."""

EVERY_SECONDS = 1.0
LEAST_BACKUPS = 3
"""So many of the newest stay, however old they are."""


class Retention:
    """`step` is the job. At the hour of the night of the root's time zone it begins a round, and each step is one portion of it."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._next_at: int | None = None
        self._round: Iterator[None] | None = None
        self.counts: dict[str, int] = {}

    def step(self) -> None:
        """One portion in the open unit of work, where a round is due."""
        now = self._room.clock.utcnow()
        if self._next_at is None:
            self._next_at = self.night_after(now)
        if self._round is None:
            if now < self._next_at:
                return
            self._next_at = self.night_after(now)
            self._round = self._rounds(now)
        self._room.changes.begin()  # the pump commits it, in its thread
        try:
            next(self._round)
        except StopIteration:
            self._round = None
            event(log, "retention", **self.counts)

    def run(self) -> dict[str, int]:
        """A whole round at once; how much of each kind was met."""
        for _ in self._rounds(self._room.clock.utcnow()):
            pass
        return self.counts

    def night_after(self, now: int) -> int:
        """The next moment of the night's hour."""
        root = self._room.store.resellers.root()
        zone = ZoneInfo(root.timezone) if root is not None and root.timezone else UTC
        here = datetime.fromtimestamp(now / 1000, zone)
        night = here.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
        if night <= here:
            night = (night + timedelta(days=1)).replace(hour=NIGHT_HOUR)
        return round(night.timestamp() * 1000)

    def days(self) -> dict[str, int]:
        """How long each kind in the database is kept; 0: for ever."""
        get = self._room.settings.get
        documents = get("retention.document_years", 10) * YEAR_DAYS
        return {
            "calls": get("retention.call_days", 365),
            "old_calls": get("retention.call_days", 365),
            "ladders": get("retention.call_days", 365),
            "registrations": get("retention.registration_days", 90),
            "guests": get("retention.guest_days", 30),
            "audit": get("retention.audit_days", 1095),
            "buyers": documents,
            "bank_lines": documents,
        }

    def _rounds(self, now: int) -> Iterator[None]:
        self.counts = {}
        rows = self._room.store.retention
        for name, days in self.days().items():
            if days <= 0:
                continue
            self.counts[name] = 0
            last = rows.highest(name)
            for after in range(0, last, STRETCH):
                with self._room.changes.unit():
                    self.counts[name] += rows.cut(name, now - days * DAY_MS, after, after + STRETCH)
                yield
        with self._room.changes.unit():
            self.counts["passwords"] = self._room.store.put_away.forget(SECRETS, now - SECRETS_MS)
        yield
        folder, get = self._room.store.folder, self._room.settings.get
        logs, backups = get("retention.log_days", 30), get("retention.backup_days", 90)
        self.counts["logs"] = _remove(sorted((folder / "logs").glob("tollhouse.log.*")), now - logs * DAY_MS) if logs else 0
        made = sorted((folder / FOLDER).glob("tollhouse-*.zip"), key=_made_at)[:-LEAST_BACKUPS]
        self.counts["backups"] = _remove(made, now - backups * DAY_MS) if backups else 0
        yield


def _made_at(file: Path) -> int:
    try:
        return round(file.stat().st_mtime * 1000)
    except OSError:
        return 0


def _remove(files: list[Path], before: int) -> int:
    """Files last written before a moment; one that cannot be removed is told of and stays."""
    gone = 0
    for file in files:
        if 0 < _made_at(file) < before:
            try:
                file.unlink()
                gone += 1
            except OSError as error:
                log.warning("%s could not be removed: %s", file, error.strerror or error)
    return gone

"""The self-check: clock, disk, ports, router, certificates, emergency calls, books, copies; each with what to do.

It runs in a thread, on files and on a connection of its own. A running server does a smaller one now and then, whose
findings are alerts.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from appliance.clock import Clock, rfc3339
from appliance.errors import EnvironmentFault
from appliance.i18n import sentence
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Steps
from appliance.services.keeping import check_rules as rules
from appliance.services.keeping.backups import FOLDER
from appliance.services.keeping.check_rules import Surroundings
from appliance.store.store import Reader
from appliance.store.trunks import Trunk
from appliance.wire.checks import CheckLine, Checks

DISK_MEGABYTES = 1000
ALERTED = frozenset({"clock", "disk", "writing", "certificate", "alg"})
"""Lines that are alerts; the others have alerts of their own, by the same rules."""


class Wanted(NamedTuple):
    """Settings that the rules ask for."""

    disk_megabytes: int = DISK_MEGABYTES
    copy_to: str = ""
    stun: str = ""
    public: str = ""
    media: str = ""  # ports of sound that are ours


def look(folder: Path, clock: Clock, wanted: Wanted, around: Surroundings | None = None, *, quick: bool = False) -> Checks:
    """All lines. `around`: of a running server; `quick`: without the books and without asking anybody outside."""
    lines: list[CheckLine] = []
    trunks: list[Trunk] | None
    try:
        with Reader(folder) as tables, tables.snapshot():
            lines.append(rules.clock_line(clock, tables.database))
            alg = rules.alg_line(tables.database.fetch("SELECT contact, source FROM binding WHERE expires_at > ?", (clock.utcnow(),)))
            trunks = list(tables.trunks.list())
    except EnvironmentFault as fault:
        lines.append(rules.line("database", rules.FAIL, "database_unreadable", reason=sentence(fault.code, fault.parameters)))
        alg, trunks = None, None
    lines += [rules.disk_line(folder, wanted.disk_megabytes), rules.write_line(folder, clock)]
    if around is not None:
        lines.append(rules.ports_line(around.listeners))
        forward = rules.forward_line(around.listeners, wanted.media) if wanted.public else None
        lines += [] if forward is None else [forward]
        if not quick:
            lines.append(rules.nat_line(wanted.stun, around.nat(wanted.stun) if wanted.stun and around.nat is not None else None))
    lines += [] if alg is None else [alg]
    own, shown = rules.certificate_lines(folder, clock), rules.trunk_certificate_lines(trunks or (), clock)
    lines += shown if shown and own[0].code == "check.certificate_none" else [*own, *shown]
    lines += [] if trunks is None else [rules.emergency_line(trunks)]
    if not quick:
        lines.append(rules.books_line(folder))
    lines.append(rules.backup_line(folder / FOLDER, clock))
    lines.append(rules.copy_line(wanted.copy_to, None if around is None else around.copy_fault, serving=around is not None))
    return Checks(all(each.state != rules.FAIL for each in lines), rfc3339(clock.utcnow()), lines)


class SelfCheck:
    """`surroundings` is a running server's."""

    def __init__(self, room: Room, access: Access) -> None:
        self._room = room
        self._access = access
        self.surroundings: Callable[[], Surroundings] | None = None
        self.last: Checks | None = None

    def check(self, actor: Actor) -> Steps[Checks]:
        """All of it, for whoever may see the settings."""
        self._access.need(actor, "settings.read", None)
        found: Checks = yield self.work()
        self.last = found
        return found

    def work(self, *, quick: bool = False) -> Callable[[], Checks]:
        """The same as work for a thread; what it needs of our memory is taken now."""
        wanted, around = self._wanted(), None if self.surroundings is None else self.surroundings()
        folder, clock = self._room.store.folder, self._room.clock
        return lambda: look(folder, clock, wanted, around, quick=quick)

    def alerting(self) -> list[CheckLine]:
        """What the newest check found wrong and nothing else tells of."""
        return [each for each in (self.last.lines if self.last else ()) if each.state != rules.OK and each.name in ALERTED]

    def _wanted(self) -> Wanted:
        settings = self._room.settings
        public = settings.get("sip.public_address", "")
        stun = settings.get("checks.stun_server", "") or (public.removeprefix("stun:") if public.startswith("stun:") else "")
        media = settings.get("media.listen", "").rpartition(":")[2] if settings.get("media.engine", "own") == "own" else ""
        return Wanted(settings.get("alerts.disk_megabytes", DISK_MEGABYTES), settings.get("backup.copy_to", ""), stun, public, media)

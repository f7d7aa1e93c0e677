"""The engine's guard in a running server: its news are logged, its bans written down and taken up again, its settings followed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from appliance.logs import event
from appliance.services.calls.places import KIND
from appliance.services.services import Services
from appliance.sip.engine import Engine
from appliance.sip.guard import Ban
from appliance.store.guard import BanRow

log = logging.getLogger("tollhouse.guard")

LOOK_SECONDS = 2.0


class GuardKeeper:
    """Follows one engine."""

    def __init__(self, services: Services, engine: Engine) -> None:
        self._services = services
        self._engine = engine

    def follow(self, now: float) -> None:
        """From now on (the engine's seconds)."""
        services, guard = self._services, self._engine.guard
        ahead = self._ahead()
        kept = self._kept()
        guard.restore(
            [
                Ban(row.kind, row.host, row.name, row.reason, row.since_at / 1000 - ahead, row.until_at / 1000 - ahead, row.times)
                for row in kept
                if row.kind != KIND
            ]
        )
        services.places.restore(kept)
        bans = services.nouns.bans
        bans.now, bans.lifted, bans.live_at = self.rows, guard.lift, guard.is_live
        services.changes.listen(lambda _: self.configure(), "setting")
        services.jobs.every("guard's news", LOOK_SECONDS, self.look, first=now + LOOK_SECONDS)

    def rows(self) -> Sequence[BanRow]:
        """Who was somewhere where he may not be, then the bans in force with wall times, newest first."""
        ahead = self._ahead()
        return self._services.places.rows() + [
            BanRow(ban.kind, ban.host, ban.name, ban.reason, round((ban.since + ahead) * 1000), round((ban.until + ahead) * 1000), ban.times)
            for ban in self._engine.guard.bans(self._services.clock.monotonic())
        ]

    def look(self) -> None:
        """The job: what happened since the last one."""
        news, places = self._engine.guard.news(), self._services.places
        if not news and not places.fresh:
            return
        places.fresh = False
        for each in news:
            ban = each.ban
            event(log, "warned" if each.warned else "banned", kind=ban.kind, host=ban.host, who=ban.name, reason=ban.reason, times=ban.times)
        changes = self._services.changes
        changes.begin()
        with changes.part():
            self._services.store.guard.set_bans(self.rows())
            changes.note("ban")

    def configure(self) -> None:
        """The settings as they now are; bans and counters stay."""
        settings, guard = self._services.settings, self._engine.guard
        get, usual = settings.get, guard.settings
        guard.configure(
            replace(
                usual,
                enabled=get("guard.enabled", True),
                exempt=settings.words("guard.exempt"),
                guesses=get("guard.guesses", usual.guesses),
                requests=get("guard.requests", usual.requests),
                silence_seconds=float(get("guard.ban_seconds", int(usual.silence_seconds))),
            )
        )

    def _kept(self) -> list[BanRow]:
        return list(self._services.store.guard.bans(self._services.clock.utcnow()))

    def _ahead(self) -> float:
        """Seconds that the wall clock is ahead of the engine's."""
        clock = self._services.clock
        return clock.utcnow() / 1000 - clock.monotonic()

"""Makes the daily summaries that are due: read beside the calls, kept and put into the outbox in one unit of work.

After a start the figures of the month are read ahead first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from appliance.services.daily_summary import Making
from appliance.services.services import Services

log = logging.getLogger("tollhouse.server")

LOOK_SECONDS = 20.0
FIRST_SECONDS = 3.0

Deferring = Callable[..., Any]


class SummaryMaker:
    """`read(work, slow=True)` runs `work(tables)` in a thread; it and `exclusive(work)` give deferreds of the results."""

    def __init__(self, services: Services, read: Deferring, exclusive: Deferring) -> None:
        self._services = services
        self._set = services.nouns.doors.summaries
        self._read = read
        self._exclusive = exclusive
        self._busy = False
        self._warm = False

    def follow(self, now: float) -> None:
        """From now on (the engine's seconds)."""
        self._services.jobs.every("daily summaries", LOOK_SECONDS, self.look, first=now + FIRST_SECONDS)

    def look(self) -> None:
        """The job: the next that is due, one after the other."""
        if self._busy:
            return
        if not self._warm:
            self._warm = True
            self._read_ahead()
            return
        making = self._set.due()
        if making is not None:
            self._make(making)

    def _read_ahead(self) -> None:
        """The month of the business, so that the first dashboard after a start waits for nothing."""
        root = self._services.store.resellers.root()
        if root is not None:
            waiting = self._read(self._services.nouns.statistics.warm(root).run, slow=True)
            waiting.addErrback(lambda failure: log.warning("the month could not be read ahead: %s", failure.value))

    def _make(self, making: Making) -> None:
        self._busy = True
        waiting = self._read(making.read, slow=True)
        waiting.addCallback(lambda view: self._exclusive(lambda: self._set.keep(making, view)))
        waiting.addCallbacks(lambda _: self._rest(), self._failed)

    def _rest(self) -> None:
        self._busy = False
        self.look()

    def _failed(self, failure: Any) -> None:
        """It is made again at the next look."""
        self._busy = False
        log.error("a daily summary could not be made: %s", failure.value)

"""Tills' signing devices of a running server: each is asked in a thread, one document after the other, and its word written down.

A look every few seconds finds what an earlier start left waiting; a document that is issued is asked for at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from appliance.services.call_shop.signing import Outcome, asked
from appliance.services.services import Services

log = logging.getLogger("tollhouse.server")

EVERY_SECONDS = 5.0

Deferring = Callable[..., Any]


class SigningDevices:
    """`in_thread(work, ...)` and `exclusive(work)` give deferreds of the results."""

    def __init__(self, services: Services, in_thread: Deferring, exclusive: Deferring) -> None:
        self._services = services
        self._in_thread = in_thread
        self._exclusive = exclusive
        self._busy: set[int] = set()

    def follow(self, now: float) -> None:
        """From now on (the engine's seconds)."""
        self._services.changes.listen(lambda _: self.look(), "till_receipt")
        self._services.jobs.every("signing devices", EVERY_SECONDS, self.look, first=now)

    def look(self) -> None:
        """Ask for whatever waits at a till whose device is not being asked."""
        for till, ask, wanted in list(self._services.nouns.call_shop.signing.next(frozenset(self._busy))):
            self._busy.add(till)
            waiting = self._in_thread(asked, ask, wanted)
            waiting.addCallback(lambda outcome, document=ask.document_id: self._exclusive(lambda: self._settle(document, outcome)))
            waiting.addCallbacks(lambda _, till=till: self._rest(till), lambda failure, till=till: self._failed(till, failure))

    def _settle(self, document: int, outcome: Outcome) -> None:
        self._services.nouns.call_shop.signing.settle(document, outcome)

    def _rest(self, till: int) -> None:
        self._busy.discard(till)
        self.look()

    def _failed(self, till: int, failure: Any) -> None:
        """It is asked again at the next look, not at once: what could not be written now cannot be in a millisecond either."""
        self._busy.discard(till)
        log.error("what a signing device said could not be written down: %s", failure.value)

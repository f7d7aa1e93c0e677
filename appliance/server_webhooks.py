"""Sends what waits for programs elsewhere: a few at a time, in threads; what became of each is written down (product.md P15)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from appliance.services.services import Services
from appliance.services.webhooks import Outgoing
from appliance.webhook_post import NotTaken, post

log = logging.getLogger("tollhouse.webhooks")

EVERY_SECONDS = 5.0
SECONDS = 10.0
"""That one program is waited for."""

OLD_SECONDS = 86_400.0

Deferring = Callable[..., Any]


def sent(message: Outgoing) -> str:
    """Why it did not arrive, "" where it did. For a thread."""
    try:
        post(message.url, message.body, message.headers, SECONDS, near=message.near)
    except NotTaken as error:
        return str(error)
    return ""


class WebhookSender:
    """`in_thread(work, ...)` and `exclusive(work)` give deferreds of the results."""

    def __init__(self, services: Services, in_thread: Deferring, exclusive: Deferring) -> None:
        self._services = services
        self._set = services.nouns.doors.webhooks
        self._in_thread = in_thread
        self._exclusive = exclusive
        self._busy = False

    def follow(self, now: float) -> None:
        """From now on (the engine's seconds)."""
        self._services.changes.listen(lambda _: self.look(), "webhook")
        self._services.jobs.every("webhooks", EVERY_SECONDS, self.look, first=now)
        self._services.jobs.every("old webhook events", OLD_SECONDS, self._set.forget_old, first=now + 900.0)

    def look(self) -> None:
        """Send the next, unless one is on its way."""
        if self._busy:
            return
        message = self._set.due()
        if message is None:
            return
        self._busy = True
        waiting = self._in_thread(sent, message)
        waiting.addCallback(lambda error: self._exclusive(lambda: self._set.settled(message.id, error)))
        waiting.addCallbacks(lambda _: self._rest(), self._failed)

    def _rest(self) -> None:
        self._busy = False
        self.look()

    def _failed(self, failure: Any) -> None:
        """It is tried again at the next look, not at once: what could not be written now cannot be in a millisecond either."""
        self._busy = False
        log.error("what became of a webhook's event could not be written down: %s", failure.value)

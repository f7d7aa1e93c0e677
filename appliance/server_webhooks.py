"""Sends what waits for programs elsewhere: several side by side, each its own events in their order, in threads of its own (product.md P15)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from threading import Thread
from typing import Any

from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from appliance.services.services import Services
from appliance.services.webhooks import Outgoing
from appliance.webhook_post import NotTaken, post

log = logging.getLogger("tollhouse.webhooks")

EVERY_SECONDS = 5.0
SECONDS = 10.0
"""That one program is waited for."""

SIDE_BY_SIDE = 8
"""Programs that are told at the same time; more wait until one has answered or its seconds are over."""

OLD_SECONDS = 86_400.0

Deferring = Callable[..., Any]


def sent(message: Outgoing) -> str:
    """Why it did not arrive, "" where it did. For a thread."""
    try:
        post(message.url, message.body, message.headers, SECONDS, near=message.near)
    except NotTaken as error:
        return str(error)
    return ""


class Posting:
    """Threads for nothing but this, so that programs that do not answer keep no till's signing device waiting. They begin with the first event."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._pool = ThreadPool(0, SIDE_BY_SIDE, name="webhooks")
        self._pool.threadFactory = partial(Thread, daemon=True)  # type: ignore[assignment]
        self._pool.start()

    def __call__(self, work: Callable[..., object], *given: object) -> Any:
        """A deferred of the work's result."""
        return deferToThreadPool(self._reactor, self._pool, work, *given)

    def stop(self) -> None:
        """What is on its way then ends with the program, which waits for nobody; it is told again at the next start."""
        if not self._pool.working:
            self._pool.stop()


class WebhookSender:
    """`in_thread(work, ...)` and `exclusive(work)` give deferreds of the results."""

    def __init__(self, services: Services, in_thread: Deferring, exclusive: Deferring) -> None:
        self._services = services
        self._set = services.nouns.doors.webhooks
        self._in_thread = in_thread
        self._exclusive = exclusive
        self._busy: set[int] = set()

    def follow(self, now: float) -> None:
        """From now on (the engine's seconds)."""
        self._services.changes.listen(lambda _: self.look(), "webhook")
        self._services.jobs.every("webhooks", EVERY_SECONDS, self.look, first=now)
        self._services.jobs.every("old webhook events", OLD_SECONDS, self._set.forget_old, first=now + 900.0)

    def look(self) -> None:
        """Send what is next to each webhook that is told nothing right now."""
        while len(self._busy) < SIDE_BY_SIDE:
            message = self._set.due(self._busy)
            if message is None:
                return
            self._send(message)

    def _send(self, message: Outgoing) -> None:
        self._busy.add(message.webhook)
        waiting = self._in_thread(sent, message)
        waiting.addCallback(lambda error: self._exclusive(lambda: self._set.settled(message.id, error)))
        waiting.addCallbacks(lambda _: self._rest(message.webhook), lambda failure: self._failed(message.webhook, failure))

    def _rest(self, webhook: int) -> None:
        self._busy.discard(webhook)
        self.look()

    def _failed(self, webhook: int, failure: Any) -> None:
        """It is tried again at the next look, not at once: what could not be written now cannot be in a millisecond either."""
        self._busy.discard(webhook)
        log.error("what became of a webhook's event could not be written down: %s", failure.value)

"""Server-sent events of one page: what it shows is made anew each second and sent where it differs (WHATWG HTML 9.2).

Law: whoever stands still is dropped by his connection; a bounded number may follow, and others are told to ask by themselves.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.python.failure import Failure
from twisted.web.server import Request

from appliance.errors import EnvironmentFault, UserError

log = logging.getLogger("tollhouse.web")

EVERY_SECONDS = 1.0
STILL_SECONDS = 30
"""So long a reader may stand still."""
QUIET_SECONDS = 15
"""So often something is sent, so that a connection that broke is noticed."""
GONE = b"event: gone\ndata: {}\n\n"


class Follower:
    """`make()` gives the text to show, None where there is nothing to show any more. `ended` is called once, at the end."""

    def __init__(self, reactor: Any, request: Request, make: Callable[[], Awaitable[str | None]], ended: Callable[[], None]) -> None:
        self._reactor = reactor
        self._request = request
        self._make = make
        self._ended = ended
        self._last = ""
        self._quiet = 0
        self._gone = False
        self._full = 0
        self._paused = False
        request.setHeader(b"content-type", b"text/event-stream; charset=utf-8")
        request.setHeader(b"x-accel-buffering", b"no")
        request.notifyFinish().addBoth(self._end)
        request.registerProducer(self, True)
        self._look()

    def _look(self) -> None:
        if self._gone:
            return
        self._full = self._full + 1 if self._paused else 0
        if self._full >= STILL_SECONDS:
            self._drop()
            return
        if self._paused:
            self._reactor.callLater(EVERY_SECONDS, self._look)
            return
        done: Deferred[str | None] = ensureDeferred(self._made())
        done.addCallbacks(self._send, self._failed)

    async def _made(self) -> str | None:
        return await self._make()

    def _send(self, text: str | None) -> None:
        if self._gone:
            return
        if text is None:
            self._request.write(GONE)
            self._finish()
            return
        self._quiet += 1
        if text != self._last:
            self._last, self._quiet = text, 0
            self._request.write(f"data: {json.dumps(text)}\n\n".encode())
        elif self._quiet >= QUIET_SECONDS:
            self._quiet = 0
            self._request.write(b": still here\n\n")
        self._reactor.callLater(EVERY_SECONDS, self._look)

    def _failed(self, failure: Failure) -> None:
        if not failure.check(UserError, EnvironmentFault):
            log.error("a page that is followed met a fault of the program", exc_info=failure.value)
        if not self._gone:
            self._finish()

    def _finish(self) -> None:
        self._request.unregisterProducer()
        self._request.finish()

    def _drop(self) -> None:
        channel: Any = self._request.channel
        if channel is not None:
            channel.transport.abortConnection() if hasattr(channel.transport, "abortConnection") else channel.loseConnection()

    def pauseProducing(self) -> None:  # noqa: N802
        """The transport is full."""
        self._paused = True

    def resumeProducing(self) -> None:  # noqa: N802
        """The transport has room again."""
        self._paused = False

    def stopProducing(self) -> None:  # noqa: N802
        """The reader is gone."""
        self._paused = True

    def _end(self, _: object) -> None:
        if not self._gone:
            self._gone = True
            self._ended()

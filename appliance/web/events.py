"""The moving part of a customer's first page as server-sent events (WHATWG HTML 9.2): balance and running calls, his own alone.

Law: each event is the whole of that part, so that whoever was away needs nothing but the next one; nothing is sent where nothing moved; a
reader that stands still is dropped, and nobody holds more connections than `MOST_OF_ONE`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.web.server import Request

from appliance.services.calls.live import LiveRow
from appliance.wire.calls import RunningCall
from appliance.wire.changes import Change

MOST_STREAMS = 200
MOST_OF_ONE = 4
"""Streams of one session: a browser opens one a window."""

TICK_SECONDS = 1.0
BEAT_TICKS = 10
CHECK_TICKS = 4
STALL_TICKS = 10

Draw = Callable[[list[RunningCall]], Deferred[bytes]]
"""The part as HTML, made on the store's thread."""


class News(Protocol):
    """`services.ground.changes.Changes`, as far as it is heard."""

    def listen(self, listener: Callable[[Sequence[Change]], None], *kinds: str) -> None: ...

    def unlisten(self, listener: Callable[[Sequence[Change]], None]) -> None: ...


class Running(Protocol):
    """`services.calls.live.Live`, as far as it is watched."""

    def rows(self, most: int | None = None) -> Mapping[int, LiveRow]: ...


class CustomerEvents:
    """All open streams; without any nothing ticks and nothing is heard."""

    def __init__(self, reactor: Any, news: News, live: Running, between: Callable[[Callable[[], None]], None]) -> None:
        self._reactor = reactor
        self._news = news
        self._live = live
        self._between = between
        self._streams: list[Stream] = []
        self._moved: set[int] | None = set()  # accounts; None: any
        self._timer: Any = None
        self._ticks = 0

    def __len__(self) -> int:
        return len(self._streams)

    def room_for(self, token: str) -> bool:
        """Whether one more stream of that session may be opened."""
        return len(self._streams) < MOST_STREAMS and sum(1 for each in self._streams if each.token == token) < MOST_OF_ONE

    def open(self, request: Request, stream: Stream) -> None:
        """From now on."""
        if not self._streams:
            self._news.listen(self._heard, "balance", "account", "call")
            self._timer = self._reactor.callLater(TICK_SECONDS, self._tick)
        self._streams.append(stream)
        request.notifyFinish().addBoth(lambda _: self._gone(stream))
        stream.begin(request)
        self._between(lambda: stream.look(self._rows(), moved=True))

    def stop(self) -> None:
        """Every stream ends."""
        for stream in tuple(self._streams):
            stream.end()

    def _gone(self, stream: Stream) -> None:
        stream.gone = True
        if stream in self._streams:
            self._streams.remove(stream)
        if not self._streams:
            self._news.unlisten(self._heard)
            if self._timer is not None and self._timer.active():
                self._timer.cancel()
            self._timer = None
            self._moved = set()

    def _heard(self, changes: Sequence[Change]) -> None:
        """After a commit; calls wait while this runs, so it only takes notes."""
        for change in changes:
            if change.kind != "call":
                self._moved = None if self._moved is None or not change.ids else self._moved | set(change.ids)

    def _rows(self) -> dict[int, list[RunningCall]]:
        """Running calls by customer, worked out once for all readers."""
        found: dict[int, list[RunningCall]] = {}
        for row in self._live.rows().values():
            if row.owner[1] is not None:
                found.setdefault(row.owner[1], []).append(row.view)
        return found

    def _tick(self) -> None:
        self._ticks += 1
        self._timer = self._reactor.callLater(TICK_SECONDS, self._tick)
        self._between(self._look)

    def _look(self) -> None:
        moved, self._moved = self._moved, set()
        rows = self._rows() if self._streams else {}
        for stream in tuple(self._streams):
            if stream.stands_still(STALL_TICKS):
                stream.drop()
                continue
            if self._ticks % CHECK_TICKS == 0:
                stream.check()
            if self._ticks % BEAT_TICKS == 0:
                stream.beat()
            stream.look(rows, moved=moved is None or stream.account in moved)


class Stream:
    """One window of a customer. `good` fires with whether the session still is; `draw` makes the HTML of his running calls."""

    def __init__(self, token: str, customer: int, account: int, draw: Draw, good: Callable[[], Deferred[bool]]) -> None:
        self.token = token
        self.customer = customer
        self.account = account
        self.gone = False
        self._draw = draw
        self._good = good
        self._request: Any = None
        self._shown: list[RunningCall] | None = None
        self._body = b""
        self._drawing = False
        self._paused = 0
        self._count = 0

    def begin(self, request: Request) -> None:
        """The head of the stream."""
        self._request = request
        request.setHeader(b"content-type", b"text/event-stream; charset=utf-8")
        request.setHeader(b"x-accel-buffering", b"no")
        request.registerProducer(self, True)
        request.write(b"retry: 2000\n\n")

    def look(self, rows: Mapping[int, list[RunningCall]], *, moved: bool) -> None:
        """Tell what there is, where it is another thing than was told."""
        own = rows.get(self.customer, [])
        if self.gone or self._paused or self._drawing or (not moved and own == (self._shown or [])):
            return
        self._drawing, self._shown = True, own
        self._draw(own).addCallbacks(self._told, self._lost)

    def _told(self, body: bytes) -> None:
        self._drawing = False
        if body == self._body:
            return
        self._body = body
        self._count += 1
        lines = b"".join(b"data: %b\n" % line for line in body.splitlines() if line.strip())
        self._write(b"id: %d\nevent: live\n%b\n" % (self._count, lines))

    def _lost(self, _failure: Any) -> None:
        """It is told by the next look, or the reader asks again."""
        self._drawing, self._shown = False, None

    def check(self) -> None:
        """End it where the session ended."""
        self._good().addCallbacks(lambda good: None if good else self.end(), lambda _failure: self.end())

    def beat(self) -> None:
        """So that what stands between does not take it for dead."""
        if not self._paused:
            self._write(b":\n\n")

    def end(self) -> None:
        """Close it from our side."""
        if not self.gone:
            self.gone = True
            self._request.unregisterProducer()
            self._request.finish()

    def stands_still(self, ticks: int) -> bool:
        """Whether the reader has taken nothing for so many looks."""
        if self._paused:
            self._paused += 1
        return self._paused > ticks

    def drop(self) -> None:
        """What is buffered goes with the connection."""
        transport: Any = getattr(self._request.channel, "transport", None)
        if transport is not None and hasattr(transport, "abortConnection"):
            transport.abortConnection()
        elif transport is not None:
            transport.loseConnection()

    def _write(self, data: bytes) -> None:
        if not self.gone:
            self._request.write(data)

    def pauseProducing(self) -> None:  # noqa: N802
        """The transport is full."""
        self._paused = self._paused or 1

    def resumeProducing(self) -> None:  # noqa: N802
        """The transport has room again."""
        self._paused = 0
        self._shown = None

    def stopProducing(self) -> None:  # noqa: N802
        """The reader is gone."""
        self.gone = True

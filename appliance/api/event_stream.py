"""The change stream over HTTP: server-sent events (WHATWG HTML 9.2) that resume where they broke off.

Law: nobody hears of what is out of reach, nothing is told before it is durable, and no listener holds anything up: a
slow one is told later from the change log, one that stands still is dropped. Everything here runs on the reactor's
thread; what may take long is read in a thread.

    id: 41
    event: change
    data: {"kind":"customer","ids":[7]}
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec
from twisted.internet.defer import Deferred
from twisted.web.server import Request

from appliance.api.long_reads import LongReads
from appliance.errors import EnvironmentFault
from appliance.money import format_amount
from appliance.services.calls.live import LiveRow, cut
from appliance.services.change_sight import Sight
from appliance.services.ground.access import Actor
from appliance.services.ground.changes import VOLATILE
from appliance.store.nouns import Nouns
from appliance.store.owners import Owner
from appliance.store.store import Reader
from appliance.wire.booths import BoothMeter
from appliance.wire.changes import Change

log = logging.getLogger("tollhouse.events")

MOST_STREAMS = 200
MOST_OF_ONE = 20  # streams of one operator
FLUSH_SECONDS = 0.05  # news is gathered so long: a burst is one write
LIVE_SECONDS = 1.0
HEARTBEAT_SECONDS = 2.0
STALL_SECONDS = 10.0
CHECK_SECONDS = 15.0  # whether the token is still good
MOST_SHOWN = 500  # running calls, the oldest; there is no more to see in a second
MOST_PENDING = 1000  # changes gathered at once; past it everybody reads them from the log
MOST_IDS = 1000  # of a volatile kind; past it the event names none
REPLAY_PAGE = 500
PER_MINUTE = 60

_encode = msgspec.json.Encoder().encode
_WAYS_IN = frozenset({"operator", "reseller", "api_token"})


class News(Protocol):
    """`services.ground.changes.Changes`, as far as it is heard."""

    @property
    def last_sequence(self) -> int: ...

    def listen(self, listener: Callable[[Sequence[Change]], None]) -> None: ...

    def unlisten(self, listener: Callable[[Sequence[Change]], None]) -> None: ...


class RunningCalls(Protocol):
    """`services.calls.live.Live`, as far as it is watched."""

    def rows(self, most: int) -> dict[int, LiveRow]: ...

    def owners(self) -> dict[int, Owner]: ...


class BoothRow(Protocol):
    """`services.call_shop.meters.MeterRow`: a booth's running call. `key` differs where there is something new to see."""

    @property
    def owner(self) -> Owner: ...

    @property
    def view(self) -> BoothMeter: ...

    @property
    def key(self) -> object: ...


class Sources(NamedTuple):
    """What the streams are fed from. `between` runs work when no unit of work is being committed; `good(token)` is the
    token's actor, None where it is good no more."""

    news: News
    live: RunningCalls
    open_reader: Callable[[], Reader]
    reads: LongReads
    between: Callable[[Callable[[], None]], None]
    good: Callable[[str], Deferred[Actor | None]]
    booths: Callable[[], Mapping[int, BoothRow]] = dict


class EventStreams:
    """All open streams. `start` before the first; `stop` ends them."""

    def __init__(self, reactor: Any, sources: Sources) -> None:
        self.reactor = reactor
        self.sources = sources
        self._streams: list[_Stream] = []
        self._logged: list[Change] = []
        self._volatile: dict[str, set[int] | None] = {}
        self._flush: Any = None
        self._timer: Any = None
        self._reader: Reader | None = None
        self._ticks = 0

    def __len__(self) -> int:
        return len(self._streams)

    def start(self) -> None:
        """Hear what changes."""
        self.sources.news.listen(self._heard)

    def stop(self) -> None:
        """Every stream ends."""
        self.sources.news.unlisten(self._heard)
        for stream in tuple(self._streams):
            stream.end()
        self._rest()

    def open(self, request: Request, actor: Actor, token: str, last_event_id: str | None) -> None:
        """Answer the request with a stream, from now on or from the last event that its reader has. Called where no
        commit runs. EnvironmentFault server.too_many_streams."""
        same = sum(1 for stream in self._streams if stream.actor == actor)
        if len(self._streams) >= MOST_STREAMS or same >= MOST_OF_ONE:
            raise EnvironmentFault("server.too_many_streams", most=MOST_STREAMS if same < MOST_OF_ONE else MOST_OF_ONE)
        sight = Sight(actor, self.tables())
        last = self.sources.news.last_sequence
        resumed = last_event_id is not None and last_event_id.isdigit()
        stream = _Stream(self, request, token, sight, int(last_event_id or 0) if resumed else last)
        self._streams.append(stream)
        request.notifyFinish().addBoth(lambda _: self._gone(stream))
        stream.begin(resumed=resumed)
        if self._timer is None:
            self._timer = self.reactor.callLater(LIVE_SECONDS, self._tick)

    def tables(self) -> Nouns:
        """A connection of the streams' own: it sees what is durable, and nobody waits for it."""
        if self._reader is None:
            self._reader = self.sources.open_reader()
        return self._reader

    def _gone(self, stream: _Stream) -> None:
        stream.gone = True
        if stream in self._streams:
            self._streams.remove(stream)
        if not self._streams:
            self._rest()

    def _rest(self) -> None:
        """Without listeners nothing is gathered, nothing ticks and no connection is held."""
        for timer in (self._timer, self._flush):
            if timer is not None and timer.active():
                timer.cancel()
        self._timer = self._flush = None
        self._logged.clear()
        self._volatile.clear()
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    # what changes --------------------------------------------------------------------------------------------------
    def _heard(self, changes: Sequence[Change]) -> None:
        """After a commit; calls wait while this runs, so it only takes notes."""
        if not self._streams:
            return
        for change in changes:
            if change.kind in VOLATILE:
                known = self._volatile.setdefault(change.kind, set())
                if known is not None:
                    known.update(change.ids)
                    if not change.ids or len(known) > MOST_IDS:
                        self._volatile[change.kind] = None
            else:
                self._logged.append(change)
        if self._flush is None:
            self._flush = self.reactor.callLater(FLUSH_SECONDS, self._tell)

    def _tell(self) -> None:
        self._flush = None
        logged, self._logged = self._logged, []
        volatile, self._volatile = self._volatile, {}
        sequence = self.sources.news.last_sequence
        passing = [Change(sequence=sequence, kind=kind, ids=tuple(sorted(ids or ()))) for kind, ids in volatile.items()]
        running = self.sources.live.owners()
        tables = self.tables()
        if any(change.kind in _WAYS_IN for change in logged):
            for stream in self._streams:
                stream.sight = Sight(stream.actor, tables)
                self._check(stream)
        for stream in tuple(self._streams):
            if len(logged) > MOST_PENDING:
                stream.behind = True
            stream.tell(logged, stream.sight.visible(logged, tables, running), stream.sight.visible(passing, tables, running))

    # what runs -----------------------------------------------------------------------------------------------------
    def _tick(self) -> None:
        self._ticks += 1
        self._timer = self.reactor.callLater(LIVE_SECONDS, self._tick)
        beat = self._ticks % round(HEARTBEAT_SECONDS / LIVE_SECONDS) == 0
        check = self._ticks % round(CHECK_SECONDS / LIVE_SECONDS) == 0
        for stream in tuple(self._streams):
            stream.look(beat)
            if check:
                self._check(stream)
        self.sources.between(self._show)

    def _show(self) -> None:
        rows = self.sources.live.rows(MOST_SHOWN)
        booths = self.sources.booths() if rows else {}
        if rows or any(stream.shown or stream.booths for stream in self._streams):
            owners = self.sources.live.owners().values() if len(rows) == MOST_SHOWN else None
            encoded: dict[tuple[int, bool], bytes] = {}
            for stream in tuple(self._streams):
                stream.show(rows, booths, encoded, owners)

    def _check(self, stream: _Stream) -> None:
        def told(actor: Actor | None) -> None:
            if stream.gone:
                return
            if actor is None:
                stream.end()
            elif actor != stream.actor:
                stream.sight = Sight(actor, self.tables())

        self.sources.good(stream.token).addCallbacks(told, lambda failure: log.error("a token could not be looked up: %s", failure.value))


class _Stream:
    """One listener: a push producer of its request, so that the transport says when it is full."""

    def __init__(self, streams: EventStreams, request: Request, token: str, sight: Sight, sent: int) -> None:
        self._streams = streams
        self._request = request
        self.token = token
        self.sight = sight
        self.sent = sent  # the newest sequence that the reader has, or need not have
        self.gone = False
        self.behind = False  # the log has more than was told
        self._replaying = False
        self._paused_at: float | None = None
        self._kept: dict[str, Change] = {}  # volatile kinds that wait for room
        self.shown: dict[int, bytes] = {}  # running calls as the reader has them
        self.booths: dict[int, object] = {}  # and the keys of booths' rows

    @property
    def actor(self) -> Actor:
        """Who listens."""
        return self.sight.actor

    def begin(self, *, resumed: bool) -> None:
        """The head of the stream, then what was missed."""
        request = self._request
        request.setHeader(b"content-type", b"text/event-stream; charset=utf-8")
        request.setHeader(b"x-accel-buffering", b"no")
        request.registerProducer(self, True)
        if resumed:
            self._write(b"retry: 1000\n\n")
            self.behind = True
            self._catch_up()
        else:
            self._write(b"retry: 1000\n" + _event("ready", _encode({"sequence": self.sent}), self.sent))

    def end(self) -> None:
        """Close the stream from our side."""
        if not self.gone:
            self.gone = True
            self._request.unregisterProducer()
            self._request.finish()

    def look(self, beat: bool) -> None:
        """Each second: still there, and not standing still?"""
        if self._paused_at is not None:
            if self._streams.reactor.seconds() - self._paused_at > STALL_SECONDS:
                self._drop()
        elif beat:
            self._write(b":\n\n")

    def tell(self, logged: Sequence[Change], mine: Sequence[Change], passing: Sequence[Change]) -> None:
        """`logged`: all that was written since the last time, `mine` what of it is this reader's, `passing` what is not kept in the log."""
        if self._paused_at is not None or self._replaying or self.behind:
            self.behind = self.behind or bool(logged)
            for change in passing:
                before = self._kept.get(change.kind)
                ids = change.ids if before is None else before.ids + change.ids if before.ids and change.ids else ()
                self._kept[change.kind] = Change(sequence=0, kind=change.kind, ids=ids if len(ids) <= MOST_IDS else ())
            if self.behind and self._paused_at is None:
                self._catch_up()
            return
        fresh = (each for each in mine if each.sequence > self.sent)
        self._write(b"".join([*(_change(each) for each in fresh), *(_change(each, logged=False) for each in passing)]))
        if logged:
            self.sent = max(self.sent, logged[-1].sequence)

    def show(
        self,
        rows: dict[int, LiveRow],
        booths: Mapping[int, BoothRow],
        encoded: dict[tuple[int, bool], bytes],
        owners: Collection[Owner] | None,
    ) -> None:
        """Running calls that this reader sees, where they differ from what it has. `encoded` is shared by all readers of a
        second; `owners` are those of all calls where there are more than rows."""
        if self._paused_at is not None or self._replaying:
            return
        sees = self.sight.sees
        now: dict[int, bytes] = {}
        burn: dict[str, int] = {}
        for call, row in rows.items():
            if not sees("call", row.owner):
                continue
            whole = self.sight.reads_persons(row.owner)
            text = encoded.get((call, whole))
            if text is None:
                text = encoded[call, whole] = _encode(row.view if whole else cut(row.view))
            now[call] = text
            burn[row.currency] = burn.get(row.currency, 0) + row.burn_micros
        before, self.shown = self.shown, now
        metered = {booth: row for booth, row in booths.items() if sees("booth", row.owner)} if booths else {}
        known, self.booths = self.booths, {booth: row.key for booth, row in metered.items()}
        if not (now or before or metered or known):
            return
        other = [text for call, text in now.items() if before.get(call) != text]
        gone = [call for call in before if call not in now]
        count = len(now) if owners is None else sum(1 for owner in owners if sees("call", owner))
        each_second = {currency: format_amount(micros // PER_MINUTE, 4) for currency, micros in burn.items() if micros}
        data = b'{"calls":[%b],"gone":%b,"money_per_second":%b,"count":%d' % (b",".join(other), _encode(gone), _encode(each_second), count)
        if metered or known:
            fresh = [row.view for booth, row in metered.items() if known.get(booth) != row.key]
            data += b',"booths":%b,"booths_gone":%b' % (_encode(fresh), _encode([booth for booth in known if booth not in metered]))
        data += b"}"
        self._write(_event("live", data))

    # what was missed -----------------------------------------------------------------------------------------------
    def _catch_up(self) -> None:
        """Read on in the change log until there is no more; then what did not wait in it."""
        if self._replaying or self.gone:
            return
        self._replaying, self.behind = True, False
        sight, after, newest = self.sight, self.sent, self._streams.sources.news.last_sequence

        def read(tables: Nouns) -> tuple[list[Change], int] | None:
            oldest, last = tables.changes.first(), tables.changes.last()
            if after > last or (after < last and (oldest is None or oldest > after + 1)):
                return None
            rows = tables.changes.after(after, REPLAY_PAGE)
            changes = [Change(sequence=row.sequence, kind=row.kind, ids=tuple(msgspec.json.decode(row.ids))) for row in rows]
            end = rows[-1].sequence if len(rows) == REPLAY_PAGE else max(newest, rows[-1].sequence if rows else 0)
            return sight.visible(changes, tables, {}), end

        self._streams.sources.reads.run(read).addCallbacks(self._caught_up, self._lost)

    def _caught_up(self, found: tuple[list[Change], int] | None) -> None:
        self._replaying = False
        if self.gone:
            return
        newest = self._streams.sources.news.last_sequence
        if found is None:
            self.sent = newest
            self._write(_event("reset", _encode({"sequence": newest}), newest))
        else:
            changes, self.sent = found[0], max(self.sent, found[1])
            self._write(b"".join(_change(each) for each in changes))
        if self.sent < newest:
            self.behind = True
        if self.behind:
            if self._paused_at is None:
                self._catch_up()
            return
        kept, self._kept = self._kept, {}
        self._write(b"".join(_change(each, logged=False) for each in kept.values()))

    def _lost(self, failure: Any) -> None:
        log.error("the change log could not be read: %s", failure.value)
        self.end()

    # the transport -------------------------------------------------------------------------------------------------
    def _write(self, data: bytes) -> None:
        if data and not self.gone:
            self._request.write(data)

    def _drop(self) -> None:
        """The reader stands still: what is buffered for it is thrown away with the connection."""
        channel: Any = self._request.channel
        transport = getattr(channel, "transport", None)
        if transport is not None and hasattr(transport, "abortConnection"):
            transport.abortConnection()
        elif transport is not None:
            transport.loseConnection()

    def pauseProducing(self) -> None:  # noqa: N802
        """The transport is full."""
        if self._paused_at is None:
            self._paused_at = self._streams.reactor.seconds()

    def resumeProducing(self) -> None:  # noqa: N802
        """The transport has room again."""
        self._paused_at = None
        if self.behind or self._kept:
            self._catch_up()

    def stopProducing(self) -> None:  # noqa: N802
        """The reader is gone."""
        self.gone = True


def _event(name: str, data: bytes, sequence: int = 0) -> bytes:
    head = b"id: %d\n" % sequence if sequence else b""
    return b"%bevent: %b\ndata: %b\n\n" % (head, name.encode(), data)


def _change(change: Change, *, logged: bool = True) -> bytes:
    return _event("change", _encode({"kind": change.kind, "ids": change.ids}), change.sequence if logged else 0)

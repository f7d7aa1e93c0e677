"""The pump: sockets on one side, the engine in the middle, the record keeper on the other.

Law of this file: nothing leaves before what it says is recorded. One batch is: read what is waiting (bounded), give it
to the engine inside one open unit of work, hand the facts to the recorder, COMMIT, send the packets, arm one timer.

A quick unit is committed into the log at once; what must be on the disk first waits for that alone (`lasting.py`), and the
pump goes on. A unit that others began, and every one while the disk is slow, is committed in the commit thread: meanwhile
nothing is read, datagrams wait in the kernel, stream messages in a bounded queue.

Emergency calls alone leave unrecorded, and only after a commit has failed; the engine decides which packets those are.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred, succeed

from appliance.sip.at_sight import is_new_request, is_stun, leads_on
from appliance.sip.commit_thread import CommitThread
from appliance.sip.company import Company, Held
from appliance.sip.datagrams import Datagrams, DatagramSocket
from appliance.sip.lasting import Lasting, Packet
from appliance.sip.name_questions import NameQuestions, Resolve
from appliance.sip.one_timer import OneTimer
from appliance.sip.policy import Flow, ListenerAddress
from appliance.sip.recorder import CannotListen as CannotListen
from appliance.sip.recorder import PumpCounters, PumpedEngine, Recorder
from appliance.sip.streams import StreamLimits, Streams, TlsContexts

BATCH = 100  # datagrams or stream messages taken into one unit of work
MAX_WAITING = 2_000  # messages kept while a commit outlasts `commit_wait`, and stream messages at any time
COMMIT_WAIT = 2.0  # seconds; `store.commit_wait`
A_TICK = 0.001  # seconds; metering counts in whole milliseconds
RETRY_AFTER_FAILURE = 1.0  # seconds until facts of a failed commit are offered again

log = logging.getLogger("tollhouse.sip.transport")

Stun = Callable[[bytes, int, str, int], bytes | None]  # data, listener, host, port -> what to answer


class Pump:
    """See the module. `reactor.seconds` must be monotonic; it is the engine's axis of time."""

    def __init__(
        self,
        reactor: Any,
        engine: PumpedEngine,
        recorder: Recorder,
        listeners: Sequence[ListenerAddress],
        *,
        commit_wait: float = COMMIT_WAIT,
        limits: StreamLimits | None = None,
        tls: TlsContexts | None = None,
        stun: Stun | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        """`stun` gets datagrams with the STUN cookie, `resolve` the engine's questions; without them both are left aside."""
        self._reactor = reactor
        self._seconds: Callable[[], float] = reactor.seconds
        self._engine = engine
        self._recorder = recorder
        self._listeners = listeners
        self._commit_wait = commit_wait
        self._stun = stun
        self._questions = NameQuestions(engine, resolve, self, reactor.seconds)
        self._thread = self.commits = CommitThread(reactor)
        self._sockets = Datagrams()
        self._takers: dict[int, Callable[[bytes, str, int], None]] = {}
        self._streams = Streams(reactor, listeners, self, limits or StreamLimits(), tls)
        self._waiting: deque[tuple[bytes, Flow]] = deque()
        self._company = Company()
        self._given = False  # the engine was told something since the batch began
        self._fault: Exception | None = None  # what kept the facts of this batch from being recorded
        self._events: list[tuple[str, Flow]] = []  # "lost" and "failed", told to the engine in the next batch
        self._between: list[Callable[[], None]] = []
        self._held: list[Packet] = []
        self._closed_bare = 0  # batches without facts, closed while the commit before them still ran
        self._committing = False
        self._commit_started = 0.0
        self._soon = False
        self._timer = OneTimer(reactor, self._timer_fired)
        self._wait_timer: Any = None
        self._stop: Deferred[None] | None = None
        self._last = False  # the batch that runs is the last one
        self._stopped = False
        self._retry_at: float | None = None
        self._now = 0.0
        self.counters = PumpCounters()
        self._lasting = Lasting(self._thread, recorder, self.counters, self._synced, reactor.seconds)

    # -- life ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Binds every listener and begins; a port 0 becomes the real one in its ListenerAddress. Raises CannotListen,
        with everything closed again."""
        try:
            for index, listener in enumerate(self._listeners):
                try:
                    if listener.transport == "udp":
                        self._sockets.open(self._reactor, index, listener, self._on_readable)
                        self._takers[index] = self._taker(index)
                    else:
                        listener.port = self._streams.listen(index, listener)
                except OSError as error:
                    raise CannotListen(listener, error) from error
        except CannotListen:
            self._close_sockets()
            raise
        self._thread.start()
        self._sockets.resume()
        self.wake()

    def stop(self) -> Deferred[None]:
        """Finishes the commit that runs and one last batch, then closes everything. Fires when all is closed."""
        if self._stopped:
            return succeed(None)
        if self._stop is not None:
            return self._stop
        stop = self._stop = Deferred()
        if not self._committing:
            self._last = True
            self._batch()
        return stop

    def _close(self) -> None:
        self._stopped = True
        self._timer.cancel()
        if self._wait_timer is not None and self._wait_timer.active():
            self._wait_timer.cancel()
        self._wait_timer = None
        self._close_sockets()
        self._thread.stop()
        self._recorder.between()
        done, self._stop = self._stop, None
        if done is not None:
            done.callback(None)

    def _close_sockets(self) -> None:
        self._sockets.close()
        self._streams.close()

    # -- what others ask of it ----------------------------------------------------------------------------------

    def wake(self) -> None:
        """The engine was told something from outside (a hang-up, a trunk changed): run a batch soon."""
        if not self._soon and not self._stopped:
            self._soon = True
            self._reactor.callLater(0, self._run_soon)

    def run_between(self, work: Callable[[], None]) -> None:
        """Runs `work` while no unit of work of the pump is open: now, or right after the commit that runs; after what has arrived."""
        if self._company and not self._committing and not self._stopped:
            self._company.hurry()
            self._batch()
        if self._committing:
            self._between.append(work)
        else:
            self._recorder.between()
            work()

    @property
    def queued(self) -> int:
        """Messages read that wait for the commit that runs."""
        return len(self._waiting)

    def heard_until(self) -> float:
        """Up to which moment everything that arrived has been handled."""
        return self._company.oldest or self._seconds()

    def send_datagram(self, listener: int, data: bytes, host: str, port: int) -> None:
        """Past the engine, for STUN."""
        sock = self._sockets.get(listener)
        if sock is not None:
            sock.send(data, host, port)

    # -- in -----------------------------------------------------------------------------------------------------

    def _on_readable(self, sock: DatagramSocket) -> None:
        if self._committing and not self._engine.stalled:
            sock.pause()
        elif self._committing:
            for each in self._sockets.values():
                each.read(BATCH, self._takers[each.index])
        else:
            self._batch(read_alone=True)

    def on_stream_message(self, data: bytes, flow: Flow) -> bool:
        """From `streams`: a whole message. False: too many are waiting, stop reading that connection."""
        if self._engine.stalled:
            self._keep(data, flow)
        else:
            self._waiting.append((data, flow))
            if not self._committing:
                self.wake()
        return len(self._waiting) < MAX_WAITING

    def on_stream_event(self, kind: str, flow: Flow) -> None:
        """From `streams`: "lost" or "failed"."""
        self._events.append((kind, flow))
        self.wake()

    def certificate_names(self, flow: Flow) -> tuple[str, ...]:
        """As `Streams.names`."""
        return self._streams.names(flow)

    def _taker(self, listener: int) -> Callable[[bytes, str, int], None]:
        """What `DatagramSocket.read` calls for each datagram."""
        receive, flow_of, company = self._engine.receive, self._sockets.flow, self._company

        def take(data: bytes, host: str, port: int) -> None:
            if len(data) < 20 or data[0] < 32:
                self._take_odd(data, listener, host, port)
                return
            flow = flow_of(listener, host, port)
            if self._committing:
                self._keep(data, flow)
                return
            if company.takes(data, flow, self._now):
                return
            if company.due is not None:
                self._heed(data, flow)
            self._given = True
            try:
                receive(data, flow, self._now)
            except Exception:
                log.exception("a datagram of %d bytes from %s:%d met a bug", len(data), host, port)

        return take

    def _give(self, data: bytes, flow: Flow, now: float) -> None:
        """One message that had to wait, or came by a stream."""
        self._given = True
        try:
            if flow.transport == "udp":
                self._engine.receive(data, flow, now)
            else:
                self._engine.receive_message(data, flow, now)
        except Exception:
            log.exception("a message of %d bytes from %s:%d met a bug", len(data), flow.host, flow.port)

    def _heed(self, data: bytes, flow: Flow) -> None:
        """Handle what waits for company and must not come after this message."""
        company = self._company
        if leads_on(data) or (data.startswith(b"INVITE ") and self._engine.known_by_address(flow)):
            self._give_held(company.all(self._now))
        else:
            self._give_held(company.of_call(data))

    def _give_held(self, held: list[Held]) -> None:
        """What waited for company, each at the moment it arrived; whatever is decided next knows what came of it."""
        if not held:
            return
        for data, flow, arrived in held:
            self._give(data, flow, arrived)
        try:
            self._recorder.record(self._engine.facts(), self._now)
        except Exception as error:
            self._fault = error

    def _take_odd(self, data: bytes, listener: int, host: str, port: int) -> None:
        """CRLF keep-alives are done with by having arrived; STUN is answered here (RFC 5626 4.4); the rest is noise,
        which the engine's guard counts."""
        if is_stun(data):
            answer = self._stun(data, listener, host, port) if self._stun is not None else None
            if answer is not None:
                self._sockets[listener].send(answer, host, port)
        elif data.strip(b"\r\n\0 ") and not self._committing:
            self._give(data, self._sockets.flow(listener, host, port), self._now)

    # -- one batch ----------------------------------------------------------------------------------------------

    def _run_soon(self) -> None:
        self._soon = False
        if not self._committing and not self._stopped and not self._last:
            self._batch()

    def _batch(self, read_alone: bool = False) -> None:
        """From reading to sending, or to the start of the commit. `read_alone`: it ends where all that was read waits for company."""
        engine, recorder = self._engine, self._recorder
        now = self._now = self._seconds()
        self.counters.batches += 1
        try:
            recorder.begin(not self._lasting.slow(now))
        except Exception:
            log.exception("no unit of work could be opened")  # whatever needs one is refused below
        self._given = not read_alone
        self._feed(now)
        due = engine.next_timeout()
        waits = self._company.due
        if waits is not None and (waits <= now or self._last or (due is not None and due - now <= A_TICK)):
            self._give_held(self._company.all(now))
            due = engine.next_timeout()
        if not self._given:
            self._arm()
            return
        if due is not None and due <= now:
            try:
                engine.handle_timeout(now)
            except Exception:
                log.exception("a timer met a bug")
        facts = engine.facts()
        packets = engine.packets()
        fault, self._fault = self._fault, None
        try:
            if fault is not None:
                raise fault
            if facts:
                recorder.record(facts, now)
            needed = recorder.needs_commit()
        except Exception as error:
            log.exception("facts could not be recorded")
            self._unrecorded(error)
            return
        if not needed:
            engine.recorded()
            self._finish(packets)
        elif recorder.quick():
            self._commit_quickly(packets)
        else:
            self._held = packets
            self._committing = True
            self._commit_started = now
            self._thread.run(recorder.commit, self._commit_done)
            if self._wait_timer is None:
                self._wait_timer = self._reactor.callLater(self._commit_wait, self._stalling)

    def _feed(self, now: float) -> None:
        """Everything that waits, to the engine; at most BATCH of each kind."""
        engine, counters = self._engine, self.counters
        if self._events:
            events, self._events = self._events, []
            self._give_held(self._company.all(now))
            for kind, flow in events:
                (engine.connection_lost if kind == "lost" else engine.send_failed)(flow, now)
        waiting = self._waiting
        for _ in range(min(BATCH, len(waiting))):
            counters.received += 1
            data, flow = waiting.popleft()
            if self._company:
                self._heed(data, flow)
            self._give(data, flow, now)
        self._streams.resume()
        full = bool(waiting)
        for sock in self._sockets.values():
            count = sock.read(BATCH, self._takers[sock.index])
            counters.received += count
            full = full or count == BATCH
            self._given = self._given or bool(sock.failed)
        if full:
            self.wake()

    def _finish(self, packets: list[Packet]) -> None:
        """After the record: send, ask for names, tell the engine of what could not be sent, arm the timer."""
        self._send(self._lasting.ahead(packets))
        self._questions.ask()
        if not self._last:
            self._arm()
        elif self._lasting.busy:
            self._sockets.pause()
            self._lasting.hurry()
        else:
            self._close()

    def _send(self, packets: list[Packet]) -> None:
        sockets = self._sockets
        for flow, data in packets:
            if flow.transport == "udp":
                sock = sockets.get(flow.listener)
                if sock is not None:
                    sock.send(data, flow.host, flow.port)
            else:
                self._streams.send(flow, data)
        self.counters.sent += len(packets)
        self._events += [("failed", flow) for flow in sockets.failed()]
        if self._events:
            self.wake()

    # -- the commit ---------------------------------------------------------------------------------------------

    def _commit_quickly(self, packets: list[Packet]) -> None:
        try:
            free = self._lasting.commit(packets)
        except Exception as error:
            self._unrecorded(error)
            return
        self._engine.recorded()
        self._finish(free)
        self._recorder.committed()

    def _synced(self, packets: list[Packet]) -> None:
        """What these say is on the disk, or a disk that refused is known."""
        self._send(packets)
        if not self._last:
            self._arm()
        elif not self._lasting.busy:
            self._close()

    def _commit_done(self, error: BaseException | None) -> None:
        self._committing = False
        self._lasting.kept(self._commit_started)
        if self._engine.stalled:
            log.warning("a commit took %.1f s", self._seconds() - self._commit_started)
            self._engine.stalled = False
        bare, self._closed_bare = self._closed_bare, 0
        packets, self._held = self._held, []
        if error is not None:
            self._unrecorded(error)
        else:
            self.counters.commits += 1
            self._engine.recorded()
            self._finish(packets)
            self._recorder.committed()
        for _ in range(bare):
            self._engine.recorded()
        self._run_waiting_work()
        if self._stopped:
            return
        if self._stop is not None:
            self._last = True
            self._batch()
        elif self._waiting or self._soon or any(sock.paused for sock in self._sockets.values()):
            self._batch()
        if not self._committing:
            self._sockets.resume()

    def _run_waiting_work(self) -> None:
        between, self._between = self._between, []
        if between:
            self._recorder.between()
        for work in between:
            try:
                work()
            except Exception:
                log.exception("work between two units of work met a bug")

    def _unrecorded(self, error: BaseException) -> None:
        """The unit is lost. What the engine then sends (500s, emergency calls) goes out as it is."""
        self.counters.commits_failed += 1
        log.error("a unit of work could not be recorded: %s", error)
        self._recorder.failed(error)
        self._engine.unrecorded(self._seconds())
        self._retry_at = self._seconds() + RETRY_AFTER_FAILURE
        packets = self._engine.packets()
        self._engine.recorded()  # these are not to be recorded before they go: the batch they closed is done with
        self._finish(packets)

    def _stalling(self) -> None:
        """Called `commit_wait` after some commit began; a later one may run by now."""
        self._wait_timer = None
        if not self._committing:
            return
        left = self._commit_started + self._commit_wait - self._seconds()
        if left > 0:
            self._wait_timer = self._reactor.callLater(left, self._stalling)
            return
        log.warning("a commit has taken more than %.1f s: new requests are refused until it ends", self._commit_wait)
        self._engine.stalled = True
        waiting, self._waiting = self._waiting, deque()
        for data, flow in waiting:
            self._keep(data, flow)
        self._sockets.resume()

    def _keep(self, data: bytes, flow: Flow) -> None:
        """While the commit hangs: a new request gets its 503 at once, everything else waits its turn."""
        if is_new_request(data):
            self.counters.received += 1
            self._give(data, flow, self._seconds())
            self._send(self._engine.packets())
            self._closed_bare += 1
            self.counters.refused_stalled += 1
        elif len(self._waiting) < MAX_WAITING:
            self._waiting.append((data, flow))
        else:
            self.counters.shed += 1

    # -- time ---------------------------------------------------------------------------------------------------

    def _arm(self) -> None:
        self._lasting.run(self._now)
        self._timer.want(self._engine.next_timeout(), self._retry_at, self._company.due, self._lasting.due)

    def _timer_fired(self) -> None:
        if self._committing or self._stopped or self._last:
            return  # the batch after the commit handles what is due
        now = self._seconds()
        self._lasting.run(now)
        if self._retry_at is not None and self._retry_at <= now:
            self._retry_at = None
            self._batch()
            return
        due, waits = self._engine.next_timeout(), self._company.due
        if (due is not None and due <= now) or (waits is not None and waits <= now):
            self._batch()
        else:
            self._arm()

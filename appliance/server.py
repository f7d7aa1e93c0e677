"""The one wiring room: builds store, services, switch, engine, pump, media, doors and jobs; stops them in reverse.

Law: what a start takes is given back by the stop, in the other order, and a start that fails half-way gives back what
it took. Standard output carries exactly one line, when every listener is open.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import signal
import sys
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from appliance import __version__, paths
from appliance.api.control import Control
from appliance.chance import SystemChance
from appliance.clock import SystemClock, rfc3339
from appliance.config import Configuration, defaults, write_first_file
from appliance.errors import UserError
from appliance.http_common import Door, listening_fault
from appliance.logs import event
from appliance.mailer.queue import Mailer
from appliance.server_doors import Copy, Doors
from appliance.server_garbage import Collector
from appliance.server_guard import GuardKeeper
from appliance.server_https import WebListeners, wants_tls
from appliance.server_lan import Announcement
from appliance.server_listeners import contexts, face, leave_tls_out
from appliance.server_media import begin_ahead, media_of
from appliance.server_metrics import Figures, Metrics
from appliance.server_notify import Notifier
from appliance.server_priority import Priority
from appliance.server_rates import RateFetch, answered
from appliance.server_reactor import server_reactor
from appliance.server_settings import engine_settings
from appliance.server_signing import SigningDevices
from appliance.server_summaries import SummaryMaker
from appliance.server_trace import Traces
from appliance.server_upkeep import Upkeep
from appliance.server_web import front
from appliance.server_webhooks import Posting, WebhookSender
from appliance.services.ground.access import Actor
from appliance.services.ground.settings import Settings
from appliance.services.services import Services
from appliance.services.trunks.own_certificates import OwnCertificates
from appliance.sip.engine import Engine
from appliance.sip.locate import Question
from appliance.sip.media import MediaSettings, RelayMedia
from appliance.sip.media_ng import RtpengineMedia
from appliance.sip.policy import ListenerAddress
from appliance.sip.public_address import PublicAddress, PublicAddressWatch, PublicSettings
from appliance.sip.recorder import CannotListen
from appliance.sip.streams import TlsContexts
from appliance.sip.transport import Pump
from appliance.sip.trial_call import TrialOrder
from appliance.store.checkpoint import Checkpointer
from appliance.store.store import DATABASE_NAME, Store
from appliance.switch import Switch, heard_of
from appliance.wire.calls import HangUp, RunningCalls
from appliance.wire.server import ServerStatus
from appliance.wire.shapes import ById, Done
from appliance.wire.trunks import TestCallView, TrunkTestCall

log = logging.getLogger("tollhouse.server")

DRAIN_LOOK_SECONDS = 0.1
FAREWELL_SECONDS = 0.5
"""After calls were ended by us: so long their BYE may be answered before the sockets close."""

NAMES_SECONDS = 60.0
"""How often the host names of trunks are looked up."""

SWITCH_SECONDS = 0.0005
"""How long a thread may keep the interpreter from another: the commit thread is not to wait for the usual 5 ms."""


class Server:
    """One running server. `start` raises EnvironmentFault or UserError with everything given back."""

    def __init__(self, configuration: Configuration, reactor: Any) -> None:
        self._configuration = configuration
        self._reactor = reactor
        self._clock = SystemClock()
        reactor.seconds = self._clock.monotonic  # Twisted's own follows the wall clock
        self._undo: list[tuple[str, Callable[[], object]]] = []
        self._draining = False
        self._stopping = False
        self._drain_until = 0.0
        self._job_timer: Any = None
        self.exit_code = 0
        self.setup_code: str | None = None
        self.services: Services
        self.switch: Switch
        self.engine: Engine
        self.pump: Pump
        self.media: RelayMedia | RtpengineMedia
        self._web: WebListeners
        self._resolver: Any = None
        self._watch: PublicAddressWatch | None = None
        self._copy: Copy

    # start -----------------------------------------------------------------------------------------------------------
    def start(self) -> None:
        """Open everything; the ready line is printed by the caller."""
        try:
            self._open_store()
            dialogs = self._open_calls()
            self._open_doors()
        except BaseException:
            for _, give_back in reversed(self._undo):
                give_back()
            raise
        now = self._clock.monotonic()
        self.engine.update_trunks(self.switch.trunk_configs(), now)
        self.engine.update_gateways(self.switch.gateways())
        for endpoint, bindings in self.switch.stored_bindings().items():
            self.engine.restore(endpoint, bindings, now)
        self.engine.terminate_orphans(self.switch.orphans(dialogs), now)
        self.services.changes.listen(self._trunks_changed, "trunk")
        self.services.changes.listen(lambda _: self.engine.update_gateways(self.switch.gateways()), "endpoint")
        self.services.changes.listen(lambda _: self.pump.wake(), "tariff", "rate")  # a call may run dry sooner
        self.services.jobs.every("trunk names", NAMES_SECONDS, self._look_names_up, first=now)
        GuardKeeper(self.services, self.engine).follow(now)
        Upkeep(self.services, self.engine, deferToThread, self._sip_texts, self._copy.fault).follow(now)
        RateFetch(self.services, deferToThread, self.exclusive).follow(now)
        self.services.nouns.money.vat_service.fetch = answered
        self._web.follow(now)
        SigningDevices(self.services, deferToThread, self.exclusive).follow(now)
        posting = Posting(self._reactor)
        self._undo.append(("webhooks", posting.stop))
        WebhookSender(self.services, posting, self.exclusive).follow(now)
        self._arm_jobs()
        self._begin_relay()
        self.pump.wake()

    def _open_store(self) -> None:
        configuration = self._configuration
        folder = configuration.folder
        store = Store(folder.root, self._clock)
        self._undo.append(("store", store.close))
        write_first_file(folder.configuration)
        settings = Settings(configuration.overrides, {**defaults(), **configuration.boot})
        self.services = Services(store, self._clock, settings, os.urandom)
        self.services.room.program = _program()  # papers are drawn by children
        checkpointer = Checkpointer(folder.root / DATABASE_NAME, moved=store.log_moved)
        self._copy = Copy(self.services, folder.root, checkpointer)
        self._undo.append(("second copy", self._copy.stop))
        self._copy.begin()
        checkpointer.start()
        self._undo.append(("checkpoints", checkpointer.stop))

    def _open_calls(self) -> tuple[str, ...]:
        """Recovery, engine, sockets; the dialogs that an earlier run left open."""
        services, configuration = self.services, self._configuration
        recovered = services.begin_run()
        self._undo.append(("run", services.end_run))
        self.setup_code = services.nouns.operators.setup_code()
        self.listeners = [ListenerAddress(each.transport, each.host, each.port) for each in configuration.sip]
        self.switch = Switch(services, self.listeners)
        told = (self._media_ready, self._silent, self._echoed)
        self.media = media_of(self._reactor, _program(), services.settings, self._media_settings(), *told)
        self._undo.append(("media", self.media.stop))
        self.engine = Engine(self.switch, self.media, engine_settings(services.settings), self.listeners, SystemChance())
        self.traces = Traces(services, self.engine, self.listeners)
        wait = float(services.settings.get("store.commit_wait", 2.0))
        self.pump = Pump(
            self._reactor, self.engine, self.switch, self.listeners, commit_wait=wait, tls=self._tls(), resolve=self._resolve, stun=self._stun
        )
        self.switch.certificate_names = self.pump.certificate_names
        services.heartbeat.heard_until = self.pump.heard_until
        try:
            self.pump.start()
        except CannotListen as refusal:
            where = refusal.listener
            raise listening_fault(where.transport, where.host, where.port, refusal.error) from refusal
        self._undo.append(("pump", self.pump.stop))
        for listener in self.listeners:
            face(listener)
        services.room.sip_host = self.listeners[0].host
        self._watch_public_address()
        self.engine.update_listeners(self.listeners, self._clock.monotonic())
        return recovered.dialogs

    def _tls(self) -> TlsContexts | None:
        """What TLS listeners show, and what connections to carriers demand; None where none speaks TLS."""
        if not any(each.transport == "tls" for each in self.listeners):
            return None
        hot = self.services.hot
        names = [*sorted(hot.domains), *(str(each) for each in self.services.settings.words("sip.aliases"))]
        for listener in self.listeners:
            outside = ListenerAddress("tls", listener.host, 0)
            face(outside)
            names.append(outside.host)
        check = self.services.settings.get("sip.check_certificates", True)
        roots, own = (str(self._configuration.boot[name]) for name in ("sip.roots", "sip.client_certificate"))
        folder = self._configuration.folder.certificates
        own_at, asking = OwnCertificates(self.services.room).shown, lambda: bool(hot.trunk_names)
        return contexts(folder, names, self._clock, hot.name_at, check=check, roots=roots, own=own, own_at=own_at, asking=asking)

    def _watch_public_address(self) -> None:
        """What the world calls us, where we stand behind a router."""
        text = str(self._configuration.boot["sip.public_address"])
        try:
            settings = PublicSettings.of(text)
        except ValueError as error:
            raise UserError("listen.wrong", text=text) from error
        state = PublicAddress(self.listeners, settings, SystemChance(), self._clock.monotonic())
        self._watch = PublicAddressWatch(self._reactor, state, self._resolve, self._public_address_changed)
        self._watch.start(self.pump.send_datagram)
        self.engine.watch_address(self._watch.received)
        self._undo.append(("public address", self._watch.stop))

    def _public_address_changed(self) -> None:
        self.services.room.sip_host = self.listeners[0].public_host or self.listeners[0].host
        event(log, "public address", addresses=",".join(sorted({each.public_host or each.host for each in self.listeners})))
        self._between(lambda: self.engine.update_listeners(self.listeners, self._clock.monotonic()))

    def _stun(self, data: bytes, listener: int, host: str, port: int) -> bytes | None:
        return self._watch.stun(data, listener, host, port) if self._watch is not None else None

    def _resolve(self, question: Question) -> Deferred[Any]:
        """Names are few, and what looks them up is big: loaded by the first."""
        if self._resolver is None:
            from appliance.sip.resolve import NameResolver

            self._resolver = NameResolver(self._reactor)
        answered: Deferred[Any] = self._resolver.resolve(question)
        return answered

    def _open_doors(self) -> None:
        folder = self._configuration.folder
        doors = Doors(self._reactor, self.services, self.pump.run_between, self.exclusive, self)
        figures = Figures(self.services, self.engine, self.pump, doors, lambda: self.web_door)
        self.services.nouns.alerts.copy_fault = self._copy.fault
        self.services.nouns.alerts.certificate_faults = lambda: self._web.faults
        self.services.nouns.alerts.store_fault = lambda: self.switch.store_fault
        self.services.nouns.alerts.unbridged = lambda: self.switch.unbridged
        self._undo.append(("long reads", doors.stop))
        doors.start()
        SummaryMaker(self.services, doors.reads.run, self.exclusive).follow(self._clock.monotonic())
        self.web_door = Door(front(doors, self.services, Metrics(self.services, figures, doors.reading)), "web", self._reactor)
        self._web = WebListeners(self._reactor, self.services, self._configuration, self.web_door, deferToThread, self.pump.run_between)
        self._undo.append(("web", self._web.close))
        announcement = Announcement(self.services, self._web.host, self._web.port, secure=self._web.secure)
        self._undo.append(("announcement", announcement.stop))
        announcement.follow()
        self._undo.append(("event streams", doors.stop_streams))
        control = Control(self._reactor, doors.bound, self.exclusive, folder.control, secrets.token_urlsafe(32), doors.means, self._web.url)
        self._undo.append(("control", control.close))
        mailer = Mailer(self._reactor, self.services.room, self.services.nouns.messages.outbox, self.exclusive, folder.outbox)
        self._undo.append(("mail", mailer.close))
        mailer.start()

    def _media_settings(self) -> MediaSettings:
        media, get = self._configuration.media, self.services.settings.get
        silences = float(get("media.silence_before_answer", 0)), float(get("media.silence_after_answer", 60))
        tones, ahead = paths.resources() / "announcements" / "tones", bool(self._configuration.boot["server.priority"])
        return MediaSettings(media.host, media.first, media.last, *silences, tones=str(tones), ahead=ahead)

    def ready_line(self) -> str:
        """What standard output says once everything is open."""
        return json.dumps({"ready": True, "sip": self._sip_texts(), "web": self._web.url})

    def _sip_texts(self) -> list[str]:
        return [f"{each.transport}:{given.host}:{each.port}" for each, given in zip(self.listeners, self._configuration.sip, strict=True)]

    # what others ask -------------------------------------------------------------------------------------------------
    def exclusive(self, work: Callable[[], object]) -> Deferred[object]:
        """Run `work` inside the pump's next unit of work; fires with its result once that is durable. Of what is refused all is undone, and
        its `afterwards` done."""
        done: Deferred[object] = Deferred()

        def run() -> None:
            changes = self.services.changes
            result: object = None
            refused: UserError | None = None
            try:
                changes.begin()
                try:
                    with changes.part():
                        result = work()
                except UserError as error:
                    if error.afterwards is None:
                        raise
                    refused = error
                    with changes.part():
                        error.afterwards()
            except Exception as error:
                done.errback(error)
            else:
                self.switch.after_commit.append(
                    lambda error: done.callback(result) if error is None and refused is None else done.errback(error or refused)
                )
            self.pump.wake()

        self.pump.run_between(run)
        return done

    def status(self) -> ServerStatus:
        """What the server says of itself."""
        run = self.services.store.runs.get(self.services.calls.run_id)
        now = self._clock.utcnow()
        registered = len(self.services.registrations.registered())
        return ServerStatus(
            version=__version__,
            serving=True,
            started_at=rfc3339(run.started_at if run is not None else now),
            sip=self._sip_texts(),
            web=self._web.url,
            calls=len(self.services.calls.running),
            registered=registered,
            draining=self._draining,
        )

    def running_calls(self, actor: Actor) -> RunningCalls:
        """The calls that run now."""
        return self.services.live.running_calls(actor)

    def hang_up(self, actor: Actor, request: HangUp) -> Done:
        """End a call on both sides; NotFound call.unknown."""
        call = self.services.live.find(actor, request)
        self.engine.hang_up(call, "normal", "operator", self._clock.monotonic())
        return Done(id=call)

    def end_booth_call(self, call: int) -> None:
        """End a booth's call on both sides; its end is recorded with the next batch."""
        self.engine.hang_up(call, "normal", "operator", self._clock.monotonic())

    def test_call(self, actor: Actor, request: TrunkTestCall) -> TestCallView:
        """Place a test call over a trunk; see `services.trunks.trunk_trials`."""
        trials, now = self.services.trunk_trials, self._clock.monotonic()
        trials.counters = lambda call: heard_of(self.media.counters(call))
        order = trials.order(actor, request)
        route = self.switch.trial(order.place, now)
        self.engine.place_trial(TrialOrder(order.call, route, order.number, order.ring_seconds, order.talk_seconds), now)
        return trials.view(order.call)

    def test_state(self, actor: Actor, request: ById) -> TestCallView:
        """How a test call stands; NotFound trial.unknown."""
        return self.services.trunk_trials.state(actor, request)

    # what happens by itself ------------------------------------------------------------------------------------------
    def _trunks_changed(self, changes: object) -> None:
        self.engine.update_trunks(self.switch.trunk_configs(), self._clock.monotonic())
        self._look_names_up()
        self._begin_relay()
        self.pump.wake()

    def _look_names_up(self) -> None:
        """Trunks named by a host name: their calls come from where it leads."""
        for name in self.services.hot.trunk_addresses.names:
            for kind in ("A", "AAAA"):
                asked = self._resolve(Question(kind, name))
                asked.addCallback(self._name_looked_up, name)
                asked.addErrback(lambda failure: log.warning("a trunk's name cannot be looked up: %s", failure.getErrorMessage()))

    def _name_looked_up(self, found: list[object], name: str) -> None:
        self.services.hot.looked_up(name, [each for each in found if isinstance(each, str)])

    def _between(self, work: Callable[[], object]) -> None:
        def run() -> None:
            work()
            self.pump.wake()

        self.pump.run_between(run)

    def _begin_relay(self) -> None:
        begin_ahead(self.media, self.services.hot, engine_settings(self.services.settings).local_networks)

    def _media_ready(self) -> None:
        self._between(lambda: self.engine.media_ready(self._clock.monotonic()))

    def _silent(self, call: int, seconds: float) -> None:
        event(log, "silence", call=call, seconds=seconds)
        self._between(lambda: self.engine.hang_up(call, "silence", "server", self._clock.monotonic()))

    def _echoed(self, call: int, packets_in: int, packets_back: int) -> None:
        self._between(lambda: self.services.calls.echoed(call, packets_in, packets_back))

    def _arm_jobs(self) -> None:
        due = self.services.jobs.next_time()
        if due is not None and not self._stopping:
            self._job_timer = self._reactor.callLater(max(0.0, due - self._clock.monotonic()), self._run_jobs)

    def _run_jobs(self) -> None:
        def run() -> None:
            self.services.jobs.run(self._clock.monotonic())
            self.pump.wake()
            self._arm_jobs()

        self._job_timer = None
        self.pump.run_between(run)

    # stop ------------------------------------------------------------------------------------------------------------
    def told_to_stop(self) -> None:
        """SIGTERM: no new calls, running ones may go on for `--drain`; told again: at once."""
        if self._stopping:
            return
        if self._draining:
            self._drain_until = 0.0
            return
        self._draining = True
        now = self._clock.monotonic()
        self._drain_until = now + self._configuration.drain_seconds
        event(log, "draining", calls=self.engine.calls, seconds=self._configuration.drain_seconds)
        self._between(lambda: self.engine.drain(self._clock.monotonic()))
        self._look_whether_empty()

    def _look_whether_empty(self) -> None:
        if not self.engine.calls:
            self._stop()
        elif self._clock.monotonic() >= self._drain_until:
            self._between(self._end_calls)
            self._reactor.callLater(FAREWELL_SECONDS, self._stop)
        else:
            self._reactor.callLater(DRAIN_LOOK_SECONDS, self._look_whether_empty)

    def _end_calls(self) -> None:
        now = self._clock.monotonic()
        for call in self.engine.live_calls():
            self.engine.hang_up(call, "shutdown", "server", now)

    def _stop(self) -> None:
        if self._stopping:
            return
        self._stopping = True
        if self._job_timer is not None and self._job_timer.active():
            self._job_timer.cancel()
        self._give_back()

    def _give_back(self) -> None:
        """Close in reverse, one after the other; a step that fails keeps none of the others from closing."""
        while self._undo:
            name, close = self._undo.pop()
            try:
                closed = close()
            except Exception:
                log.exception("%s did not close", name)
                self.exit_code = 1
                continue
            if isinstance(closed, Deferred):
                closed.addErrback(lambda failure: log.error("a part did not close: %s", failure.value))
                closed.addCallback(lambda _: self._give_back())
                return
        event(log, "stopped")
        self._reactor.stop()


def _program() -> tuple[str, ...]:
    """How this program is started again, for the relay."""
    return (sys.executable,) if getattr(sys, "frozen", False) else (sys.executable, "-m", "appliance")


def serve(configuration: Configuration) -> int:
    """Run until told to stop; the exit code. EnvironmentFault and UserError where it cannot start."""
    if not wants_tls(configuration) and not any(each.transport == "tls" for each in configuration.sip):
        leave_tls_out()
    sys.setswitchinterval(SWITCH_SECONDS)
    running = server_reactor()
    server = Server(configuration, running)
    notifier = Notifier(running)
    server.start()

    def ready() -> None:
        if server.setup_code is not None:
            print(f"set-up code: {server.setup_code}", file=sys.stderr, flush=True)
        print(server.ready_line(), flush=True)
        notifier.ready()
        Collector(running, lambda: server.web_door.accepted, lambda: server.engine.calls).start()
        if configuration.boot["server.priority"]:
            Priority(running).begin(server.pump.commits.native_id)

    def told(number: int, frame: object) -> None:
        running.callFromThread(notifier.stopping)
        running.callFromThread(server.told_to_stop)

    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, told)
    running.callWhenRunning(ready)
    running.run(installSignalHandlers=False)
    return server.exit_code

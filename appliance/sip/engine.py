"""The SIP service as one object without sockets or clocks: datagrams and time in, datagrams, facts and timers out.

The pump around it: `receive` what is waiting, `facts` to the record keeper, commit, `packets` to the sockets, then one
timer for `next_timeout`. Every `now` is in seconds on one monotonic axis.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from appliance.sip.addresses import Addresses
from appliance.sip.authenticate import Authenticator
from appliance.sip.batch import Batch
from appliance.sip.call import Call
from appliance.sip.dialog import from_state
from appliance.sip.exchange import METHODS, Exchange
from appliance.sip.facts import BindingsChanged, DialogState, Fact
from appliance.sip.farewell import say_bye
from appliance.sip.grammar import ProtocolError, RemoteProtocolError, Rng
from appliance.sip.keep_alive import KeepAlive
from appliance.sip.large import LargeRequests
from appliance.sip.locate import Question, Record
from appliance.sip.message import Request, Response, parse, response_to
from appliance.sip.messages import Messages
from appliance.sip.passing import unknown_requirements
from appliance.sip.policy import Binding, Flow, ListenerAddress, Media, Policy
from appliance.sip.presence import Presence
from appliance.sip.reception import RETRY_AFTER_SECONDS, Reception
from appliance.sip.registering import Registering
from appliance.sip.registrar import Registrar, RegistrarSettings
from appliance.sip.settings import EngineSettings
from appliance.sip.target_dialog import refer_to
from appliance.sip.timers import Timers
from appliance.sip.transaction import ServerTransaction, TransactionLayer
from appliance.sip.transfer import refer
from appliance.sip.trial_call import TrialCall, TrialOrder
from appliance.sip.trunk import TrunkConfig, Trunks
from appliance.sip.uri import SipUri
from appliance.sip.who import Who

_ORPHAN_REASON = 'SIP;cause=503;text="Restarted"'
#: Known methods that mean nothing here outside of a dialog (RFC 3261 8.2.1).
_NOT_ALLOWED = frozenset(("SUBSCRIBE", "PUBLISH"))
_IN_DIALOG = frozenset(("BYE", "PRACK", "UPDATE", "INFO", "NOTIFY", "REFER"))


class Engine:
    """Registrar, back-to-back user agent and our registrations at carriers."""

    def __init__(
        self,
        policy: Policy,
        media: Media | None,
        settings: EngineSettings,
        listeners: Sequence[ListenerAddress],
        rng: Rng,
    ) -> None:
        self.stalled = False  # set by the pump while a commit outlasts `store.commit_wait`: new requests get 503
        self.timers = Timers()
        addresses = Addresses(listeners, settings.local_networks, settings.aliases)
        self._policy = policy
        self._exchange = exchange = Exchange(policy, media, settings, addresses, self.timers, rng)
        self._packets: list[tuple[Flow, bytes]] = []
        exchange.layer = self.layer = TransactionLayer(self.timers, self._send, self, addresses.host_port_text, rng, LargeRequests(addresses))
        self._who = Who(exchange, Authenticator(policy, rng, settings.digest_algorithms))
        self._reception = Reception(exchange, self._who)
        self._messages = Messages(exchange, self._who)
        self._registrar = Registrar(policy, RegistrarSettings(settings.minimum_expires, settings.maximum_expires, settings.default_expires))
        self.guard = exchange.guard
        self.trace = exchange.trace
        self._presence = Presence(policy, exchange.guard, KeepAlive(policy, self.timers, self._send, rng), self.timers)
        self._registering = Registering(self.timers, self._registered)
        self._now = 0.0
        self._trunks = Trunks(exchange)
        self._batch = Batch()
        self._closed: deque[Batch] = deque()
        self._offered_again: list[Fact] = []
        self._carriers: frozenset[str] = frozenset()
        self._gateways: frozenset[str] = frozenset()
        exchange.refer = refer
        exchange.led_on = self._led_on
        exchange.begun = self._begun

    def _led_on(self, call: Call) -> None:
        """The record of a call was changed before its answer, in the batch that is open."""
        self._batch.led_on.append(call)

    def _begun(self, tx: ServerTransaction, call: Call) -> None:
        """A request within a dialog began a call of its own, in the batch that is open."""
        self._batch.begun.append((tx, call))

    # -- packets in

    def receive(self, data: bytes, flow: Flow, now: float) -> None:
        """One datagram."""
        self._now = now
        if not self.guard.packet(flow, now) and not self._urgent(data):
            return
        try:
            message = parse(data)
        except RemoteProtocolError as error:
            self.guard.malformed(flow, now)
            self._malformed(error, flow)
            return
        try:
            if message.cseq.method != "OPTIONS":
                self.trace.add(message.call_id, flow, data, False, now)
            if self.stalled and isinstance(message, Request) and self._refuse_while_stalled(message, flow):
                return
            self.layer.receive(message, flow, now)
        except RemoteProtocolError as error:
            if isinstance(message, Request):
                self.layer.answer(message, flow, error.status, error.reason)

    def receive_message(self, data: bytes, flow: Flow, now: float) -> None:
        """One whole message framed out of a stream."""
        self.receive(data, flow, now)

    def _urgent(self, data: bytes) -> bool:
        """Whether a silenced address speaks of an emergency call (sip.md, Calls)."""
        try:
            message = parse(data)
            if message.call_id in self._exchange.emergencies:
                return True
            return isinstance(message, Request) and message.method == "INVITE" and self._emergency(message)
        except RemoteProtocolError:
            return False

    def _emergency(self, request: Request) -> bool:
        return self._policy.is_emergency(SipUri.parse(request.uri).number, None)

    def _malformed(self, error: RemoteProtocolError, flow: Flow) -> None:
        """What can be answered is; the rest is dropped (RFC 3261 16.3, 4475)."""
        request = error.message
        if isinstance(request, Request) and request.method != "ACK":
            with suppress(ProtocolError):  # its Via cannot be read, or what is copied of it cannot be said again
                if error.status == 505:  # another version's Via is not ours to read, but its sender is where it came from
                    self._packets.append((flow, response_to(request, 505).encode()))
                else:
                    _ = request.via
                    self.layer.answer(request, flow, error.status, error.reason)

    def _refuse_while_stalled(self, request: Request, flow: Flow) -> bool:
        """New requests while the record keeper is late: 503 without state; emergency calls go on."""
        if request.method in ("ACK", "CANCEL", "BYE", "PRACK") or request.to.tag:
            return False
        if request.method == "INVITE":
            try:
                if self._emergency(request):
                    return False
            except RemoteProtocolError:
                pass
        self.layer.answer(request, flow, 503, None, (("Retry-After", RETRY_AFTER_SECONDS),))
        return True

    def known_by_address(self, flow: Flow) -> bool:
        """Whether calls from there may begin without credentials."""
        return self._policy.known_by_address(flow)

    def connection_lost(self, flow: Flow, now: float) -> None:
        """A stream is gone."""
        self.layer.transport_failed(flow, now)
        self._trunks.lost(flow, now)

    def send_failed(self, flow: Flow, now: float) -> None:
        """A datagram could not be delivered (ICMP)."""
        self.layer.transport_failed(flow, now)

    # -- what the transaction layer asks

    def on_request(self, tx: ServerTransaction, request: Request, flow: Flow, now: float) -> None:
        """A request that is new."""
        tag = request.to.tag
        if tag:
            owner = self._exchange.owners.get(tag)
            if owner is None or not owner.owns(request):
                tx.reply(481, now)
            else:
                owner.on_request(tx, request, now)
            return
        if not self._acceptable(tx, request, flow, now):
            return
        method = request.method
        if method in ("REGISTER", "OPTIONS"):
            SipUri.parse(request.uri)  # one that is none, or of another scheme, is answered by its fault
        if method == "INVITE":
            self._batch.begun.append((tx, self._reception.invite(tx, request, flow, now, self.stalled)))
        elif method == "REGISTER":
            self._register(tx, request, flow, now)
        elif method == "OPTIONS":
            tx.reply(200, now, None, (("Allow", METHODS), ("Accept", "application/sdp"), ("Server", self._exchange.product)))
        elif method == "MESSAGE":
            self._messages.message(tx, request, flow, now)
        elif method == "REFER" and request.get("Target-Dialog") is not None:
            refer_to(self._who, tx, request, flow, now)
        elif method in _IN_DIALOG:
            tx.reply(481, now)
        elif method in _NOT_ALLOWED:
            tx.reply(405, now, None, (("Allow", METHODS),))
        else:
            tx.reply(501, now, None, (("Allow", METHODS),))

    def _acceptable(self, tx: ServerTransaction, request: Request, flow: Flow, now: float) -> bool:
        """The guard's word, then RFC 3261 16.3 and 8.2.2, for requests outside of dialogs."""
        username = SipUri.parse(request.from_.uri).number if self.guard.knows_names else ""
        if not self.guard.request(flow, username, request.get("User-Agent") or "", now) and not (
            request.method == "INVITE" and self._emergency(request)
        ):
            tx.abandon()
            return False
        forwards = request.max_forwards
        if forwards is not None and forwards <= 0 and request.method != "OPTIONS":
            tx.reply(483, now)
            return False
        unsupported = unknown_requirements(request)
        if unsupported:
            tx.reply(420, now, None, (("Unsupported", ", ".join(unsupported)),))
            return False
        if len(request.headers) > 1 and request.headers[1][0] == "Via" and self._been_here(request):
            tx.reply(482, now)
            return False
        return True

    def _been_here(self, request: Request) -> bool:
        """A Via of ours below the top one: the request has come back (RFC 3261 16.3 step 4)."""
        names = self._exchange.addresses.sent_by
        return any(value.partition(" ")[2].partition(";")[0].strip() in names for value in request.all("Via")[1:])

    def _register(self, tx: ServerTransaction, request: Request, flow: Flow, now: float) -> None:
        uri = SipUri.parse(request.to.uri)
        known = self._who.endpoint(tx, request, flow, self._policy.realm(uri.host, uri.number), now)
        if known is None:
            return
        credential, username = known
        if credential.endpoint in self._registering:
            self._registering.release(now)
        response, changed = self._registrar.handle(request, flow, credential, now, username, tx.to_tag)
        response.headers.append(("Server", self._exchange.product))
        if changed is not None:
            self._registering.take(tx, response, changed, now)
        else:
            tx.respond(response, now)
            if response.status < 300:
                self.trace.drop(request.call_id)

    def _registered(self, tx: ServerTransaction, response: Response, changed: BindingsChanged, now: float) -> None:
        """Bindings change, in the batch that is open."""
        self._batch.begun.append((tx, None))
        self._exchange.news.append(changed)
        self._presence.changed(changed.endpoint, changed.bindings, now)
        self.trace.drop(response.call_id)
        tx.respond(response, now)

    def on_ack(self, request: Request, flow: Flow, now: float) -> None:
        """The ACK of a 2xx."""
        owner = self._exchange.owners.get(request.to.tag)
        if owner is not None and owner.owns(request):
            owner.on_ack(request, now)

    def on_stray_response(self, response: Response, flow: Flow, now: float) -> None:
        """An answer to nothing we remember: let it fall (RFC 3261 18.1.2); a callee that insists gives up by itself."""

    # -- time

    def handle_timeout(self, now: float) -> None:
        """Everything that is due by now."""
        self._now = now
        self.timers.run(now)
        limit = self._policy.next_limit()
        if limit is not None and limit <= now:
            self._limits(now)

    def _limits(self, now: float) -> None:
        """Calls out of credit end on both sides; calls near it hear so."""
        exchange = self._exchange
        for cut in self._policy.limits_reached(now):
            call = exchange.calls.get(cut.call)
            if call is not None and not call.admitted.emergency:
                call.end(cut.cause, "server", "", now)
        for number in self._policy.tones_due(now):
            call = exchange.calls.get(number)
            if call is not None:
                call.sdp.warn()

    def next_timeout(self) -> float | None:
        """When `handle_timeout` must be called, or None."""
        due, limit = self.timers.next(), self._policy.next_limit()
        if due is None or limit is None:
            return limit if due is None else due
        return min(due, limit)

    # -- out

    def _send(self, flow: Flow, data: bytes) -> None:
        self._packets.append((flow, data))
        self.trace.sent(flow, data, self._now)

    def facts(self) -> list[Fact]:
        """The news since the last call, oldest first."""
        news = [*self._offered_again, *self._exchange.news]
        if news:
            self._offered_again, self._exchange.news = [], []
            self._batch.facts = [*self._batch.facts, *news]
        return news

    def packets(self) -> list[tuple[Flow, bytes]]:
        """What is to be sent, in order. Closes the batch: `recorded` and `unrecorded` speak of batches closed so."""
        packets, self._packets = self._packets, []
        self._who.told = 0
        batch = self._batch
        batch.packets = packets
        self._closed.append(batch)
        self._batch = Batch()
        return packets

    def recorded(self) -> None:
        """The oldest closed batch has been committed."""
        if self._closed:
            self._closed.popleft()

    def unrecorded(self, now: float) -> None:
        """The commit of the oldest closed batch failed.

        Its facts are offered again, its new requests get 500 and the calls they began are forgotten; what it had to send
        is the pump's to drop. Emergency calls alone go on, and `packets` gives what is theirs once more.
        """
        batch = self._closed.popleft() if self._closed else Batch()
        self._offered_again.extend(batch.undo(now, self._exchange.emergencies, self.layer))
        self._packets.extend(batch.urgent(self._exchange.emergencies))

    def questions(self) -> list[Question]:
        """Name look-ups to be made (`locate`); each is answered by `located`."""
        return self._exchange.locator.questions()

    def located(self, question: Question, answers: Sequence[Record], now: float) -> None:
        """The answer to one of `questions`: records of its kind, none for nothing or a failure."""
        self._exchange.locator.answer(question, answers, now)

    # -- orders

    def hang_up(self, call: int, cause: str, ended_by: str, now: float) -> None:
        """End a call on both sides. Unknown calls are none of our business any more, and a call on hold is silent rightly."""
        self._now = now
        found = self._exchange.calls.get(call)
        if found is not None and not (cause == "silence" and found.sdp.on_hold):
            found.end(cause, ended_by, "", now)

    def place_trial(self, order: TrialOrder, now: float) -> None:
        """Call a number over a trunk, to see what comes of it; `TrialHeard` and the facts of every call tell."""
        self._now = now
        trial = TrialCall(self._exchange, order, now)
        self._led_on(trial)
        trial.start(now)

    def media_ready(self, now: float) -> None:
        """The relay has started: calls that waited for it go on."""
        waiting, self._exchange.waiting = self._exchange.waiting, {}
        for call in waiting.values():
            call.media_ready(now)

    def update_listeners(self, listeners: Sequence[ListenerAddress], now: float) -> None:
        """The listeners with their public addresses as they now are, in the same order; trunks register anew."""
        self._exchange.addresses.replace(listeners)
        self._trunks.renew(now)

    def update_trunks(self, trunks: Sequence[TrunkConfig], now: float) -> None:
        """The trunks as they now stand; registrations begin, change or end."""
        self._now = now
        self._carriers = frozenset(host for trunk in trunks for host in (trunk.host, *trunk.addresses))
        self.guard.trust_trunks(self._carriers | self._gateways)
        self._trunks.update(trunks, now)

    def update_gateways(self, hosts: frozenset[str]) -> None:
        """Addresses that are endpoints without a password: held to a trunk's rate, and not shut out for what stands in From."""
        self._gateways = hosts
        self.guard.trust_trunks(self._carriers | hosts)

    def restore(self, endpoint: int, bindings: tuple[Binding, ...], now: float) -> None:
        """At the start: an endpoint whose stored bindings still hold, so that its NAT is kept open and its address spared."""
        self._now = now
        self._presence.changed(endpoint, bindings, now)

    def watch_address(self, seen_as: Callable[[int, str, int], None]) -> None:
        """Have `seen_as(listener, host, port)` told under which address a trunk saw our registration; port 0: not said."""
        self._exchange.seen_as = seen_as

    def drain(self, now: float) -> None:
        """No new calls any more (503); emergency calls go on."""
        self._reception.draining = True

    @property
    def calls(self) -> int:
        """How many calls live."""
        return len(self._exchange.calls)

    def live_calls(self) -> list[int]:
        """Their ids."""
        return list(self._exchange.calls)

    def terminate_orphans(self, dialogs: Sequence[Sequence[DialogState]], now: float) -> None:
        """BYE to all sides of calls that a crash left behind."""
        for pair in dialogs:
            for state in pair:
                say_bye(self._exchange, from_state(state), self._trunks.account_at(state.flow), _ORPHAN_REASON, now)

"""The phones' door: answers the engine's questions by asking services, turns its facts into service calls.

It translates and has no rules: engine seconds to wall time, rows to targets, refusals to status codes. It is also the
record keeper of the pump: one unit of work a batch, opened by the first thing that writes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from urllib.parse import quote

from appliance.errors import EnvironmentFault
from appliance.services.calls.call_record import Accepted, Attempt, Denied, Ended, Heard, Place
from appliance.services.calls.spoken import language_of
from appliance.services.ground.forwarding import SAID
from appliance.services.ground.hot_rows import HotEndpoint, HotTrunk
from appliance.services.ground.trunk_addresses import split_port
from appliance.services.services import Services
from appliance.sip import facts as news
from appliance.sip.policy import (
    Admitted,
    Announcement,
    Binding,
    Caller,
    CallRequest,
    Credential,
    Cut,
    Flow,
    ListenerAddress,
    MediaCounters,
    Refused,
    Route,
    Target,
    Text,
)
from appliance.sip.trunk import TrunkConfig
from appliance.switch_emergency import tell_urgency
from appliance.switch_flows import Flows, TrunkWay, key_of, said, shown, source_text, targets_of
from appliance.switch_spoken import put_together, ready_made
from appliance.wire.changes import Change

log = logging.getLogger(__name__)

REGISTER_SECONDS = 600
"""What our registrations at carriers ask for."""

FORK_SILENT_SECONDS = 32.0
"""A phone that is silent for so long is not there; carriers are given up sooner (sip.md, Calls, Where)."""

RING_SECONDS = 120.0
"""The longest that one place rings."""

_STATE_ALONE = (news.CallRinging, news.RouteFailed, news.Unbridged, news.TrunkRegistered, news.AuthenticationFailed, news.TrialHeard)
_NOBODY_IS_PROMISED = (*_STATE_ALONE, news.CallEnded)
"""News whose packets need not wait for the disk. An end that a power cut takes is found as what it would have been found as a moment before: a
running call, charged up to the last heartbeat."""

_USER_PART = "*!~'()&=+$,;?/-_."  # RFC 3261 25.1: unreserved and user-unreserved


class Switch:
    """Implements `sip.policy.Policy` and `sip.recorder.Recorder`."""

    def __init__(self, services: Services, listeners: Sequence[ListenerAddress]) -> None:
        self._services = services
        self._clock = services.clock
        self._calls = services.calls
        self._registrations = services.registrations
        self._hot = services.hot
        self._changes = services.changes
        # Questions that services answer as the engine asks them.
        self.realm = services.hot.realm
        self.may_be_at = services.places.may_be
        self.is_emergency = services.calls.is_emergency
        self.next_limit = services.calls.next_limit
        self.tones_due = services.calls.tones_due
        self._listeners = listeners
        self._flows = Flows(listeners)
        self._bindings: dict[int, tuple[Binding, ...]] = {}
        self._passwords: dict[int, str] = {}
        self._trunk_ways: dict[int, TrunkWay] = {}
        self.certificate_names: Callable[[Flow], Sequence[str]] = lambda flow: ()  # of the peer's, where it is trusted
        self._held = False  # the commit thread has the database
        self.store_fault: EnvironmentFault | None = None  # why the last unit of work could not be recorded
        self._disk_fault: EnvironmentFault | None = None  # the same until the next start: one sync failed
        self.unbridged: tuple[int, int] | None = None  # calls between IPv4 and IPv6 that had no relay, and when the last was
        self._lasting = False  # the open unit says what must be on the disk before it is told
        self.after_commit: list[Callable[[BaseException | None], None]] = []
        services.changes.on_undo(self._bindings.clear)
        services.changes.listen(self._changed, "trunk")

    def _changed(self, changes: Sequence[Change]) -> None:
        self._passwords.clear()
        self._trunk_ways.clear()

    # questions ---------------------------------------------------------------------------------------------------
    def domains(self) -> frozenset[str]:
        """Lower-case SIP domains of all resellers."""
        return self._hot.domains

    def credential(self, username: str, realm: str) -> Credential | None:
        """By authentication name and realm."""
        proof = self._registrations.credential(username, realm)
        if proof is None:
            return None
        return Credential(proof.endpoint_id, proof.number, proof.realm, proof.ha1_md5, proof.ha1_sha256, proof.max_bindings, proof.disabled)

    def endpoint_number(self, number: str) -> bool:
        """Whether a user part names an endpoint of ours."""
        return self._hot.by_number(number) is not None

    def trunk_of(self, flow: Flow, from_user: str, auth_user: str) -> int | None:
        """The trunk that a request from this source belongs to; a name that its certificate proves is the trunk's at any address."""
        if flow.transport == "tls" and self._hot.trunk_names:
            for name in self.certificate_names(flow):
                if name in self._hot.trunk_names:
                    return self._hot.trunk_names[name]
        owner = self._hot.trunk_addresses.find(flow.host, flow.port)
        if owner is None:
            return None
        if owner.own_port or not (self.endpoint_number(from_user) or self.endpoint_number(auth_user)):
            return owner.trunk_id
        return None

    def gateway_of(self, flow: Flow, from_user: str, auth_user: str) -> int | None:
        """The endpoint that this source is known to be; whoever names another endpoint of ours is asked for its password."""
        gateways = self._hot.gateways
        owner = None if gateways is None else gateways.find(flow.host, flow.port)
        if owner is None:
            return None
        named = {found.id for found in (self._hot.by_number(from_user), self._hot.by_number(auth_user)) if found is not None}
        return owner.trunk_id if owner.own_port or named <= {owner.trunk_id} else None

    def known_by_address(self, flow: Flow) -> bool:
        """Whether this source may be a trunk or a gateway, whoever it says it is."""
        if flow.transport == "tls" and self._hot.trunk_names:
            return True
        known = (self._hot.trunk_addresses, self._hot.gateways)
        return any(addresses is not None and addresses.find(flow.host, flow.port) is not None for addresses in known)

    def gateways(self) -> frozenset[str]:
        """Addresses of gateways, networks left out."""
        found = (split_port(text)[0] for each in self._hot.endpoints.values() for text in each.addresses)
        return frozenset(host for host in found if "/" not in host)

    def bindings(self, endpoint: int) -> tuple[Binding, ...]:
        """Stored bindings not yet expired."""
        now = self._clock.monotonic()
        known = self._bindings.get(endpoint)
        if known is None:
            wall = self._registrations.now()
            rows = self._registrations.bindings(endpoint)
            known = self._bindings[endpoint] = tuple(self._flows.binding(row, now, wall) for row in rows)
        for binding in known:
            if binding.expires <= now:
                return tuple(each for each in known if each.expires > now)
        return known

    def stored_bindings(self) -> dict[int, tuple[Binding, ...]]:
        """Every endpoint that is registered, as an earlier run left it."""
        return {endpoint: self.bindings(endpoint) for endpoint in self._registrations.registered()}

    def admit(self, request: CallRequest, now: float) -> Admitted | Refused:
        """Decide, and write the live call with its holds, or the record of its refusal."""
        if not self._held:
            self._changes.begin()
        flow = request.flow
        attempt = Attempt(
            request.call_id,
            request.dialled,
            request.from_number,
            request.anonymous,
            f"{source_text(flow)}/{flow.transport}",
            request.user_agent,
            request.endpoint,
            request.trunk,
            request.emergency,
            request.from_display,
            request.to_number,
        )
        try:
            answer = self._calls.admit(attempt, now, writable=not self._held)
        except EnvironmentFault as fault:
            log.error("a call could not be recorded and is refused: %s", fault)
            self.store_fault = fault
            return Refused(503, "Service Unavailable", (("Retry-After", "5"),))
        if not isinstance(answer, Accepted):
            spoken = self._spoken(answer, request.endpoint) if request.endpoint is not None else None
            return Refused(answer.status, answer.phrase, announcement=spoken, call=answer.call)
        admitted = self._admitted(answer, request.emergency, now)
        if request.emergency:
            tell_urgency(self._hot, admitted.routes, request.endpoint)
        return admitted

    def _spoken(self, answer: Denied, endpoint: int) -> Announcement | None:
        """What the phone asked to hear, or hears before a refusal, in its customer's language, where the shop wants it."""
        if answer.said:
            return put_together(self._services.store.folder, answer.language, answer.said)
        settings = self._services.settings
        if answer.cause != "no_funds" or not settings.get("announcements.no_credit", False):
            return None
        customer = self._hot.customers[self._hot.endpoints[endpoint].customer_id]
        return ready_made(language_of(customer.language, settings.get("announcements.language", "en")), "no_credit")

    def not_taken(self, call: int, status: int, contact: str, now: float) -> Admitted | None:
        """Where the endpoint that did not take a call sends it on."""
        if self._held:
            return None
        self._changes.begin()
        answer = self._calls.not_taken(call, status, contact, now)
        return None if answer is None else self._admitted(answer, False, now)

    def _admitted(self, answer: Accepted, emergency: bool, now: float) -> Admitted:
        routes = tuple([route for place in answer.places if (route := self._route(place, now)) is not None])
        return Admitted(
            answer.call,
            routes,
            media=answer.media,
            codecs=answer.codecs,
            ring_seconds=answer.ring_seconds,
            emergency=emergency,
            tone_seconds=answer.tone_seconds,
            forwards=answer.forwards,
            service=answer.service,
        )

    def text_to(self, endpoint: int, dialled: str) -> Text | None:
        """Where a text of an endpoint goes."""
        found = self._calls.texted(endpoint, dialled)
        if found is None:
            return None
        sender, receiver, domain = found
        return Text(targets_of(self.bindings(receiver.id)), sender.number, sender.display_name, receiver.number, domain)

    def limits_reached(self, now: float) -> tuple[Cut, ...]:
        """Calls that have no credit for the increment that begins now or has begun."""
        return tuple(Cut(call, cause) for call, cause in self._calls.limits_reached(now))

    def _route(self, place: Place, now: float) -> Route | None:
        caller = Caller(place.caller, place.display, place.anonymous, place.caller if place.asserted else "")
        if place.trunk is not None:
            trunk = self._hot.trunks[place.trunk]
            return Route(
                (self._trunk_target(trunk, place.number),),
                caller,
                trunk=trunk.id,
                username=trunk.username,
                password=self._password(trunk) if trunk.username else "",
                realm_domain=trunk.host,
                media=trunk.media,
                codecs=trunk.codecs,
                headers=_diversion(place, trunk.host) if place.diversion[0] else (),
            )
        assert place.endpoint is not None
        endpoint = self._hot.endpoints[place.endpoint]
        targets = targets_of(self.bindings(endpoint.id)) or self._gateway_targets(endpoint)
        if not targets:
            return None
        return Route(
            targets,
            caller,
            realm_domain=place.domain,
            media=endpoint.media,
            codecs=endpoint.codecs,
            ring_seconds=place.ring_seconds or RING_SECONDS,
            silent_seconds=FORK_SILENT_SECONDS,
            headers=_diversion(place, place.domain) if place.diversion[0] else (),
        )

    def _gateway_targets(self, endpoint: HotEndpoint) -> tuple[Target, ...]:
        """Where a gateway that does not register is called: at each address of its own, networks left out."""
        found = []
        for text in endpoint.addresses:
            host, port = split_port(text)
            if "/" in host:
                continue
            where = f"[{host}]:{port or 5060}" if ":" in host else f"{host}:{port or 5060}"
            flow = Flow("udp", self._flows.listener("udp", ":" in host), host, port or 5060)
            found.append(Target(f"sip:{endpoint.number}@{where}", flow, endpoint=endpoint.id))
        return tuple(found)

    def _trunk_target(self, trunk: HotTrunk, number: str) -> Target:
        way = self._trunk_ways.get(trunk.id)
        if way is None:
            way = self._trunk_ways[trunk.id] = self._flows.way_to(trunk)
        user = number if number.isalnum() and number.isascii() else quote(number, safe=_USER_PART)
        return Target(f"sip:{user}@{way.host}", way.flow, trunk.host, trunk.port, way.said, certificate=way.shown)

    def _password(self, trunk: HotTrunk) -> str:
        """Opened once and kept until something changes: the cipher is not for every call."""
        password = self._passwords.get(trunk.id)
        if password is None:
            row = self._services.store.trunks.get(trunk.id)
            password = self._passwords[trunk.id] = (self._services.nouns.trunks.password(row) if row is not None else None) or ""
        return password

    def trunk_configs(self) -> list[TrunkConfig]:
        """What the engine keeps up between calls: registrations at carriers."""
        return [
            TrunkConfig(
                trunk.id,
                trunk.host,
                trunk.port,
                said(trunk),
                self._flows.listener(trunk.transport, ":" in trunk.host),
                trunk.username,
                self._password(trunk) if trunk.username else "",
                register_seconds=REGISTER_SECONDS if trunk.register else 0,
                addresses=tuple(split_port(text)[0] for text in trunk.addresses if "/" not in text),
                certificate=shown(trunk),
            )
            for trunk in self._hot.usable_trunks()
        ]

    # facts -------------------------------------------------------------------------------------------------------
    def begin(self, quick: bool) -> None:
        """The unit opens with the first thing that writes."""
        self._services.store.quick_units = quick

    def between(self) -> None:
        """Others write now, and wait for nobody's sync."""
        self._services.store.quick_units = False

    def record(self, facts: Sequence[news.Fact], now: float) -> None:
        """Write what happened, each fact in a savepoint of its own; news of state alone opens no unit of work."""
        if not facts:
            return
        for fact in facts:
            if not isinstance(fact, _STATE_ALONE):
                self._changes.begin()
                break
        for fact in facts:
            if not isinstance(fact, _NOBODY_IS_PROMISED):
                self._lasting = True
            try:
                self._record(fact)
            except Exception:
                log.exception("a fact of kind %s could not be recorded", type(fact).__name__)

    def _record(self, fact: news.Fact) -> None:
        calls = self._calls
        if isinstance(fact, news.CallEnded):
            counters = heard_of(fact.media)
            calls.finish(Ended(fact.call, fact.status, fact.cause, fact.ended_by, fact.trunk, fact.trunk_call_id, fact.callee, counters, fact.at))
        elif isinstance(fact, news.CallAnswered):
            dialogs = self._flows.dialogs_text(fact.caller_dialog, fact.callee_dialog)
            calls.answered(fact.call, fact.trunk, fact.endpoint, fact.callee, fact.trunk_call_id, dialogs, fact.at)
        elif isinstance(fact, news.BindingsChanged):
            self._save_bindings(fact)
        elif isinstance(fact, news.CallRinging):
            calls.ringing(fact.call)
        elif isinstance(fact, news.RouteFailed):
            calls.route_failed(fact.call, fact.trunk, fact.status)
        elif isinstance(fact, news.Unbridged):
            self.unbridged = (self.unbridged[0] if self.unbridged is not None else 0) + 1, self._clock.utcnow()
        elif isinstance(fact, news.TrunkRegistered):
            self._services.trunk_states.told(fact.trunk, fact.expires_seconds > 0, fact.reason, self._clock.utcnow(), fact.retry_seconds)
        elif isinstance(fact, news.TrialHeard):
            self._services.trunk_trials.heard(fact.call, fact.status, fact.reason, fact.early_media)

    def _save_bindings(self, fact: news.BindingsChanged) -> None:
        """Only what differs from the set before is written: a refresh is one row."""
        wall, mono = self._registrations.now(), self._clock.monotonic()
        known = self._bindings.get(fact.endpoint)
        before = {id(binding) for binding in known or ()}
        rows = [self._flows.row(binding, mono, wall) for binding in fact.bindings if id(binding) not in before]
        kept = {key_of(binding) for binding in fact.bindings}
        old = self.bindings(fact.endpoint) if known is None else [binding for binding in known if binding.expires > mono]
        self._registrations.save(fact.endpoint, rows, [key for key in map(key_of, old) if key not in kept])
        self._flows.keep(fact.endpoint, kept)
        self._bindings[fact.endpoint] = fact.bindings

    def needs_commit(self) -> bool:
        """Whether the open unit wrote anything; an empty one ends here."""
        store = self._services.store
        if store.in_unit:
            self._services.heartbeat.beat_with()
        self._changes.flush()
        if not store.in_unit:
            self.committed()
            return False
        if store.changed:
            self._held = True
            return True
        store.rollback()
        self.committed()
        return False

    def quick(self) -> bool:
        """Whether the open unit goes into the log alone."""
        return self._services.store.quick

    def lasting(self) -> bool:
        """Whether its packets wait for the disk."""
        return self._lasting

    def commit(self) -> None:
        """COMMIT; in the commit thread unless the unit is a quick one."""
        self._services.store.commit()
        self.store_fault = self._disk_fault

    def sync(self) -> None:
        """Quick units go to the disk; in the commit thread."""
        self._services.store.sync()

    def unsynced(self, error: BaseException) -> None:
        """From now on every commit is to show whether the disk kept it."""
        if isinstance(error, EnvironmentFault):
            self.store_fault = self._disk_fault = error
        self._services.store.distrust()

    def committed(self) -> None:
        """The unit is recorded: tell whoever waits for it, then the listeners."""
        self._held = self._lasting = False
        waiting, self.after_commit = self.after_commit, []
        self._changes.committed()
        for tell in waiting:
            tell(None)

    def failed(self, error: BaseException) -> None:
        """The unit is lost: memory is rebuilt from the store."""
        if isinstance(error, EnvironmentFault):
            self.store_fault = error
        self._held = self._lasting = False
        waiting, self.after_commit = self.after_commit, []
        self._services.store.rollback()
        self._changes.failed()
        for tell in waiting:
            tell(error)

    def trial(self, place: Place, now: float) -> Route:
        """The way of a test call, which has one place: a trunk."""
        route = self._route(place, now)
        assert route is not None
        return route

    def orphans(self, dialogs: Sequence[str]) -> list[tuple[news.DialogState, ...]]:
        """Dialogs that an earlier run left open, as the engine wants them."""
        return [self._flows.dialogs(text) for text in dialogs]


def _diversion(place: Place, domain: str) -> tuple[tuple[str, str], ...]:
    """Who sent the call on, and why (RFC 5806, 7044 with the causes of 4458)."""
    number, reason = place.diversion
    word, cause = SAID[reason]
    by, to = quote(number, safe=_USER_PART), quote(place.number, safe=_USER_PART)
    history = f"<sip:{by}@{domain}>;index=1, <sip:{to}@{domain};cause={cause}>;index=1.1"
    return (("Diversion", f"<sip:{by}@{domain}>;reason={word};counter=1"), ("History-Info", history))


def heard_of(media: MediaCounters | None) -> Heard | None:
    """What the relay counted, as services take it."""
    if media is None:
        return None
    counts = (media.packets, media.loss, media.jitter_ms, media.echo_in, media.echo_back, media.callee)
    return Heard(media.relayed, *counts, media.mos, media.round_trip_ms)

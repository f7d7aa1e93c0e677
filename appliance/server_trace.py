"""What was said, for somebody who looks into it: the newest calls' messages, and those of phones that did not get in.

They are kept in memory, and secrets are taken out.
"""

from __future__ import annotations

from appliance.clock import rfc3339
from appliance.errors import NotFound
from appliance.i18n import sentence
from appliance.services.ground.access import Actor
from appliance.services.services import Services
from appliance.sip.engine import Engine
from appliance.sip.grammar import ProtocolError, RemoteProtocolError, join_host_port
from appliance.sip.message import Request, parse
from appliance.sip.policy import Flow, ListenerAddress
from appliance.sip.trace import Entry, Knock, Reason, knock_reason, ladder, pcap, reason, redacted, title
from appliance.sip.uri import SipUri
from appliance.wire.shapes import ById
from appliance.wire.traces import CallTrace, RefusalList, RefusalPage, RefusalView, TraceStep

LONGEST_PAGE = 1000
MAX_AGENT = 128


class Traces:
    """Reads what an engine keeps."""

    def __init__(self, services: Services, engine: Engine, listeners: list[ListenerAddress]) -> None:
        self._services = services
        self._engine = engine
        self._listeners = listeners

    def call(self, actor: Actor, request: ById) -> CallTrace:
        """The messages of a running call or of one of the last; NotFound "trace.gone". It shows numbers and carriers' addresses:
        who may not see both may not see it (Forbidden)."""
        services = self._services
        access = services.nouns.access
        live = services.calls.running.get(request.id)
        if live is not None:
            owner = (live.record.reseller, live.record.customer)
        else:
            record = services.store.calls.get(request.id)
            owner = (None, None) if record is None else (record.reseller_id, record.customer_id)
        access.need(actor, "calls.person", *owner, what="call")
        access.need(actor, "trunks.read", None)
        entries = self._engine.trace.of_call(request.id)
        if not entries:
            raise NotFound("trace.gone", field="id")
        return self._view(request.id, entries, reason(entries))

    def refusals(self, actor: Actor, request: RefusalList) -> RefusalPage:
        """Registrations and calls that did not get in, the newest first: what was wrong with each is seldom told to the phone."""
        self._services.nouns.access.need(actor, "settings.read", None)
        limit, sought = max(1, min(request.limit, LONGEST_PAGE)), request.search.casefold()
        found: list[RefusalView] = []
        for knock in self._engine.trace.knocks():
            view = self._refusal(knock)
            if any(sought in text.casefold() for text in (view.name, view.source, view.user_agent, view.endpoint or "")):
                found.append(view)
                if len(found) == limit:
                    break
        return RefusalPage(found)

    def refusal(self, actor: Actor, request: ById) -> CallTrace:
        """The messages of one of these; NotFound "trace.gone"."""
        self._services.nouns.access.need(actor, "settings.read", None)
        knock = next((each for each in self._engine.trace.knocks() if each.number == request.id), None)
        if knock is None:
            raise NotFound("trace.gone", field="id")
        return self._view(request.id, knock.entries, knock_reason(knock))

    # parts -----------------------------------------------------------------------------------------------------------
    def _view(self, identity: int, entries: list[Entry], said: Reason) -> CallTrace:
        start = entries[0].at
        steps = [
            TraceStep(
                round(entry.at - start, 3),
                entry.sent,
                f"{entry.flow.transport}:{join_host_port(entry.flow.host, entry.flow.port)}",
                title(entry.data),
                redacted(entry.data).decode("utf-8", "replace"),
            )
            for entry in entries
        ]
        parts = _parts(said)
        captured = pcap(entries, self._ours, self._ahead())
        return CallTrace(identity, sentence(f"trace.{said.code}", parts), steps, ladder(entries), captured, f"trace.{said.code}", parts)

    def _refusal(self, knock: Knock) -> RefusalView:
        first, said = knock.entries[0], knock_reason(knock)
        name, agent, method = _who(first.data)
        parts = _parts(said)
        endpoint = self._services.hot.by_number(name)
        return RefusalView(
            knock.number,
            rfc3339(round((first.at + self._ahead()) * 1000)),
            method,
            name,
            None if endpoint is None else endpoint.number,
            join_host_port(first.flow.host, first.flow.port),
            first.flow.transport,
            agent,
            sum(not entry.sent and entry.data.startswith(method.encode()) for entry in knock.entries),
            f"trace.{said.code}",
            parts,
            sentence(f"trace.{said.code}", parts),
        )

    def _ours(self, flow: Flow) -> tuple[str, int]:
        listener = self._listeners[flow.listener]
        return listener.host, listener.port

    def _ahead(self) -> float:
        """Seconds that the wall clock is ahead of the engine's."""
        clock = self._services.clock
        return clock.utcnow() / 1000 - clock.monotonic()


def _parts(said: Reason) -> dict[str, str]:
    """What stands in its sentence."""
    return {"peer": said.peer, "status": str(said.status), "reason": said.reason}


def _who(data: bytes) -> tuple[str, str, str]:
    """The name, program and method of a request."""
    try:
        message = parse(data)
    except RemoteProtocolError:
        return "", "", data.partition(b" ")[0].decode("ascii", "replace")
    method = message.method if isinstance(message, Request) else ""
    try:
        name = SipUri.parse((message.to if method == "REGISTER" else message.from_).uri).number
    except ProtocolError:
        name = ""
    return name, (message.get("User-Agent") or "")[:MAX_AGENT], method

"""The trace of a call for somebody who looks into it: the newest calls' messages are kept in memory, secrets taken out."""

from __future__ import annotations

from appliance.errors import NotFound
from appliance.i18n import sentence
from appliance.services.ground.access import Actor
from appliance.services.services import Services
from appliance.sip.engine import Engine
from appliance.sip.grammar import join_host_port
from appliance.sip.policy import Flow, ListenerAddress
from appliance.sip.trace import ladder, pcap, reason, redacted, title
from appliance.wire.shapes import ById
from appliance.wire.traces import CallTrace, TraceStep


def call_trace(services: Services, engine: Engine, listeners: list[ListenerAddress], actor: Actor, request: ById) -> CallTrace:
    """The messages of a running call or of one of the last; NotFound "trace.gone". It shows numbers and carriers' addresses:
    who may not see both may not see it (Forbidden)."""
    access = services.nouns.access
    live = services.calls.running.get(request.id)
    if live is not None:
        owner = (live.record.reseller, live.record.customer)
    else:
        record = services.store.calls.get(request.id)
        owner = (None, None) if record is None else (record.reseller_id, record.customer_id)
    access.need(actor, "calls.person", *owner, what="call")
    access.need(actor, "trunks.read", None)
    entries = engine.trace.of_call(request.id)
    if not entries:
        raise NotFound("trace.gone", field="id")
    start = entries[0].at
    offset = services.clock.utcnow() / 1000 - services.clock.monotonic()
    said = reason(entries)

    def ours(flow: Flow) -> tuple[str, int]:
        listener = listeners[flow.listener]
        return listener.host, listener.port

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
    return CallTrace(
        request.id,
        sentence(f"trace.{said.code}", {"peer": said.peer, "status": str(said.status), "reason": said.reason}),
        steps,
        ladder(entries),
        pcap(entries, ours, offset),
    )

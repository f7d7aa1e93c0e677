"""Ways to peers and dialogs as the store keeps them: texts that outlive a run, since listeners may change their order between two."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import msgspec

from appliance.services.calls.registrations import Binding as BindingRow
from appliance.services.calls.registrations import Key
from appliance.services.ground.hot_rows import HotTrunk
from appliance.sip.facts import DialogState
from appliance.sip.locate import DEFAULT_PORTS
from appliance.sip.nat import listening_flow
from appliance.sip.policy import Binding, Flow, ListenerAddress, Target

_Dialogs = tuple[tuple[DialogState, str], ...]  # of a call with one side: one
_decode_dialogs = msgspec.json.Decoder(_Dialogs).decode
_encode = msgspec.json.Encoder().encode


class TrunkWay(NamedTuple):
    """What every call to a trunk has in common: `host` is what stands behind the @ of a Request-URI; the rest as in `Target`."""

    host: str
    flow: Flow | None
    said: str
    shown: str


class Flows:
    """Ways to peers as the store keeps them: listeners by their text, since their order may change between two runs."""

    def __init__(self, listeners: Sequence[ListenerAddress]) -> None:
        self._listeners = listeners
        self._connections: dict[int, dict[Key, int]] = {}  # of this run, by endpoint and binding: the stream that it came by

    def text(self, flow: Flow) -> str:
        """`udp:192.0.2.1:5060` of the flow's listener."""
        listener = self._listeners[flow.listener]
        return f"{listener.transport}:{listener.host}:{listener.port}"

    def index(self, text: str, transport: str) -> int:
        """The listener of that text now, else one of its transport, else the first."""
        for index, listener in enumerate(self._listeners):
            if f"{listener.transport}:{listener.host}:{listener.port}" == text:
                return index
        return next((index for index, listener in enumerate(self._listeners) if listener.transport == transport), 0)

    def listener(self, transport: str, v6: bool) -> int:
        """The listener that a trunk is reached from: of its transport and address family, the first where several are."""
        same = [index for index, listener in enumerate(self._listeners) if listener.transport == transport]
        family = [index for index in same if (":" in self._listeners[index].host) is v6]
        return (family or same or [0])[0]

    def way_to(self, trunk: HotTrunk) -> TrunkWay:
        """An address goes straight to its flow; a name is looked up by the engine (RFC 3263)."""
        v6, certificate, flow = ":" in trunk.host, shown(trunk), None
        if v6 or _is_address(trunk.host):
            port = trunk.port or DEFAULT_PORTS[trunk.transport]
            flow = Flow(trunk.transport, self.listener(trunk.transport, v6), trunk.host, port, certificate=certificate)
        host = f"[{trunk.host}]" if v6 else trunk.host
        if trunk.port not in (0, 5060):
            host += f":{trunk.port}"
        if trunk.transport != "udp":
            host += f";transport={trunk.transport}"
        return TrunkWay(host, flow, said(trunk), certificate)

    def row(self, binding: Binding, mono: float, wall: int) -> BindingRow:
        """A binding as it is kept; `since_at` of a known contact is the store's own."""
        flow = binding.flow
        if flow.connection:
            self._connections.setdefault(binding.endpoint, {})[key_of(binding)] = flow.connection
        refreshed = wall - int((mono - binding.refreshed) * 1000) if binding.refreshed else wall
        return BindingRow(
            binding.endpoint,
            binding.contact,
            source_text(flow),
            flow.transport,
            self.text(flow),
            binding.call_id,
            binding.cseq,
            binding.q,
            _encode(binding.path).decode() if binding.path else "[]",
            binding.instance,
            binding.reg_id,
            binding.user_agent,
            int(binding.natted),
            refreshed,
            refreshed,
            wall + int((binding.expires - mono) * 1000),
            flow.host if binding.natted else "",
        )

    def keep(self, endpoint: int, keys: Collection[Key]) -> None:
        """Forget the streams of bindings that are no more."""
        known = self._connections.get(endpoint)
        if known is None:
            return
        for key in known.keys() - keys:
            del known[key]
        if not known:
            del self._connections[endpoint]

    def binding(self, row: BindingRow, mono: float, wall: int) -> Binding:
        """A kept binding on the engine's axis; a stream of an earlier run is opened anew."""
        host, _, port = row.source.rpartition(":")
        connection = self._connections.get(row.endpoint_id, {}).get(row.key, 0) if row.transport != "udp" else 0
        flow = Flow(row.transport, self.index(row.listener, row.transport), host.strip("[]"), int(port), connection)
        if not connection:
            flow = listening_flow(row.contact, flow, bool(row.natted)) or flow
        path = tuple(msgspec.json.decode(row.path)) if row.path != "[]" else ()
        return Binding(
            row.endpoint_id,
            row.contact,
            flow,
            row.call_id,
            row.cseq,
            mono + (row.expires_at - wall) / 1000,
            row.q,
            path,
            row.instance,
            row.reg_id,
            row.user_agent,
            bool(row.natted),
            mono - (wall - row.refreshed_at) / 1000,
        )

    def dialogs_text(self, caller: DialogState, callee: DialogState | None) -> str:
        """Both legs, for BYE after a crash."""
        if callee is None:
            return _encode(((caller, self.text(caller.flow)),)).decode()
        return _encode(((caller, self.text(caller.flow)), (callee, self.text(callee.flow)))).decode()

    def dialogs(self, text: str) -> tuple[DialogState, ...]:
        """The legs again, over listeners of this run."""
        return tuple(self._renewed(state, by) for state, by in _decode_dialogs(text))

    def _renewed(self, state: DialogState, listener: str) -> DialogState:
        flow = state.flow
        renewed = Flow(flow.transport, self.index(listener, flow.transport), flow.host, flow.port, 0, flow.certificate)
        return DialogState(
            state.call_id,
            state.local_tag,
            state.remote_tag,
            state.local_uri,
            state.remote_uri,
            state.remote_target,
            state.local_cseq,
            state.route_set,
            renewed,
        )


def key_of(binding: Binding) -> Key:
    """As the row of the binding has it."""
    return binding.contact, binding.instance, binding.reg_id, binding.flow.host if binding.natted else ""


def source_text(flow: Flow) -> str:
    """`192.0.2.7:5060` or `[2001:db8::7]:5060`."""
    return f"[{flow.host}]:{flow.port}" if ":" in flow.host else f"{flow.host}:{flow.port}"


def targets_of(bindings: Iterable[Binding]) -> tuple[Target, ...]:
    """Where an endpoint is rung. A phone that keeps several flows to us (RFC 5626: one instance, several reg-ids) is rung once,
    by the flow refreshed last; the others are for when that one fails (5.3)."""
    phones: dict[tuple[str, int], list[Binding]] = {}
    for place, binding in enumerate(bindings):
        phones.setdefault((binding.instance, 0) if binding.reg_id else ("", place + 1), []).append(binding)
    targets = []
    for flows in phones.values():
        first, *others = sorted(flows, key=lambda binding: -binding.refreshed)
        spare = tuple(other.flow for other in others if other.path == first.path)
        targets.append(Target(first.contact, first.flow, path=first.path, endpoint=first.endpoint, natted=first.natted, others=spare))
    return tuple(targets)


def said(trunk: HotTrunk) -> str:
    """The transport that an owner chose; left to DNS with the port where it is the usual one (RFC 3263 4.1)."""
    return "" if trunk.port == 0 and trunk.transport == "udp" else trunk.transport


def shown(trunk: HotTrunk) -> str:
    """`Flow.certificate`: without TLS nobody is shown one."""
    return trunk.certificate if trunk.transport == "tls" else ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True

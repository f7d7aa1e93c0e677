"""A policy and a relay for tests of the engine: two phones, two trunks, and whatever the test sets."""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.sip.digest import ha1
from appliance.sip.policy import (
    Admitted,
    Binding,
    Caller,
    CallRequest,
    Credential,
    Cut,
    Flow,
    MediaCounters,
    MediaSession,
    Refused,
    Route,
    Target,
    Text,
)

DOMAIN = "sip.example.test"


class FakePolicy:
    """Two phones (1000001, 1000002, password `secret`), a trunk 1 at 10.0.0.9:5090; everything else goes to the trunk."""

    def __init__(self) -> None:
        self.held: dict[int, tuple[Binding, ...]] = {}
        self.routes: list[Route] | None = None
        self.refused: Refused | None = None
        self.admitted: list[CallRequest] = []
        self.media = "auto"
        self.max_seconds = 0.0
        self.codecs: tuple[str, ...] = ()
        self.cuts: list[tuple[float, Cut]] = []
        self.tones: list[int] = []
        self.trunks = {("10.0.0.9", 5090): 1, ("10.0.0.8", 5090): 2}
        self.last_call = 0
        self.ring_seconds = 180.0
        self.forwards = False
        self.onward: list[Admitted] = []
        self.asked_on: list[tuple[int, int, str]] = []
        self.service = ""
        self.gateways: dict[str, int] = {}
        self.not_there: set[tuple[int, str]] = set()

    def domains(self) -> frozenset[str]:
        return frozenset((DOMAIN,))

    def credential(self, username: str, realm: str) -> Credential | None:
        if username not in ("1000001", "1000002") or realm != DOMAIN:
            return None
        return Credential(int(username), username, realm, ha1(username, realm, "secret"), ha1(username, realm, "secret", "SHA-256"))

    def realm(self, domain: str, username: str) -> str:
        return DOMAIN

    def endpoint_number(self, number: str) -> bool:
        return number in ("1000001", "1000002")

    def trunk_of(self, flow: Flow, from_user: str, auth_user: str) -> int | None:
        return self.trunks.get((flow.host, flow.port))

    def known_by_address(self, flow: Flow) -> bool:
        return self.trunk_of(flow, "", "") is not None or self.gateway_of(flow, "", "") is not None

    def gateway_of(self, flow: Flow, from_user: str, auth_user: str) -> int | None:
        return self.gateways.get(flow.host)

    def may_be_at(self, endpoint: int, host: str) -> bool:
        return (endpoint, host) not in self.not_there

    def bindings(self, endpoint: int) -> tuple[Binding, ...]:
        return self.held.get(endpoint, ())

    def is_emergency(self, dialled: str, endpoint: int | None) -> bool:
        return dialled == "112"

    def admit(self, request: CallRequest, now: float) -> Admitted | Refused:
        self.admitted.append(request)
        if self.refused is not None and not request.emergency:
            return self.refused
        self.last_call += 1
        routes = tuple(self.routes) if self.routes is not None else (self.route_to(request),)
        return Admitted(
            self.last_call,
            routes,
            self.media,
            self.codecs,
            max_seconds=self.max_seconds,
            emergency=request.emergency,
            ring_seconds=self.ring_seconds,
            forwards=self.forwards,
            service=self.service,
        )

    def route_to(self, request: CallRequest) -> Route:
        caller = Caller(request.from_number, request.from_display)
        endpoint = int(request.dialled) if request.dialled.isdigit() else 0
        held = self.held.get(endpoint)
        if held:
            targets = tuple(Target(b.contact, b.flow, path=b.path, endpoint=endpoint, natted=b.natted) for b in held)
            return Route(targets, caller, realm_domain=DOMAIN)
        return trunk_route(1, request.dialled, caller)

    def not_taken(self, call: int, status: int, contact: str, now: float) -> Admitted | None:
        self.asked_on.append((call, status, contact))
        return self.onward.pop(0) if self.onward else None

    def text_to(self, endpoint: int, dialled: str) -> Text | None:
        if dialled not in ("1000001", "1000002"):
            return None
        targets = tuple(Target(b.contact, b.flow, path=b.path, endpoint=b.endpoint) for b in self.bindings(int(dialled)))
        return Text(targets, str(endpoint), "Alice", dialled, DOMAIN)

    def next_limit(self) -> float | None:
        return min((at for at, _ in self.cuts), default=None)

    def limits_reached(self, now: float) -> tuple[Cut, ...]:
        due = tuple(cut for at, cut in self.cuts if at <= now)
        self.cuts = [(at, cut) for at, cut in self.cuts if at > now]
        return due

    def tones_due(self, now: float) -> tuple[int, ...]:
        tones, self.tones = tuple(self.tones), []
        return tones


def trunk_route(trunk: int, number: str, caller: Caller | None = None, **more: object) -> Route:
    """To 10.0.0.9:5090 (trunk 1) or 10.0.0.8:5090 (trunk 2)."""
    host = "10.0.0.9" if trunk == 1 else "10.0.0.8"
    target = Target(f"sip:{number}@{host}:5090", Flow("udp", 0, host, 5090))
    return Route((target,), caller or Caller("1000001"), trunk=trunk, **more)  # type: ignore[arg-type]


@dataclass
class FakeMedia:
    """A relay that gives out ports from 20000 and notes what it is told."""

    ready: bool = True
    both: bool = True  # takes IPv4 and IPv6
    families: list[tuple[bool, bool]] = field(default_factory=list)
    told: list[tuple[object, ...]] = field(default_factory=list)
    opened: dict[int, int] = field(default_factory=dict)
    port: int = 20_000

    def spans(self, families: tuple[bool, bool]) -> bool:
        return self.both or families == (False, False)

    def open(self, call: int, lines: int, families: tuple[bool, bool] = (False, False)) -> list[MediaSession] | None:
        if not self.ready:
            return None
        self.families.append(families)
        made = []
        for _ in range(lines):
            made.append(MediaSession(self.port, (self.port, self.port + 2)))
            self.port += 4
        self.opened[call] = self.opened.get(call, 0) + lines
        return made

    def expect(self, session: int, side: int, host: str, port: int, rtcp_port: int, symmetric: bool) -> None:
        self.told.append(("expect", session, side, host, port, rtcp_port, symmetric))

    def answered(self, call: int) -> None:
        self.told.append(("answered", call))

    def play_tone(self, session: int, side: int, name: str) -> None:
        self.told.append(("tone", session, side, name))

    def announce(self, session: int, side: int, file: str, payload_type: int) -> None:
        self.told.append(("announce", session, side, file, payload_type))

    def echo(self, session: int, side: int) -> None:
        self.told.append(("echo", session, side))

    def close(self, call: int) -> None:
        del self.opened[call]

    def counters(self, call: int) -> MediaCounters | None:
        return MediaCounters(True, 100, 1, 5)

"""The questions the engine asks, and the answers it takes.

The engine knows SIP and nothing of customers or money; whoever implements `Policy` knows the rest. Every
question is synchronous: between INVITE in and INVITE out there is no half-state. Times are seconds on the
engine's own monotonic axis (`now`). Answers speak of seconds, never of money.

What is made anew for each call is a struct, which is made without a step of the interpreter; it makes no cycle, and is
kept out of the search for garbage (`gc=False`). Nobody changes it but whoever made it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from msgspec import Struct


class Flow(NamedTuple):
    """One way to reach a peer: a listener of ours, the peer's address and, for streams, the connection.

    `connection` is 0 for datagrams and for a stream that is yet to be opened. `certificate` names what of ours the peer is shown where
    it asks when we open one (TLS), "" for what everybody is shown: another certificate is another connection.
    """

    transport: str  # "udp" | "tcp" | "tls"
    listener: int  # index into the engine's listeners
    host: str
    port: int
    connection: int = 0
    certificate: str = ""


class Credential(Struct, frozen=True, gc=False):
    """What a digest answer is checked against (RFC 7616). HA1 is hex of H(user:realm:password)."""

    endpoint: int
    number: str
    realm: str
    ha1_md5: str
    ha1_sha256: str
    max_bindings: int = 5
    disabled: bool = False  # known and right, but shut off: emergency calls alone


@dataclass(slots=True)
class Binding:
    """One contact of an endpoint (RFC 3261 10); `expires` on the engine's axis, `flow` where requests go."""

    endpoint: int
    contact: str  # the URI as the phone sent it
    flow: Flow
    call_id: str
    cseq: int
    expires: float
    q: int = 1000  # thousandths
    path: tuple[str, ...] = ()
    instance: str = ""
    reg_id: int = 0
    user_agent: str = ""
    natted: bool = False
    refreshed: float = 0.0


class Caller(Struct, gc=False):
    """Whom the callee sees. `number` empty: anonymous (RFC 3323)."""

    number: str
    display: str = ""
    anonymous: bool = False
    asserted: str = ""  # P-Asserted-Identity towards a trusted trunk (RFC 3325)


class Target(Struct, gc=False):
    """One place to send an INVITE: a binding of an endpoint, or a trunk."""

    uri: str  # Request-URI
    flow: Flow | None  # None: look `host`, `port`, `transport` up (RFC 3263)
    host: str = ""
    port: int = 0
    transport: str = ""
    path: tuple[str, ...] = ()
    endpoint: int | None = None
    natted: bool = False
    others: tuple[Flow, ...] = ()  # further flows of the same phone (RFC 5626), each tried where the one before fails
    certificate: str = ""  # of `Flow`, where `host` is looked up


class Route(Struct, gc=False):
    """One step of hunting: its targets are rung together, the first answer wins."""

    targets: tuple[Target, ...]
    caller: Caller
    trunk: int | None = None
    username: str = ""  # our credentials at the trunk
    password: str = ""
    realm_domain: str = ""  # host part of From and To towards this route
    media: str = "auto"  # auto | always | never
    codecs: tuple[str, ...] = ()  # allowed, in order; empty: all
    ring_seconds: float = 120.0
    silent_seconds: float = 3.0  # without any reply before the next is tried
    headers: tuple[tuple[str, str], ...] = ()  # Diversion, History-Info, …
    location: str = ""  # a document of where the caller is, that goes with the INVITE (RFC 6442)


class CallRequest(Struct, gc=False):
    """A new call, its caller already known: by digest, or by a trunk's address."""

    call_id: str  # the caller's own
    dialled: str  # user part of the Request-URI, percent-decoded
    from_number: str
    from_display: str
    anonymous: bool
    flow: Flow
    user_agent: str
    endpoint: int | None = None
    trunk: int | None = None
    emergency: bool = False
    to_number: str = ""  # of a trunk's call: user part of To, where the Request-URI names our registration alone
    headers: Sequence[tuple[str, str]] = ()  # of his INVITE


class Admitted(Struct, gc=False):
    """The call may go on. `call` names it in every later question and fact."""

    call: int
    routes: tuple[Route, ...]
    media: str = "auto"  # the caller's own policy: auto | always | never
    codecs: tuple[str, ...] = ()
    ring_seconds: float = 180.0  # longest wait for an answer over all routes
    max_seconds: float = 0.0  # longest talk; 0: no limit of this kind (credit has its own)
    emergency: bool = False
    tone_seconds: float = 0.0  # low-credit tone this long before the end; 0: none
    forwards: bool = False  # ask `not_taken` before the search ends without an answer
    service: str = ""  # "echo": we answer it ourselves, without routes


class Announcement(NamedTuple):
    """A file of G.711 mu-law that a refused caller hears before the refusal, and how long it takes.

    `g729`: the same lies beside it in G.729, under the same name with the ending `.g729`.
    """

    file: str
    seconds: float
    g729: bool = False


class Text(NamedTuple):
    """Where a text of an endpoint goes (RFC 3428), and whom it comes from. `targets` empty: nobody is registered there."""

    targets: tuple[Target, ...]
    number: str
    display: str
    dialled: str
    domain: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The call may not go on. `status` and `reason` go to the phone; the record of it is already written, as `call`."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()
    announcement: Announcement | None = None
    call: int | None = None


class Cut(NamedTuple):
    """A call that reached its end of credit: end both legs now."""

    call: int
    cause: str  # "credit" | "limit"


class Policy(Protocol):
    """Implemented by `appliance.switch`."""

    def domains(self) -> frozenset[str]:
        """Lower-case SIP domains of all resellers (an address of ours is known to the engine itself)."""
        ...

    def credential(self, username: str, realm: str) -> Credential | None:
        """By authentication name; None where nobody has it in that realm."""
        ...

    def realm(self, domain: str, username: str) -> str:
        """The realm to challenge with: the reseller's SIP domain of that host or user, else the root's."""
        ...

    def endpoint_number(self, number: str) -> bool:
        """Whether a From or credentials user names an endpoint of ours."""
        ...

    def trunk_of(self, flow: Flow, from_user: str, auth_user: str) -> int | None:
        """The trunk a request from this source belongs to (sip.md, Calls, Who)."""
        ...

    def gateway_of(self, flow: Flow, from_user: str, auth_user: str) -> int | None:
        """The endpoint that this source is known to be, without a password (product.md P5)."""
        ...

    def known_by_address(self, flow: Flow) -> bool:
        """Whether `trunk_of` or `gateway_of` could name somebody for this source, whatever else a request says."""
        ...

    def may_be_at(self, endpoint: int, host: str) -> bool:
        """Whether a phone of that endpoint may be at this address; asked after a right password (sip.md, Guard)."""
        ...

    def bindings(self, endpoint: int) -> tuple[Binding, ...]:
        """Stored bindings not yet expired."""
        ...

    def is_emergency(self, dialled: str, endpoint: int | None) -> bool:
        """Whether these digits are an emergency number for that caller."""
        ...

    def admit(self, request: CallRequest, now: float) -> Admitted | Refused:
        """Decide, and write the live call with its holds (or the refused CDR)."""
        ...

    def not_taken(self, call: int, status: int, contact: str, now: float) -> Admitted | None:
        """How a call goes on that its endpoint did not take (forwarding, 302), None: not at all.

        `status` as in `facts.RouteFailed`, 480 where it rang out; `contact`: the user part that a 3xx named.
        """
        ...

    def text_to(self, endpoint: int, dialled: str) -> Text | None:
        """Where a text of that endpoint goes; None: to no endpoint of ours."""
        ...

    def next_limit(self) -> float | None:
        """When `limits_reached` must be asked next, or None."""
        ...

    def limits_reached(self, now: float) -> tuple[Cut, ...]:
        """Calls whose account cannot pay the increment that begins now or has begun."""
        ...

    def tones_due(self, now: float) -> tuple[int, ...]:
        """Calls that are to hear the low-credit tone now."""
        ...


Families = tuple[bool, bool]
"""For the caller's side and the callee's: whether it is of IPv6."""


@dataclass(slots=True)
class MediaSession:
    """A relay's two sides for one media line: ports of ours as each party shall see them.

    Side 0 faces the caller, side 1 the callee. `ports` are RTP ports (RTCP is the next one up).
    """

    session: int
    ports: tuple[int, int]
    addresses: tuple[str, str] = ("", "")  # where these ports are, as each side is told; empty: at our listener's address for that side


class Media(Protocol):
    """The relay as the engine sees it (implemented by `sip.media`, faked in tests)."""

    def open(self, call: int, lines: int, families: Families = (False, False)) -> list[MediaSession] | None:
        """One session a media line, ports already bound; None: not ready yet, `Engine.media_ready` will come.

        `families`: for each side whether it is reached by IPv6; of use to a relay whose ports have one family.
        """
        ...

    def spans(self, families: Families) -> bool:
        """Whether what comes from either of two such sides can be handed to the other."""
        ...

    def expect(self, session: int, side: int, host: str, port: int, rtcp_port: int, symmetric: bool) -> None:
        """What the SDP of that side says; `symmetric`: believe its first packets instead."""
        ...

    def answered(self, call: int) -> None:
        """The call was answered: its silence is judged by the limit after the answer from now on."""
        ...

    def play_tone(self, session: int, side: int, name: str) -> None:
        """A short announcement or tone to that side."""
        ...

    def echo(self, session: int, side: int) -> None:
        """That side hears itself from now on, and the other side nothing of it."""
        ...

    def announce(self, session: int, side: int, file: str, payload_type: int) -> None:
        """A file of G.711 mu-law to that side, once; `payload_type` 0: as it is, 8: as A-law, any other: what lies beside it in G.729."""
        ...

    def close(self, call: int) -> None:
        """Free the call's sessions; its counters arrive with the last report."""
        ...

    def counters(self, call: int) -> MediaCounters | None:
        """The newest counts of a relayed call, None where none was relayed."""
        ...


@dataclass(frozen=True, slots=True)
class MediaCounters:
    """Sums of both directions as last reported; `loss` in packets, `jitter_ms` the larger side's."""

    relayed: bool = False
    packets: int = 0
    loss: int = 0
    jitter_ms: int = 0
    echo_in: int = 0  # of an echo: packets heard, and packets given back
    echo_back: int = 0
    callee: int | None = None  # of the packets, those from the callee's side; None: not told apart
    mos: float | None = None  # the worse direction's mean opinion score by the E-model; None: not enough was heard
    round_trip_ms: int = 0  # between the parties and back, as their RTCP tells; 0: it does not


@dataclass(slots=True)
class ListenerAddress:
    """One listener of ours: where it is bound, and how each side is told of it."""

    transport: str
    host: str
    port: int
    public_host: str = ""  # towards everything outside local_networks; empty: the same
    public_port: int = 0
    aliases: tuple[str, ...] = field(default=())

"""The news the engine reports after the fact. Frozen: a fact is never edited.

`at` is the engine's monotonic time in seconds. Facts of one batch are committed in one unit of work before any
packet of the batch leaves.
"""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct

from appliance.sip.policy import Binding, Flow, MediaCounters


@dataclass(frozen=True, slots=True)
class BindingsChanged:
    """The whole new set of an endpoint's bindings, and what became of the old."""

    endpoint: int
    bindings: tuple[Binding, ...]
    added: tuple[Binding, ...]
    removed: tuple[Binding, ...]
    at: float


class DialogState(Struct, gc=False):
    """One leg's dialog, enough to say BYE after a crash (RFC 3261 12)."""

    call_id: str
    local_tag: str
    remote_tag: str
    local_uri: str
    remote_uri: str
    remote_target: str
    local_cseq: int
    route_set: tuple[str, ...]
    flow: Flow


class CallRinging(Struct, frozen=True, gc=False):
    """A provisional answer other than 100 went to the caller; state only, not recorded."""

    call: int
    at: float


@dataclass(frozen=True, slots=True)
class RouteFailed:
    """One route of a call ended without answer. `status` 0: silence, -1: ICMP or connection error."""

    call: int
    trunk: int | None
    status: int
    at: float


@dataclass(frozen=True, slots=True)
class Unbridged:
    """A place of a call was not rung: it speaks IPv6 and the caller IPv4, or the other way, and no relay stands between; state only."""

    call: int
    at: float


class CallAnswered(Struct, frozen=True, gc=False):
    """200 is about to leave for the caller; metering starts at `at`."""

    call: int
    trunk: int | None
    endpoint: int | None  # the callee's, on-net
    callee: str  # address:port/transport of the answering side
    trunk_call_id: str  # Call-ID of the callee's leg
    caller_dialog: DialogState
    callee_dialog: DialogState | None  # None: the call has one side alone, and that is `caller_dialog`
    at: float


class CallEnded(Struct, frozen=True, gc=False):
    """A call is over, answered or not; the last fact of its `call`.

    `status`: final SIP code as the caller saw it (200 where answered). `cause` is one of operations.md:
    normal busy no_answer cancelled refused credit limit timeout silence session_timer shutdown operator….
    """

    call: int
    status: int
    cause: str
    ended_by: str  # caller | callee | server | operator
    trunk: int | None
    trunk_call_id: str
    callee: str
    media: MediaCounters | None
    at: float


@dataclass(frozen=True, slots=True)
class TrunkRegistered:
    """A registration of ours at a carrier changed state. `expires_seconds` 0: not registered, `reason` says why."""

    trunk: int
    expires_seconds: int
    reason: str
    at: float
    retry_seconds: float = 0.0  # until we ask again where we are not registered


@dataclass(frozen=True, slots=True)
class TrialHeard:
    """The carrier's own word on a test call of ours: 100 for its first, then every provisional and the final answer.

    `status` 0: silence, -1: ICMP or connection error. `early_media`: sound was offered with it.
    """

    call: int
    status: int
    reason: str
    early_media: bool
    at: float


@dataclass(frozen=True, slots=True)
class AuthenticationFailed:
    """A judged guess: wrong password or unknown user. Emitted for history and guard, bounded by the engine."""

    username: str
    source: str
    method: str
    unknown_user: bool
    at: float


Fact = BindingsChanged | CallRinging | RouteFailed | Unbridged | CallAnswered | CallEnded | TrunkRegistered | AuthenticationFailed | TrialHeard

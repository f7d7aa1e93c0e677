"""Disputes about calls: a record with state, amount held back, notes, outcome and the evidence (product.md P19)."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.cdrs import CdrView
from appliance.wire.corrections import CorrectionView
from appliance.wire.shapes import Ref, Request, View


class DisputeOpen(Request, frozen=True):
    """About one or more calls of a reseller. `against`: customer (who will not pay) or carrier (whom we will not pay)."""

    subject: str
    calls: list[int]
    against: str = "customer"
    held: str | None = None
    note: str = ""
    reseller: Ref | None = None
    request_id: str = ""


class DisputeUpdate(Request, frozen=True):
    """Calls and notes are added, never taken away. `state`: open, accepted, refused, settled; all but open close it and want an outcome."""

    id: int
    version: int | None = None
    subject: str | UnsetType = UNSET
    held: str | UnsetType = UNSET
    state: str | UnsetType = UNSET
    outcome: str | UnsetType = UNSET
    add_calls: list[int] = []
    note: str = ""


class DisputeList(Request, frozen=True):
    """Newest first; `state` and `call` bound it."""

    reseller: Ref | None = None
    state: str = ""
    call: int | None = None
    after: int = 0
    limit: int = 100


class DisputeNote(View, frozen=True):
    """What somebody wrote."""

    at: str
    who: str
    text: str


class DisputeView(View, frozen=True):
    """One dispute; `disputed` is what its calls cost as far as it is about them."""

    id: int
    version: int
    reseller: str
    customer: str | None
    against: str
    state: str
    subject: str
    currency: str
    disputed: str
    held: str
    outcome: str
    opened_at: str
    closed_at: str | None
    calls: list[int]
    notes: list[DisputeNote]


class DisputePage(View, frozen=True):
    """`next` is 0 on the last page."""

    disputes: list[DisputeView]
    next: int = 0


class Registered(View, frozen=True):
    """Where the phone was registered around the call."""

    contact: str
    source: str
    user_agent: str
    since: str
    until: str


class LadderStep(View, frozen=True):
    """One SIP message of the call: seconds since the first, whether we sent it, to or from whom, its first line."""

    seconds: float
    sent: bool
    peer: str
    title: str


class CallEvidence(View, frozen=True):
    """One call: the record with the explanation of every level, its media counters, its corrections, the phone's registrations around it,
    and what was said, where that was kept when the dispute was opened or is of one of the newest calls."""

    call: CdrView
    media: dict[str, object] | None
    corrections: list[CorrectionView]
    registrations: list[Registered]
    ladder: list[LadderStep] = []


class Evidence(View, frozen=True):
    """All that is known of the calls of a dispute."""

    dispute: DisputeView
    calls: list[CallEvidence]


class EvidencePrint(Request, frozen=True):
    """The evidence as one PDF, in a language ("": the customer's, else the reseller's) and on a paper ("": as set)."""

    id: int
    language: str = ""
    paper: str = ""

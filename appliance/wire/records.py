"""Facts as readers see them: calls, postings, balances, registrations. The fields of `cdrs`, `ledger`, `balances`, `bindings`."""

from __future__ import annotations

from typing import Any

from appliance.wire.shapes import View


class ChargeView(View, frozen=True):
    """What one party paid for a call. `level` 0 the customer, 1 its reseller, 2 above …, -1 the booth's guest."""

    party: str
    level: int
    tariff: str
    billed_seconds: int
    amount: str
    currency: str
    explanation: Any


class MediaView(View, frozen=True):
    """What the relay counted; `relayed` false: the parties spoke without it, and nothing was counted. `loss` in packets,
    `jitter` in ms. `mos`: how the worse direction sounded, 1.0 to 4.5 by the E-model (ITU-T G.107), null where too little was
    heard. `round_trip`: ms between the parties and back, null where their RTCP does not tell."""

    relayed: bool = False
    packets: int = 0
    loss: int = 0
    jitter: int = 0
    mos: float | None = None
    round_trip: int | None = None


class Cdr(View, frozen=True):
    """One call attempt, refused ones included. `call_id` is the caller's own; `result` the SIP code the caller saw.

    `ended_by`: caller, callee, server, operator. `cause` says why it ended: normal (hung up), busy, no_answer, cancelled (by the
    caller, before an answer), refused (disabled, no route, no trunk, or the other side said no), no_rate (a tariff has no price for
    the number), blocked (by the tariff, or it would have been sold below cost), no_funds (the first increment could not be paid),
    fuse (the guard stopped this customer), cap (what the customer may spend in a month), own_cap (the month's cap that he set
    himself), spend (what may be spent in a day), barred (not among the numbers that may be called), high_risk (of a kind that fraud
    likes, not allowed to him), credit (it ran out during the call), limit (calls at once, or time), timeout (nobody answered at that
    address, or a peer denied the call), silence (no sound from either side), session_timer (a phone was gone), shutdown (the server
    was stopped), crash (the server failed). fuse, cap, own_cap and spend refuse calls and end running ones.
    """

    id: int
    call_id: str
    started_at: str
    answered_at: str | None
    ended_at: str
    duration_ms: int
    billed_seconds: int
    customer: str | None
    endpoint: str | None
    caller: str
    dialled: str
    normalised: str
    destination: str | None
    prefix: str | None
    trunk: str | None
    trunk_call_id: str
    source: str
    user_agent: str
    callee: str
    result: int
    cause: str
    ended_by: str
    charges: list[ChargeView]
    cost: str
    cost_currency: str | None
    currency: str | None
    media: MediaView
    direction: str = "out"
    emergency: bool = False
    time_uncertain: bool = False


class Balance(View, frozen=True):
    """One credit account. `balance` is the sum of its postings, `reserved` what running calls have used or may use."""

    account: str
    reseller: str
    owner: str
    currency: str
    balance: str
    credit_limit: str
    reserved: str


class LedgerLine(View, frozen=True):
    """One posting; charges are negative on credit accounts."""

    entry: int
    at: str
    kind: str
    reference: str
    call_id: str | None
    account: str
    currency: str
    amount: str
    balance_after: str


class BindingView(View, frozen=True):
    """Where one phone is registered."""

    endpoint: str
    contact: str
    source: str
    transport: str
    expires_at: str
    user_agent: str


class Balances(View, frozen=True):
    """All credit accounts."""

    balances: list[Balance]

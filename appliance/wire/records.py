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
    """One call attempt, refused ones included. `call_id` is the caller's own; `result` the SIP code the caller saw."""

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

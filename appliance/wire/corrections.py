"""Calls put right: refunds, re-rating with the difference first, and what a change of prices would have meant."""

from __future__ import annotations

from appliance.wire.cdrs import CdrFilter
from appliance.wire.price_work import PricesPreview
from appliance.wire.rates import RateFields
from appliance.wire.shapes import Ref, Request, View


class CallRefund(Request, frozen=True):
    """Gives back what a call cost its customer: all that is left of it, or `amount`; `all_levels` gives back at each reseller too."""

    id: int
    amount: str | None = None
    all_levels: bool = False
    note: str = ""
    request_id: str = ""


class CorrectionView(View, frozen=True):
    """A charge put right; `kind` is refund or rerate."""

    level: int
    kind: str
    before: str
    after: str
    currency: str
    at: str
    entry: int
    note: str
    explanation: dict[str, object] | None = None


class CallCorrections(View, frozen=True):
    """All of one call, the oldest first; `costs` is what its customer pays now."""

    id: int
    costs: str
    currency: str | None
    corrections: list[CorrectionView]


class Rerate(CdrFilter, frozen=True):
    """Prices the answered calls of a filter again; nothing is posted.

    `prices`: "now" (the tariffs that each party pays by now, as they are) or "then" (as they were when the call ended). `tariff`:
    customers' charges by this tariff instead. `level`: 0 customers alone, 1 their resellers, …; null all of them. Rates of exchange,
    bundles and volume tiers stay as they were recorded.
    """

    prices: str = "now"
    tariff: Ref | None = None
    level: int | None = None


class RerateApply(Rerate, frozen=True):
    """Posts the difference. With the `fingerprint` of a preview exactly what was shown is posted, or nothing."""

    fingerprint: str | None = None
    note: str = ""
    request_id: str = ""


class PartyDifference(View, frozen=True):
    """What one customer or reseller was charged and would be; `difference` above zero: it pays more."""

    level: int
    party: str
    currency: str
    calls: int
    changed: int
    before: str
    after: str
    difference: str


class Recost(CdrFilter, frozen=True):
    """What carriers ask for the bought calls of a filter, worked out again; nothing is posted.

    `prices`: "now" (the trunks' buying tariffs as they are, say after a corrected deck) or "then" (as they were when the call ended).
    `tariff`: by this buying tariff instead.
    """

    prices: str = "now"
    tariff: Ref | None = None


class RecostApply(Recost, frozen=True):
    """Posts the difference. With the `fingerprint` of a preview exactly what was shown is posted, or nothing."""

    fingerprint: str | None = None
    note: str = ""
    request_id: str = ""


class TrunkDifference(View, frozen=True):
    """What one carrier asked and would ask; `difference` above zero: it costs more."""

    trunk: str
    currency: str
    calls: int
    changed: int
    before: str
    after: str
    difference: str


class CostDifference(View, frozen=True):
    """What calls cost us and would cost. `without_price`: the tariff has no price for them, or one in another currency; they stay."""

    calls: int
    changed: int
    without_price: int
    trunks: list[TrunkDifference]
    fingerprint: str = ""
    posted: int = 0


class DestinationDifference(View, frozen=True):
    """The same by destination, customers' charges alone."""

    destination: str
    currency: str
    calls: int
    before: str
    after: str
    difference: str


class Difference(View, frozen=True):
    """What calls cost and would cost. `without_price`: calls that the prices know no rate for, or whose number was erased; they stay."""

    calls: int
    charges: int
    changed: int
    without_price: int
    parties: list[PartyDifference]
    destinations: list[DestinationDifference]
    fingerprint: str = ""
    rerating: int = 0
    posted: int = 0
    credit_notes: list[int] = []


class WhatIf(Request, frozen=True):
    """Tries a change of a tariff on the calls of the last `days`; nothing is changed. What is left out stays.

    `percent` changes many prices by a percentage, whatever tariff it names; narrowed to "loss" or "thin" it changes none.
    """

    tariff: Ref
    reseller: Ref | None = None
    days: int = 30
    markup_percent: str | None = None
    surcharge_per_minute: str | None = None
    rounding: str | None = None
    decimals: int | None = None
    price_rounding: str | None = None
    duration_rounding: str | None = None
    increment_style: str | None = None
    rates: list[RateFields] = []
    percent: PricesPreview | None = None


class WhatIfView(View, frozen=True):
    """Charges by the tariff, and by all that derive from it, as they were and as they would have been."""

    tariff: str
    since: str
    difference: Difference

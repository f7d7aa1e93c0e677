"""A day in one look: what was sold, what the tills took, what failed, whose money ends (console.md, Daily summary)."""

from __future__ import annotations

from appliance.wire.shapes import Ref, Request, View
from appliance.wire.statistics import Figures, LowAccount


class SummaryGet(Request, frozen=True):
    """Of one reseller's own business. `on`: an ISO date in the reseller's time zone; left out: yesterday there."""

    on: str | None = None
    reseller: Ref | None = None


class SummarySend(Request, frozen=True):
    """By e-mail, now. `operator` (id or login): whom it is sent to, left out the asker; what it tells is what that operator may know."""

    on: str | None = None
    operator: Ref | None = None


class SummaryReceive(Request, frozen=True):
    """Whether an operator (id or login; left out the asker) gets the daily summary by e-mail."""

    receive: bool
    operator: Ref | None = None


class SummaryReceiver(View, frozen=True):
    """`receives` counts only with an `email`."""

    operator_id: int
    login: str
    name: str
    email: str
    reseller: str
    receives: bool


class SummaryReceivers(View, frozen=True):
    """The asker first, then those whom he may manage; `hour` is when it is made, in each reseller's time zone."""

    hour: int
    receivers: list[SummaryReceiver]


class SummaryShop(View, frozen=True):
    """What one clerk ("" where nobody is known) did in one shop. `sales` are gross, of bills settled; `cash` is what came into the
    drawers less what was given out; `difference` of the counts of shifts that were closed, null where none was."""

    shop_id: int
    shop: str
    clerk_id: int | None
    clerk: str
    currency: str
    bills: int
    sales: str
    cash: str
    difference: str | None


class SummaryOutage(View, frozen=True):
    """A trunk that did not work. `reason`: registration (`detail` is the carrier's answer) or rests (`detail`: failed/calls)."""

    trunk_id: int
    trunk: str
    reason: str
    detail: str
    began_at: str
    ended_at: str | None


class SummaryStop(View, frozen=True):
    """A customer whose calls the guard stopped; `reason` is a key of the catalogue, `parameters` fill it."""

    customer_id: int
    customer: str
    reason: str
    parameters: dict[str, str]
    at: str


class SummaryCarrier(View, frozen=True):
    """Money at a carrier, and how many hours it lasts at the pace of the last week (null: not known)."""

    trunk_id: int
    trunk: str
    currency: str
    balance: str
    hours_left: int | None
    low: bool


class SummaryBackup(View, frozen=True):
    """`newest_at`: of the newest backup in the folder; `copies`: a second copy is kept, `fault` is what keeps it from being made."""

    newest_at: str | None
    copies: bool = False
    fault: str = ""


class SummaryView(View, frozen=True):
    """One day. What is null is not the asker's to know, or (balances, carriers, backup of a day long past) known no more.

    `made_at`: when it was made and sent; null where it was put together just now. `more_low`: accounts beyond those that are listed.
    """

    reseller: str
    timezone: str
    currency: str
    on: str
    since: str
    until: str
    made_at: str | None
    figures: Figures | None
    shops: list[SummaryShop] | None
    outages: list[SummaryOutage] | None
    stops: list[SummaryStop] | None
    low: list[LowAccount] | None
    carriers: list[SummaryCarrier] | None
    backup: SummaryBackup | None
    more_low: int = 0

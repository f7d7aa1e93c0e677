"""Call records as screens and programs ask for them: pages, totals, one with everything, a file."""

from __future__ import annotations

from appliance.wire.calls import EchoView
from appliance.wire.records import Cdr
from appliance.wire.shapes import Ref, Request, View


class CdrFilter(Request, frozen=True):
    """Which records; what is left out does not bound.

    `since` and `until` (not included) bound the start: RFC 3339, or an ISO date (its midnight, UTC). `reseller` means
    its whole branch. `prefix`: the number called begins so. `number`: the number called or the caller's begins so.
    `result`: answered, failed, a class (4xx) or a code (486). `cause`: one of the words that `Cdr` explains. `direction`: out, in,
    on_net, service (echo and its like), test (of a trunk).
    """

    since: str | None = None
    until: str | None = None
    reseller: Ref | None = None
    customer: Ref | None = None
    endpoint: Ref | None = None
    trunk: Ref | None = None
    destination: str = ""
    prefix: str = ""
    number: str = ""
    result: str = ""
    cause: str = ""
    direction: str = ""


class CdrList(CdrFilter, frozen=True):
    """One page, the newest first; `after` is the last page's `next`. `in_currency`: amounts are shown in that currency as well, by the
    rate that a charge recorded, else by that of the call's day."""

    after: int = 0
    limit: int = 100
    in_currency: str = ""


class CdrExport(CdrFilter, frozen=True):
    """All records of the filter, the newest first, as a file."""


class CdrPrint(CdrFilter, frozen=True):
    """The newest calls of one customer on paper (PDF), with what all of the filter come to; `customer` has to be named."""

    paper: str = ""
    language: str = ""


class CdrWorkbook(CdrFilter, frozen=True):
    """The same as a spreadsheet (XLSX)."""


class CdrRow(View, frozen=True):
    """One record in a list. `amount` is what the customer paid; `cost` what the asker's own house paid for the call, null
    where the asker may not know. Numbers are cut where the asker may not read persons' numbers."""

    id: int
    started_at: str
    answered_at: str | None
    duration_ms: int
    billed_seconds: int
    reseller: str | None
    customer: str | None
    endpoint: str | None
    caller: str
    dialled: str
    normalised: str
    destination: str | None
    prefix: str | None
    trunk: str | None
    result: int
    cause: str
    ended_by: str
    amount: str
    currency: str | None
    cost: str | None
    cost_currency: str | None
    direction: str
    emergency: bool
    converted: dict[str, str] | None = None
    """The amounts by name in the currency that was asked for (`in_currency`), where a rate leads there."""


class CdrPage(View, frozen=True):
    """`next` is 0 on the last page."""

    cdrs: list[CdrRow]
    next: int = 0


class CurrencyFigures(View, frozen=True):
    """Money of many calls in one currency. `cost` and `margin` are null where the asker may not know them."""

    currency: str
    sales: str
    cost: str | None
    margin: str | None


class CdrTotals(View, frozen=True):
    """The sum of all records of a filter."""

    calls: int
    answered: int
    duration_ms: int
    billed_seconds: int
    money: list[CurrencyFigures]


class Attempt(View, frozen=True):
    """A route that was tried and failed with that SIP code."""

    trunk: str | None
    status: int


class CdrView(Cdr, frozen=True):
    """One record with everything. `charges` are those the asker may see, each with its explanation: the rate, the
    increments and every span with seconds, price and amount."""

    reseller: str | None = None
    callee_endpoint: str | None = None
    late_ms: int = 0
    amount: str = "0.00"
    attempts: list[Attempt] = []
    echo: EchoView | None = None
    costs: str = "0.00"  # what the customer pays now, refunds and re-ratings counted (cdrs.corrections)


class CsvText(View, frozen=True):
    """A file of comma-separated values (RFC 4180). Over HTTP it comes as `text/csv`, streamed; for commands as this."""

    text: str

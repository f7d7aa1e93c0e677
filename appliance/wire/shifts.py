"""Shifts: a clerk's time at a till, its cash, counts and reports (callshop.md, Shifts and till)."""

from __future__ import annotations

from appliance.wire.bills import Approval
from appliance.wire.shapes import Ref, Request, View

Counted = dict[str, dict[str, int]]
"""{currency: {denomination: pieces}}; the denomination "1" with the pieces as units is refused: amounts are decimals, "0.50"."""


class ShiftOpen(Request, frozen=True):
    """The asker's shift at a till begins with the float that was counted. One shift a till."""

    till: int
    counted: Counted
    request_id: str = ""


class ShiftList(Request, frozen=True):
    """Shifts of a shop, newest first; a clerk sees the own ones."""

    shop: Ref
    open: bool | None = None
    since: str | None = None
    until: str | None = None
    after: int = 0
    limit: int = 50


class CashMove(Request, frozen=True):
    """Cash put into the drawer or taken out, with a reason. `kind`: in, out or drop (to the safe)."""

    id: int
    kind: str
    amount: str
    reason: str
    currency: str | None = None
    request_id: str = ""


class ShiftCount(Request, frozen=True):
    """What lies in the drawer, counted before anybody is shown what should. A second count is told to the owner."""

    id: int
    counted: Counted
    request_id: str = ""


class ShiftClose(Request, frozen=True):
    """End a counted shift: the difference is posted, the cash goes to the safe, the Z report is numbered and stored.

    Somebody else's shift wants a supervisor (or PIN) and a reason.
    """

    id: int
    reason: str = ""
    print: bool | None = None
    approval: Approval | None = None
    request_id: str = ""


class ShiftReportMake(Request, frozen=True):
    """An X report: numbered and stored, the shift goes on. For supervisors, or by PIN."""

    id: int
    print: bool | None = None
    approval: Approval | None = None
    request_id: str = ""


class CashLine(View, frozen=True):
    """One movement of the drawer. `kind`: float, bill, change, deposit, payout, refund, in, out, drop or count."""

    id: int
    at: str
    kind: str
    amount: str
    currency: str
    clerk: str
    reason: str
    bill: int | None


class CashFigures(View, frozen=True):
    """One currency of a shift's drawer. `expected`, `difference` are null for a clerk who has not counted yet."""

    currency: str
    opened_with: str
    received: str | None
    paid_out: str | None
    expected: str | None
    counted: str | None
    difference: str | None


class ShiftView(View, frozen=True):
    """One shift. `counts` how often it was counted; `movements` (in `shifts.get`, and for supervisors or once it is closed)."""

    id: int
    version: int
    shop_id: int
    till: int
    till_name: str
    clerk: str
    opened_at: str
    closed_at: str | None
    closed_by: str
    close_reason: str
    cash: list[CashFigures]
    counts: int
    mine: bool
    movements: list[CashLine] = []
    z_report: int | None = None
    """The id of its Z report, once it is closed."""


class ShiftPage(View, frozen=True):
    """`next` is 0 on the last page."""

    shifts: list[ShiftView]
    next: int = 0


class ReportLine(View, frozen=True):
    """A figure of a report: how often and how much."""

    key: str
    count: int
    amount: str


class ShiftReport(View, frozen=True):
    """An X or Z report: `document` is its stored, numbered and chained form; `print_job` waits where it is to be printed.

    `sales` by kind of line (call, goods, item, discount, forgiven), `taxes` by rate (count: hundredths of a percent),
    `payments` by method and currency, `losses` by kind, `events` by kind.
    """

    document: int
    number: int
    kind: str
    at: str
    shift: ShiftView
    currency: str
    bills: int
    sales: list[ReportLine]
    taxes: list[ReportLine]
    payments: list[ReportLine]
    losses: list[ReportLine]
    events: list[ReportLine]
    rounding: str
    total: str
    print_job: int | None

"""What the business brings: calls, minutes, money by day, customer and destination; and the account with the parent."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from appliance import charts
from appliance.money import parse_amount
from appliance.web.reseller_site import ROOT, ResellerSite, ResellerVisit, page, show
from appliance.web.visit import Answer, to
from appliance.wire.resellers import OwnAccountRequest
from appliance.wire.statistics import CallFiguresRequest, CallFiguresRow, TodayRequest

LINES = 50
LONGEST_DAYS = 400
SHOWN_DAYS = 30


class Period(NamedTuple):
    """Dates, both included."""

    since: date
    until: date

    @property
    def after(self) -> str:
        """The first date that is not in it."""
        return (self.until + timedelta(days=1)).isoformat()


class FigurePages:
    """Reads alone."""

    def __init__(self, site: ResellerSite) -> None:
        self._site = site
        site.add(page("", self.home), page("/", self.home), page("/account", self.account))

    async def home(self, visit: ResellerVisit) -> Answer:
        """Today, this month, and the period that is asked for: by day as a drawing and a table, by customer, by destination."""
        if not visit.may("calls.read"):
            return to(f"{ROOT}/customers")
        own = visit.who.reseller.id
        period, by = period_of(visit), visit.text("by") if visit.text("by") in ("customer", "destination") else "day"
        today = await self._site.ask(visit, "statistics.today", TodayRequest(own))
        asked: dict[str, Any] = {"reseller": own, "since": period.since.isoformat(), "until": period.after}
        days = await self._site.ask(visit, "statistics.calls", CallFiguresRequest(**asked))
        found = days if by == "day" else await self._site.ask(visit, "statistics.calls", CallFiguresRequest(by=by, limit=LINES, **asked))
        account = None
        if visit.who.reseller.parent_id is not None and visit.may("resellers.read"):
            account = await self._site.maybe(visit, "accounts.read", "resellers.account", OwnAccountRequest(own, limit=1))
        most = max((sales_of(row, found.currency) for row in found.rows), default=0)
        shares = [charts.share(sales_of(row, found.currency), most) for row in found.rows]
        return show(
            visit,
            "home",
            today=today,
            days=days,
            found=found,
            by=by,
            period=period,
            account=account,
            shares=shares,
            drawing=self._drawing(visit, days),
        )

    async def account(self, visit: ResellerVisit) -> Answer:
        """What is had or owed at the parent, and what moved it."""
        asked = OwnAccountRequest(visit.who.reseller.id, after=visit.whole("after"))
        return show(visit, "account", account=await self._site.ask(visit, "resellers.account", asked))

    @staticmethod
    def _drawing(visit: ResellerVisit, days: Any) -> str:
        """Spending by day with the profit in it, in the reseller's currency."""
        words, currency = visit.words, days.currency
        sales = [sales_of(row, currency) for row in days.rows]
        earned = [profit_of(row, currency) for row in days.rows]
        known = any(each is not None for each in earned)
        titles = []
        for row, sold, kept in zip(days.rows, sales, earned, strict=True):
            day, spent = words.iso_day(row.label), words.money(words.rounded(sold, currency), currency)
            if kept is None:
                titles.append(f"{day}: {spent}")
            else:
                profit = words.money(words.rounded(kept, currency), currency)
                titles.append(words._("{day}: {spent} spent, {profit} profit", day=day, spent=spent, profit=profit))
        label = words._("Spending and profit by day") if known else words._("Spending by day")
        return charts.columns(sales, titles, label, [each or 0 for each in earned] if known else ())


def sales_of(row: CallFiguresRow, currency: str) -> int:
    """Micros that were sold in a currency."""
    return sum(parse_amount(each.sales) for each in row.money if each.currency == currency)


def profit_of(row: CallFiguresRow, currency: str) -> int | None:
    """Micros that were earned; None where that is not to be known."""
    known = [each.margin for each in row.money if each.currency == currency and each.margin is not None]
    return sum(map(parse_amount, known)) if known else None


def period_of(visit: ResellerVisit) -> Period:
    """What was asked for, else the last thirty days; never longer than can be summed."""
    try:
        now = datetime.now(UTC).astimezone(ZoneInfo(visit.timezone or "UTC")).date()
    except (ZoneInfoNotFoundError, ValueError):
        now = datetime.now(UTC).date()
    until = _date(visit.text("until", 10)) or now
    since = _date(visit.text("since", 10)) or until - timedelta(days=SHOWN_DAYS - 1)
    if since > until:
        since, until = until, since
    return Period(max(since, until - timedelta(days=LONGEST_DAYS - 2)), until)


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2200 else None

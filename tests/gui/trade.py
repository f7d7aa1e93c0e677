"""Calls, trunks, resellers and figures as a server would send them."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.wire.alerts import Alert, Alerts
from appliance.wire.calls import RunningCall, RunningCalls
from appliance.wire.cdrs import Attempt, CdrPage, CdrRow, CdrTotals, CdrView, CurrencyFigures
from appliance.wire.records import ChargeView, MediaView
from appliance.wire.resellers import ResellerPage, ResellerView
from appliance.wire.routes import RoutePage, RouteView
from appliance.wire.statistics import CallFiguresRow, CallFiguresView, Figures, LowAccount, ResellerFigures, ResellerStatistics, Today
from appliance.wire.summaries import SummaryBackup, SummaryCarrier, SummaryOutage, SummaryShop, SummaryStop, SummaryView
from appliance.wire.trunks import TrunkNumberView, TrunkPage, TrunkView

LONG = "Société générale de télécommunications et de services de l'Atlantique et de la Méditerranée occidentale"

EXPLAINED: dict[str, Any] = {
    "tariff": "Retail",
    "tariff_id": 7,
    "rate_id": 91,
    "prefix": "316",
    "destination": "Netherlands mobile",
    "why": "derived",
    "price_per_minute": "0.15",
    "connection_fee": "0.02",
    "currency": "EUR",
    "increments": {"first": 60, "next": 6, "style": "first-next"},
    "duration_ms": 200_400,
    "seconds": 201,
    "billed_seconds": 204,
    "rounding": {"duration": "up", "decimals": 4, "mode": "half-up"},
    "formula": "",
    "amount": "0.53",
    "chain": [
        {"tariff_id": 3, "rate_id": 5, "prefix": "316", "markup_percent": "0", "surcharge": "0.00", "price_per_minute": "0.12"},
        {"tariff_id": 7, "rate_id": 91, "prefix": "316", "markup_percent": "25", "surcharge": "0.00", "price_per_minute": "0.15"},
    ],
}


def cdr_row(identity: int, **other: Any) -> CdrRow:
    """One record of a list."""
    row = CdrRow(
        identity,
        f"2025-12-31T{23 - identity % 20:02d}:41:0{identity % 10}.000Z",
        f"2025-12-31T{23 - identity % 20:02d}:41:0{identity % 10}.500Z",
        200_400,
        204,
        "Harbour Telecom",
        "Alice Smith",
        "1000001",
        "31201234567",
        "0612345678",
        "31612345678",
        "Netherlands mobile",
        "316",
        "KPN",
        200,
        "normal",
        "caller",
        "0.53",
        "EUR",
        "0.408",
        "EUR",
        "out",
        False,
    )
    return msgspec.structs.replace(row, **other)


def cdr_page(long: bool = False) -> CdrPage:
    """A page of mixed outcomes."""
    failed = {"answered_at": None, "duration_ms": 0, "amount": "0.00", "cost": "0.00"}
    rows = [
        cdr_row(30, customer=LONG if long else "Alice Smith", destination=LONG if long else "Netherlands mobile"),
        cdr_row(29, result=486, cause="busy", **failed),
        cdr_row(28, result=402, cause="no_funds", customer="Bob's Call Shop", trunk=None, **failed),
        cdr_row(27, cause="credit", ended_by="server", customer="Harbour Café", duration_ms=3_700_000, amount="12.40"),
        cdr_row(26, direction="in", customer="Carla de Vries", amount="0.00", destination="Own number"),
        cdr_row(25, result=404, cause="no_rate", destination=None, trunk=None, **failed),
    ]
    return CdrPage([*rows, *(cdr_row(24 - at) for at in range(16))])


TOTALS = CdrTotals(1204, 980, 86_500_000, 90_000, [CurrencyFigures("EUR", "1250.40", "980.10", "270.30")])


def charge(level: int = 0, party: str = "Alice Smith", **other: Any) -> ChargeView:
    """A charge with its explanation."""
    made = ChargeView(party, level, "Retail", 204, "0.53", "EUR", EXPLAINED)
    return msgspec.structs.replace(made, **other)


def cdr_view(**other: Any) -> CdrView:
    """One record with everything."""
    buying = {**EXPLAINED, "tariff": "Wholesale", "price_per_minute": "0.12", "connection_fee": "0.00", "why": "longest_prefix", "amount": "0.408"}
    buying.pop("chain")
    row = cdr_row(30)
    fields = {name: getattr(row, name) for name in CdrRow.__struct_fields__ if name in CdrView.__struct_fields__}
    view = CdrView(
        **{
            **fields,
            "call_id": "a84b4c76e66710@192.0.2.7",
            "ended_at": "2025-12-31T13:44:21.000Z",
            "trunk_call_id": "77fe@tollhouse",
            "source": "192.0.2.7:5060/udp",
            "user_agent": "Yealink SIP-T46S 66.86.0.15",
            "callee": "203.0.113.9:5060",
            "charges": [charge(), charge(1, "Harbour Resale", amount="0.408", explanation=buying)],
            "cost": "0.408",
            "media": MediaView(True, 20_040, 84, 12),
            "attempts": [Attempt("Backbone", 503)],
        }
    )
    return msgspec.structs.replace(view, **other)


def running(identity: int, **other: Any) -> RunningCall:
    """A call that runs since two minutes before the clock of the tests."""
    view = RunningCall(
        identity, f"call-{identity}@phone", "Alice Smith", "1000001", "31612345678", "answered",
        "2025-12-31T23:57:50.000Z", "2025-12-31T23:58:00.000Z", "0.24", "EUR", "2026-01-01T00:07:30.000Z",
    )  # fmt: skip
    return msgspec.structs.replace(view, **other)


RUNNING = RunningCalls([running(1), running(2, customer=LONG, state="ringing", answered_at=None, consumed="0.00", runs_out_at=None)])


def trunk(identity: int = 1, name: str = "KPN", **other: Any) -> TrunkView:
    """A trunk that is registered."""
    view = TrunkView(
        id=identity,
        version=3,
        reseller="Harbour Telecom",
        name=name,
        host=f"sip.{name.lower()}.example",
        port=5060,
        transport="udp",
        username="harbour",
        has_password=True,
        register=True,
        addresses=["192.0.2.0/24"],
        cost_tariff="Wholesale",
        max_calls=30,
        strip=0,
        prepend="00",
        media="auto",
        codecs=["PCMA", "G729"],
        main_number="31201234567",
        emergency=True,
        trusted=False,
        disabled=False,
        numbers=[TrunkNumberView("31201234567", "1000001"), TrunkNumberView("31201234568", None)],
        archived_at=None,
        registered=True,
        since="2025-12-31T10:00:00.000Z",
        calls=4,
    )
    return msgspec.structs.replace(view, **other)


TRUNKS = TrunkPage(
    [
        trunk(),
        trunk(
            2, "Backbone", registered=False, reason="403 Forbidden", cost_tariff="Wholesale B", max_calls=None, calls=0, numbers=[], emergency=False
        ),
        trunk(3, "Gateway", register=False, registered=None, username=None, port=5080, calls=0, numbers=[], cost_tariff=None, disabled=True),
    ]
)
ROUTES = RoutePage(
    [
        RouteView(1, 1, "Harbour Telecom", "", "cost", ["Backbone", "KPN"], [1, 1]),
        RouteView(2, 1, "Harbour Telecom", "31", "priority", ["KPN", "Backbone"], [1, 1]),
        RouteView(3, 1, "Harbour Telecom", "3197", "weight", ["KPN", "Backbone", "Gateway"], [3, 1, 1]),
    ]
)


def reseller(identity: int, name: str, parent: str | None, **other: Any) -> ResellerView:
    """A reseller."""
    view = ResellerView(
        id=identity,
        version=1,
        name=name,
        parent=parent,
        currency="EUR",
        sip_domain=f"{name.split()[0].lower()}.example",
        old_sip_domains=[],
        web_hosts=[],
        number_range=f"{identity}000000-{identity}999999",
        retail_markup_percent="25",
        timezone="Europe/Amsterdam",
        language="en",
        country="NL",
        tariff=None if parent is None else "Wholesale plus 10",
        balance=None if parent is None else "240.50",
        credit_limit=None if parent is None else "100.00",
        call_shop_allowed=True,
        may_have_resellers=True,
        own_trunks_allowed=False,
        max_calls=None,
        caller_number="31201234567",
        dial_plan={"country": "31", "national": "0", "short": {"100": "31201234567"}},
        disabled=False,
        archived_at=None,
    )
    return msgspec.structs.replace(view, **other)


RESELLERS = ResellerPage(
    [
        reseller(1, "Harbour Telecom", None),
        reseller(2, "North Voice", "Harbour Telecom"),
        reseller(3, "Atlas Calls", "Harbour Telecom", balance="-99.80", credit_limit="50.00"),
        reseller(4, LONG, "North Voice", tariff=None),
        reseller(5, "Delta", LONG, disabled=True),
    ]
)
FIGURES = ResellerFigures(2, "North Voice", 4120, 3800, "10204.5", "EUR", "1240.00", "990.12", "249.88")
STATISTICS = ResellerStatistics("Harbour Telecom", "2026-01-01T00:00:00.000Z", None, [FIGURES])


def period(calls: int) -> Figures:
    """Figures of a period."""
    sums = [CurrencyFigures("EUR", "1250.40", "980.10", "270.30"), CurrencyFigures("USD", "80.00", "85.00", "-5.00")]
    return Figures("2026-01-01T00:00:00.000Z", calls, calls * 4 // 5, f"{calls * 3}.5", sums)


TODAY = Today(
    "Harbour Telecom",
    "Europe/Amsterdam",
    2,
    31,
    period(204),
    period(5120),
    [LowAccount(11, LONG, 9, "0.00", "EUR"), LowAccount(12, "Bob's Call Shop", 7, "0.80", "EUR")],
)
ALERTS = Alerts(
    [
        Alert(
            "alert.trunk_not_registered", "error", "Trunk Backbone is not registered.",
            {"trunk": "Backbone", "reason": "403 Forbidden", "since": "2025-12-31T10:00:00.000Z"}, "trunk", 2,
        ),
        Alert("alert.accounts_low", "warning", "Two accounts have little left.", {"count": "2", "names": f"Bob's Call Shop, {LONG}"}, "account", 0),
    ]
)  # fmt: skip
SUMMARY = SummaryView(
    reseller="Harbour Telecom",
    timezone="Europe/Amsterdam",
    currency="EUR",
    on="2025-12-31",
    since="2025-12-30T23:00:00.000Z",
    until="2025-12-31T23:00:00.000Z",
    made_at="2026-01-01T06:00:00.000Z",
    figures=period(412),
    shops=[
        SummaryShop(7, "Bob's Call Shop", 4, "till", "EUR", 31, "184.50", "171.30", "-2.50"),
        SummaryShop(7, "Bob's Call Shop", 5, "evening", "EUR", 12, "61.20", "61.20", "0.00"),
        SummaryShop(8, LONG, None, "", "EUR", 2, "3.00", "0.00", None),
    ],
    outages=[
        SummaryOutage(2, "Backbone", "registration", "403 Forbidden", "2025-12-31T08:10:00.000Z", "2025-12-31T08:55:00.000Z"),
        SummaryOutage(1, "KPN", "rests", "11/12", "2025-12-31T20:10:00.000Z", None),
    ],
    stops=[SummaryStop(3, "Harbour Café", "fuse.hour", {"limit": "25.00", "currency": "EUR", "detail": "Cuba"}, "2025-12-31T02:00:00.000Z")],
    low=[LowAccount(11, LONG, 9, "0.00", "EUR"), LowAccount(12, "Bob's Call Shop", 7, "0.80", "EUR")],
    carriers=[SummaryCarrier(1, "KPN", "EUR", "210.40", 61, False), SummaryCarrier(2, "Backbone", "EUR", "12.00", 5, True)],
    backup=SummaryBackup("2025-12-31T03:00:00.000Z", True),
    more_low=4,
)


def nothing() -> Figures:
    """Figures of a business that has not begun."""
    return Figures("2026-01-01T00:00:00.000Z", 0, 0, "0.0", [])


def quiet_day() -> SummaryView:
    """A day on which nothing happened, in a business without call shops."""
    empty: dict[str, Any] = {"figures": nothing(), "shops": [], "outages": [], "stops": [], "low": [], "carriers": [], "more_low": 0}
    return msgspec.structs.replace(SUMMARY, **empty, backup=SummaryBackup(None))


def month_by_day(days: int = 23) -> CallFiguresView:
    """A month that goes up and down by the week; one day lost money."""

    def line(day: int) -> CallFiguresRow:
        calls = 120 + 90 * (day % 7) - 4 * day
        sales, margin = calls * 0.31, calls * 0.31 * (-0.2 if day == 12 else 0.22)
        sums = [CurrencyFigures("EUR", f"{sales:.2f}", f"{sales - margin:.2f}", f"{margin:.2f}")]
        return CallFiguresRow("day", None, f"2026-01-{day:02}", calls, calls * 4 // 5, f"{calls * 3}.5", sums)

    total = CallFiguresRow("", None, "", 9120, 7300, "27360.5", [CurrencyFigures("EUR", "2827.20", "2250.00", "577.20")])
    rows = [line(day) for day in range(1, days + 1)]
    return CallFiguresView("Harbour Telecom", "Europe/Amsterdam", "EUR", "day", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", rows, total)


def today_by_hour(hours: int = 15) -> CallFiguresView:
    """A day until the afternoon."""
    rows = []
    for hour in range(hours):
        calls = max(0, 40 - 5 * abs(hour - 11))
        sums = [CurrencyFigures("EUR", f"{calls * 0.31:.2f}", f"{calls * 0.24:.2f}", f"{calls * 0.07:.2f}")]
        rows.append(CallFiguresRow("hour", None, f"2026-01-23T{hour:02}:00", calls, calls * 4 // 5, f"{calls * 3}.5", sums))
    total = CallFiguresRow("", None, "", 310, 248, "930.5", [CurrencyFigures("EUR", "96.10", "74.40", "21.70")])
    return CallFiguresView("Harbour Telecom", "Europe/Amsterdam", "EUR", "hour", "2026-01-23T00:00:00Z", "2026-01-24T00:00:00Z", rows, total)

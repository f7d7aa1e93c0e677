"""Payments, tariffs, prices and decks as a server would show them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QFont, QPageSize, QPainter, QPdfWriter
from PySide6.QtWidgets import QApplication, QDialog

from appliance.gui.screen import Screen
from appliance.wire.decks import DeckDifference, DeckGuess, DeckLine, DeckProblem, DeckView, SheetView
from appliance.wire.payments import PaymentEffect, PaymentPage, PaymentTotal, PaymentTotals, PaymentView
from appliance.wire.rates import GridPage, GridRequest, GridRow, RatesChanged
from appliance.wire.shapes import Binary
from appliance.wire.tariffs import TariffPage, TariffView

LONG_NAME = "Maximilian Alexander von Hohenstein-Wittelsbach und zu Liechtenstein"


def do(screen: Screen, name: str) -> None:
    """The action of that name, as the right bar runs it."""
    action = next(each for each in screen.verbs() if each.name == name)
    assert action.enabled, name
    action.run()


def enabled(screen: Screen) -> set[str]:
    """The names of the actions that can be done now."""
    return {each.name for each in screen.verbs() if each.enabled}


def dialog(kind: type[QDialog] = QDialog) -> Any:
    """The dialog that is open now."""
    return next(each for each in reversed(QApplication.topLevelWidgets()) if isinstance(each, kind) and each.isVisible())


def payment(identity: int = 1, **changed: Any) -> PaymentView:
    values: dict[str, Any] = {
        "id": identity,
        "at": f"2026-11-{10 + identity:02d}T09:1{identity % 10}:00Z",
        "kind": "payment",
        "account": "Anna de Vries",
        "customer": "Anna de Vries",
        "method": "cash",
        "gross": "121.00",
        "tax": "21.00",
        "credit": "100.00",
        "currency": "EUR",
        "reference": "",
        "note": "",
        "reverses": None,
        "entry": identity,
        "balance_after": "112.50",
        "customer_id": 1,
        "given_back": "0.00",
    }
    return PaymentView(**(values | changed))


def payments() -> PaymentPage:
    return PaymentPage(
        [
            payment(9, reference="2026-1187", method="bank"),
            payment(8, kind="refund", gross="-12.10", tax="-2.10", credit="-10.00", reverses=5, balance_after="10.00", note="wrong tariff"),
            payment(
                7, customer="Bright Calls Ltd", account="Bright Calls Ltd", gross="500.00", tax="0.00", credit="500.00", balance_after="451.7625"
            ),
            payment(6, kind="reversal", gross="-50.00", tax="0.00", credit="-50.00", reverses=4, balance_after="-48.2375", note="typed twice"),
            payment(5, gross="60.50", tax="10.50", credit="50.00", given_back="12.10", balance_after="62.50", method="card", reference="T-88231"),
            payment(4, gross="50.00", tax="0.00", credit="50.00", given_back="50.00", customer="Bright Calls Ltd", balance_after="1.7625"),
            payment(3, customer=LONG_NAME, account=LONG_NAME, gross="1250.00", tax="216.942149", credit="1033.057851", balance_after="1036.16"),
            payment(2, customer=None, account="shared account", customer_id=None, method="voucher", balance_after="20.00"),
        ]
    )


def totals() -> PaymentTotals:
    return PaymentTotals([PaymentTotal("EUR", 8, "2040.40", "267.342149", "1773.057851")])


def effect(**changed: Any) -> PaymentEffect:
    values: dict[str, Any] = {
        "account": "Anna de Vries",
        "customer": "Anna de Vries",
        "currency": "EUR",
        "gross": "121.00",
        "tax": "21.00",
        "credit": "100.00",
        "tax_percent": "21",
        "balance_before": "12.50",
        "balance_after": "112.50",
    }
    return PaymentEffect(**(values | changed))


def pdf(pages: int = 1) -> Binary:
    """A real PDF, drawn by Qt."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A5))
    painter = QPainter(writer)
    for number in range(pages):
        if number:
            writer.newPage()
        painter.setFont(QFont("Noto Sans", 20))
        painter.drawText(400, 800, f"Receipt 2026-000{number + 1}")
        painter.fillRect(400, 1200, 3000, 40, 0xFF1F5FBF)
    painter.end()
    buffer.close()
    return Binary("receipt-2026-0001.pdf", "application/pdf", bytes(data.data()))


def tariff(identity: int = 1, name: str = "carrier cost", **changed: Any) -> TariffView:
    values: dict[str, Any] = {
        "id": identity,
        "version": 1,
        "reseller": "Harbour Telecom",
        "name": name,
        "currency": "EUR",
        "decimals": 4,
        "rounding": "half-up",
        "price_rounding": "none",
        "duration_rounding": "up",
        "increment_style": "first-next",
        "timezone": "Europe/Amsterdam",
        "band_rule": "start",
        "base": None,
        "markup_percent": "0",
        "surcharge_per_minute": "0.00",
        "loss_guard": False,
        "on_net_price": None,
        "rates": 12408,
        "archived_at": None,
    }
    return TariffView(**(values | changed))


def retail(**changed: Any) -> TariffView:
    values: dict[str, Any] = {"base": "carrier cost", "markup_percent": "25", "rates": 14, "price_rounding": "half-up-4"}
    return tariff(**({"identity": 2, "name": "retail"} | values | changed))


def tariffs() -> TariffPage:
    return TariffPage(
        [
            tariff(),
            retail(),
            tariff(3, "wholesale", base="carrier cost", markup_percent="8.5", surcharge_per_minute="0.001", rates=0),
            tariff(4, f"special prices of {LONG_NAME}", base="retail", markup_percent="-5", rates=3),
            tariff(5, "summer 2025", currency="USD", rates=880, archived_at="2026-01-01T00:00:00Z"),
        ]
    )


def row(prefix: str, destination: str = "Netherlands", price: str = "0.025", **changed: Any) -> GridRow:
    values: dict[str, Any] = {
        "prefix": prefix,
        "destination": destination,
        "price_per_minute": price,
        "connection_fee": "0.00",
        "first_increment": 1,
        "next_increment": 1,
        "minimum_seconds": 0,
        "band": "",
        "blocked": False,
        "valid_from": None,
        "overridden": False,
        "inherited_price": None,
        "cost": "0.02",
        "cost_by": "carrier cost",
        "cost_prefix": prefix,
        "margin": "0.005",
        "margin_percent": "20",
        "loss": False,
    }
    return GridRow(**(values | changed))


ROWS = [
    row("31", price="0.0125", cost="0.01", margin="0.0025"),
    row("316", "Netherlands mobile", "0.06", overridden=True, inherited_price="0.05", cost="0.04", margin="0.02", margin_percent="33.33"),
    row(
        "31612",
        "Netherlands mobile KPN",
        "0.05",
        overridden=True,
        inherited_price="0.0625",
        cost="0.055",
        margin="-0.005",
        margin_percent="-10",
        loss=True,
    ),
    row("3197", "Netherlands machine to machine", "0.105", cost="0.1", margin="0.005", margin_percent="4.76"),
    row("32", "Belgium", "0.0187", cost="0.015", margin="0.0037", margin_percent="19.78", first_increment=60, next_increment=10),
    row("34", "Spain", "0.0162", connection_fee="0.02", cost="0.013", margin="0.0032", margin_percent="19.75"),
    row(
        "881",
        "Satellite networks of all operators (Global Mobile Satellite System)",
        "6.25",
        cost="5",
        margin="1.25",
        first_increment=60,
        next_increment=60,
    ),
    row("900", "Premium numbers", "1.00", blocked=True, cost=None, cost_by=None, cost_prefix=None, margin=None, margin_percent=None),
]


def grid_page(request: GridRequest) -> GridPage:
    """As a server pages: by prefix, narrowed by prefix or destination."""
    wanted = request.search.lower()
    fitting = [each for each in ROWS if not wanted or each.prefix.startswith(wanted) or wanted in each.destination.lower()]
    if request.only == "loss":
        fitting = [each for each in fitting if each.loss]
    found = [each for each in fitting if not request.after or each.prefix > request.after][: request.limit]
    last = found[-1].prefix if found and found[-1].prefix != fitting[-1].prefix else ""
    return GridPage(found, "EUR", last, len(fitting))


def many_rows(number: int) -> Callable[[GridRequest], GridPage]:
    """A server with so many prefixes."""
    rows = [row(f"{10_000 + at}", f"Destination {at}", "0.05") for at in range(number)]

    def page(request: GridRequest) -> GridPage:
        start = int(request.after) - 10_000 + 1 if request.after else 0
        found = rows[start : start + request.limit]
        return GridPage(found, "EUR", found[-1].prefix if found and start + len(found) < number else "", number)

    return page


CHANGED = RatesChanged(changed=1)


def deck(**changed: Any) -> DeckView:
    guess = DeckGuess(
        kind="csv",
        encoding="utf-8",
        delimiter=";",
        sheet="",
        sheets=[],
        header_row=3,
        columns={"prefix": [2], "destination": [1], "price": [3], "first_increment": [4], "next_increment": [4], "valid_from": [5]},
        headers=["Destination", "Dial code", "Rate EUR/min", "Increments", "Effective date", "Change"],
        decimal=",",
        dates="day-first",
        price_unit="minute",
    )
    sample = [
        DeckLine(1, ["Harbour Carrier Ltd", "", "", "", "", ""]),
        DeckLine(3, ["Destination", "Dial code", "Rate EUR/min", "Increments", "Effective date", "Change"]),
        DeckLine(4, ["Afghanistan", "93", "0,1812", "60/1", "01/12/2026", "Increase"]),
        DeckLine(5, ["Afghanistan mobile Areeba and other networks with a long name", "9377", "0,2011", "60/1", "01/12/2026", "Same"]),
        DeckLine(6, ["Albania", "355", "0,1100", "1/1", "01/12/2026", "Decrease"]),
    ]
    differences = [
        DeckDifference("changed", "93", "Afghanistan", "0.15", "0.1812", "20.8", 4, "2026-12-01T00:00:00Z"),
        DeckDifference("added", "9377", "Afghanistan mobile Areeba and other networks with a long name", None, "0.2011", None, 5),
        DeckDifference("changed", "355", "Albania", "0.12", "0.11", "-8.3", 6),
        DeckDifference("removed", "35542", "Albania Tirana", "0.09", None, None),
    ]
    problems = [
        DeckProblem(17, "The price “n/a” is not an amount.", "deck.price_unclear"),
        DeckProblem(22, "The increments say 0; 1 is taken.", "deck.increment_zero", refused=False),
    ]
    values: dict[str, Any] = {
        "tariff": "carrier cost",
        "reseller": "Harbour Telecom",
        "currency": "EUR",
        "new_tariff": False,
        "guessed": guess,
        "rows": 1207,
        "rates": 1204,
        "problems": problems,
        "problem_count": 2,
        "added": 12,
        "changed": 340,
        "removed": 3,
        "unchanged": 849,
        "rises": differences[:1],
        "rise_count": 1,
        "differences": differences,
        "missing": [],
        "remarks": [],
        "sample": sample,
        "fingerprint": "f1",
    }
    return DeckView(**(values | changed))


SHEETS = [SheetView("Rates", False), SheetView("Old rates", True)]

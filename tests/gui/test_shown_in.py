"""Amounts in the viewer's currency beside their own: chosen at My account, in four lists, off by default."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Screen
from appliance.gui.screens.calls.calls import CallsScreen
from appliance.gui.screens.customers.customers import CustomersScreen
from appliance.gui.screens.invoices.invoices import InvoicesScreen
from appliance.gui.screens.parts import shown_in
from appliance.gui.screens.payments.payments import PaymentsScreen
from appliance.gui.screens.settings.account import AccountScreen
from tests.gui import papers, people, prices, trade
from tests.gui.fake_client import FakeClient
from tests.gui.looks import LOOKS, dress

Shoot = Callable[[QWidget, str], None]


def in_dollars(page: Any, field: str, amounts: dict[str, str]) -> Callable[[Any], Any]:
    """The page as a server gives it: converted where it was asked for, but for the last row, which no rate leads from."""

    def answer(request: Any) -> Any:
        if not request.in_currency:
            return page
        rows = getattr(page, field)
        converted = [msgspec.structs.replace(each, converted=None if each is rows[-1] else amounts) for each in rows]
        return msgspec.structs.replace(page, **{field: converted})

    return answer


LISTS = {
    "calls": (CallsScreen, "cdrs.list", trade.cdr_page(), "cdrs", {"amount": "0.61", "cost": "0.4692"}, ["Price in USD"]),
    "payments": (
        PaymentsScreen, "payments.list", prices.payments(), "payments",
        {"gross": "139.15", "tax": "24.15", "credit": "115.00", "balance_after": "129.38"}, ["Amount in USD", "Balance after in USD"],
    ),
    "invoices": (
        InvoicesScreen, "invoices.list", papers.invoices(), "invoices",
        {"net": "115.00", "tax": "24.15", "total": "139.15", "open": "139.15"}, ["Total in USD", "Still open in USD"],
    ),
    "customers": (
        CustomersScreen, "customers.list", people.page(), "customers", {"balance": "14.38", "credit_limit": "28.75"},
        ["Balance in USD", "Credit limit in USD"],
    ),
}  # fmt: skip


def shown(qtbot: QtBot, desk: Desk, server: FakeClient, name: str) -> Screen:
    kind, operation, page, field, amounts, _titles = LISTS[name]
    server.answer(operation, in_dollars(page, field, amounts))
    server.answer("cdrs.totals", trade.TOTALS)
    server.answer("payments.totals", prices.totals())
    made: Screen = kind(desk, Place(name))
    qtbot.addWidget(made)
    made.resize(1180, 420)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: bool(made.list.model.rows))  # type: ignore[attr-defined]
    return made


def titles(screen: Any) -> list[str]:
    """Of the columns that are seen."""
    table = screen.list.table
    return [each.title for at, each in enumerate(screen.list.model.columns) if not table.isColumnHidden(at)]


def texts(screen: Any, title: str) -> list[str]:
    model = screen.list.model
    at = next(number for number, each in enumerate(model.columns) if each.title == title)
    return [str(model.index(row, at).data()) for row in range(len(model.rows))]


@pytest.mark.parametrize("name", LISTS)
def test_off_until_it_is_chosen_then_beside_its_own(qtbot: QtBot, desk: Desk, server: FakeClient, name: str) -> None:
    screen = shown(qtbot, desk, server, name)
    before = titles(screen)
    assert not any("USD" in each for each in before) and server.asked(LISTS[name][1])[-1].in_currency == ""
    screen.hide()
    shown_in.choose(desk, "USD")
    screen.show()
    qtbot.waitUntil(lambda: server.asked(LISTS[name][1])[-1].in_currency == "USD" and bool(screen.list.model.rows))  # type: ignore[attr-defined]
    wanted = LISTS[name][5]
    assert [each for each in titles(screen) if "USD" in each] == wanted
    assert titles(screen).index(wanted[0]) == titles(screen).index(wanted[0].removesuffix(" in USD")) + 1
    cells = texts(screen, wanted[0])
    assert cells[-1] == "No rate" and "USD" in cells[0]
    screen.refresh()
    assert server.asked(LISTS[name][1])[-1].in_currency == "USD"
    screen.hide()
    shown_in.choose(desk, "")
    screen.show()
    qtbot.waitUntil(lambda: server.asked(LISTS[name][1])[-1].in_currency == "")
    assert titles(screen) == before


def test_what_has_no_rate_says_why_and_what_has_no_amount_says_nothing(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    shown_in.choose(desk, "USD")
    page = trade.cdr_page()
    free = msgspec.structs.replace(page.cdrs[0], currency=None, amount="0.00")
    screen: Any = shown(qtbot, desk, server, "calls")
    server.answer("cdrs.list", msgspec.structs.replace(page, cdrs=[free, page.cdrs[1]]))
    screen.refresh()
    qtbot.waitUntil(lambda: len(screen.list.model.rows) == 2)
    assert texts(screen, "Price in USD") == ["", "No rate"]
    at = next(number for number, each in enumerate(screen.list.model.columns) if each.title == "Price in USD")
    assert "from EUR to USD" in str(screen.list.model.index(1, at).data(Qt.ItemDataRole.ToolTipRole))


def test_columns_that_were_put_away_stay_so(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    screen: Any = shown(qtbot, desk, server, "payments")
    names = [each.name for each in screen.list.model.columns]
    screen.list.table._show_column(names.index("reference"), False)
    screen.hide()
    shown_in.choose(desk, "USD")
    screen.show()
    assert "Reference" not in titles(screen) and "Amount in USD" in titles(screen) and "Tax in USD" not in titles(screen)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("look", LOOKS)
def test_how_it_looks(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot, name: str, look: str) -> None:
    dress(desk, look)
    shown_in.choose(desk, "USD")
    screen = shown(qtbot, desk, server, name)
    assert len(titles(screen)) > len(LISTS[name][5])
    shoot(screen, f"shown-in-{name}{look}")


def test_it_is_chosen_at_my_account(qtbot: QtBot, desk: Desk, shoot: Shoot) -> None:
    told: list[str] = []
    desk.told.connect(lambda text, undo: told.append(text))
    screen = AccountScreen(desk, Place("account"))
    qtbot.addWidget(screen)
    screen.resize(880, 760)
    screen.show()
    box = screen.amounts.field("shown_in")
    assert isinstance(box, QComboBox) and box.currentData() == "" and shown_in.chosen(desk) == ""
    box.setCurrentIndex(box.findData("USD"))
    box.activated.emit(box.currentIndex())
    assert shown_in.chosen(desk) == "USD" and told == ["Lists show amounts in USD as well"]
    shoot(screen, "account-shown-in")
    line = box.lineEdit()
    assert line is not None
    line.setText("jpy")
    line.editingFinished.emit()
    assert shown_in.chosen(desk) == "JPY"
    again = AccountScreen(desk, Place("account"))
    qtbot.addWidget(again)
    values = again.amounts.values()
    assert values == {"shown_in": "JPY"}

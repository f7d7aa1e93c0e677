"""The screen of incoming numbers: put to an endpoint, sold to a sub-reseller, priced anew, taken back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui.desk import Desk, Place
from appliance.gui.screens.trunks.numbers import NumbersScreen
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.wire.numbers import NumberPage, NumberPrice, NumberPut, NumberSell, NumberTakeBack, NumberView
from tests.gui import trade
from tests.gui.fake_client import FakeClient
from tests.gui.looks import LOOKS, dress
from tests.gui.prices import dialog, do, enabled

Shoot = Callable[[QWidget, str], None]
NOTHING = NumberPrice(None, None, None, "EUR")
USED = NumberView("31880001", "Harbour Telecom", 1, None, None, NumberPrice("5.00", "2.50", "0.0125", "EUR"), "1000001", trade.LONG, ["0612345678"])
SOLD = NumberView(
    "31880002", "Harbour Telecom", 1, NumberPrice(None, "1.00", None, "EUR"), "North Voice", NumberPrice(None, "2.00", None, "EUR"), None, None, []
)
FREE = NumberView("31880003", "Harbour Telecom", 1, None, None, NOTHING, None, None, [])


@pytest.fixture
def screen(qtbot: QtBot, desk: Desk, server: FakeClient) -> NumbersScreen:
    server.answer("numbers.list", NumberPage([USED, SOLD, FREE]))
    server.answer("resellers.list", trade.RESELLERS)
    for name in ("numbers.put", "numbers.sell", "numbers.take_back"):
        server.answer(name, FREE)
    made = NumbersScreen(desk, Place("numbers"))
    qtbot.addWidget(made)
    made.resize(1060, 420)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: len(made.list.model.rows) == 3)
    return made


def row(screen: NumbersScreen, at: int) -> list[str]:
    model = screen.list.model
    return [str(model.data(model.index(at, column)) or "").replace("\u2068", "").replace("\u2069", "").replace("\u00a0", " ") for column in range(5)]


def test_what_each_row_says_and_lets_one_do(screen: NumbersScreen) -> None:
    assert row(screen, 0)[1:] == ["In use", f"1000001 · {trade.LONG}", "2.50 EUR a month · 0.0125 EUR a minute", ""]
    assert row(screen, 1)[1:] == ["Sold to North Voice", "", "2.00 EUR a month", "1.00 EUR a month"]
    assert row(screen, 2)[1:] == ["Rings nowhere", "", "", ""]
    screen.list.table.selectRow(0)
    assert enabled(screen) == {"numbers.put", "numbers.sell"}
    screen.list.table.selectRow(1)
    assert enabled(screen) == {"numbers.price", "numbers.take_back"}


def test_a_number_is_put_to_an_endpoint(qtbot: QtBot, server: FakeClient, screen: NumbersScreen) -> None:
    screen.list.table.selectRow(0)
    do(screen, "numbers.put")
    form = dialog(FormDialog)
    form.form.field("failover").setPlainText("0612345678\n 1000002")
    form.submit()
    qtbot.waitUntil(lambda: server.asked("numbers.put") == [NumberPut("31880001", failover=["0612345678", "1000002"])])


def test_a_number_is_sold_priced_anew_and_taken_back(qtbot: QtBot, server: FakeClient, screen: NumbersScreen) -> None:
    screen.list.table.selectRow(2)
    do(screen, "numbers.sell")
    form = dialog(FormDialog)
    form.form.fill({"reseller": (2, "North Voice"), "monthly_fee": "3.00"})
    form.submit()
    qtbot.waitUntil(lambda: bool(server.asked("numbers.sell")))
    first = server.asked("numbers.sell")[0]
    assert (first.did, first.reseller, first.monthly_fee) == ("31880003", 2, "3.00")
    qtbot.waitUntil(lambda: not screen.findChildren(FormDialog))
    screen.list.table.selectRow(1)
    do(screen, "numbers.price")
    form = dialog(FormDialog)
    form.form.field("price_per_minute").set_amount("0.02")
    form.submit()
    qtbot.waitUntil(lambda: len(server.asked("numbers.sell")) == 2)
    assert replace(server.asked("numbers.sell")[1], request_id="") == NumberSell("31880002", "North Voice", price_per_minute="0.02")
    qtbot.waitUntil(lambda: not screen.findChildren(FormDialog))
    screen.list.table.selectRow(1)
    do(screen, "numbers.take_back")
    asked = screen.findChild(QDialog, "confirm")
    assert isinstance(asked, QDialog) and "North Voice" in asked.windowTitle()
    asked.accept()
    qtbot.waitUntil(lambda: bool(server.asked("numbers.take_back")))
    assert replace(server.asked("numbers.take_back")[0], request_id="") == NumberTakeBack("31880002", "North Voice")


@pytest.mark.parametrize("look", LOOKS)
def test_pictures(qtbot: QtBot, desk: Desk, screen: NumbersScreen, shoot: Shoot, look: str) -> None:
    dress(desk, look)
    shown = NumbersScreen(desk, Place("numbers"))
    qtbot.addWidget(shown)
    shown.resize(*((820, 420) if look == "-dark" else (1060, 420)))
    shown.show()
    shown.refresh()
    qtbot.waitUntil(lambda: len(shown.list.model.rows) == 3)
    shoot(shown, f"numbers-screen{look}")
    for at, name in ((0, "numbers.put"), (0, "numbers.sell")):
        shown.list.table.choose(at)
        do(shown, name)
        form = dialog(FormDialog)
        shoot(form, f"{name}{look}")
        assert form.isVisible()
        form.close()

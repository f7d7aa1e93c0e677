"""Resellers: the tree, the forms, spending and profit."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui.desk import Desk, Place
from appliance.gui.screens.resellers.reseller_form import hosts, plain_percent
from appliance.gui.screens.resellers.reseller_page import ResellerScreen
from appliance.gui.screens.resellers.resellers import ResellersScreen, in_tree
from appliance.gui.widgets.form_dialog import FormDialog
from tests.gui import trade
from tests.gui.fake_client import FakeClient

Shoot = Callable[[QWidget, str], None]


def run(screen: QWidget, name: str) -> None:
    next(each for each in screen.verbs() if each.name == name).run()  # type: ignore[attr-defined]


def resellers(qtbot: QtBot, desk: Desk, server: FakeClient) -> ResellersScreen:
    server.answer("resellers.list", trade.RESELLERS)
    screen = ResellersScreen(desk, Place("resellers"))
    qtbot.addWidget(screen)
    screen.resize(1000, 620)
    screen.show()
    screen.refresh()
    qtbot.waitUntil(lambda: len(screen.list.model.rows) == 5)
    return screen


def test_each_stands_below_its_parent(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    screen = resellers(qtbot, desk, server)
    assert [(row.id, depth) for row, depth in in_tree(trade.RESELLERS.resellers)] == [(1, 0), (3, 1), (2, 1), (4, 2), (5, 3)]
    assert str(screen.list.model.index(1, 0).data()) == "\u2003\u2003Atlas Calls"
    assert [str(screen.list.model.index(row, 1).data()) for row in range(5)] == ["The owner", "No credit", "Active", "No tariff", "Disabled"]
    shoot(screen, "resellers")


def test_a_reseller_is_added_below_the_chosen_one(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("resellers.create", trade.reseller(9, "New", "North Voice", warnings=["overlaps"]))
    screen = resellers(qtbot, desk, server)
    screen.list.table.choose(2)
    screen.add()
    dialog = screen.findChildren(FormDialog)[-1]
    shoot(dialog, "reseller-form")
    for name, text in (("name", "New"), ("retail_markup_percent", "12,5 %"), ("web_hosts", "a.example, b.example")):
        field = dialog.form.field(name)
        assert isinstance(field, QLineEdit)
        field.setText(text)
    dialog.submit()
    qtbot.waitUntil(lambda: desk.places == [Place("reseller", id=9)])  # type: ignore[attr-defined]
    asked = server.asked("resellers.create")[-1]
    assert (asked.parent, asked.retail_markup_percent, asked.web_hosts, asked.sip_domain) == (2, "12.5", ["a.example", "b.example"], None)
    assert (hosts(" "), plain_percent("")) == ([], "0")


def test_the_page_shows_spending_and_profit(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("resellers.get", trade.RESELLERS.resellers[1])
    server.answer("resellers.statistics", trade.STATISTICS)
    screen = ResellerScreen(desk, Place("reseller", id=2))
    qtbot.addWidget(screen)
    screen.resize(1000, 620)
    screen.show()
    screen.refresh()
    qtbot.waitUntil(lambda: screen.figures is not None)
    shoot(screen, "reseller")
    screen.page.open_tab("below")
    qtbot.waitUntil(lambda: "profit 249.88" in screen.below.footer.text())
    shoot(screen, "reseller-below")


def test_a_tariff_is_assigned_and_money_taken(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("resellers.update", trade.reseller(2, "North Voice", "Harbour Telecom", tariff="Other"))
    undos: list[Callable[[], None]] = []
    desk.told.connect(lambda text, undo: undos.append(undo))
    screen = resellers(qtbot, desk, server)
    screen.list.table.choose(2)
    run(screen, "resellers.tariff")
    dialog = screen.findChildren(FormDialog)[-1]
    dialog.form.fill({"tariff": "Other"})
    dialog.submit()
    qtbot.waitUntil(lambda: bool(undos))
    undos[0]()
    assert [each.tariff for each in server.asked("resellers.update")] == ["Other", "Wholesale plus 10"]
    run(screen, "resellers.pay")
    dialog = screen.findChildren(FormDialog)[-1]
    dialog.form.fill({"amount": "100.00"})
    dialog.submit()
    qtbot.waitUntil(lambda: bool(server.asked("payments.record")))
    asked = server.asked("payments.record")[-1]
    assert (asked.account, asked.reseller, asked.amount, asked.method) == ("reseller:North Voice", "Harbour Telecom", "100.00", "bank")

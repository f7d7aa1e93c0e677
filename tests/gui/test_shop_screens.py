"""Shifts, receipts, figures and settings of a shop: what a clerk counts, what a supervisor sees, what an owner sets up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from appliance.gui.desk import Desk, Place
from appliance.gui.screens.booths.booth_desk import keep_till
from appliance.gui.screens.booths.shift_count import Count
from appliance.gui.screens.booths.shift_dialogs import CloseShift, OpenShift, ReportDialog, move_cash, open_drawer, x_report
from appliance.gui.screens.booths.shop_figures import ShopFiguresScreen
from appliance.gui.screens.booths.shop_settings import ShopSettingsScreen
from appliance.gui.screens.booths.till_receipts import TillReceiptsScreen
from appliance.gui.screens.settings.operators_code import SecretDialog
from appliance.gui.widgets.document_view import DocumentDialog
from appliance.wire.operators import OneTimeCode
from appliance.wire.problem import Problem
from appliance.wire.shapes import Done, Restored
from appliance.wire.shifts import ShiftPage
from appliance.wire.shops import EventTotal, Exceptions, ShopFigures, ShopStatistics, TillEvent
from appliance.wire.tills import GoodsPage, SigningTest, TillPage
from tests.gui import shops
from tests.gui.fake_client import FakeClient
from tests.gui.prices import pdf
from tests.gui.test_booths import shown_dialog

Shoot = Callable[[QWidget, str], None]


@pytest.fixture
def owner(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(1000, 640)
    made.show()
    return made


def count(box: Count, **pieces: int) -> None:
    for value, number_of in pieces.items():
        box.boxes[0].fields[value.removeprefix("n").replace("_", ".")].setText(str(number_of))


def test_a_shift_opens_with_a_float_counted_by_keyboard(owner: QWidget, qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    dialog = OpenShift(desk, owner, shops.shop(), shops.till(shift=None))
    dialog.open()
    fields = list(dialog.count.boxes[0].fields.values())
    assert next(iter(dialog.count.boxes[0].fields)) == "50.00", "the largest note first"
    fields[0].setFocus()
    qtbot.keyClicks(fields[0], "2")
    qtbot.keyClick(fields[0], Qt.Key.Key_Return)
    qtbot.keyClicks(fields[1], "3")
    assert dialog.count.boxes[0].sum.text() == "160.00\u00a0EUR"
    shoot(dialog, "shift-open")
    server.answer("shifts.open", shops.shift())
    dialog.act()
    qtbot.waitUntil(lambda: bool(server.asked("shifts.open")))
    asked = server.asked("shifts.open")[-1]
    assert asked.counted == {"EUR": {"50.00": 2, "20.00": 3}} and asked.till == 3


def test_what_is_no_number_of_pieces_is_not_sent(owner: QWidget, qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    dialog = OpenShift(desk, owner, shops.shop(), shops.till(shift=None))
    dialog.open()
    count(dialog.count, n10_00=1)
    dialog.count.boxes[0].fields["5.00"].setText("x")
    assert "whole numbers" in dialog.count.boxes[0].sum.text()
    dialog.act()
    assert not server.asked("shifts.open")


def test_the_count_is_blind_then_difference_and_z_report(owner: QWidget, qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    dialog = CloseShift(desk, owner, shops.shop(), shops.shift())
    dialog.open()
    texts = [each.text() for each in dialog.findChildren(type(dialog.said))]
    assert not any("134.80" in each for each in texts), "what should be there is not shown before the count"
    count(dialog.count, n50_00=2, n20_00=1, n10_00=1, n0_50=9, n0_05=5)
    server.answer("shifts.count", shops.counted())
    dialog.act()
    qtbot.waitUntil(lambda: dialog.pages.currentIndex() == 1)
    texts = [each.text() for each in dialog.findChildren(type(dialog.said)) if each.isVisible()]
    assert any("134.80" in each for each in texts) and "There is too little." in texts
    shoot(dialog, "shift-difference")
    server.answer("shifts.close", Problem(status=409, code="shift.count_again", detail="Money has moved since: count again."))
    dialog.act()
    qtbot.waitUntil(lambda: dialog.pages.currentIndex() == 0)
    dialog.act()
    qtbot.waitUntil(lambda: dialog.pages.currentIndex() == 1)
    server.answer("shifts.close", shops.report())
    dialog.act()
    qtbot.waitUntil(lambda: dialog.pages.currentIndex() == 2)
    shoot(dialog, "shift-z")
    dialog.act()
    assert not dialog.isVisible() and len(server.asked("shifts.close")) == 2


def test_another_clerks_shift_wants_reason_and_supervisor(owner: QWidget, qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    dialog = CloseShift(desk, owner, shops.shop(), shops.shift(mine=False, clerk="bob"))
    dialog.open()
    server.answer("shifts.count", msgspec.structs.replace(shops.counted("0.00"), mine=False))
    dialog.act()
    qtbot.waitUntil(lambda: dialog.pages.currentIndex() == 1)
    dialog.reason.setText("went home ill")

    def answer(request: Any) -> Any:
        return (
            shops.report() if request.approval is not None else Problem(status=403, code="approval.wanted", detail="A supervisor…", field="approval")
        )

    server.answer("shifts.close", answer)
    dialog.act()
    pin = shown_dialog(qtbot, dialog)
    pin.form.fill({"pin": "1234"})
    pin.submit()
    qtbot.waitUntil(lambda: dialog.pages.currentIndex() == 2)
    assert server.asked("shifts.close")[-1].reason == "went home ill"


def test_cash_moves_x_report_and_drawer(owner: QWidget, qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    dialog = move_cash(desk, owner, shops.shop(), 11)
    dialog.form.fill({"kind": "drop", "amount": "200", "reason": "too much in the drawer"})
    server.answer("shifts.move", shops.shift())
    dialog.submit()
    qtbot.waitUntil(lambda: bool(server.asked("shifts.move")))
    asked = server.asked("shifts.move")[-1]
    assert (asked.kind, asked.amount, asked.currency, asked.reason) == ("drop", "200.00", "EUR", "too much in the drawer")
    server.answer("shifts.report", shops.report("x"))
    x_report(desk, owner, shops.shop(), 11)
    shown = shown_dialog(qtbot, owner, ReportDialog)
    shoot(shown, "x-report")
    shown.accept()
    drawer = open_drawer(desk, owner, shops.till())
    drawer.submit()
    assert not server.asked("tills.open_drawer"), "a reason is needed"


@pytest.fixture
def receipts(qtbot: QtBot, desk: Desk, server: FakeClient) -> TillReceiptsScreen:
    shops.answer(server)
    keep_till(desk, 7, 3)
    screen = TillReceiptsScreen(desk, Place("till_receipts", filters={"shop": "7"}))
    qtbot.addWidget(screen)
    screen.resize(900, 500)
    screen.show()
    screen.refresh()
    qtbot.waitUntil(lambda: bool(screen.list.model.rows) and screen.view is not None)
    return screen


def test_a_receipt_is_shown_printed_again_and_refunded(receipts: TillReceiptsScreen, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    shoot(receipts, "till-receipts")
    receipts.list.table.choose(0)
    assert not next(each for each in receipts.verbs() if each.name == "receipt.refund").enabled, "a Z report is not refunded"
    receipts.list.table.choose(1)
    server.answer("till_receipts.pdf", pdf())
    receipts.show_strip()
    shown_dialog(qtbot, receipts, DocumentDialog).reject()
    server.answer("till_receipts.reprint", Problem(status=409, code="x", detail="no"))
    receipts.print_again()
    qtbot.waitUntil(lambda: bool(server.asked("till_receipts.reprint")))
    assert (server.asked("till_receipts.reprint")[-1].id, server.asked("till_receipts.reprint")[-1].till) == (899, 3)
    receipts.refund()
    dialog = shown_dialog(qtbot, receipts)
    dialog.form.fill({"amount": "1.50", "reason": "bad line"})
    server.answer("bills.refund", shops.settled())
    dialog.submit()
    qtbot.waitUntil(lambda: bool(server.asked("bills.refund")))
    asked = server.asked("bills.refund")[-1]
    assert (asked.id, asked.till, asked.amount, asked.method) == (206, 3, "1.50", "cash")


def test_a_receipt_is_found_by_its_number(receipts: TillReceiptsScreen, qtbot: QtBot, server: FakeClient) -> None:
    receipts.find_number()
    dialog = shown_dialog(qtbot, receipts)
    dialog.form.fill({"number": 1201})
    server.answer("till_receipts.list", msgspec.structs.replace(shops.receipts(), receipts=shops.receipts().receipts[3:4]))
    dialog.submit()
    qtbot.waitUntil(lambda: receipts.chosen is not None and receipts.chosen.number == 1201)


def figures(key: str) -> ShopFigures:
    return ShopFigures(key, "Harbour Calls", "EUR", 14, 31, 8123, "48.20", "9.00", "-1.00", "2.10", "9.75", "21.10", "17.40")


def test_figures_by_day_and_exceptions_by_clerk(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    shops.answer(server)
    server.answer("shops.statistics", lambda asked: ShopStatistics([figures("2026-11-22" if asked.by == "day" else "carl")], [figures("")]))
    drawer = TillEvent(1, shops.AT, "drawer", "carl", "", "Front", 11, 206, None, "1.00", "EUR", "because")
    events = [drawer, msgspec.structs.replace(drawer, id=2, kind="discount", approved_by="sara")]
    server.answer("shops.exceptions", Exceptions(events, [EventTotal("carl", "drawer", 2, "0.00", "EUR")]))
    server.answer("shifts.list", ShiftPage([shops.shift(), msgspec.structs.replace(shops.counted(), id=10, closed_at=shops.AT)]))
    screen = ShopFiguresScreen(desk, Place("shop_figures", filters={"shop": "7"}))
    qtbot.addWidget(screen)
    screen.resize(1000, 500)
    screen.show()
    screen.refresh()
    qtbot.waitUntil(lambda: screen.sales is not None and len(screen.sales.rows) == 2)
    shoot(screen, "shop-figures")
    screen.by.setCurrentIndex(1)
    qtbot.waitUntil(lambda: server.asked("shops.statistics")[-1].by == "clerk")
    screen.page.open_tab("exceptions")
    exceptions = screen.lists[-1]
    qtbot.waitUntil(lambda: len(exceptions.model.rows) == 2)
    assert str(exceptions.model.index(1, 3).data()) == "sara"
    assert "carl: Drawer opened 2 ×" in exceptions.footer.text()
    shoot(screen, "shop-exceptions")
    screen.page.open_tab("shifts")
    shifts = screen.lists[-1]
    qtbot.waitUntil(lambda: len(shifts.model.rows) == 2)
    shifts.opened.emit(shifts.model.rows[0])
    qtbot.waitUntil(screen.shift_cards.isVisible)
    shoot(screen, "shop-shifts")


@pytest.fixture
def settings(qtbot: QtBot, desk: Desk, server: FakeClient) -> ShopSettingsScreen:
    shops.answer(server)
    screen = ShopSettingsScreen(desk, Place("shop_settings", filters={"shop": "7"}))
    qtbot.addWidget(screen)
    screen.resize(1000, 640)
    screen.show()
    screen.refresh()
    qtbot.waitUntil(lambda: screen.view is not None and bool(screen.booths.rows))
    return screen


def test_only_what_was_changed_of_a_shop_is_sent(settings: ShopSettingsScreen, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    form = settings.form
    assert form is not None and form.values() is not None
    shoot(settings, "shop-settings")
    settings._save()
    assert not server.asked("shops.update")
    form.field("rounding").setText("0,1")  # type: ignore[attr-defined]
    form.field("blocked").setPlainText("90, 1900;881")  # type: ignore[attr-defined]
    form.field("currencies").setPlainText("usd 0.9\nGBP = 1.15")  # type: ignore[attr-defined]
    server.answer("shops.update", shops.shop(version=2))
    settings._save()
    qtbot.waitUntil(lambda: bool(server.asked("shops.update")))
    asked = msgspec.to_builtins(server.asked("shops.update")[-1])
    assert asked == {"id": 7, "version": 1, "rounding": "0.10", "blocked": ["90", "1900", "881"], "currencies": {"USD": "0.90", "GBP": "1.15"}}


def test_booths_goods_and_tills_are_edited(settings: ShopSettingsScreen, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    settings.page.open_tab("booths")
    settings.lists["booths"].table.choose(3)
    settings.edit_booth()
    dialog = shown_dialog(qtbot, settings)
    dialog.form.field("name").setText("By the door")
    server.answer("booths.update", shops.booth(4))
    dialog.submit()
    qtbot.waitUntil(lambda: bool(server.asked("booths.update")))
    assert msgspec.to_builtins(server.asked("booths.update")[-1]) == {"id": 4, "version": 1, "name": "By the door"}
    settings.page.open_tab("goods")
    settings.add_goods()
    dialog = shown_dialog(qtbot, settings)
    dialog.form.fill({"name": "Tea", "price": "1,20"})
    server.answer("goods.create", shops.goods().goods[0])
    dialog.submit()
    qtbot.waitUntil(lambda: bool(server.asked("goods.create")))
    assert (server.asked("goods.create")[-1].name, server.asked("goods.create")[-1].price, server.asked("goods.create")[-1].stock) == (
        "Tea",
        "1.20",
        None,
    )
    settings.page.open_tab("tills")
    qtbot.waitUntil(lambda: bool(settings.tills.rows))
    settings.lists["tills"].table.choose(0)
    shoot(settings, "shop-tills")
    settings.edit_till()
    dialog = shown_dialog(qtbot, settings)
    dialog.form.fill({"printer": "network"})
    assert "9100" in dialog.form.address.placeholderText()
    shoot(dialog, "till-form")
    dialog.form.address.setText("192.168.1.50")
    server.answer("tills.update", shops.till())
    dialog.submit()
    qtbot.waitUntil(lambda: bool(server.asked("tills.update")))
    assert server.asked("tills.update")[-1].address == "192.168.1.50"


def test_goods_and_tills_leave_their_lists_and_come_back(
    settings: ShopSettingsScreen, qtbot: QtBot, server: FakeClient, desk: Desk, shoot: Callable[[QWidget, str], None]
) -> None:
    told: list[Any] = []
    desk.told.connect(lambda _text, undo: told.append(undo))
    for noun, archive in (("goods", settings.archive_goods), ("tills", settings.archive_till)):
        settings.page.open_tab(noun)
        qtbot.waitUntil(lambda noun=noun: bool(settings.lists[noun].model.rows))  # type: ignore[misc]
        settings.lists[noun].table.choose(0)
        server.answer(f"{noun}.archive", Done())
        server.answer(f"{noun}.restore", Restored(1, []))
        told.clear()
        archive()
        qtbot.waitUntil(lambda: len(told) == 1)
        told[0]()
        qtbot.waitUntil(lambda: len(told) == 2)
        assert server.asked(f"{noun}.restore")[-1].id == server.asked(f"{noun}.archive")[-1].id
        gone = msgspec.structs.replace(settings.lists[noun].model.rows[0], archived=True)
        server.answer(f"{noun}.list", GoodsPage([gone]) if noun == "goods" else TillPage([gone]))
        settings.lists[noun].set_filter("archived", True)
        qtbot.waitUntil(lambda noun=noun: [each.archived for each in settings.lists[noun].model.rows] == [True])  # type: ignore[misc]
        assert server.asked(f"{noun}.list")[-1].archived
        settings.lists[noun].table.choose(0)
        usable = {each.text: each for each in settings.verbs() if each.enabled}
        assert "Restore" in usable and not {"Edit", "Edit till", "Remove till", "Take off the list"} & usable.keys()
        shoot(settings, f"shop-{noun}-archived")
        usable["Restore"].run()
        qtbot.waitUntil(lambda noun=noun: len(server.asked(f"{noun}.restore")) == 2)  # type: ignore[misc]


def test_a_pin_is_set_with_the_password(settings: ShopSettingsScreen, qtbot: QtBot, server: FakeClient, desk: Desk) -> None:
    settings.set_pin()
    dialog = shown_dialog(qtbot, settings)
    dialog.form.fill({"pin": "4711", "password": "secret"})
    server.answer("pins.set", Done())
    dialog.submit()
    qtbot.waitUntil(lambda: bool(server.asked("pins.set")))
    assert (server.asked("pins.set")[-1].pin, server.asked("pins.set")[-1].login) == ("4711", desk.session.operator.login)


def test_a_colleague_gets_a_code_on_paper(settings: ShopSettingsScreen, qtbot: QtBot, server: FakeClient) -> None:
    settings.pin_code()
    dialog = shown_dialog(qtbot, settings)
    dialog.form.fill({"login": "carl"})
    server.answer("pins.code", OneTimeCode("carl", "ABCD-EFGH", "2026-11-30T10:00:00Z"))
    dialog.submit()
    qtbot.waitUntil(lambda: any(each.secret == "ABCD-EFGH" for each in settings.findChildren(SecretDialog)))
    assert (server.asked("pins.code")[-1].shop, server.asked("pins.code")[-1].login) == (7, "carl")


def test_a_signing_device_is_tested_and_its_state_shown(
    settings: ShopSettingsScreen, qtbot: QtBot, server: FakeClient, shoot: Callable[[QWidget, str], None]
) -> None:
    server.answer("tills.list", TillPage([shops.till(signing_address="http://10.0.0.7/sign", signing="silent")]))
    settings.refresh()
    settings.page.open_tab("tills")
    qtbot.waitUntil(lambda: any(each.signing_address for each in settings.tills.rows))
    settings.lists["tills"].table.choose(0)
    assert "Test the signing device" in [each.text for each in settings.verbs()]
    server.answer("tills.test_signing", SigningTest("signed", "TSE 7", "SIG", "", "", 12))
    settings.test_signing()
    qtbot.waitUntil(lambda: bool(server.asked("tills.test_signing")))
    settings.edit_till()
    dialog = shown_dialog(qtbot, settings)
    assert dialog.form.values()["signing_address"] == "http://10.0.0.7/sign"
    shoot(dialog, "till-form")
    shoot(settings, "shop-tills")

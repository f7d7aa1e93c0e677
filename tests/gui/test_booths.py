"""The booths by keyboard: number keys, F-keys, live figures, and what each act asks of the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.booths.booth_meter import BoothBoard
from appliance.gui.screens.booths.booth_words import parts_text
from appliance.gui.screens.booths.booths import BoothsScreen
from appliance.gui.screens.booths.checkout import Checkout
from appliance.gui.theme import DARK
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.wire.booths import BoothMeter, BoothPage, SessionPart
from appliance.wire.guard import FuseView
from appliance.wire.problem import Problem
from appliance.wire.shops import GuestPrice, GuestPrices, ShopPage
from appliance.wire.tills import TillPage
from tests.gui import shops
from tests.gui.fake_client import FakeClient

Shoot = Callable[[QWidget, str], None]


def made(qtbot: QtBot, desk: Desk, width: int = 1000, height: int = 640) -> BoothsScreen:
    screen = BoothsScreen(desk, Place("booths"))
    qtbot.addWidget(screen)
    screen.resize(width, height)
    screen.show()
    screen.refresh()
    qtbot.waitUntil(lambda: bool(screen.grid.cards))
    return screen


@pytest.fixture
def screen(qtbot: QtBot, desk: Desk, server: FakeClient) -> BoothsScreen:
    shops.answer(server)
    return made(qtbot, desk)


def shown_dialog(qtbot: QtBot, screen: QWidget, kind: type[QDialog] = FormDialog) -> Any:
    def found() -> list[QDialog]:
        return [each for each in screen.findChildren(kind) if each.isVisible()]

    qtbot.waitUntil(lambda: bool(found()))
    return found()[-1]


def verb(screen: BoothsScreen, name: str) -> None:
    action = next(each for each in screen.verbs() if each.name == name)
    assert action.enabled, name
    action.run()


def enabled(screen: BoothsScreen) -> set[str]:
    return {each.name for each in screen.verbs() if each.enabled}


def test_number_keys_and_arrows_choose_a_booth(screen: BoothsScreen, qtbot: QtBot) -> None:
    qtbot.keyClick(screen, Qt.Key.Key_3)
    assert screen.booth is not None and screen.booth.name == "Booth 3"
    screen._forget_digits()
    qtbot.keyClick(screen, Qt.Key.Key_1)
    qtbot.keyClick(screen, Qt.Key.Key_2)
    assert screen.booth.position == 12, "two digits in a row are one number"
    qtbot.keyClick(screen.grid, Qt.Key.Key_Left)
    assert screen.booth.position == 11
    qtbot.keyClick(screen.grid, Qt.Key.Key_Up)
    assert screen.booth.position == 11 - screen.grid.columns()


def test_what_can_be_done_depends_on_the_booth(screen: BoothsScreen) -> None:
    screen.grid.choose(4)
    assert {"booth.open", "booth.broken"} <= enabled(screen) and not {"booth.pay", "booth.top_up", "booth.hang_up"} & enabled(screen)
    screen.grid.choose(1)
    assert {"booth.pay", "booth.top_up", "booth.hang_up", "booth.lock"} <= enabled(screen)
    assert not {"booth.open", "booth.move", "booth.join"} & enabled(screen), "a guest who talks stays where he is"
    screen.grid.choose(6)
    assert {"booth.pay", "booth.pause", "booth.move"} <= enabled(screen) and "booth.lock" not in enabled(screen)


def test_a_booth_is_opened_with_a_deposit(screen: BoothsScreen, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    screen.grid.choose(4)
    qtbot.keyClick(screen, Qt.Key.Key_Return)
    dialog = shown_dialog(qtbot, screen)
    form = dialog.form
    form.fill({"note": "Mr. Li", "mode": "deposit", "deposit": "500"})
    assert "The shop's own credit is 412.60" in form.warning.text(), "more than the shop can pay is said before it is taken"
    shoot(dialog, "booth-open")
    form.fill({"deposit": "5"})
    assert not form.warning.isVisible()
    server.answer("booth_sessions.open", shops.booth(4, "open", session=shops.session(4, mode="deposit", deposit="5.00", left="5.00")))
    before = len(server.asked("booths.list"))
    dialog.submit()
    qtbot.waitUntil(lambda: bool(server.asked("booth_sessions.open")))
    asked = server.asked("booth_sessions.open")[-1]
    assert (asked.booth, asked.mode, asked.deposit, asked.till, asked.note) == (4, "deposit", "5.00", 3, "Mr. Li") and asked.request_id
    qtbot.waitUntil(lambda: screen.session is not None)
    assert screen.booth is not None and screen.booth.state == "open"
    assert len(server.asked("booths.list")) == before, "the reply is shown without another question"


def test_postpaid_with_a_time_limit(screen: BoothsScreen, qtbot: QtBot, server: FakeClient) -> None:
    screen.grid.choose(4)
    screen.open_booth()
    dialog = shown_dialog(qtbot, screen)
    dialog.form.fill({"minutes": 10, "money_limit": "3"})
    server.answer("booth_sessions.open", shops.booth(4, "open", session=shops.session(4)))
    dialog.submit()
    qtbot.waitUntil(lambda: bool(server.asked("booth_sessions.open")))
    asked = server.asked("booth_sessions.open")[-1]
    assert (asked.mode, asked.time_limit_seconds, asked.money_limit, asked.deposit) == ("postpaid", 600, "3.00", None)


def test_no_money_without_a_shift(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    shops.answer(server, till=shops.till(shift=None, clerk=""))
    screen = made(qtbot, desk)
    said: list[str] = []
    desk.told.connect(lambda text, undo: said.append(text))
    screen.grid.choose(1)
    verb(screen, "booth.pay")
    assert said and "shift" in said[-1] and not screen.findChildren(Checkout)
    assert screen.counter.shift.accessibleName() == "No shift"


def test_top_up_while_the_guest_talks(screen: BoothsScreen, qtbot: QtBot, server: FakeClient) -> None:
    screen.grid.choose(2)
    verb(screen, "booth.top_up")
    dialog = shown_dialog(qtbot, screen)
    dialog.form.fill({"amount": "2", "method": "card"})
    server.answer("booth_sessions.top_up", shops.floor().booths[1])
    dialog.submit()
    qtbot.waitUntil(lambda: bool(server.asked("booth_sessions.top_up")))
    asked = server.asked("booth_sessions.top_up")[-1]
    assert (asked.id, asked.amount, asked.method, asked.till) == (102, "2.00", "card", 3)


def test_lock_ends_a_call_only_when_asked(screen: BoothsScreen, qtbot: QtBot, server: FakeClient) -> None:
    screen.grid.choose(1)
    verb(screen, "booth.lock")
    dialog = shown_dialog(qtbot, screen, QDialog)
    assert not server.asked("booth_sessions.set_state")
    server.answer("booth_sessions.set_state", shops.booth(1, "to_pay", session=shops.session(1, state="locked", total="4.10")))
    dialog.accept()
    qtbot.waitUntil(lambda: bool(server.asked("booth_sessions.set_state")))
    asked = server.asked("booth_sessions.set_state")[-1]
    assert (asked.id, asked.state, asked.hang_up) == (101, "locked", True)


def test_move_join_pause_and_hang_up(screen: BoothsScreen, qtbot: QtBot, server: FakeClient) -> None:
    screen.grid.choose(3)
    verb(screen, "booth.move")
    dialog = shown_dialog(qtbot, screen)
    assert dialog.form.field("booth").count() == 5, "closed booths only"
    server.answer("booth_sessions.transfer", shops.booth(4, "open", session=shops.session(4)))
    dialog.submit()
    qtbot.waitUntil(lambda: bool(server.asked("booth_sessions.transfer")))
    assert server.asked("booth_sessions.transfer")[-1].booth == 4
    screen.grid.choose(7)
    verb(screen, "booth.join")
    dialog = shown_dialog(qtbot, screen)
    server.answer("booth_sessions.join", shops.bill())
    dialog.submit()
    qtbot.waitUntil(lambda: bool(server.asked("booth_sessions.join")))
    assert server.asked("booth_sessions.join")[-1].id == 107
    server.answer("booth_sessions.set_state", shops.booth(7, "open", session=shops.session(7)))
    verb(screen, "booth.pause")
    qtbot.waitUntil(lambda: bool(server.asked("booth_sessions.set_state")))
    assert server.asked("booth_sessions.set_state")[-1].state == "open", "what is paused goes on"


def test_live_figures_move_the_card_and_warn(screen: BoothsScreen, server: FakeClient, desk: Desk) -> None:
    row = BoothMeter(1, 101, shops.call(seconds=188, money="1.25"), "3.80", None, 20, True)
    asked = len(server.asked("booths.list"))
    desk.live.emit({"booths": [msgspec.to_builtins(row)], "booths_gone": [], "calls": [], "gone": []})
    shown = screen.board.booths[1]
    assert shown.warn and shown.view.session is not None and shown.view.session.total == "3.80"
    assert shown.seconds(screen.board.now()) >= 188 and shown.left_seconds(shown.heard_at + 7) == 13
    assert len(server.asked("booths.list")) == asked, "figures ask the server nothing"
    desk.live.emit({"booths": [{"booth": "x"}]})
    desk.live.emit(None)


def test_changes_ask_for_the_cards_again(screen: BoothsScreen, qtbot: QtBot, server: FakeClient, desk: Desk) -> None:
    server.answer("booths.list", BoothPage([shops.booth(1), shops.booth(2)], shops.AT))
    desk.listener.tell("booth", frozenset({1}))
    qtbot.waitUntil(lambda: len(screen.grid.cards) == 2)
    assert screen.booth is not None


def test_price_while_typing(screen: BoothsScreen, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    prices = [
        GuestPrice("233", "Ghana", "GH", "0.3500", "0.00", 60, 1, False, "1.75"),
        GuestPrice("23324", "Ghana mobile MTN", "GH", "0.4000", "0.10", 60, 1, False, "2.10"),
        GuestPrice("23390", "Ghana premium", "GH", "2.0000", "0.00", 60, 60, True, "10.00"),
    ]
    server.answer("shops.prices", GuestPrices("EUR", "", "", prices))
    qtbot.keyClick(screen, "g")
    assert screen.prices.field.text() == "g", "letters go to the price field"
    qtbot.waitUntil(lambda: screen.prices.answer.isVisible() and screen.prices.grid.count() == 12)
    shoot(screen, "booths-price")
    server.answer("shops.prices", GuestPrices("EUR", "999", "no_rate", []))
    screen.prices.field.setText("999")
    qtbot.waitUntil(lambda: "no price" in screen.prices.said.text())
    qtbot.keyClick(screen.prices.field, Qt.Key.Key_Escape)
    assert not screen.prices.field.text()


def test_no_shop_says_what_to_do(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("shops.list", ShopPage([]))
    screen = BoothsScreen(desk, Place("booths"))
    qtbot.addWidget(screen)
    screen.resize(900, 500)
    screen.show()
    screen.refresh()
    qtbot.waitUntil(lambda: screen.middle.currentWidget() is screen.none)
    shoot(screen, "booths-none")


def test_a_server_that_fails_is_said_where_the_cards_would_be(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("shops.list", Problem(status=0, code="console.no_line", detail="The server does not answer."))
    made = BoothsScreen(desk, Place("booths"))
    qtbot.addWidget(made)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: made.none.sentence is not None and made.none.sentence.text() == "The server does not answer.")
    assert made.middle.currentWidget() is made.none


def test_the_till_of_this_computer_is_remembered_for_everybody(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    shops.answer(server)
    server.answer("tills.list", TillPage([shops.till(), shops.till(id=4, name="Back", shift=None)]))
    screen = made(qtbot, desk)
    assert screen.counter.till is None and screen.counter.till_chooser.count() == 3, "with two tills nobody guesses"
    screen.counter.till_chooser.setCurrentIndex(2)
    screen.counter._other_till(2)
    assert screen.counter.till is not None and screen.counter.till.name == "Back"
    assert desk.memory.of("somebody", "else").shared().get("till.7") == 4


def test_pictures(screen: BoothsScreen, qtbot: QtBot, desk: Desk, shoot: Shoot) -> None:
    """Looked at; here only that every look can be painted."""
    shoot(screen, "booths")
    screen.resize(620, 420)
    shoot(screen, "booths-narrow")
    screen.resize(1000, 640)
    desk.theme.choose(DARK)
    shoot(screen, "booths-dark")
    words.use("ar")
    QApplication.instance().setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # type: ignore[union-attr]
    mirrored = made(qtbot, desk)
    shoot(mirrored, "booths-arabic")
    first, second = (mirrored.grid.cards[at].geometry() for at in (1, 2))
    assert first.left() > second.left(), "the first booth stands at the right"


def test_sixty_booths_cost_little_a_second(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    many = [shops.booth(at, "in_call", session=shops.session(at), call=shops.call(id=at)) for at in range(1, 61)]
    shops.answer(server, floor=BoothPage(many, shops.AT))
    screen = made(qtbot, desk, 1600, 900)
    assert len(screen.grid.cards) == 60 and isinstance(screen.board, BoothBoard)


def test_calls_that_were_stopped_are_told_with_their_reason_and_let_go_on(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    shops.answer(server)
    fuse = FuseView(5, 7, "Harbour Calls", "Harbour Telecom", "no.such.code", "They cost 50.00 EUR in an hour.", {}, shops.AT, None, "", "")
    server.answer("shops.get", shops.shop(fuse=fuse))
    screen = made(qtbot, desk)
    qtbot.waitUntil(screen.counter.fuse.isVisible)
    assert "They cost 50.00 EUR in an hour." in screen.counter.fuse.text() and screen.counter.release.isVisible()
    server.answer("fuses.release", fuse)
    server.answer("shops.get", shops.shop())
    qtbot.mouseClick(screen.counter.release, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not screen.counter.fuse.isVisible())
    assert server.asked("fuses.release")[-1].id == 5


def test_the_card_of_a_joined_bill_says_whose_part_is_what(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    shops.answer(server)
    parts = [SessionPart(101, "Booth 1", "Ana", 1, "0.30"), SessionPart(102, "Booth 2", "Ben", 2, "0.60")]
    session = shops.session(1, total="0.90", calls=3, parts=parts)
    server.answer("booths.list", BoothPage([shops.booth(1, "open", session=session)], shops.AT))
    screen = made(qtbot, desk)
    assert parts_text(session).replace("\u00a0", " ") == "with Ben: 0.60 EUR"
    shoot(screen, "joined-card")

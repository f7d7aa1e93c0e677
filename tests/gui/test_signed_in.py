"""What outlives windows: several windows, another language, a session that the server ended, signing out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from appliance.clock import SteppedClock
from appliance.gui import words
from appliance.gui.app import Console
from appliance.gui.connect_dialog import ConnectDialog
from appliance.gui.desk import Place
from appliance.gui.memory import Memory
from appliance.gui.screens.alerts import AlertsScreen
from appliance.gui.signed_in import SignedIn
from appliance.gui.theme import DARK, LIGHT, Theme
from appliance.wire.alerts import Alerts
from appliance.wire.operators import Session
from appliance.wire.shapes import Done
from tests.gui import trade
from tests.gui.fake_client import FakeClient
from tests.gui.people import page, whole_customer


@pytest.fixture
def signed(qtbot: QtBot, server: FakeClient, session: Session, memory: Memory, theme: Theme) -> Iterator[SignedIn]:
    server.base_url = "http://127.0.0.1:9"  # the stream and the watch find nobody there
    server.answer("customers.list", page())
    server.answer("customers.get", whole_customer())
    server.answer("operators.sign_out", Done())
    server.answer("operators.sign_in", session)
    made = SignedIn(server, session, memory, theme, SteppedClock(), memory, lambda url, pin: server)
    made.begin()
    made.windows[0].go(Place("customers"))
    yield made
    made.end()
    qtbot.wait(20)


def test_another_window_opens_where_one_is(signed: SignedIn) -> None:
    signed.windows[0].another.emit()
    assert [window.places[-1] for window in signed.windows] == [Place("customers")] * 2


def test_each_window_has_its_own_way_and_one_closed_leaves_the_other(signed: SignedIn, server: FakeClient, qtbot: QtBot) -> None:
    first = signed.windows[0]
    first.another.emit()
    second = next(each for each in signed.windows if each is not first)
    second.go(Place("customer", 1))
    assert [each.name for each in second.places] == ["customers", "customer"]
    assert first.places[-1] == Place("customers") and second.desk is not first.desk
    assert second.desk.session is first.desk.session and second.desk.client is first.desk.client
    second.step(-1)
    assert second.places[-1] == Place("customers")
    first.close()
    assert signed.windows == [second] and server.asked("operators.sign_out") == []
    before = len(server.asked("customers.list"))
    signed.listener.tell("customer")
    qtbot.waitUntil(lambda: len(server.asked("customers.list")) > before)


def test_a_place_asked_for_in_one_window_opens_there(signed: SignedIn) -> None:
    first = signed.windows[0]
    second = signed.open_window([Place("customers")])
    second.desk.go(Place("customer", 1))
    assert (first.places[-1].name, second.places[-1].name) == ("customers", "customer")


Begin = Callable[[], SignedIn]


@pytest.fixture
def begin(qtbot: QtBot, server: FakeClient, session: Session, memory: Memory, theme: Theme) -> Iterator[Begin]:
    """The same person at the same computer, again and again."""
    server.base_url = "http://127.0.0.1:9"
    server.answer("customers.list", page())
    server.answer("customers.get", whole_customer())
    server.answer("operators.sign_out", Done())
    made: list[SignedIn] = []

    def again() -> SignedIn:
        made.append(SignedIn(server, session, memory, theme, SteppedClock(), memory, lambda url, pin: server))
        made[-1].begin()
        return made[-1]

    yield again
    for each in made:
        if shiboken6.isValid(each):
            each.end()
    qtbot.wait(20)


def test_several_windows_are_there_again_at_the_next_sign_in(begin: Begin) -> None:
    signed = begin()
    signed.windows[0].go(Place("customers"))
    other = signed.open_window([Place("customer", 1)])
    other.resize(1040, 610)
    signed.windows[0].sign_out.emit()
    back = begin()
    assert sorted((each.places[-1].name, each.places[-1].id) for each in back.windows) == [("customer", 1), ("customers", 0)]
    found = next(each for each in back.windows if each.places[-1].id == 1)
    assert found.height() == 610


def test_a_window_that_was_closed_stays_closed(begin: Begin, qtbot: QtBot) -> None:
    signed = begin()
    other = signed.open_window([Place("customer", 1)])
    other.close()
    qtbot.waitUntil(lambda: not signed._closing.isActive())
    signed.windows[0].sign_out.emit()
    assert [each.places[-1].name for each in begin().windows] == ["dashboard"]


def test_windows_closed_together_come_back_together(begin: Begin) -> None:
    """As by the computer's shutting down, which closes one after the other."""
    signed = begin()
    signed.open_window([Place("customer", 1)])
    for each in list(signed.windows):
        each.close()
    assert len(begin().windows) == 2


def test_language_and_look_are_the_persons(
    qapp: QApplication, qtbot: QtBot, server: FakeClient, session: Session, memory: Memory, dressed: Theme
) -> None:
    server.base_url = "http://127.0.0.1:9"
    server.answer("operators.sign_out", Done())
    console = Console(qapp, memory, SteppedClock())

    def sign_in(login: str, language: str) -> SignedIn:
        operator = msgspec.structs.replace(session.operator, login=login, language=language)
        console._connected(server, msgspec.structs.replace(session, operator=operator))
        assert isinstance(console.signed, SignedIn)
        return console.signed

    try:
        mira = sign_in("mira", "en")
        mira.windows[0]._choose_look(DARK)
        mira.windows[0].language_chosen.emit("de")
        mira.end()
        sign_in("sam", "es").end()
        assert words.language() == "es"
        sign_in("mira", "en").end()
        assert words.language() == "de" and console.theme.dark
    finally:
        console.close()
        console.theme.choose(LIGHT)
        dressed._dressed = ""
        dressed.choose(LIGHT)
        qapp.setQuitOnLastWindowClosed(False)
        qtbot.wait(20)


def test_the_notice_leads_to_its_alert_in_the_window_that_was_used_last(signed: SignedIn, server: FakeClient, qtbot: QtBot) -> None:
    server.answer("alerts.list", trade.ALERTS)
    signed.show_tray()
    first = signed.windows[0]
    second = signed.open_window([Place("customers")])
    first.entered.emit()
    tray = signed.tray
    assert tray is not None
    tray.show_alerts(Alerts([]))
    tray.show_alerts(Alerts([trade.ALERTS.alerts[1]]))
    tray.icon.messageClicked.emit()
    assert first.places[-1].name == "alerts" and second.places[-1].name == "customers"
    screen = first.screen_shown
    assert isinstance(screen, AlertsScreen)
    qtbot.waitUntil(lambda: screen.list.current() is not None)
    assert screen.list.current() == trade.ALERTS.alerts[1]


def test_language_builds_windows_anew_at_their_place(signed: SignedIn, qapp: QApplication) -> None:
    first = signed.windows[0]
    first.go(Place("customer", 1))
    signed.language_chosen.connect(lambda code: qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft))
    first.language_chosen.emit("ar")
    assert signed.windows[0] is not first
    assert signed.windows[0].places == first.places
    assert signed.windows[0].layoutDirection() == Qt.LayoutDirection.RightToLeft


def test_ended_session_is_opened_again_over_the_window(signed: SignedIn, server: FakeClient, qtbot: QtBot) -> None:
    window = signed.windows[0]
    server.signed_out.emit()
    server.signed_out.emit()
    asked = [each for each in window.findChildren(ConnectDialog) if each.isVisible()]
    assert len(asked) == 1
    before = len(server.asked("customers.list"))
    asked[0].form.fill({"password": "correct horse"})
    asked[0].submit()
    qtbot.waitUntil(lambda: len(server.asked("customers.list")) > before)
    assert signed.windows == [window]


def test_signing_out_tells_the_server_and_ends(signed: SignedIn, server: FakeClient, qtbot: QtBot) -> None:
    with qtbot.waitSignal(signed.ended):
        signed.windows[0].sign_out.emit()
    assert len(server.asked("operators.sign_out")) == 1
    assert signed.windows == []


def test_last_window_closed_ends_the_program(signed: SignedIn, qtbot: QtBot) -> None:
    with qtbot.waitSignal(signed.closed):
        signed.windows[0].close()

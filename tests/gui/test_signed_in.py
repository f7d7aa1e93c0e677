"""What outlives windows: several windows, another language, a session that the server ended, signing out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from appliance.clock import SteppedClock
from appliance.gui.connect_dialog import ConnectDialog
from appliance.gui.desk import Place
from appliance.gui.memory import Memory
from appliance.gui.signed_in import SignedIn
from appliance.gui.theme import Theme
from appliance.wire.operators import Session
from appliance.wire.shapes import Done
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

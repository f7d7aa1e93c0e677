"""The daily summary by e-mail: one's own tick on one's account, and everybody's in the settings."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk
from appliance.gui.screens.settings.account_summary import OwnSummary, SummaryList
from appliance.gui.theme import DARK
from appliance.wire.problem import Problem
from appliance.wire.shapes import Done
from appliance.wire.summaries import SummaryReceive, SummaryReceiver, SummaryReceivers
from tests.gui.fake_client import FakeClient

Shoot = Callable[[QWidget, str], None]
OWN = SummaryReceiver(1, "mira", "Mira Owner", "mira@example.test", "Harbour Telecom", True)
BEN = SummaryReceiver(2, "ben", "Ben & Co", "", "North Voice", False)


def shown(widget: QWidget, qtbot: QtBot) -> None:
    qtbot.addWidget(widget)
    widget.resize(640, 160)
    widget.show()


def test_one_chooses_for_oneself(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("summaries.receivers", SummaryReceivers(7, [OWN, BEN]))
    server.answer("summaries.receive", lambda asked: msgspec.structs.replace(OWN, receives=asked.receive))
    server.answer("summaries.send", Done(4))
    made = OwnSummary(desk)
    shown(made, qtbot)
    made.ask()
    qtbot.waitUntil(made.box.isEnabled)
    assert made.box.isChecked() and "mira@example.test" in made.said.text() and "7:00" in made.said.text()
    made.box.click()
    qtbot.waitUntil(lambda: bool(server.asked("summaries.receive")) and made.box.isEnabled())
    assert server.asked("summaries.receive") == [SummaryReceive(False)] and not made.box.isChecked()
    made.send_button.click()
    qtbot.waitUntil(lambda: bool(server.asked("summaries.send")))


def test_without_a_business_or_a_mailbox_it_says_why(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    made = OwnSummary(desk)
    shown(made, qtbot)
    server.answer("summaries.receivers", SummaryReceivers(7, []))
    made.ask()
    qtbot.waitUntil(lambda: "call shop" in made.said.text())
    assert not made.box.isEnabled()
    server.answer("summaries.receivers", SummaryReceivers(7, [msgspec.structs.replace(OWN, email="")]))
    made.ask()
    qtbot.waitUntil(lambda: "no e-mail address" in made.said.text())
    assert made.box.isEnabled() and not made.send_button.isEnabled()


@pytest.mark.parametrize("look", ["", "-dark", "-arabic"])
def test_who_manages_operators_ticks_them(qtbot: QtBot, qapp: QApplication, desk: Desk, server: FakeClient, shoot: Shoot, look: str) -> None:
    if look == "-dark":
        desk.theme.choose(DARK)
    if look == "-arabic":
        words.use("ar")
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    server.answer("summaries.receivers", SummaryReceivers(7, [OWN, BEN]))
    made = SummaryList(desk)
    shown(made, qtbot)
    qtbot.waitUntil(lambda: len(made.boxes) == 2)
    shoot(made, f"summary-receivers{look}")
    server.answer("summaries.receive", Problem(status=403, code="access.forbidden", detail="You may not do this."))
    made.boxes[2].click()
    qtbot.waitUntil(lambda: not made.boxes[2].isChecked() and made.boxes[2].isEnabled())
    server.answer("summaries.receive", BEN)
    made.boxes[2].click()
    qtbot.waitUntil(lambda: len(server.asked("summaries.receive")) == 2)
    assert server.asked("summaries.receive")[-1] == SummaryReceive(True, 2) and made.boxes[2].isChecked()

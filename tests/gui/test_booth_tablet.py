"""A tablet for the chosen booth: its code is shown once, and all tablets of it end only after they were asked about."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from appliance.gui.desk import Desk
from appliance.gui.screens.booths.booths import BoothsScreen
from appliance.gui.screens.settings.operators_code import SecretDialog
from appliance.wire.booths import TabletCode
from appliance.wire.shapes import Done
from tests.gui import shops
from tests.gui.fake_client import FakeClient
from tests.gui.test_booths import Shoot, enabled, made, shown_dialog, verb


@pytest.fixture
def screen(qtbot: QtBot, desk: Desk, server: FakeClient) -> BoothsScreen:
    shops.answer(server)
    return made(qtbot, desk)


def test_a_code_is_shown_for_the_booth(screen: BoothsScreen, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    screen.grid.choose(1)
    assert {"booth.tablet", "booth.end_tablets"} <= enabled(screen)
    server.answer("booths.tablet_code", TabletCode(1, "1234 5678", "2026-01-01T12:10:00.000Z", "/booth", 1))
    verb(screen, "booth.tablet")
    dialog = shown_dialog(qtbot, screen, SecretDialog)
    assert dialog.secret == "1234 5678" and server.asked("booths.tablet_code")[-1].id == 1
    shoot(dialog, "tablet-code")
    dialog.accept()


def test_tablets_end_only_after_the_question(screen: BoothsScreen, qtbot: QtBot, server: FakeClient) -> None:
    screen.grid.choose(1)
    server.answer("booths.end_tablets", Done(1))
    verb(screen, "booth.end_tablets")
    dialog = shown_dialog(qtbot, screen, QDialog)
    assert not server.asked("booths.end_tablets")
    dialog.accept()
    qtbot.waitUntil(lambda: bool(server.asked("booths.end_tablets")))
    assert server.asked("booths.end_tablets")[-1].id == 1

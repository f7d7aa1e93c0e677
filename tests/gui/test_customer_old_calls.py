"""Calls of before, on the page of a customer who was moved in; no tab of them for others."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.customers.customer_page import CustomerScreen
from appliance.gui.theme import DARK, Theme
from appliance.gui.widgets.list_page import ListPage
from appliance.wire.moving import OldCallPage, OldCallView
from tests.gui.fake_client import FakeClient
from tests.gui.people import whole_customer

Shoot = Callable[[QWidget, str], None]


def opened(qtbot: QtBot, desk: Desk, moved_from: str, server: FakeClient) -> CustomerScreen:
    server.answer("customers.get", msgspec.structs.replace(whole_customer(), moved_from=moved_from))
    made = CustomerScreen(desk, Place("customer", 1))
    qtbot.addWidget(made)
    made.resize(1000, 600)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: made.view is not None)
    return made


def titles(screen: CustomerScreen) -> list[str]:
    bar = screen.page.bar
    return [bar.tabText(at) for at in range(bar.count()) if bar.isTabVisible(at)]


def test_who_was_made_here_has_no_such_tab(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    assert "Earlier calls" not in titles(opened(qtbot, desk, "", server))


@pytest.mark.parametrize("look", ["", "-dark", "-arabic"])
def test_who_was_moved_in_shows_what_he_called(
    qtbot: QtBot, qapp: QApplication, theme: Theme, desk: Desk, server: FakeClient, shoot: Shoot, look: str
) -> None:
    if look == "-dark":
        theme.choose(DARK)
    elif look == "-arabic":
        words.use("ar")
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    screen = opened(qtbot, desk, "astpp", server)
    assert words._("Earlier calls") in titles(screen)
    calls = [
        OldCallView(2, "astpp", "2026-05-02T10:00:00Z", 61, "31201112233", "31612345678", "Netherlands", "0.121", "EUR"),
        OldCallView(1, "astpp", "2026-05-01T09:00:00Z", 0, "", "", "United Kingdom", "0.00", "EUR"),
    ]
    server.answer("old_calls.list", OldCallPage(calls))
    screen.page.open_tab("old_calls")
    made = screen.page.built["old_calls"]
    assert isinstance(made, ListPage)
    qtbot.waitUntil(lambda: made.model.rowCount() == 2)
    shoot(screen, f"customer-old-calls{look}")
    screen.resize(760, 500)
    shoot(screen, f"customer-old-calls-narrow{look}")

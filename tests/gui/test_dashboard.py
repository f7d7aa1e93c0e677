"""The month on the dashboard: columns that say their figures under the keyboard, and the table behind them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk
from appliance.gui.screens.dashboard.dashboard_chart import CALLS, MonthChart
from appliance.gui.theme import DARK
from tests.gui import trade
from tests.gui.fake_client import FakeClient

Shoot = Callable[[QWidget, str], None]


def chart(qtbot: QtBot, desk: Desk, server: FakeClient) -> MonthChart:
    server.answer("statistics.calls", trade.month_by_day())
    made = MonthChart(desk)
    qtbot.addWidget(made)
    made.resize(760, 260)
    made.show()
    made.ask()
    qtbot.waitUntil(lambda: len(made.chart.days) == 23)
    return made


@pytest.mark.parametrize("look", ["", "-dark", "-arabic"])
def test_each_day_says_its_figures(qtbot: QtBot, qapp: QApplication, desk: Desk, server: FakeClient, shoot: Shoot, look: str) -> None:
    if look == "-dark":
        desk.theme.choose(DARK)
    if look == "-arabic":
        words.use("ar")
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    made = chart(qtbot, desk, server)
    whole = made.said.text()
    if not look:
        assert "9,120" in whole and "577.20" in whole and "margin" in whole
    made.chart.setFocus()
    qtbot.keyClick(made.chart, Qt.Key.Key_Home)
    assert made.chart.at == 0
    forward = Qt.Key.Key_Left if look == "-arabic" else Qt.Key.Key_Right
    for _each in range(11):
        qtbot.keyClick(made.chart, forward)
    assert made.chart.at == 11 and made.said.text() == made.chart.days[11].said == made.chart.accessibleDescription()
    assert made.chart.days[11].inner is not None and made.chart.days[11].inner < 0  # the day that lost money hangs below the line
    shoot(made, f"month-chart{look}")


def test_the_same_figures_stand_in_a_table(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    made = chart(qtbot, desk, server)
    made.bar.setCurrentIndex(CALLS)
    assert made.chart.days[0].value == 206 and made.chart.days[0].inner is None
    assert made.chart.accessibleName() == "This month by day: Calls"
    made.turn()
    assert made.table.isVisible() and not made.chart.isVisible() and made.table.rows[0].label == "2026-01-23"
    shoot(made, "month-table")
    made.turn()
    assert made.chart.isVisible()

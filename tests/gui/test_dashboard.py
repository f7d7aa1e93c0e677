"""The dashboard's parts: the month by day under the keyboard and as a table, trunks that fail, and the daily summary day by day."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.dashboard.dashboard import DashboardScreen
from appliance.gui.screens.dashboard.dashboard_chart import CALLS, MonthChart
from appliance.gui.screens.dashboard.dashboard_summary import DaySummary
from appliance.gui.screens.dashboard.dashboard_trunks import FailedTrunks
from appliance.gui.theme import DARK
from appliance.gui.widgets.document_view import DocumentDialog
from appliance.wire.problem import Problem
from appliance.wire.shapes import Done
from appliance.wire.summaries import SummaryGet, SummaryView
from appliance.wire.trunks import TrunkPage
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


def test_today_is_drawn_by_hour(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    made = chart(qtbot, desk, server)
    server.answer("statistics.calls", trade.today_by_hour())
    made.period.click()
    qtbot.waitUntil(lambda: len(made.chart.days) == 15)
    assert server.asked("statistics.calls")[-1].by == "hour" and made.heading.text() == "Today by hour"
    assert made.chart.days[9].name == "09" and made.chart.days[9].said.startswith("09:00 ")
    made.show_view(trade.month_by_day())  # an answer that comes too late
    assert len(made.chart.days) == 15
    shoot(made, "today-chart")
    server.answer("statistics.calls", trade.month_by_day())
    made.period.click()
    qtbot.waitUntil(lambda: len(made.chart.days) == 23)


# the whole -------------------------------------------------------------------------------------------------------------


def dress(look: str, desk: Desk, qapp: QApplication) -> None:
    if "-dark" in look:
        desk.theme.choose(DARK)
    if "-arabic" in look:
        words.use("ar")
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)


def texts(widget: QWidget) -> str:
    return "\n".join(each.text() for each in (*widget.findChildren(QLabel), *widget.findChildren(QPushButton)) if each.isVisibleTo(widget))


@pytest.mark.parametrize("look", ["", "-dark", "-arabic", "-narrow", "-new"])
def test_everything_that_console_md_names_stands_on_it(
    qtbot: QtBot, qapp: QApplication, desk: Desk, server: FakeClient, shoot: Shoot, look: str
) -> None:
    dress(look, desk, qapp)
    new = look == "-new"
    empty = msgspec.structs.replace(trade.TODAY, today=trade.nothing(), month=trade.nothing(), low=[], running=0, online=0)
    for name, view in (
        ("statistics.today", empty if new else trade.TODAY),
        ("alerts.list", msgspec.structs.replace(trade.ALERTS, alerts=[]) if new else trade.ALERTS),
        ("trunks.list", TrunkPage([]) if new else trade.TRUNKS),
        ("summaries.get", trade.quiet_day() if new else trade.SUMMARY),
        ("calls.list", msgspec.structs.replace(trade.RUNNING, calls=[]) if new else trade.RUNNING),
        ("statistics.calls", trade.month_by_day()),
    ):
        server.answer(name, view)
    screen = DashboardScreen(desk, Place("dashboard"))
    qtbot.addWidget(screen)
    screen.setup.setMaximumHeight(0)
    screen.resize(620 if look == "-narrow" else 1000, 1500)
    screen.show()
    screen.refresh()
    qtbot.waitUntil(lambda: screen.summary.view is not None and bool(screen.online.text()) and len(screen.live.rows) == (0 if new else 2))
    qtbot.waitUntil(lambda: screen.trunks.shown is not None and screen.chart.view is not None and screen.alerts.count() > 0)
    shoot(screen, f"dashboard-whole{look}")
    assert screen._pages.minimumSizeHint().width() <= (580 if look == "-narrow" else 780)
    if look:
        return
    qtbot.waitUntil(lambda: "403 Forbidden" in texts(screen.trunks))
    said = texts(screen)
    for each in (
        "Today",
        "This month",
        "Running calls",
        "Sales a second",
        "Alerts",
        "Money ends soon",
        "Failed trunks",
        "This month by day",
        "Daily summary",
    ):
        assert each in said, each
    assert "Backbone" in said and "403 Forbidden" in said and "Every trunk works." not in said


def test_failed_trunks_lead_to_their_pages(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("trunks.list", trade.TRUNKS)
    made = FailedTrunks(desk)
    qtbot.addWidget(made)
    made.show()
    made.ask()
    qtbot.waitUntil(lambda: "Backbone" in texts(made))
    [way] = made.findChildren(QPushButton)
    way.click()
    assert desk.places == [Place("trunk", id=2)]  # type: ignore[attr-defined]
    made.show_trunks(TrunkPage([trade.trunk()]))
    qtbot.waitUntil(lambda: texts(made) == "Every trunk works.")


# the daily summary -----------------------------------------------------------------------------------------------------


@pytest.fixture
def day(qtbot: QtBot, desk: Desk, server: FakeClient) -> DaySummary:
    def of(request: SummaryGet) -> SummaryView:
        return msgspec.structs.replace(trade.SUMMARY, on=request.on or "2025-12-31", made_at=None if request.on else trade.SUMMARY.made_at)

    server.answer("summaries.get", of)
    made = DaySummary(desk)
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    made.ask()
    qtbot.waitUntil(lambda: made.view is not None)
    return made


def test_one_looks_at_earlier_days(day: DaySummary, qtbot: QtBot, server: FakeClient) -> None:
    said = texts(day)
    for each in ("Bob's Call Shop · till", "−2.50\u00a0EUR", "KPN", "Second copy", "Up to date", "and 4 more"):
        assert each in said, each
    assert day.said.isHidden()
    day.before.click()
    qtbot.waitUntil(lambda: day.view is not None and day.view.on == "2025-12-30")
    assert server.asked("summaries.get")[-1].on == "2025-12-30" and "No summary was made that day" in day.said.text()
    day.after.click()
    qtbot.waitUntil(lambda: day.view is not None and day.view.on == "2025-12-31")


@pytest.mark.parametrize("look", ["", "-arabic"])
def test_the_day_goes_on_paper(qtbot: QtBot, qapp: QApplication, desk: Desk, server: FakeClient, shoot: Shoot, look: str) -> None:
    dress(look, desk, qapp)
    made = DaySummary(desk)
    qtbot.addWidget(made)
    made.show()
    made.show_day(trade.SUMMARY)
    made.print_button.click()
    paper = made.findChild(DocumentDialog)
    assert paper is not None and len(paper.pages) <= 2
    said = "".join(paper.pages._document[at].get_textpage().get_text_range() for at in range(len(paper.pages)))
    for each in ("Harbour Telecom", "Backbone", "171.30", "Cuba"):
        assert each in said, each
    shoot(paper, f"summary-paper{look}")


def test_the_day_is_sent_to_whoever_asks_and_what_fails_is_said(day: DaySummary, qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    assert day.send_button.isHidden()  # nobody's mailbox is known
    operator = msgspec.structs.replace(desk.session.operator, email="mira@example.test")
    desk.session = msgspec.structs.replace(desk.session, operator=operator)
    day.show_day(trade.SUMMARY)
    assert day.send_button.isVisible()
    server.answer("summaries.send", Done(5))
    day.send_button.click()
    qtbot.waitUntil(lambda: bool(server.asked("summaries.send")))
    assert server.asked("summaries.send")[-1].on == "2025-12-31"
    other = DaySummary(desk)
    qtbot.addWidget(other)
    other.show()
    server.answer("summaries.get", Problem(status=503, code="server.busy", detail="Too much is asked at once. Try again."))
    other.ask()
    qtbot.waitUntil(lambda: "Too much" in other.said.text())

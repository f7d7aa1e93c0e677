"""The dashboard: today and this month, what runs now, what needs an eye, which trunks fail, whose money ends soon, and the daily summary."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.alerts import place_of, said, severity
from appliance.gui.screens.calls.call_live_model import LiveModel
from appliance.gui.screens.dashboard.dashboard_chart import MonthChart
from appliance.gui.screens.dashboard.dashboard_summary import DaySummary
from appliance.gui.screens.dashboard.dashboard_trunks import FailedTrunks
from appliance.gui.screens.parts.call_customer import open_customer
from appliance.gui.screens.setup.setup_card import SetupCard
from appliance.gui.theme import space
from appliance.gui.widgets.badge import Badge
from appliance.gui.widgets.cells import tabular
from appliance.gui.widgets.empty import EmptyView
from appliance.gui.widgets.plain import Elided, button, card, clear, column, holding, label, row, scrolling
from appliance.gui.words import _, count, duration, micros, money
from appliance.wire.alerts import Alert, Alerts
from appliance.wire.cdrs import CurrencyFigures
from appliance.wire.problem import Problem
from appliance.wire.statistics import Figures, LowAccount, Today

FRESH_MS = 3000
MOST_SHOWN = 8
WIDEST = 1180
LONGEST_NAME = 32
NARROW_PIXELS = 820
Where = tuple[int, int, int, int]
"""Row and column of the grid, and over how many of each."""

WIDE: tuple[Where, ...] = (
    *((0, 0, 1, 2), (0, 2, 1, 2), (0, 4, 1, 2)),
    *((1, 0, 2, 3), (1, 3, 1, 3), (2, 3, 1, 3)),
    *((3, 0, 1, 6), (4, 0, 1, 6)),
)
NARROW: tuple[Where, ...] = (*((0, 0, 1, 3), (0, 3, 1, 3)), *((at, 0, 1, 6) for at in range(1, 7)))


class DashboardScreen(Screen):
    """Everything is asked anew a few seconds after something changed; running calls move each second."""

    kinds = frozenset({"call", "balance", "account", "payment", "trunk", "trunk_state", "binding", "setting", "fuse", "summary"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.live = LiveModel(desk.client, desk.clock, self)
        self.today, self.month = column(gap="small"), column(gap="small")
        self.now, self.alerts, self.dry = column(gap="small"), column(gap="small"), column(gap="small")
        self.running, self.online, self.burn = label("", "figure"), label("", "strong"), label("", "strong")
        self.fault = EmptyView()
        self.setup = SetupCard(desk)
        self.setup.setMaximumWidth(WIDEST)
        self.chart = MonthChart(desk)
        self.trunks, self.summary = FailedTrunks(desk), DaySummary(desk)
        self.low: list[LowAccount] = []
        self._wide = True
        self._grid = self._lay()
        self._later = QTimer(self, singleShot=True, interval=FRESH_MS)
        self._later.timeout.connect(self.refresh)
        self._tick = QTimer(self, interval=1000)
        self._tick.timeout.connect(self._second)
        self._tick.start()
        desk.live.connect(self.live.hear)
        self.live.loaded.connect(self._show_now)

    def title(self) -> str:
        return _("Dashboard")

    def verbs(self) -> list[Action]:
        return [
            Action(
                "dashboard.live",
                _("Running calls"),
                lambda: self.desk.go(Place("live_calls")),
                "Ctrl+L",
                "calls",
                primary=True,
                operation="calls.list",
            ),
            Action("dashboard.alerts", _("Alerts"), lambda: self.desk.go(Place("alerts")), "", "warning"),
            Action(
                "dashboard.calls",
                _("Calls today"),
                lambda: self.desk.go(Place("calls", filters={"period": "today"})),
                "",
                "calls",
                group=1,
                operation="cdrs.list",
            ),
            Action(
                "dashboard.customers", _("Customers"), lambda: self.desk.go(Place("customers")), "", "customers", group=1, operation="customers.list"
            ),
            Action("dashboard.setup", _("Set-up"), lambda: self.desk.go(Place("setup")), "", "setup", group=2, operation="settings.set"),
        ]

    def refresh(self) -> None:
        client = self.desk.client
        operation.run(self, client, "statistics.today", on_done=self.show_figures, on_problem=self._failed)
        operation.run(self, client, "alerts.list", on_done=self.show_alerts, on_problem=self._quiet)
        self.chart.ask()
        if self.desk.may("trunks.list"):
            self.trunks.ask()
        if self.summary.view is None:
            self.summary.ask()
        self.live.ask()
        self.setup.ask()

    def on_changes(self, changes: Mapping[str, frozenset[int]]) -> None:
        """Calls come and go all the time: what is shown is asked anew now and then."""
        if "summary" in changes:
            self.summary.ask()
        if not self._later.isActive():
            self._later.start()

    # what is shown -------------------------------------------------------------------------------------------------
    def show_figures(self, view: Today) -> None:
        """Calls and money of the day and the month."""
        self._pages.setVisible(True)
        self.fault.hide()
        fill_figures(self.today, view.today)
        fill_figures(self.month, view.month)
        self.online.setText(count(view.online))
        self.heading.setText(view.reseller or _("Dashboard"))
        self.low = view.low or []
        self._show_dry()

    def show_alerts(self, page: Alerts) -> None:
        """The worst first, each a way to what it is about."""
        clear(self.alerts)
        for alert in page.alerts[:MOST_SHOWN]:
            self.alerts.addLayout(self._alert(alert))
        if len(page.alerts) > MOST_SHOWN:
            self.alerts.addWidget(button(_("All {count} alerts", count=count(len(page.alerts))), lambda: self.desk.go(Place("alerts")), "link"))
        if not page.alerts:
            self.alerts.addWidget(label(_("Nothing needs your eye."), "muted"))

    # parts ---------------------------------------------------------------------------------------------------------
    def _lay(self) -> QGridLayout:
        self.heading = Elided(_("Dashboard"), "title")
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(space("large"))
        for at in range(6):
            grid.setColumnStretch(at, 1)
        now = column(self._figure_row(_("Running calls"), self.running), self._figure_row(_("Phones on line"), self.online))
        now.addLayout(self._figure_row(_("Sales a second"), self.burn))
        self.failed = _card(_("Failed trunks"), column(self.trunks))
        if not self.desk.may("trunks.list"):
            self.failed.hide()
        self._cards = (
            _card(_("Today"), self.today),
            _card(_("This month"), self.month),
            _card(_("Now"), now),
            _card(_("Alerts"), self.alerts),
            _card(_("Money ends soon"), self.dry),
            self.failed,
            card(column(self.chart, margin="large")),
            card(column(self.summary, margin="large")),
        )
        self._place(grid)
        self._pages = holding(grid)
        self._pages.setMaximumWidth(WIDEST)
        inner = column(self.heading, self.fault, self.setup, self._pages, None, gap="large", margin="large")
        self.fault.hide()
        self.body.addWidget(scrolling(holding(inner)))
        return grid

    def _place(self, grid: QGridLayout) -> None:
        """The cards side by side, or below each other where there is no room."""
        for each, at in zip(self._cards, WIDE if self._wide else NARROW, strict=True):
            grid.addWidget(each, *at)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        wide = event.size().width() >= NARROW_PIXELS
        if wide is not self._wide:
            self._wide = wide
            self._place(self._grid)
        super().resizeEvent(event)

    @staticmethod
    def _figure_row(name: str, value: QLabel) -> QVBoxLayout:
        value.setFont(tabular(value.font()))
        return column(row(label(name, "muted"), None, value), gap="")

    def _alert(self, alert: Alert) -> QVBoxLayout:
        text = label(said(alert), wrap=True)
        place = place_of(alert)
        way = button(_("Show"), partial(self.desk.go, place), "link") if place is not None else label("")
        line = row(Badge(self.desk.theme, severity(alert)), text, way)
        line.setStretch(1, 1)
        return column(line, gap="")

    def _show_now(self) -> None:
        self.running.setText(count(len(self.live.rows)))
        burn = self.live.news.money_per_second
        self.burn.setText("  ".join(money(amount, currency) for currency, amount in burn.items()) or _("None"))
        self._show_dry()

    def _show_dry(self) -> None:
        clear(self.dry)
        soon = [(left, view) for view in self.live.rows if (left := self.live.runs_out(view)) is not None and left < 600]
        for left, view in sorted(soon, key=lambda each: each[0])[:MOST_SHOWN]:
            name = view.customer or view.endpoint or ""
            self.dry.addLayout(self._line(name, _("call ends in {duration}", duration=duration(left)), "danger"))
        shown = {view.customer for _left, view in soon}
        for each in self.low:
            if each.owner not in shown:
                tone = "warning" if micros(each.left) > 0 else "danger"
                place = Place("resellers") if each.customer_id is None else Place("customer", id=each.customer_id)
                self.dry.addLayout(self._line(each.owner, _("{money} left", money=money(each.left, each.currency)), tone, place))
        if not soon and not self.low:
            self.dry.addWidget(label(_("Every account has money left."), "muted"))

    def _line(self, name: str, text: str, tone: str, place: Place | None = None) -> QVBoxLayout:
        short = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
        way = button(short, lambda: self.desk.go(place) if place is not None else open_customer(self, self.desk, name), "link")
        way.setToolTip(name)
        told = label(text)
        told.setProperty("tone", tone)
        told.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return column(row(way, None, told), gap="")

    def _second(self) -> None:
        if self.isVisible() and self.live.rows:
            self._show_dry()

    def _failed(self, problem: Problem) -> None:
        if not self.online.text():
            self._pages.setVisible(False)
            self.fault.show_problem(problem, self.refresh)
            self.fault.show()

    def _quiet(self, problem: Problem) -> None:
        """A part that this person may not see stays empty."""


def _card(title: str, inner: QVBoxLayout) -> QWidget:
    return card(column(label(title, "heading"), inner, None, gap="medium", margin="large"))


def fill_figures(box: QVBoxLayout, figures: Figures) -> None:
    """The figures of one period."""
    clear(box)
    share = round(100 * figures.answered / figures.calls) if figures.calls else 0
    answered = _("{count} ({share} %)", count=count(figures.answered), share=share) if figures.calls else count(0)
    lines = [(_("Calls"), count(figures.calls), ""), (_("Answered"), answered, ""), (_("Minutes"), count(round(float(figures.minutes))), "")]
    for each in figures.money:
        lines += _money_lines(each)
    for name, text, tone in lines:
        value = label(text, "strong")
        value.setFont(tabular(value.font()))
        if tone:
            value.setProperty("tone", tone)
        box.addLayout(row(label(name, "muted"), None, value))


def _money_lines(each: CurrencyFigures) -> list[tuple[str, str, str]]:
    found = [(_("Sales"), money(each.sales, each.currency), "")]
    if each.cost is not None:
        found.append((_("Cost"), money(each.cost, each.currency), ""))
    if each.margin is not None:
        found.append((_("Margin"), money(each.margin, each.currency), "danger" if micros(each.margin) < 0 else "good"))
    return found

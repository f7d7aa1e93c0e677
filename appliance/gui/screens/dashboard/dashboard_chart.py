"""The month on the dashboard, or today: a column a day (an hour), of sales with what is left of them, calls or minutes; or the same as a table."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from appliance.gui import operation, words
from appliance.gui.column import Column
from appliance.gui.desk import Desk
from appliance.gui.theme import space
from appliance.gui.widgets.day_chart import HEIGHT, Day, DayChart
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.plain import Elided, button, label, row
from appliance.gui.widgets.rows_list import RowsList
from appliance.gui.words import _, count, money
from appliance.wire.cdrs import CurrencyFigures
from appliance.wire.problem import Problem
from appliance.wire.statistics import CallFiguresRequest, CallFiguresRow, CallFiguresView

SALES, CALLS, MINUTES = 0, 1, 2
TABLE_HEIGHT = 260


class MonthChart(QWidget):
    """Hidden where the person may not see figures. Money is shown in the reseller's own currency."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._desk = desk
        self.view: CallFiguresView | None = None
        self.chart = DayChart(desk.theme)
        self.said = Elided("", "muted")
        self.bar = QTabBar()
        self.bar.setDrawBase(False)
        self.bar.setExpanding(False)
        self.bar.setAccessibleName(_("What is drawn"))
        for title in (_("Sales and margin"), _("Calls"), _("Minutes")):
            self.bar.addTab(title)
        columns = [
            Column(lambda line: _said(line.label), _("Day"), width=120, grows=True),
            Column("calls", _("Calls"), "count", width=90),
            Column(lambda line: round(float(line.minutes)), _("Minutes"), "count", width=90),
            Column(lambda line: self._of(line).sales, _("Sales"), "money", width=110, currency=lambda line: self._currency),
            Column(lambda line: self._of(line).cost, _("Cost"), "money", width=110, currency=lambda line: self._currency),
            Column(lambda line: self._of(line).margin, _("Margin"), "money", width=110, currency=lambda line: self._currency),
        ]
        self.table = RowsList(desk, columns, _("This month by day"), Empty(_("No calls this month yet.")), "dashboard.days")
        self.table.setFixedHeight(TABLE_HEIGHT)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.chart)
        self._stack.addWidget(self.table)
        self.switch = button(_("As a table"), self.turn, "link")
        self.period = button(_("Today by hour"), self.other_period, "link")
        self.heading = label(_("This month by day"), "heading")
        self.by = "day"
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(space("small"))
        box.addLayout(row(self.heading, None, self.period, self.switch))
        box.addLayout(row(self.bar, None))
        box.addWidget(self._stack)
        box.addWidget(self.said)
        self._stack.setFixedHeight(HEIGHT)
        self.bar.currentChanged.connect(lambda _at: self._draw())
        self.chart.pointed.connect(lambda at: self.said.setText(self.chart.days[at].said))

    def ask(self) -> None:
        """This month's figures, or today's, as they are now."""
        request = CallFiguresRequest(by=self.by, limit=400)
        operation.run(self, self._desk.client, "statistics.calls", request, on_done=self.show_view, on_problem=self._quiet)

    def show_view(self, view: CallFiguresView) -> None:
        """These figures now; those of the other period come too late."""
        if view.by != self.by:
            return
        self.view = view
        self.table.show_rows(list(reversed(view.rows)))
        self._draw()

    def other_period(self) -> None:
        """From the month to today, and back."""
        month = self.by == "hour"
        self.by = "day" if month else "hour"
        self.heading.setText(_("This month by day") if month else _("Today by hour"))
        self.period.setText(_("Today by hour") if month else _("This month by day"))
        self.ask()

    def turn(self) -> None:
        """From the drawing to the table, and back."""
        table = self._stack.currentWidget() is self.chart
        self._stack.setCurrentWidget(self.table if table else self.chart)
        self._stack.setFixedHeight(TABLE_HEIGHT if table else HEIGHT)
        self.switch.setText(_("As a chart") if table else _("As a table"))
        self.bar.setVisible(not table)
        self.said.setVisible(not table)

    # parts ---------------------------------------------------------------------------------------------------------
    @property
    def _currency(self) -> str:
        return self.view.currency if self.view is not None else ""

    def _of(self, line: CallFiguresRow) -> CurrencyFigures:
        found = next((each for each in line.money if each.currency == self._currency), None)
        return found or CurrencyFigures(self._currency, "0", None, None)

    def _draw(self) -> None:
        view = self.view
        if view is None:
            return
        what = self.bar.currentIndex()
        self.chart.show_days([self._day(each, what) for each in view.rows], f"{self.heading.text()}: {self.bar.tabText(what)}")
        self.said.setText(self._sum(view.total))

    def _day(self, line: CallFiguresRow, what: int) -> Day:
        figures, name = self._of(line), line.label[11:13] if line.kind == "hour" else line.label.rpartition("-")[2].lstrip("0")
        said = f"{_said(line.label)}   {self._sum(line)}"
        if what == SALES:
            inner = None if figures.margin is None else words.whole_units(words.micros(figures.margin))
            return Day(name, words.whole_units(words.micros(figures.sales)), inner, said)
        return Day(name, float(line.calls if what == CALLS else float(line.minutes)), None, said)

    def _sum(self, line: CallFiguresRow) -> str:
        figures = self._of(line)
        parts = [_("{n} calls", n=count(line.calls)), _("{n} minutes", n=count(round(float(line.minutes))))]
        parts.append(_("{money} sales", money=money(figures.sales, self._currency)))
        if figures.margin is not None:
            parts.append(_("{money} margin", money=money(figures.margin, self._currency)))
        return "   ·   ".join(parts)

    def _quiet(self, problem: Problem) -> None:
        """The figures beside it say what is wrong; an old drawing stays."""


def _said(label: str) -> str:
    """A line's day, or its hour, as people write it."""
    return words.isolate(label[11:]) if "T" in label else words.day(label)

"""The daily summary on the dashboard: yesterday, and the days before it, one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from appliance.gui import operation, words
from appliance.gui.desk import Desk
from appliance.gui.screens.calls.call_live_model import seconds_of
from appliance.gui.screens.dashboard.dashboard_summary_words import Part, money_parts, other_parts
from appliance.gui.screens.parts.html_paper import html_paper
from appliance.gui.screens.parts.paper import open_paper
from appliance.gui.theme import space
from appliance.gui.widgets.cells import tabular
from appliance.gui.widgets.plain import button, clear, column, holding, label, row
from appliance.gui.words import _
from appliance.wire.problem import Problem
from appliance.wire.shapes import Done
from appliance.wire.summaries import SummaryGet, SummarySend, SummaryView

NARROW = 700
LONG = 30
"""Letters of a name from which on it is written in several lines."""

MOST_ON_PAPER = 200


class DaySummary(QWidget):
    """One day in two columns, in one where there is no room. `ask` asks anew for the day that is shown."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._desk = desk
        self.view: SummaryView | None = None
        self.on: str | None = None
        self.day = label("", "strong")
        self.before = button(_("Day before"), lambda: self.turn(-1), "link")
        self.after = button(_("Day after"), lambda: self.turn(1), "link")
        self.send_button = button(_("Send to me"), self.send, "link")
        self.print_button = button(_("On paper"), self.print, "link")
        self.said = label("", "muted", wrap=True)
        self._parts = QGridLayout()
        self._parts.setContentsMargins(0, 0, 0, 0)
        self._parts.setHorizontalSpacing(space("huge"))
        self._parts.setVerticalSpacing(space("large"))
        head = row(label(_("Daily summary"), "heading"), None, self.before, self.day, self.after)
        head.setSpacing(space("medium"))
        box = column(head, self.said, self._parts, row(None, self.print_button, self.send_button), gap="medium")
        box.setContentsMargins(0, 0, 0, 0)
        self.setLayout(box)
        self._wide = True
        self._show_head()

    def ask(self) -> None:
        """The day that is shown; yesterday at first."""
        operation.run(self, self._desk.client, "summaries.get", SummaryGet(on=self.on), on_done=self.show_day, on_problem=self._failed)

    def turn(self, days: int) -> None:
        """To another day."""
        if self.view is not None:
            self.on = (date.fromisoformat(self.view.on) + timedelta(days=days)).isoformat()
            self.ask()

    def send(self) -> None:
        """The day that is shown by e-mail to whoever asks."""
        request = SummarySend(on=self.view.on if self.view is not None else None)
        operation.run(self, self._desk.client, "summaries.send", request, on_done=self._sent, busy=self.send_button)

    def print(self) -> None:
        """The day that is shown as a page."""
        if self.view is not None:
            title = ", ".join((_("Daily summary"), words.day(self.view.on)))
            open_paper(self._desk, self, title, html_paper(title, _page(self.view), f"summary-{self.view.on}.pdf"))

    def show_day(self, view: SummaryView) -> None:
        """This one now."""
        self.view = view
        self._show_head()
        self._lay()

    # parts ---------------------------------------------------------------------------------------------------------
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        wide = event.size().width() >= NARROW
        if wide is not self._wide:
            self._wide = wide
            self._lay()
        super().resizeEvent(event)

    def _show_head(self) -> None:
        view = self.view
        self.day.setText("" if view is None else words.day(view.on))
        self.before.setEnabled(view is not None)
        self.print_button.setEnabled(view is not None)
        today = view is not None and self._desk.clock.utcnow() < seconds_of(view.until) * 1000
        self.after.setEnabled(view is not None and not today)
        self.send_button.setVisible(view is not None and bool(self._desk.session.operator.email))
        told = ""
        if view is not None and view.made_at is None:
            told = _("The day is not over yet.") if today else _("No summary was made that day; this is what the records say.")
        self.said.setText(told)
        self.said.setVisible(bool(told))

    def _lay(self) -> None:
        clear(self._parts)
        if self.view is None:
            return
        left, right = money_parts(self.view), other_parts(self.view)
        if self._wide:
            self._parts.addWidget(_stack(left), 0, 0, Qt.AlignmentFlag.AlignTop)
            self._parts.addWidget(_stack(right), 0, 1, Qt.AlignmentFlag.AlignTop)
        else:
            self._parts.addWidget(_stack([*left, *right]), 0, 0)
        self._parts.setColumnStretch(0, 1)
        self._parts.setColumnStretch(1, 1 if self._wide else 0)

    def _sent(self, done: Done) -> None:
        email = self._desk.session.operator.email
        self._desk.toast(_("The summary is on its way to {email}", email=email))

    def _failed(self, problem: Problem) -> None:
        if self.view is None:
            self.said.setText(problem.detail)
            self.said.setVisible(True)
        else:
            self._desk.toast(problem.detail)


def _part(part: Part) -> QWidget:
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(space("large" if not part.columns else "medium"))
    grid.setVerticalSpacing(space("hair"))
    grid.setColumnStretch(1 if not part.columns else 0, 1)
    for at, title in enumerate(part.columns, 1):
        grid.addWidget(_amount(title, "muted"), 0, at)
    for at, line in enumerate(part.lines, 1):
        grid.addWidget(label(line.name, "muted", wrap=bool(part.columns) or len(line.name) > LONG), at, 0, Qt.AlignmentFlag.AlignTop)
        for across, cell in enumerate(line.cells, 1):
            grid.addWidget(_amount(cell.text, tone=cell.tone, wrap=not part.columns), at, across, Qt.AlignmentFlag.AlignTop)
    told = [label(part.rest, "muted")] if part.rest else []
    return holding(column(label(part.title, "strong"), grid, *told, gap="small"))


def _stack(parts: Sequence[Part]) -> QWidget:
    return holding(column(*(_part(each) for each in parts), None, gap="large"))


def _amount(text: str, role: str = "", tone: str = "", *, wrap: bool = False) -> QLabel:
    told = label(text, role, wrap=wrap)
    told.setFont(tabular(told.font()))
    side = Qt.AlignmentFlag.AlignLeft if words.right_to_left() else Qt.AlignmentFlag.AlignRight
    told.setAlignment(side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignTop)
    if tone and text:
        told.setProperty("tone", tone)
    return told


def _page(view: SummaryView) -> str:
    """The day on paper, nothing left out. A pixel is a point of the paper, whatever the screen's are."""
    side = "rtl" if words.right_to_left() else "ltr"
    head = f"{escape(words.apart(view.reseller))}, {escape(words.apart(words.day(view.on)))}"
    found = [f'<p dir="{side}" style="font-size:18px;font-weight:600">{head}</p>']
    for part in (*money_parts(view, MOST_ON_PAPER), *other_parts(view, MOST_ON_PAPER)):
        found.append(f'<p dir="{side}" style="font-size:12px;font-weight:600;margin-top:10px;margin-bottom:0">{escape(part.title)}</p>')
        rows = [("", *part.columns)] if part.columns else []
        rows += [(line.name, *(cell.text for cell in line.cells)) for line in part.lines]
        lines = "".join(f"<tr>{''.join(_cells(row))}</tr>" for row in rows)
        found.append(f'<table width="100%" cellpadding="1" style="font-size:10px">{lines}</table>')
        if part.rest:
            found.append(f'<p dir="{side}" style="font-size:10px;margin-top:0">{escape(part.rest)}</p>')
    return "".join(found)


def _cells(row: Sequence[str]) -> list[str]:
    """Tables are not mirrored by themselves."""
    name, *rest = (escape(words.apart(each)) or "&nbsp;" for each in row)
    each_wide = f'width="{55 // max(1, len(rest))}%"'
    if words.right_to_left():
        return [*(f'<td {each_wide} align="left">{each}</td>' for each in reversed(rest)), f'<td width="45%" align="right">{name}</td>']
    return [f'<td width="45%">{name}</td>', *(f'<td {each_wide} align="right">{each}</td>' for each in rest)]

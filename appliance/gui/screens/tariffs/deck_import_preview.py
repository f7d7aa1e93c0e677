"""What an import would change: the figures above, and under them the file, its problems, the rises, the differences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from appliance.gui.column import Column
from appliance.gui.desk import Desk
from appliance.gui.rows_model import RowsModel
from appliance.gui.screens.tariffs.deck_import_sample import SampleView
from appliance.gui.screens.tariffs.deck_import_words import percent_words, problem_state, role_word, what_state
from appliance.gui.theme import space
from appliance.gui.widgets.cells import tabular
from appliance.gui.widgets.plain import clear, column, holding, label, line
from appliance.gui.widgets.table import Table
from appliance.gui.words import _, count, money, plural
from appliance.wire.decks import DeckView

FILE, PROBLEMS, RISES, DIFFERENCES = range(4)


def difference_columns(currency: str) -> list[Column]:
    """The columns of a table of differences."""

    def price(text: str | None) -> str:
        return "" if text is None else money(text, None)

    return [
        Column(what_state, _("What"), "state", width=124),
        Column("prefix", _("Prefix"), width=110),
        Column("destination", _("Destination"), width=200, grows=True),
        Column("before", _("Before, {currency}", currency=currency), "money", width=110, tip=lambda row: price(row.before)),
        Column("after", _("After, {currency}", currency=currency), "money", width=110, tip=lambda row: price(row.after)),
        Column(percent_words, _("By"), width=90),
        Column("valid_from", _("From"), "day", width=110),
        Column(lambda row: row.line or None, _("Line"), "count", width=70),
    ]


def problem_columns() -> list[Column]:
    """The columns of the table of problems."""
    return [
        Column("line", _("Line"), "count", width=70),
        Column(problem_state, _("State"), "state", width=130),
        Column("reason", _("What is wrong"), width=400, grows=True),
    ]


class Listed(QWidget):
    """A short table, or a sentence where it has no rows; a note says where not all are listed."""

    def __init__(self, desk: Desk, columns: list[Column], name: str, nothing: str) -> None:
        super().__init__()
        self.model = RowsModel(desk.client, columns, self)
        self.table = Table(self.model, desk.theme)
        self.table.setAccessibleName(name)
        self.note = label("", "muted")
        self.note.setContentsMargins(space("large"), space("small"), space("large"), space("small"))
        none = label(nothing, "muted", wrap=True)
        none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(holding(column(self.table, self.note, gap="")))
        self._stack.addWidget(holding(column(None, none, None, None)))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._stack)

    def show_rows(self, rows: Sequence[Any], all_of_them: int) -> None:
        """These rows, of so many."""
        self.model.show_rows(rows)
        self._stack.setCurrentIndex(0 if rows else 1)
        self.note.setVisible(all_of_them > len(rows))
        self.note.setText(_("The first {shown} of {all} are listed.", shown=count(len(rows)), all=count(all_of_them)))


class PreviewPage(QWidget):
    """Filled by `show_deck`; `columns_said` when a column was said to hold something else."""

    columns_said = Signal(dict)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._figures = QHBoxLayout()
        self._figures.setSpacing(space("huge"))
        self._figures.setContentsMargins(space("large"), space("medium"), space("large"), space("medium"))
        self.bar = QTabBar()
        self.bar.setExpanding(False)
        self.bar.setDrawBase(False)
        self._stack = QStackedWidget()
        self.sample = SampleView()
        self.sample.said.connect(self.columns_said)
        self.problems = Listed(desk, problem_columns(), _("Problems"), _("Every line could be read."))
        self.rises: Listed | None = None
        self.differences: Listed | None = None
        self._currency = ""
        for title, widget in ((_("File"), self.sample), (_("Problems"), self.problems)):
            self.bar.addTab(title)
            self._stack.addWidget(widget)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(self._figures)
        box.addWidget(self.bar)
        box.addWidget(line())
        box.addWidget(self._stack, 1)
        self.bar.currentChanged.connect(self._stack.setCurrentIndex)

    def show_deck(self, view: DeckView) -> None:
        """What the server made of the file."""
        first = self.differences is None
        self._tables(view.currency)
        assert self.rises is not None and self.differences is not None
        self._show_figures(view)
        self.sample.show_deck(view)
        self.problems.show_rows(view.problems, view.problem_count)
        self.rises.show_rows(view.rises, view.rise_count)
        self.differences.show_rows(view.differences, view.added + view.changed + view.removed)
        for at, (title, number) in enumerate(
            (
                (_("File"), None),
                (_("Problems"), view.problem_count),
                (_("Price rises"), view.rise_count),
                (_("Differences"), view.added + view.changed + view.removed),
            )
        ):
            self.bar.setTabText(at, title if number is None else f"{title} ({count(number)})")
        if first:
            self.bar.setCurrentIndex(FILE if view.missing else DIFFERENCES)

    def _tables(self, currency: str) -> None:
        if self.differences is not None:
            return
        self._currency = currency
        self.rises = Listed(self._desk, difference_columns(currency), _("Price rises"), _("No price rises by more than the limit."))
        self.differences = Listed(self._desk, difference_columns(currency), _("Differences"), _("The file says what the tariff has already."))
        for title, widget in ((_("Price rises"), self.rises), (_("Differences"), self.differences)):
            self.bar.addTab(title)
            self._stack.addWidget(widget)

    def _show_figures(self, view: DeckView) -> None:
        clear(self._figures)
        refused = sum(problem.refused for problem in view.problems)
        for text, number, tone in (
            (_("Prices in the file"), view.rates, ""),
            (_("Added"), view.added, ""),
            (_("Changed"), view.changed, ""),
            (_("Removed"), view.removed, "danger" if view.removed else ""),
            (_("Unchanged"), view.unchanged, ""),
            (_("Price rises"), view.rise_count, "warning" if view.rise_count else ""),
            (_("Lines left out"), refused, "danger" if refused else ""),
        ):
            figure = label(count(number), "figure")
            figure.setFont(tabular(figure.font()))
            if tone:
                figure.setProperty("tone", tone)
            figure.setAccessibleName(f"{text}: {count(number)}")
            self._figures.addLayout(column(label(text, "small"), figure, gap=""))
        self._figures.addStretch(1)


def summary(view: DeckView) -> str:
    """What the import will do, in a sentence or two; or why it cannot."""
    if view.missing:
        return _("Say which column holds: {fields}.", fields=", ".join(role_word(role) for role in view.missing))
    if not view.rates:
        return _("No line of this file could be read as a price.")
    if not view.added + view.changed + view.removed:
        return _("Nothing would change: the tariff has these prices already.")
    parts = [plural("{n} price is written into {tariff}.", "{n} prices are written into {tariff}.", view.added + view.changed, tariff=view.tariff)]
    if view.new_tariff:
        parts.insert(0, _("The base tariff {tariff} is made.", tariff=view.tariff))
    if view.removed:
        parts.append(plural("{n} that the file does not name is removed.", "{n} that the file does not name are removed.", view.removed))
    return " ".join(parts)

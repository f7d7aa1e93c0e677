"""The third step: what comes in, customer by customer; what is refused and why; what was changed here since the last time."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from appliance.gui.column import Column, State
from appliance.gui.desk import Desk
from appliance.gui.screens.moving import move_words
from appliance.gui.theme import space
from appliance.gui.widgets.cells import tabular
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.plain import button, clear, column, holding, label, line, row
from appliance.gui.widgets.problem_view import ProblemView
from appliance.gui.widgets.rows_list import RowsList
from appliance.gui.words import _, count, plural
from appliance.wire.moving import MoveChanged, MoveCustomer, MoveRefused, MoveTotal, MoveView
from appliance.wire.problem import Problem

CUSTOMERS, REFUSED, CHANGED, TOTALS = range(4)
FIGURES = ("customers", "endpoints", "web_logins", "rates", "numbers", "invoices", "calls")


def customer_columns() -> list[Column]:
    """Customers with both balances."""

    def state(each: MoveCustomer) -> State:
        return State(_("New"), "accent") if each.what == "created" else State(_("Updated"), "muted")

    return [
        Column("customer", _("Customer"), width=200, grows=True),
        Column("key", _("There"), width=90),
        Column(state, _("What"), "state", width=120),
        Column("old_balance", _("Balance there"), "money", width=130, currency="currency"),
        Column("new_balance", _("Balance here"), "money", width=130, currency="currency"),
        Column("credit_limit", _("Credit limit"), "money", width=120, currency="currency"),
        Column("endpoints", _("Endpoints"), "count", width=90),
    ]


def refused_columns() -> list[Column]:
    """Rows that stay out, each with its place and reason."""

    def place(each: MoveRefused) -> str:
        return f"{each.file}:{each.line}" if each.line else each.file

    return [
        Column(lambda each: move_words.kind(each.kind), _("Kind"), width=130),
        Column("key", _("There"), width=100),
        Column("reason", _("Why it is not taken"), width=380, grows=True),
        Column(place, _("File and line"), width=160),
    ]


def total_columns() -> list[Column]:
    """By kind: found, moved, refused."""

    def state(each: MoveTotal) -> State:
        return State(_("Adds up"), "good") if each.agree else State(_("Does not add up"), "danger")

    return [
        Column(lambda each: move_words.kind(each.kind), _("Kind"), width=150, grows=True),
        Column("found", _("In the files"), "count", width=100),
        Column("moved", _("Moved"), "count", width=90),
        Column("refused", _("Refused"), "count", width=90),
        Column("found_amount", _("Money in the files"), "money", width=140, currency="currency"),
        Column("moved_amount", _("Money moved"), "money", width=130, currency="currency"),
        Column(state, _("State"), "state", width=140),
    ]


class PreviewPage(QWidget):
    """`changed` when what can be done is other than before; `taken` when things are to be taken from the old system, or not any more."""

    changed = Signal()
    taken = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.view: MoveView | None = None
        self.take: set[str] = set()
        self.problem = ProblemView()
        self._figures = QHBoxLayout()
        self._figures.setSpacing(space("huge"))
        self.said = label("", wrap=True)
        self.apart = label("", "muted", wrap=True)
        self.bar = QTabBar()
        self.bar.setExpanding(False)
        self.bar.setDrawBase(False)
        self.bar.setAccessibleName(_("Preview"))
        self._stack = QStackedWidget()
        self.customers = RowsList(desk, customer_columns(), _("Customers"), Empty(_("No customer can be moved.")))
        self.refused = RowsList(desk, refused_columns(), _("Refused rows"), Empty(_("Every row is taken.")))
        none = Empty(_("Nothing was changed here since the last move."))
        self.differences = RowsList(desk, self._changed_columns(), _("Changed here"), none, many=True)
        self.totals = RowsList(desk, total_columns(), _("Totals"), Empty(_("There is nothing to move.")))
        self.take_button = button(_("&Take from the old system"), self.toggle_chosen)
        self.keep_said = label("", "muted", wrap=True)
        beside = column(row(self.keep_said, self.take_button), self.differences, gap="small")
        beside.itemAt(0).layout().setStretch(0, 1)  # type: ignore[union-attr]
        for title, page in (
            (_("Customers"), self.customers),
            (_("Refused"), self.refused),
            (_("Changed here"), holding(beside)),
            (_("Totals"), self.totals),
        ):
            self.bar.addTab(title)
            self._stack.addWidget(page)
        self.bar.currentChanged.connect(self._stack.setCurrentIndex)
        self.differences.selected.connect(self._fit)
        self.leave_refused = QCheckBox(_("&Leave refused rows out"))
        self.cut_over = QCheckBox(_("This is the c&ut-over: nothing more comes from there afterwards"))
        self.leave_refused.toggled.connect(lambda _on: self.changed.emit())
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(space("medium"))
        for part in (self.problem, self._figures, self.said, self.apart, self.bar, line(), self._stack, self.leave_refused, self.cut_over):
            if isinstance(part, QWidget):
                box.addWidget(part, 1 if part is self._stack else 0)
            else:
                box.addLayout(part)

    def _changed_columns(self) -> list[Column]:
        def state(each: MoveChanged) -> State:
            return State(_("From the old system"), "warning") if each.id in self.take else State(_("Stays"), "good")

        return [
            Column(move_words.thing, _("What"), width=200, grows=True),
            Column(lambda each: move_words.field(each.field), _("Field"), width=120),
            Column(lambda each: move_words.value(each, each.here, here=True), _("Here"), width=160),
            Column(lambda each: move_words.value(each, each.there, here=False), _("In the old system"), width=160),
            Column(state, _("What becomes of it"), "state", width=170),
        ]

    @property
    def ready(self) -> bool:
        """Whether it can be moved as it stands."""
        view = self.view
        if view is None or view.applied or not view.customers:
            return False
        return view.agree and (not view.refused_count or self.leave_refused.isChecked())

    def show_view(self, view: MoveView) -> None:
        """What the preview found."""
        self.view = view
        self.take = {each.id for each in view.changed if each.taken}
        self.problem.forget()
        self._show_figures(view)
        self.said.setText(move_words.summary(view))
        apart = [
            plural("{n} customer belongs to reseller {key} there.", "{n} customers belong to reseller {key} there.", number, key=key)
            for key, number in view.apart.items()
        ]
        self.apart.setText(" ".join(apart) + (" " + _("Move them apart: name the reseller in the choices.") if apart else ""))
        self.apart.setVisible(bool(apart))
        self.customers.show_rows(view.customers)
        self.refused.show_rows(view.refused)
        self.differences.show_rows(view.changed)
        self.totals.show_rows(view.totals)
        titles = (_("Customers"), _("Refused"), _("Changed here"))
        for at, number in ((CUSTOMERS, len(view.customers)), (REFUSED, view.refused_count), (CHANGED, view.changed_count)):
            self.bar.setTabText(at, f"{titles[at]} ({count(number)})")
        self.leave_refused.setText(plural("&Leave {n} refused row out", "&Leave {n} refused rows out", view.refused_count))
        self.leave_refused.setVisible(bool(view.refused_count))
        self.bar.setCurrentIndex(REFUSED if view.refused_count else CHANGED if view.changed_count else CUSTOMERS)
        self._fit()
        self.changed.emit()

    def show_problem(self, problem: Problem) -> None:
        """Why it was not moved."""
        self.problem.show_problem(problem)

    def toggle_chosen(self) -> None:
        """What is chosen is taken from the old system, or stays after all."""
        chosen = {each.id for each in self.differences.chosen()}
        if not chosen:
            return
        self.take = self.take - chosen if chosen <= self.take else self.take | chosen
        assert self.view is not None
        self.differences.show_rows(self.view.changed)
        self._fit()
        self.taken.emit()

    def _fit(self) -> None:
        chosen = {each.id for each in self.differences.chosen()}
        self.take_button.setText(_("&Keep as it is here") if chosen and chosen <= self.take else _("&Take from the old system"))
        self.take_button.setEnabled(bool(chosen))
        taken = len(self.take)
        self.keep_said.setText(
            plural("{n} is taken from the old system, the rest stays.", "{n} are taken from the old system, the rest stays.", taken)
            if taken
            else _("All of it stays as it is here, unless you choose otherwise.")
        )

    def _show_figures(self, view: MoveView) -> None:
        clear(self._figures)
        totals = {each.kind: each for each in view.totals}
        shown = [(move_words.kind(each), totals[each].moved, "") for each in FIGURES if each in totals]
        shown.append((_("Refused"), view.refused_count, "danger" if view.refused_count else ""))
        for text, number, tone in shown:
            figure = label(count(number), "figure")
            figure.setFont(tabular(figure.font()))
            figure.setAccessibleName(f"{text}: {count(number)}")
            figure.setAlignment(Qt.AlignmentFlag.AlignLeading)
            if tone:
                figure.setProperty("tone", tone)
            self._figures.addLayout(column(label(text, "small"), figure, gap=""))
        self._figures.addStretch(1)

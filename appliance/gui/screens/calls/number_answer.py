"""One number, one answer: what would happen if a customer called a number now, and why (N10)."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from appliance.gui import operation
from appliance.gui.column import Column, State
from appliance.gui.desk import Desk, Place
from appliance.gui.rows_model import RowsModel
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.parts.payment_form import customer_line
from appliance.gui.theme import space
from appliance.gui.widgets.badge import Badge
from appliance.gui.widgets.cards import Cards, facts
from appliance.gui.widgets.choice import Choice
from appliance.gui.widgets.plain import button, card, column, holding, label, line, row
from appliance.gui.widgets.problem_view import ProblemView
from appliance.gui.widgets.table import Table
from appliance.gui.words import _, duration, money, number
from appliance.wire.answers import LevelAnswer, NumberAnswer, NumberAsk, RouteAnswer
from appliance.wire.problem import Problem

ROW = 28


class NumberAnswerScreen(Screen):
    """A number and a customer above, the answer below. Enter asks."""

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.answer: NumberAnswer | None = None
        self.number = QLineEdit(place.filters.get("number", ""))
        self.number.setPlaceholderText(_("As it would be dialled"))
        self.number.setMaxLength(64)
        self.number.setMinimumWidth(220)
        self.customer = Choice(desk.client, "customers.list", show=customer_line, placeholder=_("Who calls"))
        self.customer.setMinimumWidth(220)
        wanted = place.filters.get("customer", "")
        if wanted:
            self.customer.set_value(int(wanted) if wanted.isdigit() else wanted, place.filters.get("name", "") or wanted)
        self.ask_button = button(_("&Ask"), self.ask, "primary")
        self.problem = ProblemView()
        self.cards = Cards()
        named = []
        for widget, text in ((self.number, _("&Number")), (self.customer, _("&Customer"))):
            words = label(text)
            words.setTextFormat(Qt.TextFormat.AutoText)
            words.setBuddy(widget)
            widget.setAccessibleName(text.replace("&", ""))
            named.append(holding(column(words, widget, gap="hair")))
        asked = row(*named, self.ask_button, None, gap="medium")
        asked.setAlignment(self.ask_button, Qt.AlignmentFlag.AlignBottom)
        head = column(label(self.title(), "title"), asked, self.problem, gap="medium")
        head.setContentsMargins(space("large"), space("large"), space("large"), space("medium"))
        self.body.addLayout(head)
        self.body.addWidget(line())
        self.body.addWidget(self.cards, 1)
        self._idle()
        if self.number.text() and wanted:
            self.ask()

    def title(self) -> str:
        return _("One number, one answer")

    def verbs(self) -> list[Action]:
        there = self.answer is not None
        return [
            Action("answer.ask", _("Ask"), self.ask, "Ctrl+Return", "search", primary=True, operation="calls.explain"),
            Action("answer.calls", _("Calls to this number"), self._calls, "Ctrl+L", "calls", enabled=there, group=1, operation="cdrs.list"),
        ]

    def take_focus(self) -> None:
        (self.customer if self.number.text() and self.customer.value() is None else self.number).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.ask()
            return
        super().keyPressEvent(event)

    def ask(self) -> None:
        """Ask the server, once both are given."""
        typed, customer = self.number.text().strip(), self.customer.value()
        if not typed or customer is None:
            (self.customer if typed else self.number).setFocus()
            return
        request = NumberAsk(number=typed, customer=customer)
        operation.run(self, self.desk.client, "calls.explain", request, on_done=self._came, on_problem=self._failed, busy=self.ask_button)

    # parts ---------------------------------------------------------------------------------------------------------
    def _idle(self) -> None:
        said = _(
            "Type a number and choose who calls: you see how the number is read, what it costs, which trunks are tried, and what went wrong before."
        )
        self.cards.show_cards([card(column(label(said, "muted", wrap=True), margin="large"))])

    def _came(self, answer: NumberAnswer) -> None:
        self.answer = answer
        self.problem.forget()
        made: list[QWidget] = [verdict_card(self.desk, answer)]
        prices = [price_card(each) for each in answer.levels if each.party]
        made += [*prices[:1], self._routes(answer), *prices[1:]]
        made.append(self._failures(answer))
        self.cards.show_cards(made)
        self.verbs_changed.emit()

    def _failed(self, problem: Problem) -> None:
        self.answer = None
        self.problem.show_problem(problem)
        self.cards.show_cards([])
        self.verbs_changed.emit()

    def _calls(self) -> None:
        if self.answer is not None:
            self.desk.go(Place("calls", filters={"number": self.answer.normalised, "period": "all"}))

    def _routes(self, answer: NumberAnswer) -> QWidget:
        columns = [
            Column(lambda each: answer.routes.index(each) + 1 if not each.reason else None, _("Order"), "count", width=70),
            Column("trunk", _("Trunk"), width=150, grows=True),
            Column("number", _("Sends"), "number", width=150),
            Column(route_state, _("State"), "state", width=180),
            Column("cost", _("Cost a minute"), "money", width=120, currency="cost_currency"),
            Column("margin", _("Margin"), "money", width=100, currency="cost_currency"),
        ]
        none = _("It stays between own numbers: no trunk is needed.") if answer.kind == "on_net" else _("No trunk would be tried.")
        return self._table(_("Routes, in the order in which they are tried"), columns, answer.routes, none)

    def _failures(self, answer: NumberAnswer) -> QWidget:
        columns = [
            Column("started_at", _("When"), "moment", width=150),
            Column("words", _("What happened"), width=300, grows=True),
            Column(lambda each: str(each.result), _("SIP code"), width=90),
        ]
        made = self._table(_("Last attempts that failed"), columns, answer.failed, _("No call of this customer to this number has failed."))
        table = made.findChild(Table)
        if isinstance(table, Table):
            table.opened.connect(lambda each: self.desk.go(Place("call", each.id)))
        return made

    def _table(self, title: str, columns: list[Column], rows: list[Any], none: str) -> QWidget:
        if not rows:
            return card(column(label(title, "heading"), label(none, "muted", wrap=True), margin="large"))
        model = RowsModel(self.desk.client, columns)
        table = Table(model, self.desk.theme, None)
        model.setParent(table)
        model.show_rows(rows)
        table.setAccessibleName(title)
        table.setFixedHeight(ROW * (len(rows) + 1) + 8)
        return card(column(label(title, "heading"), table, gap="medium", margin="large"))


def route_state(each: RouteAnswer) -> State:
    """Tried, or why it would not be."""
    if not each.reason:
        return State(_("Tried"), "good")
    known = {
        "no_route": _("No route"),
        "loss": _("Would lose money"),
        "no_rate": _("No cost known"),
        "blocked": _("Blocked"),
        "full": _("All its lines are in use"),
        "disabled": _("Disabled"),
        "resting": _("Rests after failures"),
        "unusable": _("Not usable now"),
    }
    return State(known.get(each.reason, each.reason.replace("_", " ")), "muted")


def verdict_card(desk: Desk, answer: NumberAnswer) -> QWidget:
    """Whether the call would be made, to where, for how long."""
    good = answer.would == "allowed"
    badge = Badge(desk.theme, State(_("Would be put through") if good else _("Would be refused"), "good" if good else "danger"))
    lines = [
        (_("Typed"), answer.number),
        (_("Read as"), number(answer.normalised)),
        (_("Destination"), " · ".join(filter(None, (answer.destination or "", answer.prefix or "")))),
        (_("Longest call"), longest_words(answer)),
    ]
    if answer.bundle:
        lines.append((_("Bundle"), _("{name}, {time} left", name=answer.bundle, time=duration(answer.bundle_seconds or 0))))
    said = facts("", [each for each in lines if each[1]])
    said.setObjectName("plain")
    said.setContentsMargins(-space("large"), -space("large"), 0, -space("large"))
    head = row(label(answer.words, "heading", wrap=True), badge)
    head.setStretch(0, 1)
    return card(column(head, said, gap="large", margin="large"))


def longest_words(answer: NumberAnswer) -> str:
    """How long the money lasts."""
    if answer.would != "allowed":
        return ""
    return _("Nothing ends it within a month") if answer.longest_seconds is None else duration(answer.longest_seconds)


def price_card(each: LevelAnswer) -> QWidget:
    """What one level pays, and why."""
    errors = {"no_rate": _("No price for this number"), "blocked": _("The tariff blocks this number")}
    title = _("{party} pays by {tariff}", party=each.party, tariff=each.tariff) if each.tariff else each.party
    lines = [
        (_("Price a minute"), errors.get(each.error, "") or money(each.price_per_minute, each.currency)),
        (_("A minute costs"), money(each.minute, each.currency)),
        (_("Credit now"), money(each.available, each.currency)),
        (_("Lasts for"), "" if each.longest_seconds is None or each.error else duration(each.longest_seconds)),
        (_("How it comes about"), chain_words(each)),
    ]
    return facts(title, [pair for pair in lines if pair[1]])


def chain_words(each: LevelAnswer) -> str:
    """The tariffs from the base to the one that is paid by, with the price at each."""
    told = each.explanation or {}
    steps = told.get("chain")
    if not isinstance(steps, list):
        return ""
    prices = [money(str(step["price_per_minute"]), each.currency) for step in steps if isinstance(step, dict) and "price_per_minute" in step]
    return " → ".join(prices) if len(prices) > 1 else ""


def ask_number(desk: Desk, typed: str = "", customer: str = "") -> None:
    """Go there with what is known already."""
    filters = {name: value for name, value in (("number", typed), ("customer", customer)) if value}
    desk.go(Place("answer", filters=filters))

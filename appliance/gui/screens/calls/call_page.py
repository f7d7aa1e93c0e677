"""The page of a call: what it cost and why, at each level, what became of each route, how it sounded, and every field."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.calls import call_explained, call_words
from appliance.gui.screens.calls.call_corrections import CorrectionsTab
from appliance.gui.screens.calls.call_mending import CallMending
from appliance.gui.screens.parts.call_customer import open_customer
from appliance.gui.screens.parts.trace_tab import TraceTab
from appliance.gui.theme import space
from appliance.gui.widgets.cards import Cards, facts, sentences
from appliance.gui.widgets.cells import tabular
from appliance.gui.widgets.page import Figure, Tab, ThingPage
from appliance.gui.widgets.plain import card, column, label, line, redress
from appliance.gui.words import _, count, duration, isolate, moment, moment_full, money, number, percent, plain_amount, plural
from appliance.wire.cdrs import CdrView
from appliance.wire.problem import Problem
from appliance.wire.records import ChargeView, MediaView
from appliance.wire.shapes import ById

LOSS_FAIR = 1.0
LOSS_BAD = 3.0


class CallScreen(Screen):
    """One record."""

    kinds = frozenset({"call"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.view: CdrView | None = None
        self.trace = TraceTab(desk, place.id)
        self.corrections = CorrectionsTab(desk, place.id)
        self.mending = CallMending(desk, self, "call", self.refresh)
        self.page = ThingPage(
            desk.theme,
            [
                Tab("price", _("Price explained"), self._price),
                Tab("way", _("Way and sound"), self._way),
                *([Tab("trace", _("Trace"), lambda: self.trace)] if desk.may("calls.trace") else []),
                *([Tab("corrections", _("Corrections"), self._corrections)] if desk.may("cdrs.corrections") else []),
                Tab("fields", _("All fields"), self._fields),
            ],
        )
        self.body.addWidget(self.page)
        self.page.tab_changed.connect(self._tab_seen)
        self.trace.changed.connect(self.verbs_changed)

    def title(self) -> str:
        return _("Call to {number}", number=call_words.called(self.view)) if self.view is not None else _("Call")

    def verbs(self) -> list[Action]:
        view = self.view
        there, known = view is not None, view is not None and bool(view.customer)
        traced = self.trace.verbs() if self.page.tab() == "trace" else []
        return [
            Action("call.customer", _("Open customer"), self._customer, "Ctrl+U", "user", enabled=known, primary=True, operation="customers.get"),
            Action("call.same", _("Calls to this number"), self._same, "", "calls", enabled=there, operation="cdrs.list"),
            Action("call.copy", _("Copy number"), self._copy_number, "", "copy", enabled=there, group=1),
            Action("call.copy_all", _("Copy as text"), self._copy_all, "Ctrl+Shift+C", "copy", enabled=there, group=1),
            *self.mending.verbs([view] if view is not None else [], 2),
            *traced,
        ]

    def refresh(self) -> None:
        operation.run(self, self.desk.client, "cdrs.get", ById(self.place.id), on_done=self.show_call, on_problem=self._failed)

    def on_changes(self, changes: object) -> None:
        """A record does not change once it is written; a missing one is asked for again, and what was put right about it."""
        if self.view is None:
            self.refresh()
        if "corrections" in self.page.built:
            self.corrections.ask()

    def show_call(self, view: CdrView) -> None:
        """Show this record."""
        self.view = view
        figures = [
            Figure(_("Duration"), duration(view.duration_ms // 1000) if view.answered_at else _("None")),
            Figure(_("Price"), money(view.amount, view.currency)),
        ]
        if view.answered_at and view.currency and view.costs != view.amount:
            figures.append(Figure(_("Price now"), money(view.costs, view.currency), "warning"))
        if view.cost_currency:
            figures.append(Figure(_("Cost"), money(view.cost, view.cost_currency)))
        who = view.customer or (view.trunk if view.direction == "in" else "") or _("Unknown caller")
        under = _("{who} · from {caller} · {moment}", who=who, caller=number(view.caller) or _("no number"), moment=moment(view.started_at))
        self.page.show_head(call_words.called(view) or _("No number"), under, call_words.state(view), figures)
        self.page.flag.show_number(view.normalised or view.dialled)
        self.page.open_tab(self.place.tab or self.page.tab())
        for name, build in (("price", price_cards), ("way", way_cards), ("fields", field_cards)):
            built = self.page.built.get(name)
            if isinstance(built, Cards):
                built.show_cards(build(view))
        self.title_changed.emit()
        self.verbs_changed.emit()

    # parts ---------------------------------------------------------------------------------------------------------
    def _failed(self, problem: Problem) -> None:
        self.page.show_problem(problem, self.refresh)

    def _tab_seen(self, name: str) -> None:
        if name == "trace":
            self.trace.ask()
        self.verbs_changed.emit()

    def _corrections(self) -> QWidget:
        self.corrections.ask()
        return self.corrections

    def _price(self) -> QWidget:
        return Cards(price_cards(self.view) if self.view is not None else [])

    def _way(self) -> QWidget:
        return Cards(way_cards(self.view) if self.view is not None else [])

    def _fields(self) -> QWidget:
        return Cards(field_cards(self.view) if self.view is not None else [])

    def _customer(self) -> None:
        if self.view is not None and self.view.customer:
            open_customer(self, self.desk, self.view.customer)

    def _same(self) -> None:
        if self.view is not None:
            self.desk.go(Place("calls", filters={"number": self.view.normalised or self.view.dialled, "period": "all"}))

    def _copy_number(self) -> None:
        if self.view is not None:
            digits = self.view.normalised or self.view.dialled
            QGuiApplication.clipboard().setText(digits)
            self.desk.toast(_("{number} copied", number=number(digits)))

    def _copy_all(self) -> None:
        if self.view is not None:
            QGuiApplication.clipboard().setText(as_text(self.view))
            self.desk.toast(_("The call was copied as text."))


def price_cards(view: CdrView) -> list[QWidget]:
    """One card a charge, the customer's first."""
    if not view.charges:
        text = _("Nothing was charged. {why}", why=call_words.cause_sentence(view))
        return [card(column(label(text, wrap=True), margin="large"))]
    return [_charge(each) for each in sorted(view.charges, key=lambda each: each.level)]


def _charge(charge: ChargeView) -> QWidget:
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(space("wide"))
    grid.setVerticalSpacing(space("small"))
    grid.setColumnStretch(0, 1)
    for at, each in enumerate(call_explained.lines(charge)):
        role = "strong" if each.total else ""
        if each.total:
            grid.addWidget(line(), 2 * at, 0, 1, 2)
        grid.addWidget(label(each.text, role, wrap=True, copyable=True), 2 * at + 1, 0)
        if each.amount:
            grid.addWidget(_right(each.amount, role), 2 * at + 1, 1)
    return card(column(label(call_explained.heading(charge), "heading", wrap=True), grid, gap="medium", margin="large"))


def _right(text: str, role: str = "") -> QLabel:
    made = label(text, role, copyable=True)
    made.setFont(tabular(made.font()))
    made.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
    return made


def way_cards(view: CdrView) -> list[QWidget]:
    """How it ended, the routes tried, what the relay heard."""
    ended = [call_words.cause_sentence(view)]
    if view.late_ms > 0:
        ended.append(_("It was cut {milliseconds} ms after its money had ended; that time is not charged.", milliseconds=count(view.late_ms)))
    if view.time_uncertain:
        ended.append(_("The clock was set during the call, so its moments are uncertain; its duration is not."))
    cards = [sentences(_("How it ended"), ended), sentences(_("Routes"), route_sentences(view))]
    texts, tone = sound_sentences(view.media)
    sound = sentences(_("Sound"), texts)
    if tone:
        first = sound.findChildren(QLabel)[1]
        first.setProperty("tone", tone)
        redress(first)
    return [*cards, sound]


def route_sentences(view: CdrView) -> list[str]:
    """Every route in the order it was tried."""
    said = []
    for at, each in enumerate(view.attempts, 1):
        name, what = each.trunk or _("The called phone"), call_words.status_sentence(each.status)
        said.append(_("{place}. {trunk} {what} ({code}).", place=count(at), trunk=name, what=what, code=isolate(str(each.status))))
    if view.trunk and view.direction != "in":
        taken = view.answered_at is not None
        places = {"place": count(len(view.attempts) + 1), "trunk": view.trunk}
        if taken:
            said.append(_("{place}. {trunk} took the call.", **places))
        elif view.trunk not in {each.trunk for each in view.attempts}:
            said.append(_("{place}. {trunk} was tried last.", **places))
    if view.callee_endpoint:
        said.append(_("It went to endpoint {number}.", number=number(view.callee_endpoint)))
    if view.direction == "in" and view.trunk:
        said.insert(0, _("It came in by trunk {trunk}.", trunk=view.trunk))
    return said or [_("No route was tried.")]


def sound_sentences(media: MediaView) -> tuple[list[str], str]:
    """What the relay counted, in words, and the tone of the first sentence."""
    if not media.relayed:
        return [_("The two sides spoke to each other directly, so nothing was measured here.")], ""
    if not media.packets:
        return [_("No sound passed through the server.")], "warning"
    expected = media.packets + media.loss
    share = 100 * media.loss / expected
    tone = "danger" if share > LOSS_BAD else "warning" if share > LOSS_FAIR else "good"
    verdicts = {"warning": _("The line was fair: some sound was lost."), "danger": _("The line was bad: words were lost.")}
    lost = _("{lost} of {packets} packets were lost ({percent}).", lost=count(media.loss), packets=count(expected), percent=percent(f"{share:.2f}"))
    said = [
        verdicts.get(tone, _("The line was good.")),
        lost,
        _("They came up to {milliseconds} ms unevenly (jitter).", milliseconds=count(media.jitter)),
    ]
    if media.mos is not None:
        said.append(_("Quality by the E-model (MOS): {score} of at most 4.5.", score=isolate(plain_amount(f"{media.mos:.2f}"))))
    if media.round_trip:
        said.append(_("Between the two sides and back it was {milliseconds} ms.", milliseconds=count(media.round_trip)))
    return said, tone


def fields(view: CdrView) -> list[tuple[str, str]]:
    """Every field of a record as (name, text), empty ones left out."""
    found = [
        (_("Record"), str(view.id)),
        (_("Call-ID"), view.call_id),
        (_("Began"), moment_full(view.started_at)),
        (_("Answered"), moment_full(view.answered_at)),
        (_("Ended"), moment_full(view.ended_at)),
        (_("Duration"), _("{seconds} s", seconds=plain_amount(f"{view.duration_ms / 1000:.3f}")) if view.answered_at else ""),
        (_("Billed"), plural("{n} second", "{n} seconds", view.billed_seconds) if view.answered_at else ""),
        (_("Direction"), call_words.direction(view.direction)),
        (_("Emergency call"), _("Yes") if view.emergency else ""),
        (_("Reseller"), view.reseller or ""),
        (_("Customer"), view.customer or ""),
        (_("Endpoint"), view.endpoint or ""),
        (_("Caller"), view.caller),
        (_("Dialled"), view.dialled),
        (_("Number rated"), view.normalised),
        (_("Prefix"), view.prefix or ""),
        (_("Destination"), view.destination or ""),
        (_("Called endpoint"), view.callee_endpoint or ""),
        (_("Called address"), view.callee),
        (_("Trunk"), view.trunk or ""),
        (_("Call-ID at the trunk"), view.trunk_call_id),
        (_("Caller's address"), view.source),
        (_("Caller's phone"), view.user_agent),
        (_("SIP result"), str(view.result)),
        (_("Why it ended"), call_words.cause(view.cause)),
        (_("Ended by"), call_words.ended_by(view.ended_by)),
        (_("Price"), money(view.amount, view.currency)),
        (_("Cost"), money(view.cost, view.cost_currency) if view.cost_currency else ""),
    ]
    return [(name, text) for name, text in found if text]


def field_cards(view: CdrView) -> list[QWidget]:
    """All fields in one card."""
    return [facts("", fields(view))]


def as_text(view: CdrView) -> str:
    """The call as lines of text: for a letter or a ticket."""
    parts = [f"{name}: {text}" for name, text in fields(view)]
    parts += ["", *route_sentences(view)]
    for charge in sorted(view.charges, key=lambda each: each.level):
        parts += ["", call_explained.heading(charge)]
        parts += [f"{each.text}  {each.amount}".rstrip() for each in call_explained.lines(charge)]
    return "\n".join(parts)

"""One dispute: what it is about above; its calls with what is known of them, its notes, its outcome below."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from appliance.gui import operation, words
from appliance.gui.column import Column, State
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.calls import call_words
from appliance.gui.screens.calls.call_page import sound_sentences
from appliance.gui.screens.calls.dispute_forms import OPEN, close_dispute, dispute_state, edit_dispute, note_dispute, with_whom
from appliance.gui.screens.parts.paper import show_paper
from appliance.gui.widgets.cards import Cards, facts, sentences
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.page import Figure, Tab, ThingPage
from appliance.gui.widgets.rows_list import RowsList
from appliance.gui.words import _, moment
from appliance.wire.disputes import CallEvidence, DisputeUpdate, DisputeView, Evidence, EvidencePrint
from appliance.wire.problem import Problem
from appliance.wire.shapes import ById


class DisputeScreen(Screen):
    """The page of `place.id`."""

    kinds = frozenset({"dispute"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.view: DisputeView | None = None
        self.calls = RowsList(desk, self._columns(), _("Calls"), Empty(_("What is known of the calls is not for you to see.")), "dispute.calls")
        self.calls.opened.connect(lambda each: desk.go(Place("call", each.call.id)))
        self.calls.selected.connect(self.verbs_changed)
        self.notes = Cards()
        self.page = ThingPage(
            desk.theme, [Tab("calls", _("Calls and evidence"), lambda: self.calls), Tab("notes", _("Notes and outcome"), lambda: self.notes)]
        )
        self.body.addWidget(self.page)
        self.page.open_tab(place.tab)

    def title(self) -> str:
        return self.view.subject if self.view is not None else _("Dispute")

    def part(self) -> str:
        return self.page.tab()

    def refresh(self) -> None:
        operation.run(self, self.desk.client, "disputes.get", ById(self.place.id), on_done=self._came, on_problem=self._failed)
        if self.desk.may("disputes.evidence"):
            operation.run(self, self.desk.client, "disputes.evidence", ById(self.place.id), on_done=self._known, on_problem=self._failed)
        else:
            self.calls.show_rows([])

    def verbs(self) -> list[Action]:
        view = self.view
        there, waits = view is not None, view is not None and view.state == OPEN
        call = self.calls.current() is not None
        return [
            Action("dispute.close", _("Close dispute"), self._close, "Ctrl+E", "good", enabled=waits, primary=True, operation="disputes.update"),
            Action("dispute.edit", _("Edit"), self._edit, "F2", "edit", enabled=waits, operation="disputes.update"),
            Action("dispute.note", _("Add note"), self._note, "Ctrl+N", "add", enabled=there, operation="disputes.update"),
            Action("dispute.reopen", _("Open again"), self._reopen, "", "undo", enabled=there and not waits, operation="disputes.update"),
            Action("dispute.print", _("Evidence on paper"), self._print, "Ctrl+P", "print", enabled=there, group=1, operation="disputes.print"),
            Action("dispute.call", _("Open call"), self._call, "Ctrl+O", "view", enabled=call, group=1, operation="cdrs.get"),
        ]

    # parts ---------------------------------------------------------------------------------------------------------
    def _columns(self) -> list[Column]:
        return [
            Column(lambda each: each.call.started_at, _("Began"), "moment", width=140),
            Column(lambda each: each.call.customer or "", _("Customer"), width=120, shown=False),
            Column(lambda each: each.call.normalised or each.call.dialled, _("To"), "number", width=150, grows=True),
            Column(lambda each: each.call.duration_ms / 1000 if each.call.answered_at else None, _("Duration"), "duration", width=96),
            Column(lambda each: call_words.state(each.call), _("Result"), "state", width=116),
            Column(lambda each: each.call.costs, _("Price now"), "money", width=104, currency=lambda each: each.call.currency),
            Column(lambda each: each.call.cost, _("Cost"), "money", width=98, currency=lambda each: each.call.cost_currency, shown=False),
            Column(sound_state, _("Sound"), "state", width=110, tip=lambda each: " ".join(sound_sentences(each.call.media)[0])),
            Column(phone_word, _("Phone"), width=130, shown=False),
        ]

    def _came(self, view: DisputeView) -> None:
        self.view = view
        figures = [
            Figure(_("Disputed"), words.money(view.disputed, view.currency)),
            Figure(_("Held back"), words.money(view.held, view.currency), "warning" if words.micros(view.held) else ""),
        ]
        under = _("With {who} · opened {day}", who=with_whom(view), day=words.day(view.opened_at))
        self.page.show_head(view.subject, under, dispute_state(view), figures)
        self.notes.show_cards(cards(view))
        self.title_changed.emit()
        self.verbs_changed.emit()

    def _known(self, evidence: Evidence) -> None:
        self.calls.show_rows(evidence.calls)

    def _failed(self, problem: Problem) -> None:
        if self.view is None:
            self.page.show_problem(problem, self.refresh)
        else:
            operation.teller(self.parent())(problem)

    def _fresh(self, view: DisputeView) -> None:
        self.refresh()

    def _close(self) -> None:
        if self.view is not None:
            close_dispute(self.desk, self, self.view, self._fresh)

    def _edit(self) -> None:
        if self.view is not None:
            edit_dispute(self.desk, self, self.view, self._fresh)

    def _note(self) -> None:
        if self.view is not None:
            note_dispute(self.desk, self, self.view, self._fresh)

    def _reopen(self) -> None:
        if self.view is not None:
            request = DisputeUpdate(self.view.id, self.view.version, state=OPEN)
            operation.run(self, self.desk.client, "disputes.update", request, on_done=self._fresh)

    def _print(self) -> None:
        if self.view is not None:
            show_paper(self.desk, self, _("Evidence of dispute {number}", number=self.view.id), "disputes.print", EvidencePrint(self.view.id))

    def _call(self) -> None:
        each = self.calls.current()
        if each is not None:
            self.desk.go(Place("call", each.call.id))


def sound_state(each: CallEvidence) -> State:
    """How the line was, as the relay counted."""
    tone = sound_sentences(each.call.media)[1]
    known = {"good": _("Good"), "warning": _("Fair"), "danger": _("Bad")}
    return State(known.get(tone, _("Not measured")), tone or "muted")


def phone_word(each: CallEvidence) -> str:
    """The phone that was registered nearest to the call."""
    return next((found.user_agent or found.source for found in each.registrations), "")


def cards(view: DisputeView) -> list[QWidget]:
    """The outcome, and the notes, the newest first."""
    ended = [(_("State"), dispute_state(view).text), (_("Outcome"), view.outcome or _("Not settled yet"))]
    if view.closed_at:
        ended.append((_("Closed"), moment(view.closed_at)))
    made: list[QWidget] = [facts(_("Outcome"), ended)]
    for note in reversed(view.notes):
        made.append(sentences(_("{who}, {moment}", who=note.who, moment=moment(note.at)), [note.text]))
    if not view.notes:
        made.append(sentences(_("Notes"), [_("Nobody wrote anything yet.")]))
    return made

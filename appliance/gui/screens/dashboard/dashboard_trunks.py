"""Trunks that do not work, on the dashboard: refused by the carrier, or resting since calls over them failed."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from appliance.gui import operation
from appliance.gui.column import State
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.trunks.trunk_words import rest_sentences, state_sentence
from appliance.gui.theme import space
from appliance.gui.widgets.badge import Badge
from appliance.gui.widgets.plain import button, clear, column, label, row
from appliance.gui.words import _, count
from appliance.wire.problem import Problem
from appliance.wire.shapes import Listing
from appliance.wire.trunks import TrunkPage, TrunkView

MOST_SHOWN = 5
LONGEST_NAME = 32


def failed(view: TrunkView) -> State | None:
    """What is wrong with it; None where nothing is, or it is switched off."""
    if view.disabled or view.archived_at is not None:
        return None
    if view.registered is False:
        return State(_("Not registered"), "danger")
    return State(_("Rests"), "warning") if view.health is not None and view.health.resting_until is not None else None


class FailedTrunks(QWidget):
    """Each with its reason and a way to its page. `ask` asks anew."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._desk = desk
        self.shown: TrunkPage | None = None
        self._lines = column(gap="medium")
        self._lines.setContentsMargins(0, 0, 0, 0)
        self.setLayout(self._lines)

    def ask(self) -> None:
        """All trunks that one may see."""
        operation.run(self, self._desk.client, "trunks.list", Listing(limit=1000), on_done=self.show_trunks, on_problem=self._quiet)

    def show_trunks(self, page: TrunkPage) -> None:
        """Those that fail, or that none does; what is shown already stays, and with it the focus."""
        if page == self.shown:
            return
        self.shown = page
        clear(self._lines)
        wrong = [(view, state) for view in page.trunks if (state := failed(view)) is not None]
        for view, state in wrong[:MOST_SHOWN]:
            self._lines.addLayout(self._line(view, state))
        if len(wrong) > MOST_SHOWN:
            text = _("All {count} trunks", count=count(len(page.trunks)))
            self._lines.addWidget(button(text, lambda: self._desk.go(Place("trunks")), "link"))
        if not page.trunks:
            self._lines.addWidget(label(_("There are no trunks yet."), "muted"))
        elif not wrong:
            self._lines.addWidget(label(_("Every trunk works."), "muted"))

    def _line(self, view: TrunkView, state: State) -> QVBoxLayout:
        name = view.name if len(view.name) <= LONGEST_NAME else f"{view.name[:LONGEST_NAME]}…"
        way = button(name, partial(self._desk.go, Place("trunk", id=view.id)), "link")
        way.setToolTip(view.name)
        reason = " ".join(rest_sentences(view)) if view.registered is not False else state_sentence(view)
        head = row(Badge(self._desk.theme, state), way, None)
        head.setSpacing(space("medium"))
        return column(head, label(reason, "muted", wrap=True), gap="small")

    def _quiet(self, problem: Problem) -> None:
        """What was shown stays; the figures beside it say what is wrong."""

"""Disputes about calls: with whom, about how much, what is held back, and what became of them (P19)."""

from __future__ import annotations

from appliance.gui.column import Column
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.calls.dispute_forms import OPEN, close_dispute, dispute_state, state_words, with_whom
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import Filter, ListPage
from appliance.gui.words import _, micros, money, plural
from appliance.wire.disputes import DisputeList, DisputeView


class DisputesScreen(Screen):
    """Newest first."""

    kinds = frozenset({"dispute"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        columns = [
            Column("opened_at", _("Opened"), "day", width=122),
            Column("subject", _("Subject"), width=170, grows=True),
            Column(with_whom, _("With"), width=120),
            Column(dispute_state, _("State"), "state", width=104),
            Column(lambda view: len(view.calls), _("Calls"), "count", width=70, shown=False),
            Column("disputed", _("Disputed"), "money", width=104, currency="currency"),
            Column("held", _("Held back"), "money", width=104, currency="currency"),
            Column("outcome", _("Outcome"), width=160, shown=False),
            Column("closed_at", _("Closed"), "day", width=110, shown=False),
            Column("reseller", _("Reseller"), width=130, shown=False),
        ]
        none = _("There are no disputes. One is opened from a call, or from several calls chosen in the list.")
        self.list = ListPage(
            desk,
            PageModel(desk.client, "disputes.list", DisputeList(), columns),
            title=_("Disputes"),
            empty=Empty(none, _("Calls"), lambda: desk.go(Place("calls")), "cdrs.list"),
            totals=lambda loaded: totals_text(loaded.rows),
            filters=[Filter("state", _("State"), state_words())],
            memory_name="disputes",
        )
        self.list.set_filter("state", place.filters.get("state"))
        self.list.opened.connect(lambda view: desk.go(Place("dispute", view.id)))
        self.list.selected.connect(self.verbs_changed)
        self.list.model.loaded.connect(self.verbs_changed)
        self.body.addWidget(self.list)

    def title(self) -> str:
        return _("Disputes")

    def refresh(self) -> None:
        self.list.refresh()

    def verbs(self) -> list[Action]:
        view: DisputeView | None = self.list.current()
        one, waits = view is not None, view is not None and view.state == OPEN
        return [
            Action("disputes.open", _("Show"), self._open, "Ctrl+O", "view", enabled=one, primary=True, operation="disputes.get"),
            Action("disputes.close", _("Close dispute"), self._close, "Ctrl+E", "good", enabled=waits, group=1, operation="disputes.update"),
            Action("disputes.calls", _("Calls"), lambda: self.desk.go(Place("calls")), "Ctrl+L", "calls", group=2, operation="cdrs.list"),
        ]

    def _open(self) -> None:
        view = self.list.current()
        if view is not None:
            self.desk.go(Place("dispute", view.id))

    def _close(self) -> None:
        view = self.list.current()
        if view is not None:
            close_dispute(self.desk, self, view, lambda _view: self.refresh())


def totals_text(views: list[DisputeView]) -> str:
    """The footer: how many are open, and what is held back, by currency."""
    waiting = [each for each in views if each.state == OPEN]
    parts = [plural("{n} open", "{n} open", len(waiting))]
    for currency in dict.fromkeys(each.currency for each in views):
        held = sum(micros(each.held) for each in views if each.currency == currency)
        parts.append(_("{amount} held back", amount=money(held, currency)))
    return "   ·   ".join(parts)

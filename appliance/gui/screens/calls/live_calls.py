"""Running calls: who speaks to whom, since when, for how much, until when; and the end of one by hand."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication

from appliance.gui import operation
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.calls.call_live_model import LiveModel
from appliance.gui.screens.parts.call_customer import open_customer
from appliance.gui.table_model import PageModel
from appliance.gui.widgets import confirm
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.words import _, duration, money, number, plural
from appliance.wire.calls import HangUp, RunningCall

TICK_MS = 1000


class LiveCallsScreen(Screen):
    """The list moves with the `live` events; a call that is over leaves it."""

    kinds = frozenset({"customer", "reseller"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.model = LiveModel(desk.client, desk.clock)
        self.list = ListPage(
            desk,
            self.model,
            title=_("Running calls"),
            empty=Empty(_("Nobody is calling now. Calls show here as they begin."), _("Past calls"), lambda: desk.go(Place("calls"))),
            totals=self._totals,
            memory_name="live_calls",
        )
        self.body.addWidget(self.list)
        self.list.opened.connect(self._customer_of)
        self.list.selected.connect(self.verbs_changed)
        desk.live.connect(self.model.hear)
        self._tick = QTimer(self, interval=TICK_MS)
        self._tick.timeout.connect(self._second)
        self._tick.start()

    def title(self) -> str:
        return _("Running calls")

    def verbs(self) -> list[Action]:
        view: RunningCall | None = self.list.current()
        chosen, known = view is not None, view is not None and bool(view.customer)
        return [
            Action("live.customer", _("Open customer"), self.open_customer, "Ctrl+U", "user", enabled=known, primary=True, operation="customers.get"),
            Action("live.copy", _("Copy number"), self.copy_number, "", "copy", enabled=chosen),
            Action("live.hang_up", _("Hang up"), self.hang_up, "Del", "hang_up", enabled=chosen, dangerous=True, group=1, operation="calls.hang_up"),
            Action("live.past", _("Past calls"), lambda: self.desk.go(Place("calls")), "Ctrl+L", "calls", group=2, operation="cdrs.list"),
        ]

    def refresh(self) -> None:
        self.list.refresh()

    def on_changes(self, changes: Mapping[str, frozenset[int]]) -> None:
        """Names of customers may be others."""
        self.model.refresh()

    def open_customer(self) -> None:
        """The page of the caller's customer."""
        view = self.list.current()
        if view is not None:
            self._customer_of(view)

    def copy_number(self) -> None:
        """The digits that were dialled."""
        view = self.list.current()
        if view is not None:
            QGuiApplication.clipboard().setText(view.dialled)
            self.desk.toast(_("{number} copied", number=number(view.dialled)))

    def hang_up(self) -> None:
        """Ask, in figures, and end the call on both sides."""
        view: RunningCall | None = self.list.current()
        if view is None:
            return
        talked = self.model.lasts(view)
        who = view.customer or view.endpoint or _("an unknown caller")
        places = {"who": who, "number": number(view.dialled), "duration": duration(talked or 0), "money": money(view.consumed, view.currency)}
        if talked is None:
            text = _("The call of {who} to {number} has not been answered. It costs nothing.", **places)
        else:
            text = _("{who} has talked to {number} for {duration}. {money} are charged so far and stay charged.", **places)
        confirm.ask(self, _("Hang up this call?"), text, _("Hang up"), lambda: self._end(view))

    def _end(self, view: RunningCall) -> None:
        def done(result: object) -> None:
            self.desk.toast(_("The call to {number} was ended.", number=number(view.dialled)))
            self.model.refresh()

        operation.run(self, self.desk.client, "calls.hang_up", HangUp(id=view.id), on_done=done)

    def _customer_of(self, view: RunningCall) -> None:
        if view.customer:
            open_customer(self, self.desk, view.customer)

    def _second(self) -> None:
        if self.isVisible():
            self.model.tick()

    def _totals(self, model: PageModel) -> str:
        parts = [plural("{n} running call", "{n} running calls", len(model.rows))]
        parts += [_("{money} a second", money=money(amount, currency)) for currency, amount in self.model.news.money_per_second.items()]
        soon = self.model.soon()
        if soon:
            parts.append(plural("{n} runs out of credit within 10 minutes", "{n} run out of credit within 10 minutes", soon))
        return "   ·   ".join(parts)

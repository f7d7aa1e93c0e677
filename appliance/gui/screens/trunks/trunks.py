"""Trunks: the carriers and gateways, whether they can be used now, how many calls run over each."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QMenu

from appliance.gui import operation
from appliance.gui.column import Column
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.trunks import trunk_words
from appliance.gui.screens.trunks.route_price import ask_price
from appliance.gui.screens.trunks.trunk_form import add_trunk, edit_trunk
from appliance.gui.screens.trunks.trunk_test import place_test_call
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.archiving import archive, away_verb, restore
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import Filter, ListPage
from appliance.gui.words import _, count
from appliance.wire.shapes import Listing
from appliance.wire.trunks import TrunkUpdate, TrunkView


def calls_of(view: TrunkView) -> str:
    """Running calls, with the limit where there is one."""
    return count(view.calls) if view.max_calls is None else _("{calls} of {most}", calls=count(view.calls), most=count(view.max_calls))


def columns() -> list[Column]:
    """What the list shows of a trunk."""
    return [
        Column("name", _("Name"), width=170, grows=True),
        Column(trunk_words.state, _("State"), "state", width=130, tip=trunk_words.state_sentence),
        Column(calls_of, _("Running calls"), width=104),
        Column(trunk_words.address, _("Address"), width=190),
        Column("cost_tariff", _("Buying prices"), width=130),
        Column(lambda view: len(view.numbers), _("Incoming numbers"), "count", width=124),
        Column(lambda view: view.emergency, _("Emergency calls"), "yes", width=116),
        Column("reseller", _("Reseller"), width=130, shown=False),
    ]


class TrunksScreen(Screen):
    """The list and its actions."""

    kinds = frozenset({"trunk", "trunk_state", "did", "route"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        why = _("There are no trunks yet. A trunk is the line to a carrier; without one only your own phones can call each other.")
        self.list = ListPage(
            desk,
            PageModel(desk.client, "trunks.list", Listing(), columns()),
            title=_("Trunks"),
            hint=_("Name or host"),
            empty=Empty(why, _("Add trunk"), self.add, "trunks.create"),
            filters=[Filter("archived", _("Trunks"), [(True, _("Archived too"))])],
            memory_name="trunks",
            menu=self._menu,
        )
        self.body.addWidget(self.list)
        self.list.opened.connect(self._open)
        self.list.selected.connect(self.verbs_changed)
        self.list.model.loaded.connect(self.verbs_changed)

    def title(self) -> str:
        return _("Trunks")

    def refresh(self) -> None:
        self.list.refresh()

    def verbs(self) -> list[Action]:
        view: TrunkView | None = self.list.current()
        one, alive = view is not None, view is not None and view.archived_at is None
        stopped = view is not None and view.disabled
        able = _("Enable") if stopped else _("Disable")
        return [
            Action("trunks.add", _("Add trunk"), self.add, "Ctrl+N", "add", primary=True, operation="trunks.create"),
            Action("trunks.view", _("View"), self._view, "Ctrl+O", "view", enabled=one, group=1),
            Action("trunks.edit", _("Edit"), self._edit, "F2", "edit", enabled=alive, group=1, operation="trunks.update"),
            Action("trunks.calls", _("Calls"), self._calls, "Ctrl+Shift+C", "calls", enabled=one, group=1, operation="cdrs.list"),
            Action(
                "trunks.test",
                _("Test call"),
                self._test,
                "Ctrl+Shift+T",
                "phone",
                enabled=alive and not stopped,
                group=1,
                operation="trunks.test_call",
            ),
            Action("trunks.routes", _("Routes"), lambda: self.desk.go(Place("routes")), "Ctrl+R", "resellers", group=2, operation="routes.list"),
            Action(
                "trunks.numbers",
                _("Incoming numbers"),
                lambda: self.desk.go(Place("numbers")),
                "Ctrl+Shift+I",
                "phone",
                group=2,
                operation="numbers.list",
            ),
            Action(
                "trunks.carriers",
                _("Carrier accounts"),
                lambda: self.desk.go(Place("carriers")),
                "Ctrl+Shift+K",
                "money",
                group=2,
                operation="carriers.list",
            ),
            Action(
                "trunks.price", _("What would a call cost"), lambda: ask_price(self.desk, self), "Ctrl+T", "test", group=2, operation="calls.price"
            ),
            Action(
                "trunks.disable", able, self._disable, "Ctrl+D", "enable" if stopped else "disable", enabled=alive, group=3, operation="trunks.update"
            ),
            away_verb("trunks", "trunks", one and not alive, self._archive, self._restore, enabled=one, group=3),
        ]

    def _test(self) -> None:
        view = self.list.current()
        if view is not None:
            place_test_call(self.desk, self, view)

    def add(self) -> None:
        """The form of a new trunk, then its page."""
        add_trunk(self.desk, self, self._open)

    def _open(self, view: TrunkView) -> None:
        self.desk.go(Place("trunk", id=view.id))

    def _view(self) -> None:
        view = self.list.current()
        if view is not None:
            self._open(view)

    def _edit(self) -> None:
        view = self.list.current()
        if view is not None:
            edit_trunk(self.desk, self, view)

    def _calls(self) -> None:
        view = self.list.current()
        if view is not None:
            self.desk.go(Place("calls", filters={"trunk": view.name}))

    def _disable(self) -> None:
        view = self.list.current()
        if view is not None:
            disable_trunk(self.desk, self, view, not view.disabled)

    def _archive(self) -> None:
        view = self.list.current()
        if view is not None:
            archive_trunk(self.desk, self, view)

    def _restore(self) -> None:
        view = self.list.current()
        if view is not None:
            restore(self.desk, self, "trunks", view.id, view.name)

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        for each in self.offered():
            if each.group in (1, 3):
                menu.addAction(each.text, each.run).setEnabled(each.enabled)
        return menu


def disable_trunk(desk: Desk, owner: Screen, view: TrunkView, disabled: bool) -> None:
    """Take a trunk out of use or back into it; may be undone."""

    def ask(wanted: bool, said: bool) -> None:
        def done(fresh: Any) -> None:
            owner.refresh()
            if said:
                text = _("{name} is disabled: new calls go by other trunks", name=view.name) if wanted else _("{name} is enabled", name=view.name)
                desk.toast(text, lambda: ask(not wanted, said=False))

        operation.run(owner, desk.client, "trunks.update", TrunkUpdate(id=view.id, disabled=wanted), on_done=done)

    ask(disabled, said=True)


def archive_trunk(desk: Desk, owner: Screen, view: TrunkView) -> None:
    """Out of use, and its incoming numbers ring nowhere; calls that run go on. May be undone."""
    archive(desk, owner, "trunks", view.id, view.name, _("{name} is archived", name=view.name))

"""Routes: which trunks serve which numbers, in which order."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu

from appliance.gui import operation
from appliance.gui.column import Column
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.trunks import trunk_words
from appliance.gui.screens.trunks.route_form import put_route
from appliance.gui.screens.trunks.route_price import ask_price
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.words import _, count
from appliance.wire.routes import RouteSet, RouteView
from appliance.wire.shapes import ById, Listing


def steps(view: RouteView) -> str:
    """The trunks in their order."""
    if view.order == "weight":
        return ", ".join(_("{trunk} ({weight})", trunk=name, weight=count(weight)) for name, weight in zip(view.trunks, view.weights, strict=False))
    return ", ".join(view.trunks) if view.order == "cost" else " › ".join(view.trunks)


def columns() -> list[Column]:
    """What the list shows of a route."""
    return [
        Column(lambda view: trunk_words.prefix(view.prefix), _("Numbers that begin with"), width=190),
        Column(lambda view: steps(view) or _("No trunk: these calls are refused"), _("Trunks"), width=320, grows=True),
        Column(lambda view: trunk_words.order(view.order), _("Order"), width=150),
        Column("reseller", _("Reseller"), width=150),
    ]


class RoutesScreen(Screen):
    """The list; a call takes the route with the longest prefix that fits."""

    kinds = frozenset({"route", "trunk"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        why = _("There are no routes yet, so no call can leave by a trunk. The first may serve all numbers.")
        self.list = ListPage(
            desk,
            PageModel(desk.client, "routes.list", Listing(), columns()),
            title=_("Routes"),
            empty=Empty(why, _("Add route"), self.add, "routes.set"),
            totals=lambda model: _("A call goes by the route with the longest prefix that fits its number."),
            memory_name="routes",
            menu=self._menu,
        )
        self.list.search.hide()
        self.body.addWidget(self.list)
        self.list.opened.connect(self._change)
        self.list.selected.connect(self.verbs_changed)

    def title(self) -> str:
        return _("Routes")

    def refresh(self) -> None:
        self.list.refresh()

    def verbs(self) -> list[Action]:
        one = self.list.current() is not None
        return [
            Action("routes.add", _("Add route"), self.add, "Ctrl+N", "add", primary=True, operation="routes.set"),
            Action("routes.edit", _("Change trunks"), self._edit, "F2", "edit", enabled=one, group=1, operation="routes.set"),
            Action("routes.remove", _("Remove"), self._remove, "Del", "remove", enabled=one, dangerous=True, group=1, operation="routes.remove"),
            Action(
                "routes.price", _("What would a call cost"), lambda: ask_price(self.desk, self), "Ctrl+T", "test", group=2, operation="calls.price"
            ),
            Action("routes.trunks", _("Trunks"), lambda: self.desk.go(Place("trunks")), "Ctrl+R", "trunks", group=2, operation="trunks.list"),
        ]

    def add(self) -> None:
        """The form of a new route."""
        put_route(self.desk, self, None, lambda view: self.refresh())

    def _change(self, view: RouteView) -> None:
        put_route(self.desk, self, view, lambda fresh: self.refresh())

    def _edit(self) -> None:
        view = self.list.current()
        if view is not None:
            self._change(view)

    def _remove(self) -> None:
        view: RouteView | None = self.list.current()
        if view is None:
            return
        kept = view

        def undo() -> None:
            back = RouteSet(prefix=kept.prefix, trunks=list(kept.trunks), order=kept.order, reseller=kept.reseller, weights=kept.weights)
            operation.run(self, self.desk.client, "routes.set", back, on_done=lambda fresh: self.refresh())

        def done(result: object) -> None:
            self.desk.toast(_("The route of {prefix} is removed", prefix=trunk_words.prefix(kept.prefix)), undo)
            self.refresh()

        operation.run(self, self.desk.client, "routes.remove", ById(kept.id), on_done=done)

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        for each in self.offered():
            if each.group == 1:
                menu.addAction(each.text, each.run).setEnabled(each.enabled)
        return menu

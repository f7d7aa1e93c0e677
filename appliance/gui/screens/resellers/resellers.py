"""Resellers: the tree below one, who buys by which tariff, and what each has left."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QMenu

from appliance.gui import operation
from appliance.gui.column import Column, State
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.resellers.reseller_form import add_money, add_reseller, assign_tariff, edit_reseller
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.archiving import archive, away_verb, restore
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import Filter, ListPage
from appliance.gui.words import _, micros
from appliance.wire.resellers import ResellerUpdate, ResellerView
from appliance.wire.shapes import Listing

INDENT = "\u2003\u2003"


def state(view: ResellerView) -> State:
    """Archived, disabled, out of credit, without a tariff, or active."""
    if view.archived_at is not None:
        return State(_("Archived"))
    if view.disabled:
        return State(_("Disabled"))
    if view.parent is None:
        return State(_("The owner"), "accent")
    if view.tariff is None:
        return State(_("No tariff"), "warning")
    if micros(view.balance or "0") + micros(view.credit_limit or "0") <= 0:
        return State(_("No credit"), "warning")
    return State(_("Active"), "good")


def in_tree(rows: list[ResellerView]) -> list[tuple[ResellerView, int]]:
    """Each below its parent, with its depth; names of one parent in order."""
    names = {row.name for row in rows}
    below: dict[str | None, list[ResellerView]] = {}
    for row in rows:
        below.setdefault(row.parent if row.parent in names else None, []).append(row)
    found: list[tuple[ResellerView, int]] = []

    def walk(parent: str | None, depth: int) -> None:
        for row in sorted(below.get(parent, ()), key=lambda each: each.name.casefold()):
            found.append((row, depth))
            walk(row.name, depth + 1)

    walk(None, 0)
    return found


class TreeModel(PageModel):
    """The page of resellers, laid out as a tree."""

    sortable = False

    def __init__(self, desk: Desk) -> None:
        columns = [
            Column(self.indented, _("Name"), width=240, grows=True, tip=lambda view: str(view.name)),
            Column(state, _("State"), "state", width=116),
            Column("tariff", _("Buys by tariff"), width=140),
            Column("balance", _("Balance"), "money", width=120, currency="currency"),
            Column("credit_limit", _("Credit limit"), "money", width=120, currency="currency"),
            Column("number_range", _("Number range"), width=150),
            Column("sip_domain", _("SIP domain"), width=190, shown=False),
            Column("retail_markup_percent", _("Retail markup"), "percent", width=110, shown=False),
            Column("country", _("Country"), width=70, shown=False),
        ]
        super().__init__(desk.client, "resellers.list", Listing(), columns)
        self._depths: dict[int, int] = {}

    def indented(self, view: ResellerView) -> str:
        """The name, further in the deeper it stands."""
        return INDENT * self._depths.get(view.id, 0) + view.name

    def _lay(self, rows: list[Any]) -> None:
        tree = in_tree(rows)
        self._depths = {row.id: depth for row, depth in tree}
        super()._lay([row for row, _depth in tree])


class ResellersScreen(Screen):
    """The tree and its actions."""

    kinds = frozenset({"reseller", "account", "balance", "tariff"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.list = ListPage(
            desk,
            TreeModel(desk),
            title=_("Resellers"),
            empty=Empty(
                _("There are no resellers yet. A reseller sells your calls to customers of its own, by its own prices."),
                _("Add reseller"),
                self.add,
                "resellers.create",
            ),
            filters=[Filter("archived", _("Resellers"), [(True, _("Archived too"))])],
            memory_name="resellers",
            menu=self._menu,
        )
        self.list.search.hide()
        self.body.addWidget(self.list)
        self.list.opened.connect(self._open)
        self.list.selected.connect(self.verbs_changed)
        self.list.model.loaded.connect(self.verbs_changed)

    def title(self) -> str:
        return _("Resellers")

    def refresh(self) -> None:
        self.list.refresh()

    def verbs(self) -> list[Action]:
        view: ResellerView | None = self.list.current()
        alive = view is not None and view.archived_at is None
        below = alive and view is not None and view.parent is not None
        gone = view is not None and not alive
        stopped = view is not None and view.disabled
        able = _("Enable") if stopped else _("Disable")
        return [
            Action("resellers.add", _("Add reseller"), self.add, "Ctrl+N", "add", primary=True, operation="resellers.create"),
            Action("resellers.view", _("View"), self._view, "Ctrl+O", "view", enabled=view is not None, group=1),
            Action("resellers.edit", _("Edit"), self._edit, "F2", "edit", enabled=alive, group=1, operation="resellers.update"),
            Action("resellers.tariff", _("Assign tariff"), self._assign, "Ctrl+T", "tariffs", enabled=below, group=1, operation="resellers.update"),
            Action("resellers.pay", _("Add payment"), self._pay, "Ctrl+P", "payments", enabled=below, group=1, operation="payments.record"),
            Action("resellers.calls", _("Calls"), self._calls, "Ctrl+Shift+C", "calls", enabled=view is not None, group=1, operation="cdrs.list"),
            Action(
                "resellers.disable",
                able,
                self._disable,
                "Ctrl+D",
                "enable" if stopped else "disable",
                enabled=below,
                group=2,
                operation="resellers.update",
            ),
            away_verb("resellers", "resellers", gone, self._archive, self._restore, enabled=below or gone),
        ]

    def add(self) -> None:
        """A new reseller below the chosen one that may have some, else below one's own."""
        chosen: ResellerView | None = self.list.current()
        parent = chosen if chosen is not None and chosen.archived_at is None and (chosen.parent is None or chosen.may_have_resellers) else None
        root = next((row for row in self.list.model.rows if row.parent is None), None)
        add_reseller(self.desk, self, parent or root, self._open)

    def _open(self, view: ResellerView) -> None:
        self.desk.go(Place("reseller", id=view.id))

    def _view(self) -> None:
        if self.list.current() is not None:
            self._open(self.list.current())

    def _edit(self) -> None:
        if self.list.current() is not None:
            edit_reseller(self.desk, self, self.list.current())

    def _assign(self) -> None:
        if self.list.current() is not None:
            assign_tariff(self.desk, self, self.list.current())

    def _pay(self) -> None:
        if self.list.current() is not None:
            add_money(self.desk, self, self.list.current())

    def _calls(self) -> None:
        view = self.list.current()
        if view is not None:
            self.desk.go(Place("calls", filters={"reseller": view.name}))

    def _disable(self) -> None:
        view = self.list.current()
        if view is not None:
            disable_reseller(self.desk, self, view, not view.disabled)

    def _archive(self) -> None:
        view = self.list.current()
        if view is not None:
            archive_reseller(self.desk, self, view)

    def _restore(self) -> None:
        view = self.list.current()
        if view is not None:
            restore(self.desk, self, "resellers", view.id, view.name)

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        for each in self.offered():
            if each.group:
                menu.addAction(each.text, each.run).setEnabled(each.enabled)
        return menu


def disable_reseller(desk: Desk, owner: Screen, view: ResellerView, disabled: bool) -> None:
    """Stop or allow all calls of a reseller's customers; may be undone."""

    def ask(wanted: bool, said: bool) -> None:
        def done(fresh: Any) -> None:
            owner.refresh()
            if said:
                text = _("{name} is disabled: its customers cannot call", name=view.name) if wanted else _("{name} is enabled", name=view.name)
                desk.toast(text, lambda: ask(not wanted, said=False))

        operation.run(owner, desk.client, "resellers.update", ResellerUpdate(id=view.id, disabled=wanted), on_done=done)

    ask(disabled, said=True)


def archive_reseller(desk: Desk, owner: Screen, view: ResellerView) -> None:
    """Out of use with its tariffs, routes and trunks; may be undone."""
    archive(desk, owner, "resellers", view.id, view.name, _("{name} is archived", name=view.name))

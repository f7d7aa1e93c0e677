"""Customers: the list, found as one types over name, company, number and e-mail, with all that is done to one of them (S7)."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QMenu

from appliance.gui import operation
from appliance.gui.column import Column
from appliance.gui.desk import Desk, Place
from appliance.gui.people import customer_state
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.customers.customer_form import add_customer, edit_customer
from appliance.gui.screens.customers.customers_edit import edit_many
from appliance.gui.screens.customers.endpoint_forms import send_details
from appliance.gui.screens.parts.payment_form import add_payment
from appliance.gui.screens.parts.shown_in import ShownIn
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.archiving import archive, away_verb, restore
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import Filter, ListPage
from appliance.gui.words import _
from appliance.wire.customers import CustomerList, CustomerUpdate, CustomerView


def columns() -> list[Column]:
    """What the list shows of a customer."""
    return [
        Column("name", _("Name"), width=200, grows=True),
        Column("company", _("Company"), width=160),
        Column(customer_state, _("State"), "state", width=110),
        Column("balance", _("Balance"), "money", width=120, currency="account_currency"),
        Column("credit_limit", _("Credit limit"), "money", width=110, currency="account_currency"),
        Column("tariff", _("Tariff"), width=110),
        Column("email", _("E-mail"), width=180, shown=False),
        Column("phone", _("Phone"), "number", width=140, shown=False),
        Column("reseller", _("Reseller"), width=140, shown=False),
        Column("created_at", _("Since"), "day", width=110, shown=False),
    ]


class CustomersScreen(Screen):
    """The list and its actions."""

    kinds = frozenset({"customer", "balance", "account", "endpoint"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.list = ListPage(
            desk,
            PageModel(desk.client, "customers.list", CustomerList(), columns()),
            title=self.title(),
            hint=_("Name, company, number or e-mail"),
            empty=Empty(_("There are no customers yet. Add the first: it gets a number at once."), _("Add customer"), self.add, "customers.create"),
            filters=[Filter("archived", _("Customers"), [(True, _("Archived too"))])],
            memory_name="customers",
            menu=self._menu,
            many=True,
        )
        ShownIn(desk, self.list, {"balance": "balance", "credit_limit": "credit_limit"}, columns)
        self.list.opened.connect(self._open)
        self.list.selected.connect(self.verbs_changed)
        self.list.model.loaded.connect(self.verbs_changed)
        self.body.addWidget(self.list)

    def title(self) -> str:
        return _("Customers")

    def refresh(self) -> None:
        self.list.refresh()

    def verbs(self) -> list[Action]:
        view: CustomerView | None = self.list.current()
        one, any_there = view is not None, bool(self.list.model.rows)
        alive = view is not None and view.archived_at is None
        stopped = view is not None and view.disabled
        return [
            Action("customers.add", _("Add customer"), self.add, "Ctrl+N", "add", primary=True, operation="customers.create"),
            Action("customers.view", _("View"), self._view, "Ctrl+O", "view", enabled=one, group=1),
            Action("customers.edit", _("Edit"), self._edit, "F2", "edit", enabled=alive, group=1, operation="customers.update"),
            Action("customers.add_payment", _("Add payment"), self._pay, "Ctrl+P", "add", enabled=alive, group=2, operation="payments.record"),
            Action(
                "customers.payments",
                _("Payments"),
                lambda: self._tab("payments"),
                "Ctrl+Shift+P",
                "payments",
                enabled=one,
                group=2,
                operation="payments.list",
            ),
            Action("customers.calls", _("Calls"), lambda: self._tab("calls"), "Ctrl+Shift+C", "calls", enabled=one, group=2, operation="cdrs.list"),
            Action(
                "customers.send",
                _("Send details by e-mail"),
                self._send,
                "Ctrl+Shift+E",
                "messages",
                enabled=alive,
                group=2,
                operation="messages.send_details",
            ),
            Action("customers.many", _("Change several"), self._many, "Ctrl+Shift+M", "edit", any_there, group=2, operation="customers.change_many"),
            Action("customers.write", _("Write e-mail"), self._write, "Ctrl+M", "messages", group=2, enabled=one, operation="messages.send_letter"),
            Action(
                "customers.disable",
                _("Enable") if stopped else _("Disable"),
                self._disable,
                "Ctrl+D",
                "enable" if stopped else "disable",
                enabled=alive,
                group=3,
                operation="customers.update",
            ),
            away_verb("customers", "customers", one and not alive, self._archive, self._restore, enabled=one, group=3),
            Action("customers.move_in", _("Move in"), lambda: self.desk.go(Place("move")), "", "import", group=4, operation="move.apply"),
        ]

    # what is done --------------------------------------------------------------------------------------------------
    def add(self) -> None:
        """The form of a new customer."""
        add_customer(self.desk, self)

    def _open(self, view: CustomerView) -> None:
        self.desk.go(Place("customer", view.id))

    def _view(self) -> None:
        self._tab("")

    def _tab(self, name: str) -> None:
        view = self.list.current()
        if view is not None:
            self.desk.go(Place("customer", view.id, name))

    def _edit(self) -> None:
        view = self.list.current()
        if view is not None:
            edit_customer(self.desk, self, view)

    def _pay(self) -> None:
        view = self.list.current()
        if view is not None:
            add_payment(self.desk, self, view)

    def _send(self) -> None:
        view = self.list.current()
        if view is not None:
            send_details(self.desk, self, view.id)

    def _many(self) -> None:
        edit_many(self.desk, self, self.list.chosen(), self.list, self.refresh)

    def _write(self) -> None:
        """To all that are chosen."""
        chosen = ",".join(str(view.id) for view in self.list.chosen() if view.archived_at is None)
        self.desk.go(Place("letter", filters={"customers": chosen}))

    def _disable(self) -> None:
        view: CustomerView | None = self.list.current()
        if view is not None:
            disable_customer(self.desk, self, view, not view.disabled)

    def _archive(self) -> None:
        view: CustomerView | None = self.list.current()
        if view is not None:
            archive_customer(self.desk, self, view)

    def _restore(self) -> None:
        view: CustomerView | None = self.list.current()
        if view is not None:
            restore(self.desk, self, "customers", view.id, view.name)

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        for each in self.offered():
            if each.group:
                menu.addAction(each.text, each.run).setEnabled(each.enabled)
        return menu


def disable_customer(desk: Desk, owner: Screen, view: CustomerView, disabled: bool) -> None:
    """Stop or allow a customer's calls and registrations; may be undone."""

    def done(fresh: Any) -> None:
        text = _("{name} is disabled", name=view.name) if disabled else _("{name} is enabled", name=view.name)
        desk.toast(text, lambda: ask(not disabled))
        owner.refresh()

    def ask(wanted: bool) -> None:
        request = CustomerUpdate(id=view.id, disabled=wanted)
        operation.run(owner, desk.client, "customers.update", request, on_done=done if wanted == disabled else lambda fresh: owner.refresh())

    ask(disabled)


def archive_customer(desk: Desk, owner: Screen, view: CustomerView) -> None:
    """Out of use with its endpoints; may be undone."""
    archive(desk, owner, "customers", view.id, view.name, _("{name} is archived", name=view.name))

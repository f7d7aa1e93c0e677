"""One customer: who it is and what it owes above, its parts in tabs below."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QWidget

from appliance.gui import operation, words
from appliance.gui.desk import Desk, Place
from appliance.gui.people import customer_state
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.customers.customer_fees import FeesTab
from appliance.gui.screens.customers.customer_form import edit_customer
from appliance.gui.screens.customers.customer_letters import LettersTab
from appliance.gui.screens.customers.customer_old_calls import old_calls_list
from appliance.gui.screens.customers.customer_parts import CreditTab, DetailsTab, EndpointsTab, WebLoginsTab, calls_list, payments_list
from appliance.gui.screens.customers.customer_privacy import erase_customer, export_person
from appliance.gui.screens.customers.customer_special import SpecialTab
from appliance.gui.screens.customers.customer_tax import check_vat
from appliance.gui.screens.customers.customer_vat import ask_vat_service
from appliance.gui.screens.customers.customers import archive_customer, disable_customer
from appliance.gui.screens.invoices.invoice_forms import make_invoice, make_statement
from appliance.gui.screens.invoices.invoices import InvoicesPage
from appliance.gui.screens.parts.guard_limits import edit_limits
from appliance.gui.screens.parts.payment_form import add_payment
from appliance.gui.widgets.archiving import away_verb, restore
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.widgets.page import Figure, Tab, ThingPage
from appliance.gui.words import _
from appliance.wire.customers import CustomerView
from appliance.wire.problem import Problem
from appliance.wire.shapes import ById


class CustomerScreen(Screen):
    """The page of `place.id`, at the tab `place.tab`."""

    kinds = frozenset({"customer", "endpoint", "web_login", "account", "balance", "binding", "payment", "call", "fee", "invoice", "bundle", "letter"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.view: CustomerView | None = None
        self.details = DetailsTab()
        self.endpoints = EndpointsTab(desk, self)
        self.logins = WebLoginsTab(desk, self)
        self.credit = CreditTab(desk, self)
        self.fees = FeesTab(desk, self, place.id)
        self.special = SpecialTab(desk, self, place.id)
        self.letters = LettersTab(desk, place.id)
        self.page = ThingPage(
            desk.theme,
            [
                Tab("details", _("Details"), lambda: self.details),
                Tab("endpoints", _("Endpoints"), lambda: self.endpoints),
                Tab("web_logins", _("Web logins"), lambda: self.logins),
                Tab("credit", _("Credit"), lambda: self.credit),
                Tab("payments", _("Payments"), lambda: self._list(payments_list(desk, place.id, self._pay))),
                *self._money_tabs(),
                Tab("calls", _("Calls"), lambda: self._list(calls_list(desk, place.id))),
                Tab("old_calls", _("Earlier calls"), lambda: self._list(old_calls_list(desk, place.id))),
            ],
        )
        self.body.addWidget(self.page)
        self.page.tab_changed.connect(lambda name: self.verbs_changed.emit())
        self.endpoints.list.selected.connect(self.verbs_changed)
        self.logins.selected.connect(self.verbs_changed)
        self.fees.list.selected.connect(self.verbs_changed)
        self.special.verbs_changed.connect(self.verbs_changed)
        self.page.show_tab("old_calls", place.tab == "old_calls")
        self.page.open_tab(place.tab)

    def title(self) -> str:
        return self.view.name if self.view is not None else _("Customer")

    def part(self) -> str:
        return self.page.tab()

    def refresh(self) -> None:
        operation.run(self, self.desk.client, "customers.get", ById(self.place.id), on_done=self._came, on_problem=self._failed)
        for built in self.page.built.values():
            if isinstance(built, ListPage):
                built.refresh()
        if "fees" in self.page.built:
            self.fees.list.refresh()
        if "special" in self.page.built:
            self.special.refresh()
        if "letters" in self.page.built:
            self.letters.refresh()

    def on_changes(self, changes: Mapping[str, frozenset[int]]) -> None:
        """Other customers' changes do not concern this page."""
        others = changes.get("customer")
        if set(changes) == {"customer"} and others and self.place.id not in others:
            return
        self.refresh()

    def verbs(self) -> list[Action]:
        view = self.view
        there, alive = view is not None, view is not None and view.archived_at is None
        stopped = view is not None and view.disabled
        actions = [
            Action("customer.pay", _("Add payment"), self._pay, "Ctrl+P", "add", enabled=alive, primary=True, operation="payments.record"),
            Action("customer.edit", _("Edit"), self._edit, "F2", "edit", enabled=alive, operation="customers.update"),
        ]
        tab = self.page.tab()
        if tab == "details":
            known = alive and view is not None and bool(view.vat_number)
            actions.append(Action("customer.vat", _("VAT number checked"), self._vat, "", "percent", enabled=known, group=1, operation="taxes.check"))
            ask = _("Ask the VAT service")
            actions.append(Action("customer.vat_service", ask, self._ask_vat, "", "search", enabled=known, group=1, operation="taxes.check_online"))
        elif tab == "endpoints":
            actions += self.endpoints.verbs(alive)
        elif tab == "web_logins":
            actions += self.logins.verbs(alive)
        elif tab == "credit":
            actions += self.credit.verbs(alive)
        elif tab == "fees":
            actions += self.fees.verbs(alive)
        elif tab == "special":
            actions += self.special.verbs(alive)
        elif tab == "letters":
            actions += self.letters.verbs(alive)
        elif tab == "invoices":
            actions += self._invoice_verbs(alive)
        actions += [
            Action("customer.limits", _("Limits"), self._limits, "Ctrl+Shift+L", "warning", enabled=alive, group=9, operation="limits.set"),
            Action(
                "customer.disable",
                _("Enable customer") if stopped else _("Disable customer"),
                self._disable,
                "Ctrl+D",
                "enable" if stopped else "disable",
                enabled=alive,
                group=9,
                operation="customers.update",
            ),
            away_verb("customer", "customers", there and not alive, self._archive, self._restore, enabled=there, group=9, text=_("Archive customer")),
            *self._person_verbs(),
        ]
        return actions

    def _person_verbs(self) -> list[Action]:
        known = self.view is not None
        return [
            Action("customer.person", _("Save all that is known"), self._person, "", "export", enabled=known, group=10, operation="customers.person"),
            Action(
                "customer.erase",
                _("Forget customer"),
                self._erase,
                "",
                "remove",
                enabled=known,
                dangerous=True,
                group=10,
                operation="customers.erase",
            ),
        ]

    # parts ---------------------------------------------------------------------------------------------------------
    def _money_tabs(self) -> list[Tab]:
        tabs = [Tab("special", _("Special rates"), self._special), Tab("fees", _("Monthly fees"), self._fees)]
        if self.desk.may("invoices.list"):
            tabs.append(Tab("invoices", _("Invoices"), self._invoices))
        if self.desk.may("messages.of_customer"):
            tabs.append(Tab("letters", _("Messages"), self._letters))
        return tabs

    def _special(self) -> QWidget:
        self.special.refresh()
        return self.special

    def _letters(self) -> QWidget:
        self.letters.refresh()
        return self.letters

    def _fees(self) -> QWidget:
        self.fees.list.refresh()
        return self.fees

    def _invoices(self) -> QWidget:
        empty = Empty(_("This customer has no invoice yet."), _("Make invoice"), self._make_invoice, "invoices.make")
        made = InvoicesPage(self.desk, empty, customer=self.place.id)
        made.opened.connect(lambda view: self.desk.go(Place("invoice", view.id)))
        return self._list(made)

    def _invoice_verbs(self, alive: bool) -> list[Action]:
        statement = _("Statement of account")
        return [
            Action("invoice.make", _("Make invoice"), self._make_invoice, "Ctrl+N", "add", enabled=alive, group=1, operation="invoices.make"),
            Action("invoice.statement", statement, self._statement, "Ctrl+Shift+S", "sheet", group=1, operation="statements.print"),
        ]

    def _make_invoice(self) -> None:
        make_invoice(self.desk, self, self.view)

    def _statement(self) -> None:
        make_statement(self.desk, self, self.view)

    def _list(self, made: ListPage) -> QWidget:
        made.refresh()
        return made

    def _came(self, view: CustomerView) -> None:
        self.view = view
        head = " · ".join(filter(None, (view.company if view.company != view.name else "", view.tariff, view.email, words.number(view.phone))))
        balance = Figure(_("Balance"), words.money(view.balance, view.account_currency), "danger" if words.negative(view.balance) else "")
        limit = Figure(_("Credit limit"), words.money(view.credit_limit, view.account_currency))
        self.page.show_head(view.name, head, customer_state(view), [balance, limit])
        self.page.show_tab("old_calls", bool(view.moved_from))
        self.details.show_view(view)
        self.endpoints.show_view(view)
        self.logins.show_view(view)
        self.credit.show_view(view)
        self.fees.show_view(view)
        self.title_changed.emit()
        self.verbs_changed.emit()

    def _failed(self, problem: Problem) -> None:
        if self.view is None:
            self.page.show_problem(problem, self.refresh)
        else:
            operation.teller(self.parent())(problem)

    def _pay(self) -> None:
        if self.view is not None:
            add_payment(self.desk, self, self.view)

    def _edit(self) -> None:
        if self.view is not None:
            edit_customer(self.desk, self, self.view)

    def _vat(self) -> None:
        if self.view is not None:
            check_vat(self.desk, self, self.view)

    def _ask_vat(self) -> None:
        if self.view is not None:
            ask_vat_service(self.desk, self, self.view)

    def _limits(self) -> None:
        if self.view is not None:
            edit_limits(self.desk, self, "customer", self.view.id)

    def _disable(self) -> None:
        if self.view is not None:
            disable_customer(self.desk, self, self.view, not self.view.disabled)

    def _person(self) -> None:
        if self.view is not None:
            export_person(self.desk, self, self.view)

    def _erase(self) -> None:
        if self.view is not None:
            erase_customer(self.desk, self, self.view, self.refresh)

    def _archive(self) -> None:
        if self.view is not None:
            archive_customer(self.desk, self, self.view)

    def _restore(self) -> None:
        if self.view is not None:
            restore(self.desk, self, "customers", self.view.id, self.view.name)

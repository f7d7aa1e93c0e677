"""The tabs of a customer's page: details, endpoints, web logins, credit, and the lists of its payments and calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from appliance.gui import words
from appliance.gui.column import Column, State
from appliance.gui.desk import Desk, Place
from appliance.gui.people import countries, endpoint_state
from appliance.gui.rows_model import RowsModel
from appliance.gui.screen import Action
from appliance.gui.screens.customers import endpoint_forms as forms
from appliance.gui.screens.customers.customer_tax import tax_text
from appliance.gui.screens.customers.web_sessions import show_sessions
from appliance.gui.screens.parts.guard_limits import edit_limits
from appliance.gui.screens.parts.payment_form import methods
from appliance.gui.screens.parts.phone_link import show_links
from appliance.gui.screens.parts.settings_sheet import show_sheet
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.facts import Facts, Group
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.words import _
from appliance.wire.cdrs import CdrList, CdrRow
from appliance.wire.customers import CustomerView, WebLoginView
from appliance.wire.endpoints import EndpointView
from appliance.wire.payments import PaymentList, PaymentView

Pay = Callable[[], None]


class DetailsTab(Facts):
    """Who the customer is."""

    def show_view(self, view: CustomerView) -> None:
        """Show this customer."""
        country = dict(countries()).get(view.country, view.country)
        name = " ".join(filter(None, (view.first_name, view.last_name)))
        yes, no = _("Yes"), _("No")
        self.show_groups(
            [
                Group(
                    _("Person"),
                    [
                        (_("Name"), name),
                        (_("Company"), view.company),
                        (_("Phone"), words.number(view.phone)),
                        (_("E-mail"), words.isolate(view.email) if view.email else ""),
                        (_("Address"), view.address),
                        (_("Country"), country),
                        (_("VAT number"), view.vat_number or ""),
                        (_("Tax"), tax_text(view)),
                        (_("Description"), view.description),
                    ],
                ),
                Group(
                    _("Calls"),
                    [
                        (_("Tariff"), view.tariff),
                        (_("Calls at once, at most"), _("As many as the credit bears") if view.max_calls is None else words.count(view.max_calls)),
                        (_("Number shown to those who are called"), words.number(view.caller_number)),
                        (_("Calls to our own numbers without funds"), yes if view.free_on_net else no),
                        (_("Phones may send calls on"), yes if view.allow_302 else no),
                        (_("Call shop"), yes if view.call_shop else no),
                    ],
                ),
                Group(
                    _("Place and language"),
                    [
                        (_("Time zone"), view.timezone.replace("_", " ")),
                        (_("Language"), words.own_name(view.language) if view.language else ""),
                        (_("Shown currency"), view.currency),
                        (_("Reseller"), view.reseller),
                        (_("Customer since"), words.day(view.created_at)),
                    ],
                ),
            ]
        )


class EndpointsTab(QWidget):
    """The customer's endpoints and what is done to the chosen one."""

    def __init__(self, desk: Desk, owner: QWidget) -> None:
        super().__init__()
        self._desk, self._owner = desk, owner
        self._view: CustomerView | None = None
        columns = [
            Column("number", _("Number"), "number", width=120),
            Column("display_name", _("Name shown"), width=140),
            Column(endpoint_state, _("State"), "state", width=105),
            Column("auth_name", _("User"), width=110),
            Column("max_calls", _("Calls at once"), "count", width=110),
            Column(lambda each: ", ".join(each.addresses), _("Addresses"), width=120, grows=True),
        ]
        self.model = RowsModel(desk.client, columns)
        empty = Empty(_("This customer has no endpoint: nothing can register yet."), _("Add endpoint"), self.add, "endpoints.create")
        self.list = ListPage(desk, self.model, title=_("Endpoints"), empty=empty, memory_name="customer.endpoints", embedded=True, bare=True)
        self.list.opened.connect(lambda view: self.sheet())
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.list)

    def show_view(self, view: CustomerView) -> None:
        """Show this customer's."""
        self._view = view
        self.model.show_rows(view.endpoints)

    def verbs(self, alive: bool) -> list[Action]:
        """What can be done now."""
        chosen = self.list.current()
        one = alive and chosen is not None and chosen.archived_at is None
        stopped = one and chosen is not None and chosen.disabled
        return [
            Action("endpoint.add", _("Add endpoint"), self.add, "Ctrl+N", "add", enabled=alive, group=1, operation="endpoints.create"),
            Action("endpoint.sheet", _("Settings sheet"), self.sheet, "Ctrl+Shift+S", "sheet", enabled=one, group=1, operation="endpoints.reveal"),
            Action(
                "endpoint.send", _("Send details"), self.send, "Ctrl+Shift+E", "messages", enabled=one, group=1, operation="messages.send_details"
            ),
            Action("endpoint.link", _("Set up by a link"), self.link, "Ctrl+Shift+K", "link", enabled=one, group=1, operation="provisioning.create"),
            Action("endpoint.edit", _("Edit endpoint"), self.edit, "Ctrl+E", "edit", enabled=one, group=1, operation="endpoints.update"),
            Action(
                "endpoint.password", _("New password"), self.password, "Ctrl+Shift+W", "password", enabled=one, group=1, operation="endpoints.update"
            ),
            Action(
                "endpoint.limits", _("Limits of the endpoint"), self.limits, "Ctrl+Shift+M", "warning", enabled=one, group=1, operation="limits.set"
            ),
            Action(
                "endpoint.disable",
                _("Enable endpoint") if stopped else _("Disable endpoint"),
                self.disable,
                "Ctrl+Shift+D",
                "enable" if stopped else "disable",
                enabled=one,
                group=1,
                operation="endpoints.update",
            ),
            Action(
                "endpoint.remove",
                _("Remove endpoint"),
                self.remove,
                "Ctrl+Shift+Del",
                "remove",
                enabled=one,
                dangerous=True,
                group=1,
                operation="endpoints.archive",
            ),
            Action("endpoint.restore", _("Restore endpoint"), self.restore, "", "undo", enabled=alive, group=1, operation="endpoints.restore"),
        ]

    def add(self) -> None:
        """One more endpoint."""
        if self._view is not None:
            forms.add_endpoint(self._desk, self._owner, self._view)

    def sheet(self) -> None:
        """What goes into the phone."""
        chosen: EndpointView | None = self.list.current()
        if chosen is not None:
            show_sheet(self._desk, self._owner, chosen)

    def send(self) -> None:
        """What goes into the phone, by e-mail."""
        chosen: EndpointView | None = self.list.current()
        if chosen is not None:
            forms.send_details(self._desk, self._owner, chosen.customer_id, chosen.id)

    def link(self) -> None:
        """Links that the phone fetches its settings by."""
        chosen: EndpointView | None = self.list.current()
        if chosen is not None:
            show_links(self._desk, self._owner, chosen)

    def edit(self) -> None:
        """Its rules."""
        chosen: EndpointView | None = self.list.current()
        if chosen is not None:
            forms.edit_endpoint(self._desk, self._owner, chosen)

    def limits(self) -> None:
        """How fast, how long, how much and where to it may call."""
        chosen: EndpointView | None = self.list.current()
        if chosen is not None:
            edit_limits(self._desk, self._owner, "endpoint", chosen.id)

    def password(self) -> None:
        """Another password."""
        chosen: EndpointView | None = self.list.current()
        if chosen is not None:
            forms.new_password(self._desk, self._owner, chosen)

    def disable(self) -> None:
        """Stop or allow it."""
        chosen: EndpointView | None = self.list.current()
        if chosen is not None:
            forms.disable_endpoint(self._desk, self._owner, chosen, not chosen.disabled)

    def restore(self) -> None:
        """One of those that were removed."""
        if self._view is not None:
            forms.restore_endpoint(self._desk, self._owner, self._view)

    def remove(self) -> None:
        """Out of use; may be undone."""
        chosen: EndpointView | None = self.list.current()
        if chosen is not None:
            forms.remove_endpoint(self._desk, self._owner, chosen)


class WebLoginsTab(QWidget):
    """The customer's names for the web page."""

    selected = Signal()

    def __init__(self, desk: Desk, owner: QWidget) -> None:
        super().__init__()
        self._desk, self._owner = desk, owner
        self._view: CustomerView | None = None
        columns = [
            Column("login", _("Name"), width=260),
            Column(login_state, _("State"), "state", width=220, grows=True),
        ]
        self.model = RowsModel(desk.client, columns)
        empty = Empty(
            _("This customer has no web login: it cannot see its calls on the web page."), _("Add web login"), self.add, "customers.set_web_login"
        )
        self.list = ListPage(desk, self.model, title=_("Web logins"), empty=empty, embedded=True, bare=True)
        self.list.selected.connect(self.selected)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.list)

    def show_view(self, view: CustomerView) -> None:
        """Show this customer's."""
        self._view = view
        self.model.show_rows(view.web_logins)

    def verbs(self, alive: bool) -> list[Action]:
        """What can be done now."""
        chosen: WebLoginView | None = self.list.current()
        one = alive and chosen is not None
        stopped = chosen is not None and chosen.disabled
        return [
            Action("web_login.add", _("Add web login"), self.add, "Ctrl+N", "add", enabled=alive, group=1, operation="customers.set_web_login"),
            Action(
                "web_login.password",
                _("New password"),
                self.password,
                "Ctrl+Shift+W",
                "password",
                enabled=one,
                group=1,
                operation="customers.set_web_login",
            ),
            Action(
                "web_login.code",
                _("Code on paper"),
                self.code,
                "Ctrl+Shift+Y",
                "print",
                enabled=one and not stopped,
                group=1,
                operation="customers.web_code",
            ),
            Action("web_login.sign_ins", _("Sign-ins"), self.sign_ins, "Ctrl+Shift+I", "user", enabled=alive, group=1, operation="web_sessions.list"),
            Action(
                "web_login.end_factor",
                _("End second factor"),
                self.end_factor,
                "",
                "password",
                enabled=one and chosen is not None and chosen.second_factor,
                group=1,
                operation="customers.set_web_login",
            ),
            Action(
                "web_login.disable",
                _("Enable web login") if stopped else _("Disable web login"),
                self.disable,
                "Ctrl+Shift+D",
                "enable" if stopped else "disable",
                enabled=one,
                group=1,
                operation="customers.set_web_login",
            ),
        ]

    def sign_ins(self) -> None:
        """Where they are signed in."""
        if self._view is not None:
            show_sessions(self._desk, self._owner, self._view)

    def end_factor(self) -> None:
        """The password alone signs in again, until its owner sets up another."""
        chosen = self.list.current()
        if chosen is not None and self._view is not None:
            forms.end_web_factor(self._desk, self._owner, self._view, chosen)

    def add(self) -> None:
        """One more name."""
        if self._view is not None:
            forms.add_web_login(self._desk, self._owner, self._view)

    def password(self) -> None:
        """Another password."""
        chosen = self.list.current()
        if chosen is not None and self._view is not None:
            forms.web_password(self._desk, self._owner, self._view, chosen)

    def code(self) -> None:
        """A new password for who has no e-mail."""
        chosen = self.list.current()
        if chosen is not None and self._view is not None:
            forms.web_code(self._desk, self._owner, self._view, chosen)

    def disable(self) -> None:
        """Stop or allow it."""
        chosen = self.list.current()
        if chosen is not None and self._view is not None:
            forms.disable_web_login(self._desk, self._owner, self._view, chosen, not chosen.disabled)


class CreditTab(QWidget):
    """The credit account the customer's calls are taken from."""

    def __init__(self, desk: Desk, owner: QWidget) -> None:
        super().__init__()
        self._desk, self._owner = desk, owner
        self._view: CustomerView | None = None
        self.facts = Facts()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.facts)

    def show_view(self, view: CustomerView) -> None:
        """Show this customer's."""
        self._view = view
        left = words.micros(view.balance) + words.micros(view.credit_limit)
        self.facts.show_groups(
            [
                Group(
                    _("Credit account"),
                    [
                        (_("Account"), view.credit_account),
                        (_("Currency"), view.account_currency),
                        (_("Balance"), words.money(view.balance, view.account_currency)),
                        (_("Credit limit"), words.money(view.credit_limit, view.account_currency)),
                        (_("Left for calls"), words.money(left, view.account_currency)),
                        (_("Credit description"), view.credit_description),
                        (_("Days to pay an invoice"), words.count(view.payment_terms_days)),
                    ],
                )
            ]
        )

    def verbs(self, alive: bool) -> list[Action]:
        """What can be done now."""
        return [
            Action(
                "credit.limit", _("Change credit limit"), self.limit, "Ctrl+L", "edit", enabled=alive, group=1, operation="credit_accounts.update"
            ),
            Action(
                "credit.adjust",
                _("Credit or debit"),
                self.adjust,
                "Ctrl+Shift+A",
                "money",
                enabled=alive,
                group=1,
                operation="credit_accounts.adjust",
            ),
        ]

    def limit(self) -> None:
        """How far below zero it may go."""
        if self._view is not None:
            forms.change_limit(self._desk, self._owner, self._view)

    def adjust(self) -> None:
        """An amount that is no payment."""
        if self._view is not None:
            forms.adjust_account(self._desk, self._owner, self._view)


def login_state(view: WebLoginView) -> State:
    """Whether the name works."""
    if view.disabled:
        return State(_("Disabled"))
    return State(_("Must choose a new password"), "warning") if view.must_change else State(_("Active"), "good")


def payment_kind(view: PaymentView) -> str:
    """Payment, refund or reversal in words."""
    return {"payment": _("Payment"), "refund": _("Refund"), "reversal": _("Reversal")}.get(view.kind, view.kind)


def payments_list(desk: Desk, customer_id: int, pay: Pay) -> ListPage:
    """The customer's payments, newest first."""
    names: dict[str, str] = dict(methods())
    columns = [
        Column("at", _("When"), "moment", width=140),
        Column(payment_kind, _("Kind"), width=110),
        Column(lambda view: names.get(view.method, view.method), _("Method"), width=120),
        Column("gross", _("Amount"), "money", width=130, currency="currency"),
        Column("balance_after", _("Balance after"), "money", width=130, currency="currency"),
        Column("reference", _("Reference"), width=140),
        Column("note", _("Note"), width=160, grows=True),
    ]
    model = PageModel(desk.client, "payments.list", PaymentList(customer=customer_id), columns)
    empty = Empty(_("This customer has paid nothing yet."), _("Add payment"), pay, "payments.record")
    return ListPage(desk, model, title=_("Payments"), empty=empty, memory_name="customer.payments", embedded=True, bare=True)


def call_result(view: CdrRow) -> State:
    """Answered, or why not."""
    if view.answered_at is not None:
        return State(_("Answered"), "good")
    known = {486: _("Busy"), 402: _("No funds"), 487: _("Given up"), 480: _("Not there"), 404: _("No such number"), 408: _("No answer")}
    return State(known.get(view.result, _("Failed ({code})", code=view.result)), "warning")


def calls_list(desk: Desk, customer_id: int) -> ListPage:
    """The customer's calls, newest first."""
    columns = [
        Column("started_at", _("When"), "moment", width=140),
        Column(lambda view: view.endpoint or view.caller, _("From"), "number", width=132),
        Column(lambda view: view.normalised or view.dialled, _("To"), "number", width=152),
        Column("destination", _("Destination"), width=150, grows=True),
        Column(lambda view: view.duration_ms // 1000 if view.answered_at else None, _("Talked"), "duration", width=96),
        Column(call_result, _("Result"), "state", width=116),
        Column(charged, _("Price"), "money", width=98, currency="currency"),
    ]
    model = PageModel(desk.client, "cdrs.list", CdrList(customer=customer_id), columns)
    empty = Empty(_("This customer has made no calls yet."))
    made = ListPage(desk, model, title=_("Calls"), empty=empty, memory_name="customer.calls", embedded=True, bare=True)
    made.opened.connect(lambda view: desk.go(Place("call", view.id)))
    return made


def charged(view: Any) -> str | None:
    """The price of an answered call."""
    return view.amount if view.answered_at else None

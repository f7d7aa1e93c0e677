"""Add and edit a customer. A new one is made as in the manual (S3): person and credit at the left, its SIP account and web login at the right."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import QTimeZone
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from appliance.gui.desk import Desk, Place
from appliance.gui.people import countries, currencies, person_languages, time_zones
from appliance.gui.screens.customers.customer_tax import tax_fields, tax_filled, tax_sent
from appliance.gui.screens.parts.settings_sheet import show_new_passwords
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.plain import card, column
from appliance.gui.words import _
from appliance.wire.customers import CustomerCreate, CustomerUpdate, CustomerView, NewCreditAccount, NewEndpoint, NewWebLogin

PERSON = ("first_name", "last_name", "company", "name", "phone", "email", "address", "country", "timezone", "language", "currency", "description")
EDITED = (
    *PERSON,
    "tariff",
    "credit_description",
    "max_calls",
    "caller_number",
    "free_on_net",
    "call_shop",
    "allow_302",
    "disabled",
)
SAME, OTHER, NONE = "same", "other", "none"


def add_customer(desk: Desk, owner: QWidget) -> FormDialog:
    """Open the form of a new customer; its page follows, with the made passwords shown once."""
    form = Form()
    left, right = form.columns(2)
    with form.group(left):
        _person(form)
        form.heading(_("Credit"))
        _tariff(form, desk)
        _credit(form, desk)
    holder = QVBoxLayout()
    right.addWidget(card(column(holder, margin="large")))
    with form.group(right):
        form.heading(_("Tax"))
        tax_fields(form)
    with form.group(holder):
        _sip_account(form)
        _web_login(form)
        form.check("send_details", _("&Send the details by e-mail"))
    zone = bytes(QTimeZone.systemTimeZoneId().data()).decode().removeprefix("Etc/")
    form.fill({"timezone": zone, "sip": True, "free_on_net": True})
    _follow_name(form)

    def done(view: CustomerView) -> None:
        desk.toast(_("{name} is added", name=view.name))
        desk.go(Place("customer", view.id))
        if view.passwords:
            show_new_passwords(desk, owner.window(), view)

    dialog = FormDialog(
        desk.client,
        owner,
        title=_("Add customer"),
        form=form,
        verb=_("Add customer"),
        operation="customers.create",
        request=creation,
        on_done=done,
        width=860,
    )
    form.field("first_name").setFocus()
    dialog.open()
    return dialog


def edit_customer(desk: Desk, owner: QWidget, view: CustomerView) -> FormDialog:
    """Open the form of an existing customer; only what differs is sent."""
    form = Form()
    left, right = form.columns(2)
    with form.group(left):
        _person(form)
    with form.group(right):
        form.heading(_("Calls and credit"))
        _tariff(form, desk)
        form.text("credit_description", _("Credit description"))
        tax_fields(form)
        form.whole("max_calls", _("Calls at once, at most"), least=1, most=10_000, empty=True, help=_("Empty: as many as the credit bears."))
        form.text("caller_number", _("Number shown to those who are called"))
        form.check("free_on_net", _("Calls to our own numbers work without &funds"))
        form.check("call_shop", _("Call &shop: endpoints are booths"))
        _sending_on(form)
        form.check("disabled", _("&Disabled"))
    form.fill({**{name: getattr(view, name) for name in EDITED}, **tax_filled(view)})

    def request(values: dict[str, Any]) -> CustomerUpdate | None:
        sent = tax_sent(values, form.values() or {})
        return CustomerUpdate(id=view.id, version=view.version, **sent) if sent else None

    dialog = FormDialog(
        desk.client,
        owner,
        title=_("Edit {name}", name=view.name),
        form=form,
        verb=_("Save"),
        operation="customers.update",
        request=request,
        on_done=lambda fresh: desk.toast(_("{name} is saved", name=fresh.name)),
        changed_only=True,
        width=820,
    )
    dialog.open()
    return dialog


# the parts of the form -----------------------------------------------------------------------------------------------


def _person(form: Form) -> None:
    form.heading(_("Person"))
    with form.row():
        form.text("first_name", _("&First name"))
        form.text("last_name", _("&Last name"))
    with form.row():
        form.text("company", _("C&ompany"))
        form.text("name", _("Shown &as"), required=True, placeholder=_("The name in lists"))
    with form.row():
        form.text("phone", _("&Phone"))
        form.text("email", _("&E-mail"))
    form.lines("address", _("Add&ress"), rows=2)
    with form.row():
        form.pick("country", _("Co&untry"), countries(), search=True)
        form.pick("timezone", _("&Time zone"), time_zones(), search=True)
    with form.row():
        form.pick("language", _("Lan&guage"), person_languages(_("As the reseller")))
        form.pick("currency", _("Shown cu&rrency"), currencies(_("As the account")), search=True)
    form.lines("description", _("Descr&iption"), rows=2)


def _tariff(form: Form, desk: Desk) -> None:
    form.choice("tariff", _("Tari&ff"), desk.client, "tariffs.list", value=lambda view: view.name, placeholder=_("Retail"))


def _credit(form: Form, desk: Desk) -> None:
    form.choice(
        "account",
        _("Credit account"),
        desk.client,
        "credit_accounts.list",
        show=lambda view: f"{view.name} · {view.currency}",
        placeholder=_("A new one of its own"),
        help=_("Several customers may share one."),
    )
    form.money("credit_limit", _("Credit limit"), help=_("How far below zero the account may go. Without one, calls need funds first."))
    form.text("credit_description", _("Credit description"))
    form.check("free_on_net", _("Calls to our own numbers work without &funds"))
    form.check("call_shop", _("Call s&hop: endpoints are booths"))
    form.check("disabled", _("&Disabled"))
    account = form.field("account")
    account.chosen.connect(lambda view: form.show_field("credit_limit", view is None))  # type: ignore[attr-defined]


def _sending_on(form: Form) -> None:
    form.check("allow_302", _("Phones may send calls on by themselves"), help=_("A call that a phone turns away to another number is paid by it."))


def _sip_account(form: Form) -> None:
    form.heading(_("SIP account"))
    form.check("sip", _("Make a &SIP account"), help=_("It gets the next free number at once."))
    form.text("endpoint.number", _("Number"), placeholder=_("The next free one"))
    form.secret("endpoint.password", _("Password"), placeholder=_("A safe one is made"))
    _sending_on(form)
    box = form.field("sip")
    box.toggled.connect(lambda on: _show_sip(form, on))  # type: ignore[attr-defined]


def _show_sip(form: Form, shown: bool) -> None:
    form.show_field("endpoint.number", shown)
    form.show_field("endpoint.password", shown)
    form.show_field("allow_302", shown)


def _web_login(form: Form) -> None:
    form.heading(_("Web login"))
    chosen = form.pick("web", _("&Web login"), [(SAME, _("The number, with its password")), (OTHER, _("Another name")), (NONE, _("None"))])
    form.text("web_login.login", _("Name"), required=True)
    form.secret("web_login.password", _("Password"), placeholder=_("A safe one is made"))

    def show() -> None:
        other = chosen.currentData() == OTHER
        form.show_field("web_login.login", other)
        form.show_field("web_login.password", other)

    chosen.currentIndexChanged.connect(show)
    show()


def _follow_name(form: Form) -> None:
    """The shown name follows first and last name, or company, until a person writes another."""
    fields = {name: form.field(name) for name in ("first_name", "last_name", "company", "name")}
    lines = {name: field for name, field in fields.items() if isinstance(field, QLineEdit)}
    written = [""]

    def follow() -> None:
        if lines["name"].text() in ("", written[0]):
            person = " ".join(filter(None, (lines["first_name"].text().strip(), lines["last_name"].text().strip())))
            written[0] = person or lines["company"].text().strip()
            lines["name"].setText(written[0])

    for name in ("first_name", "last_name", "company"):
        lines[name].textChanged.connect(follow)


def creation(values: dict[str, Any]) -> CustomerCreate:
    """The request of a filled-in form."""
    endpoint = None
    if values["sip"]:
        endpoint = NewEndpoint(number=values["endpoint.number"] or None, password=values["endpoint.password"])
    login = None
    if values["web"] == OTHER:
        login = NewWebLogin(login=values["web_login.login"], password=values["web_login.password"])
    elif values["web"] == SAME:
        login = NewWebLogin()
    account = values["account"] or NewCreditAccount(credit_limit=values.get("credit_limit") or "0")
    plain = tax_sent(values, values)
    known = {field.name for field in msgspec.structs.fields(CustomerCreate)}
    plain = {name: value for name, value in plain.items() if name in known}
    return CustomerCreate(**plain, endpoint=endpoint, web_login=login, credit_account=account)

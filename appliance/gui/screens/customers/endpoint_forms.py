"""What is done to a customer's parts from its page: endpoints, web logins, credit."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtWidgets import QWidget

from appliance.gui import operation, words
from appliance.gui.desk import Desk
from appliance.gui.people import person_languages
from appliance.gui.screens.parts.code_paper import CodePaper, show_code_paper
from appliance.gui.screens.parts.settings_sheet import show_sheet
from appliance.gui.widgets import confirm
from appliance.gui.widgets.archiving import archive, restored_words
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.open_form import open_form
from appliance.gui.words import _
from appliance.wire.credit_accounts import CreditAccountAdjust, CreditAccountUpdate
from appliance.wire.customers import CustomerView, WebLoginSet, WebLoginView
from appliance.wire.endpoints import EndpointCreate, EndpointCreated, EndpointList, EndpointPage, EndpointUpdate, EndpointView, Forwarding
from appliance.wire.messages import SendDetails
from appliance.wire.shapes import ById
from appliance.wire.web_codes import WebCode, WebCodeMake

MEDIA = ("auto", "always", "never")
SHORTEST_SECONDS, LONGEST_SECONDS = 5, 120
PART = "forwarding."
MOST_REMOVED = 1000


def media_choices() -> list[tuple[str, str]]:
    """The ways that sound may take, as the wire and a person say them."""
    return [("auto", _("Relayed where it is needed")), ("always", _("Always relayed")), ("never", _("Straight between the parties"))]


def _rules(form: Form) -> None:
    form.text("display_name", _("&Name shown"))
    form.text("caller_number", _("Number shown to those who are &called"), help=_("Empty: the customer's, else its own number."))
    form.whole("max_calls", _("Calls at &once, at most"), least=1, most=1000, empty=True)
    form.text("addresses", _("&Addresses of a gateway"), help=_("Known by address instead of a password, parted by commas."), longest=500)
    form.pick("media", _("&Sound"), media_choices())
    form.heading(_("Forwarding"))
    form.note(_("Numbers as the phone would dial them. The customer pays for the way on."))
    with form.row():
        form.text("forwarding.always", _("Al&ways"), longest=32)
        form.text("forwarding.busy", _("When &busy"), longest=32)
    with form.row():
        form.text("forwarding.no_answer", _("Without an ans&wer"), longest=32)
        form.text("forwarding.unregistered", _("When not &there"), longest=32)
    form.whole("forwarding.no_answer_seconds", _("Seconds to wait for an answer"), least=SHORTEST_SECONDS, most=LONGEST_SECONDS)
    form.fill({"forwarding.no_answer_seconds": Forwarding().no_answer_seconds})


def _listed(values: dict[str, Any], before: Forwarding | None = None) -> dict[str, Any]:
    """Addresses as typed become the list of the wire, the parts of the forwarding its whole."""
    parts = {name: values.pop(name) for name in list(values) if name.startswith(PART)}
    if parts:
        values["forwarding"] = msgspec.structs.replace(before or Forwarding(), **{name.removeprefix(PART): value for name, value in parts.items()})
    if "addresses" in values:
        values["addresses"] = [part.strip() for part in str(values["addresses"]).split(",") if part.strip()]
    return values


def add_endpoint(desk: Desk, owner: QWidget, customer: CustomerView) -> None:
    """The form of a further endpoint; its settings sheet follows."""
    form = Form()
    form.text("number", _("N&umber"), placeholder=_("The next free one"))
    form.secret("password", _("&Password"), placeholder=_("A safe one is made"))
    _rules(form)

    def request(values: dict[str, Any]) -> EndpointCreate:
        values = _listed(values) | {"number": values["number"] or None}
        return EndpointCreate(customer=customer.id, **values)

    def done(made: EndpointCreated) -> None:
        desk.toast(_("Endpoint {number} is added", number=words.number(made.endpoint.number)))
        show_sheet(desk, owner, made.endpoint)

    title = _("Add endpoint")
    FormDialog(desk.client, owner, title=title, form=form, verb=title, operation="endpoints.create", request=request, on_done=done).open()


def edit_endpoint(desk: Desk, owner: QWidget, view: EndpointView) -> None:
    """The endpoint's rules."""
    form = Form()
    _rules(form)
    form.lines("emergency_address", _("Address for &emergency calls"), rows=2)
    fields = ("display_name", "caller_number", "max_calls", "media", "emergency_address")
    form.fill({**{name: getattr(view, name) for name in fields}, "addresses": ", ".join(view.addresses)})
    form.fill({PART + name: getattr(view.forwarding, name) for name in Forwarding.__struct_fields__})

    def request(values: dict[str, Any]) -> EndpointUpdate | None:
        return EndpointUpdate(id=view.id, version=view.version, **_listed(values, view.forwarding)) if values else None

    FormDialog(
        desk.client,
        owner,
        title=_("Edit endpoint {number}", number=words.number(view.number)),
        form=form,
        verb=_("Save"),
        operation="endpoints.update",
        request=request,
        on_done=lambda fresh: desk.toast(_("Endpoint {number} is saved", number=words.number(fresh.number))),
        changed_only=True,
    ).open()


def new_password(desk: Desk, owner: QWidget, view: EndpointView) -> None:
    """Another password for the phone; its sheet follows. Phones with the old one drop off line at their next registration."""
    form = Form()
    form.note(_("Phones that still have the old password go off line when they register next."))
    form.secret("password", _("New &password"), required=True)

    def done(fresh: EndpointView) -> None:
        desk.toast(_("The password of {number} is changed", number=words.number(fresh.number)))
        show_sheet(desk, owner, fresh)

    FormDialog(
        desk.client,
        owner,
        title=_("New password for {number}", number=words.number(view.number)),
        form=form,
        verb=_("Change password"),
        operation="endpoints.update",
        request=lambda values: EndpointUpdate(id=view.id, **values),
        on_done=done,
    ).open()


def disable_endpoint(desk: Desk, owner: QWidget, view: EndpointView, disabled: bool) -> None:
    """Stop or allow it; may be undone."""
    shown = words.number(view.number)

    def undo() -> None:
        operation.run(owner, desk.client, "endpoints.update", EndpointUpdate(id=view.id, disabled=not disabled))

    def done(fresh: object) -> None:
        desk.toast(_("Endpoint {number} is disabled", number=shown) if disabled else _("Endpoint {number} is enabled", number=shown), undo)

    operation.run(owner, desk.client, "endpoints.update", EndpointUpdate(id=view.id, disabled=disabled), on_done=done)


def remove_endpoint(desk: Desk, owner: QWidget, view: EndpointView) -> None:
    """Out of use: it can register and call no more, and its number rests; may be undone."""
    shown = words.number(view.number)
    archive(desk, owner, "endpoints", view.id, shown, _("Endpoint {number} is removed", number=shown))


def restore_endpoint(desk: Desk, owner: QWidget, customer: CustomerView) -> None:
    """One of those that were removed, with its number, password and incoming numbers where nobody else has them."""

    def came(page: EndpointPage) -> None:
        gone = [each for each in page.endpoints if each.archived_at is not None]
        if not gone:
            desk.toast(_("No endpoint of {name} was removed.", name=customer.name))
            return
        form = Form()
        shown = [(each.id, f"{words.number(each.number)}   {words.day(each.archived_at)}") for each in reversed(gone)]
        form.pick("id", _("&Endpoint"), shown)
        form.note(_("Its password is kept for 30 days; later it needs a new one."))
        names = {each.id: words.number(each.number) for each in gone}
        open_form(
            desk,
            owner,
            _("Restore endpoint"),
            form,
            "endpoints.restore",
            lambda values: ById(values["id"]),
            lambda view: desk.toast(restored_words(names[view.id], view)),
        )

    asked = EndpointList(customer=customer.id, archived=True, limit=MOST_REMOVED)
    operation.run(owner, desk.client, "endpoints.list", asked, on_done=came)


def send_details(desk: Desk, owner: QWidget, customer_id: int, endpoint_id: int = 0) -> None:
    """Send what a phone is set up with; the customer is asked for first, to know its endpoints and its address."""

    def came(customer: CustomerView) -> None:
        living = [each for each in customer.endpoints if each.archived_at is None]
        if not living:
            desk.toast(_("This customer has no endpoint whose details could be sent."))
            return
        form = Form()
        form.pick("endpoint", _("&Endpoint"), [(each.id, words.number(each.number)) for each in living])
        form.text("recipient", _("&E-mail"), required=True)
        form.check("with_password", _("With the &password"))
        form.pick("language", _("&Language"), person_languages(_("The customer's")))
        form.fill({"endpoint": endpoint_id or living[0].id, "recipient": customer.email, "with_password": True})
        FormDialog(
            desk.client,
            owner,
            title=_("Send details by e-mail"),
            form=form,
            verb=_("Send"),
            operation="messages.send_details",
            request=lambda values: SendDetails(**values),
            on_done=lambda message: desk.toast(_("The details are on their way")),
        ).open()

    operation.run(owner, desk.client, "customers.get", ById(customer_id), on_done=came)


def add_web_login(desk: Desk, owner: QWidget, customer: CustomerView) -> None:
    """The form of a further web login."""
    form = Form()
    form.text("login", _("&Name"), required=True)
    form.secret("password", _("&Password"), required=True)
    form.check("must_change", _("Must choose a &new password at the first sign-in"))
    FormDialog(
        desk.client,
        owner,
        title=_("Add web login"),
        form=form,
        verb=_("Add web login"),
        operation="customers.set_web_login",
        request=lambda values: WebLoginSet(customer=customer.id, reseller=customer.reseller, **values),
        on_done=lambda made: desk.toast(_("Web login {name} is added", name=made.login)),
    ).open()


def web_password(desk: Desk, owner: QWidget, customer: CustomerView, view: WebLoginView) -> None:
    """Another password for the web page."""
    form = Form()
    form.secret("password", _("New &password"), required=True)
    form.check("must_change", _("Must choose a &new password at the first sign-in"))
    FormDialog(
        desk.client,
        owner,
        title=_("New password for {name}", name=view.login),
        form=form,
        verb=_("Change password"),
        operation="customers.set_web_login",
        request=lambda values: WebLoginSet(customer=customer.id, reseller=customer.reseller, login=view.login, **values),
        on_done=lambda made: desk.toast(_("The password of {name} is changed", name=made.login)),
    ).open()


def web_code(desk: Desk, owner: QWidget, customer: CustomerView, view: WebLoginView) -> None:
    """A one-time code on paper, for a customer without e-mail."""

    def came(made: WebCode) -> None:
        title = _("New password for {name}", name=made.login)
        steps = [
            _("Open {address}, or scan the picture below.", address=made.address)
            if made.address
            else _("Open our web page and choose: New password."),
            _("Type the code above, and a password of your own."),
            _("Sign in as {login}. The code is good until {day}.", login=made.login, day=words.day(made.expires_at)),
        ]
        show_code_paper(desk, owner, CodePaper(title, made.business, made.code, steps, made.link))

    def make() -> None:
        request = WebCodeMake(customer=customer.id, reseller=customer.reseller, login=view.login)
        operation.run(owner, desk.client, "customers.web_code", request, on_done=came)

    text = _(
        "The paper holds a code with which {login} chooses a new password. An earlier code or link ends; the present password works until then.",
        login=view.login,
    )
    confirm.ask(owner, _("Give {login} a code on paper?", login=view.login), text, _("Make paper"), make)


def disable_web_login(desk: Desk, owner: QWidget, customer: CustomerView, view: WebLoginView, disabled: bool) -> None:
    """Stop or allow it; may be undone."""

    def ask(wanted: bool) -> WebLoginSet:
        return WebLoginSet(customer=customer.id, reseller=customer.reseller, login=view.login, disabled=wanted)

    def undo() -> None:
        operation.run(owner, desk.client, "customers.set_web_login", ask(not disabled))

    def done(made: object) -> None:
        said = _("Web login {name} is disabled", name=view.login) if disabled else _("Web login {name} is enabled", name=view.login)
        desk.toast(said, undo)

    operation.run(owner, desk.client, "customers.set_web_login", ask(disabled), on_done=done)


def end_web_factor(desk: Desk, owner: QWidget, customer: CustomerView, view: WebLoginView) -> None:
    """No second factor any more, for somebody who lost it; after a question."""

    def go() -> None:
        asked = WebLoginSet(customer=customer.id, reseller=customer.reseller, login=view.login, end_second_factor=True)
        said = _("{name} signs in with the password alone", name=view.login)
        operation.run(owner, desk.client, "customers.set_web_login", asked, on_done=lambda made: desk.toast(said))

    text = _("Make sure that it is the customer who asks: from then on the password alone opens the web page.")
    confirm.ask(owner, _("End the second factor of {name}?", name=view.login), text, _("End second factor"), go)


def change_limit(desk: Desk, owner: QWidget, customer: CustomerView) -> None:
    """How far below zero the account may go; running calls feel it at once."""
    form = Form()
    form.money("credit_limit", _("Credit &limit"), currency=customer.account_currency, required=True, help=_("Running calls feel it at once."))
    form.fill({"credit_limit": customer.credit_limit})
    FormDialog(
        desk.client,
        owner,
        title=_("Credit limit of {account}", account=customer.credit_account),
        form=form,
        verb=_("Change limit"),
        operation="credit_accounts.update",
        request=lambda values: CreditAccountUpdate(id=customer.credit_account_id, **values),
        on_done=lambda view: desk.toast(_("The limit is {limit}", limit=words.money(view.credit_limit, view.currency))),
    ).open()


def adjust_account(desk: Desk, owner: QWidget, customer: CustomerView) -> None:
    """An amount given or taken that is no payment."""
    form = Form()
    form.money("amount", _("&Amount"), currency=customer.account_currency, required=True, help=_("Above zero it is given, below zero taken."))
    form.text("reason", _("&Reason"), required=True)
    FormDialog(
        desk.client,
        owner,
        title=_("Credit or debit {account}", account=customer.credit_account),
        form=form,
        verb=_("Post"),
        operation="credit_accounts.adjust",
        request=lambda values: CreditAccountAdjust(account=customer.credit_account_id, **values),
        on_done=lambda view: desk.toast(_("The balance is {balance}", balance=words.money(view.balance, view.currency))),
    ).open()

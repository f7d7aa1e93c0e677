"""The last step: somebody who can call, the phone set up by QR code or sheet, and the first calls ticked off as they happen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout

from appliance.gui import operation, words
from appliance.gui.column import State
from appliance.gui.desk import Desk, Place
from appliance.gui.icons import icon
from appliance.gui.qr import QrCode
from appliance.gui.screens.parts.payment_form import methods
from appliance.gui.screens.parts.settings_sheet import grid, lines_of, print_sheet, server_of, uri
from appliance.gui.screens.setup.setup_page import StepPage
from appliance.gui.screens.setup.setup_state import Found
from appliance.gui.theme import space
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.plain import button, card, clear, column, label, row
from appliance.gui.widgets.problem_view import ProblemView
from appliance.gui.words import _, duration, isolate, money, number
from appliance.wire.customers import CustomerCreate, CustomerView, NewEndpoint, NewWebLogin
from appliance.wire.endpoints import EndpointSecret, EndpointView
from appliance.wire.payments import PaymentRecord
from appliance.wire.problem import Problem
from appliance.wire.shapes import ById

USUAL_FUNDS = "5.00"
TICK = 20


class CustomerStep(StepPage):
    """First the form; then the phone's settings beside what has been tried with it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(
            desk, _("First customer"), _("Somebody to try it with: yourself, for a start. The number and a safe password are made by themselves.")
        )
        self.form = self._form()
        self.form.edited.connect(self.changed)
        self.customer: CustomerView | None = None
        self.secret: EndpointSecret | None = None
        self.problem = ProblemView()
        self.moving = button(_("I come from another system: bring my customers over"), lambda: desk.go(Place("move")), "link")
        if not desk.may("move.apply"):
            self.moving.hide()
        self.form_card = card(column(self.form, row(self.moving, None), margin="large", gap="medium"))
        self.phone = PhoneCard(desk, self._reveal, self._another)
        self.tried = TriedCard(desk)
        for part in (self.problem, self.form_card, self.tried, self.phone):
            self.content.addWidget(part)
        self._wants_new = False
        self._show()

    def primary(self) -> str:
        if self.customer is None:
            return _("Add customer")
        return _("Open the dashboard") if self.found.billed() is not None else _("Open the customer")

    def submit(self) -> None:
        if self.customer is not None:
            done = self.found.billed() is not None
            self.desk.go(Place("dashboard") if done else Place("customer", self.customer.id))
            return
        values = self.form.values()
        if values is None:
            return
        login = NewWebLogin() if values["web"] else None
        request = CustomerCreate(name=values["name"], email=values["email"], endpoint=NewEndpoint(), web_login=login)
        operation.run(
            self, self.desk.client, "customers.create", request, on_done=lambda view: self._made(view, values), on_problem=self.form.show_problem
        )

    def enter(self) -> None:
        if self.customer is None:
            self.form.field("name").setFocus()

    def show_found(self, found: Found) -> None:
        super().show_found(found)
        fresh = self.customer and next((each for each in found.customers if each.id == self.customer.id), None)
        if fresh is None and not self._wants_new:
            fresh = found.customer if self.customer is None else None
        if fresh is not None:
            self.customer = fresh
        money_field: Any = self.form.field("amount")
        money_field.set_currency(found.business.currency if found.business is not None else "")
        self.say(State(_("Done"), "good") if found.billed() is not None else State(""))
        self._show()
        self.changed.emit()

    # parts ---------------------------------------------------------------------------------------------------------
    def _form(self) -> Form:
        form = Form()
        with form.row():
            form.text("name", _("&Name"), required=True)
            form.text("email", _("&E-mail"))
        with form.row():
            form.money("amount", _("&Funds to begin with"), help=_("Booked as a payment received. Without funds no priced call goes out."))
            form.pick("method", _("&Received by"), methods())
        form.check("web", _("&Web login with the same number and password"))
        form.fill({"name": "", "email": "", "amount": USUAL_FUNDS, "method": "cash", "web": True})
        return form

    def _made(self, view: CustomerView, values: dict[str, Any]) -> None:
        """The customer stands; what follows may fail without taking it back."""
        self.customer, self._wants_new = view, False
        self.secret = None
        if values["amount"] and words.micros(values["amount"]) > 0:
            request = PaymentRecord(amount=values["amount"], customer=view.id, method=values["method"], note=_("Set-up"))
            operation.run(self, self.desk.client, "payments.record", request, on_problem=self.problem.show_problem)
        self.form.fill({"name": "", "email": "", "amount": USUAL_FUNDS, "method": "cash", "web": True})
        self._show()
        self._reveal()
        self.changed.emit()

    def _reveal(self) -> None:
        """Ask for what goes into the phone; the server notes that it was shown."""
        phones = [] if self.customer is None else self.found.phones(self.customer)
        if phones:
            request = ById(phones[0].id)
            operation.run(self, self.desk.client, "endpoints.reveal", request, on_done=self._revealed, on_problem=self.problem.show_problem)

    def _revealed(self, secret: EndpointSecret) -> None:
        self.secret = secret
        self._show()

    def _another(self) -> None:
        self.customer, self.secret, self._wants_new = None, None, True
        self._show()
        self.enter()
        self.changed.emit()

    def tell_problem(self, problem: Problem) -> None:
        """What no field stands for."""
        self.problem.show_problem(problem)

    def _show(self) -> None:
        customer = self.customer
        self.form_card.setVisible(customer is None)
        self.phone.setVisible(customer is not None)
        self.tried.setVisible(customer is not None)
        if customer is not None:
            self.phone.show_phone(customer, self.found.phones(customer), self.secret)
            self.tried.show_tried(self.found, customer)


class PhoneCard(QFrame):
    """What goes into the phone: lines, QR code, and the sheet on paper."""

    def __init__(self, desk: Desk, reveal: Any, another: Any) -> None:
        super().__init__()
        self.setObjectName("card")
        self._desk = desk
        self.heading = label("", "heading", wrap=True)
        self.show_button = button(_("Show &settings and QR code"), reveal)
        self.paper = button(_("&Print…"), self._print)
        self.other = button(_("Another customer"), another, "link")
        self.place = QVBoxLayout()
        self.setLayout(column(self.heading, self.place, row(self.show_button, self.paper, None, self.other), gap="medium", margin="large"))
        self._shown: EndpointSecret | None = None
        self._endpoint = 0

    def show_phone(self, customer: CustomerView, endpoints: Sequence[EndpointView], secret: EndpointSecret | None) -> None:
        """The settings of the customer's first phone, once they were asked for."""
        self._endpoint = endpoints[0].id if endpoints else 0
        called = number(endpoints[0].number) if endpoints else ""
        self.heading.setText(_("The phone of {name}, {number}", name=isolate(customer.name), number=called))
        self.show_button.setVisible(secret is None)
        self.paper.setVisible(secret is not None)
        if secret is self._shown and (secret is not None or not self.place.count()):
            return
        self._shown = secret
        clear(self.place)
        if secret is not None:
            server = server_of(self._desk, secret)
            code = QrCode(uri(secret, server), _("QR code with the settings of {number}", number=secret.number), 168)
            told = label(_("Scan it with a soft phone, or type the lines into a desk phone."), "small", wrap=True)
            told.setFixedWidth(168)
            self.place.addLayout(row(grid(lines_of(secret, server)), column(code, told, None), gap="wide"))

    def _print(self) -> None:
        if self._endpoint:
            print_sheet(self._desk, self, self._endpoint, self.heading.text(), busy=self.paper)


class TriedCard(QFrame):
    """Three ticks that come by themselves: on line, heard, billed."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("card")
        self._desk = desk
        self._lines: list[tuple[QLabel, QLabel, QLabel]] = []
        self.ticks: list[bool] = [False, False, False]
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(space("medium"))
        self._grid.setVerticalSpacing(space("hair"))
        self._grid.setColumnStretch(1, 1)
        for at in range(3):
            mark, name, told = label(""), label("", "strong"), label("", "muted", wrap=True)
            self._grid.addWidget(mark, 2 * at, 0, 2, 1, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(name, 2 * at, 1)
            self._grid.addWidget(told, 2 * at + 1, 1)
            self._lines.append((mark, name, told))
        self.setLayout(column(label(_("Try it"), "heading"), self._grid, gap="medium", margin="large"))
        desk.theme.changed.connect(self._paint)

    def show_tried(self, found: Found, customer: CustomerView) -> None:
        """What has been done with this customer's phone."""
        registered, heard, billed = found.registered(customer), found.echo_heard(customer), found.billed(customer)
        echo = found.echo_number
        self._say(0, registered or heard or billed is not None, _("Phone registered"), self._registering(found, customer))
        if heard:
            text = _("The sound went there and came back.")
        elif echo:
            text = _("Call {number} and speak: after a moment you hear yourself.", number=isolate(echo))
        else:
            text = _("No echo number is set: Settings, Calls and numbers.")
        self._say(1, heard, _("Echo heard"), text)
        if billed is None:
            text = _("Call any number, your mobile for one, and answer it. The call is priced when it ends.")
        else:
            text = _(
                "{number}, {duration}: {amount}",
                number=number(billed.normalised),
                duration=duration(billed.duration_ms / 1000),
                amount=money(billed.amount, billed.currency or ""),
            )
        self._say(2, billed is not None, _("First billed call"), text)
        self._paint()

    @staticmethod
    def _registering(found: Found, customer: CustomerView) -> str:
        if found.registered(customer):
            return _("It is on line and can be called.")
        return _("Scan the code or type the settings; the phone shows up here at once.")

    def _say(self, at: int, done: bool, name: str, text: str) -> None:
        self.ticks[at] = done
        _mark, named, told = self._lines[at]
        named.setText(name)
        told.setText(text)
        state = _("{step}: done", step=name) if done else _("{step}: to do", step=name)
        named.setAccessibleName(state)

    def _paint(self) -> None:
        for done, (mark, _name, _told) in zip(self.ticks, self._lines, strict=True):
            color = self._desk.theme.color("good" if done else "muted")
            mark.setPixmap(icon("good" if done else "open", color).pixmap(TICK, TICK))

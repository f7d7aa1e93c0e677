"""The one form that takes money in: opened from the payments, from a customer's row and from its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from appliance.gui import words
from appliance.gui.client import Reply
from appliance.gui.desk import Desk
from appliance.gui.screens.parts.payment_effect import EffectView
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.open_form import open_form
from appliance.gui.words import _
from appliance.wire.customers import CustomerView
from appliance.wire.payments import PaymentPreview, PaymentRecord, PaymentView
from appliance.wire.problem import Problem

TYPED_MS = 200


def methods() -> list[tuple[str, str]]:
    """How money comes in: (word of the wire, word of the person)."""
    return [("cash", _("Cash")), ("bank", _("Bank transfer")), ("card", _("Card")), ("other", _("Other"))]


def method_word(method: str) -> str:
    """The person's word of a method; one of the reseller's own stands as it is."""
    return dict(methods()).get(method, method)


def customer_line(view: CustomerView) -> str:
    """A customer as it is found in a look-up: name, company, number."""
    company = view.company if view.company != view.name else ""
    return " · ".join(filter(None, (view.name, company, view.endpoints[0].number if view.endpoints else "")))


class PaymentForm(Form):
    """Customer, amount, method; under them what the server would write, while one types."""

    def __init__(self, desk: Desk, customer: CustomerView | None) -> None:
        super().__init__()
        self._desk = desk
        self._asked: PaymentPreview | None = None
        self._reply: Reply | None = None
        self.chooser = self.choice(
            "customer", _("&Customer"), desk.client, "customers.list", show=customer_line, placeholder=_("Name, company or number"), required=True
        )
        self.amount = self.money("amount", _("&Amount"), required=True, help=_("What was received, tax included."))
        with self.row():
            self.pick("method", _("&Method"), methods())
            self.text("reference", _("&Reference"), placeholder=_("Of the bank or the terminal"))
        self.lines("note", _("&Note"), rows=2)
        self.effect = EffectView(_("After this payment"))
        self.layout().addWidget(self.effect)  # type: ignore[union-attr]
        self._typing = QTimer(self, singleShot=True, interval=TYPED_MS)
        self._typing.timeout.connect(self._ask)
        self.edited.connect(self._typing.start)
        self.chooser.chosen.connect(self._chosen)
        if customer is not None:
            self.fill({"customer": (customer.id, customer_line(customer))})
            self._chosen(customer)
            self.amount.setFocus()

    def _chosen(self, view: Any) -> None:
        self.amount.set_currency(view.account_currency if view is not None else "")
        self.effect.show_balance(None if view is None else (view.balance, view.account_currency))
        self._asked = None
        self._typing.start()

    def _ask(self) -> None:
        """Ask what the payment would do, when there is enough of it and it differs from what was asked."""
        wanted = self._wanted()
        if wanted == self._asked:
            return
        self._asked = wanted
        if self._reply is not None:
            self._reply.abandon()
            self._reply = None
        if wanted is None:
            self.effect.forget()
            return
        self._reply = self._desk.client.call("payments.preview", wanted)
        self._reply.done.connect(self._came)
        self._reply.failed.connect(self._refused)

    def _wanted(self) -> PaymentPreview | None:
        customer = self.chooser.value()
        try:
            amount = self.amount.amount()
        except ValueError:
            amount = None
        return None if customer is None or amount is None else PaymentPreview(amount=amount, customer=customer)

    def _came(self, effect: Any) -> None:
        self._reply = None
        self.effect.show_effect(effect)

    def _refused(self, problem: Problem) -> None:
        self._reply = None
        self.effect.show_problem(problem)


def add_payment(desk: Desk, owner: QWidget, customer: CustomerView | None = None, on_done: Callable[[PaymentView], None] | None = None) -> FormDialog:
    """Open the form; with a customer it is that one's payment."""
    form = PaymentForm(desk, customer)

    def done(view: PaymentView) -> None:
        amount, balance = words.money(view.gross, view.currency), words.money(view.balance_after, view.currency)
        desk.toast(_("{amount} received; the balance is {balance}", amount=amount, balance=balance))
        if on_done is not None:
            on_done(view)

    return open_form(desk, owner, _("Add payment"), form, "payments.record", lambda values: msgspec.convert(values, PaymentRecord), done, width=460)

"""Giving money back: a refund of all or a part, or the reversal of a payment that was a mistake; each says its effect first."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from appliance.gui import operation, words
from appliance.gui.client import Reply
from appliance.gui.desk import Desk
from appliance.gui.screens.parts.payment_effect import EffectView
from appliance.gui.screens.parts.payment_form import TYPED_MS, methods
from appliance.gui.theme import space
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.open_form import open_form
from appliance.gui.words import _
from appliance.money import format_amount
from appliance.wire.payments import PaymentEffect, PaymentPreview, PaymentRefund, PaymentReverse, PaymentView
from appliance.wire.problem import Problem


def left_of(payment: PaymentView) -> str:
    """What of a payment is not given back yet, as a wire amount."""
    return format_amount(words.micros(payment.gross) - words.micros(payment.given_back))


def may_refund(payment: PaymentView | None) -> bool:
    """Whether anything is left to give back."""
    return payment is not None and payment.kind == "payment" and words.micros(left_of(payment)) > 0


def may_reverse(payment: PaymentView | None) -> bool:
    """Whether it is a payment of which nothing was given back."""
    return payment is not None and payment.kind == "payment" and not words.micros(payment.given_back)


def of_whom(payment: PaymentView) -> str:
    """The customer, or the account where it is nobody's in particular; a sub-reseller's by its name."""
    return payment.customer or payment.account.removeprefix("reseller:")


class RefundForm(Form):
    """How much of it, by which way; what the books will say stands below."""

    def __init__(self, desk: Desk, payment: PaymentView) -> None:
        super().__init__()
        self._desk, self._payment = desk, payment
        self._reply: Reply | None = None
        self._asked: str | None = None
        received = words.money(payment.gross, payment.currency)
        self.note(_("{amount} from {customer} on {day}", amount=received, customer=of_whom(payment), day=words.day(payment.at)))
        self.amount = self.money(
            "amount",
            _("&Amount to give back"),
            currency=payment.currency,
            required=True,
            help=_("Up to {amount} is left of this payment.", amount=words.money(left_of(payment), payment.currency)),
        )
        self.pick("method", _("&Method"), methods())
        self.lines("note", _("&Note"), rows=2)
        self.effect = EffectView(_("After this refund"))
        self.layout().addWidget(self.effect)  # type: ignore[union-attr]
        self._typing = QTimer(self, singleShot=True, interval=TYPED_MS)
        self._typing.timeout.connect(self._ask)
        self.edited.connect(self._typing.start)
        self.fill({"amount": left_of(payment), "method": payment.method})
        self._ask()

    def _ask(self) -> None:
        try:
            amount = self.amount.amount()
        except ValueError:
            amount = None
        if amount == self._asked:
            return
        self._asked = amount
        if self._reply is not None:
            self._reply.abandon()
            self._reply = None
        if amount is None:
            self.effect.forget()
            return
        self._reply = self._desk.client.call("payments.preview", PaymentPreview(amount=amount, payment=self._payment.id, refund=True))
        self._reply.done.connect(self._came)
        self._reply.failed.connect(self._refused)

    def _came(self, effect: PaymentEffect) -> None:
        self._reply = None
        self.effect.show_effect(effect)

    def _refused(self, problem: Problem) -> None:
        self._reply = None
        self.effect.show_problem(problem)


def refund_payment(desk: Desk, owner: QWidget, payment: PaymentView, on_done: Callable[[], None]) -> FormDialog:
    """Open the form that gives money back."""

    def done(view: PaymentView) -> None:
        amount, balance = words.money(view.gross.removeprefix("-"), view.currency), words.money(view.balance_after, view.currency)
        desk.toast(_("{amount} given back; the balance is {balance}", amount=amount, balance=balance))
        on_done()

    return open_form(
        desk,
        owner,
        _("Refund"),
        RefundForm(desk, payment),
        "payments.refund",
        lambda values: msgspec.convert({"payment": payment.id, **values}, PaymentRefund),
        done,
        verb=_("Give back"),
    )


def reverse_payment(desk: Desk, owner: QWidget, payment: PaymentView, on_done: Callable[[], None]) -> None:
    """Ask the server what a reversal does, say it, and do it when it is confirmed."""
    request = PaymentPreview(payment=payment.id)

    def came(effect: PaymentEffect) -> None:
        ask_reversal(desk, owner, payment, effect, on_done)

    operation.run(owner, desk.client, "payments.preview", request, on_done=came)


def reversal_words(payment: PaymentView, effect: PaymentEffect) -> str:
    """What a reversal does, in figures."""
    amount = words.money(payment.gross, payment.currency)
    said = _(
        "The payment of {amount} from {customer} on {day} is taken back as if it had never been received. It stays in the list beside its reversal.",
        amount=amount,
        customer=of_whom(payment),
        day=words.day(payment.at),
    )
    before, after = words.money(effect.balance_before, effect.currency), words.money(effect.balance_after, effect.currency)
    lines = [said, _("The balance of {account} goes from {before} to {after}.", account=effect.account, before=before, after=after)]
    if words.micros(effect.tax):
        lines.append(_("Tax of {tax} is taken back too.", tax=words.money(effect.tax.removeprefix("-"), effect.currency)))
    if words.negative(effect.balance_after) and not words.negative(effect.balance_before):
        lines.append(_("The account will be below zero: its calls may be cut."))
    return "\n\n".join(lines)


def ask_reversal(desk: Desk, owner: QWidget, payment: PaymentView, effect: PaymentEffect, on_done: Callable[[], None]) -> FormDialog:
    """The question with the effect in words, and a note for the books."""
    form = Form()
    form.note(reversal_words(payment, effect))
    form.text("note", _("&Why"), placeholder=_("For the books, for example: typed twice"))

    def done(view: PaymentView) -> None:
        desk.toast(_("Payment {number} is reversed", number=payment.id))
        on_done()

    dialog = open_form(
        desk,
        owner,
        _("Reverse this payment?"),
        form,
        "payments.reverse",
        lambda values: PaymentReverse(payment=payment.id, note=values["note"]),
        done,
        verb=_("Reverse payment"),
        dangerous=True,
        width=480,
    )
    dialog.resize(dialog.width(), dialog.height() + 2 * space("wide"))
    return dialog

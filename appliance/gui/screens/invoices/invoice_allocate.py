"""Setting payments against invoices by hand, and taking them off again for another invoice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from appliance.gui import operation
from appliance.gui.client import Reply
from appliance.gui.desk import Desk
from appliance.gui.screens.invoices import invoice_words
from appliance.gui.screens.parts.payment_form import method_word
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.open_form import open_form
from appliance.gui.words import _, day, micros, money
from appliance.money import format_amount
from appliance.wire.invoices import Allocate, AllocationList, AllocationPage, AllocationView, InvoiceView, Release
from appliance.wire.payments import PaymentList, PaymentView


def may_allocate(view: InvoiceView | None) -> bool:
    """Whether anything of it is open."""
    return view is not None and view.kind == "invoice" and view.id > 0 and micros(view.open) > 0


def payment_line(payment: PaymentView) -> str:
    """A payment so that it can be told from the others."""
    places = {"number": payment.id, "amount": money(payment.gross, payment.currency), "day": day(payment.at), "method": method_word(payment.method)}
    return _("{number}: {amount}, {day}, {method}", **places)


class AllocateForm(Form):
    """Which payment, and how much of it; what it has left is said once it is chosen."""

    def __init__(self, desk: Desk, view: InvoiceView) -> None:
        super().__init__()
        self._desk, self._view = desk, view
        self._reply: Reply | None = None
        open_ = money(view.open, view.currency)
        self.note(_("{amount} of invoice {number} is open.", amount=open_, number=view.number))
        request = PaymentList(customer=view.customer_id, account=None if view.customer_id is not None else view.account, kind="payment")
        payments = self.choice("payment", _("&Payment"), desk.client, "payments.list", show=payment_line, request=request, required=True)
        self.left = self.note(_("Choose a payment to see what it has left."))
        self.amount = self.money("amount", _("&Amount"), currency=view.currency, help=_("Empty: as much as both have left."))
        payments.chosen.connect(self._chosen)

    def _chosen(self, payment: PaymentView | None) -> None:
        if payment is not None:
            asked = AllocationList(payment=payment.id)
            operation.run(
                self, self._desk.client, "invoices.allocations", asked, on_done=self._came, on_problem=lambda found: self.left.setText(found.detail)
            )

    def _came(self, page: AllocationPage) -> None:
        left, open_ = micros(page.left), micros(self._view.open)
        self.left.setText(_("{amount} of it is set against nothing yet.", amount=money(page.left, self._view.currency)))
        if left > 0:
            self.amount.set_amount(format_amount(min(left, open_)))


def allocate_payment(desk: Desk, owner: QWidget, view: InvoiceView, done: Callable[[], None]) -> FormDialog:
    """Open the form."""

    def request(values: dict[str, Any]) -> Allocate:
        return Allocate(invoice=view.id, **values)

    def set_against(_page: AllocationPage) -> None:
        desk.toast(_("The payment is set against {document}", document=invoice_words.named(view)))
        done()

    return open_form(
        desk, owner, _("Set a payment against it"), AllocateForm(desk, view), "invoices.allocate", request, set_against, verb=_("Set against")
    )


def may_release(part: AllocationView | None) -> bool:
    """A payment's part can be taken off; a credit note's stays."""
    return part is not None and part.payment is not None


def release_payment(desk: Desk, owner: QWidget, part: AllocationView, currency: str, done: Callable[[], None]) -> None:
    """Take it off at once; Undo sets it back."""
    if part.payment is None:
        return
    payment = part.payment

    def undo() -> None:
        request = Allocate(payment=payment, invoice=part.invoice_id, amount=part.amount)
        operation.run(owner, desk.client, "invoices.allocate", request, on_done=lambda _page: done())

    def released(_page: AllocationPage) -> None:
        desk.toast(_("{amount} is free for another invoice", amount=money(part.amount, currency)), undo)
        done()

    operation.run(owner, desk.client, "invoices.release", Release(payment, part.invoice_id), on_done=released)

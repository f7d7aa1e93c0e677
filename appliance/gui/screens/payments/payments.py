"""Payments: newest first, narrowed, summed up; money in, given back, reversed, and the receipt of each (S8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from appliance.gui import operation
from appliance.gui.column import Column, Of, State
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.parts.dated_list import DatedList
from appliance.gui.screens.parts.payment_form import add_payment, method_word, methods
from appliance.gui.screens.parts.shown_in import ShownIn
from appliance.gui.screens.payments.payment_receipt import show_receipt
from appliance.gui.screens.payments.payment_undo import may_refund, may_reverse, of_whom, refund_payment, reverse_payment
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import Filter
from appliance.gui.words import _, count, micros, money, plural
from appliance.wire.payments import PaymentFilter, PaymentList, PaymentTotals, PaymentView
from appliance.wire.problem import Problem

CONVERTED: dict[Of, str] = {name: name for name in ("gross", "tax", "credit", "balance_after")}
"""What the server converts, by column."""


def payment_state(payment: PaymentView) -> State:
    """What kind of movement it is, and what became of it."""
    if payment.kind == "refund":
        return State(_("Refund"), "warning")
    if payment.kind == "reversal":
        return State(_("Reversal"), "danger")
    back = micros(payment.given_back)
    if not back:
        return State(_("Payment"), "good")
    return State(_("Given back"), "muted") if back >= micros(payment.gross) else State(_("Partly given back"), "accent")


def payment_columns(*, one_customer: bool = False) -> list[Column]:
    """The columns of a list of payments."""
    return [
        Column("at", _("When"), "moment", width=150),
        Column(of_whom, _("Customer"), width=180, grows=True, shown=not one_customer),
        Column(payment_state, _("Kind"), "state", width=150),
        Column(lambda payment: method_word(payment.method), _("Method"), width=140),
        Column("reference", _("Reference"), width=130),
        Column("gross", _("Amount"), "money", width=116, currency="currency"),
        Column("tax", _("Tax"), "money", width=96, currency="currency", shown=False),
        Column("credit", _("Credit"), "money", width=116, currency="currency", shown=False),
        Column("balance_after", _("Balance after"), "money", width=126, currency="currency"),
        Column("note", _("Note"), width=160, shown=one_customer, grows=one_customer),
        Column(lambda payment: str(payment.id), _("Number"), width=70, shown=False),
    ]


def totals_text(totals: PaymentTotals | None) -> str:
    """The footer: how many, and the sums by currency."""
    if totals is None:
        return ""
    parts = [plural("{n} payment", "{n} payments", sum(each.count for each in totals.totals))]
    for each in totals.totals:
        said = _("{gross} in all", gross=money(each.gross, each.currency))
        if micros(each.tax):
            said = _("{gross} in all, of it tax {tax}", gross=money(each.gross, each.currency), tax=money(each.tax, each.currency))
        parts.append(said)
    return "   ·   ".join(parts)


class PaymentsPage(DatedList):
    """The list with its filters and totals: of everybody, or (`customer`: its id) of one."""

    def __init__(self, desk: Desk, *, customer: int | None = None, empty: Empty, embedded: bool = False) -> None:
        self.totals: PaymentTotals | None = None
        self._summed: Any = None
        one = customer is not None
        kinds = [("payment", _("Payments")), ("refund", _("Refunds")), ("reversal", _("Reversals"))]
        super().__init__(
            desk,
            PageModel(desk.client, "payments.list", PaymentList(customer=customer), payment_columns(one_customer=one)),
            customer=customer,
            title=_("Payments"),
            hint=_("Customer, reference, note or number"),
            empty=empty,
            totals=lambda _model: totals_text(self.totals),
            filters=[Filter("kind", _("Kind"), kinds), Filter("method", _("Method"), methods())],
            memory_name="customer-payments" if one else "payments",
            embedded=embedded,
        )
        self.model.loaded.connect(self._sum)
        ShownIn(desk, self, CONVERTED, lambda: payment_columns(one_customer=one))

    def _sum(self) -> None:
        """The totals of what is filtered, asked with each first page."""
        request = self._filtered()
        wanted = PaymentFilter(**{name: getattr(request, name) for name in PaymentFilter.__struct_fields__})
        if wanted != self._summed:
            self.totals = None
        self._summed = wanted
        operation.run(self, self.desk.client, "payments.totals", wanted, on_done=self._summed_up, on_problem=self._not_summed)

    def _summed_up(self, totals: PaymentTotals) -> None:
        self.totals = totals
        self._said()

    def _not_summed(self, problem: Problem) -> None:
        self.totals = None
        self._said()

    def _said(self) -> None:
        super()._said()
        if self.totals is not None and self.model.rows:
            self.counted.setText(count(sum(each.count for each in self.totals.totals)))


class PaymentsScreen(Screen):
    """The list and what is done with a payment."""

    kinds = frozenset({"payment"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        none = _("There are no payments yet. A payment is credit at once, also for calls that run.")
        empty = Empty(none, _("Add payment"), self.add, "payments.record")
        self.list = PaymentsPage(desk, empty=empty)
        wanted = place.filters.get("customer", "")
        if wanted:
            self.list.narrow(int(wanted) if wanted.isdigit() else wanted, place.filters.get("name", "") or wanted)
        self.list.opened.connect(lambda _payment: self._receipt())
        self.list.selected.connect(self.verbs_changed)
        self.list.model.loaded.connect(self.verbs_changed)
        self.list._menu = self._row_menu
        self.body.addWidget(self.list)

    def title(self) -> str:
        return _("Payments")

    def refresh(self) -> None:
        self.list.refresh()

    def verbs(self) -> list[Action]:
        payment: PaymentView | None = self.list.current()
        one = payment is not None
        known = payment is not None and payment.customer_id is not None
        return [
            Action("payments.add", _("Add payment"), self.add, "Ctrl+N", "add", primary=True, operation="payments.record"),
            Action("payments.receipt", _("Receipt"), self._receipt, "Ctrl+P", "print", enabled=one, group=1, operation="receipts.pdf"),
            Action("payments.customer", _("Open customer"), self._customer, "Ctrl+O", "user", enabled=known, group=1, operation="customers.get"),
            Action(
                "payments.refund",
                _("Refund"),
                self._refund,
                "Ctrl+Shift+R",
                "undo",
                enabled=may_refund(payment),
                group=2,
                operation="payments.refund",
            ),
            Action(
                "payments.reverse",
                _("Reverse"),
                self._reverse,
                "Ctrl+Del",
                "remove",
                enabled=may_reverse(payment),
                dangerous=True,
                group=2,
                operation="payments.reverse",
            ),
            *self._other_places(),
        ]

    def _other_places(self) -> list[Action]:
        def to(place: str) -> Callable[[], None]:
            return lambda: self.desk.go(Place(place))

        return [
            Action("payments.bank", _("Bank statements"), to("bank"), "Ctrl+Shift+B", "import", group=3, operation="bank.lines"),
            Action("payments.vouchers", _("Vouchers"), to("vouchers"), "Ctrl+Shift+V", "tariffs", group=3, operation="vouchers.list"),
            Action("payments.approvals", _("Waiting for approval"), to("approvals"), "Ctrl+Shift+A", "good", group=3, operation="approvals.list"),
        ]

    # what is done --------------------------------------------------------------------------------------------------
    def add(self) -> None:
        """The form of a new payment."""
        add_payment(self.desk, self, on_done=lambda _payment: self.refresh())

    def _receipt(self) -> None:
        payment = self.list.current()
        if payment is not None:
            show_receipt(self.desk, self, payment)

    def _customer(self) -> None:
        payment = self.list.current()
        if payment is not None and payment.customer_id is not None:
            self.desk.go(Place("customer", payment.customer_id, "payments"))

    def _refund(self) -> None:
        payment = self.list.current()
        if payment is not None and may_refund(payment):
            refund_payment(self.desk, self, payment, self.refresh)

    def _reverse(self) -> None:
        payment = self.list.current()
        if payment is not None and may_reverse(payment):
            reverse_payment(self.desk, self, payment, self.refresh)

    def _row_menu(self) -> QMenu:
        menu = QMenu(self)
        for each in self.offered():
            if each.group:
                menu.addAction(each.text, each.run).setEnabled(each.enabled)
        payment = self.list.current()
        if payment is not None and payment.reference:
            menu.addAction(_("Copy reference"), lambda: QGuiApplication.clipboard().setText(payment.reference))
        return menu

"""Vouchers: credit on paper, made in batches, printed, made worthless where they are lost."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QCheckBox

from appliance.gui import operation
from appliance.gui.column import Column, State
from appliance.gui.desk import Desk, Place
from appliance.gui.people import currencies
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.parts.call_filters import today
from appliance.gui.screens.parts.paper import save_paper, show_paper
from appliance.gui.screens.parts.payment_form import customer_line
from appliance.gui.table_model import PageModel
from appliance.gui.widgets import confirm
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.widgets.open_form import open_form
from appliance.gui.words import _, micros, money, plural
from appliance.wire.payments import PaymentView
from appliance.wire.vouchers import VoucherBatch, VoucherCancel, VoucherList, VoucherMake, VoucherRedeem, VoucherSheet

MOST = 5000  # as the server's
USUAL = 100


def unused(batch: VoucherBatch) -> int:
    """How many can still be redeemed."""
    return batch.count - batch.redeemed - batch.cancelled


class VouchersScreen(Screen):
    """Batches, newest first."""

    kinds = frozenset({"voucher", "payment"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self._today = today(desk.clock).isoformat()
        columns = [
            Column("name", _("Name"), width=180, grows=True),
            Column(self._state, _("State"), "state", width=120),
            Column("made_at", _("Made"), "day", width=110),
            Column("expires_on", _("Worthless from"), "day", width=120),
            Column("amount", _("Each"), "money", width=110, currency="currency"),
            Column("count", _("Vouchers"), "count", width=90),
            Column("redeemed", _("Redeemed"), "count", width=90),
            Column("cancelled", _("Cancelled"), "count", width=90),
            Column(unused, _("Unused"), "count", width=80),
        ]
        empty = Empty(
            _("There are no vouchers yet. A voucher is credit on paper, redeemed by its code."), _("Make vouchers"), self._make, "vouchers.make"
        )
        model = PageModel(desk.client, "vouchers.list", VoucherList(), columns)
        self.list = ListPage(desk, model, title=_("Vouchers"), empty=empty, totals=lambda loaded: totals_text(loaded.rows), memory_name="vouchers")
        self.list.selected.connect(self.verbs_changed)
        self.list.model.loaded.connect(self.verbs_changed)
        self.list.opened.connect(lambda _batch: self._sheet())
        self.body.addWidget(self.list)

    def title(self) -> str:
        return _("Vouchers")

    def refresh(self) -> None:
        self.list.refresh()

    def verbs(self) -> list[Action]:
        batch: VoucherBatch | None = self.list.current()
        some = batch is not None and unused(batch) > 0
        return [
            Action("vouchers.make", _("Make vouchers"), self._make, "Ctrl+N", "add", primary=True, operation="vouchers.make"),
            Action("vouchers.redeem", _("Redeem voucher"), self._redeem, "Ctrl+Shift+R", "money", operation="vouchers.redeem"),
            Action("vouchers.sheet", _("Print sheet"), self._sheet, "Ctrl+P", "print", enabled=some, group=1, operation="vouchers.sheet"),
            Action("vouchers.csv", _("Save as table"), self._codes, "Ctrl+Shift+S", "export", enabled=some, group=1, operation="vouchers.sheet"),
            Action(
                "vouchers.cancel", _("Cancel unused"), self._cancel, "Ctrl+Del", "remove", enabled=some, dangerous=True, group=2,
                operation="vouchers.cancel",
            ),
        ]  # fmt: skip

    # what is done --------------------------------------------------------------------------------------------------
    def _state(self, batch: VoucherBatch) -> State:
        if not unused(batch):
            return State(_("Used up"))
        if batch.expires_on is not None and batch.expires_on <= self._today:
            return State(_("Expired"), "warning")
        return State(_("In use"), "good")

    def _make(self) -> None:
        form = voucher_form()

        def request(values: dict[str, Any]) -> VoucherMake:
            if not values.pop("expires"):
                values.pop("expires_on", None)
            return VoucherMake(**(values | {"currency": values["currency"] or None}))

        def done(batch: VoucherBatch) -> None:
            self.desk.toast(plural("{n} voucher is made", "{n} vouchers are made", batch.count))
            self.refresh()

        open_form(self.desk, self, _("Make vouchers"), form, "vouchers.make", request, done)

    def _redeem(self) -> None:
        form = Form()
        form.text("code", _("Co&de"), required=True, help=_("Blanks, dashes and small letters do not matter."))
        form.choice("customer", _("&Customer"), self.desk.client, "customers.list", show=customer_line, required=True)

        def done(payment: PaymentView) -> None:
            amounts = {"gross": money(payment.gross, payment.currency), "balance": money(payment.balance_after, payment.currency)}
            self.desk.toast(_("{gross} received; the balance is {balance}", **amounts))
            self.refresh()

        open_form(
            self.desk,
            self,
            _("Redeem voucher"),
            form,
            "vouchers.redeem",
            lambda values: VoucherRedeem(**values),
            done,
            verb=_("Redeem"),
        )

    def _sheet(self) -> None:
        batch: VoucherBatch | None = self.list.current()
        if batch is not None and unused(batch) and self.desk.may("vouchers.sheet"):
            show_paper(self.desk, self, _("Vouchers {name}", name=batch.name), "vouchers.sheet", VoucherSheet(batch.id))

    def _codes(self) -> None:
        batch: VoucherBatch | None = self.list.current()
        if batch is not None:
            save_paper(self.desk, self, _("Vouchers {name}", name=batch.name), "vouchers.sheet", VoucherSheet(batch.id, format="csv"))

    def _cancel(self) -> None:
        batch: VoucherBatch | None = self.list.current()
        if batch is None:
            return
        left = unused(batch)
        worth = money(left * micros(batch.amount), batch.currency)
        text = plural(
            "{n} voucher that nobody has used is worth nothing any more, {worth} in all. It cannot be undone.",
            "{n} vouchers that nobody has used are worth nothing any more, {worth} in all. It cannot be undone.",
            left,
            worth=worth,
        )

        def done(_batch: VoucherBatch) -> None:
            self.desk.toast(plural("{n} voucher is cancelled", "{n} vouchers are cancelled", left))
            self.refresh()

        def go() -> None:
            operation.run(self, self.desk.client, "vouchers.cancel", VoucherCancel(batch.id), on_done=done)

        confirm.ask(self, _("Cancel the unused vouchers of {name}?", name=batch.name), text, _("Cancel vouchers"), go)


def totals_text(batches: list[VoucherBatch]) -> str:
    """The footer: what is still out, by currency."""
    parts = [plural("{n} batch", "{n} batches", len(batches))]
    for currency in dict.fromkeys(each.currency for each in batches):
        of = [each for each in batches if each.currency == currency]
        worth = sum(unused(each) * micros(each.amount) for each in of)
        parts.append(_("{worth} not redeemed", worth=money(worth, currency)))
    return "   ·   ".join(parts)


def voucher_form() -> Form:
    """The fields of a batch."""
    form = Form()
    form.text("name", _("&Name"), required=True, help=_("To find the batch again; it is not on the vouchers."))
    with form.row():
        form.money("amount", _("&Amount of each"), required=True)
        form.pick("currency", _("Cu&rrency"), currencies(_("As the reseller")), search=True)
    form.whole("count", _("How &many"), least=1, most=MOST)
    expires = form.check("expires", _("&Worthless from a day on"))
    form.date("expires_on", _("First day without &value"))
    assert isinstance(expires, QCheckBox)
    expires.toggled.connect(lambda on: form.show_field("expires_on", on))
    form.show_field("expires_on", False)
    form.fill({"count": USUAL})
    return form

"""What is done to a bill before it is paid: goods, an item, a discount, a line taken off, a call forgiven, a part split off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from appliance.gui import words
from appliance.gui.desk import Desk
from appliance.gui.screens.booths import shop_approval
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.open_form import open_form
from appliance.gui.words import _
from appliance.wire.bills import BillAdd, BillAddItem, BillDiscount, BillForgive, BillLine, BillRemove, BillView
from appliance.wire.problem import Problem
from appliance.wire.shops import Approver
from appliance.wire.tills import GoodsList, GoodsView

Done = Callable[[Any], None]


def goods_line(view: GoodsView) -> str:
    """Goods as they are found: name, price, what is left of them."""
    stock = "" if view.stock is None else _("{count} in stock", count=words.count(view.stock))
    return " · ".join(filter(None, (view.name, words.money(view.price, view.currency), view.code, stock)))


def add_goods(desk: Desk, owner: QWidget, bill: BillView, on_done: Done) -> FormDialog:
    """Something of the price list; a bar code reader types into the field."""
    form = Form()
    goods = form.choice(
        "goods",
        _("&Goods"),
        desk.client,
        "goods.list",
        show=goods_line,
        request=GoodsList(shop=bill.shop_id),
        placeholder=_("Name or bar code"),
        required=True,
    )
    form.whole("quantity", _("&Pieces"), least=1, most=999)
    form.fill({"quantity": 1})
    dialog = open_form(
        desk, owner, _("Add goods"), form, "bills.add_goods", lambda values: BillAdd(id=bill.id, **values), on_done, verb=_("Add to the bill")
    )
    goods.setFocus()
    return dialog


def add_item(desk: Desk, owner: QWidget, bill: BillView, on_done: Done) -> FormDialog:
    """Something with a price typed by hand."""
    form = Form()
    form.note(_("Prices typed by hand are listed for the owner. What is sold often belongs into the price list."))
    form.text("text", _("&What"), required=True, longest=80)
    with form.row():
        form.money("amount", _("&Price of one"), currency=bill.currency, required=True)
        form.whole("quantity", _("P&ieces"), least=1, most=999)
    form.fill({"quantity": 1})
    dialog = open_form(
        desk, owner, _("Add an item"), form, "bills.add_item", lambda values: BillAddItem(id=bill.id, **values), on_done, verb=_("Add to the bill")
    )
    form.field("text").setFocus()
    return dialog


class _Ask(FormDialog):
    """A form whose act may want a supervisor: what the form makes is asked through `shop_approval`."""

    def __init__(self, desk: Desk, owner: QWidget, approvers: Sequence[Approver], **how: Any) -> None:
        super().__init__(desk.client, owner, **how)
        self._desk, self._approvers = desk, approvers

    def submit(self) -> None:
        """Ask, and where it wants a supervisor, ask for one."""
        values = self.form.values() if self.primary.isEnabled() else None
        if values is None:
            return
        shop_approval.run(
            self,
            self._desk,
            self._approvers,
            self._operation,
            self._request(values),
            on_done=self._done,
            on_problem=self._said,
            busy=self.primary,
        )

    def _said(self, problem: Problem) -> None:
        self.tell_problem(problem)


def ask_approved(desk: Desk, owner: QWidget, approvers: Sequence[Approver], **how: Any) -> FormDialog:
    """Open a form (FormDialog's arguments by name) for an act that a clerk may not do alone."""
    dialog = _Ask(desk, owner, approvers, **how)
    dialog.open()
    return dialog


def discount(desk: Desk, owner: QWidget, approvers: Sequence[Approver], bill: BillView, line: BillLine | None, on_done: Done) -> FormDialog:
    """Off the whole bill, or off one line."""
    form = Form()
    choices: list[tuple[int | None, str]] = [(None, _("The whole bill"))]
    choices += [(each.id, f"{each.text}  {words.money(each.amount, bill.currency)}") for each in bill.lines if each.kind in ("call", "goods", "item")]
    form.pick("line", _("&Off"), choices)
    with form.row():
        form.text("percent", _("&Percent"), longest=8)
        form.money("amount", _("or &amount"), currency=bill.currency)
    form.text("reason", _("&Reason"), required=True, longest=200)
    if line is not None and any(each == line.id for each, _text in choices):
        form.fill({"line": line.id})

    def request(values: dict[str, Any]) -> BillDiscount:
        values["percent"] = values["percent"].replace(words.decimal_point(), ".").rstrip("% ") or None
        return BillDiscount(id=bill.id, **values)

    dialog = ask_approved(
        desk,
        owner,
        approvers,
        title=_("Discount"),
        form=form,
        verb=_("Give discount"),
        operation="bills.discount",
        request=request,
        on_done=on_done,
        width=440,
    )
    form.field("percent").setFocus()
    return dialog


def remove_line(desk: Desk, owner: QWidget, bill: BillView, line: BillLine, on_done: Done) -> FormDialog:
    """Take goods, an item or a discount off again, with a reason."""
    form = Form()
    form.note(f"{line.text}  {words.money(line.amount, bill.currency)}")
    form.text("reason", _("&Reason"), required=True, longest=200)
    dialog = open_form(
        desk,
        owner,
        _("Take off the bill"),
        form,
        "bills.remove_line",
        lambda values: BillRemove(id=bill.id, line=line.id, **values),
        on_done,
        verb=_("Take off"),
        dangerous=True,
        width=400,
    )
    form.field("reason").setFocus()
    return dialog


def forgive(desk: Desk, owner: QWidget, approvers: Sequence[Approver], bill: BillView, line: BillLine, on_done: Done) -> FormDialog:
    """A call that is not asked for."""
    form = Form()
    form.note(f"{words.number(line.number)}  {words.duration(line.seconds)}  {words.money(line.amount, bill.currency)}")
    form.text("reason", _("&Reason"), longest=200)
    dialog = ask_approved(
        desk,
        owner,
        approvers,
        title=_("Forgive this call"),
        form=form,
        verb=_("Forgive"),
        operation="bills.forgive",
        request=lambda values: BillForgive(id=bill.id, line=line.id, **values),
        on_done=on_done,
        width=400,
    )
    form.field("reason").setFocus()
    return dialog

"""The checkout: the bill's lines at the left, what the guest gives at the right; Enter takes the money and closes the booth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QCheckBox, QDialog, QStackedWidget, QVBoxLayout, QWidget

from appliance.gui import operation, words
from appliance.gui.column import Column
from appliance.gui.desk import Desk
from appliance.gui.rows_model import RowsModel
from appliance.gui.screens.booths import checkout_lines, shop_approval
from appliance.gui.screens.booths.booth_words import line_kind, pieces
from appliance.gui.screens.booths.checkout_tender import TenderBox
from appliance.gui.theme import space
from appliance.gui.verb_button import shown_keys
from appliance.gui.widgets import confirm
from appliance.gui.widgets.cells import tabular
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.plain import button, clear, column, edge, holding, label, line, row
from appliance.gui.widgets.table import Table
from appliance.gui.words import _
from appliance.wire.bills import BillLine, BillLoss, BillPay, BillSettled, BillSplit, BillView
from appliance.wire.booths import SessionState
from appliance.wire.problem import Problem
from appliance.wire.shapes import ById
from appliance.wire.shops import ShopView
from appliance.wire.tills import TillView

WIDTH, HEIGHT = 980, 560
RIGHT = 300
IN_CALL = "booth.in_call"


def line_text(view: BillLine) -> str:
    """A line as it is read: a call by number and destination, else its text."""
    if view.kind in ("call", "forgiven") and view.number:
        return f"{words.number(view.number)}  {view.destination}"
    return f"{view.quantity} × {view.text}" if view.quantity > 1 else view.text or line_kind(view.kind)


class Checkout(QDialog):
    """One open bill. It is told anew by the server while a call of it runs or another clerk changes it."""

    def __init__(self, desk: Desk, parent: QWidget, shop: ShopView, till: TillView, bill: int, title: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(title)
        self._desk, self._shop, self._till, self._bill_id = desk, shop, till, bill
        self._title = title
        self.bill: BillView | None = None
        self.model = RowsModel(desk.client, self._columns())
        self.table = Table(self.model, desk.theme)
        self.table.setAccessibleName(_("Lines of the bill"))
        self.totals = QVBoxLayout()
        self.totals.setSpacing(space("hair"))
        self.tender = TenderBox(desk, shop)
        self.printed = QCheckBox(_("P&rint the receipt"))
        self.printed.setChecked(till.print_always)
        self.pay_button = button(_("Take the money"), self.pay, "primary")
        self.fault = label("", "fault", wrap=True)
        self.running = label(_("A call of this bill is still running."), "fault", wrap=True)
        self._pages = QStackedWidget()
        self._settled = QVBoxLayout()
        self._lay()
        self._keys()
        self._fit()
        self.tender.quoted.connect(self._may)
        desk.listener.subscribe(self, {"bill"}, self._heard)
        self.refresh()
        self.tender.cash.line.setFocus()

    def refresh(self) -> None:
        """Ask for the bill as it is."""
        operation.run(self, self._desk.client, "bills.get", ById(self._bill_id), on_done=self.show_bill)

    def show_bill(self, bill: Any) -> None:
        """Lines, totals, and what is due."""
        self.bill = bill
        self.table.setColumnHidden(0, len(bill.booths) < 2)
        self.model.show_rows([each for each in bill.lines if not each.removed])
        clear(self.totals)
        for what, amount in self._sums(bill):
            figure = label(words.money(amount, bill.currency), "strong" if what == _("Total") else "")
            figure.setFont(tabular(figure.font()))
            self.totals.addLayout(row(label(what, "muted"), None, figure))
        self.tender.show_bill(bill)
        self.running.setVisible(bill.running)
        self._may()

    # acts ----------------------------------------------------------------------------------------------------------
    def pay(self) -> None:
        """Take what is typed; a running call is ended first, if the clerk says so."""
        if self.bill is None or not self.pay_button.isEnabled():
            return
        if self.bill.running:
            text = _("The guest is still talking. The call is ended and put onto the bill; the total may be a little more then.")
            confirm.ask(self, _("End the call and close the bill?"), text, _("End the call"), self._hang_up, dangerous=False)
            return
        try:
            tenders = self.tender.tenders()
        except ValueError:
            return
        asked = BillPay(id=self.bill.id, till=self._till.id, tenders=tenders, expected=self.bill.total, print=self.printed.isChecked())
        operation.run(self, self._desk.client, "bills.pay", asked, on_done=self._paid, on_problem=self._refused, busy=self.pay_button)

    def _hang_up(self) -> None:
        if self.bill is None:
            return
        for session in self.bill.sessions:
            asked = SessionState(session, "locked", hang_up=True)
            operation.run(self, self._desk.client, "booth_sessions.set_state", asked, on_done=lambda _view: self.refresh())

    def add_goods(self) -> None:
        """Something of the price list."""
        if self.bill is not None:
            checkout_lines.add_goods(self._desk, self, self.bill, self.show_bill)

    def add_item(self) -> None:
        """Something with a price typed by hand."""
        if self.bill is not None:
            checkout_lines.add_item(self._desk, self, self.bill, self.show_bill)

    def discount(self) -> None:
        """Off the bill or the chosen line."""
        if self.bill is not None:
            checkout_lines.discount(self._desk, self, self._shop.approvers, self.bill, self.table.current(), self.show_bill)

    def forgive(self) -> None:
        """The chosen call is not asked for."""
        chosen: BillLine | None = self.table.current()
        if self.bill is not None and chosen is not None and chosen.kind == "call":
            checkout_lines.forgive(self._desk, self, self._shop.approvers, self.bill, chosen, self.show_bill)
        else:
            self._say(_("Choose the call to forgive in the list first."))

    def remove(self) -> None:
        """Take the chosen line off."""
        chosen: BillLine | None = self.table.current()
        if self.bill is not None and chosen is not None and chosen.kind != "call":
            checkout_lines.remove_line(self._desk, self, self.bill, chosen, self.show_bill)
        else:
            self._say(_("Choose goods, an item or a discount in the list first. Calls stay on the bill."))

    def split(self) -> None:
        """The chosen lines become a bill of their own, which is paid next."""
        chosen = [each.id for each in self.table.chosen()]
        if self.bill is None or not chosen or len(chosen) == len(self.model.rows):
            self._say(_("Choose the lines that somebody else pays in the list first."))
            return

        def done(fresh: BillView) -> None:
            self.refresh()
            Checkout(self._desk, self, self._shop, self._till, fresh.id, _("Split bill")).open()

        operation.run(self, self._desk.client, "bills.split", BillSplit(self.bill.id, chosen), on_done=done)

    def lose(self) -> None:
        """The bill will not be paid."""
        bill = self.bill
        if bill is None:
            return
        form = Form()
        form.note(_("{money} go to the loss account; the shop pays for the calls.", money=words.money(bill.total, bill.currency)))
        kinds = [("walk_out", _("The guest walked out")), ("complaint", _("A complaint")), ("cancelled", _("Opened by mistake"))]
        form.pick("kind", _("&Why"), kinds)
        form.text("reason", _("&Reason"), required=True, longest=200)
        checkout_lines.ask_approved(
            self._desk,
            self,
            self._shop.approvers,
            title=_("Close without payment"),
            form=form,
            verb=_("Close unpaid"),
            operation="bills.write_off",
            request=lambda values: BillLoss(id=bill.id, till=self._till.id, hang_up=True, **values),
            on_done=self._lost,
            dangerous=True,
            width=420,
        )

    # answers -------------------------------------------------------------------------------------------------------
    def _paid(self, settled: BillSettled) -> None:
        """Say the change large until the clerk has given it."""
        if not words.micros(settled.change):
            self._desk.toast(_("Receipt {number} is paid.", number=settled.receipt.number if settled.receipt is not None else ""))
            self.accept()
            return
        self._desk.listener.unsubscribe(self)
        currency = settled.bill.currency
        figure = label(words.money(settled.change, currency), "figure")
        font = tabular(figure.font())
        font.setPixelSize(44)
        figure.setFont(font)
        figure.setStyleSheet("font-size: 44px;")
        done = button(_("Done"), self.accept, "primary")
        done.setMinimumSize(160, 44)
        number = label(_("Receipt {number}", number=settled.receipt.number), "muted") if settled.receipt is not None else label("")
        given = label(pieces(settled.denominations, currency), wrap=True)
        self._settled.addLayout(column(None, label(_("Change"), "title"), figure, given, number, 16, row(done, None), None, gap="medium"))
        self._pages.setCurrentIndex(1)
        done.setDefault(True)
        done.setFocus()

    def _lost(self, settled: Any) -> None:
        self._desk.toast(_("The bill was closed without payment."))
        self.accept()

    def _refused(self, problem: Problem) -> None:
        if problem.code == shop_approval.WANTED or problem.code == IN_CALL or problem.code == "bill.changed":
            self.refresh()
        self._say(problem.detail)

    def tell_problem(self, problem: Problem) -> None:
        """What could not be done with this bill."""
        self._say(problem.detail)

    def _say(self, text: str) -> None:
        self.fault.setText(text)
        self.fault.show()

    def _heard(self, changes: Mapping[str, frozenset[int]]) -> None:
        ids = changes.get("bill", frozenset())
        if not ids or self._bill_id in ids:
            self.refresh()

    def _may(self) -> None:
        """The button is there when what is given covers what is due."""
        quote = self.tender.quote
        self.pay_button.setEnabled(self.bill is not None and self.bill.state == "open" and quote is not None and words.micros(quote.missing) == 0)
        if quote is not None and words.negative(quote.due):
            self.pay_button.setText(_("Give the rest back"))

    # parts ---------------------------------------------------------------------------------------------------------
    def _columns(self) -> list[Column]:
        return [
            Column("booth", _("Booth"), width=80, shown=False),
            Column(lambda view: line_kind(view.kind), _("What"), width=80, shown=False),
            Column(line_text, _("Line"), width=220, grows=True),
            Column("at", _("At"), "moment", width=130, shown=False),
            Column(lambda view: view.seconds or None, _("Duration"), "duration", width=100),
            Column("amount", _("Amount"), "money", width=110, currency=lambda view: self.bill.currency if self.bill is not None else ""),
        ]

    @staticmethod
    def _sums(bill: BillView) -> list[tuple[str, str]]:
        sums = [(_("Calls"), bill.calls), (_("Goods"), bill.goods), (_("Discounts"), bill.discounts)]
        shown = [each for each in sums if words.micros(each[1])]
        shown.append((_("Total"), bill.total))
        shown += [(_("Of it tax, {percent}", percent=words.percent(each.percent)), each.tax) for each in bill.taxes if words.micros(each.tax)]
        if words.micros(bill.paid):
            shown.append((_("Paid already"), bill.paid))
        return shown

    def _acts(self) -> list[tuple[str, str, Any]]:
        return [
            (_("Goods"), "F2", self.add_goods),
            (_("Item"), "F3", self.add_item),
            (_("Discount"), "F6", self.discount),
            (_("Forgive"), "F7", self.forgive),
            (_("Split"), "F8", self.split),
            (_("Take off"), "Shift+Del", self.remove),
            (_("Not paid"), "F12", self.lose),
        ]

    def _lay(self) -> None:
        acts = []
        for text, keys, run in self._acts():
            made = button(f"{text}  {shown_keys(keys)}", run)
            made.setAccessibleName(text)
            made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            acts.append(made)
        first, second = row(*acts[:4], None, gap="hair"), row(*acts[4:], None, gap="hair")
        left = column(label(self._title, "title"), self.table, first, second, gap="small", margin="large")
        foot = row(button(_("Later"), self.reject), self.pay_button)
        side = column(self.totals, line(), self.tender, self.printed, self.running, self.fault, None, foot, gap="small", margin="large")
        right = holding(side, "surface")
        right.setFixedWidth(RIGHT)
        self.fault.hide()
        self.running.hide()
        body = row(gap="")
        body.addLayout(left, 1)
        body.addWidget(edge())
        body.addWidget(right)
        self._pages.addWidget(holding(body))
        self._settled.setContentsMargins(space("huge"), space("wide"), space("huge"), space("wide"))
        self._pages.addWidget(holding(self._settled))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._pages)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)

    def _keys(self) -> None:
        for _text, keys, run in self._acts():
            QShortcut(QKeySequence(keys), self, run)

    def _fit(self) -> None:
        screen = QGuiApplication.primaryScreen()
        room = screen.availableGeometry() if screen is not None else None
        self.resize(WIDTH if room is None else min(WIDTH, room.width() - 20), HEIGHT if room is None else min(HEIGHT, room.height() - 40))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._pages.currentIndex() == 1:
                self.accept()
            else:
                self.pay()
            return
        super().keyPressEvent(event)

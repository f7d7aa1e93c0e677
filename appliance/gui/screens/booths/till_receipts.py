"""What the tills printed: receipts, refunds and reports, found by number; printed again, shown, and money given back."""

from __future__ import annotations

from typing import Any

from appliance.gui import operation, words
from appliance.gui.column import Column
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.booths import checkout_lines
from appliance.gui.screens.booths.booth_desk import kept_till
from appliance.gui.screens.booths.booth_forms import ways
from appliance.gui.screens.booths.booth_words import receipt_kind, signing_word
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.document_view import DocumentDialog
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.list_page import Filter, ListPage
from appliance.gui.words import _
from appliance.wire.bills import BillRefund, BillSettled, BillView
from appliance.wire.shapes import Binary, ById
from appliance.wire.shops import ShopView
from appliance.wire.tills import ReceiptList, ReceiptStrip, ReceiptView, Reprint


class TillReceiptsScreen(Screen):
    """Newest first; the filter line takes a receipt's number."""

    kinds = frozenset({"till_receipt"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.shop = int(place.filters.get("shop", "0"))
        self.view: ShopView | None = None
        columns = [
            Column(lambda view: str(view.number), _("Number"), width=90),
            Column(lambda view: receipt_kind(view.kind), _("What"), width=110),
            Column("at", _("At"), "moment", width=140),
            Column("till", _("Till"), width=120),
            Column("clerk", _("Clerk"), width=120, grows=True),
            Column("total", _("Total"), "money", width=120, currency="currency"),
            Column(lambda view: signing_word(view.signing), _("Signed"), width=150),
        ]
        model = PageModel(desk.client, "till_receipts.list", ReceiptList(self.shop), columns)
        series = [("receipt", _("Receipts")), ("x", _("X reports")), ("z", _("Z reports"))]
        self.list = ListPage(
            desk,
            model,
            title=_("Receipts"),
            empty=Empty(_("Nothing was printed or sold yet."), _("Booths"), lambda: desk.go(Place("booths"))),
            filters=[Filter("series", _("Kind"), series)],
            memory_name="till_receipts",
        )
        self.body.addWidget(self.list)
        self.list.selected.connect(self.verbs_changed)
        self.list.opened.connect(lambda _view: self.show_strip())

    def title(self) -> str:
        return _("Receipts")

    def verbs(self) -> list[Action]:
        view = self.chosen
        there, sale = view is not None, view is not None and view.kind == "sale"
        till = bool(kept_till(self.desk, self.shop))
        return [
            Action("receipt.show", _("Show"), self.show_strip, "Ctrl+O", "view", enabled=there, primary=True, operation="till_receipts.pdf"),
            Action("receipt.again", _("Print again"), self.print_again, "Ctrl+P", "print", enabled=there and till, operation="till_receipts.reprint"),
            Action("receipt.refund", _("Give money back"), self.refund, "F6", "undo", enabled=sale and till, group=1, operation="bills.refund"),
            Action("receipt.find", _("Find by number"), self.find_number, "Ctrl+F", "search", group=2, operation="till_receipts.list"),
        ]

    def refresh(self) -> None:
        self.list.refresh()
        operation.run(self, self.desk.client, "shops.get", ById(self.shop), on_done=self._shop_came, on_problem=lambda _problem: None)

    @property
    def chosen(self) -> ReceiptView | None:
        """The document of the chosen row."""
        found: ReceiptView | None = self.list.current()
        return found

    def show_strip(self) -> None:
        """On the screen, as the strip would look."""
        view = self.chosen
        if view is None:
            return
        title = f"{receipt_kind(view.kind)} {view.number}"

        def came(document: Any) -> None:
            assert isinstance(document, Binary)
            DocumentDialog(self.desk, self, title, document).open()

        operation.run(self, self.desk.client, "till_receipts.pdf", ReceiptStrip(view.id), on_done=came)

    def print_again(self) -> None:
        """At this computer's till, marked as a copy."""
        view = self.chosen
        if view is not None:
            ask = Reprint(view.id, kept_till(self.desk, self.shop))
            operation.run(
                self, self.desk.client, "till_receipts.reprint", ask, on_done=lambda _job: self.desk.toast(_("A copy goes to the printer."))
            )

    def refund(self) -> None:
        """Look at the bill first: what is left of it can be given back."""
        view = self.chosen
        if view is not None and view.bill is not None:
            operation.run(self, self.desk.client, "bills.get", ById(view.bill), on_done=lambda bill: self._ask_refund(view, bill))

    def find_number(self) -> None:
        """Ask for a number."""
        form = Form()
        form.whole("number", _("&Number"), least=1, most=2_000_000_000)
        dialog = FormDialog(
            self.desk.client,
            self,
            title=_("Find a receipt"),
            form=form,
            verb=_("Find"),
            operation="till_receipts.list",
            request=lambda values: ReceiptList(self.shop, series="receipt", number=values["number"]),
            on_done=self._found,
            width=320,
        )
        dialog.open()
        form.field("number").setFocus()

    def _found(self, page: Any) -> None:
        if not page.receipts:
            self.desk.toast(_("There is no receipt of that number."))
            return
        row = self.list.model.row_of(page.receipts[0].id)
        if row < 0:
            self.list.set_request(ReceiptList(self.shop, number=page.receipts[0].number))
        else:
            self.list.table.choose(row)
        self.list.table.setFocus()

    def _ask_refund(self, receipt: ReceiptView, bill: BillView) -> None:
        left = words.micros(bill.total) - words.micros(bill.refunded)
        form = Form()
        form.note(
            _(
                "Receipt {number} of {money}; {left} can be given back.",
                number=receipt.number,
                money=words.money(bill.total, bill.currency),
                left=words.money(left, bill.currency),
            )
        )
        form.money("amount", _("&Amount"), currency=bill.currency, help=_("Empty: all that is left."))
        form.pick("method", _("Given &by"), ways())
        form.text("reason", _("&Reason"), required=True, longest=200)
        checkout_lines.ask_approved(
            self.desk,
            self,
            self.view.approvers if self.view is not None else [],
            title=_("Give money back"),
            form=form,
            verb=_("Give back"),
            operation="bills.refund",
            request=lambda values: BillRefund(id=bill.id, till=kept_till(self.desk, self.shop), **values),
            on_done=self._refunded,
            dangerous=True,
            width=420,
        )
        form.field("amount").setFocus()

    def _refunded(self, settled: BillSettled) -> None:
        self.desk.toast(_("Receipt {number} says what was given back.", number=settled.receipt.number if settled.receipt is not None else ""))
        self.list.refresh()

    def _shop_came(self, view: Any) -> None:
        self.view = view

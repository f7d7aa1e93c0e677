"""Invoices and credit notes: newest first, narrowed, summed up; made one by one or for a period, printed, credited, reminded of."""

from __future__ import annotations

from typing import Any

from appliance.gui.column import Of
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.invoices import invoice_forms, invoice_words
from appliance.gui.screens.invoices.invoice_layout import edit_layout
from appliance.gui.screens.parts.dated_list import DatedList
from appliance.gui.screens.parts.paper import save_paper, show_paper
from appliance.gui.screens.parts.shown_in import ShownIn
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import Filter
from appliance.gui.widgets.verb_menu import verb_menu
from appliance.gui.words import _
from appliance.wire.invoices import InvoiceList, InvoicePrint, InvoiceView


class InvoicesPage(DatedList):
    """The list with its filters and totals: of everybody, or (`customer`: its id) of one."""

    def __init__(self, desk: Desk, empty: Empty, *, customer: int | None = None) -> None:
        one = customer is not None
        model = PageModel(desk.client, "invoices.list", InvoiceList(customer=customer), invoice_words.invoice_columns(one_customer=one))
        super().__init__(
            desk,
            model,
            customer=customer,
            title=_("Invoices"),
            hint=_("Customer or number"),
            empty=empty,
            totals=lambda loaded: invoice_words.totals_text(loaded.rows, loaded.complete),
            filters=[Filter("kind", _("Kind"), invoice_words.kinds()), Filter("state", _("State"), invoice_words.states())],
            memory_name="customer-invoices" if one else "invoices",
            embedded=one,
        )
        amounts: dict[Of, str] = {"net": "net", "tax": "tax", "total": "total", invoice_words.left_open: "open"}
        ShownIn(desk, self, amounts, lambda: invoice_words.invoice_columns(one_customer=one))


class InvoicesScreen(Screen):
    """The list and what is done with a document."""

    kinds = frozenset({"invoice", "payment"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        none = _("There are no invoices yet. They are made by hand, for all at once, or by themselves on a day of the month.")
        self.list = InvoicesPage(desk, Empty(none, _("Make invoice"), self._make, "invoices.make"))
        self.list.set_filter("state", place.filters.get("state"))
        self.list.opened.connect(lambda view: desk.go(Place("invoice", view.id)))
        self.list.selected.connect(self.verbs_changed)
        self.list.model.loaded.connect(self.verbs_changed)
        self.list._menu = verb_menu(self, 1, 2)
        self.body.addWidget(self.list)

    def title(self) -> str:
        return _("Invoices")

    def refresh(self) -> None:
        self.list.refresh()

    def verbs(self) -> list[Action]:
        view: InvoiceView | None = self.list.current()
        return [
            Action("invoices.make", _("Make invoice"), self._make, "Ctrl+N", "add", primary=True, operation="invoices.make"),
            Action("invoices.run", _("Make all invoices"), self._run, "Ctrl+Shift+I", "invoices", operation="invoices.run"),
            Action("invoices.open", _("Show"), self._open, "Ctrl+O", "view", enabled=view is not None, group=1, operation="invoices.get"),
            *document_verbs(self, view),
            Action("invoices.aging", _("Who owes what"), self._aging, "Ctrl+Shift+G", "calendar", group=3, operation="invoices.aging"),
            Action("invoices.statement", _("Statement of account"), self._statement, "Ctrl+Shift+S", "sheet", group=3, operation="statements.print"),
            Action("invoices.layout", _("Layout and numbers"), self._layout, "Ctrl+Shift+L", "edit", group=3, operation="invoices.set_layout"),
        ]

    # what is done --------------------------------------------------------------------------------------------------
    def _make(self) -> None:
        invoice_forms.make_invoice(self.desk, self)

    def _run(self) -> None:
        invoice_forms.run_invoices(self.desk, self)

    def _open(self) -> None:
        view = self.list.current()
        if view is not None:
            self.desk.go(Place("invoice", view.id))

    def _aging(self) -> None:
        self.desk.go(Place("aging"))

    def _statement(self) -> None:
        invoice_forms.make_statement(self.desk, self)

    def _layout(self) -> None:
        edit_layout(self.desk, self)


def document_verbs(screen: Screen, view: InvoiceView | None) -> list[Action]:
    """What is done with one issued document, from the list and from its page."""
    desk, there = screen.desk, view is not None and view.id > 0
    late = view is not None and view.state == "overdue"

    def with_view(run: Any) -> Any:
        return lambda: run(desk, screen, view) if view is not None else None

    return [
        Action("invoice.print", _("Show and print"), with_view(show_invoice), "Ctrl+P", "print", enabled=there, group=1, operation="invoices.print"),
        Action("invoice.xml", _("Save XML"), with_view(save_xml), "Ctrl+Shift+X", "export", enabled=there, group=1, operation="invoices.print"),
        Action(
            "invoice.remind", _("Send reminder"), with_view(invoice_forms.remind), "Ctrl+R", "messages", enabled=late, group=2,
            operation="invoices.remind",
        ),
        Action(
            "invoice.credit", _("Credit note"), with_view(invoice_forms.credit_invoice), "Ctrl+Del", "undo", dangerous=True,
            enabled=invoice_forms.may_credit(view), group=2, operation="invoices.credit",
        ),
    ]  # fmt: skip


def show_invoice(desk: Desk, owner: Screen, view: InvoiceView) -> None:
    """On the screen, from where it is saved and printed."""
    show_paper(desk, owner, invoice_words.named(view), "invoices.print", InvoicePrint(view.id))


def save_xml(desk: Desk, owner: Screen, view: InvoiceView) -> None:
    """The electronic invoice, for another program."""
    save_paper(desk, owner, invoice_words.named(view), "invoices.print", InvoicePrint(view.id, format="xml"))

"""One invoice or credit note: its lines, its sums and taxes, and what it was paid with."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtWidgets import QWidget

from appliance.gui import operation, words
from appliance.gui.column import Column
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.invoices import invoice_words
from appliance.gui.screens.invoices.invoice_allocate import allocate_payment, may_allocate, may_release, release_payment
from appliance.gui.screens.invoices.invoices import document_verbs
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.facts import Facts, Group
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.widgets.page import Figure, Tab, ThingPage
from appliance.gui.widgets.rows_list import RowsList
from appliance.gui.words import _
from appliance.wire.invoices import AllocationList, AllocationView, InvoiceView
from appliance.wire.problem import Problem
from appliance.wire.shapes import ById


class InvoiceScreen(Screen):
    """The document `place.id`."""

    kinds = frozenset({"invoice", "payment"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.view: InvoiceView | None = None
        self.facts = Facts()
        self.lines = RowsList(desk, self._line_columns(), _("Lines"), Empty(_("This document has no lines.")), "invoice.lines")
        self.page = ThingPage(
            desk.theme,
            [
                Tab("lines", _("Lines"), lambda: self.lines),
                Tab("sums", _("Sums and account"), lambda: self.facts),
                Tab("paid", _("Paid with"), self._paid),
            ],
        )
        self.body.addWidget(self.page)
        self.page.open_tab(place.tab)
        self.page.tab_changed.connect(lambda _name: self.verbs_changed.emit())

    def title(self) -> str:
        return invoice_words.named(self.view) if self.view is not None else _("Invoice")

    def refresh(self) -> None:
        operation.run(self, self.desk.client, "invoices.get", ById(self.place.id), on_done=self._came, on_problem=self._failed)
        paid = self.page.built.get("paid")
        if isinstance(paid, ListPage):
            paid.refresh()

    def verbs(self) -> list[Action]:
        view = self.view
        known = view is not None and view.customer_id is not None
        corrects = view is not None and view.corrects_id is not None
        return [
            *document_verbs(self, view),
            Action("invoice.allocate", _("Set a payment against it"), self._allocate, "Ctrl+E", "payments", enabled=may_allocate(view), group=2,
                   operation="invoices.allocate"),
            Action("invoice.release", _("Take the payment off"), self._release, "", "undo", enabled=may_release(self._part()), group=2,
                   operation="invoices.release"),
            Action("invoice.customer", _("Open customer"), self._customer, "Ctrl+U", "user", enabled=known, group=3, operation="customers.get"),
            Action("invoice.corrects", _("Open what it corrects"), self._corrects, "", "link", enabled=corrects, group=3, operation="invoices.get"),
        ]  # fmt: skip

    # parts ---------------------------------------------------------------------------------------------------------
    def _line_columns(self) -> list[Column]:
        return [
            Column(invoice_words.line_text, _("What"), width=260, grows=True),
            Column(lambda line: line.count if line.kind == "calls" else None, _("Calls"), "count", width=90),
            Column(lambda line: line.seconds or None, _("Talked"), "duration", width=120),
            Column("amount", _("Amount"), "money", width=130, currency=self._currency),
            Column("exact", _("Exact"), "money", width=130, currency=self._currency, shown=False),
        ]

    def _currency(self, _line: object) -> str:
        return self.view.currency if self.view is not None else ""

    def _paid(self) -> QWidget:
        def source(view: AllocationView) -> str:
            if view.credit_note:
                return _("Credit note {number}", number=view.credit_note)
            return _("Payment {number}", number=view.payment or "")

        columns = [
            Column("at", _("When"), "moment", width=140),
            Column(source, _("What"), width=200, grows=True),
            Column("invoice", _("Invoice"), width=120),
            Column("amount", _("Amount"), "money", width=130, currency=self._currency),
        ]
        model = PageModel(self.desk.client, "invoices.allocations", AllocationList(invoice=self.place.id), columns)
        empty = Empty(_("Nothing was paid on this document yet."))
        made = ListPage(self.desk, model, title=_("Paid with"), empty=empty, memory_name="invoice.paid", embedded=True, bare=True)
        made.selected.connect(self.verbs_changed)
        made.model.loaded.connect(self.verbs_changed)
        made.refresh()
        return made

    def _part(self) -> AllocationView | None:
        """The chosen part of what it was paid with, where that is seen."""
        paid = self.page.built.get("paid")
        return paid.current() if isinstance(paid, ListPage) and self.page.tab() == "paid" else None

    def _allocate(self) -> None:
        if self.view is not None:
            allocate_payment(self.desk, self, self.view, self.refresh)

    def _release(self) -> None:
        part = self._part()
        if part is not None:
            release_payment(self.desk, self, part, self._currency(part), self.refresh)

    def _came(self, view: InvoiceView) -> None:
        self.view = view
        last = last_day(view.until)
        period = _("{since} to {until}", since=words.day(view.since), until=last) if view.since else _("up to {until}", until=last)
        head = " · ".join(filter(None, (view.customer or view.account, _("issued {day}", day=words.day(view.issued_at)), period)))
        figures = [Figure(_("Total"), words.money(view.total, view.currency))]
        if view.kind == "invoice" and words.micros(view.open):
            figures.append(Figure(_("Still open"), words.money(view.open, view.currency), "danger" if view.state == "overdue" else ""))
        self.page.show_head(invoice_words.named(view), head, invoice_words.state_of(view), figures)
        self.lines.show_rows(view.lines)
        self.facts.show_groups(groups(view))
        self.title_changed.emit()
        self.verbs_changed.emit()

    def _failed(self, problem: Problem) -> None:
        if self.view is None:
            self.page.show_problem(problem, self.refresh)
        else:
            operation.teller(self.parent())(problem)

    def _customer(self) -> None:
        if self.view is not None and self.view.customer_id is not None:
            self.desk.go(Place("customer", self.view.customer_id, "invoices"))

    def _corrects(self) -> None:
        if self.view is not None and self.view.corrects_id is not None:
            self.desk.go(Place("invoice", self.view.corrects_id))


def last_day(until: str) -> str:
    """The day before a boundary that is not included."""
    return words.day((datetime.fromisoformat(until) - timedelta(seconds=1)).isoformat())


def groups(view: InvoiceView) -> list[Group]:
    """Sums and taxes, the document itself, what moved the account."""

    def money(amount: str) -> str:
        return words.money(amount, view.currency)

    taxes = [(invoice_words.tax_text(each), _("{tax} of {net}", tax=money(each.tax), net=money(each.net))) for each in view.taxes]
    moved = [(f"{words.moment(each.at)}  {invoice_words.movement_text(each)}", money(each.amount)) for each in view.movements]
    return [
        Group(_("Sums"), [(_("Net"), money(view.net)), *taxes, (_("Tax"), money(view.tax)), (_("Total"), money(view.total))]),
        Group(
            _("Document"),
            [
                (_("Kind"), invoice_words.kind_word(view)),
                (_("Corrects"), view.corrects or ""),
                (_("Reason"), view.reason),
                (_("Due"), words.day(view.due_on)),
                (_("Reference"), words.isolate(view.reference) if view.reference else ""),
                (_("Reminders sent"), words.count(view.reminded) if view.reminded else ""),
                (_("Prices contain the tax"), _("Yes") if view.tax_included else ""),
            ],
        ),
        Group(
            _("Account {name}", name=view.account),
            [(_("Balance before"), money(view.balance_before)), *moved, (_("Balance after"), money(view.balance_after))],
        ),
    ]

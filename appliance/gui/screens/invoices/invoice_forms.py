"""What is done about invoices: make one, run them for a period, credit, remind, a statement of account."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDateEdit, QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.invoices import invoice_words
from appliance.gui.screens.parts.call_filters import today
from appliance.gui.screens.parts.paper import open_paper
from appliance.gui.screens.parts.payment_form import customer_line
from appliance.gui.widgets import confirm
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.long_work import LongWork
from appliance.gui.widgets.open_form import open_form
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.gui.words import _, count, day, money, plural
from appliance.wire.customers import CustomerView
from appliance.wire.invoices import InvoiceCredit, InvoiceMake, InvoiceRunRequest, InvoiceRunView, InvoiceView, Remind, StatementPrint
from appliance.wire.problem import Problem

ASKED_MS = 250


class MakeForm(Form):
    """Customer and day; under them what the invoice would say, while one chooses."""

    def __init__(self, desk: Desk, customer: CustomerView | None) -> None:
        super().__init__()
        self._desk = desk
        self.choice("customer", _("&Customer"), desk.client, "customers.list", show=customer_line, required=True)
        self.date("until", _("Everything &before"), help=_("This day itself comes on the next invoice."))
        self.effect = self.note(_("Choose the customer to see what the invoice says."))
        now = today(desk.clock)
        self.fill({"until": now.isoformat()} | ({"customer": (customer.id, customer.name)} if customer is not None else {}))
        until = self.field("until")
        assert isinstance(until, QDateEdit)
        until.setMaximumDate(until.date())
        self._soon = QTimer(self, singleShot=True, interval=ASKED_MS)
        self._soon.timeout.connect(self.ask)
        self.edited.connect(self._soon.start)
        if customer is not None:
            self.ask()

    def ask(self) -> None:
        """What it would say."""
        customer = self.field("customer").value()  # type: ignore[attr-defined]
        if customer is None:
            self.effect.setText(_("Choose the customer to see what the invoice says."))
            return
        until = self._fields["until"].read()
        wanted = InvoiceMake(customer=customer, until=until)
        operation.run(self, self._desk.client, "invoices.preview", wanted, on_done=self._came, on_problem=self._refused)

    def _came(self, view: InvoiceView) -> None:
        lines = plural("{n} line", "{n} lines", len(view.lines))
        places = {"net": money(view.net, view.currency), "tax": money(view.tax, view.currency), "total": money(view.total, view.currency)}
        self.effect.setText("\n".join((lines, _("Net {net}, tax {tax}, total {total}", **places))))

    def _refused(self, problem: Problem) -> None:
        self.effect.setText(problem.detail)


def make_invoice(desk: Desk, owner: QWidget, customer: CustomerView | None = None) -> FormDialog:
    """The next invoice of a customer; its page follows."""
    form = MakeForm(desk, customer)

    def done(view: InvoiceView) -> None:
        desk.toast(_("{document} is issued", document=invoice_words.named(view)))
        desk.go(Place("invoice", view.id))

    return open_form(
        desk,
        owner,
        _("Make invoice"),
        form,
        "invoices.make",
        lambda values: InvoiceMake(**values),
        done,
        verb=_("Issue invoice"),
    )


def run_said(made: InvoiceRunView) -> str:
    """What a run made, in words."""
    if not made.made:
        return plural("Nothing was to be invoiced on {n} account.", "Nothing was to be invoiced on {n} accounts.", made.nothing)
    said = plural("{n} invoice is issued", "{n} invoices are issued", made.made)
    places = {"first": made.first, "last": made.last, "sums": invoice_words.sums_text(made.totals), "nothing": count(made.nothing)}
    return said + ": " + _("{first} to {last}, {sums} in all. Accounts without anything to invoice: {nothing}.", **places)


def run_invoices(desk: Desk, owner: QWidget) -> PanelDialog:
    """Invoices of all who are invoiced, for what came before a day; how far it is, and what was made, is told."""
    form = Form()
    form.note(_("Every account that is taxed by its usage and has something to be invoiced gets its invoice. Issued invoices cannot be taken back."))
    form.date("until", _("Everything &before"), help=_("In each customer's own time zone."))
    form.fill({"until": today(desk.clock).replace(day=1).isoformat()})

    def made(view: InvoiceRunView) -> None:
        confirm.tell(owner, _("Invoices are made"), run_said(view))

    def go() -> bool:
        values = form.values()
        if values is None:
            return False
        LongWork(
            desk,
            owner,
            title=_("Making invoices"),
            text=_("Invoices are numbered and issued one after the other. A run that is broken off is simply run again."),
            name="invoices.run",
            request=InvoiceRunRequest(**values),
            on_done=made,
            told=run_said,
            counted={"invoice"},
        ).open()
        return True

    dialog = PanelDialog(owner, _("Make all invoices"), form, verb=_("Issue invoices"), run=go, size=(440, 0))
    dialog.open()
    return dialog


def may_credit(view: InvoiceView | None) -> bool:
    """Whether a credit note can be made of it."""
    return view is not None and view.kind == "invoice" and view.id > 0


def credit_invoice(desk: Desk, owner: QWidget, view: InvoiceView) -> FormDialog:
    """A credit note for all that is left of an invoice, or a part."""
    form = Form()
    form.note(
        _("Invoice {number} of {total} stays as it is; the credit note takes from it.", number=view.number, total=money(view.total, view.currency))
    )
    form.text("reason", _("&Reason"), required=True, help=_("It stands on the credit note."))
    form.money("net", _("&Net amount"), currency=view.currency, help=_("Empty: all that is left."))

    def done(made: InvoiceView) -> None:
        desk.toast(_("{document} is issued", document=invoice_words.named(made)))
        desk.go(Place("invoice", made.id))

    return open_form(
        desk,
        owner,
        _("Credit note for {number}", number=view.number),
        form,
        "invoices.credit",
        lambda values: InvoiceCredit(view.id, **values),
        done,
        verb=_("Issue credit note"),
        dangerous=True,
    )


def remind(desk: Desk, owner: QWidget, view: InvoiceView) -> None:
    """Send the next reminder, after a question: an e-mail cannot be taken back."""
    places = {"number": view.number, "customer": view.customer or view.account, "open": money(view.open, view.currency), "due": day(view.due_on)}
    text = _("{customer} gets an e-mail: {open} of invoice {number} was due on {due}.", **places)
    done = _("The reminder of {number} is on its way", number=view.number)

    def send() -> None:
        operation.run(owner, desk.client, "invoices.remind", Remind(view.id), on_done=lambda _view: desk.toast(done))

    title = _("Send reminder number {level}?", level=count(view.reminded + 1))
    confirm.ask(owner, title, text, _("Send reminder"), send, dangerous=False)


def make_statement(desk: Desk, owner: QWidget, customer: CustomerView | None = None) -> FormDialog:
    """What moved a customer's account in a period, on paper or as a table."""
    form = Form()
    form.choice("customer", _("&Customer"), desk.client, "customers.list", show=customer_line, required=True)
    with form.row():
        form.date("since", _("&From"))
        form.date("until", _("&To"))
    form.pick("format", _("&As"), [("pdf", _("Paper (PDF)")), ("csv", _("Table (CSV)"))])
    first = today(desk.clock).replace(day=1)
    last = first - timedelta(1)
    values: dict[str, Any] = {"since": last.replace(day=1).isoformat(), "until": last.isoformat()}
    form.fill(values | ({"customer": (customer.id, customer.name)} if customer is not None else {}))

    def request(values: dict[str, Any]) -> StatementPrint:
        return StatementPrint(**(values | {"until": day_after(values["until"])}))

    title = _("Statement of account")
    return open_form(
        desk,
        owner,
        title,
        form,
        "statements.print",
        request,
        lambda document: open_paper(desk, owner, title, document),
        verb=_("Make statement"),
    )


def day_after(iso: str) -> str:
    """The first day that is not in a period whose last day this is."""
    return (date.fromisoformat(iso) + timedelta(1)).isoformat()

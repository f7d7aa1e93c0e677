"""Invoices in words: states, lines, sums, what moved the account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from appliance.gui.column import Column, State
from appliance.gui.screens.parts.payment_form import method_word
from appliance.gui.screens.reports.report_words import tax_category
from appliance.gui.words import _, micros, money, percent, plural
from appliance.wire.invoices import InvoiceLine, InvoiceMovement, InvoiceTax, InvoiceView


def kinds() -> list[tuple[str, str]]:
    """Kinds of documents."""
    return [("invoice", _("Invoices")), ("credit_note", _("Credit notes"))]


def states() -> list[tuple[str, str]]:
    """What invoices can be found by."""
    return [("open", _("Open")), ("overdue", _("Overdue")), ("paid", _("Paid"))]


def kind_word(view: InvoiceView) -> str:
    """Invoice or credit note."""
    return _("Credit note") if view.kind == "credit_note" else _("Invoice")


def named(view: InvoiceView) -> str:
    """The document as a sentence names it."""
    if not view.number:
        return _("Preview")
    if view.kind == "credit_note":
        return _("Credit note {number}", number=view.number)
    return _("Invoice {number}", number=view.number)


def state_of(view: InvoiceView) -> State:
    """Whether it is paid."""
    if view.kind == "credit_note":
        return State(_("Credit note"), "accent")
    known = {"paid": State(_("Paid"), "good"), "overdue": State(_("Overdue"), "danger"), "open": State(_("Open"), "warning")}
    return known.get(view.state, State(""))


def invoice_columns(*, one_customer: bool = False) -> list[Column]:
    """The columns of a list of documents."""
    return [
        Column("number", _("Number"), "code", width=110),
        Column("issued_at", _("Issued"), "day", width=110),
        Column(lambda view: view.customer or view.account, _("Customer"), width=180, grows=True, shown=not one_customer),
        Column(state_of, _("State"), "state", width=120),
        Column("due_on", _("Due"), "day", width=110),
        Column("net", _("Net"), "money", width=110, currency="currency", shown=one_customer, grows=one_customer),
        Column("tax", _("Tax"), "money", width=96, currency="currency", shown=False),
        Column("total", _("Total"), "money", width=116, currency="currency"),
        Column(left_open, _("Still open"), "money", width=116, currency="currency"),
        Column(lambda view: view.reminded or None, _("Reminders"), "count", width=96, shown=False),
    ]


def left_open(view: InvoiceView) -> str | None:
    """What is not paid, where there is something."""
    return view.open if micros(view.open) else None


def totals_text(rows: Iterable[InvoiceView], complete: bool) -> str:
    """The footer: totals and what is open, by currency, of the rows that are loaded."""
    shown = list(rows)
    parts = [plural("{n} document", "{n} documents", len(shown)) if complete else plural("{n} document shown", "{n} documents shown", len(shown))]
    for currency in dict.fromkeys(each.currency for each in shown):
        of = [each for each in shown if each.currency == currency]
        total, still = sum(micros(each.total) for each in of), sum(micros(each.open) for each in of)
        parts.append(_("{total} in all, {open} still open", total=money(total, currency), open=money(still, currency)))
    return "   ·   ".join(parts)


def line_text(line: InvoiceLine) -> str:
    """What one line is for."""
    if line.kind == "calls":
        return _("Calls: {destination}", destination=line.text) if line.text else _("Calls")
    if line.kind == "credit":
        return _("Payment: {method}", method=method_word(line.text))
    if line.kind == "correction":
        return line.text or _("Corrections of prices")
    return line.text or {"fee": _("Monthly fee"), "adjustment": _("Correction by hand")}.get(line.kind, line.kind)


def movement_text(movement: InvoiceMovement) -> str:
    """What moved the account beside the lines."""
    known = {
        "payment": _("Payment"),
        "refund": _("Refund"),
        "reversal": _("Reversal"),
        "opening": _("Balance brought in"),
        "transfer": _("Transfer"),
        "calls": _("Calls"),
        "call": _("Calls"),
        "credited": _("Credited before"),
        "write_off": _("Written off"),
        "adjustment": _("Correction by hand"),
        "invoice_tax": _("Tax"),
        "fee": _("Monthly fee"),
    }
    what = known.get(movement.kind, movement.kind)
    more = "" if movement.kind == "calls" else method_word(movement.text)
    return f"{what} · {more}" if more else what


def tax_text(tax: InvoiceTax) -> str:
    """One row of the tax table: its name, or why there is none."""
    why = tax_category(tax.category)
    return " · ".join(filter(None, (tax.name or why or _("Tax"), percent(tax.percent), why if tax.name else "")))


def sums_text(sums: Mapping[str, str]) -> str:
    """Amounts by currency in one line."""
    return ", ".join(money(amount, currency) for currency, amount in sums.items())

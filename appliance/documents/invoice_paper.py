"""Invoices and credit notes on paper: who, what, tax, what is to be paid and how, the account, and each call behind it."""

from __future__ import annotations

from appliance.documents.factur_x import embedded, xml
from appliance.documents.invoice import Invoice, duration, line_text, movement_text, tax_text, title_of
from appliance.documents.invoice_calls import calls_of
from appliance.documents.paper import BODY, FIGURE, HEADING, LEADING, MM, SMALL, Paper
from appliance.words import Words

ROW_GAP = 3.2


def pdf(invoice: Invoice, words: Words, paper_name: str) -> bytes:
    """The document as a PDF that carries its own data where the standard has a place for it."""
    title = f"{title_of(invoice, words)} {invoice.number}"
    with Paper(paper_name, words, title=title, author=invoice.sender.name) as paper:
        sender = invoice.sender
        vat = words._("VAT number {number}", number=words.isolate(sender.vat_number)) if sender.vat_number else ""
        contact = paper.own_order(sender.phone, sender.email, sender.web_address)
        paper.foot = [each for each in (sender.name, vat, invoice.registration, *contact) if each]
        _head(paper, invoice)
        _lines(paper, invoice)
        _totals(paper, invoice)
        _notices(paper, invoice)
        _payment(paper, invoice)
        _account(paper, invoice)
        if invoice.calls:
            calls_of(paper, invoice.calls, invoice.timezone, invoice.currency)
        drawn = paper.pdf()
    return embedded(drawn, xml(invoice, words), title, sender.name, words.language)


def _head(paper: Paper, invoice: Invoice) -> None:
    words, middle, top = paper.words, paper.width * 0.58, paper.y
    paper.logo(invoice.logo)
    paper.put(invoice.sender.name, end=middle - 8, size=HEADING, strong=True, most_lines=2)
    for line in invoice.sender.address.splitlines()[:5]:
        paper.put(line, end=middle - 8, size=SMALL, colour="muted", most_lines=1)
    low, paper.y = paper.y, top
    paper.put(title_of(invoice, words), start=middle, size=FIGURE * 0.85, strong=True, align="end")
    paper.put(invoice.number or words._("Preview"), start=middle, size=HEADING, colour="muted", align="end", plain=True)
    window = max(paper.y, low, 45 * MM if paper.page_height > 250 * MM else 0) + 4 * MM
    paper.y = window
    for number, line in enumerate(invoice.receiver.lines()[:7]):
        paper.put(line, end=middle - 12, strong=number == 0, most_lines=2)
    if invoice.receiver.vat_number:
        said = words._("VAT number {number}", number=words.isolate(invoice.receiver.vat_number))
        paper.put(said, end=middle - 12, size=SMALL, colour="muted")
    low, paper.y = paper.y, window
    _facts(paper, invoice, middle)
    paper.y = max(paper.y, low) + 9 * MM


def _facts(paper: Paper, invoice: Invoice, middle: float) -> None:
    words = paper.words
    period = ""
    if invoice.from_at and not invoice.corrects:
        first, last = words.day(invoice.from_at, invoice.timezone), words.day(invoice.until_at - 1, invoice.timezone)
        period = first if first == last else f"{first} – {last}"
    rows = [
        (words._("Date"), words.day(invoice.issued_at, invoice.timezone)),
        (words._("Period"), period),
        (words._("To be paid by"), words.iso_day(invoice.due_on) if invoice.due_on else ""),
        (words._("Corrects invoice"), invoice.corrects),
        (words._("Reference"), invoice.reference),
    ]
    place = middle + (paper.width - middle) * 0.4
    for label, value in rows:
        if value:
            paper.text(label, middle, place - 4, size=SMALL, colour="muted", most_lines=2)
            height = paper.text(value, place, paper.width, size=SMALL, align="end", most_lines=2)
            paper.down(max(height, SMALL * LEADING) + 2.2)


COLUMNS = ((0.0, 0.52, "start"), (0.52, 0.64, "end"), (0.64, 0.8, "end"), (0.8, 1.0, "end"))


def _headings(paper: Paper) -> None:
    words = paper.words
    texts = (words._("Description"), words._("Quantity"), words._("Duration"), words._("Amount"))
    height = SMALL * LEADING + 6
    paper.box(height, colour="background")
    paper.down(3)
    for text, (start, end, align) in zip(texts, COLUMNS, strict=True):
        pad = 4 if align == "start" else 0
        at, until = start * paper.width + pad, end * paper.width - (4 if end == 1 else 0)
        paper.text(text, at, until, size=SMALL, strong=True, colour="muted", align=align, most_lines=1)
    paper.down(height - 3 + 3)


def _lines(paper: Paper, invoice: Invoice) -> None:
    words, width = paper.words, paper.width
    _headings(paper)
    for line in invoice.lines:
        text = line_text(line, words)
        height = len(paper.lines(text, 0.5 * width - 4, most_lines=4)) * BODY * LEADING + ROW_GAP
        if not paper.fits(height + 4):
            paper.turn()
            _headings(paper)
        paper.text(text, 4, 0.5 * width, most_lines=4)
        if line.kind == "calls":
            paper.cell(words.count(line.pieces), 0.52 * width, 0.64 * width, align="end", plain=True, colour="muted")
            paper.cell(duration(line.seconds), 0.64 * width, 0.8 * width, align="end", plain=True, colour="muted")
        paper.cell(words.amount(line.amount_micros, invoice.currency), 0.8 * width, width - 4, align="end", plain=True)
        paper.down(height)
        paper.rule(weight=0.3)
        paper.down(ROW_GAP)


def _totals(paper: Paper, invoice: Invoice) -> None:
    words, width = paper.words, paper.width
    start, line = width * 0.52, BODY * 1.75
    rows = [(words._("Net amount"), invoice.net_micros, False)]
    rows += [(tax_text(row, words), row.tax_micros, False) for row in invoice.taxes if row.category == "S"]
    if not paper.fits(line * (len(rows) + 2) + 8 * MM):
        paper.turn()  # a table is never parted from its total
    paper.down(2 * MM)
    for label, amount, _strong in rows:
        paper.text(label, start, 0.8 * width, colour="muted", most_lines=2)
        paper.cell(words.amount(amount, invoice.currency), 0.78 * width, width - 4, align="end", plain=True)
        paper.down(line * len(paper.lines(label, 0.8 * width - start, most_lines=2)))
    paper.down(2)
    high = HEADING * LEADING + 8
    paper.box(high, colour="background", start=start - 6)
    paper.down(4)
    paper.text(words._("Total"), start, 0.75 * width, size=HEADING, strong=True)
    paper.cell(words.money(invoice.total_micros, invoice.currency), 0.68 * width, width - 4, size=HEADING, strong=True, align="end", plain=True)
    paper.down(high)


def _notices(paper: Paper, invoice: Invoice) -> None:
    words = paper.words
    notices = []
    for row in invoice.taxes:
        if row.category == "AE":
            notices.append(words._("Reverse charge: the tax is owed by the customer (article 196 of directive 2006/112/EC)."))
        elif row.category == "E":
            notices.append(words._("Exempt from tax."))
    if invoice.taxed_by == "payment":
        notices.append(words._("Paid when it was received; nothing is to be paid on this invoice."))
    if invoice.reason:
        notices.append(words._("Reason: {reason}", reason=invoice.reason))
    for text in (*notices, *filter(None, [invoice.note])):
        paper.down(2 * MM)
        paper.put(text, size=SMALL, colour="muted", end=paper.width)


def _payment(paper: Paper, invoice: Invoice) -> None:
    """How to pay, with a code that banking apps read (European Payments Council, guidelines 069-12)."""
    words = paper.words
    if invoice.open_micros <= 0 or invoice.kind != "invoice" or not invoice.bank.iban:
        return
    size = 26 * MM
    if not paper.fits(size + 8 * MM):
        paper.turn()
    paper.down(5 * MM)
    paper.put(words._("Payment"), strong=True)
    paper.down(1.5)
    top = paper.y
    matrix = _giro(invoice)
    place, end = 38 * MM, paper.width - (size + 10 if matrix else 0)
    rows = [
        (words._("Amount to be paid"), words.isolate(words.money(invoice.open_micros, invoice.currency))),
        (words._("To be paid by"), words.iso_day(invoice.due_on) if invoice.due_on else ""),
        (words._("Account"), words.isolate(" ".join(invoice.bank.iban[at : at + 4] for at in range(0, len(invoice.bank.iban), 4)))),
        (words._("Bank"), " ".join(filter(None, (invoice.bank.name, invoice.bank.bic and words.isolate(invoice.bank.bic))))),
        (words._("Reference"), words.isolate(invoice.reference)),
    ]
    for label, value in rows:
        if value:
            paper.pair(label, value, place, end)
            paper.down(1.5)
    if matrix:
        low, paper.y = paper.y, top
        paper.code(matrix, paper.width - size, size)
        paper.y = max(low, top + size)


def _giro(invoice: Invoice) -> list[list[int]]:
    """The code's dots; none where the currency is not the euro or the amount does not fit."""
    if invoice.currency != "EUR" or not 0 < invoice.open_micros <= 999_999_999_990_000:
        return []
    import segno

    amount = f"EUR{invoice.open_micros // 1_000_000}.{invoice.open_micros % 1_000_000 // 10_000:02d}"
    parts = ["BCD", "002", "1", "SCT", invoice.bank.bic, invoice.sender.name[:70], invoice.bank.iban, amount, "", invoice.reference, "", ""]
    return [list(row) for row in segno.make("\n".join(parts), error="m", micro=False).matrix]


def _account(paper: Paper, invoice: Invoice) -> None:
    """The credit account before and after, and what moved it."""
    if invoice.corrects:
        return
    words, line = paper.words, BODY * 1.6
    rows = [(words._("Balance before"), invoice.balance_before_micros, False)]
    if invoice.taxed_by == "usage":
        moved = sum(each.amount_micros for each in invoice.movements)
        rows.append((words._("This document"), invoice.balance_after_micros - invoice.balance_before_micros - moved, False))
    shown = invoice.movements[:30]
    rows += [(movement_text(each, words, invoice.timezone), each.amount_micros, False) for each in shown]
    rest = sum(each.amount_micros for each in invoice.movements[30:])
    if rest:
        rows.append((words._("Further movements"), rest, False))
    rows.append((words._("Balance after"), invoice.balance_after_micros, True))
    if not paper.fits(line * min(len(rows) + 2, 12) + 6 * MM):
        paper.turn()
    paper.down(6 * MM)
    paper.put(words._("Credit account {account}", account=invoice.account), strong=True, most_lines=2)
    paper.down(2)
    column = paper.amounts(
        [words.amount(words.rounded(amount, invoice.currency), invoice.currency) for _text, amount, _strong in rows],
        0.6 * paper.width,
        paper.width - 4,
    )
    for text, amount, strong in rows:
        if not paper.fits(line + 6):
            paper.turn()
        if strong:
            paper.rule()
            paper.down(3)
        paper.text(text, 0, 0.6 * paper.width, strong=strong, colour="text" if strong else "muted", most_lines=1)
        column.put(words.amount(words.rounded(amount, invoice.currency), invoice.currency), strong=strong)
        paper.down(line)

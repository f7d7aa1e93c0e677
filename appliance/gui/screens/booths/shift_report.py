"""An X or Z report as cards: sales, payments, taxes, the drawer, exceptions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from appliance.gui import words
from appliance.gui.screens.booths.booth_words import bill_state, event_kind, line_kind
from appliance.gui.widgets.cards import facts
from appliance.gui.words import _
from appliance.wire.shifts import CashFigures, ReportLine, ShiftReport


def report_cards(report: ShiftReport) -> list[QWidget]:
    """The cards of a report, those without a line left out."""
    currency = report.currency
    title = _("X report {number}", number=report.number) if report.kind == "x" else _("Z report {number}", number=report.number)
    head = [
        (_("Till"), report.shift.till_name),
        (_("Clerk"), report.shift.clerk),
        (_("Opened"), words.moment(report.shift.opened_at)),
        (_("Closed"), words.moment(report.shift.closed_at)),
        (_("Made"), words.moment(report.at)),
        (_("Bills"), words.count(report.bills)),
        (_("Total"), words.money(report.total, currency)),
        (_("Rounding"), words.money(report.rounding, currency) if words.micros(report.rounding) else ""),
    ]
    cards: list[QWidget] = [facts(title, [each for each in head if each[1]])]
    for heading, lines, name in (
        (_("Sales"), report.sales, line_kind),
        (_("Payments"), report.payments, payment_name),
        (_("Taxes"), report.taxes, words.percent),
        (_("Losses"), report.losses, lambda key: bill_state(key).text),
        (_("Exceptions"), report.events, event_name),
    ):
        if lines:
            cards.append(facts(heading, _lines(lines, name, currency, counted=heading != _("Taxes"))))
    cards += [facts(_("Drawer, {currency}", currency=each.currency), drawer_lines(each)) for each in report.shift.cash]
    return cards


def payment_name(key: str) -> str:
    """`cash change EUR` in words."""
    method, kind, currency = [*key.split(" "), "", ""][:3]
    said = {
        ("cash", "payment"): _("Cash from guests"),
        ("cash", "change"): _("Change"),
        ("cash", "deposit"): _("Deposits in cash"),
        ("cash", "payout"): _("Rest of deposits"),
        ("cash", "refund"): _("Money back"),
        ("card", "payment"): _("By card"),
        ("card", "deposit"): _("Deposits by card"),
        ("card", "refund"): _("Money back by card"),
    }.get((method, kind), f"{method} {kind}".strip())
    return f"{said}, {currency}" if currency else said


def event_name(key: str) -> str:
    """`discount anna`: what, and by whom."""
    kind, _blank, clerk = key.partition(" ")
    return f"{event_kind(kind)}, {clerk}" if clerk else event_kind(kind)


def drawer_lines(figures: CashFigures) -> list[tuple[str, str]]:
    """What the drawer of one currency says."""
    lines = [
        (_("Float"), figures.opened_with),
        (_("Received"), figures.received),
        (_("Paid out"), figures.paid_out),
        (_("Expected"), figures.expected),
        (_("Counted"), figures.counted),
        (_("Difference"), figures.difference),
    ]
    return [(name, words.money(amount, figures.currency)) for name, amount in lines if amount is not None]


def _lines(lines: Sequence[ReportLine], name: Callable[[str], str], currency: str, *, counted: bool) -> list[tuple[str, str]]:
    said = []
    for each in lines:
        amount = words.money(each.amount, currency)
        said.append((name(each.key), f"{amount}  ({words.count(each.count)} ×)" if counted else amount))
    return said

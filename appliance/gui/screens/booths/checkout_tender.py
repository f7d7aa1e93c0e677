"""What the guest gives: cash in the shop's or another currency, card, or both; and what the server says it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from appliance.gui import words
from appliance.gui.client import Reply
from appliance.gui.desk import Desk
from appliance.gui.screens.booths.booth_words import pieces
from appliance.gui.theme import space
from appliance.gui.widgets.cells import tabular
from appliance.gui.widgets.money_edit import MoneyEdit
from appliance.gui.widgets.plain import button, clear, column, label, redress, row
from appliance.gui.words import _
from appliance.wire.bills import BillQuote, BillView, Quote, Tender
from appliance.wire.problem import Problem
from appliance.wire.shops import ShopView

TYPED_MS = 120
MOST_NOTES = 4


def likely_notes(due_micros: int, denominations: Sequence[str]) -> list[str]:
    """What a guest is likely to hand over for a sum: single notes not below it, the smallest first."""
    able = sorted((words.micros(each), each) for each in denominations)
    return [text for amount, text in able if amount > due_micros > 0][:MOST_NOTES]


class TenderBox(QWidget):
    """Cash and card fields. Both empty means: exactly what is due, in cash. `quoted` tells when the figures are known."""

    quoted = Signal()

    def __init__(self, desk: Desk, shop: ShopView) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._desk, self._shop = desk, shop
        self.bill: BillView | None = None
        self.quote: Quote | None = None
        self._reply: Reply | None = None
        self.cash, self.card = MoneyEdit(shop.currency), MoneyEdit(shop.currency)
        self.currency = QComboBox()
        for code in (shop.currency, *shop.currencies):
            self.currency.addItem(code)
        self.currency.setAccessibleName(_("Currency of the cash"))
        if not shop.currencies:
            self.currency.hide()
        self.notes = QHBoxLayout()
        self.notes.setSpacing(space("hair"))
        self.due, self.change = label("", "title"), label("", "title")
        self.due_word, self.change_word = label(_("To pay")), label(_("Change"))
        self.given_as, self.fault = label("", "muted", wrap=True), label("", "fault", wrap=True)
        self._lay()
        self._typing = QTimer(self, singleShot=True, interval=TYPED_MS)
        self._typing.timeout.connect(self.ask)
        self.cash.changed.connect(self._typing.start)
        self.card.changed.connect(self._typing.start)
        self.currency.currentTextChanged.connect(self._other_currency)

    def show_bill(self, bill: BillView) -> None:
        """The bill as it is now; what was typed stays. What it came to before counts no more where other money is due."""
        if self.bill is not None and (bill.due_cash, bill.due_card) != (self.bill.due_cash, self.bill.due_card):
            self.quote = None
        self.bill = bill
        clear(self.notes)
        for note in likely_notes(words.micros(bill.due_cash), self._shop.denominations):
            made = button(words.plain_amount(note), partial(self.cash.set_amount, note))
            made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.notes.addWidget(made)
        self.notes.addStretch(1)
        owed = words.micros(bill.due_cash) >= 0
        for each in (self.cash, self.card):
            each.setEnabled(owed)
        self.ask()

    def tenders(self) -> list[Tender]:
        """What is typed; ValueError where it cannot be read."""
        made = []
        cash, card = self.cash.amount(), self.card.amount()
        if cash is not None and words.micros(cash):
            foreign = self.currency.currentText()
            made.append(Tender("cash", cash, None if foreign == self._shop.currency else foreign))
        if card is not None and words.micros(card):
            made.append(Tender("card", card))
        bill = self.bill
        if not made and bill is not None and words.micros(bill.due_cash) > 0:
            made.append(Tender("cash", bill.due_cash))
        return made

    def ask(self) -> None:
        """Ask what is typed would come to."""
        if self.bill is None:
            return
        try:
            tenders = self.tenders()
        except ValueError:
            return
        if self._reply is not None:
            self._reply.abandon()
        self._reply = self._desk.client.call("bills.quote", BillQuote(self.bill.id, tenders))
        self._reply.done.connect(self._came)
        self._reply.failed.connect(self._refused)

    def show_problem(self, problem: Problem) -> None:
        """What is wrong with what is given."""
        self.fault.setText(problem.detail)
        self.fault.setVisible(True)

    # parts ---------------------------------------------------------------------------------------------------------
    def _lay(self) -> None:
        for each in (self.due, self.change):
            each.setFont(tabular(each.font()))
        cash_word, card_word = label(_("Given in &cash")), label(_("By c&ard"))
        for word, field, name in ((cash_word, self.cash, _("Given in cash")), (card_word, self.card, _("By card"))):
            word.setTextFormat(Qt.TextFormat.AutoText)
            word.setBuddy(field.line)
            field.line.setAccessibleName(name)
        self.fault.hide()
        box = column(
            row(self.due_word, None, self.due),
            cash_word,
            row(self.cash, self.currency),
            self.notes,
            card_word,
            self.card,
            row(self.change_word, None, self.change),
            self.given_as,
            self.fault,
            gap="small",
        )
        self.setLayout(box)

    def _other_currency(self, code: str) -> None:
        self.cash.set_currency(code)
        self._typing.start()

    def _came(self, quote: Any) -> None:
        self._reply = None
        self.quote = quote
        self.fault.hide()
        currency = quote.currency
        paid_out = words.negative(quote.due)
        self.due_word.setText(_("To give back") if paid_out else _("To pay"))
        self.due.setText(words.money(quote.due.removeprefix("-"), currency))
        missing = words.micros(quote.missing) > 0
        self.change_word.setText(_("Still missing") if missing else _("Change"))
        self.change.setText(words.money(quote.missing if missing else quote.change, currency))
        self.change.setProperty("tone", "danger" if missing else "good" if words.micros(quote.change) else None)
        redress(self.change)
        self.given_as.setText("" if missing else pieces(quote.denominations, currency))
        self.quoted.emit()

    def _refused(self, problem: Problem) -> None:
        self._reply, self.quote = None, None
        self.show_problem(problem)
        self.quoted.emit()

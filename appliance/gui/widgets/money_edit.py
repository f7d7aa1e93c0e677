"""An amount as a person types it ("12,5", "12.50", "1 250"), and beside it what was understood."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from appliance.errors import UserError
from appliance.gui import words
from appliance.gui.theme import space
from appliance.gui.widgets.plain import label, redress
from appliance.gui.words import _


class MoneyEdit(QWidget):
    """`amount()` is the wire's decimal text. An empty field is None."""

    changed = Signal()

    def __init__(self, currency: str = "") -> None:
        super().__init__()
        self.currency = currency
        self.line = QLineEdit()
        self.line.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute)
        self.line.setMaximumWidth(160)
        self.line.setMaxLength(64)
        self.understood = label("", "muted")
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(space("small"))
        box.addWidget(self.line)
        box.addWidget(self.understood, 1)
        self.setFocusProxy(self.line)
        self.line.textChanged.connect(self._typed)
        self._typed()

    def set_currency(self, currency: str) -> None:
        """Amounts are of this currency."""
        self.currency = currency
        self._typed()

    def set_amount(self, amount: str | None) -> None:
        """Fill it with a wire amount."""
        self.line.setText("" if amount is None else words.plain_amount(amount))

    def amount(self) -> str | None:
        """The wire amount, None where nothing is typed; ValueError where it is none."""
        text = self.line.text().strip()
        if not text:
            return None
        try:
            return words.parse_money(text)
        except UserError as error:
            raise ValueError(text) from error

    def _typed(self) -> None:
        try:
            amount = self.amount()
        except ValueError:
            self._say(_("This is not an amount."), fault=True)
        else:
            self._say(words.money(amount, self.currency) if amount is not None else self.currency, fault=False)
        self.changed.emit()

    def _say(self, text: str, *, fault: bool) -> None:
        self.understood.setText(text)
        role = "fault" if fault else "muted"
        if self.understood.property("role") != role:
            self.understood.setProperty("role", role)
            redress(self.understood)

"""A markup as a percentage or as a factor: the two fields follow each other, and an example says what becomes of a price."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from appliance.errors import UserError
from appliance.gui import words
from appliance.gui.screens.parts.tariff_words import cost_of_price, factor_of, percentage_of
from appliance.gui.theme import space
from appliance.gui.widgets.plain import column, label, row
from appliance.gui.words import _
from appliance.money import format_amount

EXAMPLE = "0.10"
LOWEST = "-100"


def plain(amount: str) -> str:
    """A wire decimal without the zeros at its end, as one types it."""
    return words.plain_amount(format_amount(words.micros(amount), 0))


def _number(line: QLineEdit) -> str:
    """What is typed, as a wire decimal; ValueError with a sentence."""
    try:
        return words.parse_money(line.text().strip().removesuffix("%").strip().removeprefix("+") or "0")
    except (ValueError, UserError) as error:
        raise ValueError(_("This is not a number.")) from error


class MarkupEdit(QWidget):
    """`percentage()` is the wire's text; ValueError with a sentence where it is no number, or takes more than all away."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.percent_line, self.factor_line = self._line(_("Percent")), self._line(_("Factor"))
        self.example = label("", "small")
        parts = row(self.percent_line, label(_("% or times"), "muted"), self.factor_line, None)
        parts.setSpacing(space("small"))
        self.setLayout(column(parts, self.example, gap="hair"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFocusProxy(self.percent_line)
        self.percent_line.textChanged.connect(lambda: self._follow(self.percent_line, self.factor_line, factor_of))
        self.factor_line.textChanged.connect(lambda: self._follow(self.factor_line, self.percent_line, percentage_of))
        self.set_percentage("0")

    def percentage(self) -> str:
        """The markup in percent."""
        amount = _number(self.percent_line)
        if words.micros(amount) < words.micros(LOWEST):
            raise ValueError(_("A markup takes at most 100 % away."))
        return format_amount(words.micros(amount), 0)

    def set_percentage(self, percentage: str | None) -> None:
        """Fill it with a wire percentage."""
        self.percent_line.setText(plain(percentage or "0"))

    def _line(self, name: str) -> QLineEdit:
        made = QLineEdit()
        made.setAccessibleName(name)
        made.setMaximumWidth(90)
        made.setMaxLength(16)
        made.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute)
        return made

    def _follow(self, typed: QLineEdit, other: QLineEdit, convert: Callable[[str], str]) -> None:
        try:
            value = convert(_number(typed))
        except ValueError as error:
            self.example.setText(str(error))
        else:
            blocked = QSignalBlocker(other)
            other.setText(plain(value))
            blocked.unblock()
            self._say()
        self.changed.emit()

    def _say(self) -> None:
        try:
            after = cost_of_price(EXAMPLE, self.percentage())
        except ValueError:
            self.example.setText("")
            return
        self.example.setText(_("A price of {before} becomes {after}.", before=words.money(EXAMPLE, None), after=words.money(after, None)))

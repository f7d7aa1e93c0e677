"""What a payment, a refund or a reversal does to an account: the server's figures, one above the other."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout

from appliance.gui import words
from appliance.gui.theme import space
from appliance.gui.widgets.cells import tabular
from appliance.gui.widgets.plain import clear, column, label, redress
from appliance.gui.words import _
from appliance.wire.payments import PaymentEffect
from appliance.wire.problem import Problem

Line = tuple[str, str, str]
"""What, the amount as written, its role."""


def effect_lines(effect: PaymentEffect) -> list[Line]:
    """The figures of an effect in the order they are read."""
    currency = effect.currency
    lines = [(_("Received") if not words.negative(effect.gross) else _("Given back"), words.money(_bare(effect.gross), currency), "")]
    if words.micros(effect.tax):
        rate = words.percent(effect.tax_percent)
        what = _("Of it {tax}, {percent}", tax=effect.tax_name, percent=rate) if effect.tax_name else _("Of it tax, {percent}", percent=rate)
        lines.append((what, words.money(_bare(effect.tax), currency), ""))
        lines.append((_("Credit"), words.money(effect.credit, currency), ""))
    lines.append((_("Balance before"), words.money(effect.balance_before, currency), ""))
    lines.append((_("Balance after"), words.money(effect.balance_after, currency), "strong"))
    return lines


def _bare(amount: str) -> str:
    return amount.removeprefix("-")


class EffectView(QFrame):
    """A card with the figures; it keeps its place while nothing is known, so that the form does not jump."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setObjectName("card")
        self._title = label(title, "small")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(space("large"))
        self._grid.setVerticalSpacing(space("hair"))
        self._grid.setColumnStretch(0, 1)
        self._said = label("", "muted", wrap=True)
        self.setLayout(column(self._title, self._grid, self._said, None, gap="hair", margin="medium"))
        self._balance: tuple[str, str] | None = None
        self.lines: list[Line] = []
        self.setMinimumHeight(5 * (self.fontMetrics().lineSpacing() + space("hair")) + 2 * space("wide"))
        self.forget()

    @property
    def text(self) -> str:
        """What is shown, a line each."""
        return "\n".join([*(f"{what}: {amount}" for what, amount, _role in self.lines), *filter(None, [self._said.text()])])

    def show_balance(self, balance: tuple[str, str] | None) -> None:
        """The balance as it stands (amount, currency), while there is no amount yet; None where nobody is chosen."""
        self._balance = balance
        self.forget()

    def show_effect(self, effect: PaymentEffect) -> None:
        """The figures."""
        self._lay(effect_lines(effect), "")

    def show_problem(self, problem: Problem) -> None:
        """It would be refused."""
        self._lay([], problem.detail, "fault")

    def forget(self) -> None:
        """No amount yet."""
        if self._balance is None:
            self._lay([], _("Choose the customer and type the amount."))
            return
        amount, currency = self._balance
        self._lay([(_("Balance now"), words.money(amount, currency), "strong")], _("Type the amount."))

    def _lay(self, lines: list[Line], sentence: str, role: str = "muted") -> None:
        clear(self._grid)
        self.lines = lines
        for at, (what, amount, strong) in enumerate(lines):
            number = label(amount, strong)
            number.setFont(tabular(number.font()))
            number.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(label(what, "muted"), at, 0)
            self._grid.addWidget(number, at, 1)
        self._said.setText(sentence)
        self._said.setVisible(bool(sentence))
        if self._said.property("role") != role:
            self._said.setProperty("role", role)
            redress(self._said)
        self.setAccessibleName(self.text)

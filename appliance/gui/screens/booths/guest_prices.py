"""What a call costs a guest: answered while the clerk types a number or a country."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from appliance.gui import words
from appliance.gui.client import Reply
from appliance.gui.desk import Desk
from appliance.gui.theme import space
from appliance.gui.widgets.cells import tabular
from appliance.gui.widgets.plain import card, clear, column, label, scrolling
from appliance.gui.words import _
from appliance.wire.problem import Problem
from appliance.wire.shops import GuestPrice, GuestPriceRequest, GuestPrices

TYPED_MS = 80
SHOWN = 12
SECONDS = 300


class PriceField(QLineEdit):
    """Escape leaves it; the arrow downward too."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.key() == Qt.Key.Key_Escape:
                self.clear()
            self.left.emit()
            return
        super().keyPressEvent(event)


class PriceLookUp(QWidget):
    """The field, and under it the answer as long as something is typed."""

    left = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._desk = desk
        self._shop = 0
        self._reply: Reply | None = None
        self.field = PriceField()
        self.field.setMaxLength(60)
        self.field.setPlaceholderText(_("What does a call cost? Number or country"))
        self.field.setAccessibleName(_("Price of a call to a number or country"))
        self.field.setClearButtonEnabled(True)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(space("wide"))
        self.grid.setVerticalSpacing(space("hair"))
        self.grid.setColumnStretch(0, 1)
        self.said = label("", "muted", wrap=True)
        self.answer = card(column(self.said, self.grid, gap="small", margin="medium"))
        self._box = scrolling(self.answer)
        self._box.setMaximumHeight(280)
        self._box.hide()
        self.setLayout(column(self.field, self._box, gap="hair"))
        self._typing = QTimer(self, singleShot=True, interval=TYPED_MS)
        self._typing.timeout.connect(self._ask)
        self.field.textChanged.connect(self._typed)
        self.field.left.connect(self.left)

    def show_shop(self, shop: int) -> None:
        """Prices are those of this shop."""
        self._shop = shop

    def _typed(self, text: str) -> None:
        if text.strip():
            self._typing.start()
        else:
            self._typing.stop()
            self._box.hide()

    def _ask(self) -> None:
        text = self.field.text().strip()
        if not text or not self._shop:
            return
        if self._reply is not None:
            self._reply.abandon()
        self._reply = self._desk.client.call("shops.prices", GuestPriceRequest(self._shop, text, seconds=SECONDS, limit=SHOWN))
        self._reply.done.connect(self._came)
        self._reply.failed.connect(self._failed)

    def _came(self, prices: Any) -> None:
        self._reply = None
        if self.field.text().strip():
            self.show_prices(prices)

    def _failed(self, problem: Problem) -> None:
        self._reply = None
        clear(self.grid)
        self.said.setText(problem.detail)
        self.said.show()
        self._box.show()

    def show_prices(self, prices: GuestPrices) -> None:
        """The answer: one line a destination."""
        clear(self.grid)
        reasons = {
            "no_rate": _("There is no price for {number}: it cannot be called.", number=words.number(prices.normalised)),
            "blocked": _("{number} may not be called from booths.", number=words.number(prices.normalised)),
        }
        said = reasons.get(prices.why, "")
        if not said and not prices.prices:
            said = _("Nothing fits that.")
        self.said.setText(said)
        self.said.setVisible(bool(said))
        for at, each in enumerate(prices.prices[:SHOWN]):
            self._line(at, each, prices.currency)
        self._box.show()

    def _line(self, at: int, price: GuestPrice, currency: str) -> None:
        name = f"{price.destination}  +{price.prefix}" if price.prefix else price.destination
        parts = [
            label(name, "muted" if price.blocked else ""),
            label(_("blocked") if price.blocked else _("{money} a minute", money=words.money(price.price_per_minute, currency)), "strong"),
            label(
                _("+ {money} at the start", money=words.money(price.connection_fee, currency)) if words.micros(price.connection_fee) else "", "muted"
            ),
            label(_("5 min: {money}", money=words.money(price.cost, currency)) if not price.blocked else "", "muted"),
        ]
        for across, part in enumerate(parts):
            if across:
                part.setFont(tabular(part.font()))
                part.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.grid.addWidget(part, at, across)

"""A list that is narrowed by customer and period: of everybody, or of one customer inside its page."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtWidgets import QComboBox

from appliance.gui.desk import Desk
from appliance.gui.screens.parts.call_filters import CUSTOM, bounds, periods, today
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.choice import Choice
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.words import _


class DatedList(ListPage):
    """A ListPage with two more fields; the model's request has `customer`, `since` and `until`. `shape` is ListPage's own."""

    def __init__(self, desk: Desk, model: PageModel, *, customer: int | None = None, **shape: Any) -> None:
        self.desk = desk
        self._one = customer is not None
        self.period = QComboBox()
        self.customer = Choice(desk.client, "customers.list", placeholder=_("Customer: all"))
        super().__init__(desk, model, **shape)
        for name, text in reversed(periods()):
            if name != CUSTOM:
                self.period.addItem(text, name)
        self.period.setAccessibleName(_("Period"))
        self.period.currentIndexChanged.connect(self._filters_changed)
        self.customer.setAccessibleName(_("Customer"))
        self.customer.setMinimumWidth(150)
        if self._one:
            self.customer.hide()
        self.customer.chosen.connect(lambda _view: self._filters_changed())
        self.extra.addWidget(self.customer)
        self.extra.addWidget(self.period)
        self.keep_filter("period", self.period)

    def narrow(self, customer: int | str, text: str = "") -> None:
        """Only this customer's."""
        self.customer.set_value(customer, text)

    def clear_filters(self) -> None:
        self.customer.set_value(None)
        self.period.setCurrentIndex(0)
        super().clear_filters()
        self._filters_changed()

    def _narrowed(self) -> bool:
        return self.customer.value() is not None or self.period.currentIndex() > 0 or super()._narrowed()

    def _filtered(self) -> Any:
        since, until = bounds(str(self.period.currentData()), today(self.desk.clock))
        fields: dict[str, Any] = {"since": since, "until": until}
        if not self._one:
            fields["customer"] = self.customer.value()
        return msgspec.structs.replace(super()._filtered(), **fields)

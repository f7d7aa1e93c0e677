"""Amounts in a currency of the viewer's choice beside their own, in the lists of calls, payments, invoices and customers (S22).

Off until it is chosen at My account; kept for the person at this computer. For display alone: the server converts by the rate that was
recorded, else by that of the day, and where no rate leads to the currency the cell says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
from PySide6.QtCore import QEvent, QObject

from appliance.gui.column import Column, Of, value_of
from appliance.gui.desk import Desk
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.words import _

KEY = "shown_in"
PER_LETTER, SIDES = 8, 16  # of a title, so that the currency in it is never cut


def chosen(desk: Desk) -> str:
    """The currency that was chosen, "" for none."""
    kept = desk.memory.get(KEY)
    return kept if isinstance(kept, str) else ""


def choose(desk: Desk, currency: str) -> None:
    """Keep the choice; "" is none. Lists follow when they are next seen."""
    desk.memory.put(KEY, currency or None)


class ShownIn(QObject):
    """Keeps one list by the choice: `amounts` says which of its money columns have a converted amount, and by which name it comes."""

    def __init__(self, desk: Desk, page: ListPage, amounts: Mapping[Of, str], columns: Callable[[], list[Column]]) -> None:
        super().__init__(page)
        self._desk, self._page, self._amounts, self._columns = desk, page, amounts, columns
        self._now = ""
        page.installEventFilter(self)
        self.follow()

    def follow(self) -> None:
        """Columns and request by what is chosen now; asked anew where it was another before."""
        currency = chosen(self._desk)
        if currency == self._now:
            return
        self._now = currency
        self._page.set_columns(beside(self._columns(), self._amounts, currency))
        self._page.change_request(lambda request: msgspec.structs.replace(request, in_currency=currency))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """The list comes into sight."""
        if event.type() == QEvent.Type.Show:
            self.follow()
        return super().eventFilter(watched, event)


def beside(columns: list[Column], amounts: Mapping[Of, str], currency: str) -> list[Column]:
    """The columns, each that has a converted amount with that amount behind it."""
    found = []
    for each in columns:
        found.append(each)
        if currency and each.of in amounts:
            found.append(_twin(each, amounts[each.of], currency))
    return found


def _twin(column: Column, name: str, currency: str) -> Column:
    def has(view: Any) -> bool:
        own = value_of(column.currency, view) if column.currency is not None else ""
        return bool(own) and value_of(column.of, view) not in (None, "")

    def amount(view: Any) -> str | None:
        return (view.converted or {}).get(name) if has(view) else None

    def tip(view: Any) -> str:
        if not has(view) or amount(view) is not None:
            return ""
        own = str(value_of(column.currency, view)) if column.currency is not None else ""
        return _("No exchange rate leads from {own} to {currency} on that day. Settings, Exchange rates, takes one.", own=own, currency=currency)

    def missing(view: Any) -> str:
        return _("No rate") if has(view) else ""

    title = _("{amount} in {currency}", amount=column.title, currency=currency)
    width = max(column.width, PER_LETTER * len(title) + SIDES)
    return replace(column, of=amount, title=title, currency=lambda _view: currency, tip=tip, width=width, grows=False, otherwise=missing)

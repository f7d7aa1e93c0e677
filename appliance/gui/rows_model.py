"""A short list that came whole with its thing (a customer's endpoints) as the model of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject

from appliance.gui.client import Client
from appliance.gui.column import Column
from appliance.gui.table_model import PageModel
from appliance.wire.customers import CustomerList


class RowsModel(PageModel):
    """Rows by `show_rows`; it asks the server nothing."""

    sortable = False

    def __init__(self, client: Client, columns: list[Column], parent: QObject | None = None) -> None:
        super().__init__(client, "customers.list", CustomerList(), columns, parent)
        self._paged = False

    def show_rows(self, rows: Sequence[Any]) -> None:
        """These rows now, over the old ones."""
        self.asked = True
        self._lay(list(rows))
        self.loaded.emit()

    def ask(self, request: Any | None = None) -> None:
        """Nothing is asked: whoever holds the thing shows its rows."""

    def refresh(self) -> None:
        """Likewise."""

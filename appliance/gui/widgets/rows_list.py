"""A short list inside a page or a dialog whose rows came with their thing: no title, no filter line, `show_rows` fills it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from appliance.gui.column import Column
from appliance.gui.desk import Desk
from appliance.gui.rows_model import RowsModel
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import ListPage


class RowsList(ListPage):
    """A ListPage of a RowsModel. `rows` is what it shows."""

    def __init__(self, desk: Desk, columns: list[Column], title: str, empty: Empty, memory_name: str = "", *, many: bool = False) -> None:
        self._own = RowsModel(desk.client, columns)
        super().__init__(desk, self._own, title=title, empty=empty, memory_name=memory_name, embedded=True, bare=True, many=many)

    @property
    def rows(self) -> list[Any]:
        """The views that are shown."""
        return self._own.rows

    def show_rows(self, rows: Sequence[Any]) -> None:
        """These now."""
        self._own.show_rows(rows)

"""What was put right about one call: refunds and new prices, the oldest first, with who paid what before and after."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from appliance.gui import operation
from appliance.gui.column import Column
from appliance.gui.desk import Desk
from appliance.gui.screens.parts.difference_view import level_word
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.problem_view import ProblemView
from appliance.gui.widgets.rows_list import RowsList
from appliance.gui.words import _
from appliance.wire.corrections import CallCorrections
from appliance.wire.shapes import ById


class CorrectionsTab(QWidget):
    """Asked for when it is first seen, and again when the call changes."""

    def __init__(self, desk: Desk, call: int) -> None:
        super().__init__()
        self._desk, self._call = desk, call
        kinds = {"refund": _("Refund"), "rerate": _("New price")}
        columns = [
            Column("at", _("When"), "moment", width=150),
            Column(lambda each: kinds.get(each.kind, each.kind), _("Kind"), width=110),
            Column(lambda each: level_word(each.level), _("Who pays"), width=110),
            Column("before", _("Was"), "money", width=110, currency="currency"),
            Column("after", _("Is"), "money", width=110, currency="currency"),
            Column("note", _("Why"), width=170, grows=True),
        ]
        self.problem = ProblemView()
        self.list = RowsList(
            desk, columns, _("Corrections"), Empty(_("Nothing was put right about this call: it costs what it was charged.")), "call.corrections"
        )
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.problem)
        box.addWidget(self.list, 1)

    def ask(self) -> None:
        """As they are now."""
        operation.run(self, self._desk.client, "cdrs.corrections", ById(self._call), on_done=self._came, on_problem=self.problem.show_problem)

    def _came(self, view: CallCorrections) -> None:
        self.problem.forget()
        self.list.show_rows(view.corrections)

"""What puts a call right, as actions of the list of calls and of a call's page: refund, dispute, blocking, pricing or costing again, one answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action
from appliance.gui.screens.calls.call_block import block_destination
from appliance.gui.screens.calls.call_recost import recost_calls
from appliance.gui.screens.calls.call_refund import refund_call, refundable
from appliance.gui.screens.calls.call_rerate import rerate_calls
from appliance.gui.screens.calls.dispute_forms import may_dispute, open_dispute
from appliance.gui.screens.calls.number_answer import ask_number
from appliance.gui.words import _
from appliance.wire.cdrs import CdrView
from appliance.wire.shapes import ById


class CallMending:
    """`verbs` for the chosen rows (one, some or none); `refresh` is what the screen does once a call was put right."""

    def __init__(self, desk: Desk, owner: QWidget, prefix: str, refresh: Callable[[], None]) -> None:
        self._desk, self._owner, self._prefix, self._refresh = desk, owner, prefix, refresh

    def verbs(self, chosen: Sequence[Any], group: int) -> list[Action]:
        """Refund, dispute and block of what is chosen, and the answer for its number."""
        one = chosen[0] if len(chosen) == 1 else None
        name, rated = self._prefix, one is not None and bool(one.prefix)
        disputable = bool(chosen) and all(may_dispute(each) for each in chosen)
        return [
            Action(f"{name}.refund", _("Refund"), lambda: self._refund(one), "Ctrl+Shift+R", "undo", enabled=refundable(one), group=group,
                   operation="cdrs.refund"),
            Action(f"{name}.dispute", _("Open dispute"), lambda: self._dispute(chosen), "Ctrl+Shift+D", "warning",
                   enabled=disputable, group=group, operation="disputes.open"),
            Action(f"{name}.answer", _("Ask about number"), lambda: self._answer(one), "Ctrl+G", "search", group=group,
                   operation="calls.explain"),
            Action(f"{name}.block", _("Block destination"), lambda: self._block(one), "", "disable", enabled=rated, dangerous=True, group=group,
                   operation="rates.set"),
        ]  # fmt: skip

    def of_list(self, wanted: Callable[[], Mapping[str, Any]], calls: Callable[[], int | None], group: int) -> list[Action]:
        """What is done with all that the list shows, and the list of disputes."""

        def recost() -> None:
            recost_calls(self._desk, self._owner, wanted(), calls())

        def rerate() -> None:
            rerate_calls(self._desk, self._owner, wanted(), calls())

        disputes = Place("disputes")
        return [
            Action(f"{self._prefix}.recost", _("Cost again"), recost, "", "trunks", group=group, operation="cdrs.recost_preview"),
            Action(f"{self._prefix}.rerate", _("Price again"), rerate, "Ctrl+Shift+P", "refresh", group=group, operation="cdrs.rerate_preview"),
            Action(f"{self._prefix}.disputes", _("Disputes"), lambda: self._desk.go(disputes), "", "warning", group=group, operation="disputes.list"),
        ]

    # parts ---------------------------------------------------------------------------------------------------------
    def _refund(self, view: Any) -> None:
        if view is not None:
            refund_call(self._desk, self._owner, view, self._refresh)

    def _dispute(self, chosen: Sequence[Any]) -> None:
        open_dispute(self._desk, self._owner, chosen)

    def _answer(self, view: Any) -> None:
        """With the call's number and customer where one is chosen, else with nothing yet."""
        ask_number(self._desk, view.dialled if view is not None else "", (view.customer or "") if view is not None else "")

    def _block(self, view: Any) -> None:
        """A row knows no charges: the record is asked for first."""
        if isinstance(view, CdrView):
            block_destination(self._owner, self._desk, view)
        elif view is not None:
            operation.run(
                self._owner, self._desk.client, "cdrs.get", ById(view.id), on_done=lambda record: block_destination(self._owner, self._desk, record)
            )

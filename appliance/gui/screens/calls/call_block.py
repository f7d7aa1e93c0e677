"""Blocking a destination from a call: no calls to its prefix any more, in the tariff by which the customer paid."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtWidgets import QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.words import _, isolate
from appliance.wire.cdrs import CdrView
from appliance.wire.decks import UndoImport
from appliance.wire.rates import RateFields, RatesChanged, RatesSet


def paying_tariff(view: CdrView) -> int | str | None:
    """The tariff that priced the customer's side: by id where the explanation has it, else by name."""
    for charge in view.charges:
        if charge.level == 0:
            told = charge.explanation if isinstance(charge.explanation, Mapping) else {}
            found = told.get("tariff_id")
            return found if isinstance(found, int) else charge.tariff or None
    return None


def block_destination(owner: QWidget, desk: Desk, view: CdrView) -> None:
    """Block at once, and say where, with Undo."""
    tariff, prefix = paying_tariff(view), view.prefix
    charge = next((each for each in view.charges if each.level == 0), None)
    if tariff is None or prefix is None or charge is None:
        desk.toast(_("This call was not priced, so there is no tariff to block it in."))
        return
    places = {"prefix": isolate(prefix), "destination": view.destination or "", "tariff": charge.tariff}

    def done(changed: RatesChanged) -> None:
        undo = None if changed.import_id is None else undoing(desk, UndoImport(tariff, changed.import_id))
        desk.toast(_("{destination} ({prefix}) is blocked in tariff {tariff}", **places), undo)

    operation.run(owner, desk.client, "rates.set", RatesSet(tariff, [RateFields(prefix, blocked=True)]), on_done=done)


def undoing(desk: Desk, request: UndoImport) -> Callable[[], None]:
    """Takes the block back, whatever the price was before; whoever asked may have closed the call since."""

    def undo() -> None:
        def done(_changed: RatesChanged) -> None:
            desk.toast(_("The prices are as they were"))

        operation.run(desk, desk.client, "rates.undo_import", request, on_done=done, on_problem=lambda problem: desk.toast(problem.detail))

    return undo

"""Blocking a destination from a call: no calls to its prefix any more, in the tariff by which the customer paid."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.widgets import confirm
from appliance.gui.words import _, isolate
from appliance.wire.cdrs import CdrView
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
    """Ask, saying how far it reaches, and block; it may be undone for ten seconds."""
    tariff, prefix = paying_tariff(view), view.prefix
    charge = next((each for each in view.charges if each.level == 0), None)
    if tariff is None or prefix is None or charge is None:
        desk.toast(_("This call was not priced, so there is no tariff to block it in."))
        return
    places = {"prefix": isolate(prefix), "destination": view.destination or "", "tariff": charge.tariff}

    def undo() -> None:
        operation.run(owner, desk.client, "rates.set", RatesSet(tariff, [RateFields(prefix, blocked=False)]))

    def done(changed: RatesChanged) -> None:
        desk.toast(_("{destination} ({prefix}) is blocked in tariff {tariff}", **places), undo)

    def block() -> None:
        operation.run(owner, desk.client, "rates.set", RatesSet(tariff, [RateFields(prefix, blocked=True)]), on_done=done)

    text = _(
        "No customer with tariff {tariff} can call numbers that begin with {prefix} ({destination}) any more. Calls that run now go on.",
        **places,
    )
    confirm.ask(owner, _("Block {destination}?", **places), text, _("Block destination"), block)

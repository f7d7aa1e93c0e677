"""Giving back what a call cost: all or a part of it, for one level or all; above a limit it waits for a second person (S12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.open_form import open_form
from appliance.gui.words import _, micros, moment, money, number
from appliance.money import format_amount
from appliance.wire.corrections import CallCorrections, CallRefund
from appliance.wire.shapes import ById


def refundable(view: Any) -> bool:
    """Whether a call (a row or the record) cost its customer anything."""
    return view is not None and bool(view.customer) and bool(view.amount) and micros(view.amount) > 0


def refund_call(desk: Desk, owner: QWidget, view: Any, done: Callable[[], None]) -> None:
    """Ask what the call costs now, then open the form."""

    def came(found: CallCorrections) -> None:
        if micros(found.costs) > 0:
            open_refund(desk, owner, view, found, done)
        else:
            desk.toast(_("All that this call cost was given back already."))

    operation.run(owner, desk.client, "cdrs.corrections", ById(view.id), on_done=came)


def open_refund(desk: Desk, owner: QWidget, view: Any, found: CallCorrections, done: Callable[[], None]) -> FormDialog:
    """The amount, why, and whether each reseller gets its part back too."""
    currency = found.currency or ""
    form = Form()
    places = {"customer": view.customer, "number": number(view.normalised or view.dialled), "moment": moment(view.started_at)}
    form.note(_("{customer} called {number}, {moment}.", **places))
    left = money(found.costs, currency)
    form.money("amount", _("&Amount to give back"), currency=currency, required=True, help=_("The call costs {amount} now.", amount=left))
    form.check("all_levels", _("Give &resellers their part back too"), help=_("Only with the whole amount."))
    form.text("note", _("&Why"), placeholder=_("For the books, for example: one-way sound"))
    form.fill({"amount": found.costs})

    def request(values: dict[str, Any]) -> CallRefund:
        whole = micros(values["amount"]) == micros(found.costs)
        return CallRefund(view.id, amount=None if whole else values["amount"], all_levels=values["all_levels"], note=values["note"])

    def given(fresh: CallCorrections) -> None:
        back = money(format_amount(micros(found.costs) - micros(fresh.costs)), currency)
        desk.toast(_("{amount} is given back to {customer}", amount=back, customer=view.customer))
        done()

    return open_form(desk, owner, _("Refund this call"), form, "cdrs.refund", request, given, verb=_("Give back"))

"""The price of a prefix that has none of its own yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from appliance.gui.desk import Desk
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.open_form import open_form
from appliance.gui.words import _
from appliance.wire.rates import GridRow, RateFields, RatesChanged, RatesSet
from appliance.wire.tariffs import TariffView


def price_form(tariff: TariffView, like: GridRow | None) -> Form:
    """The form, filled with the increments of the row it was opened at."""
    derived = tariff.base is not None
    form = Form()
    form.text("prefix", _("&Prefix"), required=True, placeholder=_("Digits with the country, for example 3197"), longest=20)
    form.text("destination", _("&Destination"), help=_("Empty: the base's.") if derived else "")
    form.money("price_per_minute", _("P&rice a minute"), currency=tariff.currency, required=True)
    form.money("connection_fee", _("Connection &fee"), currency=tariff.currency, help=_("Empty: the base's.") if derived else _("Empty: none."))
    with form.row():
        form.whole("first_increment", _("&First block, seconds"), least=1, most=3600, empty=True)
        form.whole("next_increment", _("&Following blocks, seconds"), least=1, most=3600, empty=True)
    form.check("blocked", _("Calls to it are &blocked"))
    if like is not None and not derived:
        form.fill({"first_increment": like.first_increment, "next_increment": like.next_increment})
    return form


def fields_of(values: dict[str, Any]) -> RateFields:
    """The rate of the form's values; what is empty is left out."""
    wanted = {name: value for name, value in values.items() if value not in (None, "", False)}
    wanted["prefix"] = "".join(sign for sign in wanted["prefix"] if sign not in " +-()")
    return RateFields(**wanted)


def add_price(desk: Desk, owner: QWidget, tariff: TariffView, like: GridRow | None, added: Callable[[RateFields, RatesChanged], None]) -> FormDialog:
    """Open the form; `added` is told what was written."""
    sent: list[RateFields] = []

    def request(values: dict[str, Any]) -> RatesSet:
        sent[:] = [fields_of(values)]
        return RatesSet(tariff.id, list(sent))

    def done(changed: RatesChanged) -> None:
        added(sent[0], changed)

    return open_form(desk, owner, _("Add price"), price_form(tariff, like), "rates.set", request, done)

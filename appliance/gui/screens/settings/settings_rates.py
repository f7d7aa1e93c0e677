"""Exchange rates: dated rows by which amounts of one currency become another's."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from appliance.gui.column import Column
from appliance.gui.desk import Desk
from appliance.gui.people import currencies
from appliance.gui.screens.parts.call_filters import today
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.widgets.plain import button, column
from appliance.gui.words import _, isolate
from appliance.wire.exchange_rates import ExchangeRateSet, ExchangeRateView
from appliance.wire.shapes import Listing


class RateSettings(QWidget):
    """The list, the newest first, with Add."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.desk = desk
        columns = [
            Column("valid_on", _("From"), "day", width=130),
            Column(_sentence, _("Rate"), width=300, grows=True),
            Column("source", _("Source"), width=160),
        ]
        why = _("There are no exchange rates yet. They are needed where a tariff and an account have different currencies.")
        self.list = ListPage(
            desk,
            PageModel(desk.client, "exchange_rates.list", Listing(), columns),
            title=_("Exchange rates"),
            empty=Empty(why, _("Add rate"), self.add, "exchange_rates.set"),
            embedded=True,
        )
        self.list.search.hide()
        self.list.extra.addWidget(button(_("Add rate"), self.add, "primary"))
        self.setLayout(column(self.list, gap=""))
        self.list.refresh()

    def refresh(self) -> None:
        """Ask again."""
        self.list.refresh()

    def add(self) -> None:
        """A rate from a day on, until a later one."""
        form = Form()
        with form.row():
            form.pick("base", _("&One"), currencies(), search=True)
            form.pick("quote", _("&is so many"), currencies(), search=True)
        form.text("rate", _("&Rate"), required=True, placeholder="1.0850")
        form.date("valid_on", _("&From"))
        form.fill({"base": "USD", "quote": "EUR", "valid_on": today(self.desk.clock).isoformat()})

        def request(values: dict[str, Any]) -> ExchangeRateSet:
            return ExchangeRateSet(**{**values, "rate": values["rate"].replace(",", ".").replace(" ", "")})

        FormDialog(
            self.desk.client,
            self,
            title=_("Add rate"),
            form=form,
            verb=_("Add rate"),
            operation="exchange_rates.set",
            request=request,
            on_done=lambda view: self.refresh(),
        ).open()


def _sentence(view: ExchangeRateView) -> str:
    return isolate(_("1 {base} is {rate} {quote}", base=view.base, rate=view.rate, quote=view.quote))

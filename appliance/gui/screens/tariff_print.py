"""The price list of a tariff for customers: made by the server, shown, saved, printed."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.words import _
from appliance.wire.documents import PriceListPrint
from appliance.wire.operations import OPERATIONS
from appliance.wire.shapes import Binary
from appliance.wire.tariffs import TariffView

PRICE_LIST = "tariffs.price_list"


def printable() -> bool:
    """Whether this version's servers make price lists."""
    return PRICE_LIST in OPERATIONS


def print_price_list(desk: Desk, owner: QWidget, tariff: TariffView) -> None:
    """Ask for it and open it."""

    def came(document: Any) -> None:
        from appliance.gui.widgets.document_view import DocumentDialog

        assert isinstance(document, Binary)
        DocumentDialog(desk, owner, _("Price list of {tariff}", tariff=tariff.name), document).open()

    operation.run(owner, desk.client, PRICE_LIST, PriceListPrint(tariff.id), on_done=came)

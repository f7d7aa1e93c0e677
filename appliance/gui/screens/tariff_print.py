"""The price list of a tariff for customers: made by the server, shown, saved, printed."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSaveFile, QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

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


def save_price_list(desk: Desk, owner: QWidget, tariff: TariffView) -> None:
    """As a table into a file: a spreadsheet, or comma-separated values."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    kinds = ";;".join((_("Spreadsheet (*.xlsx)"), _("Comma-separated values (*.csv)")))
    dialog = QFileDialog(owner, _("Price list of {tariff}", tariff=tariff.name), f"{folder}/prices.xlsx", kinds)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("xlsx")
    dialog.filterSelected.connect(lambda kind: dialog.setDefaultSuffix("csv" if "csv" in kind else "xlsx"))
    dialog.fileSelected.connect(lambda file: write_price_list(desk, owner, tariff, file))
    dialog.open()


def write_price_list(desk: Desk, owner: QWidget, tariff: TariffView, file: str) -> None:
    """Ask for it in the file's format and write it."""

    def came(document: Any) -> None:
        assert isinstance(document, Binary)
        target = QSaveFile(file)
        if target.open(QSaveFile.OpenModeFlag.WriteOnly) and target.write(document.content) >= 0 and target.commit():
            desk.toast(_("The price list is in {file}", file=file))
        else:
            desk.toast(_("The file cannot be written: {reason}", reason=target.errorString()))

    wanted = PriceListPrint(tariff.id, format="csv" if file.lower().endswith(".csv") else "xlsx")
    operation.run(owner, desk.client, PRICE_LIST, wanted, on_done=came)

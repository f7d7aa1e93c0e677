"""The price list of a tariff for customers: made by the server, shown, saved, printed."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSaveFile, QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from appliance.gui.desk import Desk
from appliance.gui.people import person_languages
from appliance.gui.screens.parts.paper import wait_for
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.words import _
from appliance.wire.documents import PriceListPrint
from appliance.wire.operations import OPERATIONS
from appliance.wire.shapes import Binary
from appliance.wire.tariffs import TariffView

PRICE_LIST = "tariffs.price_list"
PAPERS = ("A4", "A3", "A5", "Letter")


def printable() -> bool:
    """Whether this version's servers make price lists."""
    return PRICE_LIST in OPERATIONS


def print_price_list(desk: Desk, owner: QWidget, tariff: TariffView) -> FormDialog:
    """Ask which list, in what language and on what paper; then open it."""
    title = _("Price list of {tariff}", tariff=tariff.name)
    form = Form()
    kinds = [("pdf", _("All prices, by country")), ("poster", _("A poster for the window, one page"))]
    form.pick("format", _("&What to print"), kinds, help=_("The poster has each country once, with its lowest price, in letters as large as fit."))
    with form.row():
        form.pick("language", _("&Language"), person_languages(_("The reseller's")))
        form.pick("paper", _("&Paper"), [("", _("As in the settings")), *((each, each) for each in PAPERS)])

    def came(document: Any) -> None:
        from appliance.gui.widgets.document_view import DocumentDialog

        assert isinstance(document, Binary)
        DocumentDialog(desk, owner, title, document).open()

    dialog = FormDialog(
        desk.client,
        owner,
        title=title,
        form=form,
        verb=_("Show"),
        operation=PRICE_LIST,
        request=lambda values: PriceListPrint(tariff.id, **values),
        on_done=came,
    )
    dialog.open()
    return dialog


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
    wait_for(desk, owner, _("Price list of {tariff}", tariff=tariff.name), PRICE_LIST, wanted, came)

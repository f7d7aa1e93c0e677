"""What is known of a customer as a file for him, and forgetting him for good."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QSaveFile, QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.open_form import open_form
from appliance.gui.words import _, isolate
from appliance.wire.customers import CustomerView
from appliance.wire.privacy import PersonErase, PersonErased
from appliance.wire.shapes import Binary, ById


def export_person(desk: Desk, owner: QWidget, customer: CustomerView) -> None:
    """Ask for a place, then for the file; who took it stands in the audit log."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    dialog = QFileDialog(owner, _("All that is known of {customer}", customer=customer.name), f"{folder}/person-{customer.id}.json", "JSON (*.json)")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("json")
    dialog.fileSelected.connect(lambda file: write_person(desk, owner, customer, file))
    dialog.open()


def write_person(desk: Desk, owner: QWidget, customer: CustomerView, file: str) -> None:
    """Ask for it and write it."""

    def came(document: Binary) -> None:
        target = QSaveFile(file)
        if target.open(QSaveFile.OpenModeFlag.WriteOnly) and target.write(document.content) >= 0 and target.commit():
            desk.toast(_("All that is known is in {file}", file=isolate(file)))
        else:
            desk.toast(_("The file cannot be written: {reason}", reason=target.errorString()))

    operation.run(owner, desk.client, "customers.person", ById(customer.id), on_done=came)


class EraseForm(Form):
    """The name typed again, and why."""

    def __init__(self, customer: CustomerView) -> None:
        super().__init__()
        self.note(
            _(
                "Name, addresses, logins, phones and the ends of dialled numbers are removed for good. Money, invoices and the counts of calls stay. "
                "Nothing may be owed. This cannot be undone."
            )
        )
        self.text("name", _("&Name, typed again"), required=True, help=isolate(customer.name))
        self.text("reason", _("&Why"), required=True, help=_("It stands in the audit log: such as the letter that asked for it."))


def erase_customer(desk: Desk, owner: QWidget, customer: CustomerView, on_done: Callable[[], None]) -> FormDialog:
    """Open the form that forgets a customer."""

    def done(view: PersonErased) -> None:
        desk.toast(_("The customer is forgotten."))
        on_done()

    return open_form(
        desk,
        owner,
        _("Forget {customer}", customer=customer.name),
        EraseForm(customer),
        "customers.erase",
        lambda values: msgspec.convert({"id": customer.id, **values}, PersonErase),
        done,
        verb=_("Forget for good"),
        dangerous=True,
    )

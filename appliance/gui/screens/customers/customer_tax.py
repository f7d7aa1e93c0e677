"""The tax of a customer: how it is chosen, in the customer's form and in words, and the check of a VAT number that reverse charge needs."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QComboBox, QWidget

from appliance.gui import words
from appliance.gui.desk import Desk
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.words import _
from appliance.wire.customers import CustomerView
from appliance.wire.taxes import VatCheck

EXEMPT, REVERSE, OWN = "exempt", "reverse_charge", "own"
RULE = ""


def kinds() -> list[tuple[str, str]]:
    """(value, text) of the ways a customer's tax is chosen."""
    return [
        (RULE, _("By country and VAT number")),
        (EXEMPT, _("Exempt from tax")),
        (REVERSE, _("Reverse charge: the customer pays it")),
        (OWN, _("A percentage of its own")),
    ]


def tax_text(view: CustomerView) -> str:
    """How this customer's tax is chosen, in words."""
    kind, percent = _parts(view.tax)
    return words.percent(percent) if kind == OWN else dict(kinds())[kind]


def tax_fields(form: Form) -> None:
    """VAT number, the way, and the percentage where that is the way: fields `vat_number`, `tax` and `tax_percent`."""
    form.text("vat_number", _("&VAT number"))
    form.pick("tax", _("Ta&x"), kinds())
    form.text("tax_percent", _("Percentage"), required=True, help=_("0 to 100, such as 8.5."))
    way = form.field("tax")
    assert isinstance(way, QComboBox)
    way.currentIndexChanged.connect(lambda _at: form.show_field("tax_percent", way.currentData() == OWN))
    form.show_field("tax_percent", False)


def tax_filled(view: CustomerView) -> dict[str, Any]:
    """What those fields are filled with."""
    kind, percent = _parts(view.tax)
    return {"tax": kind, "tax_percent": words.plain_amount(percent), "vat_number": view.vat_number or ""}


def tax_sent(values: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """`values`, those that are sent, with `tax` and `vat_number` as the server knows them; `whole`: everything the form holds."""
    sent = {name: value for name, value in values.items() if name not in ("tax", "tax_percent", "vat_number")}
    if "tax" in values or "tax_percent" in values:
        sent["tax"] = whole["tax_percent"].replace(words.decimal_point(), ".").rstrip(" %") if whole["tax"] == OWN else whole["tax"] or None
    if "vat_number" in values:
        sent["vat_number"] = values["vat_number"] or None
    return sent


def check_vat(desk: Desk, owner: QWidget, view: CustomerView) -> FormDialog:
    """Write down that the VAT number was looked up, and what came out: invoices without tax need it, with its day."""
    form = Form()
    form.note(_("Look up {number} at your tax office or at VIES, then write down what it said.", number=view.vat_number))
    form.pick("valid", _("&What it said"), [(True, _("The number is valid")), (False, _("The number is not valid"))])
    form.text("how", _("&Where it was looked up"), placeholder="VIES")
    dialog = FormDialog(
        desk.client,
        owner,
        title=_("VAT number checked"),
        form=form,
        verb=_("Save"),
        operation="taxes.check",
        request=lambda values: VatCheck(customer=view.id, **values),
        on_done=lambda done: desk.toast(_("The check of {number} is kept", number=done.vat_number)),
    )
    dialog.open()
    return dialog


def _parts(tax: str | None) -> tuple[str, str]:
    """(way, percentage) of what is kept."""
    if tax in (None, "", EXEMPT, REVERSE):
        return tax or RULE, ""
    return OWN, str(tax)

"""Pricing a filtered list of calls again: by the tariffs of now, of then or another one; the difference first, posted after it was seen (S13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from appliance.gui.desk import Desk
from appliance.gui.screens.parts.difference_view import DifferenceView, sums_words
from appliance.gui.screens.tariffs.tariff_forms import tariff_line
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.long_work import LongWork
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.gui.widgets.plain import column, holding
from appliance.gui.words import _, plural
from appliance.wire.corrections import Difference, Rerate, RerateApply
from appliance.wire.shapes import Listing

NOW, THEN, OTHER = "now", "then", "tariff"
SIZE = (760, 560)


class RerateForm(Form):
    """By which prices, and whose charges."""

    def __init__(self, desk: Desk, calls: int | None) -> None:
        super().__init__()
        many = _("All answered calls of the list as it is filtered now.")
        self.note(many if calls is None else many + " " + plural("It shows {n} call.", "It shows {n} calls.", calls))
        ways = [(NOW, _("The tariffs as they are now")), (THEN, _("The tariffs as they were when the call ended")), (OTHER, _("Another tariff"))]
        which = self.pick("prices", _("&Prices"), ways)
        self.choice("tariff", _("&Tariff"), desk.client, "tariffs.list", show=tariff_line, request=Listing(), required=True)
        self.pick("level", _("&Whose charges"), [(None, _("Customers and resellers")), (0, _("Customers alone"))])
        self.note(_("The difference is shown first. Invoiced calls get credit notes or stand on the next invoice; issued invoices stay as they are."))
        assert isinstance(which, QComboBox)
        self._which = which
        which.currentIndexChanged.connect(self._fit)
        self._fit()

    def asked(self, wanted: Mapping[str, Any]) -> Rerate | None:
        """The request for the calls of a filter; None where a field is not right, which is said there."""
        values = self.values()
        if values is None:
            return None
        other = values["prices"] == OTHER
        tariff = values.get("tariff") if other else None
        return Rerate(**wanted, prices=NOW if other else values["prices"], tariff=tariff, level=0 if other else values["level"])

    def _fit(self) -> None:
        other = self._which.currentData() == OTHER
        self.show_field("tariff", other)
        self.show_field("level", not other)


def rerate_calls(desk: Desk, owner: QWidget, wanted: Mapping[str, Any], calls: int | None) -> PanelDialog:
    """Ask how, show the difference, post it. `wanted` are fields of CdrFilter."""
    form = RerateForm(desk, calls)

    def go() -> bool:
        request = form.asked(wanted)
        if request is None:
            return False
        preview(desk, owner, request)
        return True

    dialog = PanelDialog(owner, _("Price calls again"), form, verb=_("Show the &difference"), run=go, size=(520, 0))
    dialog.open()
    return dialog


def preview(desk: Desk, owner: QWidget, request: Rerate) -> LongWork:
    """What would change."""
    dialog = LongWork(
        desk,
        owner,
        title=_("Working out the difference"),
        text=_("The calls are priced again. Nothing is posted yet."),
        name="cdrs.rerate_preview",
        request=request,
        on_done=lambda found: show_difference(desk, owner, request, found),
    )
    dialog.open()
    return dialog


def show_difference(desk: Desk, owner: QWidget, request: Rerate, found: Difference) -> PanelDialog:
    """The figures, and the verb that posts them where anything differs."""
    shown = DifferenceView(desk)
    shown.show_difference(found)
    form = Form()
    note: QLineEdit = form.text("note", _("&Why"), placeholder=_("For the books, for example: wrong price of Spain in June"))
    form.setVisible(bool(found.changed))
    inner = holding(column(shown, form, gap="medium"))

    def go() -> bool:
        post(desk, owner, request, found, note.text().strip())
        return True

    may = bool(found.changed) and desk.may("cdrs.rerate")
    dialog = PanelDialog(
        owner, _("The difference"), inner, verb=_("&Post the difference") if may else "", run=go, dangerous=True, close=_("Post nothing"), size=SIZE
    )
    dialog.open()
    return dialog


def post(desk: Desk, owner: QWidget, request: Rerate, found: Difference, note: str) -> LongWork:
    """Exactly what was shown, or nothing."""
    fields = {name: getattr(request, name) for name in Rerate.__struct_fields__}
    dialog = LongWork(
        desk,
        owner,
        title=_("Posting the difference"),
        text=plural("{n} charge is put right: {sums}.", "{n} charges are put right: {sums}.", found.changed, sums=sums_words(found.parties)),
        name="cdrs.rerate",
        request=RerateApply(**fields, fingerprint=found.fingerprint, note=note),
        on_done=lambda done: desk.toast(posted_words(done)),
        told=posted_words,
        counted="call",
        total=found.changed,
    )
    dialog.open()
    return dialog


def posted_words(done: Difference) -> str:
    """What became of it."""
    said = plural("{n} charge is put right", "{n} charges are put right", done.posted)
    if done.credit_notes:
        said += ", " + plural("{n} invoice is corrected", "{n} invoices are corrected", len(done.credit_notes))
    return said

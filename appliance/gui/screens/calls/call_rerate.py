"""Pricing a filtered list of calls again: by the tariffs of now, of then or another one; the difference first, posted after it was seen (S13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QWidget

from appliance.gui.desk import Desk
from appliance.gui.screens.calls.call_again import NOW, OTHER, THEN, AgainForm, Kind, ask
from appliance.gui.screens.parts.difference_view import DifferenceView, sums_words
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.gui.words import _, plural
from appliance.wire.corrections import Difference, Rerate, RerateApply

SIZE = (760, 560)


class RerateForm(AgainForm):
    """By which prices, and whose charges."""

    def __init__(self, desk: Desk, calls: int | None) -> None:
        ways = [(NOW, _("The tariffs as they are now")), (THEN, _("The tariffs as they were when the call ended")), (OTHER, _("Another tariff"))]
        super().__init__(desk, _("All answered calls of the list as it is filtered now."), calls, ways)
        self.pick("level", _("&Whose charges"), [(None, _("Customers and resellers")), (0, _("Customers alone"))])
        self.note(_("The difference is shown first. Invoiced calls get credit notes or stand on the next invoice; issued invoices stay as they are."))
        self.fit()

    def asked(self, wanted: Mapping[str, Any]) -> Rerate | None:
        """The request for the calls of a filter; None where a field is not right, which is said there."""
        values = self.values()
        if values is None:
            return None
        tariff, prices, level = (values.get("tariff"), NOW, 0) if self.other else (None, values["prices"], values["level"])
        return Rerate(**wanted, prices=prices, tariff=tariff, level=level)

    def fit(self) -> None:
        super().fit()
        self.show_field("level", not self.other)


def rerate_calls(desk: Desk, owner: QWidget, wanted: Mapping[str, Any], calls: int | None) -> PanelDialog:
    """Ask how, show the difference, post it. `wanted` are fields of CdrFilter."""
    form = RerateForm(desk, calls)
    return ask(desk, owner, kind(), form, lambda: form.asked(wanted))


def kind() -> Kind[Difference]:
    """In the words of now."""
    return Kind(
        title=_("Price calls again"),
        working=_("The calls are priced again. Nothing is posted yet."),
        preview="cdrs.rerate_preview",
        post="cdrs.rerate",
        apply=RerateApply,
        placeholder=_("For the books, for example: wrong price of Spain in June"),
        width=520,
        size=SIZE,
        view=_shown,
        posting=lambda found: plural(
            "{n} charge is put right: {sums}.", "{n} charges are put right: {sums}.", found.changed, sums=sums_words(found.parties)
        ),
        posted=posted_words,
    )


def _shown(desk: Desk, found: Difference) -> DifferenceView:
    shown = DifferenceView(desk)
    shown.show_difference(found)
    return shown


def posted_words(done: Difference) -> str:
    """What became of it."""
    said = plural("{n} charge is put right", "{n} charges are put right", done.posted)
    if done.credit_notes:
        said += ", " + plural("{n} invoice is corrected", "{n} invoices are corrected", len(done.credit_notes))
    return said

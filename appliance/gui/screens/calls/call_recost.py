"""What carriers ask for a filtered list of calls, worked out again by a corrected buying tariff: the difference first, then posted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from appliance.gui.column import Column
from appliance.gui.desk import Desk
from appliance.gui.screens.parts.tariff_words import signed
from appliance.gui.screens.tariffs.tariff_forms import tariff_line
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.long_work import LongWork
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.gui.widgets.plain import column, holding, label
from appliance.gui.widgets.rows_list import RowsList
from appliance.gui.words import _, count, micros, money, plural
from appliance.wire.corrections import CostDifference, Recost, RecostApply, TrunkDifference
from appliance.wire.shapes import Listing

NOW, THEN, OTHER = "now", "then", "tariff"
SIZE = (700, 520)


class RecostForm(Form):
    """By which buying prices."""

    def __init__(self, desk: Desk, calls: int | None) -> None:
        super().__init__()
        many = _("All calls of the list as it is filtered now that went out by a trunk.")
        self.note(many if calls is None else many + " " + plural("It shows {n} call.", "It shows {n} calls.", calls))
        ways = [
            (NOW, _("The trunks' buying tariffs as they are now")),
            (THEN, _("The trunks' buying tariffs as they were when the call ended")),
            (OTHER, _("Another buying tariff")),
        ]
        which = self.pick("prices", _("&Prices"), ways)
        self.choice("tariff", _("&Tariff"), desk.client, "tariffs.list", show=tariff_line, request=Listing(), required=True)
        self.note(
            _("For a price deck of a carrier that came late or was wrong. What customers pay stays; cost, margin and the carrier's account change.")
        )
        assert isinstance(which, QComboBox)
        self._which = which
        which.currentIndexChanged.connect(self._fit)
        self._fit()

    def asked(self, wanted: Mapping[str, Any]) -> Recost | None:
        """The request for the calls of a filter; None where a field is not right, which is said there."""
        values = self.values()
        if values is None:
            return None
        other = values["prices"] == OTHER
        return Recost(**wanted, prices=NOW if other else values["prices"], tariff=values.get("tariff") if other else None)

    def _fit(self) -> None:
        self.show_field("tariff", self._which.currentData() == OTHER)


class CostView(QWidget):
    """The sentence, and a line a carrier."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.said = label("", wrap=True)
        columns = [
            Column("trunk", _("Trunk"), width=170, grows=True),
            Column("calls", _("Calls"), "count", width=80),
            Column("changed", _("Calls changed"), "count", width=120),
            Column("before", _("Was"), "money", width=112, currency="currency"),
            Column("after", _("Would be"), "money", width=112, currency="currency"),
            Column("difference", _("Difference"), "money", width=112, currency="currency"),
        ]
        self.list = RowsList(desk, columns, _("By carrier"), Empty(_("No carrier would ask otherwise.")), "recost")
        self.setLayout(column(self.said, self.list, gap="medium"))

    def show_difference(self, found: CostDifference) -> None:
        """Those that differ most first."""
        self.said.setText(cost_words(found))
        self.list.show_rows(sorted((each for each in found.trunks if each.changed), key=lambda each: -abs(micros(each.difference))))


def cost_sums(trunks: Sequence[TrunkDifference]) -> str:
    """What the calls cost more or less in all, by currency: "+12.30 EUR"; "" where nothing differs."""
    sums: dict[str, int] = {}
    for each in trunks:
        sums[each.currency] = sums.get(each.currency, 0) + micros(each.difference)
    return ", ".join(signed(money(total, currency), str(total)) for currency, total in sorted(sums.items()) if total)


def cost_words(found: CostDifference) -> str:
    """The difference in one or two sentences."""
    if not found.changed:
        said = plural("{n} call was looked at; its cost stays.", "{n} calls were looked at; their cost stays.", found.calls)
    else:
        places = {"changed": count(found.changed), "sums": cost_sums(found.trunks) or money(0, "")}
        said = plural(
            "{n} call was looked at; {changed} cost otherwise, {sums} in all.",
            "{n} calls were looked at; {changed} cost otherwise, {sums} in all.",
            found.calls,
            **places,
        )
    if found.without_price:
        said += " " + plural(
            "{n} call has no price there and stays as it is.", "{n} calls have no price there and stay as they are.", found.without_price
        )
    return said


def recost_calls(desk: Desk, owner: QWidget, wanted: Mapping[str, Any], calls: int | None) -> PanelDialog:
    """Ask by which prices, show the difference, post it. `wanted` are fields of CdrFilter."""
    form = RecostForm(desk, calls)

    def go() -> bool:
        request = form.asked(wanted)
        if request is None:
            return False
        _preview(desk, owner, request)
        return True

    dialog = PanelDialog(owner, _("Work the carriers' cost out again"), form, verb=_("Show the &difference"), run=go, size=(540, 0))
    dialog.open()
    return dialog


def _preview(desk: Desk, owner: QWidget, request: Recost) -> LongWork:
    dialog = LongWork(
        desk,
        owner,
        title=_("Working out the difference"),
        text=_("The calls' cost is worked out again. Nothing is posted yet."),
        name="cdrs.recost_preview",
        request=request,
        on_done=lambda found: _show(desk, owner, request, found),
    )
    dialog.open()
    return dialog


def _show(desk: Desk, owner: QWidget, request: Recost, found: CostDifference) -> PanelDialog:
    shown = CostView(desk)
    shown.show_difference(found)
    form = Form()
    note: QLineEdit = form.text("note", _("&Why"), placeholder=_("For the books, for example: the carrier's deck of June came late"))
    form.setVisible(bool(found.changed))

    def go() -> bool:
        _post(desk, owner, request, found, note.text().strip())
        return True

    may = bool(found.changed) and desk.may("cdrs.recost")
    verb = _("&Post the difference") if may else ""
    inner = holding(column(shown, form, gap="medium"))
    dialog = PanelDialog(owner, _("The difference"), inner, verb=verb, run=go, dangerous=True, close=_("Post nothing"), size=SIZE)
    dialog.open()
    return dialog


def _post(desk: Desk, owner: QWidget, request: Recost, found: CostDifference, note: str) -> LongWork:
    fields = {name: getattr(request, name) for name in Recost.__struct_fields__}
    dialog = LongWork(
        desk,
        owner,
        title=_("Posting the difference"),
        text=plural(
            "The cost of {n} call is put right: {sums}.", "The cost of {n} calls is put right: {sums}.", found.changed, sums=cost_sums(found.trunks)
        ),
        name="cdrs.recost",
        request=RecostApply(**fields, fingerprint=found.fingerprint, note=note),
        on_done=lambda done: desk.toast(posted_words(done)),
        told=posted_words,
        counted="call",
        total=found.changed,
    )
    dialog.open()
    return dialog


def posted_words(done: CostDifference) -> str:
    """What became of it."""
    return plural("The cost of {n} call is put right", "The cost of {n} calls is put right", done.posted)

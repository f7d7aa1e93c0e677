"""What carriers ask for a filtered list of calls, worked out again by a corrected buying tariff: the difference first, then posted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from appliance.gui.column import Column
from appliance.gui.desk import Desk
from appliance.gui.screens.calls.call_again import NOW, OTHER, THEN, AgainForm, Kind, ask
from appliance.gui.screens.parts.tariff_words import signed
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.gui.widgets.plain import column, label
from appliance.gui.widgets.rows_list import RowsList
from appliance.gui.words import _, count, micros, money, plural
from appliance.wire.corrections import CostDifference, Recost, RecostApply, TrunkDifference

SIZE = (700, 520)


class RecostForm(AgainForm):
    """By which buying prices."""

    def __init__(self, desk: Desk, calls: int | None) -> None:
        ways = [
            (NOW, _("The trunks' buying tariffs as they are now")),
            (THEN, _("The trunks' buying tariffs as they were when the call ended")),
            (OTHER, _("Another buying tariff")),
        ]
        super().__init__(desk, _("All calls of the list as it is filtered now that went out by a trunk."), calls, ways)
        self.note(
            _("For a price deck of a carrier that came late or was wrong. What customers pay stays; cost, margin and the carrier's account change.")
        )
        self.fit()

    def asked(self, wanted: Mapping[str, Any]) -> Recost | None:
        """The request for the calls of a filter; None where a field is not right, which is said there."""
        values = self.values()
        if values is None:
            return None
        return Recost(**wanted, prices=NOW if self.other else values["prices"], tariff=values.get("tariff") if self.other else None)


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
    return ask(desk, owner, kind(), form, lambda: form.asked(wanted))


def kind() -> Kind[CostDifference]:
    """In the words of now."""
    return Kind(
        title=_("Work the carriers' cost out again"),
        working=_("The calls' cost is worked out again. Nothing is posted yet."),
        preview="cdrs.recost_preview",
        post="cdrs.recost",
        apply=RecostApply,
        placeholder=_("For the books, for example: the carrier's deck of June came late"),
        width=540,
        size=SIZE,
        view=_shown,
        posting=lambda found: plural(
            "The cost of {n} call is put right: {sums}.", "The cost of {n} calls is put right: {sums}.", found.changed, sums=cost_sums(found.trunks)
        ),
        posted=posted_words,
    )


def _shown(desk: Desk, found: CostDifference) -> CostView:
    shown = CostView(desk)
    shown.show_difference(found)
    return shown


def posted_words(done: CostDifference) -> str:
    """What became of it."""
    return plural("The cost of {n} call is put right", "The cost of {n} calls is put right", done.posted)

"""What calls cost and would cost: by customer and reseller, and by destination, with the sums of each currency (N5, S13)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QTabWidget, QWidget

from appliance.gui.column import Column
from appliance.gui.desk import Desk
from appliance.gui.screens.parts.tariff_words import signed
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.plain import column, label
from appliance.gui.widgets.rows_list import RowsList
from appliance.gui.words import _, count, micros, money, plural
from appliance.wire.corrections import Difference, PartyDifference


def level_word(level: int) -> str:
    """Who pays at a level."""
    return _("Customer") if level == 0 else _("Reseller")


def sums_words(parties: Sequence[PartyDifference]) -> str:
    """What customers pay more or less in all, by currency: "+12.30 EUR"; "" where nobody pays otherwise."""
    own = [each for each in parties if each.level == 0] or list(parties)
    sums: dict[str, int] = {}
    for each in own:
        sums[each.currency] = sums.get(each.currency, 0) + micros(each.difference)
    return ", ".join(signed(money(total, currency), str(total)) for currency, total in sorted(sums.items()) if total)


def difference_words(found: Difference) -> str:
    """The difference in one or two sentences."""
    if not found.changed:
        said = plural(
            "{n} call was looked at; nothing would be charged otherwise.",
            "{n} calls were looked at; nothing would be charged otherwise.",
            found.calls,
        )
    else:
        places = {"charges": count(found.changed), "sums": sums_words(found.parties) or money(0, "")}
        said = plural(
            "{n} call was looked at; {charges} charges differ, customers pay {sums} in all.",
            "{n} calls were looked at; {charges} charges differ, customers pay {sums} in all.",
            found.calls,
            **places,
        )
    if found.without_price:
        said += " " + plural(
            "{n} call has no price there and stays as it is.", "{n} calls have no price there and stay as they are.", found.without_price
        )
    return said


class DifferenceView(QWidget):
    """The sentence, and two lists below it; `show_difference` fills them."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.said = label("", wrap=True)
        amounts = [
            Column("before", _("Was"), "money", width=112, currency="currency"),
            Column("after", _("Would be"), "money", width=112, currency="currency"),
            Column("difference", _("Difference"), "money", width=112, currency="currency"),
        ]
        parties = [
            Column("party", _("Customer or reseller"), width=170, grows=True),
            Column(lambda each: level_word(each.level), _("Who"), width=90, shown=False),
            Column("changed", _("Calls changed"), "count", width=100),
            *amounts,
        ]
        places = [Column("destination", _("Destination"), width=170, grows=True), Column("calls", _("Calls"), "count", width=90), *amounts]
        none = Empty(_("Nobody would pay otherwise."))
        self.parties, self.places = RowsList(desk, parties, _("By customer"), none), RowsList(desk, places, _("By destination"), none)
        self.tabs = QTabWidget()
        self.tabs.addTab(self.parties, _("By customer"))
        self.tabs.addTab(self.places, _("By destination"))
        self.setLayout(column(self.said, self.tabs, gap="medium"))

    def show_difference(self, found: Difference) -> None:
        """Those that differ most first."""
        self.said.setText(difference_words(found))
        self.parties.show_rows(sorted((each for each in found.parties if each.changed), key=lambda each: -abs(micros(each.difference))))
        self.places.show_rows(
            sorted((each for each in found.destinations if micros(each.difference)), key=lambda each: -abs(micros(each.difference)))
        )

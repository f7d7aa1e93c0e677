"""The last step of an import: what was written, and the way back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from appliance.gui.widgets.plain import button, card, column, label, row
from appliance.gui.widgets.problem_view import ProblemView
from appliance.gui.words import _, count, moment, plural
from appliance.wire.price_work import PriceWork
from appliance.wire.rates import RatesChanged


class DonePage(QWidget):
    """Shown after an import; Undo stays as long as the page does, and afterwards stands at the tariff's versions."""

    def __init__(self, undo: Callable[[], None], open_prices: Callable[[], None], again: Callable[[], None], radar: Callable[[], None]) -> None:
        super().__init__()
        self.undoable = False
        self.heading = label("", "title", wrap=True)
        self.since = label("", "muted", wrap=True)
        self.said = label("", wrap=True)
        self.problem = ProblemView()
        self.undo_button = button(_("&Undo import"), undo)
        self.open_button = button(_("&Open prices"), open_prices, "primary")
        self.radar_button = button(_("&Margin radar"), radar)
        self.radar_button.setToolTip(_("Which prices lose money now"))
        another = button(_("&Import another"), again, "link")
        inner = column(
            self.heading,
            self.since,
            self.said,
            self.problem,
            row(self.open_button, self.radar_button, self.undo_button, another, None),
            gap="large",
            margin="wide",
        )
        made = card(inner)
        made.setMaximumWidth(640)
        self.setLayout(column(row(made, None), None, margin="large"))

    def show_done(self, work: PriceWork) -> None:
        """It is written."""
        self.undoable = work.import_id is not None
        self.problem.forget()
        self.heading.setText(_("The prices of {tariff} are in use", tariff=work.tariff))
        self.since.setText("   ·   ".join(filter(None, (work.file, moment(work.ended_at or ""), work.operator))))
        parts = [
            _(
                "{added} added, {changed} changed, {removed} removed, {same} as they were.",
                added=count(work.added),
                changed=count(work.changed),
                removed=count(work.removed),
                same=count(work.unchanged),
            )
        ]
        if work.left_out:
            parts.append(plural("{n} line was left out.", "{n} lines were left out.", work.left_out))
        parts.append(_("Calls that begin from now on are priced by them. The import can be undone here and at the tariff's versions."))
        self.said.setText(" ".join(parts))
        self.undo_button.setVisible(self.undoable)
        self.open_button.setFocus()

    def show_undone(self, done: RatesChanged) -> None:
        """It is taken back."""
        self.undoable = False
        self.problem.forget()
        self.heading.setText(_("The import is undone"))
        self.said.setText(_("{removed} prices gone, {added} back as before.", removed=count(done.removed), added=count(done.added)))
        self.undo_button.hide()

"""The details of a tariff, edited where they stand."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.screen import Action
from appliance.gui.screens.tariffs.tariff_forms import TariffDetails
from appliance.gui.screens.tariffs.what_if import triable, try_change
from appliance.gui.theme import space
from appliance.gui.widgets.plain import button, column, holding, line, row, scrolling
from appliance.gui.words import _
from appliance.wire.problem import Problem
from appliance.wire.tariffs import TariffUpdate, TariffView


class DetailsTab(QWidget):
    """A form with Save and Discard, which work once something differs. What was typed outlives a refresh."""

    verbs_changed = Signal()

    def __init__(self, desk: Desk, tariff: TariffView) -> None:
        super().__init__()
        self.desk, self.tariff = desk, tariff
        self.form = TariffDetails(desk, derived=tariff.base is not None)
        self.form.setMaximumWidth(860)
        self.save_button = button(_("&Save"), self.save, "primary")
        self.discard_button = button(_("Discard"), self.discard)
        inner = holding(column(row(self.form, None), None, margin="large"))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(scrolling(inner), 1)
        box.addWidget(line())
        foot = row(None, self.discard_button, self.save_button)
        foot.setContentsMargins(space("large"), space("medium"), space("large"), space("medium"))
        box.addLayout(foot)
        self._fill()
        self.form.edited.connect(self._edited)

    def show_tariff(self, tariff: TariffView) -> None:
        """The tariff as it is now; nothing typed is lost."""
        if self.tariff == tariff:
            return
        self.tariff = tariff
        if not self.changed():
            self._fill()

    def changed(self) -> bool:
        """Whether anything differs from what was filled in."""
        return self.save_button.isEnabled()

    def verbs(self) -> list[Action]:
        """Save and Discard."""
        return [
            Action("tariff.save", _("Save"), self.save, "Ctrl+S", "good", enabled=self.changed(), primary=True, operation="tariffs.update"),
            Action("tariff.try", _("Try on past calls"), self.try_out, "Ctrl+T", "test", enabled=self.changed(), operation="tariffs.what_if"),
            Action("tariff.discard", _("Discard"), self.discard, "", "clear", enabled=self.changed(), operation="tariffs.update"),
        ]

    def leave(self) -> bool:
        """Typed but not saved: it stays, and is said."""
        if self.changed():
            self.desk.toast(_("Save or discard what you changed first."))
            return False
        return True

    def save(self) -> None:
        """Send what differs."""
        changed = self.form.changed()
        if changed is None:
            return
        if not changed:
            self.discard()
            return
        if "surcharge_per_minute" in changed and changed["surcharge_per_minute"] is None:
            changed["surcharge_per_minute"] = "0"
        request = TariffUpdate(id=self.tariff.id, version=self.tariff.version, **changed)
        operation.run(self, self.desk.client, "tariffs.update", request, on_done=self._saved, on_problem=self.tell_problem, busy=self.save_button)

    def try_out(self) -> None:
        """What it would have meant for the calls of the last days; nothing is saved yet."""
        changed = self.form.changed()
        if changed is None:
            return
        tried = triable(changed)
        if tried:
            try_change(self.desk, self, self.tariff.id, details=tried, save=self.save)
        else:
            self.desk.toast(_("Markup, surcharge and the ways of counting and rounding can be tried; the rest changes no price of past calls."))

    def discard(self) -> None:
        """As it was."""
        self._fill()

    def tell_problem(self, problem: Problem) -> None:
        """Say it at the field or above the form."""
        self.form.show_problem(problem)

    def _saved(self, tariff: TariffView) -> None:
        self.tariff = tariff
        self._fill()
        self.desk.toast(_("{name} is saved", name=tariff.name))

    def _fill(self) -> None:
        self.form.show_tariff(self.tariff)
        self.form.forget_problem()
        self._mark(False)

    def _edited(self) -> None:
        self._mark(True)

    def _mark(self, changed: bool) -> None:
        alive = self.tariff.archived_at is None
        self.save_button.setEnabled(changed and alive)
        self.discard_button.setEnabled(changed)
        self.verbs_changed.emit()

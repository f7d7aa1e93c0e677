"""The tab of a tariff's time bands: the week as a grid, the bands beside it, saved together."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.screen import Action
from appliance.gui.screens.parts.tariff_words import band_rules
from appliance.gui.screens.tariffs.tariff_bands import DAYS, STEPS, Week, WeekGrid, clock_of, day_names, minute_of
from appliance.gui.theme import space
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.gui.widgets.pick_box import PickBox
from appliance.gui.widgets.plain import button, column, edge, holding, label, row
from appliance.gui.widgets.problem_view import ProblemView
from appliance.gui.words import _, count, duration, plural
from appliance.wire.allowances import BandsSet, BandsView, TariffRef
from appliance.wire.problem import Problem
from appliance.wire.tariffs import TariffView

SIDE = 196
WORKDAYS = 5


class BandsTab(QWidget):
    """What is changed stays until Save or Discard, whatever comes from the server meanwhile."""

    verbs_changed = Signal()

    def __init__(self, desk: Desk, tariff: TariffView) -> None:
        super().__init__()
        self.desk, self.tariff = desk, tariff
        self.view: BandsView | None = None
        self.names: list[str] = []
        self.dirty = False
        self.grid = WeekGrid(desk.theme, may=lambda: self.editable)
        self.grid.given.connect(self._edited)
        self.problem = ProblemView()
        self.said = label("", "muted", wrap=True)
        self.bands = QListWidget()
        self.bands.setAccessibleName(_("Time bands"))
        self.bands.setMaximumHeight(170)
        self.bands.itemActivated.connect(lambda _item: self._give_chosen())
        self.rule = PickBox()
        self.rule.setAccessibleName(_("A call over two time bands"))
        for value, text in band_rules():
            self.rule.addItem(text, value)
        self.rule.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.rule.setMinimumContentsLength(12)
        self.rule.activated.connect(lambda _at: self._edited())
        self.step = PickBox()
        self.step.setAccessibleName(_("Steps of the grid"))
        for minutes in STEPS[:-1]:
            self.step.addItem(_("Hours") if minutes == STEPS[0] else plural("{n} minute", "{n} minutes", minutes), minutes)
        self.step.activated.connect(lambda _at: self._show())
        self.save_button = button(_("&Save"), self.save, "primary")
        self.discard_button = button(_("Discard"), self.discard)
        self.add_button = button(_("&Add band"), self.add)
        self.rename_button = button(_("Re&name"), self.rename)
        self.remove_button = button(_("Remo&ve"), self.remove)
        self._lay()
        self.bands.currentRowChanged.connect(lambda _at: self._fit())
        self._fit()

    @property
    def editable(self) -> bool:
        """A derived tariff has the hours of its base; an archived one is not changed."""
        return self.tariff.base is None and self.tariff.archived_at is None and self.desk.may("tariffs.set_bands")

    def refresh(self) -> None:
        """Ask for the bands that hold."""
        operation.run(self, self.desk.client, "tariffs.bands", TariffRef(self.tariff.id), on_done=self._came, on_problem=self._failed)

    def verbs(self) -> list[Action]:
        """What can be done now."""
        may, chosen = self.editable, self.bands.currentRow() >= 0
        return [
            Action("bands.save", _("Save"), self.save, "Ctrl+S", "good", enabled=self.dirty, primary=True, operation="tariffs.set_bands"),
            Action("bands.discard", _("Discard"), self.discard, "", "clear", enabled=self.dirty, operation="tariffs.set_bands"),
            Action("bands.add", _("Add time band"), self.add, "Ctrl+N", "add", enabled=may, group=1, operation="tariffs.set_bands"),
            Action("bands.rename", _("Rename band"), self.rename, "F2", "edit", enabled=may and chosen, group=1, operation="tariffs.set_bands"),
            Action(
                "bands.remove",
                _("Remove band"),
                self.remove,
                "Ctrl+Shift+Del",
                "remove",
                enabled=may and chosen,
                group=1,
                operation="tariffs.set_bands",
            ),
        ]

    def leave(self) -> bool:
        """Changed but not saved: it stays, and is said."""
        if self.dirty:
            self.desk.toast(_("Save or discard what you changed first."))
        return not self.dirty

    # what is done --------------------------------------------------------------------------------------------------
    def save(self) -> None:
        """All bands at once."""
        request = BandsSet(tariff=self.tariff.id, bands=self.grid.week_model.week.bands(), band_rule=str(self.rule.currentData()))
        operation.run(self, self.desk.client, "tariffs.set_bands", request, on_done=self._saved, on_problem=self._refused, busy=self.save_button)

    def discard(self) -> None:
        """As the server has them."""
        self._mark(False)
        if self.view is not None:
            self._came(self.view)

    def add(self) -> None:
        """A new band with its first hours."""
        form = band_form()

        def go() -> bool:
            values = form.values()
            if values is None:
                return False
            starts, ends = minute_of(values["starts"]), minute_of(values["ends"]) or minute_of("24:00")
            days = [day for day in range(DAYS) if values[f"day{day}"]]
            name = values["name"]
            for day in days:
                for first, last in [(starts, ends)] if starts < ends else [(0, ends), (starts, minute_of("24:00"))]:
                    self.grid.week_model.week.give(name, day, first, last)
            if name not in self.names:
                self.names.append(name)
            self._edited()
            return True

        PanelDialog(self, _("Add time band"), form, verb=_("Add band"), run=go, size=(420, 0)).open()

    def rename(self) -> None:
        """Another name; prices that name it keep the old one and keep it from being saved, which the server says."""
        at = self.bands.currentRow()
        if not self.editable or at < 0:
            return
        before = self.names[at]
        form = Form()
        form.text("name", _("&Name"), required=True, longest=40)
        form.fill({"name": before})

        def go() -> bool:
            values = form.values()
            if values is None:
                return False
            after = values["name"]
            self.grid.week_model.week.rename(before, after)
            self.names = list(dict.fromkeys(after if each == before else each for each in self.names))
            self._edited()
            return True

        PanelDialog(self, _("Rename {band}", band=before), form, verb=_("Rename"), run=go, size=(380, 0)).open()

    def remove(self) -> None:
        """Its hours are in no band."""
        at = self.bands.currentRow()
        if self.editable and at >= 0:
            self.grid.week_model.week.rename(self.names.pop(at), "")
            self._edited()

    # parts ---------------------------------------------------------------------------------------------------------
    def _lay(self) -> None:
        words = label(_("Bands, by their digit"), "heading")
        rule = label(_("A call over two time bands"), "small", wrap=True)
        steps = label(_("Steps of the grid"), "small")
        changes = row(self.rename_button, self.remove_button, None, gap="small")
        side = column(
            self.said, words, self.bands, self.add_button, changes, 4, rule, self.rule, steps, self.step, self.problem, None, margin="medium"
        )
        side.addLayout(row(None, self.discard_button, self.save_button))
        held = holding(side)
        held.setFixedWidth(SIDE + 2 * space("medium"))
        whole = row(self.grid, edge(), held, gap="")
        whole.setStretch(0, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addLayout(whole)

    def _came(self, view: BandsView) -> None:
        self.view = view
        if self.dirty:
            return
        week = Week(view.bands)
        self.names = list(dict.fromkeys(each.name for each in view.bands))
        self.rule.setCurrentIndex(max(0, self.rule.findData(view.band_rule)))
        finest = min(week.step(), int(self.step.currentData()))
        if self.step.findData(finest) < 0:
            self.step.addItem(plural("{n} minute", "{n} minutes", finest), finest)
        self.step.setCurrentIndex(self.step.findData(finest))
        self.grid.week_model.week = week
        self._show()

    def _show(self) -> None:
        week, step = self.grid.week_model.week, int(self.step.currentData())
        coarse = week.step()
        if coarse < step:
            self.desk.toast(_("The hours begin or end within a step: the grid stays finer."))
            step = coarse
            self.step.setCurrentIndex(max(0, self.step.findData(step)))
        self.grid.show_week(week, self.names, step)
        self._fit()

    def _fit(self) -> None:
        """Names, hours and sentences."""
        at, week = self.bands.currentRow(), self.grid.week_model.week
        texts = [
            _("{digit}  {band}: {time}", digit=count(number), band=name, time=duration(60 * week.minutes_of(name)))
            for number, name in enumerate(self.names, 1)
        ]
        if [self.bands.item(number).text() for number in range(self.bands.count())] != texts:
            self.bands.blockSignals(True)
            self.bands.clear()
            for text in texts:
                self.bands.addItem(QListWidgetItem(text))
            self.bands.setCurrentRow(min(at, len(texts) - 1))
            self.bands.blockSignals(False)
        chosen = self.editable and self.bands.currentRow() >= 0
        for each in (self.rename_button, self.remove_button):
            each.setEnabled(chosen)
        self.add_button.setEnabled(self.editable)
        for box in (self.rule, self.save_button, self.discard_button):
            box.setEnabled(self.editable and (box is self.rule or self.dirty))
        self.said.setText(self._sentence())
        self.verbs_changed.emit()

    def _sentence(self) -> str:
        if self.tariff.base is not None:
            return _("These are the hours of the base tariff; they are changed there.")
        if not self.names:
            return _("Every hour costs the same. Add a band, such as peak, and give prices to it afterwards.")
        now = self.view.now if self.view is not None else ""
        zone = self.view.timezone if self.view is not None else ""
        return _("Hours of {zone}. Now it is: {band}.", zone=zone, band=now or _("no band"))

    def _give_chosen(self) -> None:
        at = self.bands.currentRow()
        if at >= 0:
            self.grid.give(self.names[at])

    def _edited(self) -> None:
        self.problem.forget()
        self._mark(True)
        self._show()

    def _mark(self, dirty: bool) -> None:
        self.dirty = dirty
        self._fit()

    def _saved(self, view: BandsView) -> None:
        self._mark(False)
        self._came(view)
        self.desk.toast(_("The time bands are saved"))

    def _refused(self, problem: Problem) -> None:
        self.problem.show_problem(problem)

    def _failed(self, problem: Problem) -> None:
        self.problem.show_problem(problem)


def band_form() -> Form:
    """Name, weekdays and hours of a new band; the hours may go over midnight."""
    form = Form()
    form.text("name", _("&Name"), required=True, longest=40, placeholder=_("peak"))
    form.note(_("On these days:"))
    names = list(enumerate(day_names()))
    for part in (names[:4], names[4:]):
        with form.row():
            for at, name in part:
                form.check(f"day{at}", name)
    with form.row():
        for name, text in (("starts", _("&From")), ("ends", _("&To"))):
            form.pick(name, text, [(clock_of(minute), clock_of(minute)) for minute in range(0, 1440, 15)], search=False)
    form.fill({f"day{at}": at < WORKDAYS for at in range(DAYS)} | {"starts": "08:00", "ends": "18:00"})
    return form

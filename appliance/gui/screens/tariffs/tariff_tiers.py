"""Volume tiers of a tariff: from so many minutes of a month on, calls to a prefix cost so much less (P2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit

from appliance.gui import operation
from appliance.gui.column import Column
from appliance.gui.desk import Desk
from appliance.gui.rows_model import RowsModel
from appliance.gui.screen import Action
from appliance.gui.screens.settings.settings_taxes import typed_percent
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.widgets.open_form import open_form
from appliance.gui.words import _, percent, plain_amount, plural
from appliance.wire.allowances import TariffRef, TierFields, TiersSet, TiersView
from appliance.wire.problem import Problem
from appliance.wire.tariffs import TariffView

MOST_MINUTES = 10_000_000


def tier_words(tier: TierFields) -> str:
    """One tier in a sentence."""
    to = _("to {prefix}", prefix=tier.prefix) if tier.prefix else _("to all numbers")
    minutes = plural("{n} minute", "{n} minutes", tier.from_minutes)
    return _("From {minutes} a month {to}: {discount} less", minutes=minutes, to=to, discount=percent(tier.discount_percent))


class TiersTab(ListPage):
    """The list; each change is saved at once and can be undone."""

    verbs_changed = Signal()

    def __init__(self, desk: Desk, tariff: TariffView) -> None:
        self.tiers = RowsModel(
            desk.client,
            [
                Column(lambda tier: tier.prefix or _("All numbers"), _("Prefix"), "code", width=130),
                Column("from_minutes", _("From minutes a month"), "count", width=160),
                Column("discount_percent", _("Less"), "percent", width=90),
                Column(tier_words, _("In words"), width=300, grows=True),
            ],
        )
        none = Empty(
            _("This tariff has no volume tiers: the first minute costs what the last one does."), _("Add tier"), self.add, "tariffs.set_tiers"
        )
        super().__init__(desk, self.tiers, title=_("Volume tiers"), empty=none, memory_name="tariff.tiers", embedded=True, bare=True)
        self.desk, self.tariff = desk, tariff
        self.opened.connect(lambda _tier: self.edit())
        self.selected.connect(self.verbs_changed)

    def refresh(self) -> None:
        """Ask for them."""
        operation.run(self, self.desk.client, "tariffs.tiers", TariffRef(self.tariff.id), on_done=self._came, on_problem=self._not_had)

    def verbs(self) -> list[Action]:
        """What can be done with the chosen one."""
        alive, one = self.tariff.archived_at is None, self.current() is not None
        return [
            Action("tiers.add", _("Add tier"), self.add, "Ctrl+N", "add", enabled=alive, operation="tariffs.set_tiers"),
            Action("tiers.edit", _("Change tier"), self.edit, "F2", "edit", enabled=alive and one, group=1, operation="tariffs.set_tiers"),
            Action("tiers.remove", _("Remove tier"), self.remove, "Del", "remove", enabled=alive and one, group=1, operation="tariffs.set_tiers"),
        ]

    def add(self) -> None:
        """One more."""
        self._form(None)

    def edit(self) -> None:
        """The chosen one."""
        if self.current() is not None:
            self._form(self.current())

    def remove(self) -> None:
        """Without a question: Undo brings it back."""
        tier = self.current()
        if tier is not None:
            self._set([each for each in self.tiers.rows if each is not tier], _("The tier is removed"))

    # parts ---------------------------------------------------------------------------------------------------------
    def _form(self, tier: TierFields | None) -> None:
        form = Form()
        form.text("prefix", _("&Prefix"), longest=20, help=_("Empty: all numbers."))
        form.whole("from_minutes", _("&From minutes in a month"), least=0, most=MOST_MINUTES, help=_("Minutes paid in this calendar month."))
        percent_field(form, "discount_percent", _("&Less, percent"))
        if tier is not None:
            form.fill({"prefix": tier.prefix, "from_minutes": tier.from_minutes, "discount_percent": tier.discount_percent})
        before = list(self.tiers.rows)

        def request(values: dict[str, Any]) -> TiersSet:
            made = TierFields(int(values["from_minutes"]), str(values["discount_percent"]), str(values["prefix"]))
            tiers = [made if each is tier else each for each in before] if tier is not None else [*before, made]
            return TiersSet(tariff=self.tariff.id, tiers=tiers)

        def done(view: TiersView) -> None:
            self._came(view)
            self.desk.toast(_("The tiers are saved"), lambda: self._set(before, _("The tiers are as they were")))

        title = _("Add tier") if tier is None else _("Change tier")
        dialog = open_form(self.desk, self, title, form, "tariffs.set_tiers", request, done, verb=_("Save"))
        dialog.form.field("prefix").setFocus()

    def _set(self, tiers: Sequence[TierFields], text: str) -> None:
        before = list(self.tiers.rows)

        def done(view: TiersView) -> None:
            self._came(view)
            self.desk.toast(text, lambda: self._set(before, _("The tiers are as they were")))

        operation.run(self, self.desk.client, "tariffs.set_tiers", TiersSet(tariff=self.tariff.id, tiers=list(tiers)), on_done=done)

    def _came(self, view: TiersView) -> None:
        self.tiers.show_rows(view.tiers)
        self.verbs_changed.emit()

    def _not_had(self, problem: Problem) -> None:
        self.model.failed.emit(problem)


def percent_field(form: Form, name: str, text: str) -> None:
    """A percentage from 0 to 100, typed in the person's way."""
    made = QLineEdit()
    made.setMaximumWidth(120)
    made.textChanged.connect(form.edited)
    form.add(name, text, made, lambda: typed_percent(made.text()), lambda value: made.setText(plain_amount(value)), required=True)

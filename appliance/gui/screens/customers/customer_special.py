"""What one customer has beside its tariff: special rates of its own and bundles of minutes (P2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from appliance.gui import operation, words
from appliance.gui.column import Column, State
from appliance.gui.desk import Desk
from appliance.gui.screen import Action
from appliance.gui.screens.tariffs.bundles import period_word, prefixes_text
from appliance.gui.theme import space
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.open_form import open_form
from appliance.gui.widgets.plain import column, holding, label
from appliance.gui.widgets.rows_list import RowsList
from appliance.gui.words import _
from appliance.wire.allowances import (
    BundleGive,
    BundleTake,
    CustomerRef,
    HeldBundle,
    HeldBundles,
    SpecialRate,
    SpecialRates,
    SpecialRatesRemove,
    SpecialRatesSet,
)
from appliance.wire.rates import RateFields
from appliance.wire.shapes import Listing


class SpecialTab(QWidget):
    """Special rates above, bundles below. `verbs_changed` when another line was chosen."""

    verbs_changed = Signal()

    def __init__(self, desk: Desk, owner: QWidget, customer: int) -> None:
        super().__init__()
        self._desk, self._owner, self._customer = desk, owner, customer
        self.view: SpecialRates | None = None
        no_rates = Empty(_("This customer pays what its tariff says."), _("Add special rate"), self.add, "special_rates.set")
        no_bundles = Empty(_("This customer has no bundle."), _("Give bundle"), self.give, "bundles.give")
        self.rates = RowsList(desk, self._rate_columns(), _("Special rates"), no_rates, "customer.special", many=True)
        self.held = RowsList(desk, self._held_columns(), _("Bundles"), no_bundles, "customer.bundles")
        halves = QSplitter(Qt.Orientation.Vertical)
        halves.setChildrenCollapsible(False)
        for heading, made in ((_("Special rates"), self.rates), (_("Bundles of minutes"), self.held)):
            named = column(label(heading, "heading"))
            named.setContentsMargins(space("large"), space("medium"), space("large"), space("hair"))
            halves.addWidget(holding(column(named, made, gap="")))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(halves)
        self.rates.opened.connect(lambda _rate: self.edit())
        for each in (self.rates, self.held):
            each.selected.connect(self.verbs_changed)

    def refresh(self) -> None:
        """Ask for both."""
        client, asked = self._desk.client, CustomerRef(self._customer)
        if self._desk.may("special_rates.list"):
            operation.run(self, client, "special_rates.list", asked, on_done=self._came, on_problem=self.rates.model.failed.emit)
        operation.run(self, client, "bundles.held", asked, on_done=self._had, on_problem=self.held.model.failed.emit)

    def verbs(self, alive: bool) -> list[Action]:
        """What can be done now."""
        rate, held = alive and self.rates.current() is not None, alive and self.held.current() is not None
        return [
            Action("special.add", _("Add special rate"), self.add, "Ctrl+N", "add", enabled=alive, group=1, operation="special_rates.set"),
            Action("special.edit", _("Change special rate"), self.edit, "Ctrl+E", "edit", enabled=rate, group=1, operation="special_rates.set"),
            Action(
                "special.remove",
                _("Remove special rate"),
                self.remove,
                "Ctrl+Shift+Del",
                "remove",
                enabled=rate,
                group=1,
                operation="special_rates.remove",
            ),
            Action("special.give", _("Give bundle"), self.give, "Ctrl+G", "add", enabled=alive, group=2, operation="bundles.give"),
            Action("special.take", _("Take bundle away"), self.take, "", "remove", enabled=held, dangerous=True, group=2, operation="bundles.take"),
        ]

    # what is done --------------------------------------------------------------------------------------------------
    def add(self) -> None:
        """A prefix at a price of its own."""
        self._form(None)

    def edit(self) -> None:
        """Another price for the chosen prefix."""
        if self.rates.current() is not None and self._desk.may("special_rates.set"):
            self._form(self.rates.current())

    def remove(self) -> None:
        """The chosen prefixes follow the tariff again; Undo brings the prices back."""
        chosen: Sequence[SpecialRate] = self.rates.chosen()
        if not chosen:
            return
        before = [RateFields(each.prefix, price_per_minute=each.price_per_minute, blocked=each.blocked) for each in chosen]

        def undo() -> None:
            request = SpecialRatesSet(customer=self._customer, rates=before)
            operation.run(self._owner, self._desk.client, "special_rates.set", request, on_done=self._came)

        def done(view: SpecialRates) -> None:
            self._came(view)
            self._desk.toast(words.plural("{n} special rate is removed", "{n} special rates are removed", len(chosen)), undo)

        request = SpecialRatesRemove(customer=self._customer, prefixes=[each.prefix for each in chosen])
        operation.run(self, self._desk.client, "special_rates.remove", request, on_done=done)

    def give(self) -> None:
        """A bundle from today on."""
        form = Form()
        form.choice("bundle", _("&Bundle"), self._desk.client, "bundles.list", request=Listing(), required=True)
        form.note(_("It counts from now on, for running calls too. What it costs is a monthly fee, added on the tab of fees."))

        def done(view: HeldBundles) -> None:
            self._had(view)
            self._desk.toast(_("The bundle is given"))

        open_form(self._desk, self._owner, _("Give bundle"), form, "bundles.give", lambda values: BundleGive(customer=self._customer, **values), done)

    def take(self) -> None:
        """It ends now; running calls keep it until they end. Undo gives it again with what was left of it."""
        held: HeldBundle | None = self.held.current()
        if held is None:
            return

        def undo() -> None:
            operation.run(self._owner, self._desk.client, "bundles.give_again", BundleTake(held.id), on_done=self._had)

        def done(view: HeldBundles) -> None:
            self._had(view)
            self._desk.toast(_("{bundle} is taken away", bundle=held.bundle), undo)

        operation.run(self, self._desk.client, "bundles.take", BundleTake(held.id), on_done=done)

    # parts ---------------------------------------------------------------------------------------------------------
    def _rate_columns(self) -> list[Column]:
        return [
            Column("prefix", _("Prefix"), "code", width=100),
            Column("destination", _("Destination"), width=190, grows=True),
            Column(lambda each: State(_("Blocked"), "danger") if each.blocked else State(""), _("State"), "state", width=100),
            Column(lambda each: None if each.blocked else each.price_per_minute, _("Price a minute"), "money", width=124, currency=self._currency),
            Column("usual_price", _("Tariff says"), "money", width=124, currency=self._currency),
        ]

    def _held_columns(self) -> list[Column]:
        return [
            Column("bundle", _("Name"), width=180, grows=True),
            Column("minutes", _("Minutes"), "count", width=90),
            Column(lambda each: period_word(each.period), _("For"), width=130),
            Column("left_seconds", _("Left"), "duration", width=120),
            Column("since", _("Since"), "day", width=110, shown=False),
            Column(lambda each: prefixes_text(each.prefixes), _("Numbers that begin with"), width=170),
        ]

    def _currency(self, _rate: object) -> str:
        return self.view.currency if self.view is not None else ""

    def _form(self, rate: SpecialRate | None) -> None:
        form = Form()
        if rate is None:
            form.text("prefix", _("&Prefix"), required=True, longest=20, help=_("Longer prefixes of the tariff follow their own price."))
        else:
            usual = words.money(rate.usual_price, self._currency(None)) or _("no price")
            form.note(_("{prefix} {destination}: the tariff says {usual}.", prefix=rate.prefix, destination=rate.destination, usual=usual))
        form.money("price", _("Price a &minute"), currency=self._currency(None))
        form.check("blocked", _("&Blocked for this customer"))
        if rate is not None:
            form.fill({"price": rate.price_per_minute, "blocked": rate.blocked})

        def request(values: dict[str, Any]) -> SpecialRatesSet:
            prefix = rate.prefix if rate is not None else values["prefix"].lstrip("+")
            fields = RateFields(prefix, price_per_minute=values["price"], blocked=values["blocked"])
            return SpecialRatesSet(customer=self._customer, rates=[fields])

        def done(view: SpecialRates) -> None:
            self._came(view)
            self._desk.toast(_("The special rate counts from now on"))

        title = _("Add special rate") if rate is None else _("Change special rate")
        open_form(self._desk, self._owner, title, form, "special_rates.set", request, done, verb=_("Save"))

    def _came(self, view: SpecialRates) -> None:
        self.view = view
        self.rates.show_rows(view.rates)
        self.verbs_changed.emit()

    def _had(self, view: HeldBundles) -> None:
        self.held.show_rows(view.bundles)
        self.verbs_changed.emit()

"""The fourth step: how much is put on top of the buying prices, seen on prices of one's own list."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout

from appliance.gui import operation
from appliance.gui.column import State
from appliance.gui.desk import Desk
from appliance.gui.screens.parts.tariff_words import cost_of_price
from appliance.gui.screens.setup.setup_page import StepPage
from appliance.gui.screens.setup.setup_state import MARKUP, Found
from appliance.gui.screens.tariffs.tariff_forms import add_markup
from appliance.gui.theme import space
from appliance.gui.widgets.cells import tabular
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.plain import card, clear, column, label
from appliance.gui.words import _, isolate, micros, money
from appliance.money import format_amount
from appliance.wire.rates import GridPage, GridRequest, GridRow
from appliance.wire.resellers import ResellerUpdate
from appliance.wire.tariffs import TariffCreate, TariffUpdate, TariffView

RETAIL = "retail"
USUAL = "25"
ASKED = 200
EXAMPLES = 5


def spread(rows: Sequence[GridRow]) -> list[GridRow]:
    """A few rows of different destinations, from all over the list."""
    by_name: dict[str, GridRow] = {}
    for row in rows:
        if row.destination and micros(row.price_per_minute) > 0:
            by_name.setdefault(row.destination.split(",")[0].split(" - ")[0], row)
    found = list(by_name.values())
    step = max(1, len(found) // EXAMPLES)
    return found[::step][:EXAMPLES]


class MarkupStep(StepPage):
    """Makes or changes the retail tariff, which customers pay by unless they are given another."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, _("Markup"), _("What customers pay on top of your buying prices. Single prices and further tariffs can differ later."))
        self.form = Form()
        self.markup = add_markup(self.form, "markup_percent", _("&Markup on every price"))
        self.markup.example.hide()
        self.form.edited.connect(self._typed)
        self.table = QGridLayout()
        self.table.setHorizontalSpacing(space("wide"))
        self.table.setVerticalSpacing(space("small"))
        self.table.setColumnStretch(0, 1)
        self.nothing = label(_("Import buying prices first: then you see here what your customers would pay."), "muted", wrap=True)
        self.content.addWidget(card(column(self.form, margin="large")))
        self.content.addWidget(
            card(column(label(_("What becomes of your prices"), "heading"), self.nothing, self.table, gap="medium", margin="large"))
        )
        self.rows: list[GridRow] = []
        self._of: tuple[str, int, str] | None = None
        self.form.fill({"markup_percent": USUAL})
        self._shown: tuple[int, int] | None = None

    def primary(self) -> str:
        if self.found.cost is None:
            return ""
        return _("Go on") if self.found.retail is not None and not self.form.changed_quietly() else _("Save and go on")

    def enter(self) -> None:
        self.markup.setFocus()

    def show_found(self, found: Found) -> None:
        super().show_found(found)
        self.say(State(_("Done"), "good") if found.done(MARKUP) else State(""))
        retail, cost = found.retail, found.cost
        if retail is not None and (retail.id, retail.version) != self._shown and not self.form.changed_quietly():
            self._shown = (retail.id, retail.version)
            self.form.fill({"markup_percent": retail.markup_percent})
        elif retail is None and found.business is not None and self._shown is None and not self.form.changed_quietly():
            self.form.fill({"markup_percent": found.business.retail_markup_percent})
        if cost is not None and (cost.name, cost.rates, cost.currency) != self._of:
            self._of = (cost.name, cost.rates, cost.currency)
            request = GridRequest(cost.id, limit=ASKED)
            operation.run(self, self.desk.client, "rates.grid", request, on_done=self._came, on_problem=lambda problem: None)
        self.changed.emit()

    def submit(self) -> None:
        values, cost = self.form.values(), self.found.cost
        if values is None or cost is None:
            return
        if self.found.retail is not None and not self.form.changed_quietly():
            self.finished.emit()
            return
        markup = str(values["markup_percent"])
        target = self.found.retail or self._untouched()
        request: TariffUpdate | TariffCreate
        if target is not None:
            request, name = TariffUpdate(id=target.id, base=cost.name, markup_percent=markup), "tariffs.update"
        else:
            request, name = TariffCreate(name=_("Retail prices"), base=cost.name, markup_percent=markup), "tariffs.create"
        operation.run(self, self.desk.client, name, request, on_done=lambda view: self._made(view, markup), on_problem=self.form.show_problem)

    # parts ---------------------------------------------------------------------------------------------------------
    def _untouched(self) -> TariffView | None:
        """The automatic retail tariff, still empty."""
        return next((each for each in self.found.tariffs if each.name == RETAIL and each.base is None and not each.rates), None)

    def _made(self, view: TariffView, markup: str) -> None:
        self._shown = (view.id, view.version)
        self.form.fill({"markup_percent": markup})
        business = self.found.business
        if business is None or micros(business.retail_markup_percent) == micros(markup):
            self.finished.emit()
            return
        request = ResellerUpdate(id=business.id, retail_markup_percent=markup)
        operation.run(
            self, self.desk.client, "resellers.update", request, on_done=lambda fresh: self.finished.emit(), on_problem=self.form.show_problem
        )

    def _came(self, page: GridPage) -> None:
        self.rows = spread(page.rates)
        self._show_rows()

    def _typed(self) -> None:
        self._show_rows()
        self.changed.emit()

    def _show_rows(self) -> None:
        clear(self.table)
        self.nothing.setVisible(not self.rows)
        try:
            markup = self.markup.percentage()
        except ValueError:
            return
        if not self.rows:
            return
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for at, name in enumerate((_("A minute to"), _("Costs you"), _("Customers pay"), _("You earn"))):
            self.table.addWidget(label(name, "small"), 0, at, Qt.AlignmentFlag.AlignVCenter if at == 0 else right)
        currency = self._of[2] if self._of is not None else ""
        for down, row in enumerate(self.rows, 1):
            after = cost_of_price(row.price_per_minute, markup)
            earned = micros(after) - micros(row.price_per_minute)
            self.table.addWidget(label(isolate(row.destination), wrap=True), down, 0)
            for across, amount in enumerate((row.price_per_minute, after, format_amount(earned, 2)), 1):
                shown = label(money(amount, currency), "strong" if across == 2 else "")
                shown.setFont(tabular(shown.font()))
                if across == 3:
                    shown.setProperty("tone", "danger" if earned < 0 else "good")
                self.table.addWidget(shown, down, across, right)

"""The third step: what calls cost the shop, from the carrier's price list or, to try, from the sample."""

from __future__ import annotations

from PySide6.QtWidgets import QLayout, QStackedWidget

from appliance import paths
from appliance.gui import operation
from appliance.gui.column import State
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.setup.setup_page import StepPage
from appliance.gui.screens.setup.setup_state import Found
from appliance.gui.screens.tariffs.deck_import import DeckImportScreen
from appliance.gui.widgets.plain import button, card, column, label, row
from appliance.gui.widgets.problem_view import ProblemView
from appliance.gui.words import _, count, isolate
from appliance.wire.decks import DeckApply, DeckView
from appliance.wire.price_work import PriceWork
from appliance.wire.problem import Problem
from appliance.wire.trunks import TrunkUpdate, TrunkView

SAMPLE = "sample_decks/world.csv"


class PricesStep(StepPage):
    """Two ways in; the import itself is the screen that imports prices everywhere."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, _("Buying prices"), _("What each minute costs you at the carrier. Customers pay these prices and your markup."))
        self.problem = ProblemView()
        self.importer: DeckImportScreen | None = None
        self.now = label("", wrap=True)
        self.now_card = card(column(label(_("In use"), "heading"), self.now, margin="large"))
        self.choose_button = button(_("&Import a price list…"), self.open_import, "primary")
        self.sample_button = button(_("&Use the sample prices"), self.use_sample)
        own = column(
            label(_("The price list of your carrier"), "heading"),
            label(
                _("A file as the carrier sends it: CSV, Excel or OpenDocument. You see what it holds before anything is written."), "muted", wrap=True
            ),
            row(self.choose_button, None),
            margin="large",
        )
        sample = column(
            label(_("The sample"), "heading"),
            label(_("Made-up prices for the whole world, to try everything with. Import your carrier's list before you sell."), "muted", wrap=True),
            row(self.sample_button, None),
            margin="large",
        )
        for part in (self.problem, self.now_card, card(own), card(sample)):
            self.content.addWidget(part)
        self.now_card.hide()

    def _lay(self, whole: QLayout) -> None:
        super()._lay(whole)
        self.ways = QStackedWidget()
        box = self.layout()
        assert box is not None
        item = box.takeAt(0)
        assert item is not None
        first = item.widget()
        assert first is not None
        self.ways.addWidget(first)
        box.addWidget(self.ways)

    def primary(self) -> str:
        return _("Go on") if self.found.cost is not None and not self.importing else ""

    @property
    def importing(self) -> bool:
        """Whether the import is in the front."""
        return self.ways.currentIndex() > 0

    def step_back(self) -> bool:
        if not self.importing:
            return False
        self.ways.setCurrentIndex(0)
        self.changed.emit()
        return True

    def submit(self) -> None:
        trunk, cost = self.found.trunk, self.found.cost
        if trunk is not None and cost is not None and trunk.cost_tariff is None:
            self._buy(trunk, cost.name)
            return
        self.finished.emit()

    def enter(self) -> None:
        self.choose_button.setFocus()

    def show_found(self, found: Found) -> None:
        super().show_found(found)
        cost = found.cost
        self.say(State(_("Done"), "good") if cost is not None else State(""))
        self.now_card.setVisible(cost is not None)
        if cost is not None:
            self.now.setText(_("{tariff}: {rates} prices in {currency}.", tariff=isolate(cost.name), rates=count(cost.rates), currency=cost.currency))
            self.choose_button.setText(_("&Import another price list…"))
        self.changed.emit()

    # the two ways --------------------------------------------------------------------------------------------------
    def tariff_name(self) -> str:
        """The tariff that prices go into: the trunk's own, or one of its name."""
        trunk = self.found.trunk
        if trunk is None:
            return _("Buying prices")
        return trunk.cost_tariff or _("Buying {trunk}", trunk=trunk.name)

    def open_import(self) -> None:
        """The import, for this tariff; what was begun there is still there."""
        if self.importer is None:
            self.importer = DeckImportScreen(self.desk, Place("deck_import", filters={"tariff": self.tariff_name()}))
            self.importer.imported.connect(self.take)
            self.ways.addWidget(self.importer)
        self.ways.setCurrentWidget(self.importer)
        self.changed.emit()

    def use_sample(self) -> None:
        """Write the sample deck, as an import of its file would."""
        self.problem.forget()
        try:
            content = (paths.resources() / SAMPLE).read_bytes()
        except OSError as error:
            self.problem.show_problem(Problem(detail=_("The sample prices are missing from this installation: {reason}", reason=str(error))))
            return
        request = DeckApply(tariff=_("Sample prices"), content=content, file="sample.csv")
        operation.run(
            self, self.desk.client, "decks.apply", request, on_done=self._sampled, on_problem=self.problem.show_problem, busy=self.sample_button
        )

    def _sampled(self, view: DeckView) -> None:
        self.desk.toast(_("{count} sample prices are in use", count=count(view.added + view.changed + view.unchanged)))
        self.take(view)

    def take(self, view: DeckView | PriceWork) -> None:
        """The prices are there: calls over the trunk cost them from now on."""
        self.ways.setCurrentIndex(0)
        self.changed.emit()
        trunk = self.found.trunk
        if trunk is None or trunk.cost_tariff == view.tariff:
            self.finished.emit()
        else:
            self._buy(trunk, view.tariff)

    def _buy(self, trunk: TrunkView, tariff: str) -> None:
        request = TrunkUpdate(id=trunk.id, cost_tariff=tariff)
        operation.run(
            self, self.desk.client, "trunks.update", request, on_done=lambda fresh: self.finished.emit(), on_problem=self.problem.show_problem
        )

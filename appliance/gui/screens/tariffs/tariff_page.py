"""One tariff: its prices in a grid, its details, and what was written into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from PySide6.QtWidgets import QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.parts.tariff_words import kind_state, markup_words
from appliance.gui.screens.tariffs.price_grid import PriceGrid
from appliance.gui.screens.tariffs.tariff_bands_tab import BandsTab
from appliance.gui.screens.tariffs.tariff_details import DetailsTab
from appliance.gui.screens.tariffs.tariff_forms import add_tariff, archive_tariff, rename_tariff
from appliance.gui.screens.tariffs.tariff_print import print_price_list, printable, save_price_list
from appliance.gui.screens.tariffs.tariff_tiers import TiersTab
from appliance.gui.screens.tariffs.tariff_versions import Versions
from appliance.gui.widgets.archiving import away_verb, restore
from appliance.gui.widgets.page import Figure, Tab, ThingPage
from appliance.gui.words import _, count
from appliance.wire.problem import Problem
from appliance.wire.shapes import ById
from appliance.wire.tariffs import TariffView

RATES, DETAILS, BANDS, TIERS, VERSIONS = "rates", "details", "bands", "tiers", "versions"
Own = PriceGrid | Versions | DetailsTab | BandsTab | TiersTab

L = TypeVar("L", PriceGrid, Versions, BandsTab, TiersTab)


class TariffScreen(Screen):
    """The page; its tabs are built once the tariff is known."""

    kinds = frozenset({"tariff", "rate"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.tariff: TariffView | None = None
        self.page = ThingPage(desk.theme, [])
        self.body.addWidget(self.page)

    def title(self) -> str:
        return self.tariff.name if self.tariff is not None else _("Tariff")

    def refresh(self) -> None:
        operation.run(self, self.desk.client, "tariffs.get", ById(self.place.id), on_done=self._came, on_problem=self._failed)

    def on_changes(self, changes: Mapping[str, frozenset[int]]) -> None:
        """Other tariffs matter too: this one may derive from them, and their prices are its cost."""
        self.refresh()
        for built in self.page.built.values():
            if isinstance(built, PriceGrid | Versions | BandsTab | TiersTab):
                built.refresh()

    def leave(self) -> bool:
        return all(built.leave() for built in self.page.built.values() if isinstance(built, DetailsTab | BandsTab))

    def part(self) -> str:
        return self.page.tab() if self.page.built else self.place.tab

    def verbs(self) -> list[Action]:
        if self.tariff is None:
            return []
        alive = self.tariff.archived_at is None
        shown = self.page.built.get(self.page.tab())
        actions = shown.verbs() if isinstance(shown, Own) else []
        return [
            *actions,
            Action("tariff.radar", _("Margin radar"), self._radar, "Ctrl+Shift+M", "warning", group=5, operation="margins.list"),
            Action("tariff.import", _("Import prices"), self._import, "Ctrl+I", "import", enabled=alive, group=5, operation="decks.apply"),
            Action(
                "tariff.price_list", _("Price list"), self._print, "Ctrl+P", "print", enabled=printable(), group=5, operation="tariffs.price_list"
            ),
            Action("tariff.price_table", _("Price list as a table"), self._save_list, "", "export", group=5, operation="tariffs.price_list"),
            Action("tariff.derive", _("Derive a tariff"), self._derive, "Ctrl+Shift+D", "add", enabled=alive, group=6, operation="tariffs.create"),
            Action("tariff.rename", _("Rename"), self._rename, "Ctrl+R", "edit", enabled=alive, group=6, operation="tariffs.update"),
            away_verb("tariff", "tariffs", not alive, self._archive, self._restore, enabled=True, group=6, key="Ctrl+Shift+Del"),
        ]

    # parts ---------------------------------------------------------------------------------------------------------
    def _came(self, tariff: TariffView) -> None:
        before, self.tariff = self.tariff, tariff
        if before is None or (before.base is None) != (tariff.base is None) or before.archived_at != tariff.archived_at:
            self._build(tariff)
        self._head(tariff)
        details = self.page.built.get(DETAILS)
        if isinstance(details, DetailsTab):
            details.show_tariff(tariff)
        self.title_changed.emit()
        self.verbs_changed.emit()

    def _build(self, tariff: TariffView) -> None:
        """The tabs fit the kind of tariff: a base tariff that became derived is built anew."""
        tab = self.page.tab() if self.page.built else self.place.tab
        self.body.removeWidget(self.page)
        self.page.deleteLater()
        tabs = [
            Tab(RATES, _("Prices"), self._grid),
            Tab(DETAILS, _("Details"), self._details),
            Tab(BANDS, _("Time bands"), lambda: self._made(BandsTab)),
            Tab(TIERS, _("Volume tiers"), lambda: self._made(TiersTab)),
            Tab(VERSIONS, _("Versions"), lambda: self._made(Versions)),
        ]
        self.page = ThingPage(self.desk.theme, tabs)
        self.body.addWidget(self.page)
        self.page.open_tab(tab)
        self.page.tab_changed.connect(lambda _name: self.verbs_changed.emit())

    def _head(self, tariff: TariffView) -> None:
        under = _("From {tariff}", tariff=tariff.base) if tariff.base is not None else _("Prices of its own")
        figures = [Figure(_("Own prices"), count(tariff.rates)), Figure(_("Currency"), tariff.currency)]
        if tariff.base is not None:
            figures.insert(0, Figure(_("Markup"), markup_words(tariff)))
        self.page.show_head(tariff.name, under, kind_state(tariff), figures)

    def _failed(self, problem: Problem) -> None:
        if self.tariff is None:
            self.page.show_problem(problem, self.refresh)
        else:
            operation.teller(self.parent())(problem)

    def _grid(self) -> QWidget:
        made = self._made(PriceGrid)
        made.search.setText(self.place.filters.get("search", ""))
        return made

    def _made(self, tab: type[L]) -> L:
        """A tab that shows something of the tariff, asked for at once."""
        assert self.tariff is not None
        made = tab(self.desk, self.tariff)
        made.verbs_changed.connect(self.verbs_changed)
        made.refresh()
        return made

    def _details(self) -> QWidget:
        assert self.tariff is not None
        made = DetailsTab(self.desk, self.tariff)
        made.verbs_changed.connect(self.verbs_changed)
        return made

    # what is done --------------------------------------------------------------------------------------------------
    def _import(self) -> None:
        if self.tariff is not None:
            self.desk.go(Place("deck_import", filters={"tariff": self.tariff.name}))

    def _radar(self) -> None:
        if self.tariff is not None:
            self.desk.go(Place("margins", filters={"tariff": str(self.tariff.id), "name": self.tariff.name}))

    def _print(self) -> None:
        if self.tariff is not None:
            print_price_list(self.desk, self, self.tariff)

    def _save_list(self) -> None:
        if self.tariff is not None:
            save_price_list(self.desk, self, self.tariff)

    def _derive(self) -> None:
        if self.tariff is not None:
            add_tariff(self.desk, self, base=self.tariff, on_done=lambda made: self.desk.go(Place("tariff", made.id)))

    def _rename(self) -> None:
        if self.tariff is not None:
            rename_tariff(self.desk, self, self.tariff, self.refresh)

    def _restore(self) -> None:
        if self.tariff is not None:
            restore(self.desk, self, "tariffs", self.tariff.id, self.tariff.name, self.refresh)

    def _archive(self) -> None:
        if self.tariff is not None:
            archive_tariff(self.desk, self, self.tariff, self.refresh)

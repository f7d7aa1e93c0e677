"""Tariffs: the price lists, base and derived; adding, renaming, putting away (S9)."""

from __future__ import annotations

from appliance.gui.column import Column
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.parts.tariff_words import kind_state, markup_words
from appliance.gui.screens.tariffs.tariff_forms import BASE, add_tariff, archive_tariff, rename_tariff
from appliance.gui.screens.tariffs.tariff_print import print_price_list, printable, save_price_list
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.archiving import away_verb, restore
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import Filter, ListPage
from appliance.gui.widgets.verb_menu import verb_menu
from appliance.gui.words import _, plural
from appliance.wire.shapes import Listing
from appliance.wire.tariffs import TariffView


def tariff_columns() -> list[Column]:
    """The columns of the list."""
    return [
        Column("name", _("Name"), width=220, grows=True),
        Column(kind_state, _("Kind"), "state", width=110),
        Column(lambda tariff: tariff.base or "", _("From tariff"), width=150),
        Column(markup_words, _("Markup"), width=140),
        Column("rates", _("Own prices"), "count", width=100),
        Column("currency", _("Currency"), width=96),
        Column("loss_guard", _("Loss guard"), "yes", width=90, shown=False),
        Column("reseller", _("Reseller"), width=150),
    ]


def footer(model: PageModel) -> str:
    """How many of which kind."""
    derived = sum(tariff.base is not None for tariff in model.rows)
    parts = [plural("{n} base tariff", "{n} base tariffs", len(model.rows) - derived), plural("{n} derived tariff", "{n} derived tariffs", derived)]
    return "   ·   ".join(parts)


class TariffsScreen(Screen):
    """The list and its actions."""

    kinds = frozenset({"tariff", "rate"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        none = _("There are no tariffs yet. Import your carrier's prices first, then derive what you sell from them.")
        self.list = ListPage(
            desk,
            PageModel(desk.client, "tariffs.list", Listing(), tariff_columns()),
            title=self.title(),
            hint=_("Name"),
            empty=Empty(none, _("Import prices"), self._import, "decks.apply"),
            totals=footer,
            filters=[Filter("archived", _("Tariffs"), [(True, _("Archived too"))])],
            memory_name="tariffs",
            menu=verb_menu(self),
        )
        self.list.opened.connect(lambda tariff: self.desk.go(Place("tariff", tariff.id)))
        self.list.selected.connect(self.verbs_changed)
        self.list.model.loaded.connect(self.verbs_changed)
        self.body.addWidget(self.list)

    def title(self) -> str:
        return _("Tariffs")

    def refresh(self) -> None:
        self.list.refresh()

    def verbs(self) -> list[Action]:
        tariff: TariffView | None = self.list.current()
        one = tariff is not None
        alive = tariff is not None and tariff.archived_at is None
        return [
            Action("tariffs.derive", _("Add derived tariff"), self._derive, "Ctrl+N", "add", primary=True, operation="tariffs.create"),
            Action("tariffs.base", _("Add base tariff"), self._base, "Ctrl+B", "add", operation="tariffs.create"),
            Action("tariffs.import", _("Import prices"), self._import, "Ctrl+I", "import", operation="decks.apply"),
            Action("tariffs.radar", _("Margin radar"), lambda: self.desk.go(Place("margins")), "Ctrl+M", "warning", operation="margins.list"),
            Action("tariffs.bundles", _("Bundles"), lambda: self.desk.go(Place("bundles")), "Ctrl+Shift+B", "money", operation="bundles.list"),
            Action("tariffs.open", _("Prices"), self._open, "Ctrl+O", "tariffs", enabled=one, group=1),
            Action("tariffs.details", _("Details"), self._details, "Ctrl+E", "edit", enabled=one, group=1),
            Action(
                "tariffs.price_list",
                _("Price list"),
                self._print,
                "Ctrl+P",
                "print",
                enabled=one and printable(),
                group=1,
                operation="tariffs.price_list",
            ),
            Action(
                "tariffs.price_table",
                _("Price list as a table"),
                self._save_list,
                "",
                "export",
                enabled=one,
                group=1,
                operation="tariffs.price_list",
            ),
            Action("tariffs.rename", _("Rename"), self._rename, "F2", "edit", enabled=alive, group=2, operation="tariffs.update"),
            away_verb("tariffs", "tariffs", one and not alive, self._archive, self._restore, enabled=one),
        ]

    # what is done --------------------------------------------------------------------------------------------------
    def _derive(self) -> None:
        chosen: TariffView | None = self.list.current()
        add_tariff(self.desk, self, base=chosen if chosen is not None and chosen.archived_at is None else None, on_done=self._added)

    def _base(self) -> None:
        add_tariff(self.desk, self, kind=BASE, on_done=self._added)

    def _added(self, tariff: TariffView) -> None:
        self.desk.go(Place("tariff", tariff.id))

    def _import(self) -> None:
        tariff: TariffView | None = self.list.current()
        filters = {"tariff": tariff.name} if tariff is not None and tariff.archived_at is None else {}
        self.desk.go(Place("deck_import", filters=filters))

    def _open(self) -> None:
        self._go("")

    def _details(self) -> None:
        self._go("details")

    def _go(self, tab: str) -> None:
        tariff = self.list.current()
        if tariff is not None:
            self.desk.go(Place("tariff", tariff.id, tab))

    def _print(self) -> None:
        tariff = self.list.current()
        if tariff is not None:
            print_price_list(self.desk, self, tariff)

    def _save_list(self) -> None:
        tariff = self.list.current()
        if tariff is not None:
            save_price_list(self.desk, self, tariff)

    def _rename(self) -> None:
        tariff = self.list.current()
        if tariff is not None:
            rename_tariff(self.desk, self, tariff, self.refresh)

    def _restore(self) -> None:
        tariff = self.list.current()
        if tariff is not None:
            restore(self.desk, self, "tariffs", tariff.id, tariff.name, self.refresh)

    def _archive(self) -> None:
        tariff = self.list.current()
        if tariff is not None:
            archive_tariff(self.desk, self, tariff, self.refresh)

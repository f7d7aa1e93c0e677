"""Margin radar: prices below their cost or below the wished margin, mended in one step that can be undone (N6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox

from appliance.gui import operation
from appliance.gui.column import Column, State
from appliance.gui.desk import Desk, Place
from appliance.gui.rows_model import RowsModel
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.tariffs.tariff_forms import tariff_line
from appliance.gui.widgets.choice import Choice
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.widgets.long_work import LongWork
from appliance.gui.widgets.verb_menu import verb_menu
from appliance.gui.words import _, count, percent, plural
from appliance.wire.decks import UndoImport
from appliance.wire.margins import Margins, MarginsAsk, MarginsMend, ThinPrice
from appliance.wire.problem import Problem
from appliance.wire.rates import RatesChanged
from appliance.wire.shapes import Listing

WISHES = ("0", "5", "10", "15", "20", "30", "50")
SHOWN = 2000
LATER_MS = 1500


def thin_state(price: ThinPrice) -> State:
    """Loss or little margin."""
    return State(_("Loss"), "danger") if price.loss else State(_("Thin"), "warning")


def columns() -> list[Column]:
    """What stands in the list."""
    return [
        Column("tariff", _("Tariff"), width=96),
        Column("prefix", _("Prefix"), "code", width=76),
        Column("destination", _("Destination"), width=140, grows=True),
        Column("band", _("Time band"), width=90, shown=False),
        Column(thin_state, _("State"), "state", width=84),
        Column("price", _("Price"), "money", width=74),
        Column("cost", _("Cost"), "money", width=74, tip=lambda each: _("{tariff}, prefix {prefix}", tariff=each.cost_by, prefix=each.cost_prefix)),
        Column(lambda each: each.margin_percent, _("Margin"), "percent", width=74),
        Column("mended", _("Would be"), "money", width=80),
        Column("cost_by", _("Cost by"), width=120, shown=False),
    ]


class MarginsScreen(Screen):
    """The list of what was found last; it is asked anew when it is shown, when a filter changes, and after a mend."""

    kinds = frozenset({"rate", "tariff"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.found: Margins | None = None
        self._asking = False
        self._stale = False
        self.rows = RowsModel(desk.client, columns())
        fine = _("No price is below its cost or below the wished margin.")
        none = Empty(fine, _("Look again"), self.refresh)
        self.list = ListPage(
            desk, self.rows, title=_("Margin radar"), empty=none, totals=lambda _model: self._totals(), memory_name="margins", many=True
        )
        self.list.search.setPlaceholderText(_("Prefix, destination or tariff"))
        self.list.search.textChanged.connect(lambda _text: self._show())
        self.list.opened.connect(lambda _price: self._open())
        self.list.selected.connect(self.verbs_changed)
        self.list._menu = verb_menu(self, 1)
        self.tariff = Choice(desk.client, "tariffs.list", show=tariff_line, request=Listing(), placeholder=_("Tariff: all that is sold by"))
        self.tariff.setAccessibleName(_("Tariff"))
        self.tariff.setMinimumWidth(190)
        wanted = place.filters.get("tariff")
        if wanted:
            self.tariff.set_value(int(wanted) if wanted.isdigit() else wanted, place.filters.get("name", ""))
        self.tariff.chosen.connect(lambda _view: self.refresh())
        self.wish = QComboBox()
        self.wish.setAccessibleName(_("Wished margin"))
        for each in WISHES:
            self.wish.addItem(_("Losses alone") if each == "0" else _("Below {percent} margin", percent=percent(each)), each)
        self.wish.setCurrentIndex(max(0, self.wish.findData(desk.memory.get("margins.wish"))))
        self.wish.currentIndexChanged.connect(self._wished)
        self.list.extra.addWidget(self.tariff)
        self.list.extra.addWidget(self.wish)
        self.body.addWidget(self.list)
        self._later = QTimer(self, singleShot=True, interval=LATER_MS)
        self._later.timeout.connect(self.refresh)

    def title(self) -> str:
        return _("Margin radar")

    def refresh(self) -> None:
        if self._asking:
            self._stale = True
            return
        self._asking = True
        self.list.counted.setText(_("Looking…"))
        operation.run(self, self.desk.client, "margins.list", self._request(), on_done=self._came, on_problem=self._failed)

    def on_changes(self, changes: Mapping[str, frozenset[int]]) -> None:
        """A burst of changed prices is looked through once."""
        self._later.start()

    def verbs(self) -> list[Action]:
        some, one = self.found is not None and self.found.found > 0, self.list.current() is not None
        return [
            Action("margins.mend", _("Mend all"), self.mend, "Ctrl+M", "good", enabled=some, primary=True, operation="margins.mend"),
            Action("margins.mend_some", _("Mend chosen"), self.mend_chosen, "Ctrl+E", "edit", enabled=one, group=1, operation="margins.mend"),
            Action("margins.open", _("Open tariff"), self._open, "Ctrl+O", "tariffs", enabled=one, group=1, operation="tariffs.get"),
            Action("margins.again", _("Look again"), self.refresh, "", "refresh", group=2, operation="margins.list"),
        ]

    # what is done --------------------------------------------------------------------------------------------------
    def mend(self) -> None:
        """All of them, at once; the message of it undoes it."""
        if self.found is not None and self.found.found:
            self._mend(self._requests(None))

    def mend_chosen(self) -> None:
        """The chosen ones: all prices of their prefixes that are too thin, tariff by tariff."""
        chosen: list[ThinPrice] = self.list.chosen()
        if chosen:
            self._mend(self._requests(chosen))

    def undo(self, mended: Sequence[Margins]) -> None:
        """The prices of before count again."""
        sets = [each for view in mended for each in view.sets]
        if not sets:
            return
        first, *rest = sets

        def back(done: RatesChanged) -> None:
            if rest:
                self.undo([Margins(0, 0, 0, [], 0, rest)])
            else:
                self.desk.toast(_("The prices are as they were"))
                self.refresh()

        operation.run(self, self.desk.client, "rates.undo_import", UndoImport(first.tariff_id, first.import_id), on_done=back)

    # parts ---------------------------------------------------------------------------------------------------------
    def _request(self) -> MarginsAsk:
        return MarginsAsk(tariff=self.tariff.value(), margin_percent=str(self.wish.currentData()), limit=SHOWN)

    def _wished(self, _at: int) -> None:
        self.desk.memory.put("margins.wish", self.wish.currentData())
        self.refresh()

    def _came(self, found: Margins) -> None:
        self._asking = False
        if self._stale:
            self._stale = False
            self.refresh()
            return
        self.found = found
        self._show()
        self.verbs_changed.emit()

    def _show(self) -> None:
        """What fits the search of what was found."""
        prices = self.found.prices if self.found is not None else []
        wanted = self.list.search.text().strip().lower()
        self.rows.show_rows([each for each in prices if each.prefix.startswith(wanted) or wanted in f"{each.destination} {each.tariff}".lower()])
        self.list.counted.setText(count(self.found.found if self.found is not None else 0))

    def _failed(self, problem: Problem) -> None:
        self._asking = self._stale = False
        self.list.model.failed.emit(problem)
        if self.rows.rows:
            self.desk.toast(problem.detail)

    def _totals(self) -> str:
        if self.found is None:
            return ""
        parts = [plural("{n} price is too low", "{n} prices are too low", self.found.found)]
        parts.append(plural("{n} of them below cost", "{n} of them below cost", self.found.losses))
        parts.append(_("{n} prices looked at", n=count(self.found.looked_at)))
        if len(self.found.prices) < self.found.found:
            parts.append(_("the worst {n} are shown", n=count(len(self.found.prices))))
        return "   ·   ".join(parts)

    def _requests(self, chosen: Sequence[ThinPrice] | None) -> list[MarginsMend]:
        """One for all, or one for each tariff of those that are chosen."""
        wish = str(self.wish.currentData())
        if chosen is None:
            return [MarginsMend(tariff=self.tariff.value(), margin_percent=wish, limit=SHOWN)]
        tariffs = dict.fromkeys(each.tariff_id for each in chosen)
        return [
            MarginsMend(
                tariff=tariff, margin_percent=wish, limit=SHOWN, prefixes=sorted({each.prefix for each in chosen if each.tariff_id == tariff})
            )
            for tariff in tariffs
        ]

    def _mend(self, requests: Sequence[MarginsMend], before: tuple[Margins, ...] = ()) -> None:
        first, *rest = requests

        def done(view: Margins) -> None:
            mended = (*before, view)
            if rest:
                self._mend(rest, mended)
                return
            self.desk.toast(self._mended(mended), lambda: self.undo(mended))
            self.refresh()

        LongWork(
            self.desk,
            self,
            title=_("Mending prices"),
            text=_("The new prices count from the moment all of them are written."),
            name="margins.mend",
            request=first,
            on_done=done,
            told=lambda view: self._mended((*before, view)),
        ).open()

    @staticmethod
    def _mended(views: Sequence[Margins]) -> str:
        return plural("{n} price is mended", "{n} prices are mended", sum(each.written for each in views))

    def _open(self) -> None:
        price: ThinPrice | None = self.list.current()
        if price is not None:
            self.desk.go(Place("tariff", price.tariff_id, "rates", {"search": price.prefix}))

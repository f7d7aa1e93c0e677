"""A shop's figures: sales by day, clerk, destination, booth and goods; what happened at the tills; shifts and their reports."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from PySide6.QtWidgets import QComboBox, QWidget

from appliance.clock import rfc3339
from appliance.gui import operation, words
from appliance.gui.column import Column, State
from appliance.gui.desk import Desk, Place
from appliance.gui.rows_model import RowsModel
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.booths.booth_words import cash_kind, event_kind
from appliance.gui.screens.booths.shift_report import drawer_lines
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.cards import Cards, facts
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import Filter, ListPage
from appliance.gui.widgets.page import Tab, ThingPage
from appliance.gui.widgets.plain import column, holding, row
from appliance.gui.words import _
from appliance.wire.problem import Problem
from appliance.wire.shapes import ById
from appliance.wire.shifts import ShiftList, ShiftView
from appliance.wire.shops import ExceptionsRequest, ShopStatisticsRequest

DAYS = 30
CARDS_WIDTH = 360


class ShopFiguresScreen(Screen):
    """Three tabs; a clerk sees the own shifts alone."""

    kinds = frozenset({"shift", "till_receipt", "shop"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.shop = int(place.filters.get("shop", "0"))
        tabs = [Tab("shifts", _("Shifts"), self._shifts)]
        if desk.may("shops.statistics"):
            tabs = [Tab("sales", _("Sales"), self._sales), Tab("exceptions", _("Exceptions"), self._exceptions), *tabs]
        self.page = ThingPage(desk.theme, tabs)
        self.lists: list[ListPage] = []
        self.by = QComboBox()
        self.sales: RowsModel | None = None
        self.shift_cards = Cards()
        self.body.addWidget(self.page)
        self.page.open_tab("")

    def title(self) -> str:
        return _("Figures of the shop")

    def verbs(self) -> list[Action]:
        back = Action("figures.booths", _("Booths"), lambda: self.desk.go(Place("booths")), "Ctrl+B", "booths", primary=True, operation="booths.list")
        return [back]

    def refresh(self) -> None:
        operation.run(self, self.desk.client, "shops.get", ById(self.shop), on_done=self._named, on_problem=self._failed)
        for each in self.lists:
            each.refresh()
        if self.sales is not None:
            self._ask_sales()

    def _failed(self, problem: Problem) -> None:
        if not self.page.name.text():
            self.page.show_problem(problem, self.refresh)

    def _named(self, view: Any) -> None:
        self.page.show_head(view.name, view.chain or view.reseller, State(""), [])

    # sales ---------------------------------------------------------------------------------------------------------
    def _sales(self) -> QWidget:
        kinds = [
            ("day", _("By day")),
            ("clerk", _("By clerk")),
            ("destination", _("By destination")),
            ("booth", _("By booth")),
            ("goods", _("By goods")),
            ("shop", _("By shop of the chain")),
        ]
        for key, text in kinds:
            self.by.addItem(text, key)
        self.by.setAccessibleName(_("Sums by"))

        def money(of: str, title: str) -> Column:
            return Column(of, title, "money", width=96, currency="currency")

        columns = [
            Column(self._key, _("What"), width=130, grows=True),
            Column("bills", _("Bills"), "count", width=60),
            Column("calls", _("Calls"), "count", width=60),
            Column("seconds", _("Talk"), "duration", width=96),
            money("sales_calls", _("Calls, money")),
            money("sales_goods", _("Goods, money")),
            money("discounts", _("Discounts")),
            money("lost", _("Lost")),
            money("margin", _("Margin")),
        ]
        self.sales = RowsModel(self.desk.client, columns)
        page = ListPage(
            self.desk,
            self.sales,
            title=_("Sales"),
            empty=Empty(_("Nothing was sold in the last {days} days.", days=DAYS), _("Booths"), lambda: self.desk.go(Place("booths"))),
            memory_name="shop_sales",
            embedded=True,
            bare=True,
        )
        self.by.currentIndexChanged.connect(self._ask_sales)
        head = row(self.by, None, margin="medium")
        self._ask_sales()
        return holding(column(head, page, gap=""))

    def _key(self, view: Any) -> str:
        if not view.key:
            return _("All")
        return words.day(view.key) if self.by.currentData() == "day" else str(view.key)

    def _ask_sales(self) -> None:
        since = rfc3339(self.desk.clock.utcnow() - int(timedelta(days=DAYS).total_seconds() * 1000))
        by = self.by.currentData() or "day"
        asked = ShopStatisticsRequest(shop=None if by == "shop" else self.shop, by=by, since=since)

        def came(page: Any) -> None:
            if self.sales is not None:
                self.sales.show_rows([*page.lines, *page.totals] if page.lines else [])

        operation.run(self, self.desk.client, "shops.statistics", asked, on_done=came, on_problem=self._no_sales)

    def _no_sales(self, problem: Problem) -> None:
        if self.sales is not None:
            self.sales.failed.emit(problem)

    # exceptions ----------------------------------------------------------------------------------------------------
    def _exceptions(self) -> QWidget:
        columns = [
            Column("at", _("At"), "moment", width=140),
            Column(lambda view: event_kind(view.kind), _("What"), width=160),
            Column("clerk", _("Clerk"), width=110),
            Column("approved_by", _("Approved by"), width=110),
            Column("amount", _("Amount"), "money", width=110, currency="currency"),
            Column("reason", _("Reason"), width=200, grows=True),
            Column("till", _("Till"), width=100, shown=False),
        ]
        model = PageModel(self.desk.client, "shops.exceptions", ExceptionsRequest(self.shop), columns, rows="events")
        kinds = ["drawer", "reprint", "cancel", "discount", "manual_price", "refund", "deleted_line", "walk_out", "complaint", "forgiven"]
        kinds += ["closed_booth_call", "recount", "forced_close", "not_signed"]
        page = ListPage(
            self.desk,
            model,
            title=_("Exceptions"),
            empty=Empty(_("Nothing out of the ordinary happened at the tills."), _("Booths"), lambda: self.desk.go(Place("booths"))),
            filters=[Filter("kind", _("What"), [(each, event_kind(each)) for each in kinds])],
            totals=self._exceptions_total,
            memory_name="shop_exceptions",
            embedded=True,
        )
        self.lists.append(page)
        page.refresh()
        return page

    def _exceptions_total(self, model: PageModel) -> str:
        totals = model.page.totals if model.page is not None else []
        shown = sorted(totals, key=lambda each: -each.count)[:6]
        return "   ·   ".join(f"{each.clerk}: {event_kind(each.kind)} {words.count(each.count)} ×" for each in shown)

    # shifts --------------------------------------------------------------------------------------------------------
    def _shifts(self) -> QWidget:
        def difference(view: ShiftView) -> str | None:
            return view.cash[0].difference if view.cash else None

        def currency(view: ShiftView) -> str:
            return view.cash[0].currency if view.cash else ""

        def state(view: ShiftView) -> State:
            return State(_("Open"), "good") if view.closed_at is None else State(_("Closed"))

        columns = [
            Column("opened_at", _("Opened"), "moment", width=140),
            Column("closed_at", _("Closed"), "moment", width=140),
            Column("till_name", _("Till"), width=110),
            Column("clerk", _("Clerk"), width=110, grows=True),
            Column(state, _("State"), "state", width=90),
            Column(difference, _("Difference"), "money", width=110, currency=currency),
        ]
        model = PageModel(self.desk.client, "shifts.list", ShiftList(self.shop), columns)
        page = ListPage(
            self.desk,
            model,
            title=_("Shifts"),
            empty=Empty(_("There was no shift yet. It begins with the counted float."), _("Booths"), lambda: self.desk.go(Place("booths"))),
            memory_name="shop_shifts",
            embedded=True,
            bare=True,
        )
        page.opened.connect(self._open_shift)
        self.lists.append(page)
        page.refresh()
        self.shift_cards.setMaximumWidth(CARDS_WIDTH)
        self.shift_cards.hide()
        both = row(gap="")
        both.addWidget(page, 1)
        both.addWidget(self.shift_cards)
        return holding(both)

    def _open_shift(self, view: ShiftView) -> None:
        operation.run(self, self.desk.client, "shifts.get", ById(view.id), on_done=self._show_shift)

    def _show_shift(self, view: Any) -> None:
        """The drawer and each movement of it."""
        cards = [facts(_("Drawer, {currency}", currency=each.currency), drawer_lines(each)) for each in view.cash]
        moves = [
            (f"{words.moment(each.at)}  {cash_kind(each.kind)}", f"{words.money(each.amount, each.currency)}  {each.reason}")
            for each in view.movements
        ]
        if moves:
            cards.append(facts(_("Movements"), moves))
        self.shift_cards.show_cards(cards)
        self.shift_cards.show()

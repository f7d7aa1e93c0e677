"""The page of a reseller: what it spends and brings, its resellers' figures, and all that was set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QComboBox, QWidget

from appliance.gui import operation
from appliance.gui.column import Column
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.parts.call_filters import bounds, periods, today
from appliance.gui.screens.parts.guard_limits import edit_limits
from appliance.gui.screens.resellers.reseller_commission import CommissionsTab
from appliance.gui.screens.resellers.reseller_form import add_money, assign_tariff, edit_reseller
from appliance.gui.screens.resellers.resellers import archive_reseller, disable_reseller, state
from appliance.gui.screens.resellers.settings_brand import BrandSettings
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.archiving import away_verb, restore
from appliance.gui.widgets.cards import Cards, facts
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.widgets.page import Figure, Tab, ThingPage
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.gui.widgets.plain import scrolling
from appliance.gui.words import _, count, micros, money, number, own_name, percent, plural
from appliance.wire.problem import Problem
from appliance.wire.resellers import ResellerView
from appliance.wire.shapes import ById
from appliance.wire.statistics import ResellerFigures, ResellerStatistics, ResellerStatisticsRequest

BRAND_SIZE = (960, 680)


class ResellerScreen(Screen):
    """One reseller."""

    kinds = frozenset({"reseller", "account", "balance", "tariff"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.view: ResellerView | None = None
        self.figures: ResellerFigures | None = None
        self.details = Cards()
        self.below = self._below()
        self.period = self._periods()
        self.below.extra.addWidget(self.period)
        tabs = [Tab("details", _("Details"), lambda: self.details), Tab("below", _("Spending and profit below it"), lambda: self.below)]
        if desk.may("commissions.list"):
            tabs.append(Tab("commissions", _("Commissions"), self._commissions))
        self.page = ThingPage(desk.theme, tabs)
        self.body.addWidget(self.page)
        self.page.tab_changed.connect(lambda _name: self.verbs_changed.emit())
        self.page.open_tab(place.tab)

    def title(self) -> str:
        return self.view.name if self.view is not None else _("Reseller")

    def verbs(self) -> list[Action]:
        view = self.view
        alive = view is not None and view.archived_at is None
        below = view is not None and alive and view.parent is not None
        gone = view is not None and not alive
        stopped = view is not None and view.disabled
        able = _("Enable") if stopped else _("Disable")
        shown = self.page.built.get(self.page.tab())
        return [
            *(shown.verbs(alive) if isinstance(shown, CommissionsTab) else []),
            Action("reseller.pay", _("Add payment"), self._pay, "Ctrl+P", "payments", enabled=below, primary=True, operation="payments.record"),
            Action("reseller.edit", _("Edit"), self._edit, "F2", "edit", enabled=alive, operation="resellers.update"),
            Action("reseller.brand", _("Brand"), self._brand, "", "view", enabled=alive, group=1, operation="brands.set"),
            Action("reseller.tariff", _("Assign tariff"), self._assign, "Ctrl+T", "tariffs", enabled=below, operation="resellers.update"),
            Action("reseller.limits", _("Limits"), self._limits, "Ctrl+Shift+L", "warning", enabled=below, group=1, operation="limits.set"),
            Action("reseller.calls", _("Calls"), self._calls, "Ctrl+Shift+C", "calls", enabled=view is not None, group=1, operation="cdrs.list"),
            Action(
                "reseller.disable",
                able,
                self._disable,
                "Ctrl+D",
                "enable" if stopped else "disable",
                enabled=below,
                group=2,
                operation="resellers.update",
            ),
            away_verb("reseller", "resellers", gone, self._archive, self._restore, enabled=below or gone),
        ]

    def refresh(self) -> None:
        operation.run(self, self.desk.client, "resellers.get", ById(self.place.id), on_done=self.show_reseller, on_problem=self._failed)

    def on_changes(self, changes: Mapping[str, frozenset[int]]) -> None:
        """Other resellers' changes do not concern this page."""
        others = changes.get("reseller")
        if set(changes) == {"reseller"} and others and self.place.id not in others:
            return
        self.refresh()

    def show_reseller(self, view: ResellerView) -> None:
        """Show it, and ask for its figures."""
        self.view = view
        self._show_head()
        self.details.show_cards(detail_cards(view, self.figures))
        commissions = self.page.built.get("commissions")
        if isinstance(commissions, CommissionsTab):
            commissions.show_reseller(view)
        self._ask_below()
        if view.parent is not None:
            since, until = bounds("month", today(self.desk.clock))
            request = ResellerStatisticsRequest(reseller=view.parent, since=since, until=until)
            operation.run(self, self.desk.client, "resellers.statistics", request, on_done=self._figured, on_problem=lambda problem: None)
        self.title_changed.emit()
        self.verbs_changed.emit()

    # parts ---------------------------------------------------------------------------------------------------------
    def _show_head(self) -> None:
        view = self.view
        if view is None:
            return
        shown = []
        if view.balance is not None:
            tone = "danger" if micros(view.balance) + micros(view.credit_limit or "0") <= 0 else ""
            shown = [
                Figure(_("Balance"), money(view.balance, view.currency), tone),
                Figure(_("Credit limit"), money(view.credit_limit, view.currency)),
            ]
        if self.figures is not None:
            shown.append(Figure(_("Spent this month"), money(self.figures.spend, self.figures.currency)))
            if self.figures.profit is not None:
                tone = "danger" if micros(self.figures.profit) < 0 else "good"
                shown.append(Figure(_("Profit this month"), money(self.figures.profit, self.figures.currency), tone))
        under = _("below {parent} · {domain}", parent=view.parent, domain=view.sip_domain) if view.parent else view.sip_domain
        self.page.show_head(view.name, under, state(view), shown)

    def _figured(self, page: ResellerStatistics) -> None:
        self.figures = next((row for row in page.resellers if row.id == self.place.id), None)
        self._show_head()
        if self.view is not None:
            self.details.show_cards(detail_cards(self.view, self.figures))

    def _below(self) -> ListPage:
        columns = [
            Column("reseller", _("Reseller"), width=200, grows=True),
            Column("calls", _("Calls"), "count", width=90),
            Column("answered", _("Answered"), "count", width=90),
            Column(lambda row: round(float(row.minutes)), _("Minutes"), "count", width=100),
            Column("spend", _("Spent"), "money", width=120, currency="currency"),
            Column("cost", _("Cost"), "money", width=120, currency="currency"),
            Column("profit", _("Profit"), "money", width=120, currency="currency"),
        ]
        model = PageModel(self.desk.client, "resellers.statistics", ResellerStatisticsRequest(reseller=self.place.id), columns)
        made = ListPage(
            self.desk,
            model,
            title=_("Spending and profit below it"),
            empty=Empty(_("It has no resellers of its own.")),
            totals=_totals,
            memory_name="reseller.below",
            embedded=True,
        )
        made.opened.connect(lambda row: self.desk.go(Place("reseller", id=row.id)))
        return made

    def _commissions(self) -> QWidget:
        made = CommissionsTab(self.desk, self.place.id)
        made.verbs_changed.connect(self.verbs_changed)
        made.show_reseller(self.view)
        return made

    def _periods(self) -> QComboBox:
        made = QComboBox()
        made.setAccessibleName(_("Period"))
        for name, text in periods():
            if name != "custom":
                made.addItem(text, name)
        made.setCurrentIndex(max(0, made.findData("month")))
        made.currentIndexChanged.connect(lambda _at: self._ask_below())
        return made

    def _ask_below(self) -> None:
        since, until = bounds(str(self.period.currentData()), today(self.desk.clock))
        first = since or "2000-01-01T00:00:00.000Z"
        self.below.set_request(ResellerStatisticsRequest(reseller=self.place.id, since=first, until=until))

    def _failed(self, problem: Problem) -> None:
        self.page.show_problem(problem, self.refresh)

    def _pay(self) -> None:
        if self.view is not None:
            add_money(self.desk, self, self.view)

    def _edit(self) -> None:
        if self.view is not None:
            edit_reseller(self.desk, self, self.view)

    def _assign(self) -> None:
        if self.view is not None:
            assign_tariff(self.desk, self, self.view)

    def _brand(self) -> None:
        """How its customers' pages look."""
        if self.view is not None:
            title = _("Brand of {name}", name=self.view.name)
            brand = BrandSettings(self.desk, self.view.name)
            dialog = PanelDialog(self, title, scrolling(brand), size=BRAND_SIZE)
            brand.save_button.setDefault(True)
            dialog.open()

    def _limits(self) -> None:
        if self.view is not None:
            edit_limits(self.desk, self, "reseller", self.view.id)

    def _calls(self) -> None:
        if self.view is not None:
            self.desk.go(Place("calls", filters={"reseller": self.view.name}))

    def _disable(self) -> None:
        if self.view is not None:
            disable_reseller(self.desk, self, self.view, not self.view.disabled)

    def _restore(self) -> None:
        if self.view is not None:
            restore(self.desk, self, "resellers", self.view.id, self.view.name)

    def _archive(self) -> None:
        if self.view is not None:
            archive_reseller(self.desk, self, self.view)


def _totals(model: PageModel) -> str:
    """Sums by currency."""
    sums: dict[str, list[int]] = {}
    for row in model.rows:
        at = sums.setdefault(row.currency, [0, 0])
        at[0] += micros(row.spend)
        at[1] += micros(row.profit or "0")
    parts = [plural("{n} reseller", "{n} resellers", len(model.rows))]
    for currency, (spend, profit) in sorted(sums.items()):
        parts.append(_("spent {money}", money=money(spend, currency)))
        parts.append(_("profit {money}", money=money(profit, currency)))
    return "   ·   ".join(parts)


def detail_cards(view: ResellerView, figures: ResellerFigures | None) -> list[QWidget]:
    """What it may, what it has, what it brought."""
    nothing, yes, no = _("None"), _("Yes"), _("No")
    business: list[tuple[str, str]] = [
        (_("Currency"), view.currency),
        (_("Country"), view.country or nothing),
        (_("Time zone"), view.timezone),
        (_("Language"), own_name(view.language) if view.language else nothing),
        (_("SIP domain"), view.sip_domain),
        (_("Older SIP domains"), ", ".join(view.old_sip_domains)),
        (_("Web host names"), ", ".join(view.web_hosts) or nothing),
        (_("Number range"), view.number_range),
        (_("Caller number"), number(view.caller_number) or nothing),
    ]
    trade: list[tuple[str, str]] = [
        (_("Buys by tariff"), view.tariff or (_("It buys from carriers") if view.parent is None else nothing)),
        (_("Markup of its retail tariff"), percent(view.retail_markup_percent)),
        (_("Calls at once"), count(view.max_calls) if view.max_calls is not None else _("No limit")),
        (_("Call shops"), yes if view.call_shop_allowed else no),
        (_("Resellers of its own"), yes if view.may_have_resellers else no),
        (_("Trunks of its own"), yes if view.own_trunks_allowed else no),
    ]
    found: list[Any] = []
    if figures is not None:
        brought = [
            (_("Calls"), count(figures.calls)),
            (_("Answered"), count(figures.answered)),
            (_("Minutes"), count(round(float(figures.minutes)))),
            (_("It paid"), money(figures.spend, figures.currency)),
            (_("These calls cost"), money(figures.cost, figures.currency)),
            (_("Profit"), money(figures.profit, figures.currency)),
        ]
        found.append(facts(_("This month"), [(name, text) for name, text in brought if text]))
    found += [facts(_("Trade"), trade), facts(_("Business"), [(name, text) for name, text in business if text])]
    return found

"""What would a call to a number cost, and which way would it go: asked without making it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.screens.calls import call_explained
from appliance.gui.screens.trunks import trunk_words
from appliance.gui.theme import space
from appliance.gui.widgets.badge import Badge
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.plain import button, card, clear, column, holding, label, line, row, scrolling, within_screen
from appliance.gui.words import _, count, micros, money, number
from appliance.wire.problem import Problem
from appliance.wire.rates import NoPrice, PriceRequest, PriceView
from appliance.wire.records import ChargeView
from appliance.wire.routes import RoutePage, RouteView
from appliance.wire.shapes import Listing
from appliance.wire.trunks import TrunkPage, TrunkView

MOST_COSTED = 10


class Step(NamedTuple):
    """A trunk that would be tried, with what the call would cost there (None: it has no price)."""

    trunk: TrunkView
    cost: PriceView | None


def route_of(digits: str, routes: Sequence[RouteView], reseller: str) -> RouteView | None:
    """The route that serves a number: the longest prefix, of the reseller's own before those of others."""
    fitting = [each for each in routes if digits.startswith(each.prefix) and each.trunks]
    return max(fitting, key=lambda each: (each.reseller == reseller, len(each.prefix)), default=None)


def tried(route: RouteView, steps: Sequence[Step]) -> list[Step]:
    """The steps in the order a call tries them; disabled trunks are left out."""
    able = [each for each in steps if not each.trunk.disabled]
    if route.order == "cost":
        return sorted(able, key=lambda each: (each.cost is None, micros(each.cost.amount) if each.cost is not None else 0))
    return able


def ask_price(desk: Desk, owner: QWidget) -> None:
    """Open the dialog."""
    PriceDialog(desk, owner).open()


class PriceDialog(QDialog):
    """A number, who calls and for how long; below, the answer."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("What would a call cost"))
        self.desk = desk
        self.form = Form()
        self.form.text("number", _("&Number"), required=True, placeholder="+31 20 123 4567")
        with self.form.row():
            self.form.choice("customer", _("&Customer"), desk.client, "customers.list")
            self.form.choice("tariff", _("or &tariff"), desk.client, "tariffs.list")
            self.form.whole("minutes", _("&Minutes of talk"), least=0, most=1440)
        self.form.fill({"minutes": 3})
        self.answer = column(gap="large")
        self.ask_button = button(_("Show"), self.ask, "primary")
        self.ask_button.setDefault(True)
        inner = column(label(_("What would a call cost"), "title"), self.form, row(None, self.ask_button), self.answer, gap="large", margin="wide")
        inner.addStretch(1)
        close = row(None, button(_("Close"), self.reject))
        close.setContentsMargins(space("wide"), space("medium"), space("wide"), space("medium"))
        self.setLayout(column(scrolling(holding(inner)), line(), close, gap=""))
        self.resize(within_screen(640, 620))
        self._price: PriceView | None = None
        self._reseller = ""
        self._routes: list[RouteView] | None = None
        self._trunks: list[TrunkView] | None = None
        self._asked = 0

    def tell_problem(self, problem: Problem) -> None:
        """At its field, or above."""
        self.form.show_problem(problem)

    def ask(self) -> None:
        """Price it as typed, and look up the way."""
        values = self.form.values()
        if values is None:
            return
        if (values["customer"] is None) is (values["tariff"] is None):
            self.form.show_problem(Problem(code="price.name_tariff_or_customer", field="customer", detail=_("Choose either a customer or a tariff.")))
            return
        self._asked += 1
        clear(self.answer)
        self._price = self._routes = self._trunks = None
        customer = getattr(self.form.field("customer"), "view", lambda: None)()
        self._reseller = getattr(customer, "reseller", "") or ""
        self._seconds = values.pop("minutes") * 60
        asked, client = self._asked, self.desk.client
        request = PriceRequest(seconds=self._seconds, **values)
        operation.run(self, client, "calls.price", request, on_done=lambda view: self._priced(asked, view), busy=self.ask_button)
        operation.run(self, client, "routes.list", Listing(), on_done=lambda page: self._routed(asked, page), on_problem=self._no_way)
        operation.run(self, client, "trunks.list", Listing(limit=200), on_done=lambda page: self._known(asked, page), on_problem=self._no_way)

    # answers -------------------------------------------------------------------------------------------------------
    def _priced(self, asked: int, view: PriceView | NoPrice) -> None:
        if asked != self._asked:
            return
        if isinstance(view, NoPrice):
            blocked = view.error == "blocked"
            text = (
                _("The tariff blocks this number, so the call is refused.")
                if blocked
                else _("The tariff has no price for it, so the call is refused.")
            )
            self.answer.insertWidget(0, card(column(label(text, "strong", wrap=True), margin="large")))
            return
        self._price = view
        charge = ChargeView(_("the caller"), 0, "", view.billed_seconds, view.amount, view.currency, view.explanation)
        grid = QGridLayout()
        grid.setHorizontalSpacing(space("wide"))
        grid.setColumnStretch(0, 1)
        for at, each in enumerate(call_explained.lines(charge)[:-1]):
            grid.addWidget(label(each.text, wrap=True), at, 0)
            grid.addWidget(label(each.amount), at, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        head = row(label(number(view.normalised), "heading", copyable=True), None, label(money(view.amount, view.currency), "figure", copyable=True))
        self.answer.insertWidget(0, card(column(head, grid, margin="large")))
        self._show_way(asked)

    def _routed(self, asked: int, page: RoutePage) -> None:
        if asked == self._asked:
            self._routes = page.routes
            self._show_way(asked)

    def _known(self, asked: int, page: TrunkPage) -> None:
        if asked == self._asked:
            self._trunks = page.trunks
            self._show_way(asked)

    def _no_way(self, problem: Problem) -> None:
        """Whoever may not read trunks sees the price alone."""

    def _show_way(self, asked: int) -> None:
        if self._price is None or self._routes is None or self._trunks is None:
            return
        if "prefix" not in self._price.explanation:
            self._say(_("It rings a phone of your own; no trunk is needed."))
            return
        route = route_of(self._price.normalised, self._routes, self._reseller)
        if route is None:
            self._say(_("No route serves this number, so the call is refused."))
            return
        known = {each.name: each for each in self._trunks}
        trunks = [known[name] for name in route.trunks if name in known][:MOST_COSTED]
        costs: dict[int, PriceView | None] = {}

        def came(trunk: TrunkView, view: Any) -> None:
            costs[trunk.id] = view if isinstance(view, PriceView) else None
            if asked == self._asked and len(costs) == len(trunks):
                self._show_steps(route, tried(route, [Step(each, costs[each.id]) for each in trunks]))

        if not trunks:
            self._show_steps(route, [])
        for trunk in trunks:
            self._cost(trunk, came)

    def _cost(self, trunk: TrunkView, came: Any) -> None:
        if trunk.cost_tariff is None or self._price is None:
            came(trunk, None)
            return
        request = PriceRequest(number=f"+{self._price.normalised}", seconds=self._seconds, tariff=trunk.cost_tariff, reseller=trunk.reseller or None)
        operation.run(
            self, self.desk.client, "calls.price", request, on_done=lambda view: came(trunk, view), on_problem=lambda problem: came(trunk, None)
        )

    def _show_steps(self, route: RouteView, steps: Sequence[Step]) -> None:
        title = _("The way: route of {prefix}, {order}", prefix=trunk_words.prefix(route.prefix), order=trunk_words.order(route.order).lower())
        grid = QGridLayout()
        grid.setHorizontalSpacing(space("wide"))
        grid.setColumnStretch(0, 1)
        for at, each in enumerate(steps):
            grid.addWidget(label(_("{place}. {trunk}", place=count(at + 1), trunk=each.trunk.name)), at, 0)
            grid.addWidget(Badge(self.desk.theme, trunk_words.state(each.trunk)), at, 1)
            grid.addWidget(label(self._cost_text(each), "muted"), at, 2, Qt.AlignmentFlag.AlignRight)
        if not steps:
            grid.addWidget(label(_("None of its trunks can be used now."), "fault"), 0, 0)
        self.answer.addWidget(card(column(label(title, "heading", wrap=True), grid, margin="large")))

    def _cost_text(self, step: Step) -> str:
        if step.cost is None or self._price is None:
            return _("no buying price")
        cost = money(step.cost.amount, step.cost.currency)
        if step.cost.currency != self._price.currency:
            return _("costs {cost}", cost=cost)
        margin = money(micros(self._price.amount) - micros(step.cost.amount), step.cost.currency)
        return _("costs {cost}, margin {margin}", cost=cost, margin=margin)

    def _say(self, text: str) -> None:
        self.answer.addWidget(card(column(label(text, wrap=True), margin="large")))

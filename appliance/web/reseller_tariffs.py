"""Tariffs: the list, one derived by a percentage, its prices sought and edited one by one, and the list for customers (product.md S9-S11)."""

from __future__ import annotations

import re
from typing import Any

from appliance.errors import NotFound, UserError
from appliance.web.reseller_forms import amount, ticked, whole_or_none
from appliance.web.reseller_site import ResellerSite, ResellerVisit, again, back, page, show
from appliance.web.visit import Answer
from appliance.wire.documents import PriceListPrint
from appliance.wire.rates import GridRequest, GridRow, RateFields, RatesRemove, RatesSet
from appliance.wire.shapes import ById, Listing
from appliance.wire.tariffs import TariffCreate, TariffView

ROWS = 100
FILTERS = ("", "overridden", "loss", "thin")
LONGEST_PREFIX = 20


class TariffPages:
    """The reseller's own tariffs, and the one it buys by, which it may read."""

    def __init__(self, site: ResellerSite) -> None:
        self._site = site
        site.add(
            page("/tariffs", self.tariffs),
            page("/tariffs/new", self.add, writes=True),
            page("/tariffs/{id}", self.tariff),
            page("/tariffs/{id}/rate", self.rate, writes=True),
            page("/tariffs/{id}/follow", self.follow, writes=True),
            page("/tariffs/{id}/prices.pdf", self.price_list),
            page("/tariffs/{id}/prices.csv", self.price_list),
            page("/tariffs/{id}/prices.xlsx", self.price_list),
        )

    async def tariffs(self, visit: ResellerVisit) -> Answer:
        """Own ones, and the buying tariff."""
        own = await self._site.ask(visit, "tariffs.list", Listing(visit.who.reseller.id))
        return show(visit, "tariffs", tariffs=own.tariffs, buying=await self._buying(visit))

    async def add(self, visit: ResellerVisit) -> Answer:
        """This tariff plus so many percent."""
        own = await self._site.ask(visit, "tariffs.list", Listing(visit.who.reseller.id))
        buying = await self._buying(visit)
        shown: dict[str, Any] = {"bases": [*([buying] if buying else []), *own.tariffs]}
        if not visit.posted:
            return show(visit, "tariff_new", **shown)
        asked = TariffCreate(
            visit.text("name", 80),
            visit.who.reseller.id,
            base=visit.whole("base") or None,
            markup_percent=amount(visit.text("markup_percent", 20)) or "0",
            surcharge_per_minute=amount(visit.text("surcharge_per_minute", 20)) or "0",
            loss_guard=ticked(visit, "loss_guard"),
        )
        try:
            made = await self._site.ask(visit, "tariffs.create", asked)
        except UserError as error:
            return again(visit, "tariff_new", error, **shown)
        return back(f"/tariffs/{made.id}", made="1")

    async def tariff(self, visit: ResellerVisit) -> Answer:
        """Its prices, by prefix."""
        view: TariffView = await self._site.ask(visit, "tariffs.get", ById(visit.whole("id")))
        only = visit.text("only") if visit.text("only") in FILTERS else ""
        search = visit.text("search", 80)
        asked = GridRequest(view.id, search=search, only=only, after=visit.text("after", LONGEST_PREFIX), limit=ROWS)
        grid = await self._site.ask(visit, "rates.grid", asked)
        return show(visit, "tariff", tariff=view, grid=grid, search=search, only=only, own=self._own(visit, view))

    async def rate(self, visit: ResellerVisit) -> Answer:
        """One price: typed anew, while all others go on following the base."""
        view: TariffView = await self._site.ask(visit, "tariffs.get", ById(visit.whole("id")))
        prefix = re.sub(r"\D", "", visit.text("prefix", LONGEST_PREFIX))
        row = await self._row(visit, view, prefix)
        shown: dict[str, Any] = {"tariff": view, "row": row}
        if not self._own(visit, view):
            raise NotFound("request.no_such_path", path=visit.path)
        if not visit.posted:
            return show(visit, "rate", **shown)
        try:
            fields = self._fields(visit, row)
            if len(fields) > 1:
                await self._site.ask(visit, "rates.set", RatesSet(view.id, [RateFields(**fields)]))
        except UserError as error:
            return again(visit, "rate", UserError(error.code, field=(error.field or "").rpartition(".")[2] or None, **error.parameters), **shown)
        return back(f"/tariffs/{view.id}", search=prefix, saved="1")

    async def follow(self, visit: ResellerVisit) -> Answer:
        """A price of a derived tariff follows its base again."""
        view: TariffView = await self._site.ask(visit, "tariffs.get", ById(visit.whole("id")))
        prefix = re.sub(r"\D", "", visit.text("prefix", LONGEST_PREFIX))
        if visit.posted and view.base is not None:
            await self._site.ask(visit, "rates.remove", RatesRemove(view.id, [prefix]))
        return back(f"/tariffs/{view.id}", search=prefix)

    async def price_list(self, visit: ResellerVisit) -> Answer:
        """For customers: PDF, CSV or a spreadsheet."""
        asked = PriceListPrint(visit.whole("id"), format=visit.path.rpartition(".")[2], language=visit.words.language)
        document = await self._site.ask(visit, "tariffs.price_list", asked)
        return Answer(document.content, 200, document.content_type, file_name=document.name)

    # parts ---------------------------------------------------------------------------------------------------------
    async def _buying(self, visit: ResellerVisit) -> TariffView | None:
        identity = visit.who.reseller.tariff_id if visit.may("costs.read") else None
        found: TariffView | None = None if identity is None else await self._site.ask(visit, "tariffs.get", ById(identity))
        return found

    @staticmethod
    def _own(visit: ResellerVisit, view: TariffView) -> bool:
        return visit.may("tariffs.write") and view.id != visit.who.reseller.tariff_id

    async def _row(self, visit: ResellerVisit, view: TariffView, prefix: str) -> GridRow:
        grid = await self._site.ask(visit, "rates.grid", GridRequest(view.id, search=prefix, limit=ROWS)) if prefix else None
        row = None if grid is None else next((each for each in grid.rates if each.prefix == prefix), None)
        if row is None:
            raise NotFound("rate.unknown", prefix=prefix)
        found: GridRow = row
        return found

    @staticmethod
    def _fields(visit: ResellerVisit, row: GridRow) -> dict[str, Any]:
        """What was changed of the price."""
        found: dict[str, Any] = {"prefix": row.prefix}
        for name in ("price_per_minute", "connection_fee"):
            typed = amount(visit.text(name, 40))
            if typed != getattr(row, name):
                found[name] = typed
        for name in ("first_increment", "next_increment"):
            count = whole_or_none(visit, name)
            if count is not None and count != getattr(row, name):
                found[name] = count
        if ticked(visit, "blocked") != row.blocked:
            found["blocked"] = ticked(visit, "blocked")
        return found

"""Incoming numbers of a reseller: what each rings, what its customer pays, and to which sub-reseller it is sold (product.md P6)."""

from __future__ import annotations

from typing import Any

from appliance.errors import NotFound, UserError
from appliance.web.reseller_forms import amount
from appliance.web.reseller_site import ResellerSite, ResellerVisit, again, back, page, show
from appliance.web.visit import Answer
from appliance.wire.numbers import NumberList, NumberPrice, NumberPut, NumberSell, NumberTakeBack, NumberView
from appliance.wire.shapes import Listing

PRICES = ("price_per_minute", "monthly_fee", "setup_fee")
LONGEST_NUMBER = 32


class NumberPages:
    """Own numbers, also those that were sold on."""

    def __init__(self, site: ResellerSite) -> None:
        self._site = site
        site.add(
            page("/numbers", self.numbers),
            page("/numbers/{did}", self.number, writes=True),
            page("/numbers/{did}/sell", self.sell, writes=True),
            page("/numbers/{did}/take-back", self.take_back, writes=True),
        )

    async def numbers(self, visit: ResellerVisit) -> Answer:
        """All, or those that a part of a number finds."""
        search = "".join(sign for sign in visit.text("search", LONGEST_NUMBER) if sign.isdigit())
        found = await self._site.ask(visit, "numbers.list", NumberList(visit.who.reseller.id, search))
        return show(visit, "numbers", page=found, search=search)

    async def number(self, visit: ResellerVisit) -> Answer:
        """One: where it rings and what that costs its customer; sold on, that is its buyer's to say."""
        view = await self._view(visit)
        if not visit.posted:
            return show(visit, "number", row=view)
        values = _prices(visit, view.sells)
        if visit.text("endpoint", LONGEST_NUMBER) != (view.endpoint or ""):
            values["endpoint"] = visit.text("endpoint", LONGEST_NUMBER) or None
        failover = visit.text("failover", 400).split()
        if failover != view.failover:
            values["failover"] = failover
        try:
            if values:
                await self._site.ask(visit, "numbers.put", NumberPut(view.did, **values))
        except UserError as error:
            return again(visit, "number", error, row=view)
        return back(f"/numbers/{view.did}", saved="1")

    async def sell(self, visit: ResellerVisit) -> Answer:
        """To a sub-reseller, or what the one that has it pays."""
        view = await self._view(visit)
        if not visit.may("resellers.write"):
            raise NotFound("request.no_such_path", path=visit.path)
        shown: dict[str, Any] = {"row": view, "once": self._once(visit), "below": await self._below(visit)}
        if not visit.posted:
            return show(visit, "number_sell", **shown)
        try:
            buyer = visit.text("reseller", 80)
            values = {name: amount(visit.text(name, 40)) or None for name in PRICES} if buyer else _prices(visit, view.sells)
            await self._site.ask(
                visit, "numbers.sell", NumberSell(view.did, buyer or view.sold_to or "", request_id=self._key(visit, shown), **values)
            )
        except UserError as error:
            return again(visit, "number_sell", error, **shown)
        return back(f"/numbers/{view.did}", saved="1")

    async def take_back(self, visit: ResellerVisit) -> Answer:
        """Asked first: it rings nowhere then."""
        view = await self._view(visit)
        shown: dict[str, Any] = {"row": view, "once": self._once(visit)}
        if view.sold_to is None or not visit.may("resellers.write"):
            return back(f"/numbers/{view.did}")
        if not visit.posted:
            return show(visit, "number_back", **shown)
        try:
            await self._site.ask(visit, "numbers.take_back", NumberTakeBack(view.did, view.sold_to, self._key(visit, shown)))
        except UserError as error:
            return again(visit, "number_back", error, **shown)
        return back(f"/numbers/{view.did}", saved="1")

    # parts ---------------------------------------------------------------------------------------------------------
    async def _view(self, visit: ResellerVisit) -> NumberView:
        did = visit.text("did", LONGEST_NUMBER)
        found = await self._site.ask(visit, "numbers.list", NumberList(visit.who.reseller.id, did))
        view: NumberView | None = next((each for each in found.numbers if each.did == did), None)
        if view is None:
            raise NotFound("did.unknown", did=did)
        return view

    async def _below(self, visit: ResellerVisit) -> list[Any]:
        tree = await self._site.maybe(visit, "resellers.read", "resellers.list", Listing())
        return [] if tree is None else [each for each in tree.resellers if each.parent == visit.who.reseller.name]

    def _once(self, visit: ResellerVisit) -> str:
        return visit.text("once", 60) or self._site.fresh()

    @staticmethod
    def _key(visit: ResellerVisit, shown: dict[str, Any]) -> str:
        return f"reseller-{visit.who.operator_id}-{shown['once']}"


def _prices(visit: ResellerVisit, now: NumberPrice) -> dict[str, Any]:
    """The prices that were typed otherwise than they are; an empty field is none."""
    typed = {name: amount(visit.text(name, 40)) or None for name in PRICES if name in visit.typed}
    return {name: value for name, value in typed.items() if value != getattr(now, name)}

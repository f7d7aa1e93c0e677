"""Calls of all endpoints: filtered, summed, exported, each explained."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from appliance.errors import NotFound
from appliance.services.ground.access import Actor, Grant
from appliance.web import explained, templates
from appliance.web.site import Page, Pages
from appliance.web.visit import Answer, Visit
from appliance.wire.cdrs import CdrExport, CdrFilter, CdrList, CdrPrint
from appliance.wire.documents import PriceListPrint
from appliance.wire.rates import NoPrice, PriceRequest
from appliance.wire.shapes import ById

PAGE = 50
MINUTES = (1, 5, 10)
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")


class CallPages:
    """Calls and prices."""

    def __init__(self, site: Pages) -> None:
        self._ask, self._file = site.backend.ask, site.backend.file
        site.add(
            Page("/calls", self.calls),
            Page("/calls.csv", self.export),
            Page("/calls.pdf", self.paper),
            Page("/calls/{id}", self.call),
            Page("/prices", self.prices),
            Page("/prices.pdf", self.price_list),
            Page("/prices.csv", self.price_list),
        )

    async def calls(self, visit: Visit) -> Answer:
        """One page, newest first; totals of all that the filter finds, where they are asked for: they may be of a million."""
        visitor = visit.signed_in
        asked = self._filter(visit)
        page = await self._ask(visitor.actor, "cdrs.list", CdrList(**_fields(asked), after=visit.whole("after"), limit=PAGE))
        few = not page.next and not visit.whole("after")
        totals = await self._ask(visitor.actor, "cdrs.totals", asked) if few or visit.text("totals", 1) == "1" else None
        customer = await self._ask(visitor.actor, "customers.get", ById(visitor.customer.id))
        return Answer(templates.page(visit, "calls", page=page, totals=totals, customer=customer, asked=asked))

    async def export(self, visit: Visit) -> Answer:
        """All of the filter as a file, in parts: it may be long."""
        writer = await self._file(visit.signed_in.actor, "cdrs.export", CdrExport(**_fields(self._filter(visit))))
        return Answer(content_type="text/csv; charset=utf-8", file_name="calls.csv", stream=writer)

    async def paper(self, visit: Visit) -> Answer:
        """The newest of the filter on paper."""
        asked = CdrPrint(**_fields(self._filter(visit)), language=visit.words.language)
        document = await self._ask(visit.signed_in.actor, "cdrs.print", asked)
        return Answer(document.content, 200, document.content_type, file_name=document.name)

    async def call(self, visit: Visit) -> Answer:
        """One call, and how its price was made."""
        visitor = visit.signed_in
        view = await self._ask(visitor.actor, "cdrs.get", ById(visit.whole("id")))
        charges = [charge for charge in view.charges if charge.level == 0]
        steps = explained.lines(charges[0], visit.words) if charges else []
        return Answer(templates.page(visit, "call", call=view, steps=steps))

    async def prices(self, visit: Visit) -> Answer:
        """What a call would cost."""
        number = re.sub(r"[^0-9+]", "", visit.text("number", 40))
        prices: list[Any] = []
        why = ""
        if number:
            visitor = visit.signed_in
            actor = Actor(
                visitor.actor.name, None, (Grant("read-only", shop_id=visitor.customer.id, scopes=frozenset({"customers.read", "calls.price"})),)
            )
            for minutes in MINUTES:
                found = await self._ask(actor, "calls.price", PriceRequest(number, minutes * 60, customer=visitor.customer.id))
                if isinstance(found, NoPrice):
                    why = found.error
                    break
                prices.append(found)
        return Answer(templates.page(visit, "prices", number=number, prices=prices, why=why, minutes=MINUTES))

    async def price_list(self, visit: Visit) -> Answer:
        """The own tariff's list as a file; which tariff that is stands in the customer's row, not in the request."""
        visitor = visit.signed_in
        scopes = frozenset({"tariffs.read"})
        actor = Actor(visitor.actor.name, None, (Grant("read-only", reseller_id=visitor.customer.reseller_id, scopes=scopes),))
        kind = visit.path.rpartition(".")[2]
        asked = PriceListPrint(visitor.customer.tariff_id, format=kind, language=visit.words.language)
        document = await self._ask(actor, "tariffs.price_list", asked)
        return Answer(document.content, 200, document.content_type, file_name=document.name)

    @staticmethod
    def _filter(visit: Visit) -> CdrFilter:
        since, until = visit.text("since", 10), visit.text("until", 10)
        try:
            after = (date.fromisoformat(until) + timedelta(days=1)).isoformat() if _DAY.match(until) else None
            since = date.fromisoformat(since).isoformat() if _DAY.match(since) else ""
        except ValueError as error:
            raise NotFound("request.no_such_path", path=visit.path) from error
        endpoint = visit.text("endpoint", 20)
        number = re.sub(r"[^0-9]", "", visit.text("number", 40))
        result = visit.text("result", 10)
        return CdrFilter(
            since=since or None,
            until=after,
            customer=visit.signed_in.customer.id,
            endpoint=endpoint or None,
            number=number,
            result=result if result in ("answered", "failed") else "",
        )


def _fields(asked: CdrFilter) -> dict[str, Any]:
    return {name: getattr(asked, name) for name in asked.__struct_fields__}

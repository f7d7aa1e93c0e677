"""Calls of the reseller's branch: filtered, summed, saved as a file, each with its explanation at every level that may be known (S12)."""

from __future__ import annotations

import re
from typing import Any

from appliance.web import reseller_explained as explained
from appliance.web.reseller_figures import Period, period_of
from appliance.web.reseller_site import PAGE, ResellerSite, ResellerVisit, page, show
from appliance.web.visit import Answer
from appliance.wire.cdrs import CdrExport, CdrFilter, CdrList, CdrView
from appliance.wire.shapes import ById
from appliance.words import Words

RESULTS = ("answered", "failed")


class CallPages:
    """Reads alone."""

    def __init__(self, site: ResellerSite) -> None:
        self._site = site
        site.add(page("/calls", self.calls), page("/calls.csv", self.export), page("/calls/{id}", self.call))

    async def calls(self, visit: ResellerVisit) -> Answer:
        """One page, newest first; totals of all that the filter finds."""
        asked, period, customer = await self._filter(visit)
        found = await self._site.ask(visit, "cdrs.list", CdrList(**asked, after=visit.whole("after"), limit=PAGE))
        totals = await self._site.ask(visit, "cdrs.totals", CdrFilter(**asked))
        kept = {name: visit.text(name, 80) for name in ("customer", "number", "destination", "result")}
        kept |= {"since": period.since.isoformat(), "until": period.until.isoformat()}
        return show(visit, "calls", page=found, totals=totals, period=period, customer=customer, kept={k: v for k, v in kept.items() if v})

    async def export(self, visit: ResellerVisit) -> Answer:
        """All of the filter as a file, written as it is read."""
        asked, _period, _customer = await self._filter(visit)
        stream = await self._site.backend.file(visit.who.actor, "cdrs.export", CdrExport(**asked))
        return Answer(stream=stream)

    async def call(self, visit: ResellerVisit) -> Answer:
        """One call: what happened, and how each price was made."""
        view = await self._site.ask(visit, "cdrs.get", ById(visit.whole("id")))
        told = [(explained.heading(charge, visit.words), explained.lines(charge, visit.words)) for charge in view.charges]
        corrections = await self._site.ask(visit, "cdrs.corrections", ById(view.id))
        return show(visit, "call", call=view, told=told, corrections=corrections, outcome=_outcome(view, visit.words))

    async def _filter(self, visit: ResellerVisit) -> tuple[dict[str, Any], Period, Any]:
        period, customer = period_of(visit), None
        if visit.whole("customer"):
            customer = await self._site.ask(visit, "customers.get", ById(visit.whole("customer")))
        result = visit.text("result", 10)
        asked = {
            "since": period.since.isoformat(),
            "until": period.after,
            "reseller": visit.who.reseller.id,
            "customer": None if customer is None else customer.id,
            "number": re.sub(r"[^0-9]", "", visit.text("number", 40)),
            "destination": visit.text("destination", 80),
            "result": result if result in RESULTS else "",
        }
        return asked, period, customer


def _outcome(view: CdrView, words: Words) -> str:
    """Why the call ended as it did, in words where there are some."""
    _ = words._
    known = {
        "normal": _("Hung up"),
        "busy": _("Busy"),
        "no_answer": _("No answer"),
        "cancelled": _("Cancelled"),
        "refused": _("Refused"),
        "no_rate": _("No price"),
        "blocked": _("Blocked"),
        "no_funds": _("No funds"),
        "own_cap": _("Spending cap"),
        "credit": _("Credit ran out"),
        "timeout": _("Timed out"),
        "silence": _("No sound"),
    }
    return known.get(view.cause, view.cause.replace("_", " "))

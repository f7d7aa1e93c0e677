"""Sub-resellers, where the parent allows them: what they spend and bring, made, changed, given another tariff and a sign-in (S14)."""

from __future__ import annotations

from typing import Any

from appliance import i18n
from appliance.errors import NotFound, UserError
from appliance.web.pages_register import countries
from appliance.web.reseller_forms import amount, changed, ticked, whole_or_none, zones
from appliance.web.reseller_site import ResellerSite, ResellerVisit, again, back, page, show
from appliance.web.visit import Answer
from appliance.wire.operators import GrantFields, OperatorCreate
from appliance.wire.resellers import ResellerCreate, ResellerUpdate, ResellerView
from appliance.wire.shapes import ById, Listing
from appliance.wire.statistics import ResellerStatisticsRequest

TEXTS = ("name", "company", "phone", "email", "address", "country", "timezone", "language", "number_range", "sip_domain")
TICKS = ("call_shop_allowed", "may_have_resellers", "disabled")
ROLES = ("owner", "manager", "accountant", "read-only")


class BranchPages:
    """Below the reseller that one works for, at any depth."""

    def __init__(self, site: ResellerSite) -> None:
        self._site = site
        site.add(
            page("/resellers", self.resellers),
            page("/resellers/new", self.add, writes=True),
            page("/resellers/{id}", self.reseller, writes=True),
            page("/resellers/{id}/operator", self.operator, writes=True),
        )

    async def resellers(self, visit: ResellerVisit) -> Answer:
        """Direct ones with this month's figures."""
        own = visit.who.reseller
        rows = await self._site.ask(visit, "resellers.statistics", ResellerStatisticsRequest(own.id))
        tree = await self._site.ask(visit, "resellers.list", Listing())
        views = {each.id: each for each in tree.resellers}
        return show(visit, "resellers", figures=rows, views=views, can_add=self._can_add(visit))

    async def add(self, visit: ResellerVisit) -> Answer:
        """A new one below one's own."""
        if not self._can_add(visit):
            raise NotFound("request.no_such_path", path=visit.path)
        shown = await self._choices(visit)
        if not visit.posted:
            return show(visit, "reseller_new", **shown)
        texts: dict[str, Any] = {"name": ""} | {each: visit.text(each, 400) for each in TEXTS if visit.text(each, 400)}
        try:
            asked = ResellerCreate(
                parent=visit.who.reseller.id,
                currency=visit.text("currency", 3).upper() or None,
                tariff=visit.whole("tariff") or None,
                credit_limit=amount(visit.text("credit_limit", 40)) or "0",
                retail_markup_percent=amount(visit.text("retail_markup_percent", 20)) or "0",
                web_hosts=visit.text("web_hosts", 400).replace(",", " ").split(),
                max_calls=whole_or_none(visit, "max_calls"),
                call_shop_allowed=ticked(visit, "call_shop_allowed"),
                may_have_resellers=ticked(visit, "may_have_resellers"),
                **texts,
            )
            made = await self._site.ask(visit, "resellers.create", asked)
        except UserError as error:
            return again(visit, "reseller_new", error, **shown)
        return back(f"/resellers/{made.id}", made="1")

    async def reseller(self, visit: ResellerVisit) -> Answer:
        """One: its balance, and everything that its parent may change."""
        view = await self._view(visit)
        if not visit.posted:
            return await self._page(visit, view)
        try:
            values = changed(visit, view, TEXTS, TICKS)
            if values.get("language", "en") not in i18n.languages():
                del values["language"]
            tariff, limit = visit.text("tariff", 80), amount(visit.text("credit_limit", 40))
            if tariff and tariff != (view.tariff or ""):
                values["tariff"] = tariff
            if limit and limit != view.credit_limit:
                values["credit_limit"] = limit
            hosts = visit.text("web_hosts", 400).replace(",", " ").split()
            if hosts != view.web_hosts:
                values["web_hosts"] = hosts
            calls = whole_or_none(visit, "max_calls")
            if calls != view.max_calls:
                values["max_calls"] = calls
            if values:
                await self._site.ask(visit, "resellers.update", ResellerUpdate(view.id, version=visit.whole("version") or None, **values))
        except UserError as error:
            return await self._page(visit, view, error)
        return back(f"/resellers/{view.id}", saved="1")

    async def operator(self, visit: ResellerVisit) -> Answer:
        """Somebody who signs in for it: the one-time code is shown this once."""
        view = await self._view(visit)
        if not visit.posted:
            return back(f"/resellers/{view.id}")
        role = visit.text("role") if visit.text("role") in ROLES else ROLES[0]
        asked = OperatorCreate(
            visit.text("login", 80), name=visit.text("person"), email=visit.text("person_email"), grants=[GrantFields(role, reseller=view.id)]
        )
        try:
            made = await self._site.ask(visit, "operators.create", asked)
        except UserError as error:
            return await self._page(visit, view, error)
        return show(visit, "operator_made", branch=view, operator=made, address=visit.address)

    # parts ---------------------------------------------------------------------------------------------------------
    async def _view(self, visit: ResellerVisit) -> ResellerView:
        """Below one's own; one's own is not a sub-reseller."""
        identity = visit.whole("id")
        if identity == visit.who.reseller.id:
            raise NotFound("reseller.unknown", reseller=identity)
        found: ResellerView = await self._site.ask(visit, "resellers.get", ById(identity))
        return found

    async def _page(self, visit: ResellerVisit, view: ResellerView, error: UserError | None = None) -> Answer:
        shown = {"branch": view, "roles": ROLES, "direct": view.parent == visit.who.reseller.name, **await self._choices(visit)}
        operators = await self._site.maybe(visit, "operators.read", "operators.list", Listing())
        shown["operators"] = (
            [] if operators is None else [each for each in operators.operators if any(grant.reseller == view.name for grant in each.grants)]
        )
        return show(visit, "branch", **shown) if error is None else again(visit, "branch", error, **shown)

    async def _choices(self, visit: ResellerVisit) -> dict[str, Any]:
        own = await self._site.maybe(visit, "tariffs.read", "tariffs.list", Listing(visit.who.reseller.id))
        return {
            "tariffs": [] if own is None else own.tariffs,
            "countries": countries(visit.words.language),
            "zone_pairs": [(each, each) for each in zones()],
            "home": visit.who.reseller,
        }

    @staticmethod
    def _can_add(visit: ResellerVisit) -> bool:
        own = visit.who.reseller
        return visit.may("resellers.write") and bool(own.parent_id is None or own.may_have_resellers)

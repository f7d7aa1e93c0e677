"""Endpoints of the reseller's customers: added, disabled, given a new password, handed out as a sheet, removed (product.md S4, S5, S21)."""

from __future__ import annotations

from appliance.errors import UserError
from appliance.web.reseller_forms import changed, ticked, whole_or_none
from appliance.web.reseller_site import ResellerSite, ResellerVisit, again, back, page, show
from appliance.web.visit import Answer
from appliance.wire.customers import CustomerView
from appliance.wire.documents import SheetPrint
from appliance.wire.endpoints import EndpointCreate, EndpointUpdate, EndpointView
from appliance.wire.shapes import ById

TEXTS = ("display_name", "caller_number", "emergency_address")


class EndpointPages:
    """Passwords are shown when they are made, and on the settings sheet; a page that is only looked at has none."""

    def __init__(self, site: ResellerSite) -> None:
        self._site = site
        site.add(
            page("/customers/{id}/endpoints/new", self.add, writes=True),
            page("/endpoints/{id}", self.endpoint, writes=True),
            page("/endpoints/{id}/password", self.password, writes=True),
            page("/endpoints/{id}/disabled", self.disabled, writes=True),
            page("/endpoints/{id}/remove", self.remove, writes=True),
            page("/endpoints/{id}/sheet.pdf", self.sheet),
        )

    async def add(self, visit: ResellerVisit) -> Answer:
        """A further endpoint of a customer: the next free number where none is typed."""
        customer: CustomerView = await self._site.ask(visit, "customers.get", ById(visit.whole("id")))
        if not visit.posted:
            return show(visit, "endpoint_new", customer=customer)
        asked = EndpointCreate(
            customer.id,
            number=visit.text("number", 40) or None,
            password=visit.typed.get("password", "").strip() or None,
            display_name=visit.text("display_name"),
            send_details=ticked(visit, "send_details"),
        )
        try:
            made = await self._site.ask(visit, "endpoints.create", asked)
        except UserError as error:
            return again(visit, "endpoint_new", error, customer=customer)
        return show(visit, "endpoint", endpoint=made.endpoint, password=made.password, made=True)

    async def endpoint(self, visit: ResellerVisit) -> Answer:
        """One, and its settings."""
        view: EndpointView = await self._site.ask(visit, "endpoints.get", ById(visit.whole("id")))
        if not visit.posted:
            return self._page(visit, view)
        try:
            values = changed(visit, view, TEXTS)
            calls = whole_or_none(visit, "max_calls")
            if calls != view.max_calls:
                values["max_calls"] = calls
            if values:
                await self._site.ask(visit, "endpoints.update", EndpointUpdate(view.id, version=visit.whole("version") or None, **values))
        except UserError as error:
            return again(visit, "endpoint", error, endpoint=view, password="", made=False)
        return back(f"/endpoints/{view.id}", saved="1")

    async def password(self, visit: ResellerVisit) -> Answer:
        """Another password: the one that is typed, or a made one; shown this once."""
        view: EndpointView = await self._site.ask(visit, "endpoints.get", ById(visit.whole("id")))
        if not visit.posted:
            return back(f"/endpoints/{view.id}")
        password = visit.typed.get("password", "").strip() or self._site.sign_ins.make_password()
        try:
            view = await self._site.ask(visit, "endpoints.update", EndpointUpdate(view.id, password=password))
        except UserError as error:
            return again(visit, "endpoint", error, endpoint=view, password="", made=False)
        return show(visit, "endpoint", endpoint=view, password=password, made=False)

    async def disabled(self, visit: ResellerVisit) -> Answer:
        """Off, or on again by the same button."""
        view: EndpointView = await self._site.ask(visit, "endpoints.get", ById(visit.whole("id")))
        if visit.posted:
            await self._site.ask(visit, "endpoints.update", EndpointUpdate(view.id, disabled=ticked(visit, "disabled")))
        return back(f"/endpoints/{view.id}", saved="1")

    async def remove(self, visit: ResellerVisit) -> Answer:
        """Asked first: the number rests, and cannot be given to anybody for months."""
        view: EndpointView = await self._site.ask(visit, "endpoints.get", ById(visit.whole("id")))
        if not visit.posted:
            return show(visit, "endpoint_remove", endpoint=view)
        try:
            await self._site.ask(visit, "endpoints.archive", ById(view.id))
        except UserError as error:
            return again(visit, "endpoint_remove", error, endpoint=view)
        return back(f"/customers/{view.customer_id}", saved="1")

    async def sheet(self, visit: ResellerVisit) -> Answer:
        """The settings sheet, with the password for who may know it."""
        asked = SheetPrint(visit.whole("id"), with_password=visit.may("endpoints.reveal"), language=visit.words.language)
        document = await self._site.ask(visit, "endpoints.sheet", asked)
        return Answer(document.content, 200, document.content_type, file_name=document.name)

    @staticmethod
    def _page(visit: ResellerVisit, view: EndpointView) -> Answer:
        return show(visit, "endpoint", endpoint=view, password="", made=False)

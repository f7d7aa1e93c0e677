"""Customers of the reseller: sought, added as the manual's form has it, changed, disabled, written to (product.md S3, S5, S7)."""

from __future__ import annotations

from typing import Any

from appliance import i18n
from appliance.errors import NotFound, UserError
from appliance.web.pages_register import countries
from appliance.web.reseller_forms import amount, changed, ticked, whole_or_none, zones
from appliance.web.reseller_site import PAGE, ResellerSite, ResellerVisit, again, back, page, show
from appliance.web.visit import Answer
from appliance.wire.cdrs import CdrList
from appliance.wire.credit_accounts import CreditAccountUpdate
from appliance.wire.customers import CustomerCreate, CustomerUpdate, CustomerView, NewCreditAccount, NewEndpoint, NewWebLogin, WebLoginSet
from appliance.wire.messages import SendDetails
from appliance.wire.payments import PaymentList
from appliance.wire.shapes import ById, Listing

TEXTS = (
    "first_name", "last_name", "company", "phone", "email", "address", "country", "description", "credit_description",
    "timezone", "language", "currency", "caller_number",
)  # fmt: skip
CHANGED_TEXTS = ("name", *TEXTS)
LAST = 5


class CustomerPages:
    """Every customer is looked up through the reseller he belongs to."""

    def __init__(self, site: ResellerSite) -> None:
        self._site = site
        site.add(
            page("/customers", self.customers),
            page("/customers/new", self.add, writes=True),
            page("/customers/{id}", self.customer),
            page("/customers/{id}/edit", self.edit, writes=True),
            page("/customers/{id}/disabled", self.disabled, writes=True),
            page("/customers/{id}/details", self.details, writes=True),
            page("/customers/{id}/web-login", self.web_login, writes=True),
        )

    async def customers(self, visit: ResellerVisit) -> Answer:
        """The reseller's own, by the order in which they came; found by name, company, number or e-mail."""
        search = visit.text("search", 80)
        asked = Listing(visit.who.reseller.id, search, after=visit.whole("after"), limit=PAGE)
        found = await self._site.ask(visit, "customers.list", asked)
        return show(visit, "customers", page=found, search=search)

    async def add(self, visit: ResellerVisit) -> Answer:
        """The form: the person at the left, SIP account and web login at the right."""
        if not visit.may("customers.write"):
            raise NotFound("request.no_such_path", path=visit.path)
        shown = await self._choices(visit)
        if not visit.posted:
            return show(visit, "customer_new", **shown)
        try:
            made = await self._site.ask(visit, "customers.create", self._wanted(visit))
        except UserError as error:
            named = UserError(error.code, field="name" if error.field == "credit_account.name" else error.field, **error.parameters)
            return again(visit, "customer_new", named, **shown)
        return show(visit, "customer_made", customer=made)

    async def customer(self, visit: ResellerVisit) -> Answer:
        """One: figures, endpoints, last calls and payments, and what can be done."""
        view = await self._site.ask(visit, "customers.get", ById(visit.whole("id")))
        return await self._page(visit, view)

    async def edit(self, visit: ResellerVisit) -> Answer:
        """Everything but the endpoints."""
        view: CustomerView = await self._site.ask(visit, "customers.get", ById(visit.whole("id")))
        shown = {"customer": view, **await self._choices(visit)}
        if not visit.posted:
            return show(visit, "customer_edit", **shown)
        try:
            await self._save(visit, view)
        except UserError as error:
            return again(visit, "customer_edit", error, **shown)
        return back(f"/customers/{view.id}", saved="1")

    async def disabled(self, visit: ResellerVisit) -> Answer:
        """No calls until enabled again, or calls again: undone by the same button."""
        view: CustomerView = await self._site.ask(visit, "customers.get", ById(visit.whole("id")))
        if visit.posted:
            await self._site.ask(visit, "customers.update", CustomerUpdate(view.id, disabled=ticked(visit, "disabled")))
        return back(f"/customers/{view.id}", saved="1")

    async def details(self, visit: ResellerVisit) -> Answer:
        """An endpoint's settings by e-mail."""
        view: CustomerView = await self._site.ask(visit, "customers.get", ById(visit.whole("id")))
        if not visit.posted:
            return back(f"/customers/{view.id}")
        endpoint = next((each for each in view.endpoints if each.number == visit.text("endpoint")), None)
        try:
            if endpoint is None:
                raise NotFound("endpoint.unknown", field="endpoint", endpoint=visit.text("endpoint", 40))
            asked = SendDetails(endpoint.id, with_password=ticked(visit, "with_password"), recipient=visit.text("recipient"))
            await self._site.ask(visit, "messages.send_details", asked)
        except UserError as error:
            return await self._page(visit, view, error)
        return back(f"/customers/{view.id}", sent="1")

    async def web_login(self, visit: ResellerVisit) -> Answer:
        """Another password for the customer's sign-in, or a first one."""
        view: CustomerView = await self._site.ask(visit, "customers.get", ById(visit.whole("id")))
        if not visit.posted:
            return back(f"/customers/{view.id}")
        password = visit.typed.get("web_password", "").strip() or self._site.sign_ins.make_password()
        asked = WebLoginSet(view.id, visit.text("login"), password=password, end_second_factor=ticked(visit, "end_second_factor"))
        try:
            await self._site.ask(visit, "customers.set_web_login", asked)
        except UserError as error:
            renamed = UserError(error.code, field="web_password" if error.field == "password" else error.field, **error.parameters)
            return await self._page(visit, view, renamed)
        return await self._page(visit, await self._site.ask(visit, "customers.get", ById(view.id)), told={asked.login: password})

    # parts ---------------------------------------------------------------------------------------------------------
    async def _page(self, visit: ResellerVisit, view: CustomerView, error: UserError | None = None, told: dict[str, str] | None = None) -> Answer:
        calls = await self._site.maybe(visit, "calls.read", "cdrs.list", CdrList(customer=view.id, limit=LAST))
        payments = await self._site.maybe(visit, "payments.read", "payments.list", PaymentList(customer=view.id, limit=LAST))
        shown: dict[str, Any] = {"customer": view, "calls": calls, "payments": payments, "passwords": told or {}}
        return show(visit, "customer", **shown) if error is None else again(visit, "customer", error, **shown)

    async def _choices(self, visit: ResellerVisit) -> dict[str, Any]:
        own = visit.who.reseller
        tariffs = await self._site.maybe(visit, "tariffs.read", "tariffs.list", Listing(own.id))
        accounts = await self._site.maybe(visit, "accounts.read", "credit_accounts.list", Listing(own.id, limit=500))
        return {
            "tariffs": [] if tariffs is None else tariffs.tariffs,
            "accounts": [] if accounts is None else [each for each in accounts.accounts if not each.name.startswith("reseller:")],
            "countries": countries(visit.words.language),
            "zone_pairs": [(each, each) for each in zones()],
            "home": own,
        }

    @staticmethod
    def _wanted(visit: ResellerVisit) -> CustomerCreate:
        full = f"{visit.text('first_name')} {visit.text('last_name')}".strip()
        name = visit.text("name") or visit.text("company") or full
        account: NewCreditAccount | int = visit.whole("credit_account") or NewCreditAccount(
            currency=visit.text("credit_account.currency", 3).upper() or None, credit_limit=amount(visit.text("credit_account.credit_limit")) or "0"
        )
        endpoint = login = None
        texts: dict[str, Any] = {each: visit.text(each, 1000) for each in TEXTS if visit.text(each, 1000)}
        if ticked(visit, "endpoint"):
            endpoint = NewEndpoint(visit.text("endpoint.number", 40) or None, visit.typed.get("endpoint.password", "").strip() or None)
        if ticked(visit, "web_login"):
            login = NewWebLogin(visit.text("web_login.login", 80) or None, visit.typed.get("web_login.password", "").strip() or None)
        return CustomerCreate(
            name,
            visit.who.reseller.id,
            tariff=visit.whole("tariff") or None,
            credit_account=account,
            call_shop=ticked(visit, "call_shop"),
            disabled=ticked(visit, "disabled"),
            endpoint=endpoint,
            web_login=login,
            send_details=ticked(visit, "send_details"),
            **texts,
        )

    async def _save(self, visit: ResellerVisit, view: CustomerView) -> None:
        values = changed(visit, view, CHANGED_TEXTS, ("disabled", "call_shop"))
        if values.get("language", "") not in ("", *i18n.languages()):
            del values["language"]
        if visit.text("tariff") and visit.text("tariff") != view.tariff:
            values["tariff"] = visit.text("tariff")
        calls = whole_or_none(visit, "max_calls")
        if calls != view.max_calls:
            values["max_calls"] = calls
        if values:
            await self._site.ask(visit, "customers.update", CustomerUpdate(view.id, version=visit.whole("version") or None, **values))
        limit = amount(visit.text("credit_limit", 40))
        if limit and visit.may("accounts.write"):
            account = await self._site.ask(visit, "credit_accounts.get", ById(view.credit_account_id))
            if limit != account.credit_limit:
                await self._site.ask(visit, "credit_accounts.update", CreditAccountUpdate(account.id, credit_limit=limit))

"""The customer's own: overview with running calls, details, spending, security."""

from __future__ import annotations

from typing import Any

import msgspec
from twisted.internet.defer import Deferred

from appliance import charts, i18n
from appliance.errors import EnvironmentFault, UserError
from appliance.money import parse_amount
from appliance.services.ground.access import Actor, Grant
from appliance.services.people.web_sign_in import SCOPES, Visitor
from appliance.web import templates
from appliance.web.events import CustomerEvents, Stream
from appliance.web.pages_register import countries
from appliance.web.pages_sign_in import again
from appliance.web.reseller_forms import amount, zones
from appliance.web.site import Page, Pages
from appliance.web.visit import Answer, Visit, to
from appliance.wire.calls import RunningCall
from appliance.wire.customers import CustomerUpdate, CustomerView
from appliance.wire.letters import CustomerLetters
from appliance.wire.operations import Nothing
from appliance.wire.overview import DaySpent, Overview, SpendingSet
from appliance.wire.shapes import ById

MOST_CHARTS = 1000
DETAILS = ("first_name", "last_name", "company", "phone", "email", "address", "country", "language", "currency", "timezone")
"""What a customer may change of his own details."""

USUAL_CURRENCIES = ("EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "TRY", "MAD", "EGP", "NGN", "GHS", "KES", "ZAR", "INR", "CNY")


def with_scopes(visitor: Visitor, *scopes: str) -> Actor:
    """The visitor, for one act that needs more than reading; it still reaches this one customer alone."""
    return Actor(visitor.actor.name, None, (Grant("read-only", shop_id=visitor.customer.id, scopes=SCOPES | set(scopes)),))


class AccountPages:
    """Behind the sign-in. `events`: None where nothing is told by itself."""

    def __init__(self, site: Pages, events: CustomerEvents | None = None) -> None:
        self._site = site
        self._ask = site.backend.ask
        self._events = events
        self._charts: dict[tuple[int, str], tuple[list[DaySpent], str]] = {}
        site.add(
            Page("/overview", self.overview),
            Page("/running", self.running),
            Page("/events", self.events),
            Page("/details", self.details, writes=True),
            Page("/spending", self.spending, writes=True),
            Page("/messages", self.messages),
            Page("/security", self.security, writes=True),
            Page("/security/others", self.others, writes=True),
        )

    async def overview(self, visit: Visit) -> Answer:
        """Balance and what it buys, this month, last calls, calls that run."""
        visitor = visit.signed_in
        identity = visitor.customer.id
        month = await self._ask(visitor.actor, "customers.overview", ById(identity))
        running = await self._running(visitor)
        chart = self._chart(visit, identity, month)
        shown = {"customer": month.customer, "month": month, "calls": month.last_calls, "running": running, "letters": month.last_letters}
        return Answer(templates.page(visit, "overview", chart=chart, **shown))

    def _chart(self, visit: Visit, customer: int, month: Overview) -> str:
        """What each day of the month cost, as a drawing; its table stands beside it. Drawn anew where a day is another than before."""
        kept = self._charts.get((customer, visit.words.language))
        if kept is not None and kept[0] == month.days:
            return kept[1]
        words = visit.words
        amounts = [parse_amount(day.amount) for day in month.days]
        titles = [f"{words.iso_day(day.day)}: {words.money(micros, month.currency)}" for day, micros in zip(month.days, amounts, strict=True)]
        if len(self._charts) >= MOST_CHARTS:
            self._charts.clear()
        drawn = charts.columns(amounts, titles, words._("Spent on calls by day"))
        self._charts[customer, visit.words.language] = (month.days, drawn)
        return drawn

    async def running(self, visit: Visit) -> Answer:
        """The part of the overview that moves, for a script whose events do not come through."""
        visitor = visit.signed_in
        customer = await self._ask(visitor.actor, "customers.get", ById(visitor.customer.id))
        return Answer(_moving(visit, customer, await self._running(visitor)))

    async def events(self, visit: Visit) -> Answer:
        """The same part each time it moves; 503 where there are too many such streams."""
        events, visitor, token = self._events, visit.signed_in, visit.token
        if events is None or not events.room_for(token):
            raise EnvironmentFault("server.too_many_streams", most=0 if events is None else len(events))
        if visit.request.method == b"HEAD":
            return Answer(b"", 200, "text/event-stream; charset=utf-8")

        def draw(calls: list[RunningCall]) -> Deferred[bytes]:
            asked: Deferred[CustomerView] = self._ask(visitor.actor, "customers.get", ById(visitor.customer.id))
            return asked.addCallback(lambda customer: _moving(visit, customer, calls))

        def good() -> Deferred[bool]:
            return self._site.turn(lambda: self._site.sign_ins.visitor(token, visit.reseller.id, prolong=False) is not None)

        stream = Stream(token, visitor.customer.id, visitor.customer.credit_account_id, draw, good)
        return Answer(content_type="text/event-stream; charset=utf-8", stream=lambda request: events.open(request, stream))

    async def _running(self, visitor: Visitor) -> list[Any]:
        found = await self._ask(visitor.actor, "calls.list", Nothing())
        return list(found.calls)

    async def details(self, visit: Visit) -> Answer:
        """Name, address, language, currency, time zone."""
        visitor = visit.signed_in
        identity = visitor.customer.id
        customer = await self._ask(visitor.actor, "customers.get", ById(identity))
        language = visit.words.language
        shown: dict[str, Any] = {"customer": customer, "countries": countries(language)}
        shown["zones"] = [(each, each.replace("_", " ")) for each in zones()]
        shown["currencies"] = _currencies(customer)
        if not visit.posted:
            return Answer(templates.page(visit, "details", saved=visit.text("saved") == "1", **shown))
        changed = {name: visit.text(name) for name in DETAILS if name in visit.typed and visit.text(name) != getattr(customer, name)}
        if changed.get("language", "") not in ("", *i18n.languages()):
            del changed["language"]
        if changed:
            asked = msgspec.structs.replace(CustomerUpdate(identity), **changed)
            try:
                await self._ask(with_scopes(visitor, "customers.write"), "customers.update", asked)
            except UserError as error:
                return again(visit, "details", error, saved=False, **shown)
        return to("/details", saved="1", language=changed["language"]) if changed.get("language") else to("/details", saved="1")

    async def spending(self, visit: Visit) -> Answer:
        """The alert of a low balance and the cap of the month."""
        visitor = visit.signed_in
        now = await self._ask(visitor.actor, "customers.spending", ById(visitor.customer.id))
        if not visit.posted:
            return Answer(templates.page(visit, "spending", spending=now, saved=visit.text("saved") == "1"))
        asked = SpendingSet(visitor.customer.id, alert_below=_typed(visit, "alert_below"), month_cap=_typed(visit, "month_cap"))
        try:
            await self._ask(with_scopes(visitor, "customers.write"), "customers.set_spending", asked)
        except UserError as error:
            return again(visit, "spending", error, spending=now, saved=False)
        return to("/spending", saved="1")

    async def messages(self, visit: Visit) -> Answer:
        """What he was told by letters."""
        visitor = visit.signed_in
        page = await self._ask(visitor.actor, "messages.of_customer", CustomerLetters(visitor.customer.id, after=visit.whole("after"), limit=20))
        return Answer(templates.page(visit, "messages", page=page))

    async def security(self, visit: Visit) -> Answer:
        """Password, and where one is signed in."""
        visitor, ins, token = visit.signed_in, self._site.sign_ins, visit.token
        if visit.posted:
            old, new = visit.typed.get("old", ""), visit.typed.get("new", "")
            self._site.limits.guess(visit.source)
            try:
                if new != visit.typed.get("again", ""):
                    raise UserError("web.passwords_differ", field="again")
                hashes = await self._site.backend.in_thread(lambda: ins.password_ahead(visitor, old, new))
                await self._site.turn(lambda: ins.set_password(visitor, old, new, token, hashes))
            except UserError as error:
                if error.code == "own_account.wrong_password":
                    self._site.limits.refused(visit.source)
                return again(visit, "security", error, sessions=await self._sessions(visit), saved=False)
            return to("/security", saved="1")
        return Answer(templates.page(visit, "security", sessions=await self._sessions(visit), saved=visit.text("saved") == "1"))

    async def others(self, visit: Visit) -> Answer:
        """Sign out everywhere else."""
        if visit.posted:
            visitor, token = visit.signed_in, visit.token
            await self._site.turn(lambda: self._site.sign_ins.end_others(visitor, token))
        return to("/security")

    async def _sessions(self, visit: Visit) -> Any:
        visitor, token = visit.signed_in, visit.token
        return await self._site.turn(lambda: self._site.sign_ins.sessions(visitor, token))


def _moving(visit: Visit, customer: CustomerView, running: list[Any]) -> bytes:
    return templates.page(visit, "running", customer=customer, running=running)


def _typed(visit: Visit, name: str) -> str | None:
    """An amount as people write it; "" is none."""
    return amount(visit.text(name, 30)) or None


def _currencies(customer: CustomerView) -> list[tuple[str, str]]:
    return [(each, each) for each in dict.fromkeys((customer.currency, customer.account_currency, *USUAL_CURRENCIES))]

"""The customer's own: overview with running calls, details, security."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from appliance import i18n
from appliance.errors import UserError
from appliance.services.access import Actor, Grant
from appliance.services.web_sign_in import SCOPES, Visitor
from appliance.web import templates
from appliance.web.pages_sign_in import again
from appliance.web.site import Page, Pages
from appliance.web.visit import Answer, Visit, to
from appliance.wire.cdrs import CdrFilter, CdrList
from appliance.wire.customers import CustomerUpdate
from appliance.wire.operations import Nothing
from appliance.wire.shapes import ById

LAST_CALLS = 5
DETAILS = ("first_name", "last_name", "company", "phone", "email", "address", "country", "language", "currency", "timezone")
"""What a customer may change of his own details."""


def with_scopes(visitor: Visitor, *scopes: str) -> Actor:
    """The visitor, for one act that needs more than reading; it still reaches this one customer alone."""
    return Actor(visitor.actor.name, None, (Grant("read-only", shop_id=visitor.customer.id, scopes=SCOPES | set(scopes)),))


class AccountPages:
    """Behind the sign-in."""

    def __init__(self, site: Pages) -> None:
        self._site = site
        self._ask = site.backend.ask
        site.add(
            Page("/overview", self.overview),
            Page("/running", self.running),
            Page("/details", self.details, writes=True),
            Page("/security", self.security, writes=True),
            Page("/security/others", self.others, writes=True),
        )

    async def overview(self, visit: Visit) -> Answer:
        """Balance, this month, last calls, calls that run."""
        visitor = visit.signed_in
        customer = await self._ask(visitor.actor, "customers.get", ById(visitor.customer.id))
        now = datetime.now(UTC)
        month = CdrFilter(since=now.strftime("%Y-%m-01"), customer=visitor.customer.id)
        totals = await self._ask(visitor.actor, "cdrs.totals", month)
        last = await self._ask(visitor.actor, "cdrs.list", CdrList(customer=visitor.customer.id, limit=LAST_CALLS))
        running = await self._running(visitor)
        return Answer(templates.page(visit, "overview", customer=customer, totals=totals, calls=last.cdrs, running=running))

    async def running(self, visit: Visit) -> Answer:
        """The part of the overview that moves, for its script."""
        visitor = visit.signed_in
        customer = await self._ask(visitor.actor, "customers.get", ById(visitor.customer.id))
        return Answer(templates.page(visit, "running", customer=customer, running=await self._running(visitor)))

    async def _running(self, visitor: Visitor) -> list[Any]:
        found = await self._ask(visitor.actor, "calls.list", Nothing())
        return list(found.calls)

    async def details(self, visit: Visit) -> Answer:
        """Name, address, language, currency, time zone."""
        visitor = visit.signed_in
        identity = visitor.customer.id
        customer = await self._ask(visitor.actor, "customers.get", ById(identity))
        if not visit.posted:
            return Answer(templates.page(visit, "details", customer=customer, saved=visit.text("saved") == "1"))
        changed = {name: visit.text(name) for name in DETAILS if name in visit.typed and visit.text(name) != getattr(customer, name)}
        if changed.get("language", "") not in ("", *i18n.languages()):
            del changed["language"]
        if changed:
            asked = msgspec.structs.replace(CustomerUpdate(identity), **changed)
            try:
                await self._ask(with_scopes(visitor, "customers.write"), "customers.update", asked)
            except UserError as error:
                return again(visit, "details", error, customer=customer, saved=False)
        return to("/details", saved="1", language=changed["language"]) if changed.get("language") else to("/details", saved="1")

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

"""Payment at a provider: the way there, the way back, and the provider's news (webhooks).

Law: what the browser brings back is believed in nothing; money is posted by what the provider says itself, signed or asked for.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from appliance.errors import EnvironmentFault, NotFound, UserError
from appliance.services.money.online_payments import BACK, News, OnlinePayments
from appliance.web.pages_money import MoneyPages
from appliance.web.pages_sign_in import again
from appliance.web.paying import LONGEST_NEWS, Provider
from appliance.web.reseller_forms import amount
from appliance.web.site import Page, Pages
from appliance.web.visit import Answer, Visit, to

log = logging.getLogger("tollhouse.web")
PLAIN = "text/plain; charset=utf-8"


class PayPages:
    """`providers` are all that there are; only those whose settings are there are offered."""

    def __init__(self, site: Pages, money: MoneyPages, online: OnlinePayments, providers: Sequence[Provider]) -> None:
        self._site = site
        self._money = money
        self._online = online
        self._providers = {each.name: each for each in providers}
        site.add(
            Page("/payments/online", self.begin, writes=True),
            Page("/payments/back", self.back),
            *(Page(f"/webhooks/{name}", self.news, open=True, writes=True, foreign=True) for name in self._providers),
        )

    async def begin(self, visit: Visit) -> Answer:
        """On to the provider's page, where the amount may be paid."""
        if not visit.posted:
            return to("/payments")
        visitor, provider = visit.signed_in, self._providers.get(visit.text("provider", 20))
        if provider is None or not await self._site.turn(provider.ready):
            raise NotFound("online.not_offered")
        about = visit.words._("Credit at {brand}", brand=visit.brand)
        typed = amount(visit.text("amount", 30))
        name = provider.name
        try:
            intent = await self._site.turn(lambda: self._online.begin(visitor.customer.id, name, typed, about))
        except UserError as error:
            return again(visit, "payments", error, **await self._money.shown(visit))
        back = f"{visit.address}/payments/back?provider={name}"
        try:
            begun = await provider.begin(intent, f"{back}&intent={intent.id}", f"{visit.address}/payments?online=cancelled")
        except EnvironmentFault as fault:
            await self._site.turn(lambda: self._online.not_asked(intent.id))
            log.warning("%s could not be asked for a payment: %s", name, fault)
            return again(visit, "payments", UserError("online.unreachable_now", field="amount"), **await self._money.shown(visit))
        await self._site.turn(lambda: self._online.asked(intent.id, begun.provider_id))
        return Answer(status=303, location=begun.address)

    async def back(self, visit: Visit) -> Answer:
        """The customer is back. Where the provider wants to be asked once more, it is; nothing of the address counts as paid."""
        visitor, provider = visit.signed_in, self._providers.get(visit.text("provider", 20))
        named = visit.text("token", 100)
        if provider is None:
            raise NotFound("online.not_offered")
        name = provider.name
        own = await self._site.turn(lambda: self._online.known(name, named, visitor.customer.id)) if named else None
        if own is not None and own.state == "open":
            try:
                news = await provider.returned(named)
                if news is not None:
                    await self._heard(provider, news)
            except EnvironmentFault as fault:
                log.warning("%s could not be asked about a payment: %s", name, fault)
        return to("/payments", online="waiting")

    async def news(self, visit: Visit) -> Answer:
        """A provider tells. 400 where it is not the provider, 503 where it is to tell again."""
        provider = self._providers[visit.path.rpartition("/")[2]]
        request = visit.request
        if not visit.posted or not await self._site.turn(provider.ready):
            raise NotFound("request.no_such_path", path=visit.path)
        self._site.limits.guess(visit.source)
        content = request.content
        body = content.read(LONGEST_NEWS + 1) if content is not None else b""
        if len(body) > LONGEST_NEWS:
            return Answer(b"too large\n", 413, PLAIN)
        try:
            news = await provider.news(lambda name: (request.getHeader(name) or "")[:2000], body)
        except EnvironmentFault as fault:
            log.warning("%s could not be asked about its news: %s", provider.name, fault)
            return Answer(b"later\n", 503, PLAIN)
        except ValueError:
            news = None
        if news is None:
            self._site.limits.refused(visit.source)
            log.warning("news that are not of %s came from %s", provider.name, visit.source)
            return Answer(b"not signed\n", 400, PLAIN)
        if news.event_id:
            await self._heard(provider, news)
        return Answer(b"ok\n", 200, PLAIN)

    async def _heard(self, provider: Provider, news: News) -> None:
        name = provider.name
        done = await self._site.turn(lambda: self._online.heard(name, news))
        if done == BACK and news.charge_id:
            try:
                await provider.send_back(news.charge_id)
            except EnvironmentFault:
                log.exception("a payment that was not taken could not be given back: %s %s", name, news.charge_id)

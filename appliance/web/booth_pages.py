"""The page on the tablet in a booth: paired by a code from the desk, it shows that booth's guest what he owes (product.md N9).

Law: the tablet's session names the booth; nothing that is typed or sent can name another. No number, no name, no note of the guest is shown.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from appliance import i18n
from appliance.errors import EnvironmentFault, UserError
from appliance.services.call_shop.tablets import Tablet, Tablets
from appliance.web import templates
from appliance.web.booth_events import Follower
from appliance.web.site import Page, Pages
from appliance.web.visit import Answer, Visit, to
from appliance.wire.booths import BoothView
from appliance.wire.shapes import ById
from appliance.wire.shops import GuestPriceRequest
from appliance.words import words

ROOT = "/booth"
COOKIE = "tollhouse_booth"
COOKIE_SECONDS = 180 * 86_400
MOST_FOLLOWERS = 300
MOST_OF_ONE = 8
"""Streams of one booth: its tablets, and some that have not noticed yet that they broke off."""
MOST_PRICES = 12


class BoothPages:
    """Open to everybody; without a paired tablet there is the form for a code, and nothing else."""

    def __init__(self, site: Pages, tablets: Tablets, reactor: Any, random_text: Any) -> None:
        self._site = site
        self._tablets = tablets
        self._reactor = reactor
        self._random_text = random_text
        self._followers: Counter[int] = Counter()
        site.add(
            Page(ROOT, self.booth, open=True, writes=True),
            Page(f"{ROOT}/now", self.now, open=True),
            Page(f"{ROOT}/events", self.events, open=True),
            Page(f"{ROOT}/prices", self.prices, open=True),
        )

    async def booth(self, visit: Visit) -> Answer:
        """The figures; or the form, and the code that is sent by it."""
        if visit.posted:
            return await self._pair(visit)
        tablet = await self._tablet(visit)
        if tablet is None:
            return Answer(templates.page(visit, "booth_pair"))
        view = await self._view(visit, tablet)
        return Answer(templates.page(visit, "booth", **self._shown(visit, tablet, view)))

    async def now(self, visit: Visit) -> Answer:
        """The part that moves, for a browser that cannot follow events."""
        tablet = await self._tablet(visit)
        if tablet is None:
            return Answer(b"", 404)
        view = await self._view(visit, tablet)
        return Answer(templates.page(visit, "booth_now", **self._shown(visit, tablet, view)))

    async def events(self, visit: Visit) -> Answer:
        """The same, as it changes."""
        known = await self._tablet(visit)
        if known is None:
            return Answer(b"", 404)
        booth = known.booth
        if self._followers.total() >= MOST_FOLLOWERS or self._followers[booth] >= MOST_OF_ONE:
            raise EnvironmentFault("server.busy")
        self._followers[booth] += 1

        async def make() -> str | None:
            tablet = await self._tablet(visit)
            if tablet is None:
                return None
            return templates.page(visit, "booth_now", **self._shown(visit, tablet, await self._view(visit, tablet))).decode()

        return Answer(stream=lambda request: self._follow(request, make, booth))

    async def prices(self, visit: Visit) -> Answer:
        """What a minute costs, by number, country or destination."""
        tablet = await self._tablet(visit)
        if tablet is None:
            return to(ROOT)
        view = await self._view(visit, tablet)
        search, found, problem = visit.text("search", 60), None, None
        if search:
            try:
                found = await self._site.backend.ask(tablet.actor, "shops.prices", GuestPriceRequest(tablet.shop, search, limit=MOST_PRICES))
            except UserError as error:
                problem = {"sentence": i18n.sentence(error.code, error.parameters, visit.words.language), "field": ""}
        return Answer(templates.page(visit, "booth_prices", search=search, found=found, problem=problem, **self._shown(visit, tablet, view)))

    # parts ---------------------------------------------------------------------------------------------------------
    async def _pair(self, visit: Visit) -> Answer:
        self._site.limits.guess(visit.source)
        code, token = visit.text("code", 20), self._random_text()
        source, client = visit.source, visit.request.getHeader("user-agent") or ""
        try:
            await self._site.turn(lambda: self._tablets.pair(code, token, source, client))
        except UserError as error:
            self._site.limits.refused(visit.source)
            said = i18n.sentence(error.code, error.parameters, visit.words.language)
            return Answer(templates.page(visit, "booth_pair", problem={"sentence": said, "field": "code"}), 400)
        return to(ROOT, cookies=((COOKIE, token, COOKIE_SECONDS),))

    async def _tablet(self, visit: Visit) -> Tablet | None:
        token = visit.cookie(COOKIE)
        found: Tablet | None = await self._site.turn(lambda: self._tablets.tablet(token)) if token else None
        return found

    async def _view(self, visit: Visit, tablet: Tablet) -> BoothView:
        """The booth, and the language of who sits in it: the one he chose, that of his bill, the shop's."""
        view: BoothView = await self._site.backend.ask(tablet.actor, "booths.get", ById(tablet.booth))
        chosen = (visit.text("language", 8), "" if view.session is None else view.session.language, tablet.language)
        visit.words = words(next((each for each in chosen if each in i18n.languages()), i18n.FALLBACK))
        return view

    def _follow(self, request: Any, make: Any, booth: int) -> None:
        Follower(self._reactor, request, make, lambda: self._left(booth))

    def _left(self, booth: int) -> None:
        self._followers[booth] -= 1
        if not self._followers[booth]:
            del self._followers[booth]

    @staticmethod
    def _shown(visit: Visit, tablet: Tablet, view: BoothView) -> dict[str, Any]:
        chosen = visit.text("language", 8)
        query = f"?language={chosen}" if chosen in i18n.languages() else ""
        return {"booth": view, "session": view.session, "call": view.call, "shop": tablet.name, "query": query}

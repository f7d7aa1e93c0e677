"""The second factor of one's own sign-in: set up with an authenticator, ended, its recovery codes."""

from __future__ import annotations

from appliance.errors import UserError
from appliance.services.ground.passwords import Hashes
from appliance.services.people.web_second_factor import WebSecondFactors
from appliance.web import templates
from appliance.web.pages_sign_in import again
from appliance.web.site import Page, Pages
from appliance.web.visit import Answer, Visit, to


class FactorPages:
    """Behind the sign-in; each change is proved by the password."""

    def __init__(self, site: Pages, factors: WebSecondFactors) -> None:
        self._site = site
        self._factors = factors
        site.add(
            Page("/security/factor", self.factor, writes=True),
            Page("/security/factor/end", self.end, writes=True),
        )

    async def factor(self, visit: Visit) -> Answer:
        """A secret as a QR code; the digits that come back turn it on and show the recovery codes, this once."""
        visitor, factors = visit.signed_in, self._factors
        if await self._site.turn(lambda: factors.on(visitor)):
            return Answer(templates.page(visit, "factor", on=True, codes=None))
        typed = visit.text("secret", 64) if visit.posted else ""
        secret, link = await self._site.turn(lambda: factors.offer(visitor, visit.brand, typed))
        shown = {"on": False, "codes": None, "secret": secret, "picture": picture(link)}
        if not visit.posted:
            return Answer(templates.page(visit, "factor", **shown))
        self._site.limits.guess(visit.source)
        code, password = visit.text("code", 20), visit.typed.get("password", "")
        hashes = await self._hashes(visit, password)
        try:
            codes = await self._site.turn(lambda: factors.confirm(visitor, secret, code, password, hashes))
        except UserError as error:
            self._site.limits.refused(visit.source)
            return again(visit, "factor", error, **shown)
        return Answer(templates.page(visit, "factor", on=True, codes=codes))

    async def end(self, visit: Visit) -> Answer:
        """No second factor any more."""
        if not visit.posted:
            return to("/security/factor")
        self._site.limits.guess(visit.source)
        visitor, password = visit.signed_in, visit.typed.get("password", "")
        hashes = await self._hashes(visit, password)
        try:
            await self._site.turn(lambda: self._factors.end(visitor, password, hashes))
        except UserError as error:
            self._site.limits.refused(visit.source)
            return again(visit, "factor", error, on=True, codes=None)
        return to("/security/factor")

    async def _hashes(self, visit: Visit, password: str) -> Hashes:
        """The costly part of proving the password, on another thread."""
        visitor, ins = visit.signed_in, self._site.sign_ins
        made: Hashes = await self._site.backend.in_thread(lambda: ins.proof_ahead(visitor, password))
        return made


def picture(link: str) -> str:
    """The QR code as an address of its own, so that the secret is asked for by no second request."""
    import segno

    text: str = segno.make(link, error="m").svg_data_uri(scale=4, border=2)
    return text

"""Operators in and out of the reseller pages: sign-in in two steps, the first sign-in by a one-time code, one's own security."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from appliance.errors import Forbidden, UserError
from appliance.services.ground.passwords import Hashes
from appliance.web.pages_factor import picture
from appliance.web.reseller_site import COOKIE, ROOT, ResellerSite, ResellerVisit, again, back, own_path, page, show
from appliance.web.visit import Answer, to
from appliance.wire.operations import Nothing
from appliance.wire.operators import OperatorRedeem
from appliance.wire.session import OwnPassword, SecondFactorConfirm, SecondFactorEnd

SESSION_SECONDS = 30 * 86_400
"""The cookie's; the session itself ends after `operators.session_hours` without use."""


class ResellerSignInPages:
    """Open to everybody, but for one's own security."""

    def __init__(self, site: ResellerSite) -> None:
        self._site = site
        self._ins = site.operators
        site.add(
            page("/sign-in", self.sign_in, open=True, writes=True),
            page("/sign-in/code", self.code, open=True, writes=True),
            page("/sign-in/first", self.first, open=True, writes=True),
            page("/sign-out", self.sign_out, open=True, writes=True),
            page("/security", self.security, writes=True),
            page("/security/others", self.others, writes=True),
            page("/security/factor", self.factor, writes=True),
            page("/security/factor/end", self.end_factor, writes=True),
        )

    async def sign_in(self, visit: ResellerVisit) -> Answer:
        """Login and password. `next` is one of these pages to go on to."""
        if not visit.posted:
            return to(ROOT) if visit.visitor is not None else show(visit, "sign_in")
        self._site.limits.guess(visit.source)
        login, password, host = visit.text("login"), visit.typed.get("password", ""), visit.reseller
        hashes = await self._site.backend.in_thread(lambda: self._ins.ahead(login, password))
        try:
            row = await self._site.turn(lambda: self._ins.check(host, login, password, hashes))
        except Forbidden as error:
            self._site.limits.refused(visit.source)
            return again(visit, "sign_in", UserError(error.code, field=error.field or "login", **error.parameters))
        if row.totp_sealed is not None:
            ticket = await self._site.turn(lambda: self._ins.ticket(row))
            return show(visit, "sign_in_code", ticket=ticket)
        source, client = visit.source, visit.request.getHeader("user-agent") or ""
        return self._in(visit, await self._site.turn(lambda: self._ins.begin(row, source, client)))

    async def code(self, visit: ResellerVisit) -> Answer:
        """The second factor, after the password."""
        if not visit.posted:
            return to(f"{ROOT}/sign-in")
        self._site.limits.guess(visit.source)
        ticket, typed, host = visit.text("ticket", 500), visit.text("code", 40), visit.reseller
        source, client = visit.source, visit.request.getHeader("user-agent") or ""
        try:
            token = await self._site.turn(lambda: self._ins.take(host, ticket, typed, source, client))
        except Forbidden as error:
            self._site.limits.refused(visit.source)
            return again(visit, "sign_in_code", UserError(error.code, field=error.field or "code"), ticket=ticket)
        return self._in(visit, token)

    async def first(self, visit: ResellerVisit) -> Answer:
        """A one-time code is made a password."""
        if not visit.posted:
            return show(visit, "sign_in_first")
        self._site.limits.guess(visit.source)
        password = visit.typed.get("password", "")
        asked = OperatorRedeem(visit.text("code", 60), visit.text("login"), password)
        hashes = await self._site.backend.in_thread(lambda: Hashes().prepare_fresh(password))
        try:
            if password != visit.typed.get("again", ""):
                raise UserError("web.passwords_differ", field="again")
            await self._site.turn(lambda: self._ins.redeem(asked, hashes))
        except UserError as error:
            self._site.limits.refused(visit.source)
            return again(visit, "sign_in_first", UserError(error.code, field=error.field or "code", **error.parameters))
        return to(f"{ROOT}/sign-in", renewed="1")

    async def sign_out(self, visit: ResellerVisit) -> Answer:
        """By a form only: a link of somebody else's must not do it."""
        if visit.posted and visit.token:
            token = visit.token
            await self._site.turn(lambda: self._ins.sign_out(token))
        return to(f"{ROOT}/sign-in", cookies=((COOKIE, "", 0),))

    async def security(self, visit: ResellerVisit) -> Answer:
        """Password, second factor, and where one is signed in."""
        if visit.posted:
            new = visit.typed.get("new_password", "")

            async def work() -> Answer:
                if new != visit.typed.get("again", ""):
                    raise UserError("web.passwords_differ", field="again")
                await self._site.ask(visit, "session.set_password", OwnPassword(visit.typed.get("password", ""), new))
                return back("/security", saved="1")

            return await self._proved(visit, "security", work, sessions=await self._sessions(visit), saved=False)
        return show(visit, "security", sessions=await self._sessions(visit), saved=visit.text("saved") == "1")

    async def others(self, visit: ResellerVisit) -> Answer:
        """Sign out everywhere else."""
        if visit.posted:
            who, token = visit.who, visit.token
            await self._site.turn(lambda: self._ins.end_others(who, token))
        return back("/security")

    async def factor(self, visit: ResellerVisit) -> Answer:
        """A secret as a QR code; the digits that come back turn it on and show the recovery codes, this once."""
        if visit.who.second_factor:
            return show(visit, "factor", on=True, codes=None)
        offer = await self._site.ask(visit, "second_factor.offer", Nothing())
        secret, link = offer.secret, offer.uri
        if visit.posted and visit.text("secret", 64):
            link = link.replace(secret, visit.text("secret", 64))
            secret = visit.text("secret", 64)
        shown = {"on": False, "codes": None, "secret": secret, "picture": picture(link)}
        if not visit.posted:
            return show(visit, "factor", **shown)

        async def work() -> Answer:
            asked = SecondFactorConfirm(visit.typed.get("password", ""), secret, visit.text("code", 20))
            made = await self._site.ask(visit, "second_factor.confirm", asked)
            return show(visit, "factor", on=True, codes=made.codes)

        return await self._proved(visit, "factor", work, **shown)

    async def end_factor(self, visit: ResellerVisit) -> Answer:
        """No second factor any more."""
        if not visit.posted:
            return back("/security/factor")

        async def work() -> Answer:
            await self._site.ask(visit, "second_factor.end", SecondFactorEnd(visit.typed.get("password", "")))
            return back("/security/factor")

        return await self._proved(visit, "factor", work, on=True, codes=None)

    async def _proved(self, visit: ResellerVisit, form: str, work: Callable[[], Awaitable[Answer]], **shown: Any) -> Answer:
        """What the password proves; a wrong one counts as a guess."""
        self._site.limits.guess(visit.source)
        try:
            return await work()
        except UserError as error:
            self._site.limits.refused(visit.source)
            return again(visit, form, error, **shown)

    async def _sessions(self, visit: ResellerVisit) -> Any:
        who, token = visit.who, visit.token
        return await self._site.turn(lambda: self._ins.sessions(who, token))

    @staticmethod
    def _in(visit: ResellerVisit, token: str) -> Answer:
        return to(own_path(visit.text("next")), cookies=((COOKIE, token, SESSION_SECONDS),))

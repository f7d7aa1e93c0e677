"""In and out: sign in, sign out, a forgotten password, a new one by the e-mailed link."""

from __future__ import annotations

from appliance import i18n
from appliance.errors import UserError
from appliance.services.people.web_second_factor import WebSecondFactors
from appliance.services.people.web_sign_in import Place
from appliance.store.web_logins import WebLogin
from appliance.web import templates
from appliance.web.site import Page, Pages
from appliance.web.visit import PLACES_COOKIE, SESSION_COOKIE, Answer, Visit, to

SESSION_SECONDS = 30 * 86_400
PLACES_SECONDS = 365 * 86_400


class SignInPages:
    """What is open to everybody."""

    def __init__(self, site: Pages, factors: WebSecondFactors) -> None:
        self._site = site
        self._ins = site.sign_ins
        self._factors = factors
        site.add(
            Page("/", self.home, open=True),
            Page("/sign-in", self.sign_in, open=True, writes=True, foreign=True),
            Page("/sign-in/code", self.code, open=True, writes=True),
            Page("/sign-out", self.sign_out, open=True, writes=True),
            Page("/forgotten", self.forgotten, open=True, writes=True),
            Page("/new-password", self.new_password, open=True, writes=True),
        )

    async def home(self, visit: Visit) -> Answer:
        """The overview, or the way to it."""
        return to("/overview" if visit.visitor is not None else "/sign-in")

    async def sign_in(self, visit: Visit) -> Answer:
        """The form, and what is sent by it: from here, or from a page of the reseller's other sites. `next` is a path of ours to go on to,
        `return` an address of those sites that is led back to."""
        shown = await self._around(visit)
        if not visit.posted:
            return to("/overview") if visit.visitor is not None else Answer(templates.page(visit, "sign_in", **shown))
        origin = visit.request.getHeader("origin") or ""
        if not visit.form_is_ours() and not await self._site.turn(lambda: self._site.from_own_site(visit.reseller, origin)):
            # Whoever could send this form from anywhere could sign people in to an account of his own.
            raise UserError("web.form_too_old")
        self._site.limits.guess(visit.source)
        login, password = visit.text("login"), visit.typed.get("password", "")
        reseller = visit.reseller.id
        hashes = await self._site.backend.in_thread(lambda: self._ins.ahead(reseller, login, password))
        try:
            row = await self._site.turn(lambda: self._ins.check(reseller, login, password, hashes))
        except UserError as error:
            self._site.limits.refused(visit.source)
            return again(visit, "sign_in", error, **shown)
        if row.totp_sealed is not None:
            ticket = await self._site.turn(lambda: self._factors.ticket(row))
            return Answer(templates.page(visit, "sign_in_code", ticket=ticket))
        return await self._begin(visit, row)

    async def code(self, visit: Visit) -> Answer:
        """The second factor, after the password."""
        if not visit.posted:
            return to("/sign-in")
        self._site.limits.guess(visit.source)
        ticket, typed, reseller = visit.text("ticket", 500), visit.text("code", 40), visit.reseller.id
        try:
            row = await self._site.turn(lambda: self._factors.take(reseller, ticket, typed))
        except UserError as error:
            self._site.limits.refused(visit.source)
            return again(visit, "sign_in_code", error, ticket=ticket)
        return await self._begin(visit, row)

    async def _begin(self, visit: Visit, row: WebLogin) -> Answer:
        client = visit.request.getHeader("user-agent") or ""
        place = Place(visit.source, client, visit.cookie(PLACES_COOKIE), visit.address)
        token, places = await self._site.turn(lambda: self._ins.begin(row, visit.reseller, place))
        kept = ((SESSION_COOKIE, token, SESSION_SECONDS), (PLACES_COOKIE, places, PLACES_SECONDS))
        return to(own_path(visit.text("next")), cookies=kept)

    async def _around(self, visit: Visit) -> dict[str, object]:
        """What stands beside the form."""
        reseller, named, site = visit.reseller, visit.text("return", 300), self._site
        shown: dict[str, object] = await site.turn(lambda: {"may_register": site.registration_open(reseller), "back": site.back_to(reseller, named)})
        return shown

    async def sign_out(self, visit: Visit) -> Answer:
        """By a form only: a link of somebody else's must not do it."""
        if visit.posted and visit.token:
            token = visit.token
            await self._site.turn(lambda: self._ins.sign_out(token))
        return to("/sign-in", cookies=((SESSION_COOKIE, "", 0),))

    async def forgotten(self, visit: Visit) -> Answer:
        """Ask for a link; the answer is the same whoever asks."""
        if not visit.posted:
            return Answer(templates.page(visit, "forgotten", sent=False))
        self._site.limits.guess(visit.source)
        self._site.limits.refused(visit.source)
        reseller, login, address = visit.reseller, visit.text("login"), visit.address
        await self._site.turn(lambda: self._ins.forgotten(reseller, login, address))
        return Answer(templates.page(visit, "forgotten", sent=True))

    async def new_password(self, visit: Visit) -> Answer:
        """The link's page: a password is chosen, and one signs in with it."""
        if not visit.posted:
            return Answer(templates.page(visit, "new_password", code=visit.text("code", 40)))
        self._site.limits.guess(visit.source)
        code, new = visit.text("code", 40), visit.typed.get("new", "")
        hashes = await self._site.backend.in_thread(lambda: _fresh(new))
        reseller = visit.reseller.id
        try:
            await self._site.turn(lambda: self._ins.renew(reseller, code, new, hashes))
        except UserError as error:
            self._site.limits.refused(visit.source)
            return again(visit, "new_password", error, code=code)
        return to("/sign-in", renewed="1")


def _fresh(password: str) -> object:
    from appliance.services.ground.passwords import Hashes

    return Hashes().prepare_fresh(password)


def own_path(path: str) -> str:
    """A path of these pages; anything that could lead elsewhere becomes the overview."""
    plain = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable() and ":" not in path
    return path if plain and path not in ("/", "/sign-in", "/sign-out") else "/overview"


def again(visit: Visit, template: str, error: UserError, **values: object) -> Answer:
    """The form with what was typed, and what is wrong with it, at its field where there is one."""
    said = i18n.sentence(error.code, error.parameters, visit.words.language)
    return Answer(templates.page(visit, template, problem={"sentence": said, "field": error.field or ""}, **values), 400)

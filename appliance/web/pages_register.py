"""Becoming a customer: the form, the link of the e-mail, and what was made."""

from __future__ import annotations

from functools import cache

from appliance import i18n
from appliance.errors import UserError
from appliance.services.ground.passwords import Hashes
from appliance.services.people.registration import Registration, Wanted
from appliance.web import templates
from appliance.web.pages_sign_in import again
from appliance.web.site import Page, Pages
from appliance.web.visit import Answer, Visit, to

LONGEST_CODE = 3000
NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"})
"""Two letters that the tables of languages know and that are no country."""
TRAP = "website"
"""A field that no person sees: who fills it in is a program."""


class RegisterPages:
    """Open to everybody where the reseller lets strangers register."""

    def __init__(self, site: Pages, registration: Registration) -> None:
        self._site = site
        self._registration = registration
        site.registration_open = registration.open
        site.from_own_site, site.back_to = registration.from_own_site, registration.back
        site.add(
            Page("/register", self.register, open=True, writes=True),
            Page("/register/confirm", self.confirm, open=True, writes=True),
        )

    async def register(self, visit: Visit) -> Answer:
        """The form; the answer to one that is right is the same whoever is known already."""
        reseller, registration = visit.reseller, self._registration
        if visit.visitor is not None:
            return to("/overview")
        named = visit.text("return", 300)
        rules, mark, back = await self._site.turn(
            lambda: (registration.rules(reseller), registration.mark(reseller), registration.back(reseller, named))
        )
        offer = visit.text("tariff", 100)
        shown: dict[str, object] = {"offer": offer if offer in rules.offers else "", "back": back}
        shown |= {"rules": rules, "countries": countries(visit.words.language), "home": reseller.country, "trap": TRAP}
        if not visit.posted:
            return Answer(templates.page(visit, "register", sent=False, mark=mark, **shown))
        self._site.limits.guess(visit.source)
        if visit.text(TRAP):
            return Answer(templates.page(visit, "register", sent=True, mark="", **shown))
        own = visit.text("mark", LONGEST_CODE)
        wanted = Wanted(
            visit.text("name"),
            visit.text("email", 300),
            visit.text("country", 2),
            visit.words.language,
            visit.text("terms", 40),
            visit.text("phone", 40),
            visit.text("address", 300),
            visit.text("identity", 300),
            offer,
            back,
        )
        address, source = visit.address, visit.source

        def ask() -> None:
            registration.check_person(reseller, own)
            registration.ask(reseller, wanted, address, source)

        try:
            await self._site.turn(ask)
        except UserError as error:
            self._site.limits.refused(source)
            return again(visit, "register", error, sent=False, mark=mark if error.code == "registration.form_old" else own, **shown)
        return Answer(templates.page(visit, "register", sent=True, mark="", **shown))

    async def confirm(self, visit: Visit) -> Answer:
        """The link's page asks once more, since programs that look through e-mail follow links too; its button makes the customer."""
        reseller, registration, code = visit.reseller, self._registration, visit.text("code", LONGEST_CODE)
        if not visit.posted:
            asked = await self._site.turn(lambda: registration.read(reseller, code))
            return Answer(templates.page(visit, "register_confirm", asked=asked, code=code, made=None))
        self._site.limits.guess(visit.source)
        password = await self._site.turn(lambda: (registration.read(reseller, code), registration.first_password(reseller))[1])
        hashes = await self._site.backend.in_thread(lambda: Hashes().prepare_fresh(password))
        try:
            made = await self._site.turn(lambda: registration.confirm(reseller, code, password, hashes))
        except UserError:
            self._site.limits.refused(visit.source)
            raise
        return Answer(templates.page(visit, "register_confirm", asked=None, code="", made=made))


@cache
def countries(language: str) -> list[tuple[str, str]]:
    """(ISO code, name in that language), by name."""
    from babel import Locale

    names = Locale.parse(i18n.known(language)).territories.items()
    found = [(code, str(name)) for code, name in names if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES]
    return sorted(found, key=lambda each: each[1].casefold())

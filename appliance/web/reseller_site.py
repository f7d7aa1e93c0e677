"""The reseller pages' door: the same law as the customers' pages (`site`), with operators' accounts and sessions.

Law: a page asks operations as the operator, bounded to the reseller he works for; what a page may not show is refused by the
service, and the menu only leaves out what would be refused.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from appliance import i18n
from appliance.clock import parse_rfc3339
from appliance.errors import EnvironmentFault, Forbidden, NotFound, UserError
from appliance.money import parse_amount
from appliance.services.people.reseller_sign_in import Colleague, ResellerSignIns
from appliance.services.people.web_sign_in import WebSignIns
from appliance.web import templates
from appliance.web.site import GUESSES, Backend, Limits, Page, Pages, Turn
from appliance.web.visit import Answer, Visit, to

ROOT = "/reseller"
COOKIE = "tollhouse_reseller"
PAGE = 50


class ResellerVisit(Visit):
    """One request of an operator, or of nobody yet."""

    @property
    def who(self) -> Colleague:
        """The operator of a page that only signed-in ones reach."""
        assert self.visitor is not None
        return cast(Any, self.visitor)  # type: ignore[no-any-return]

    @property
    def timezone(self) -> str:
        """Of the reseller he works for."""
        return self.who.reseller.timezone if self.visitor is not None else self.reseller.timezone

    def may(self, permission: str) -> bool:
        """Whether the operator has it where he works."""
        return self.visitor is not None and permission in self.who.allowed


class ResellerSite(Pages):
    """All pages below /reseller."""

    session_cookie = COOKIE
    home, entrance, security = ROOT, f"{ROOT}/sign-in", f"{ROOT}/security"
    stays = frozenset({f"{ROOT}/security", f"{ROOT}/sign-out"})
    visit_of = ResellerVisit

    def __init__(
        self, sign_ins: WebSignIns, backend: Backend, turn: Turn, limits: Limits, random_text: Callable[[], str], operators: ResellerSignIns
    ) -> None:
        super().__init__(sign_ins, backend, turn, limits, random_text)
        self.operators = operators
        self.fresh = random_text

    async def ask(self, visit: ResellerVisit, name: str, request: object) -> Any:
        """An operation as the operator, in his session."""
        return await self.backend.ask(visit.who.actor, name, request, visit.token)

    async def maybe(self, visit: ResellerVisit, permission: str, name: str, request: object) -> Any:
        """The same for a part of a page that not everybody may see: None for who may not."""
        return await self.ask(visit, name, request) if visit.may(permission) else None

    def _known(self, host: str, token: str) -> tuple[Any, str, Any]:
        reseller = self.sign_ins.reseller_of(host)
        if reseller is None:
            return None, "", None
        return reseller, self.sign_ins.brand(reseller), self.operators.colleague(token, reseller)

    def refused(self, visit: Visit, error: UserError | EnvironmentFault, status: int = 0) -> Answer:
        """The problem as a page of its own, with the menu to go on."""
        if error.code in GUESSES:
            self.limits.refused(visit.source)
        said = i18n.sentence(error.code, error.parameters, visit.words.language)
        code = status or (404 if isinstance(error, NotFound) else 403 if isinstance(error, Forbidden) else 400)
        return show(cast(ResellerVisit, visit), "problem", http=code, sentence=said, status=code)


def page(path: str, handler: Callable[[ResellerVisit], Awaitable[Answer]], *, open: bool = False, writes: bool = False) -> Page:
    """A page below /reseller."""
    return Page(f"{ROOT}{path}", cast(Any, handler), open, writes)


def show(visit: ResellerVisit, name: str, /, *, http: int = 200, **values: Any) -> Answer:
    """The page of template reseller_NAME."""
    words = visit.words
    shown = {
        "may": visit.may,
        "who": visit.who if visit.visitor is not None else None,
        "number": lambda digits: words.isolate(words.number(digits)),
        "rounded": lambda amount, currency: words.isolate(words.money(words.rounded(parse_amount(amount), currency), currency)),
        "moment": lambda text: words.isolate(words.short_moment(parse_rfc3339(text), visit.timezone)),
        "tariff_pairs": lambda rows: [(each.id, each.name) for each in rows],
        "account_pairs": lambda rows: [(each.id, f"{each.name} ({each.currency})") for each in rows],
        "number_pairs": lambda rows: [(each.number, each.number) for each in rows],
        "name_pairs": lambda rows, now: [(each, each) for each in dict.fromkeys([*([now] if now else []), *(row.name for row in rows)])],
        **values,
    }
    return Answer(templates.page(visit, f"reseller_{name}", **shown), http)


def again(visit: ResellerVisit, name: str, error: UserError, /, **values: Any) -> Answer:
    """The form with what was typed, and what is wrong with it: at its field where the page has it, else above everything."""
    if error.field is None and isinstance(error, (NotFound, Forbidden)):
        raise error
    said = i18n.sentence(error.code, error.parameters, visit.words.language)
    answer = show(visit, name, http=400, problem={"sentence": said, "field": error.field or ""}, **values)
    if error.field and f'id="{error.field}-problem"'.encode() not in answer.body:
        return show(visit, name, http=400, problem={"sentence": said, "field": ""}, **values)
    return answer


def own_path(path: str) -> str:
    """A path of the reseller pages; anything that could lead elsewhere becomes the first page."""
    plain = path.startswith(f"{ROOT}/") and "\\" not in path and path.isprintable() and ":" not in path and "//" not in path
    return path if plain and path not in (f"{ROOT}/sign-in", f"{ROOT}/sign-out") else ROOT


def back(path: str, **query: str) -> Answer:
    """The way to another of these pages."""
    return to(f"{ROOT}{path}", cookies=(), **query)

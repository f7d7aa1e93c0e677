"""The pages' door: path to page, session, form token, headers, problems as pages.

Law: a page that needs a visitor is never made without one; a form that does not carry our token changes nothing; nothing
that came from outside is written without being escaped.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Protocol

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from appliance import i18n
from appliance.errors import EnvironmentFault, Forbidden, NotFound, UserError
from appliance.services.ground.access import Actor
from appliance.services.people.brands import Look
from appliance.services.people.web_sign_in import WebSignIns
from appliance.web import templates
from appliance.web.visit import FORM_COOKIE, LANGUAGE_COOKIE, SESSION_COOKIE, Answer, Visit, to

log = logging.getLogger("tollhouse.web")

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
NOT_SET_UP = b"""Tollhouse runs, but is not set up yet.

Open the console on this computer (tollhouse) and type the set-up code that the server printed at its start,
or describe the business in a file: tollhouse apply FILE.
"""
"""There is no business yet whose language and brand a page could have."""

FORM_SECONDS = 86_400
YEAR_SECONDS = 365 * 86_400
PLACES = {"id": "[0-9]{1,15}", "did": "[0-9]{1,32}", "key": "[0-9a-f]{16}"}
"""What stands in braces in a path: an id, an incoming number, hexadecimal digits."""
GUESSES = frozenset({"sign_in.wrong", "operator.code_wrong", "own_account.wrong_password", "voucher.wrong"})
"""Refusals that count as a guess of the address they went to."""

Handler = Callable[[Visit], Awaitable[Answer]]


class Page(NamedTuple):
    """A path (with `PLACES`) and what makes it. `open`: without a visitor; `writes`: a form
    may be sent to it. `foreign`: what is sent to it may come from elsewhere without our form token; its handler proves it otherwise."""

    path: str
    handler: Handler
    open: bool = False
    writes: bool = False
    foreign: bool = False


class Limits(Protocol):
    """Guesses by address (api/rate_limits.py)."""

    def guess(self, address: str) -> None: ...

    def refused(self, address: str) -> None: ...

    def ask(self, token: str, address: str) -> None: ...


class Backend(Protocol):
    """What the pages are handed of the running server."""

    def ask(self, actor: Actor, name: str, request: object, token: str = "") -> Deferred[Any]:
        """An operation as that actor, in the session of `token` where it concerns that."""
        ...

    def file(self, actor: Actor, name: str, request: object) -> Deferred[Callable[[Request], None]]:
        """A file that may be long: what writes it to a request (`Answer.stream`)."""
        ...

    def in_thread(self, work: Callable[[], Any]) -> Deferred[Any]:
        """Costly work on another thread."""
        ...


class Turn(Protocol):
    """Work on the store's thread, while no unit of work is open."""

    def __call__(self, work: Callable[[], Any]) -> Deferred[Any]: ...


class Pages(Resource):
    """All pages of all resellers."""

    isLeaf = True  # noqa: N815
    session_cookie = SESSION_COOKIE
    home, entrance, security = "/", "/sign-in", "/security"
    """The first page; where one signs in; where one with a password that has to be changed is sent, and where he may be besides."""
    stays = frozenset({"/security", "/sign-out"})
    visit_of: type[Visit] = Visit

    def __init__(self, sign_ins: WebSignIns, backend: Backend, turn: Turn, limits: Limits, random_text: Callable[[], str]) -> None:
        super().__init__()
        self.sign_ins, self.backend, self.turn, self.limits = sign_ins, backend, turn, limits
        self.reading: Turn = turn
        """The same for work that writes nothing: it costs no unit of work."""
        self._random_text = random_text
        self.registration_open: Callable[[Any], bool] = lambda reseller: False
        self.from_own_site: Callable[[Any, str], bool] = lambda reseller, origin: False
        self.back_to: Callable[[Any, str], str] = lambda reseller, address: ""
        self.look_of: Callable[[Any], Look | None] = lambda reseller: None
        self._routes: list[tuple[re.Pattern[str], Page]] = []

    def add(self, *pages: Page) -> None:
        """More pages."""
        for page in pages:
            pattern = re.escape(page.path)
            for place, shape in PLACES.items():
                pattern = pattern.replace(rf"\{{{place}\}}", rf"(?P<{place}>{shape})")
            self._routes.append((re.compile(f"^{pattern}$"), page))

    def render(self, request: Request) -> int:
        for name, value in HEADERS:
            request.responseHeaders.setRawHeaders(name, [value])
        gone: list[object] = []
        request.notifyFinish().addErrback(gone.append)
        done: Deferred[Answer] = ensureDeferred(self._answered(request))
        done.addCallback(lambda answer: None if gone else self._write(request, answer))
        return NOT_DONE_YET

    # one request ---------------------------------------------------------------------------------------------------
    async def _answered(self, request: Request) -> Answer:
        try:
            return await self._answer(request)
        except Exception as error:
            return self._bug(error)

    async def _answer(self, request: Request) -> Answer:
        path = request.path.decode("utf-8", "replace")
        if path.startswith("/static/"):
            return self._static(request, path)
        token, secret = _cookie(request, self.session_cookie), _cookie(request, FORM_COOKIE)
        host = request.getHeader("host") or ""
        reseller, brand, visitor, look = await self.reading(lambda: self._whole(host, token))
        if getattr(visitor, "stale", False):
            await self.turn(lambda: self.sign_ins.visitor(token, reseller.id))
        if reseller is None:
            return Answer(NOT_SET_UP, 503, "text/plain; charset=utf-8")
        fresh = not secret
        secret = secret or self._random_text()
        language = self._language(request, visitor, reseller.language)
        if look is not None and look.languages and language not in look.languages:
            language = reseller.language if reseller.language in look.languages else look.languages[0]
        visit = self.visit_of(request, reseller, brand, visitor, token if visitor is not None else "", secret, language)
        visit.look = look
        answer = await self._guarded(visit, path)
        cookies = answer.cookies
        if fresh:
            cookies += ((FORM_COOKIE, secret, FORM_SECONDS),)
        wanted = visit.text("language", 8)
        if wanted in i18n.languages() and not visit.posted:
            cookies += ((LANGUAGE_COOKIE, wanted, YEAR_SECONDS),)
        self._set_cookies(visit, cookies)
        return answer

    def _whole(self, host: str, token: str) -> tuple[Any, str, Any, Look | None]:
        reseller, brand, visitor = self._known(host, token)
        return reseller, brand, visitor, None if reseller is None else self.look_of(reseller)

    def _known(self, host: str, token: str) -> tuple[Any, str, Any]:
        reseller = self.sign_ins.reseller_of(host)
        if reseller is None:
            return None, "", None
        return reseller, self.sign_ins.brand(reseller), self.sign_ins.visitor(token, reseller.id, prolong=False)

    async def _guarded(self, visit: Visit, path: str) -> Answer:
        try:
            return await self._page(visit, path)
        except UserError as error:
            return self.refused(visit, error)
        except EnvironmentFault as fault:
            return self.refused(visit, fault, 503)

    async def _page(self, visit: Visit, path: str) -> Answer:
        page, places = self._find(path)
        if page is None:
            raise NotFound("request.no_such_path", path=path[:200])
        if visit.request.method not in ((b"GET", b"HEAD", b"POST") if page.writes else (b"GET", b"HEAD")):
            raise UserError("request.wrong_method")
        if not page.open and visit.visitor is None:
            return to(self.entrance, next=path) if path != self.home else to(self.entrance)
        self.limits.ask(visit.token, visit.source)
        if visit.posted and not page.foreign and not visit.form_is_ours():
            raise UserError("web.form_too_old")
        if visit.visitor is not None and visit.visitor.must_change and path not in self.stays:
            return to(self.security)
        visit.typed.update(places)
        return await page.handler(visit)

    def _find(self, path: str) -> tuple[Page | None, dict[str, str]]:
        for pattern, page in self._routes:
            found = pattern.match(path)
            if found:
                return page, found.groupdict()
        return None, {}

    @staticmethod
    def _language(request: Request, visitor: Any, otherwise: str) -> str:
        typed = (request.args or {}).get(b"language", [b""])[0].decode("ascii", "replace")
        for wanted in (typed, _cookie(request, LANGUAGE_COOKIE), visitor.language if visitor is not None else ""):
            if wanted and wanted in i18n.languages():
                return wanted
        for tag in (request.getHeader("accept-language") or "").split(",")[:10]:
            code = tag.partition(";")[0].strip().partition("-")[0].lower()
            if code in i18n.languages():
                return code
        return i18n.known(otherwise)

    # answers -------------------------------------------------------------------------------------------------------
    def refused(self, visit: Visit, error: UserError | EnvironmentFault, status: int = 0) -> Answer:
        """The problem as a page of its own, in the person's language."""
        if error.code in GUESSES:
            self.limits.refused(visit.source)
        said = i18n.sentence(error.code, error.parameters, visit.words.language)
        code = status or (404 if isinstance(error, NotFound) else 403 if isinstance(error, Forbidden) else 400)
        return Answer(templates.page(visit, "problem", sentence=said, status=code), code)

    def _bug(self, error: BaseException) -> Answer:
        log.error("a page met a fault of the program", exc_info=error)
        return Answer(b"This page met a fault of the program. It was written down; please try again.\n", 500, "text/plain; charset=utf-8")

    def _static(self, request: Request, path: str) -> Answer:
        found = templates.static(path.rpartition("/")[2])
        if found is None or path.count("/") != 3:
            return Answer(b"", 404, "text/plain; charset=utf-8")
        request.setHeader(b"cache-control", b"public, max-age=31536000, immutable")
        return Answer(found[0], 200, found[1])

    @staticmethod
    def _set_cookies(visit: Visit, cookies: tuple[tuple[str, str, int], ...]) -> None:
        for name, value, seconds in cookies:
            age = seconds if value else 0
            visit.request.addCookie(name, value, path="/", max_age=str(age), httpOnly=True, sameSite="lax", secure=visit.secure)

    @staticmethod
    def _write(request: Request, answer: Answer) -> None:
        request.setResponseCode(answer.status)
        if answer.location:
            request.setHeader(b"location", answer.location.encode())
        request.setHeader(b"content-type", answer.content_type.encode())
        if answer.file_name:
            plain = re.sub(r"[^A-Za-z0-9._-]", "_", answer.file_name)
            request.setHeader(b"content-disposition", f'attachment; filename="{plain}"'.encode())
        if answer.stream is not None:
            answer.stream(request)
            return
        request.setHeader(b"content-length", b"%d" % len(answer.body))
        if request.method != b"HEAD":
            request.write(answer.body)
        request.finish()


def _cookie(request: Request, name: str) -> str:
    value = request.getCookie(name.encode())
    return value.decode("ascii", "replace")[:200] if value else ""

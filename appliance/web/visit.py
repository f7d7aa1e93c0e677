"""One request to the pages: who asks, in which language, what was typed, and what is written back."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from twisted.web.server import Request

from appliance.services.people.web_sign_in import Visitor
from appliance.words import Words

if TYPE_CHECKING:
    from appliance.services.people.brands import Look
    from appliance.store.resellers import Reseller

SESSION_COOKIE = "tollhouse"
FORM_COOKIE = "tollhouse_form"
PLACES_COOKIE = "tollhouse_places"
LANGUAGE_COOKIE = "tollhouse_language"
MOST_TYPED = 4000
MOST_FIELDS = 60


class Answer(NamedTuple):
    """A page, a file, or the way to another page. `cookies`: (name, value or "" to forget, seconds). `stream`: writes what follows
    the headers itself and ends the request (events)."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    location: str = ""
    file_name: str = ""
    cookies: tuple[tuple[str, str, int], ...] = ()
    stream: Callable[[Request], None] | None = None


class Visit:
    """`typed` holds the first value of each field of the form or query, bounded."""

    def __init__(
        self, request: Request, reseller: Reseller, brand: str, visitor: Visitor | None, token: str, form_secret: str, language: str
    ) -> None:
        self.request = request
        self.reseller = reseller
        self.brand = brand
        self.visitor = visitor
        self.token = token
        self.form_secret = form_secret
        self.words = Words(language)
        self.path = request.path.decode("utf-8", "replace")
        self.typed = _typed(request)
        self.look: Look | None = None

    @property
    def posted(self) -> bool:
        """Whether a form was sent."""
        return bool(self.request.method == b"POST")

    @property
    def signed_in(self) -> Visitor:
        """The visitor of a page that only signed-in ones reach."""
        assert self.visitor is not None
        return self.visitor

    @property
    def timezone(self) -> str:
        """The customer's own, else the reseller's."""
        return (self.visitor.customer.timezone if self.visitor is not None else "") or self.reseller.timezone

    @property
    def form_token(self) -> str:
        """What each form carries: another site knows neither session nor form cookie."""
        return hashlib.sha256(f"form {self.token or self.form_secret}".encode()).hexdigest()[:40]

    def form_is_ours(self) -> bool:
        """Whether a sent form came from a page of ours."""
        return bool(self.token or self.form_secret) and hmac.compare_digest(self.typed.get("form", "").encode(), self.form_token.encode())

    def cookie(self, name: str) -> str:
        """A cookie of ours, "" where there is none."""
        value = self.request.getCookie(name.encode())
        return value.decode("ascii", "replace")[:400] if value else ""

    def text(self, name: str, longest: int = 200) -> str:
        """A field as typed, cut and stripped."""
        return self.typed.get(name, "").strip()[:longest]

    def whole(self, name: str, otherwise: int = 0) -> int:
        """A whole number of the query, `otherwise` where it is none."""
        text = self.text(name, 18)
        return int(text) if text.isascii() and text.isdecimal() else otherwise

    @property
    def secure(self) -> bool:
        """Whether the person's browser speaks TLS: here, or to a proxy of ours (http_common.BoundedRequest)."""
        return bool(self.request.isSecure())

    @property
    def source(self) -> str:
        """The address that asks."""
        address: Any = self.request.getClientAddress()
        return str(getattr(address, "host", ""))

    @property
    def address(self) -> str:
        """Of these pages, as the person's browser has it."""
        host = self.request.getHeader("host") or "localhost"
        return f"{'https' if self.secure else 'http'}://{host[:255]}"


def to(path: str, *, cookies: tuple[tuple[str, str, int], ...] = (), **query: str) -> Answer:
    """The way to another page (303: it is asked by GET)."""
    return Answer(status=303, location=f"{path}?{urlencode(query)}" if query else path, cookies=cookies)


def _typed(request: Request) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, values in list((request.args or {}).items())[:MOST_FIELDS]:
        found[name.decode("utf-8", "replace")[:60]] = values[0][:MOST_TYPED].decode("utf-8", "replace").replace("\x00", "")
    return found

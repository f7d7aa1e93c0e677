"""A browser without a script: cookies kept, forms filled as they stand on the page."""

from __future__ import annotations

import http.client
import re
from html import unescape
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


class Got(NamedTuple):
    """One answer."""

    status: int
    text: str
    headers: dict[str, str]
    body: bytes

    @property
    def plain(self) -> str:
        """The words of the page."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.text)).split())


class Browser:
    """`url` of the server, `host` the name that the pages are asked by."""

    def __init__(self, url: str, host: str = "my.example.test") -> None:
        at = urlsplit(url)
        self._address = (at.hostname or "127.0.0.1", at.port or 80)
        self.host = host
        self.cookies: dict[str, str] = {}
        self.page = Got(0, "", {}, b"")

    def get(self, path: str, *, follow: bool = True, headers: dict[str, str] | None = None) -> Got:
        """Ask for a page; the way to another is followed."""
        return self._ask("GET", path, None, follow, headers or {})

    def post(self, path: str, fields: dict[str, str], *, follow: bool = True, form: str | None = None) -> Got:
        """Send a form with the hidden fields of the page that is shown; `form`: another token than the page's."""
        hidden = {name: unescape(value) for name, value in HIDDEN.findall(self.page.text)}
        hidden.pop("code", None) if "code" in fields else None
        sent = {**hidden, **fields}
        if form is not None:
            sent["form"] = form
        return self._ask("POST", path, urlencode(sent), follow, {"content-type": "application/x-www-form-urlencoded"})

    def send(self, path: str, body: bytes, headers: dict[str, str]) -> Got:
        """A body as it is, as another program sends it."""
        return self._ask("POST", path, body, False, headers)

    def sign_in(self, login: str, password: str) -> Got:
        """By the form."""
        self.get("/sign-in")
        return self.post("/sign-in", {"login": login, "password": password})

    def _ask(self, method: str, path: str, body: str | bytes | None, follow: bool, headers: dict[str, str]) -> Got:
        line = http.client.HTTPConnection(*self._address, timeout=60)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        line.request(method, path, body, {"host": self.host, **({"cookie": cookies} if cookies else {}), **headers})
        reply = line.getresponse()
        data = reply.read()
        for name, value in reply.getheaders():
            if name.lower() == "set-cookie":
                key, _sign, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
                if "max-age=0" in value.lower():
                    del self.cookies[key]
        line.close()
        got = Got(reply.status, data.decode("utf-8", "replace"), {name.lower(): value for name, value in reply.getheaders()}, data)
        location = got.headers.get("location")
        if follow and location and got.status == 303:
            return self.get(location)
        if got.headers.get("content-type", "").startswith("text/html"):
            self.page = got
        return got

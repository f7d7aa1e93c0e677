"""The files of a reseller's brand, at its own host name: its colour as a style sheet, its logo."""

from __future__ import annotations

from appliance.errors import NotFound
from appliance.web.site import Page, Pages
from appliance.web.visit import Answer, Visit

FOR_EVER = b"private, max-age=31536000, immutable"


class BrandPages:
    """Under a key that changes with what they hold."""

    def __init__(self, site: Pages) -> None:
        site.add(Page("/brand/{key}/site.css", self.style, open=True), Page("/brand/{key}/logo.png", self.logo, open=True))

    async def style(self, visit: Visit) -> Answer:
        """The colour on light and dark ground."""
        look = visit.look
        if look is None or not look.style or visit.typed.get("key") != look.key:
            raise NotFound("request.no_such_path", path=visit.path[:200])
        visit.request.setHeader(b"cache-control", FOR_EVER)
        return Answer(look.style.encode(), 200, "text/css; charset=utf-8")

    async def logo(self, visit: Visit) -> Answer:
        """The picture that we drew of it."""
        look = visit.look
        if look is None or not look.logo or visit.typed.get("key") != look.key:
            raise NotFound("request.no_such_path", path=visit.path[:200])
        visit.request.setHeader(b"cache-control", FOR_EVER)
        return Answer(look.logo, 200, "image/png")

"""Help for who works at the reseller pages: the chapters of the manual that are about that work, and no other."""

from __future__ import annotations

from pathlib import Path

from appliance import i18n, manual
from appliance.errors import NotFound
from appliance.web.reseller_site import ROOT, ResellerSite, ResellerVisit, page, show
from appliance.web.visit import Answer

PICTURES = "pictures"
CHAPTERS = (
    "reseller-pages",
    "customers",
    "endpoints-and-phones",
    "phone-guides",
    "payments",
    "tariffs",
    "how-a-price-is-made",
    "calls",
    "why-does-my-call-fail",
    "sub-resellers",
    "booth-tablet",
)
"""In the order in which one needs them."""


class ResellerHelpPages:
    """Open to who is not signed in, since some of it is about signing in."""

    def __init__(self, site: ResellerSite) -> None:
        site.add(page("/help", self.contents, open=True))
        for name in CHAPTERS:
            site.add(page(f"/help/{name}", self.chapter, open=True))
        for file in pictures():
            site.add(page(f"/help/{PICTURES}/{file.name}", self.picture, open=True))

    async def contents(self, visit: ResellerVisit) -> Answer:
        """What there is to read."""
        titles = {each.name: each.title for each in manual.chapters(visit.words.language)}
        return show(visit, "help", chapters=[(address(name), titles[name]) for name in CHAPTERS if name in titles])

    async def picture(self, visit: ResellerVisit) -> Answer:
        """What a chapter shows."""
        name = visit.path.rpartition("/")[2]
        file = next(each for each in pictures() if each.name == name)
        return Answer(file.read_bytes(), 200, "image/png")

    async def chapter(self, visit: ResellerVisit) -> Answer:
        """One of them."""
        name = visit.path.rpartition("/")[2]
        titles = {each.name: each.title for each in manual.chapters(visit.words.language)}
        if name not in titles:
            raise NotFound("request.no_such_path", path=visit.path)
        written = manual.language_of(name, visit.words.language)
        direction = "rtl" if written in i18n.RIGHT_TO_LEFT else "ltr"
        text = manual.html(manual.source(name, written), place)
        return show(visit, "help_chapter", title=titles[name], chapter=text, written=written, direction_of_text=direction)


def pictures() -> list[Path]:
    """Files of the manual's pictures."""
    return sorted((manual.folder() / PICTURES).glob("*.png"))


def address(name: str) -> str:
    """The page of a chapter."""
    return f"{ROOT}/help/{name}"


def place(target: str) -> str:
    """Where a link of the Markdown leads among these pages; to the list where the chapter is none of them."""
    if target.endswith(".png"):
        return f"{ROOT}/help/{PICTURES}/{target.rpartition('/')[2]}"
    name, sign, heading = target.partition("#")
    if not name.endswith(".md"):
        return target
    chapter = name.removesuffix(".md")
    return f"{address(chapter)}{sign}{heading}" if chapter in CHAPTERS else f"{ROOT}/help"

"""Help for customers: the chapters of the manual that are theirs, and no other. The text is the program's own, rendered without raw HTML."""

from __future__ import annotations

from appliance import i18n, manual
from appliance.web import templates
from appliance.web.site import Page, Pages
from appliance.web.visit import Answer, Visit

ROOT = "/help"


class HelpPages:
    """The list and each chapter; open to who is not signed in, since some of it is about signing in."""

    def __init__(self, site: Pages) -> None:
        self._chapters = [each for each in manual.chapters() if each.for_customers]
        site.add(Page(ROOT, self.contents, open=True), Page(f"{ROOT}/", self.contents, open=True))
        for chapter in self._chapters:
            site.add(Page(address(chapter.name), self.chapter, open=True))

    async def contents(self, visit: Visit) -> Answer:
        """What there is to read."""
        language = visit.words.language
        shown = [(address(each.name), each.title) for each in manual.chapters(language) if each.for_customers]
        return Answer(templates.page(visit, "help", chapters=shown))

    async def chapter(self, visit: Visit) -> Answer:
        """One of them."""
        name = next(each.name for each in self._chapters if address(each.name) == visit.path)
        written = manual.language_of(name, visit.words.language)
        text = manual.html(manual.source(name, written), _place)
        direction = "rtl" if written in i18n.RIGHT_TO_LEFT else "ltr"
        title = next(each.title for each in manual.chapters(visit.words.language) if each.name == name)
        return Answer(templates.page(visit, "help_chapter", title=title, chapter=text, written=written, direction_of_text=direction))


def address(name: str) -> str:
    """The page of a chapter: /help/phones of customers-phones."""
    return f"{ROOT}/{name.removeprefix(manual.FOR_CUSTOMERS)}"


def _place(target: str) -> str:
    """Where a link of the Markdown leads among the pages."""
    name, sign, heading = target.partition("#")
    if name.endswith(".md"):
        return f"{address(name.removesuffix('.md'))}{sign}{heading}"
    return target

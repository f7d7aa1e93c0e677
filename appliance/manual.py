"""The user's manual: the chapters of resources/manual in the order of their index, and their text as HTML.

One renderer for the console's Help and the customers' pages: Markdown with tables, without any HTML of its own. A language
that lacks a chapter shows the English one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from appliance import paths

FALLBACK = "en"
FOR_CUSTOMERS = "customers-"
"""How the names of chapters begin that customers see on their pages; all others are for operators alone."""

_ENTRY = re.compile(r"^- \[([^\]]+)\]\(([a-z0-9-]+)\.md\)")
_NOT_IN_ANCHORS = re.compile(r"[^a-z0-9 _-]")
_NAME = re.compile(r"^[a-z0-9-]+$")


class Chapter(NamedTuple):
    """`name` of the file without its ending, `title` and `part` as the index has them."""

    name: str
    title: str
    part: str

    @property
    def for_customers(self) -> bool:
        """Whether customers see it on their pages."""
        return self.name.startswith(FOR_CUSTOMERS)


def folder() -> Path:
    """Where the languages and the pictures lie."""
    return paths.resources() / "manual"


@cache
def chapters(language: str = FALLBACK) -> tuple[Chapter, ...]:
    """All chapters in the order of the index."""
    found: list[Chapter] = []
    part = ""
    for line in source("index", language).splitlines():
        if line.startswith("## "):
            part = line[3:].strip()
        entry = _ENTRY.match(line)
        if entry:
            found.append(Chapter(entry[2], entry[1], part))
    return tuple(found)


def source(name: str, language: str = FALLBACK) -> str:
    """The Markdown of a chapter, or of the index; "" where there is none of that name."""
    if _NAME.match(name):
        for code in (language, FALLBACK):
            file = folder() / code / f"{name}.md"
            if file.is_file():
                return file.read_text(encoding="utf-8")
    return ""


def language_of(name: str, language: str) -> str:
    """In which language that chapter can be shown to who reads `language`."""
    return language if (folder() / language / f"{name}.md").is_file() else FALLBACK


def anchor(heading: str) -> str:
    """How a heading is linked to: `#back-up-now` for "Back up now"."""
    return _NOT_IN_ANCHORS.sub("", heading.strip().lower()).replace(" ", "-")


def html(text: str, place: Callable[[str], str] = str) -> str:
    """Markdown as HTML. `place` says where a link or picture of the text (`routes.md#x`, `../pictures/x.png`) leads to."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(text)
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", anchor(tokens[at + 1].content.replace("`", "").replace("*", "")))
        for child in token.children or ():
            for name in ("href", "src"):
                if name in child.attrs:
                    child.attrSet(name, place(str(child.attrs[name])))
    return str(reader.renderer.render(tokens, reader.options, {}))


def search(text: str, language: str = FALLBACK) -> list[Chapter]:
    """The chapters in which every word of `text` stands, those that have it in their title or a heading first."""
    words = text.lower().split()
    found: list[tuple[int, Chapter]] = []
    for chapter in chapters(language):
        whole = f"{chapter.title}\n{source(chapter.name, language)}".lower()
        if all(word in whole for word in words):
            heads = "\n".join(line for line in whole.splitlines() if line.startswith("#")) + chapter.title.lower()
            found.append((-sum(word in heads for word in words), chapter))
    return [chapter for _weight, chapter in sorted(found, key=lambda each: each[0])]

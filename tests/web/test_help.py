"""Help on the customers' pages: their chapters, for everybody, and no others."""

from __future__ import annotations

import re

from appliance import manual
from appliance.web.pages_help import address
from tests.web.browser import Browser

CHAPTERS = [each for each in manual.chapters() if each.for_customers]


def test_each_chapter_for_customers_and_its_links(browser: Browser) -> None:
    got = browser.get("/help")
    assert got.status == 200
    for chapter in CHAPTERS:
        assert f'href="{address(chapter.name)}"' in got.text
        page = browser.get(address(chapter.name))
        assert page.status == 200 and f">{chapter.title}</h1>" in page.text and "](" not in page.plain, chapter.name
        assert "<script>" not in page.text and 'dir="ltr"' in page.text
        for target in re.findall(r'<a href="([^"#]+)', page.text):
            assert browser.get(target, follow=False).status in (200, 303), target


def test_the_chapters_of_operators_are_not_there(browser: Browser) -> None:
    for chapter in manual.chapters():
        if not chapter.for_customers:
            assert browser.get(f"/help/{chapter.name}").status == 404, chapter.name
    for path in ("/help/../defaults", "/help/%2e%2e/index", "/help/index", "/help/customers-phones.md", "/help/<script>"):
        got = browser.get(path)
        assert got.status == 404 and "<script>alert" not in got.text, path


def test_help_is_linked_and_stays_readable_from_the_right(alice: Browser) -> None:
    assert 'href="/help"' in alice.get("/overview").text
    got = alice.get("/help/phones?language=ar")
    assert '<html lang="ar" dir="rtl">' in got.text and '<article class="manual" lang="en" dir="ltr">' in got.text

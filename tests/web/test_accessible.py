"""Every page in a real Chromium: axe-core finds nothing in light and dark, narrow and wide, English and Arabic; the keyboard reaches all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.helpers.appliance import Appliance

CHROMIUM = shutil.which("chromium") or ""
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], "resultTypes": ["violations"]}
OUTSIDE = ("/sign-in", "/register", "/forgotten", "/new-password?code=AAAA", "/nothing-here")
INSIDE = (
    "/overview",
    "/calls",
    "/payments?online=waiting",
    "/invoices",
    "/prices?number=31201234567",
    "/phones",
    "/phones/1?show=1",
    "/phones/1/link",
    "/spending",
    "/messages",
    "/details",
    "/security",
    "/security/factor",
    "/help",
)
LOOKS = [("en", "light", 1280), ("en", "dark", 320), ("ar", "light", 320), ("ar", "dark", 1280)]


@pytest.fixture(scope="module")
def chromium(served: Appliance) -> Iterator[Browser]:
    served.do("resellers.set_registration", {"policy": "open", "terms_version": "2026-1", "least_seconds": 0})
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
    served.do("resellers.set_registration", {"policy": "off"})


def opened(chromium: Browser, served: Appliance, **more: Any) -> BrowserContext:
    return chromium.new_context(base_url=served.ready["web"], **more)


def signed_in(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("#login", "alice")
    page.fill("#password", "alice-password")
    page.press("#password", "Enter")
    page.wait_for_url("**/overview")
    return page


def faults(page: Page, path: str) -> list[str]:
    """What axe says of a page, and what a narrow window cuts off."""
    page.goto(path)
    return told(page, path)


def told(page: Page, path: str) -> list[str]:
    """The same of the page that is shown."""
    found = Axe().run(page, options=RULES).response["violations"]
    says = [f"{path}: {each['id']} {node['html'][:160]}" for each in found for node in each["nodes"]]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*says, *([f"{path}: {wide} px beyond the window"] if wide > 0 else [])]


@pytest.mark.parametrize(("language", "scheme", "width"), LOOKS)
def test_axe_finds_nothing(chromium: Browser, served: Appliance, language: str, scheme: Any, width: int) -> None:
    context = opened(chromium, served, color_scheme=scheme, viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(f"/sign-in?language={language}")
    found = [each for path in OUTSIDE for each in faults(page, path)]
    page = signed_in(context)
    assert page.get_attribute("html", "lang") == language
    found += [each for path in INSIDE for each in faults(page, path)]
    context.close()
    assert found == []


def test_axe_would_find_something(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content('<p style="color:#ccc;background:#fff">pale</p><img src="x.png"><input>')
    found = {each["id"] for each in Axe().run(page, options=RULES).response["violations"]}
    page.close()
    assert {"color-contrast", "image-alt", "label"} <= found


def test_the_keyboard_alone_is_enough(chromium: Browser, served: Appliance) -> None:
    context = opened(chromium, served)
    page = context.new_page()
    page.goto("/sign-in")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "login"
    page.keyboard.type("alice")
    page.keyboard.press("Tab")
    page.keyboard.type("alice-password")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/overview")
    reached = set()
    for _each in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('href') || document.activeElement.textContent.trim()"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle !== 'none' || document.activeElement === document.body")
    assert {"/calls", "/payments", "/phones", "/security", "Sign out"} <= reached
    context.close()


def test_a_page_is_light_and_comes_from_one_place(chromium: Browser, served: Appliance) -> None:
    context = opened(chromium, served)
    sizes: list[tuple[str, int]] = []
    context.on("response", lambda reply: sizes.append((reply.url, len(reply.body()) if reply.status == 200 else 0)))
    signed_in(context)
    assert sum(size for _url, size in sizes[-4:]) < 100_000
    assert all(url.startswith(served.ready["web"]) for url, _size in sizes)
    context.close()


def test_the_pages_work_without_a_script(chromium: Browser, served: Appliance) -> None:
    context = opened(chromium, served, java_script_enabled=False)
    page = signed_in(context)
    page.goto("/details")
    page.fill("#phone", "+31207654321")
    page.click("button.primary")
    page.wait_for_url("**/details?saved=1")
    assert served.do("customers.get", {"id": 1})["phone"] == "+31207654321"
    context.close()

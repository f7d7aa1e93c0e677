"""Every reseller page and the tablet's, in a real Chromium: axe-core finds nothing, wide and light, narrow and dark and from the right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.helpers.appliance import Appliance
from tests.web.booth_shop import shop_at_work
from tests.web.reseller_shop import PASSWORD
from tests.web.test_accessible import CHROMIUM, faults, told

LOOKS = [("en", "light", 1280), ("ar", "dark", 320)]
OUTSIDE = ("/reseller/sign-in", "/reseller/sign-in/first")
INSIDE = (
    "/reseller",
    "/reseller?by=customer",
    "/reseller/customers",
    "/reseller/customers?search=zzz",
    "/reseller/customers/new",
    "/reseller/customers/1",
    "/reseller/customers/1/edit",
    "/reseller/customers/1/endpoints/new",
    "/reseller/endpoints/1",
    "/reseller/endpoints/1/remove",
    "/reseller/payments",
    "/reseller/payments/new?search=a",
    "/reseller/payments/new?customer=1",
    "/reseller/tariffs",
    "/reseller/tariffs/new",
    "/reseller/tariffs/4",
    "/reseller/tariffs/4/rate?prefix=44",
    "/reseller/calls",
    "/reseller/calls/1",
    "/reseller/numbers",
    "/reseller/numbers/31880000001",
    "/reseller/numbers/31880000001/sell",
    "/reseller/resellers",
    "/reseller/resellers/new",
    "/reseller/account",
    "/reseller/security",
    "/reseller/security/factor",
    "/reseller/help",
    "/reseller/nothing-here",
)
WRONG = (("/reseller/customers/new", {"first_name": "X", "endpoint.number": "1x"}), ("/reseller/payments/new?customer=1", {"amount": "much"}))
"""Pages and what is typed wrong on them."""
NARROW = (
    "/reseller",
    "/reseller/customers",
    "/reseller/customers/new",
    "/reseller/customers/1",
    "/reseller/payments",
    "/reseller/payments/new?customer=1",
    "/reseller/tariffs/4",
    "/reseller/calls/1",
    "/reseller/numbers",
    "/reseller/resellers/new",
    "/reseller/account",
    "/reseller/security",
)
"""Where a table, a form, a drawing or long texts have to fit into 320 px."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--host-resolver-rules=MAP my.sub.test 127.0.0.1"])
        yield browser
        browser.close()


def address(works: Appliance) -> str:
    return str(works.ready["web"]).replace("127.0.0.1", "my.sub.test")


def signed_in(page: Page) -> None:
    page.fill("#login", "sub owner")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/reseller")


@pytest.mark.parametrize(("language", "scheme", "width"), LOOKS)
def test_axe_finds_nothing_on_the_reseller_pages(chromium: Browser, works: Appliance, language: str, scheme: Any, width: int) -> None:
    context = chromium.new_context(base_url=address(works), color_scheme=scheme, viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(f"/reseller/sign-in?language={language}")
    found = [each for path in OUTSIDE for each in faults(page, path)]
    page.goto("/reseller/sign-in")
    signed_in(page)
    assert page.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")
    found += [each for path in (INSIDE if width > 320 else NARROW) for each in faults(page, path)]
    for path, fields in WRONG:
        page.goto(path)
        for name, value in fields.items():
            page.fill(f'[name="{name}"]', value)
        page.click("main button.primary")
        page.wait_for_selector(".fault")
        assert page.get_attribute("[aria-invalid]", "aria-describedby")
        found += told(page, path)
    context.close()
    assert found == []


def test_axe_finds_nothing_on_the_tablets_pages(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    with shop_at_work(tmp_path_factory.mktemp("shop")) as cafe:
        found = []
        code = cafe.do("booths.tablet_code", {"id": 1})["code"]
        kept: Any = None
        for scheme, width in (("light", 1024), ("dark", 320)):
            look: Any = scheme
            context = chromium.new_context(
                base_url=cafe.ready["web"], color_scheme=look, viewport={"width": width, "height": 600}, storage_state=kept
            )
            page = context.new_page()
            if kept is None:
                found += faults(page, "/booth")
                page.fill("#code", code)
                page.keyboard.press("Enter")
                page.wait_for_selector(".now.open")
                kept = context.storage_state()
            for path in ("/booth?language=en", "/booth?language=ar", "/booth/prices?search=germ&language=ar"):
                found += faults(page, path)
            context.close()
    assert found == []


def test_the_keyboard_and_no_script_are_enough(chromium: Browser, works: Appliance) -> None:
    context = chromium.new_context(base_url=address(works), java_script_enabled=False)
    page = context.new_page()
    page.goto("/reseller/sign-in")
    for key in ("Tab", "Enter", "Tab"):
        page.keyboard.press(key)
    page.keyboard.type("sub owner")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/reseller")
    page.goto("/reseller/customers")
    page.fill("#search", "ann")
    page.keyboard.press("Enter")
    page.wait_for_url("**search=ann**")
    page.focus("td a.strong")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reseller/customers/1")
    page.focus("text=Edit")
    page.keyboard.press("Enter")
    page.wait_for_url("**/edit")
    page.fill('[name="phone"]', "+31207654321")
    page.keyboard.press("Enter")
    page.wait_for_url("**saved=1")
    assert works.do("customers.get", {"id": 1})["phone"] == "+31207654321"
    context.close()


def test_a_page_is_light(chromium: Browser, works: Appliance) -> None:
    context = chromium.new_context(base_url=address(works))
    sizes: list[tuple[str, int]] = []
    context.on("response", lambda reply: sizes.append((reply.url, len(reply.body()) if reply.status == 200 else 0)))
    page = context.new_page()
    page.goto("/reseller/sign-in")
    signed_in(page)
    page.wait_for_load_state("networkidle")
    first = next(at for at, (url, _size) in enumerate(sizes) if url.endswith("/reseller"))
    assert sum(size for _url, size in sizes[first:]) < 100_000 and all("my.sub.test" in url for url, _size in sizes)
    context.close()

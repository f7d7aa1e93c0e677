"""The reseller's other sites: a sign-in form of three lines there, links with checked parameters, and what strangers try with both."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.helpers.appliance import Appliance
from tests.web.browser import Browser
from tests.web.test_register import FORM, customers, link_to

SITE = "https://shop.example.com"


@pytest.fixture(scope="module")
def served(apart: Appliance) -> Iterator[Appliance]:
    rules = {"policy": "open", "least_seconds": 0, "sites": [SITE], "offers": ["cheap"], "identity_countries": ["DE"], "welcome_credit": "0.50"}
    apart.do("tariffs.create", {"name": "cheap", "currency": "EUR"})
    apart.do("resellers.set_registration", rules)
    yield apart
    apart.do("resellers.set_registration", {"policy": "off", "sites": []})


def sent(browser: Browser, origin: str | None, password: str = "alice-password", **more: str) -> tuple[int, str]:
    from urllib.parse import urlencode

    headers = {"content-type": "application/x-www-form-urlencoded", **({"origin": origin} if origin is not None else {})}
    got = browser.send("/sign-in", urlencode({"login": "alice", "password": password, **more}).encode(), headers)
    return got.status, got.headers.get("location", "")


def test_a_form_on_the_resellers_site_signs_in(served: Appliance) -> None:
    browser = Browser(served.ready["web"])
    assert sent(browser, SITE) == (303, "/overview")
    assert "Overview" in browser.get("/overview").text
    browser = Browser(served.ready["web"])
    assert sent(browser, SITE, next="/payments") == (303, "/payments")


def test_a_form_on_any_other_site_does_not(served: Appliance) -> None:
    for origin in ("https://evil.example", f"{SITE}.evil.example", "null", "", None, "http://shop.example.com", f"{SITE}:8443"):
        browser = Browser(served.ready["web"])
        assert sent(browser, origin)[0] == 400, origin
        assert browser.get("/overview", follow=False).status == 303
    browser = Browser(served.ready["web"])
    assert sent(browser, SITE, "wrong")[0] == 400
    assert sent(browser, SITE, next="//evil.example/")[1] == "/overview"


def test_links_lead_back_to_own_sites_alone(served: Appliance) -> None:
    browser = Browser(served.ready["web"])
    for path in ("/sign-in", "/register"):
        assert f'href="{SITE}/account?x=1"' in browser.get(f"{path}?language=en&return={quote(SITE + '/account?x=1')}").text
        for bad in (
            "https://evil.example/",
            "javascript:alert(1)",
            f"{SITE}@evil.example/",
            f"{SITE}.evil.example/",
            "//shop.example.com/",
            f'{SITE}/"><b>',
        ):
            assert "Back to where" not in browser.get(f"{path}?return={quote(bad)}").plain, bad
    assert '<html lang="es"' in browser.get("/register?language=es").text


def test_an_offer_is_taken_and_welcome_credit_given_once(served: Appliance) -> None:
    browser = Browser(served.ready["web"])
    assert "Tariff: cheap" in browser.get(f"/register?language=en&tariff=cheap&return={quote(SITE + '/thanks')}").plain
    assert browser.post("/register", {**FORM, "phone": "+31 20 1234"}).status == 200
    browser.get(link_to(served, FORM["email"]))
    got = browser.post("/register/confirm", {})
    assert "given some credit" in got.plain and f'href="{SITE}/thanks"' in got.text
    made = served.do("customers.list", {"search": FORM["email"]})["customers"][0]
    assert (made["tariff"], made["balance"], made["phone"]) == ("cheap", "0.50", "+31201234")
    waits = served.do("limits.get", {"kind": "customer", "owner": made["id"]})
    assert waits["high_risk_from"], "dear destinations wait"
    served.do("customers.update", {"id": made["id"], "email": "other@example.test"})
    browser.get("/register?tariff=free")
    browser.post("/register", {**FORM, "name": "Again", "email": "zoe+2@example.test"})
    browser.get(link_to(served, "zoe+2@example.test"))
    assert "given some credit" not in browser.post("/register/confirm", {}).plain
    again = served.do("customers.list", {"search": "zoe+2"})["customers"][0]
    assert (again["tariff"], again["balance"]) == ("retail", "0.00"), "neither an offer that is none nor credit for the same mailbox"
    served.verify()


def test_identity_is_asked_for_where_the_country_does(served: Appliance) -> None:
    browser = Browser(served.ready["web"])
    browser.get("/register?language=en")
    got = browser.post("/register", {**FORM, "country": "DE", "email": "hans@example.test"})
    assert got.status == 400 and "address-problem" in got.text
    got = browser.post("/register", {**FORM, "country": "DE", "email": "hans@example.test", "address": "Road 1, Town", "identity": "passport C01X00"})
    assert got.status == 200 and "mailbox" in got.plain
    browser.get(link_to(served, "hans@example.test"))
    browser.post("/register/confirm", {})
    assert served.do("customers.list", {"search": "hans@"})["customers"][0]["address"] == "Road 1, Town"
    assert b"C01X00" not in b"".join(file.read_bytes() for file in served.data.glob("tollhouse.db*")), "it is kept sealed"
    assert "Zoë Doe" in customers(served)


def test_rules_that_are_wrong_are_refused(served: Appliance) -> None:
    for wrong in (
        {"sites": ["shop.example.com"]},
        {"sites": ["https://a/b"]},
        {"offers": ["none such"]},
        {"welcome_credit": "-1"},
        {"identity_countries": ["XX1"]},
    ):
        with pytest.raises(AssertionError):
            served.do("resellers.set_registration", wrong)

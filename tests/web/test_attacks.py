"""What somebody hostile tries on the pages: others' things, forged forms, hostile texts, guesses, open redirects."""

from __future__ import annotations

import pytest

from tests.helpers.appliance import Appliance
from tests.web.browser import Browser


@pytest.fixture
def mallory(served: Appliance) -> Browser:
    made = Browser(served.ready["web"])
    assert "Overview" in made.sign_in("mallory", "mallory-pass").text
    return made


def test_anothers_things_are_not_found(mallory: Browser, served: Appliance) -> None:
    paid = served.do("payments.record", {"customer": "Alice", "amount": "1.00", "method": "cash"})
    for path in (
        "/phones/1",
        "/phones/1/sheet.pdf",
        "/phones/1/code.svg",
        f"/payments/{paid['id']}/receipt.pdf",
        "/calls/1",
        "/invoices/1.pdf",
        "/calls/999999",
    ):
        got = mallory.get(path)
        assert got.status == 404, (path, got.status, got.plain)
        assert "1000001" not in got.text and "Alice" not in got.text
    mallory.get("/phones/2")
    assert mallory.post("/phones/1", {"busy": "112"}).status == 404
    assert mallory.post("/phones/1/password", {"password": "mine-now-1"}).status == 404
    assert served.do("endpoints.reveal", {"id": 1})["password"] == "secret-1000001"
    assert "Alice" not in mallory.get("/calls?endpoint=1000001").text


def test_a_form_from_elsewhere_changes_nothing(mallory: Browser, served: Appliance) -> None:
    before = served.do("customers.get", {"id": 2})
    mallory.get("/details")
    for token in ("", "0" * 40):
        got = mallory.post("/details", {"phone": "+4917000000"}, form=token)
        assert got.status == 400 and "open for too long" in got.plain
    assert served.do("customers.get", {"id": 2})["phone"] == before["phone"]
    assert mallory.post("/sign-out", {}, form="x").status == 400
    assert mallory.get("/overview", follow=False).status == 200, "nobody was signed out by it"


def test_a_form_of_one_person_is_not_anothers(mallory: Browser, alice: Browser) -> None:
    alice.get("/details")
    theirs = alice.page.text.split('name="form" value="')[1].split('"')[0]
    mallory.get("/details")
    assert mallory.post("/details", {"phone": "+49170"}, form=theirs).status == 400


def test_hostile_texts_are_text(mallory: Browser) -> None:
    got = mallory.get("/overview")
    assert "<b>M</b>" not in got.text and "&lt;b&gt;M" in got.text
    got = mallory.get('/calls?number="><script>alert(1)</script>&since=2026-01-01')
    assert "<script>alert" not in got.text
    got = mallory.get('/sign-in?next="><script>x</script>', follow=False)
    assert "<script>x" not in got.text
    assert mallory.get("/calls?since=2026-99-99").status == 404


def test_headers_protect_the_browser(mallory: Browser) -> None:
    got = mallory.get("/overview")
    policy = got.headers["content-security-policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy and "default-src 'none'" in policy
    assert got.headers["x-content-type-options"] == "nosniff" and got.headers["cache-control"] == "no-store"
    assert "<script>" not in got.text and "style=" not in got.text and "onclick" not in got.text


def test_cookies_are_for_the_server_alone(served: Appliance) -> None:
    browser = Browser(served.ready["web"])
    browser.get("/sign-in")
    got = browser.post("/sign-in", {"login": "alice", "password": "alice-password"}, follow=False)
    cookie = got.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie
    behind = browser._ask("GET", "/sign-in", None, False, {"x-forwarded-proto": "https", "cookie": ""})
    assert "secure" in behind.headers["set-cookie"].lower(), "behind a proxy of this computer that speaks TLS"


@pytest.mark.parametrize("wanted", ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:alert(1)", "/calls\nSet-Cookie: a=b"])
def test_no_way_leads_elsewhere(served: Appliance, wanted: str) -> None:
    browser = Browser(served.ready["web"])
    browser.get("/sign-in")
    got = browser.post("/sign-in", {"login": "alice", "password": "alice-password", "next": wanted}, follow=False)
    assert got.headers["location"] == "/overview"


def test_methods_and_paths_that_are_none(mallory: Browser) -> None:
    assert mallory.get("/nothing").status == 404
    mallory.get("/overview")
    assert mallory.post("/overview", {}).status == 400
    assert mallory._ask("DELETE", "/details", None, False, {}).status == 400


def test_another_resellers_host_knows_no_such_login(served: Appliance) -> None:
    served.do(
        "resellers.create",
        {"name": "Sub", "currency": "EUR", "sip_domain": "sip.sub.test", "web_hosts": ["my.sub.test"], "number_range": "2000000-2000999"},
    )
    ours = Browser(served.ready["web"])
    ours.sign_in("alice", "alice-password")
    theirs = Browser(served.ready["web"], "my.sub.test")
    assert "Sub" in theirs.get("/sign-in").text
    assert theirs.sign_in("alice", "alice-password").status == 400
    theirs.cookies = dict(ours.cookies)
    assert theirs.get("/overview", follow=False).status == 303, "a session is good at its own reseller's pages alone"

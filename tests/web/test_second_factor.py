"""The second factor of a web login, and the notice of a sign-in from a new place."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from appliance.services.people.second_factor import STEP_SECONDS, digits_at
from tests.helpers.appliance import Appliance
from tests.web.browser import Browser

PASSWORD = "bob-password-1"


def digits(secret: str, ahead: int = 0) -> str:
    return digits_at(secret, int(time.time()) // STEP_SECONDS + ahead)


@pytest.fixture(scope="module")
def served(apart: Appliance) -> Appliance:
    return apart


@pytest.fixture(scope="module")
def bob(served: Appliance) -> Iterator[tuple[Browser, str, list[str]]]:
    """Signed in, with the secret and recovery codes of a second factor that was turned on by the page."""
    view = served.do("customers.create", {"name": "Bob", "email": "bob@example.test", "web_login": {"login": "bob", "password": PASSWORD}})
    browser = Browser(served.ready["web"])
    assert "Overview" in browser.sign_in("bob", PASSWORD).text
    got = browser.get("/security/factor")
    secret = re.search(r'name="secret" value="([A-Z2-7]{32})"', got.text)
    assert secret is not None and "data:image/svg+xml" in got.text
    wrong = browser.post("/security/factor", {"code": "000000", "password": PASSWORD})
    assert wrong.status == 400 and secret[1] in wrong.text, "the secret stays while one types again"
    assert browser.post("/security/factor", {"code": digits(secret[1]), "password": "not his"}).status == 400
    got = browser.post("/security/factor", {"code": digits(secret[1]), "password": PASSWORD})
    codes = re.findall(r'<bdi class="strong">([A-Z0-9-]{14})</bdi>', got.text)
    assert len(codes) == 8, got.plain
    yield browser, secret[1], codes
    assert served.do("customers.get", {"id": view["id"]})["web_logins"][0]["login"] == "bob"


def asked(served: Appliance) -> Browser:
    """A browser that stands where the digits are asked for."""
    browser = Browser(served.ready["web"])
    got = browser.sign_in("bob", PASSWORD)
    assert got.status == 200 and "Six digits" in got.plain and "tollhouse" not in browser.cookies
    assert browser.get("/overview", follow=False).status == 303, "the password alone opens nothing"
    browser.sign_in("bob", PASSWORD)
    return browser


def test_the_digits_are_asked_for_and_good_once(bob: tuple[Browser, str, list[str]], served: Appliance) -> None:
    secret = bob[1]
    browser = asked(served)
    assert browser.post("/sign-in/code", {"code": "12 34"}).status == 400
    code = digits(secret, 1)
    assert "Overview" in browser.post("/sign-in/code", {"code": code}).text
    other = asked(served)
    got = other.post("/sign-in/code", {"code": code})
    assert got.status == 400 and "used already" in got.plain


def test_a_recovery_code_is_good_once(bob: tuple[Browser, str, list[str]], served: Appliance) -> None:
    codes = bob[2]
    assert "Overview" in asked(served).post("/sign-in/code", {"code": codes[0]}).text
    assert asked(served).post("/sign-in/code", {"code": codes[0]}).status == 400


def test_guessing_needs_the_password_again(bob: tuple[Browser, str, list[str]], served: Appliance) -> None:
    browser = asked(served)
    for _each in range(5):
        assert "used already" in browser.post("/sign-in/code", {"code": "000000"}).plain
    got = browser.post("/sign-in/code", {"code": bob[2][1]})
    assert got.status == 400 and "Sign in again" in got.plain, "a right code comes too late"
    assert "Overview" in asked(served).post("/sign-in/code", {"code": bob[2][1]}).text, "and the owner is not shut out"


def test_a_ticket_is_nobodys_who_has_no_password(bob: tuple[Browser, str, list[str]], served: Appliance) -> None:
    browser = asked(served)
    for ticket in ("", "AAAA", "x" * 300):
        assert "Sign in again" in browser.post("/sign-in/code", {"code": bob[2][2], "ticket": ticket}).plain


def test_a_new_place_is_told_and_a_known_one_not(bob: tuple[Browser, str, list[str]], served: Appliance) -> None:
    def told() -> int:
        sent = served.do("messages.list", {"limit": 500})["messages"]
        return len([each for each in sent if each["kind"] == "web_new_place" and each["recipient"] == "bob@example.test"])

    before = told()
    browser = asked(served)
    assert "Overview" in browser.post("/sign-in/code", {"code": bob[2][3]}).text
    assert told() == before + 1
    browser.post("/sign-out", {})
    browser.sign_in("bob", PASSWORD)
    assert "Overview" in browser.post("/sign-in/code", {"code": bob[2][4]}).text
    assert told() == before + 1, "this browser is known now"


def test_an_operator_takes_it_from_who_lost_the_telephone(served: Appliance) -> None:
    served.do("customers.create", {"name": "Eve", "web_login": {"login": "eve", "password": "eve-password-1"}})
    browser = Browser(served.ready["web"])
    browser.sign_in("eve", "eve-password-1")
    secret = browser.get("/security/factor").text.split('name="secret" value="')[1][:32]
    assert "Recovery codes" in browser.post("/security/factor", {"code": digits(secret), "password": "eve-password-1"}).text
    assert "Six digits" in Browser(served.ready["web"]).sign_in("eve", "eve-password-1").plain
    served.do("customers.set_web_login", {"customer": "Eve", "login": "eve", "end_second_factor": True})
    assert "Overview" in Browser(served.ready["web"]).sign_in("eve", "eve-password-1").text


def test_it_ends_by_the_password_alone(bob: tuple[Browser, str, list[str]], served: Appliance) -> None:
    browser = bob[0]
    assert "End the second factor" in browser.get("/security/factor").plain
    assert browser.post("/security/factor/end", {"password": "not his"}).status == 400
    browser.post("/security/factor/end", {"password": PASSWORD})
    assert "Overview" in Browser(served.ready["web"]).sign_in("bob", PASSWORD).text

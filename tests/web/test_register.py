"""A stranger becomes a customer on the web: form, e-mailed link, account; and what robots and the hostile try there."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from typing import Any

import pytest

from tests.helpers.appliance import Appliance, wait_for
from tests.web.browser import Browser

FORM = {"name": "Zoë Doe", "email": "zoe@example.test", "country": "NL", "terms": "2026-1"}


@pytest.fixture(scope="module")
def served(apart: Appliance) -> Appliance:
    return apart


@pytest.fixture
def open_to_all(served: Appliance) -> Any:
    served.do("resellers.set_registration", {"policy": "open", "terms_version": "2026-1", "least_seconds": 0})
    yield served
    served.do("resellers.set_registration", {"policy": "off"})


def mails(served: Appliance, address: str) -> list[str]:
    """The plain texts that went to an address, oldest first: without a mail server e-mails are files."""
    found = []
    for file in sorted((served.data / "outbox").glob("*.eml")):
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        if mail["to"] and address in mail["to"]:
            body = mail.get_body(("plain",))
            assert body is not None
            found.append(body.get_content())
    return found


def link_to(served: Appliance, address: str, count: int = 1) -> str:
    """The path of the link in the newest e-mail to an address."""
    texts = wait_for(lambda: found if len(found := mails(served, address)) >= count else None, 20, f"e-mail to {address}")
    found = re.search(r"https?://[^/\s]+(/register/confirm\?code=\S+)", texts[-1])
    assert found is not None, texts[-1]
    return found[1]


def asked(browser: Browser, **changes: str) -> Any:
    browser.get("/register")
    return browser.post("/register", {**FORM, **changes})


def customers(served: Appliance) -> list[str]:
    return [each["name"] for each in served.do("customers.list", {})["customers"]]


def test_nobody_registers_where_it_is_off(served: Appliance, browser: Browser) -> None:
    assert "/register" not in browser.get("/sign-in").text
    assert browser.get("/register").status == 404
    assert browser.post("/register", FORM).status in (400, 404) and "Zoë Doe" not in customers(served)


def test_a_stranger_becomes_a_customer(open_to_all: Appliance, browser: Browser) -> None:
    served = open_to_all
    served.do("settings.set", {"values": {"webhooks.allow_near": True}})
    events = {"name": "ERP", "url": "http://127.0.0.1:9/", "events": ["customer.registered", "customer.created"]}  # nobody listens there
    hook = served.do("webhooks.create", events)["made"]["id"]
    assert 'href="/register"' in browser.get("/sign-in").text
    got = asked(browser)
    assert got.status == 200 and "Look into your mailbox" in got.plain, got.plain
    assert "Zoë Doe" not in customers(served), "nothing is made before the mailbox is confirmed"
    path = link_to(served, "zoe@example.test")
    got = browser.get(path)
    assert "Make my account" in got.plain and "Zoë Doe" not in customers(served), "a program that follows links makes nothing"
    got = browser.post("/register/confirm", {})
    assert "Your account is made" in got.plain, got.plain
    told = sorted(each["event"] for each in served.do("webhooks.deliveries", {"id": hook})["deliveries"])
    assert told == ["customer.created", "customer.registered"]
    served.do("webhooks.archive", {"id": hook})
    view = next(each for each in served.do("customers.list", {"search": "zoe@example.test"})["customers"])
    view = served.do("customers.get", {"id": view["id"]})
    assert (view["country"], view["language"], view["tariff"], view["disabled"], view["balance"]) == ("NL", "en", "retail", False, "0.00")
    assert "terms 2026-1" in view["description"]
    number = view["endpoints"][0]["number"]
    assert view["web_logins"][0]["login"] == number and number in got.plain
    text = wait_for(lambda: next((each for each in mails(served, "zoe@example.test") if number in each), None), 20, "the details")
    secret = served.do("endpoints.reveal", {"id": view["endpoints"][0]["id"]})["password"]
    assert secret in text and secret != number
    candidates = set(re.findall(r"\b[a-z0-9]{14}\b", text)) - {secret}
    assert len(candidates) == 1, "the web login has a password of its own"
    assert "Overview" in browser.sign_in(number, candidates.pop()).text
    again = Browser(served.ready["web"])
    again.get(path)
    got = again.post("/register/confirm", {})
    assert got.status == 400 and "already" in got.plain, "a link is good once"


def test_by_hand_waits_for_somebody(open_to_all: Appliance, browser: Browser) -> None:
    served = open_to_all
    served.do("resellers.set_registration", {"policy": "by_hand", "password_is_number": True})
    asked(browser, email="hand@example.test", name="Alice")
    browser.get(link_to(served, "hand@example.test"))
    got = browser.post("/register/confirm", {})
    served.do("resellers.set_registration", {"password_is_number": False})
    assert "as soon as yours is enabled" in got.plain
    row = next(each for each in served.do("customers.list", {"search": "hand@example.test"})["customers"])
    assert row["disabled"] and row["name"] == "Alice 2", "a name that is taken gets a count"
    waiting = [each for each in served.do("alerts.list", {})["alerts"] if each["code"] == "alert.registration_waits"]
    assert [each["id"] for each in waiting] == [row["id"]]
    view = served.do("customers.get", {"id": row["id"]})
    number = view["endpoints"][0]["number"]
    got = browser.sign_in(number, number)
    assert "Choose a password of your own" in got.plain, "the number is good for the first sign-in alone"
    assert served.do("endpoints.reveal", {"id": view["endpoints"][0]["id"]})["password"] != number, "and is never the phone's"
    served.do("customers.update", {"id": row["id"], "disabled": False})
    served.do("customers.update", {"id": row["id"], "disabled": True})
    assert "alert.registration_waits" not in [each["code"] for each in served.do("alerts.list", {})["alerts"]]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "Type your name"),
        ({"name": "Win at http://evil.test"}, "without addresses"),
        ({"email": "nobody"}, "nobody"),
        ({"email": "a@b.test\r\nBcc: x@y.test"}, "e-mail"),
        ({"country": ""}, "Choose your country"),
        ({"terms": ""}, "Agree to the terms"),
        ({"terms": "2020-1"}, "Agree to the terms"),
    ],
)
def test_what_is_wrong_is_told(open_to_all: Appliance, browser: Browser, changes: dict[str, str], said: str) -> None:
    got = asked(browser, **{"email": "wrong@example.test", **changes})
    assert got.status == 400 and said in got.plain, got.plain
    assert mails(open_to_all, "wrong@example.test") == []


def test_a_program_gets_nowhere(open_to_all: Appliance, browser: Browser) -> None:
    served = open_to_all
    got = asked(browser, email="robot@example.test", website="https://spam.test")
    assert got.status == 200 and "Look into your mailbox" in got.plain, "it is told what it wants to hear"
    browser.get("/register")
    for mark in ("", "AAAA", "x" * 200):
        assert browser.post("/register", {**FORM, "email": "robot@example.test", "mark": mark}).status == 400
    served.do("resellers.set_registration", {"least_seconds": 60})
    got = asked(browser, email="robot@example.test")
    assert got.status == 400 and "That was quick" in got.plain
    served.do("resellers.set_registration", {"least_seconds": 0})
    waiting = served.do("messages.list", {})["messages"]
    assert not [each for each in waiting if each["recipient"] == "robot@example.test"], "no e-mail was caused"


def test_links_that_are_none(open_to_all: Appliance, browser: Browser) -> None:
    before = customers(open_to_all)
    for code in ("", "AAAA", "é", "A" * 300):
        got = browser.get(f"/register/confirm?code={code if code.isascii() else '%C3%A9'}")
        assert got.status == 400 and "not whole" in got.plain
    browser.get("/register")
    mark = browser.page.text.split('name="mark" value="')[1].split('"')[0]
    assert browser.get(f"/register/confirm?code={mark}").status == 400, "what was sealed for the form is no link"
    assert customers(open_to_all) == before


def test_a_mailbox_is_not_flooded(open_to_all: Appliance, browser: Browser) -> None:
    answers = [asked(browser, email="victim@example.test").status for _each in range(4)]
    assert answers == [200, 200, 200, 400]
    assert len([each for each in open_to_all.do("messages.list", {})["messages"] if each["recipient"] == "victim@example.test"]) == 3


def test_a_form_from_elsewhere_registers_nobody(open_to_all: Appliance, browser: Browser) -> None:
    browser.get("/register")
    assert browser.post("/register", {**FORM, "email": "csrf@example.test"}, form="0" * 40).status == 400

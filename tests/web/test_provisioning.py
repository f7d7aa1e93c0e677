"""Phones fetch their settings from a running server; and what somebody hostile tries there."""

from __future__ import annotations

import http.client
import xml.etree.ElementTree as Xml
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.helpers.appliance import Appliance
from tests.web.browser import Browser

ABROAD = {"x-forwarded-for": "203.0.113.9"}


@pytest.fixture(scope="module")
def served(apart: Appliance) -> Appliance:
    return apart


def fetch(served: Appliance, path: str, *, method: str = "GET", headers: dict[str, str] | None = None, body: bytes | None = None) -> tuple[int, str]:
    at = urlsplit(served.ready["web"])
    line = http.client.HTTPConnection(at.hostname or "", at.port or 0, timeout=20)
    line.request(method, path, body, headers or {})
    reply = line.getresponse()
    text = reply.read().decode()
    line.close()
    return reply.status, text


def link(served: Appliance, maker: str, **more: Any) -> tuple[Any, str]:
    made = served.do("provisioning.create", {"endpoint": 1, "maker": maker, **more})
    return made, urlsplit(made["url"]).path


def test_a_phone_on_the_lan_and_one_behind_a_proxy(served: Appliance) -> None:
    _made, path = link(served, "grandstream")
    status, text = fetch(served, path + "cfg000b82112233.xml")
    assert status == 200 and Xml.fromstring(text).findtext(".//P34") == "secret-1000001"
    assert fetch(served, path + "cfg000b82112233.xml", headers={**ABROAD, "x-forwarded-proto": "https"})[0] == 200
    status, text = fetch(served, path + "cfg000b82112233.xml", headers=ABROAD)
    assert status == 403 and "HTTPS" in text and "secret" not in text, "never in the clear beyond our own networks"
    assert served.do("provisioning.list", {"endpoint": 1})["links"][0]["fetches"] == 2


def test_an_app_reads_its_link(served: Appliance) -> None:
    made, path = link(served, "linphone")
    assert made["file"] == "" and path.endswith("/linphone.xml")
    status, text = fetch(served, path)
    assert status == 200 and "secret-1000001" in text
    served.do("provisioning.revoke", {"id": made["link"]["id"]})
    assert fetch(served, path)[0] == 404


def test_what_phones_ask_besides(served: Appliance) -> None:
    _, path = link(served, "yealink", fetches=1)
    assert fetch(served, path + "y000000000028.cfg")[0] == 404
    assert fetch(served, path + "805ec0112233.cfg", method="HEAD") == (200, "")
    assert fetch(served, path + "805ec0112233-boot.log", method="PUT", body=b"a log")[0] == 405
    assert fetch(served, path + "805ec0112233.cfg")[0] == 200, "none of these spent the fetch"
    assert fetch(served, path + "805ec0112233.cfg")[0] == 404


@pytest.mark.parametrize(
    "path",
    ["/p/", "/p/x", "/p/a/b/c", "/p/../tollhouse.db", "/p/%2e%2e/%2e%2e/tollhouse.toml", "/p//805ec0112233.cfg", "/p/" + "a" * 4000 + "/x.cfg"],
)
def test_paths_that_lead_nowhere(served: Appliance, path: str) -> None:
    status, text = fetch(served, path)
    assert status in (403, 404, 429) and "secret" not in text and "Traceback" not in text


def test_guesses_are_slowed_down(served: Appliance) -> None:
    guesser = {"x-forwarded-for": "203.0.113.77", "x-forwarded-proto": "https"}
    statuses = [fetch(served, f"/p/{number:032d}/805ec0112233.cfg", headers=guesser)[0] for number in range(24)]
    assert statuses[0] == 404 and statuses[-1] == 429
    _, path = link(served, "snom")
    assert fetch(served, path, headers=guesser)[0] == 429, "the guesser learns no more"
    assert fetch(served, path, headers={**guesser, "x-forwarded-for": "203.0.113.78"})[0] == 200


def test_a_customer_makes_a_link_of_his_own_phone(served: Appliance) -> None:
    alice = Browser(served.ready["web"])
    assert "Overview" in alice.sign_in("alice", "alice-password").text
    assert "Set up the phone by a link" in alice.get("/phones/1").text
    alice.get("/phones/1/link")
    got = alice.post("/phones/1/link", {"maker": "linphone"})
    assert got.status == 200 and "/linphone.xml" in got.plain and "<svg" in got.text, got.plain
    path = "/p/" + got.text.split("/p/")[1].split("<")[0].split('"')[0]
    assert "secret-1000001" in fetch(served, path)[1]
    listed = alice.get("/phones/1/link")
    assert "Linphone" in listed.plain and "/p/" not in listed.text, "the address is shown once"
    got = alice.post("/phones/1/link/revoke", {"link": str(served.do("provisioning.list", {"endpoint": 1})["links"][0]["id"])})
    assert got.status == 200 and fetch(served, path)[0] == 404
    got = alice.post("/phones/1/link", {"maker": "nokia"})
    assert got.status == 400 and "Choose one of these makers" in got.plain


def test_anothers_phone_has_no_link(served: Appliance) -> None:
    mallory = Browser(served.ready["web"])
    assert "Overview" in mallory.sign_in("mallory", "mallory-pass").text
    mallory.get("/phones/2")
    made, path = link(served, "snom")
    before = len(served.do("provisioning.list", {"endpoint": 1})["links"])
    assert mallory.post("/phones/1/link", {"maker": "linphone"}).status == 404
    mallory.get("/phones/2")
    assert mallory.post("/phones/2/link/revoke", {"link": str(made["link"]["id"])}).status == 404
    assert len(served.do("provisioning.list", {"endpoint": 1})["links"]) == before and fetch(served, path)[0] == 200

"""What somebody hostile, or somebody with fewer rights, tries at the reseller pages: others' things, forged forms, costs, hostile texts."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from tests.helpers.appliance import Appliance
from tests.web.browser import Browser
from tests.web.reseller_shop import HOSTILE_NAME, PASSWORD, Desk

COSTS = ("0.06 ", "0.015 ", "0.002 ", "0.04 ", "0.01 ")
"""What Sub or root buys at, as the pages write it; none is a price that Anna pays."""


@pytest.fixture(scope="module")
def ids(works: Appliance) -> dict[str, int]:
    """Of things that are not Sub's: Other's customer, endpoint, tariff and payment, root's cost tariff, the reseller itself."""
    stranger = works.do("customers.list", {"reseller": "Other"})["customers"][0]["id"]
    tariffs = {(each["reseller"], each["name"]): each["id"] for each in works.do("tariffs.list", {})["tariffs"]}
    return {
        "customer": stranger,
        "endpoint": works.do("customers.get", {"id": stranger})["endpoints"][0]["id"],
        "payment": works.do("payments.record", {"customer": stranger, "amount": "1.00"})["id"],
        "tariff": tariffs["Other", "retail"],
        "cost": tariffs["root", "cost"],
        "bought": tariffs["root", "for resellers"],
        "reseller": next(each["id"] for each in works.do("resellers.list", {})["resellers"] if each["name"] == "Other"),
    }


@pytest.fixture
def desk(works: Appliance) -> Desk:
    return Desk(works.ready["web"]).come()


def other(works: Appliance, ids: dict[str, int]) -> tuple[Any, ...]:
    """What must not change."""
    return (
        works.do("customers.get", {"id": ids["customer"]}),
        works.do("endpoints.reveal", {"id": ids["endpoint"]})["password"],
        works.do("payments.list", {"customer": ids["customer"]})["payments"],
        works.do("rates.grid", {"tariff": ids["tariff"]})["rates"],
    )


def test_another_resellers_things_are_not_found(desk: Desk, works: Appliance, ids: dict[str, int]) -> None:
    before = other(works, ids)
    paths = [f"/customers/{ids['customer']}{more}" for more in ("", "/edit", "/endpoints/new")]
    paths += [f"/endpoints/{ids['endpoint']}{more}" for more in ("", "/remove", "/sheet.pdf")]
    paths += [f"/payments?customer={ids['customer']}", f"/payments/new?customer={ids['customer']}", f"/calls?customer={ids['customer']}"]
    paths += [f"/payments/{ids['payment']}/receipt.pdf", f"/payments/{ids['payment']}/reverse", f"/resellers/{ids['reseller']}", "/resellers/1"]
    paths += [f"/tariffs/{ids['tariff']}", f"/tariffs/{ids['cost']}", f"/tariffs/{ids['cost']}/prices.csv", "/calls/999999", "/resellers/2"]
    for path in paths:
        got = desk.get(f"/reseller{path}")
        assert got.status == 404 and "Stranger" not in got.text, (path, got.status, got.plain)
    desk.get("/reseller/customers/new")
    for path, fields in (
        (f"/customers/{ids['customer']}/edit", {"name": "Mine"}),
        (f"/customers/{ids['customer']}/disabled", {"disabled": "1"}),
        (f"/customers/{ids['customer']}/web-login", {"login": "mine", "web_password": "mine-now-1"}),
        (f"/customers/{ids['customer']}/details", {"endpoint": "3000001", "recipient": "me@evil.test"}),
        (f"/customers/{ids['customer']}/endpoints/new", {"display_name": "mine"}),
        (f"/endpoints/{ids['endpoint']}/password", {"password": "mine-now-1"}),
        (f"/endpoints/{ids['endpoint']}/remove", {}),
        (f"/payments/new?customer={ids['customer']}", {"amount": "1000", "act": "record"}),
        (f"/payments/{ids['payment']}/reverse", {}),
        (f"/tariffs/{ids['tariff']}/rate?prefix=44", {"price_per_minute": "0"}),
        (f"/resellers/{ids['reseller']}", {"name": "Mine"}),
        (f"/resellers/{ids['reseller']}/operator", {"login": "mine"}),
    ):
        assert desk.post(f"/reseller{path}", fields).status == 404, path
    assert other(works, ids) == before
    assert "Stranger" not in desk.get("/reseller/customers?search=stranger").plain + desk.get("/reseller/payments?search=stranger").plain
    assert desk.get(f"/reseller/tariffs/{ids['bought']}").status == 200, "what it buys by it may read"
    assert desk.get(f"/reseller/tariffs/{ids['bought']}/rate?prefix=44").status == 404, "and not change"
    desk.get("/reseller/tariffs/new")
    assert desk.post("/reseller/tariffs/new", {"name": "stolen", "base": str(ids["cost"]), "markup_percent": "0"}).status == 400


def test_a_form_from_elsewhere_changes_nothing(desk: Desk, works: Appliance) -> None:
    before = works.do("payments.totals", {"reseller": "Sub"})
    desk.get("/reseller/payments/new?customer=1")
    for token in ("", "0" * 40):
        got = desk.post("/reseller/payments/new?customer=1", {"amount": "5", "act": "record"}, form=token)
        assert got.status == 400 and "open for too long" in got.plain
    stranger = Desk(works.ready["web"]).come("sub manager")
    stranger.get("/reseller/customers/new")
    theirs = stranger.page.text.split('name="form" value="')[1].split('"')[0]
    assert desk.post("/reseller/payments/new?customer=1", {"amount": "5", "act": "record"}, form=theirs).status == 400
    assert desk.get("/reseller/payments/new?customer=1&amount=5&act=record").status == 200
    assert works.do("payments.totals", {"reseller": "Sub"}) == before


def test_roles_do_what_they_may_and_no_more(works: Appliance) -> None:
    reads = Desk(works.ready["web"]).come("sub read-only")
    assert reads.get("/reseller/customers").status == 200 and "Add customer" not in reads.page.plain
    assert "Add payment" not in reads.get("/reseller/payments").plain and "Derive" not in reads.get("/reseller/tariffs").plain
    for path, fields in (
        ("/customers/1/edit", {"name": "Anna", "first_name": "X"}),
        ("/payments/new?customer=1", {"amount": "5", "act": "record"}),
        ("/tariffs/new", {"name": "t", "markup_percent": "1"}),
        ("/endpoints/1/password", {"password": "mine-now-1"}),
    ):
        assert reads.post(f"/reseller{path}", fields).status == 403, path
    assert reads.get("/reseller/customers/new").status == 404 and reads.get("/reseller/resellers/new").status == 404
    clerk = Desk(works.ready["web"]).come("sub clerk")
    assert clerk.page.status == 200 and "Tariffs" not in clerk.page.plain and "Resellers" not in clerk.page.plain
    assert (
        clerk.get("/reseller/tariffs").status == 403
        and clerk.get("/reseller/resellers").status == 403
        and clerk.get("/reseller/account").status == 403
    )
    assert clerk.post("/reseller/payments/1/reverse", {}).status in (403, 404) and clerk.get("/reseller/customers/1").status == 200
    assert works.do("customers.get", {"id": 1})["first_name"] == "Anna"


def test_buying_prices_are_not_told_to_who_may_not_know_them(works: Appliance) -> None:
    assert "0.06 EUR" in Desk(works.ready["web"]).come().get("/reseller/calls").plain, "the owner knows them"
    for login in ("sub read-only", "sub clerk"):
        desk = Desk(works.ready["web"]).come(login)
        for path in ("", "?by=customer", "?by=destination", "/calls", "/calls/1", "/calls/2", "/customers/1"):
            told = desk.get(f"/reseller{path}").plain
            assert desk.page.status == 200 and not any(cost in told for cost in COSTS), (login, path, told)
            assert "Profit" not in told and "Plus 20 %" not in told, (login, path)
        bought = next(each["id"] for each in works.do("tariffs.list", {})["tariffs"] if each["name"] == "for resellers")
        assert desk.get(f"/reseller/tariffs/{bought}").status in (403, 404) and "for resellers" not in desk.get("/reseller/tariffs").plain
        rows = list(csv.DictReader(io.StringIO(desk.get("/reseller/calls.csv").text)))
        assert len(rows) == 2 and all(row["cost"] == "" and row["amount"] for row in rows)
    own = Desk(works.ready["web"]).come("sub owner").get("/reseller/calls/2").plain
    assert "0.06 EUR" in own and "0.04 EUR" not in own and "Plus 50 %" not in own, "what the parent pays is the parent's business"


def test_hostile_texts_are_text(desk: Desk, works: Appliance) -> None:
    hostile = works.do("customers.list", {"reseller": "Sub", "search": "<script>"})["customers"][0]["id"]
    works.do("customers.update", {"id": hostile, "description": "</textarea><script>x</script>", "email": ""})
    for path in (
        "/customers",
        f"/customers/{hostile}",
        f"/customers/{hostile}/edit",
        f"/payments/new?customer={hostile}",
        "?by=customer",
        "/payments",
    ):
        got = desk.get(f"/reseller{path}")
        assert got.status == 200 and "<script>alert" not in got.text and "<script>x" not in got.text and "<img src=x" not in got.text, path
    assert HOSTILE_NAME.split(">")[0].replace("<", "&lt;") in desk.get("/reseller/customers").text
    for path in ("/customers?search=", "/payments?search=", "/calls?destination=", "?since=", "/tariffs/4?search=", "/sign-in?next="):
        assert "<script>y" not in desk.get(f'/reseller{path}"><script>y</script>').text


def test_sessions_of_one_door_are_none_at_another(works: Appliance) -> None:
    customer = Browser(works.ready["web"], "my.sub.test")
    customer.sign_in("2000001", "anna-password")
    assert customer.get("/overview", follow=False).status == 200 and customer.get("/reseller", follow=False).status == 303
    forged = Desk(works.ready["web"])
    forged.cookies["tollhouse_reseller"] = customer.cookies["tollhouse"]
    assert forged.get("/reseller", follow=False).status == 303
    desk = Desk(works.ready["web"]).come()
    assert desk.get("/overview", follow=False).status == 303
    desk.host = "my.other.test"
    assert desk.get("/reseller", follow=False).status == 303, "at another reseller's pages the session is none"


def test_people_work_at_their_own_pages_and_those_above(works: Appliance) -> None:
    theirs = Desk(works.ready["web"], "my.other.test").come("sub owner")
    assert theirs.page.status == 400 and "You have no role here." in theirs.page.plain
    above = Desk(works.ready["web"], "my.example.test").come("sub owner")
    assert "Own balance" in above.page.plain and above.get("/reseller/customers/3").status == 404
    parent = Desk(works.ready["web"]).come("owner")
    assert "Anna" in parent.get("/reseller/customers").plain and parent.get("/reseller/customers/3").status == 404, "at Sub's pages he works for Sub"
    root = Desk(works.ready["web"], "my.example.test").come("owner")
    assert root.get("/reseller/customers/3").status == 200 and "Nobody stands above you" in root.get("/reseller/account").plain


def test_whoever_works_in_a_shop_alone_works_at_the_console(works: Appliance) -> None:
    works.do("customers.create", {"name": "Cafe", "reseller": "Sub", "call_shop": True, "endpoint": {}})
    cafe = works.do("customers.list", {"reseller": "Sub", "search": "Cafe"})["customers"][0]["id"]
    works.do("operators.create", {"login": "cleo", "password": PASSWORD, "grants": [{"role": "clerk", "shop": cafe}]})
    cleo = Desk(works.ready["web"]).come("cleo")
    assert cleo.page.status == 400 and "You have no role here." in cleo.page.plain
    assert cleo.get("/reseller", follow=False).status == 303


def test_the_browser_is_told_to_protect_itself_and_no_way_leads_elsewhere(works: Appliance) -> None:
    desk = Desk(works.ready["web"])
    got = desk.get("/reseller/sign-in")
    policy = got.headers["content-security-policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy and got.headers["x-content-type-options"] == "nosniff"
    assert "style=" not in got.text and "onclick" not in got.text and "<script>" not in got.text
    for wanted in ("//evil.test", "/reseller//evil.test", "https://evil.test", "/reseller/\\evil", "/overview", "/reseller/x\nSet-Cookie: a=b"):
        desk = Desk(works.ready["web"])
        desk.get("/reseller/sign-in")
        got = desk.post("/reseller/sign-in", {"login": "sub owner", "password": PASSWORD, "next": wanted}, follow=False)
        assert got.headers["location"] == "/reseller", wanted
    cookie = got.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie
    wrong = Desk(works.ready["web"]).come("sub owner", "not the password")
    unknown = Desk(works.ready["web"]).come("nobody", "not the password")
    assert wrong.page.status == unknown.page.status == 400 and "not the password" not in wrong.page.text
    assert wrong.page.plain.split("Password")[0] == unknown.page.plain.split("Password")[0]

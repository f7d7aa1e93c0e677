"""The reseller pages without a script: sign-in in every way, each page's work, and what is typed wrong."""

from __future__ import annotations

import time
from typing import Any

import pytest

from appliance.services.people.second_factor import digits_at
from appliance.web.reseller_forms import amount
from tests.helpers.appliance import Appliance
from tests.web.reseller_shop import ANNA, OTHERS, PASSWORD, Desk


@pytest.fixture
def desk(works: Appliance) -> Desk:
    made = Desk(works.ready["web"]).come()
    assert "Own balance" in made.page.plain, made.page.plain
    return made


def one(works: Appliance, name: str, reseller: str = "Sub") -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in works.do("customers.list", {"reseller": reseller})["customers"] if each["name"] == name)
    return works.do("customers.get", {"id": found["id"]})  # type: ignore[no-any-return]


def test_the_first_page_has_the_figures_by_day_customer_and_destination(desk: Desk) -> None:
    got = desk.get("/reseller")
    assert "<svg" in got.text and "2 2" in got.plain and "Profit today 0.01 EUR" in got.plain
    assert "Anna 2 2" in desk.get("/reseller?by=customer").plain
    got = desk.get("/reseller?by=destination&since=2020-01-01&until=2020-12-31")
    assert "There were no calls in this time." in got.plain
    got = desk.get("/reseller?by=destination")
    assert "United Kingdom 1 1" in got.plain and "Netherlands 1 1" in got.plain
    assert desk.get("/reseller?since=nonsense&until=9999-99-99").status == 200


def test_a_customer_is_added_with_phone_login_and_credit(desk: Desk, works: Appliance) -> None:
    desk.get("/reseller/customers/new")
    got = desk.post(
        "/reseller/customers/new",
        {
            "first_name": "Berta",
            "last_name": "Bell",
            "email": "berta@example.test",
            "credit_account.credit_limit": "12,50",
            "credit_account.currency": "EUR",
            "endpoint": "1",
            "web_login": "1",
            "endpoint.password": "berta-phone-1",
        },
    )
    assert got.status == 200 and "Berta Bell is added" in got.plain, got.plain
    made = one(works, "Berta Bell")
    assert (made["credit_limit"], made["tariff"], made["reseller"]) == ("12.50", "retail", "Sub")
    number = made["endpoints"][0]["number"]
    assert number.startswith("2") and made["web_logins"][0]["login"] == number
    assert works.do("endpoints.reveal", {"id": made["endpoints"][0]["id"]})["password"] == "berta-phone-1"
    again = desk.post("/reseller/customers/new", {"first_name": "Berta", "last_name": "Bell"})
    assert again.status == 400 and 'id="name-problem"' in again.text and 'value="Berta"' in again.text
    desk.get("/reseller/customers/new")
    wrong = desk.post(
        "/reseller/customers/new", {"first_name": "Carl", "credit_account.credit_limit": "ten", "endpoint": "1", "endpoint.number": "1x"}
    )
    assert wrong.status == 400 and 'id="credit_account.credit_limit-problem"' in wrong.text
    desk.get("/reseller/customers/new")
    wrong = desk.post("/reseller/customers/new", {"first_name": "Carl", "endpoint": "1", "endpoint.number": "1x"})
    assert wrong.status == 400 and 'id="endpoint.number-problem"' in wrong.text


def test_a_customer_is_found_edited_disabled_and_written_to(desk: Desk, works: Appliance) -> None:
    anna = one(works, "Anna")
    for search in ("ann", ANNA[:6], "anna@example"):
        assert "Anna" in desk.get(f"/reseller/customers?search={search}").plain
    assert "Nobody is found" in desk.get("/reseller/customers?search=zzz").plain
    desk.get(f"/reseller/customers/{anna['id']}/edit")
    fields = {"name": "Anna", "first_name": "Anna", "company": "Anna & Co", "tariff": "retail", "credit_limit": "7,5", "max_calls": "3"}
    assert "Saved." in desk.post(f"/reseller/customers/{anna['id']}/edit", fields).plain
    changed = one(works, "Anna")
    assert (changed["company"], changed["credit_limit"], changed["max_calls"], changed["email"]) == ("Anna & Co", "7.50", 3, "anna@example.test")
    desk.get(f"/reseller/customers/{anna['id']}/edit")
    stale = desk.post(f"/reseller/customers/{anna['id']}/edit", {**fields, "company": "Late", "version": str(anna["version"])})
    assert stale.status == 400 and one(works, "Anna")["company"] == "Anna & Co"
    desk.get(f"/reseller/customers/{anna['id']}")
    desk.post(f"/reseller/customers/{anna['id']}/disabled", {"disabled": "1"})
    assert one(works, "Anna")["disabled"]
    desk.post(f"/reseller/customers/{anna['id']}/disabled", {"disabled": "0"})
    assert not one(works, "Anna")["disabled"]
    desk.get(f"/reseller/customers/{anna['id']}")
    sent = desk.post(f"/reseller/customers/{anna['id']}/details", {"endpoint": ANNA, "recipient": "anna@example.test"})
    assert "The e-mail is on its way." in sent.plain
    desk.get(f"/reseller/customers/{anna['id']}")
    refused = desk.post(f"/reseller/customers/{anna['id']}/details", {"endpoint": "3000001", "recipient": "x@example.test"})
    assert refused.status == 400 and 'id="endpoint-problem"' in refused.text


def test_an_endpoint_is_added_changed_and_removed(desk: Desk, works: Appliance) -> None:
    anna = one(works, "Anna")
    desk.get(f"/reseller/customers/{anna['id']}/endpoints/new")
    got = desk.post(f"/reseller/customers/{anna['id']}/endpoints/new", {"display_name": "Kitchen"})
    assert "shown this once" in got.plain
    made = next(each for each in one(works, "Anna")["endpoints"] if each["display_name"] == "Kitchen")
    path = f"/reseller/endpoints/{made['id']}"
    secret = works.do("endpoints.reveal", {"id": made["id"]})["password"]
    assert secret in got.plain and secret not in desk.get(path).plain
    assert "Saved." in desk.post(path, {"display_name": "Hall", "caller_number": "31201234567", "max_calls": "2"}).plain
    assert desk.post(path, {"max_calls": "many"}).status == 400
    desk.get(path)
    assert "new-secret-77" in desk.post(f"{path}/password", {"password": "new-secret-77"}).plain
    assert works.do("endpoints.reveal", {"id": made["id"]})["password"] == "new-secret-77"
    desk.get(path)
    desk.post(f"{path}/disabled", {"disabled": "1"})
    view = works.do("endpoints.get", {"id": made["id"]})
    assert view["disabled"] and (view["display_name"], view["max_calls"]) == ("Hall", 2)
    assert desk.get(f"{path}/sheet.pdf").body.startswith(b"%PDF")
    assert "given to nobody" in desk.get(f"{path}/remove").plain
    desk.post(f"{path}/remove", {})
    assert works.do("endpoints.get", {"id": made["id"]})["archived_at"]


def test_a_payment_that_is_sent_twice_is_booked_once_and_can_be_reversed(desk: Desk, works: Appliance) -> None:
    anna = one(works, "Anna")
    assert "Anna" in desk.get("/reseller/payments/new?search=ann").plain
    path = f"/reseller/payments/new?customer={anna['id']}"
    desk.get(path)
    shown = desk.post(path, {"amount": "1 250,50", "act": "preview", "method": "bank"})
    assert "1,250.50 EUR" in shown.plain and one(works, "Anna")["balance"] == anna["balance"]
    for _each in range(2):
        desk.page = shown
        done = desk.post(path, {"amount": "1 250,50", "act": "record", "method": "bank", "reference": "INV 7"})
        assert "1,250.50 EUR were booked" in done.plain
    payments = works.do("payments.list", {"customer": "Anna", "reseller": "Sub"})["payments"]
    assert [each["gross"] for each in payments if each["reference"] == "INV 7"] == ["1250.50"]
    identity = payments[0]["id"]
    assert desk.get(f"/reseller/payments/{identity}/receipt.pdf").body.startswith(b"%PDF")
    desk.get(f"/reseller/payments/{identity}/reverse")
    assert "were undone" in desk.post(f"/reseller/payments/{identity}/reverse", {"note": "wrong person"}).plain
    assert one(works, "Anna")["balance"] == anna["balance"]
    desk.get(path)
    wrong = desk.post(path, {"amount": "much", "act": "record"})
    assert wrong.status == 400 and 'id="amount-problem"' in wrong.text and 'value="much"' in wrong.text
    works.verify()


def test_a_tariff_is_derived_and_one_price_of_it_changed(desk: Desk, works: Appliance) -> None:
    bases = {each["name"]: each["id"] for each in works.do("tariffs.list", {})["tariffs"] if each["reseller"] in ("Sub", "root")}
    desk.get("/reseller/tariffs/new")
    fields = {"name": "Night", "base": str(bases["for resellers"]), "markup_percent": "40"}
    assert "The tariff is made." in desk.post("/reseller/tariffs/new", fields).plain
    made = next(each for each in works.do("tariffs.list", {"reseller": "Sub"})["tariffs"] if each["name"] == "Night")
    path = f"/reseller/tariffs/{made['id']}"
    assert "0.021 EUR" in desk.get(f"{path}?search=United").plain
    desk.get(f"{path}/rate?prefix=44")
    saved = desk.post(
        f"{path}/rate?prefix=44", {"price_per_minute": "0,0333", "connection_fee": "0.0021", "first_increment": "1", "next_increment": "1"}
    )
    assert "Saved." in saved.plain and "0.0333 EUR" in saved.plain and "own price" in saved.plain
    desk.get(f"{path}/rate?prefix=44")
    bad = desk.post(f"{path}/rate?prefix=44", {"price_per_minute": "-1", "connection_fee": "0.0021"})
    assert bad.status == 400 and 'id="price_per_minute-problem"' in bad.text
    desk.get(f"{path}/rate?prefix=44")
    desk.post(f"{path}/follow?prefix=44", {})
    assert "0.021 EUR" in desk.get(f"{path}?search=44").plain
    assert desk.get(f"{path}/rate?prefix=99").status == 404
    for kind, start in (("pdf", b"%PDF"), ("csv", b""), ("xlsx", b"PK")):
        assert desk.get(f"{path}/prices.{kind}").body.startswith(start)


def test_calls_are_filtered_saved_and_explained(desk: Desk) -> None:
    assert "2 calls" in desk.get("/reseller/calls").plain
    assert "1 call ·" in desk.get("/reseller/calls?destination=Netherlands").plain
    assert "There are no such calls." in desk.get("/reseller/calls?number=49").plain
    lines = desk.get("/reseller/calls.csv?number=31").text.splitlines()
    assert len(lines) == 2 and "31201234567" in lines[1]
    told = desk.get("/reseller/calls/2").plain
    assert "What customer Anna pays" in told and "What reseller Sub pays" in told
    assert "0.072 EUR" in told and "Plus 20 %" in told and "60 seconds are charged." in told


def test_a_sub_reseller_is_made_changed_paid_and_given_a_sign_in(desk: Desk, works: Appliance) -> None:
    mine = {each["name"]: each["id"] for each in works.do("tariffs.list", {"reseller": "Sub"})["tariffs"]}
    desk.get("/reseller/resellers/new")
    fields = {
        "name": "Below",
        "currency": "EUR",
        "timezone": "Europe/Amsterdam",
        "language": "en",
        "tariff": str(mine["retail"]),
        "number_range": "4000000-4000999",
    }
    got = desk.post("/reseller/resellers/new", {**fields, "credit_limit": "20"})
    assert "The reseller is added." in got.plain, got.plain
    made = next(each for each in works.do("resellers.list", {})["resellers"] if each["name"] == "Below")
    assert (made["parent"], made["tariff"], made["credit_limit"]) == ("Sub", "retail", "20.00")
    path = f"/reseller/resellers/{made['id']}"
    assert "Below" in desk.get("/reseller/resellers").plain
    desk.get(path)
    assert "Saved." in desk.post(path, {"name": "Below", "credit_limit": "30", "tariff": "retail", "web_hosts": "my.below.test"}).plain
    desk.get(f"/reseller/payments/new?reseller={made['id']}")
    assert "5.00 EUR were booked" in desk.post(f"/reseller/payments/new?reseller={made['id']}", {"amount": "5", "act": "record"}).plain
    desk.get(path)
    given = desk.post(f"{path}/operator", {"login": "bill", "person": "Bill", "role": "manager"})
    code = next(word for word in given.plain.split() if len(word) == 19 and word.count("-") == 3)
    theirs = Desk(works.ready["web"], "my.below.test")
    theirs.get("/reseller/sign-in/first")
    theirs.post("/reseller/sign-in/first", {"login": "bill", "code": code, "password": "bills password", "again": "bills password"})
    assert "Own balance 5.00 EUR" in theirs.come("bill", "bills password").page.plain
    assert "Customers" in theirs.page.plain and theirs.get("/reseller/resellers/new").status == 404, "its parent did not allow it"
    assert "What Below has or owes at Sub." in theirs.get("/reseller/account").plain
    a_number_rings_and_is_sold_on(desk, works)


def a_number_rings_and_is_sold_on(desk: Desk, works: Appliance) -> None:
    """By Sub, whose customer is Anna and whose reseller is Below; Other's number is not there."""
    listed = desk.get("/reseller/numbers")
    assert "+31 88 000 0001" in listed.plain and "2.00 EUR a month · 0.01 EUR a minute" in listed.plain and "0002" not in listed.plain
    assert "no such incoming number" in desk.get("/reseller/numbers?search=99").plain
    path = "/reseller/numbers/31880000001"
    desk.get(path)
    prices = {"price_per_minute": "0,12", "monthly_fee": "", "setup_fee": ""}
    assert "Saved." in desk.post(path, {"endpoint": ANNA, "failover": "", **prices}).plain
    assert "Anna" in desk.get(path).plain and "0.12 EUR a minute" in desk.get(path).plain
    wrong = desk.post(path, {"endpoint": OTHERS, "failover": "", **prices})
    assert wrong.status == 400 and 'id="endpoint-problem"' in wrong.text
    shown = desk.get(f"{path}/sell")
    for _each in range(2):
        desk.page = shown
        sold = desk.post(f"{path}/sell", {"reseller": "Below", "price_per_minute": "0.05", "monthly_fee": "", "setup_fee": "1"})
        assert "Sold to Below" in sold.plain and "0.05 EUR a minute" in sold.plain, sold.plain
    balance = next(each["balance"] for each in works.do("resellers.list", {})["resellers"] if each["name"] == "Below")
    assert balance == "4.00", "set up once"
    desk.get(f"{path}/sell")
    assert "0.06 EUR a minute" in desk.post(f"{path}/sell", {"price_per_minute": "0.06", "monthly_fee": "", "setup_fee": "1"}).plain
    assert "Take +31 88 000 0001 back from Below?" in desk.get(f"{path}/take-back").plain
    assert "Rings nowhere" in desk.post(f"{path}/take-back", {}).plain
    assert desk.get("/reseller/numbers/31880000002").status == 404
    works.verify()


def test_a_second_factor_stands_at_the_sign_in(works: Appliance) -> None:
    desk = Desk(works.ready["web"]).come("sub manager")
    page = desk.get("/reseller/security/factor")
    secret = page.text.split('name="secret" value="')[1].split('"')[0]
    on = desk.post("/reseller/security/factor", {"code": digits_at(secret, int(time.time()) // 30), "password": PASSWORD})
    assert "The second factor is on." in on.plain, on.plain
    recovery = on.text.split('<bdi class="strong">')[1].split("<")[0]
    fresh = Desk(works.ready["web"]).come("sub manager")
    assert "Six digits" in fresh.page.plain and fresh.get("/reseller", follow=False).status == 303, "the password alone is not enough"
    fresh.come("sub manager")
    assert fresh.post("/reseller/sign-in/code", {"code": "000000"}).status == 400
    assert "Own balance" in fresh.post("/reseller/sign-in/code", {"code": recovery}).plain
    fresh.get("/reseller/security/factor")
    assert fresh.post("/reseller/security/factor/end", {"password": "wrong password"}).status == 400
    fresh.post("/reseller/security/factor/end", {"password": PASSWORD})
    assert "Own balance" in Desk(works.ready["web"]).come("sub manager").page.plain


def test_a_password_is_changed_and_others_are_signed_out(works: Appliance) -> None:
    first, other = (Desk(works.ready["web"]).come("sub accountant") for _ in range(2))
    first.get("/reseller/security")
    bad = first.post("/reseller/security", {"password": "wrong password", "new_password": "another password", "again": "another password"})
    assert bad.status == 400 and 'id="password-problem"' in bad.text
    done = first.post("/reseller/security", {"password": PASSWORD, "new_password": "another password", "again": "another password"})
    assert "Your new password is set." in done.plain
    assert other.get("/reseller", follow=False).status == 303 and first.get("/reseller", follow=False).status == 200
    first.post("/reseller/sign-out", {})
    assert first.get("/reseller", follow=False).status == 303


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("12,5", "12.5"),
        ("1 250", "1250"),
        ("1.250,75", "1250.75"),
        ("1,250.75", "1250.75"),
        ("-3", "-3"),
        ("ten", "ten"),
        ("1,2,3", "1,2,3"),
        ("", ""),
    ],
)
def test_amounts_as_people_write_them(typed: str, meant: str) -> None:
    assert amount(typed) == meant

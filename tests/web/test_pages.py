"""The pages as a customer uses them without a script: each page and form, in English and Arabic, on what is one's own alone."""

from __future__ import annotations

import json

from tests.helpers.appliance import Appliance
from tests.web.browser import Browser

PAGES = ("/overview", "/calls", "/payments", "/invoices", "/prices", "/phones", "/details", "/spending", "/messages", "/security")


def test_every_page_in_two_languages(alice: Browser, served: Appliance) -> None:
    for path in PAGES:
        got = alice.get(path)
        assert got.status == 200 and "<h1>" in got.text, (path, got.plain)
        assert len(got.body) < (60_000 if path == "/details" else 30_000)  # all time zones to choose from
    balance = served.do("customers.get", {"id": 1})["balance"]
    assert f"{balance}\u00a0EUR" in alice.get("/overview").text and "Hello, Alice" in alice.get("/overview").plain
    arabic = alice.get("/overview?language=ar")
    assert '<html lang="ar" dir="rtl">' in arabic.text
    assert '<html lang="ar" dir="rtl">' in alice.get("/calls").text, "the choice is kept"
    served.assert_clean_log()


def test_without_a_sign_in_there_is_only_the_sign_in(browser: Browser) -> None:
    for path in PAGES:
        got = browser.get(path, follow=False)
        assert got.status == 303 and got.headers["location"].startswith("/sign-in"), path
    got = browser.sign_in("alice", "wrong-password")
    assert got.status == 400 and "alice" in got.text and "wrong-password" not in got.text, "what was typed stays, the password does not"
    assert browser.get("/overview", follow=False).status == 303
    browser.get("/sign-in?next=/calls")
    assert "<h1>Calls</h1>" in browser.post("/sign-in", {"login": "alice", "password": "alice-password"}).text, "on to where one wanted to go"


def test_sign_out_ends_the_session_on_the_server(alice: Browser) -> None:
    token = alice.cookies["tollhouse"]
    alice.post("/sign-out", {})
    assert "tollhouse" not in alice.cookies
    alice.cookies["tollhouse"] = token
    assert alice.get("/overview", follow=False).status == 303


def test_details_are_changed_and_wrong_ones_told(alice: Browser, served: Appliance) -> None:
    alice.get("/details")
    got = alice.post("/details", {"phone": "+31201112233", "timezone": "Mars/Olympus"})
    assert got.status == 400 and 'aria-invalid="true"' in got.text and "+31201112233" in got.text
    got = alice.post("/details", {"phone": "+31201112233", "timezone": "Europe/Paris"})
    assert got.status == 200 and "Saved." in got.text
    view = served.do("customers.get", {"id": 1})
    assert view["phone"] == "+31201112233" and view["timezone"] == "Europe/Paris"


def test_what_is_not_in_the_form_cannot_be_changed(alice: Browser, served: Appliance) -> None:
    alice.get("/details")
    before = served.do("customers.get", {"id": 1})
    alice.post(
        "/details", {"tariff": "cost", "disabled": "1", "credit_limit": "1000", "name": "Other", "id": "2", "first_name": before["first_name"]}
    )
    after = served.do("customers.get", {"id": 1})
    assert (after["tariff"], after["disabled"], after["credit_limit"], after["name"]) == (
        before["tariff"],
        False,
        before["credit_limit"],
        before["name"],
    )


def test_a_phones_settings_password_and_forwarding(alice: Browser, served: Appliance) -> None:
    listed = alice.get("/phones").plain
    assert "1000001" in listed and "Off" in listed and "By address" not in listed
    served.do("endpoints.update", {"id": 1, "addresses": ["192.0.2.77"]})
    listed = alice.get("/phones").plain
    assert "By address" in listed and "Off" not in listed, "a gateway is known by address"
    served.do("endpoints.update", {"id": 1, "addresses": []})
    got = alice.get("/phones/1")
    assert "secret-1000001" not in got.text, "the password is shown when it is asked for"
    assert "secret-1000001" in alice.get("/phones/1?show=1").text
    code = alice.get("/phones/1/code.svg")
    assert code.headers["content-type"] == "image/svg+xml" and b"<svg" in code.body
    sheet = alice.get("/phones/1/sheet.pdf")
    assert sheet.status == 200 and sheet.body.startswith(b"%PDF")
    alice.get("/phones/1")
    got = alice.post("/phones/1", {"busy": "+31 20 123 4567", "no_answer_seconds": "25", "display_name": "Desk"})
    assert "Saved." in got.text
    view = served.do("endpoints.get", {"id": 1})
    assert view["forwarding"]["busy"].endswith("31201234567") and view["forwarding"]["no_answer_seconds"] == 25 and view["display_name"] == "Desk"
    alice.get("/phones/1")
    got = alice.post("/phones/1/password", {"password": ""})
    fresh = served.do("endpoints.reveal", {"id": 1})["password"]
    assert fresh != "secret-1000001" and len(fresh) >= 12 and fresh in got.text
    alice.get("/phones/1")
    alice.post("/phones/1/password", {"password": "secret-1000001"})
    assert served.do("endpoints.reveal", {"id": 1})["password"] == "secret-1000001"


def test_a_price_is_told_and_the_list_saved(alice: Browser) -> None:
    got = alice.get("/prices?number=%2B31201234567")
    assert "Netherlands" in got.plain and "0.05" in got.plain, "retail is cost and a quarter: 0.0400 and 25 %"
    assert "0.04 " not in got.plain.replace("0.05", ""), "never the buying price"
    assert "no price" in alice.get("/prices?number=99999").plain
    assert alice.get("/prices.csv").body.count(b"\n") >= 2 and b"0.0400" not in alice.get("/prices.csv").body
    assert alice.get("/prices.pdf").body.startswith(b"%PDF")


def test_payments_receipt_and_voucher(alice: Browser, served: Appliance) -> None:
    paid = served.do("payments.record", {"customer": "Alice", "amount": "5.00", "method": "cash"})
    got = alice.get("/payments")
    assert "5.00" in got.plain
    receipt = alice.get(f"/payments/{paid['id']}/receipt.pdf")
    assert receipt.status == 200 and receipt.body.startswith(b"%PDF")
    batch = served.do("vouchers.make", {"name": "Five", "amount": "5.00", "count": 1})
    assert batch["count"] == 1
    got = alice.post("/payments", {"code": "AAAA-BBBB-CCCC-DDDD"})
    assert got.status == 400 and "AAAA-BBBB-CCCC-DDDD" in got.text


def test_a_forgotten_password_by_the_mailed_link(browser: Browser, served: Appliance) -> None:
    browser.get("/forgotten")
    known = browser.post("/forgotten", {"login": "alice"}).plain
    browser.get("/forgotten")
    assert browser.post("/forgotten", {"login": "nobody-at-all"}).plain == known, "the answer tells nothing of who is known"
    waiting = [each for each in served.do("messages.list", {})["messages"] if each["kind"] == "web_password"]
    assert len(waiting) == 1 and waiting[0]["recipient"] == "alice@example.test"
    got = browser.get("/new-password?code=AAAA-AAAA-AAAA-AAAA")
    got = browser.post("/new-password", {"code": "AAAA-AAAA-AAAA-AAAA", "new": "another-password"})
    assert got.status == 400 and "Ask for a new link" in got.text


def test_without_e_mail_a_code_on_paper_sets_a_new_password(browser: Browser, served: Appliance) -> None:
    paper = served.do("customers.web_code", {"customer": "Alice", "login": "alice"})
    assert paper["login"] == "alice" and ">Code<" in browser.get("/new-password").text
    got = browser.post("/new-password", {"code": "AAAA-AAAA-AAAA-AAAA", "new": "another-password"})
    assert got.status == 400
    typed = f" {paper['code'].lower().replace('-', ' ')} "  # as somebody types it
    assert browser.post("/new-password", {"code": typed, "new": "from-the-paper"}).status == 200
    browser.sign_in("alice", "from-the-paper")
    browser.get("/new-password")
    assert browser.post("/new-password", {"code": paper["code"], "new": "once-more-please"}).status == 400  # it works once
    served.do("customers.set_web_login", {"customer": "Alice", "login": "alice", "password": "alice-password"})


def test_another_password_ends_the_other_sessions(served: Appliance) -> None:
    first, second = Browser(served.ready["web"]), Browser(served.ready["web"])
    for each in (first, second):
        each.sign_in("mallory", "mallory-pass")
    assert "Sign out everywhere else" in first.get("/security").text
    got = first.post("/security", {"old": "wrong", "new": "mallory-pass-2", "again": "mallory-pass-2"})
    assert got.status == 400 and "mallory-pass-2" not in got.text
    got = first.post("/security", {"old": "mallory-pass", "new": "mallory-pass-2", "again": "mallory-pass-3"})
    assert got.status == 400
    assert "new password is set" in first.post("/security", {"old": "mallory-pass", "new": "mallory-pass-2", "again": "mallory-pass-2"}).plain
    assert second.get("/overview", follow=False).status == 303 and first.get("/overview").status == 200
    first.get("/security")
    first.post("/security", {"old": "mallory-pass-2", "new": "mallory-pass", "again": "mallory-pass"})


def test_the_overviews_moving_part_is_a_part(alice: Browser) -> None:
    got = alice.get("/running")
    assert got.status == 200 and "<html" not in got.text and "Balance" in got.text


def test_static_files_come_from_the_program_and_are_kept(alice: Browser) -> None:
    page = alice.get("/overview")
    for name in ("site.css", "site.js"):
        path = page.text.split(name)[0].rsplit('"', 1)[1] + name
        got = alice.get(path)
        assert got.status == 200 and "immutable" in got.headers["cache-control"] and len(got.body) > 500
    assert alice.get("/static/0/../../../etc/passwd").status == 404 and alice.get("/static/0/.hidden").status == 404
    assert "http://" not in page.text.replace("http://www.w3.org", "") and "https://" not in page.text


def test_the_api_is_where_it_was(served: Appliance, browser: Browser) -> None:
    assert json.loads(browser.get("/healthz").text) == {"ok": True}
    assert browser.get("/api/v1/customers").status == 401

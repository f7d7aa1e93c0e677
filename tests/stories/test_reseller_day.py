"""A sub-reseller's operator in another city works a day in a browser: a customer, a phone, a payment, a tariff, a call explained, the profit."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.helpers.appliance import Appliance
from tests.web.reseller_shop import PASSWORD, house


def figure(page: Page, name: str) -> str:
    """A figure of the page's head, by its name."""
    return plain(page.locator(f"dl.figures div:has(dt:text-is('{name}')) dd").inner_text())


def plain(text: str) -> str:
    """With blanks that may break."""
    return text.replace("\u00a0", " ").strip()


def a_customer_with_two_phones(page: Page) -> str:
    """Dora Dial, with credit, web login and a second endpoint; the number of the first."""
    page.click("nav >> text=Customers")
    page.click("text=Add customer")
    page.fill('[name="first_name"]', "Dora")
    page.fill('[name="last_name"]', "Dial")
    page.fill('[name="email"]', "dora@example.test")
    page.fill('[name="credit_account.credit_limit"]', "5,00")
    page.check('[name="send_details"]')
    page.click("main button.primary")
    page.wait_for_selector("text=Dora Dial is added")
    number = page.locator("dl.plain dt").first.inner_text()
    page.click("text=To the customer")
    page.click("text=Add endpoint")
    page.fill('[name="display_name"]', "Workshop")
    page.click("main button.primary")
    page.wait_for_selector("text=The endpoint is added.")
    return number


def a_payment_that_was_looked_at_first(page: Page) -> None:
    page.click("nav >> text=Payments")
    page.click("main >> text=Add payment")
    page.type('[name="search"]', "dora")
    page.click("#results >> text=Dora Dial")
    page.fill('[name="amount"]', "20,00")
    page.fill('[name="reference"]', "Receipt book 12")
    page.click("text=Show what it does")
    page.wait_for_selector(".effect >> text=20.00 EUR")
    page.dblclick("main button.primary")
    page.wait_for_url("**done=*")
    assert "20.00 EUR were booked" in plain(page.locator("p.good").inner_text())


def a_tariff_with_a_price_of_its_own(page: Page) -> None:
    page.click("nav >> text=Tariffs")
    page.click("text=Derive a tariff")
    page.fill('[name="name"]', "Family")
    page.select_option('[name="base"]', label="for resellers")
    page.fill('[name="markup_percent"]', "10")
    page.click("main button.primary")
    page.wait_for_selector("text=The tariff is made.")
    page.type('[name="search"]', "United")
    page.wait_for_selector("tbody tr:only-child >> text=United Kingdom")
    page.click("tbody >> text=Edit")
    page.fill('[name="price_per_minute"]', "0,0199")
    page.click("text=Save the price")
    page.wait_for_selector("text=0.0199 EUR")
    page.click("nav >> text=Customers")
    page.click("tr:has-text('Dora Dial') >> text=Edit")
    page.select_option('[name="tariff"]', "Family")
    page.click("main button.primary")
    page.wait_for_selector("text=Saved.")


def a_call_and_why_it_cost_that(page: Page) -> None:
    page.click("nav >> text=Calls")
    page.fill('[name="destination"]', "Netherlands")
    page.click("text=Show")
    page.wait_for_selector("text=1 call ·")
    page.click("tbody a")
    page.wait_for_selector("main >> text=What customer Anna pays")
    told = plain(page.inner_text("main"))
    assert "What customer Anna pays" in told and "where prefix 31 costs 0.06 EUR a minute" in told and "Plus 20 %: 0.072 EUR" in told
    assert "Charged to Anna\n0.072 EUR" in told and "Charged to Sub\n0.06 EUR" in told and "0.04 EUR" not in told


def the_profit(page: Page) -> None:
    page.click("nav >> text=Figures")
    page.select_option('[name="by"]', "customer")
    page.click("text=Show")
    page.wait_for_url("**by=customer**")
    row = page.locator("tbody tr:has-text('Anna') td").all_inner_texts()
    assert [plain(cell) for cell in row[1:3]] == ["2", "2"] and [plain(cell) for cell in row[4:]] == ["0.07 EUR", "0.06 EUR", "0.01 EUR"]
    assert figure(page, "Profit today") == "0.01 EUR" and page.locator("svg.columns .inner").count() == 1


def agrees(works: Appliance, number: str) -> None:
    """What the browser did stands in the books, once."""
    found = works.do("customers.list", {"reseller": "Sub", "search": "dora"})["customers"]
    assert [(each["name"], each["balance"], each["credit_limit"], each["tariff"]) for each in found] == [("Dora Dial", "20.00", "5.00", "Family")]
    dora = works.do("customers.get", {"id": found[0]["id"]})
    assert dora["endpoints"][0]["number"] == number and len(dora["endpoints"]) == 2
    assert [each["recipient"] for each in works.do("messages.list", {})["messages"]] == ["dora@example.test"]
    works.verify()
    works.assert_clean_log()


def test_a_day_of_a_sub_reseller_in_another_city(tmp_path: Path) -> None:
    with house(tmp_path) as works, sync_playwright() as driver:
        arguments = ["--no-sandbox", "--host-resolver-rules=MAP my.sub.test 127.0.0.1"]
        browser = driver.chromium.launch(executable_path=shutil.which("chromium") or "", args=arguments)
        page = browser.new_context(base_url=str(works.ready["web"]).replace("127.0.0.1", "my.sub.test"), locale="en-GB").new_page()
        page.goto("/reseller")
        page.fill("#login", "sub owner")
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url("**/reseller")
        month_of_its_number = sum(
            Decimal(each["amount"]) for each in works.rows("ledger") if each["account"] == "reseller:Sub" and each["kind"] == "fee"
        )
        assert -2 <= month_of_its_number < 0
        assert figure(page, "Own balance") == f"{(Decimal('49.94') + month_of_its_number).quantize(Decimal('0.01'))} EUR"
        number = a_customer_with_two_phones(page)
        a_payment_that_was_looked_at_first(page)
        a_tariff_with_a_price_of_its_own(page)
        a_call_and_why_it_cost_that(page)
        the_profit(page)
        page.click("text=Sign out")
        page.wait_for_url("**/reseller/sign-in")
        page.goto("/reseller/customers")
        assert "/reseller/sign-in" in page.url
        browser.close()
        agrees(works, number)

"""A stranger on the web becomes a customer who calls: registered in a real browser, told by real e-mail, phone set up from the page."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from email import message_from_string, policy
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.helpers import sipp
from tests.helpers.appliance import Appliance, sip_port, wait_for
from tests.helpers.baresip import Baresip
from tests.helpers.loop import RunningReactor, running_reactor
from tests.helpers.mail_server import MailServer
from tests.helpers.shop import rate, shop
from tests.stories.conftest import Peers

pytestmark = pytest.mark.needs("baresip")

CHROMIUM = shutil.which("chromium") or ""
MAILBOX = "wanda@example.test"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """A mail server that takes everything."""
    with running_reactor() as running:
        server = MailServer(running.reactor)
        _started(running, server)
        yield server
        running.do(server.stop)


def _started(running: RunningReactor, server: MailServer) -> None:
    running.do(server.start)


@pytest.fixture
def browser() -> Iterator[Page]:
    """A page of a real browser."""
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium.new_page()
        chromium.close()


def mailed(server: MailServer, count: int) -> str:
    """The plain text of the newest of so many e-mails to her mailbox."""

    def there() -> list[str] | None:
        found = [each.data for each in server.taken if each.recipient == MAILBOX]
        return found if len(found) >= count else None

    text = wait_for(there, 30, f"e-mail {count} to {MAILBOX}")[-1]
    body = message_from_string(text, policy=policy.default).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def after(text: str, word: str) -> str:
    """What a line of an e-mail says after a word."""
    found = re.search(rf"^\s*{word}:?\s+(\S+)\s*$", text, re.MULTILINE)
    assert found is not None, text
    return found[1]


def shown(page: Page) -> float:
    """The balance as the overview shows it now."""
    found = re.search(r"([0-9]+\.[0-9]{2})", page.inner_text("#running .figure"))
    assert found is not None
    return float(found[1])


def signed_up(browser: Page, mail: MailServer, web: str) -> tuple[str, str]:
    """She registers, reads her e-mail and signs in; her number and her phone's password as the e-mail told them."""
    browser.goto(f"{web}/sign-in?language=en")
    browser.click("text=New here? Register")
    browser.fill("#name", "Wanda Doe")
    browser.fill("#email", MAILBOX)
    browser.select_option("#country", "GB")
    browser.check("#terms")
    browser.click("button.primary")
    browser.wait_for_selector("text=Look into your mailbox")
    link = re.search(r"https?://\S+/register/confirm\S+", mailed(mail, 1))
    assert link is not None
    browser.goto(web + "/" + link[0].split("/", 3)[3])
    browser.click("text=Make my account")
    browser.wait_for_selector("text=Your account is made")

    details = mailed(mail, 2)
    login = after(details, "Web login")
    browser.click("text=Sign in")
    browser.fill("#login", login)
    browser.fill("#password", after(details, "Web password"))
    browser.press("#password", "Enter")
    browser.wait_for_url("**/overview")
    return login, after(details, "Password")


def test_she_registers_calls_and_has_her_invoice(appliance: Appliance, peers: Peers, mail: MailServer, browser: Page, tmp_path: Path) -> None:
    trunk = sip_port()
    appliance.apply(shop(trunk, rates=[rate("44", "United Kingdom", "1.2000")], customers=[]))
    ready = appliance.serve()
    values = {"mail.host": "127.0.0.1", "mail.port": mail.port, "mail.security": "none", "mail.sender": "office@example.test"}
    appliance.do("settings.set", {"values": values})
    rules = {"policy": "open", "least_seconds": 0, "terms_version": "2026-1", "welcome_credit": "2.00"}
    appliance.do("resellers.set_registration", rules)
    peers.start("carrier", sipp.callee(), calls=1, port=trunk)

    login, password = signed_up(browser, mail, ready["web"])
    assert shown(browser) == 2.0

    browser.click("nav >> text=Phones")
    browser.click("main >> text=" + login)
    browser.click("text=Show the password")
    sheet = dict(zip(browser.locator("dl.facts dt").all_inner_texts(), browser.locator("dl.facts dd").all_inner_texts(), strict=True))
    assert (sheet["User"], sheet["Password"]) == (login, password)
    server = f"127.0.0.1:{appliance.sip_port}"
    phone = Baresip(tmp_path / "phone", number=sheet["User"], password=sheet["Password"], server=server, domain=sheet["Domain"])
    try:
        wait_for(lambda: appliance.rows("bindings"), 20, "her phone")
        browser.goto(f"{ready['web']}/overview")
        phone.command("dial", "447700900123")
        phone.wait("CALL_ESTABLISHED", 20)
        browser.wait_for_selector("#running >> text=Running calls", timeout=20_000)
        browser.wait_for_function(r"() => /0\.0[1-9]|0\.[1-9]/.test(document.querySelector('#running .end').textContent)", timeout=30_000)
        phone.command("hangup")
        browser.wait_for_function("() => !document.querySelector('#running .rows')", timeout=20_000)
    finally:
        phone.stop()
    browser.wait_for_function("() => parseFloat(document.querySelector('#running .figure').textContent) < 2", timeout=20_000)
    assert shown(browser) < 2.0, "it fell without a reload"

    browser.click("nav >> text=Calls")
    browser.click("tbody a")
    browser.wait_for_selector("main >> text=The number begins with")
    assert "The number begins with" in browser.inner_text("main") and "The price is" in browser.inner_text("main")

    customer = appliance.do("customers.list", {"search": MAILBOX})["customers"][0]["id"]
    appliance.do("invoices.make", {"customer": customer})
    browser.click("nav >> text=Invoices")
    with browser.expect_download(timeout=30_000) as download:
        browser.click("main a[href$='.pdf']")
    file = download.value.path()
    assert file is not None and Path(file).read_bytes().startswith(b"%PDF")
    appliance.verify()

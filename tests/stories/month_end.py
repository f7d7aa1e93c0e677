"""A month end and a carrier's dearer deck, by keyboard alone before a real server: run by `test_month_end.py`, on a screen of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pypdfium2
from PySide6.QtWidgets import QTabBar

from appliance.clock import SystemClock
from appliance.gui.app import Console
from appliance.wire.invoices import InvoiceMake, LayoutSet
from tests.helpers.appliance import Appliance
from tests.helpers.console import MOST_TABS, Person
from tests.helpers.shop import customer, rate, shop
from tests.services.money.billed import Billed
from tests.stories.console_week import PASSWORD, customers_shown, figures, in_front, open_console, person, qapp_args

__all__ = ["open_console", "person", "qapp_args"]  # fixtures

BILLED = {"0001": ("Bob", "1.45"), "0002": ("Alice", "3.63"), "0003": ("Bob", "0.73")}
"""Total by number, 21 % in it: two minutes of Germany at 0.60 long ago; five and one in the month that ends."""
OWED = {"Alice": Decimal("0"), "Bob": Decimal("-2.18")}
"""What the customers' accounts are at when Alice has paid."""
CAMT = """<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt><Ntry>
<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>A1</AcctSvcrRef><NtryDtls><TxDtls>
<RltdPties><Dbtr><Nm>A. Anders</Nm></Dbtr><DbtrAcct><Id><IBAN>ES9121000418450200051332</IBAN></Id></DbtrAcct></RltdPties>
<RmtInf><Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd></RmtInf></TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>"""
DEARER = "Prefix,Destination,Price per minute\n31,Netherlands,0.0200\n44,United Kingdom,0.0100\n49,Germany,0.8000\n"
GERMANY = "4930123456"


def today() -> date:
    """By the one clock of the house."""
    return datetime.fromtimestamp(SystemClock().utcnow() / 1000, UTC).date()


def served(appliance: Appliance, person: Person, open_console: Callable[[str], Console]) -> None:
    """The server on the folder as it is, and its owner at the console."""
    appliance.do("operators.create", {"login": "mira", "name": "Mira Owner", "password": PASSWORD, "grants": [{"role": "owner"}]})
    appliance.serve()
    console = open_console("")
    person.dialog("Sign in to Tollhouse")
    person.fill(User="mira", Password=PASSWORD)
    person.press("Return")
    in_front(person, console)


def chosen(person: Person, title: str, file: Path, *more: Path) -> None:
    """A file's name typed into the dialog that asks for one, or the names of several in quotes."""
    person.dialog(title)
    person.press("Ctrl+A")
    person.type(" ".join(f'"{each}"' for each in (file, *more)) if more else str(file))
    person.press("Return")
    person.dialog_gone(title)


# the month end -------------------------------------------------------------------------------------------------------


def two_months(folder: Path) -> None:
    """Bob was invoiced for the month before the last and has not paid; in the last one both called. Nothing is reminded of by itself."""
    billed = Billed(folder)
    clock, owner, root = billed.shop.clock, billed.owner, billed.simple.root
    account = billed.shop.account(root, "bob", "0", "1000")
    bob = billed.shop.customer(root, "Bob", billed.simple.retail, account)
    phone = billed.shop.endpoint(bob, "1000002")
    billed.put("accounts", account, tax_point="usage")
    row = billed.shop.store.customers.get(bob)
    assert row is not None
    billed.put("people", row.person_id, email="bob@example.test")
    billed.money.layouts.set(owner, LayoutSet(reminder_days=[]))

    def at(day: date) -> None:
        clock.advance(datetime.combine(day, time(12), UTC).timestamp() - clock.utcnow() / 1000)

    last = (today().replace(day=1) - timedelta(1)).replace(day=1)
    at(last - timedelta(20))
    billed.call(seconds=120, endpoint=phone)
    assert billed.money.invoices.make(owner, InvoiceMake(account=account)).number == "0001"
    at(last + timedelta(9))
    billed.call(seconds=300)
    billed.call(seconds=60, endpoint=phone)
    billed.shop.store.close()


def invoiced(person: Person) -> None:
    """All invoices of the month that is over."""
    person.go("Invoices")
    person.row("0001", "Bob", "Overdue")
    person.press("Ctrl+Shift+I")
    person.dialog("Make all invoices")
    person.press("Return")
    person.dialog("Invoices are made")
    person.sees("2 invoices are issued: 0002 to 0003, 4.36 EUR in all. Accounts without anything to invoice: 0.")
    person.press("Space")
    person.dialog_gone("Invoices are made")
    for number, (name, total) in BILLED.items():
        person.row(number, name, f"{total} EUR")


def paper(person: Person, file: Path, number: str) -> str:
    """An invoice as it is saved from its window; its text."""
    person.go("Invoices")
    person.row(number)
    person.press("Ctrl+P")
    person.until(lambda: person.active().windowTitle() == f"Invoice {number}" and "Save…" in person.shown(), "the paper")
    person.press("Alt+S")
    person.sees("File name:")
    person.press("Ctrl+A")
    person.type(str(file))
    person.press("Return")
    person.until(file.exists, "the invoice's file")
    person.until(lambda: "File name:" not in person.shown(), "the paper again")
    person.press("Escape")
    person.until(lambda: person.active().windowTitle().startswith("Invoices"), "the window")
    document = pypdfium2.PdfDocument(file.read_bytes())
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def tab(person: Person, name: str) -> None:
    """One of a page's tabs, reached with Tab and chosen by the arrows."""
    for _step in range(MOST_TABS):
        bar = person.app.focusWidget()
        if isinstance(bar, QTabBar):
            break
        person.press("Tab")
    assert isinstance(bar, QTabBar), person.everything()
    person.press("Home")
    for _step in range(bar.count()):
        if bar.tabText(bar.currentIndex()) == name:
            return
        person.press("Right")
    raise AssertionError(f"no tab {name!r}\n{person.everything()}")


def taxed(person: Person) -> None:
    """What the run owes the state stands in the report of this month."""
    person.go("Reports")
    tab(person, "Tax")
    person.put("Period", "This month")
    person.row("21", "Invoices", "3.60 EUR", "0.76 EUR", "4.36 EUR")


def paid_by_bank(person: Person, statement: Path) -> None:
    """The bank's line finds its invoice by the reference, and is booked."""
    person.go("Payments")
    person.press("Ctrl+Shift+B")
    person.until(lambda: person.active().windowTitle().startswith("Bank statements"), "the bank's lines")
    person.press("Ctrl+N")
    chosen(person, "Import statement", statement)
    person.row("A. Anders", "3.63 EUR", "Proposed", "Alice · invoice 0002 · by its reference")
    person.press("Ctrl+E")
    title = "Book 3.63\u00a0EUR"
    person.dialog(title)
    person.submit(title)
    person.sees("No line waits.")
    person.until(lambda: person.app.focusWidget() is not None, "somewhere for the keys to go")
    person.go("Payments")
    person.row("Alice", "3.63 EUR")


def reminded(person: Person) -> None:
    """The one that is late gets a letter; the one that was paid is paid."""
    person.go("Invoices")
    person.row("0002", "Alice", "Paid")
    person.row("0003", "Bob", "Open")
    person.row("0001", "Bob", "Overdue")
    person.press("Ctrl+R")
    title = "Send reminder number 1?"
    person.dialog(title)
    person.sees("1.45 EUR of invoice 0001")
    person.press("Space")
    person.dialog_gone(title)
    person.sees("The reminder of 0001 is on its way")
    person.go("Messages")
    person.do("Outbox")
    person.until(lambda: person.active().windowTitle().startswith("Outbox"), "the outbox")
    person.row("Payment reminder", "bob@example.test")


def test_a_month_end(appliance: Appliance, person: Person, open_console: Callable[[str], Console], tmp_path: Path) -> None:
    two_months(appliance.data)
    served(appliance, person, open_console)
    invoiced(person)
    text = paper(person, tmp_path / "0002.pdf", "0002")
    assert "0002" in text and "Alice" in text and "3.63" in text and "0.63" in text, text
    reference = re.search(r"RF\d\d(?: ?[0-9A-Z]+)+", text)
    assert reference is not None, text
    taxed(person)
    statement = tmp_path / "statement.xml"
    statement.write_text(CAMT.format(amount="3.63", day=today().isoformat(), reference=reference[0]))
    paid_by_bank(person, statement)
    reminded(person)
    person.go("Customers")
    person.until(lambda: figures(customers_shown(person)) == OWED, "the balances")
    assert {name: Decimal(appliance.balance(name.lower())) for name in OWED} == OWED
    views = {view["number"]: view for view in appliance.do("invoices.list", {})["invoices"]}
    assert {number: (view["customer"], view["total"]) for number, view in views.items()} == BILLED
    assert {number: (view["state"], view["open"]) for number, view in views.items()} == {
        "0001": ("overdue", "1.45"),
        "0002": ("paid", "0.00"),
        "0003": ("open", "0.73"),
    }
    assert [views[number]["reminded"] for number in sorted(views)] == [1, 0, 0]
    assert sum(Decimal(line["amount"]) for line in appliance.rows("ledger")) == 0
    appliance.verify()


# the dearer deck -----------------------------------------------------------------------------------------------------


def imported(person: Person, deck: Path) -> None:
    """The carrier's new prices, into what is bought by."""
    person.go("Tariffs")
    person.row("cost")
    person.press("Ctrl+I")
    person.until(lambda: person.active().windowTitle().startswith("Import prices"), "the import")
    person.put("Into tariff", "cost")
    person.reach("Choose file…")
    person.press("Space")
    chosen(person, "Choose price list", deck)
    person.sees("1 price is written into cost.")
    person.press("Ctrl+Return")
    person.sees("The prices of cost are in use")


def mended(person: Person) -> None:
    """The radar names the price that loses, and lifts it to its cost with a fifth of it as margin."""
    person.reach("Margin radar")
    person.press("Space")
    person.until(lambda: person.active().windowTitle().startswith("Margin radar"), "the radar")
    person.row("retail", "49", "Germany", "Loss", "0.60", "0.80")
    person.put("Wished margin", "20")
    person.row("retail", "49", "Loss", "1.00")
    assert len(person.rows()) == 1, person.rows()
    person.press("Ctrl+M")
    person.sees("1 price is mended", "No price is below its cost or below the wished margin.")


def priced(appliance: Appliance) -> Decimal:
    """What a minute to Germany costs the customer, as the server would charge it."""
    return Decimal(appliance.rows("rate", GERMANY, "--seconds", "60", "--customer", "Alice")[0]["amount"])


MOVED = {
    "people.csv": "customer,name,balance,tariff\n17,Harbour Phones,5.00,Basic\n18,Hill Phones,-1.50,Basic\n",
    "phones.csv": "customer,user,password\n17,6000001,old-plain\n18,6000002,\n",
    "prices.csv": "tariff,prefix,price\nBasic,44,0.60\n",
}


def moved_in(person: Person, folder: Path) -> None:
    """Another system's customers, from the list of customers: files sent, the refused row seen and left out, moved, and again nothing to do."""
    for name, text in MOVED.items():
        (folder / name).write_text(text)
    person.go("Customers")
    person.do("Move in")
    person.until(lambda: person.active().windowTitle().startswith("Move in"), "the move")
    person.reach("ASTPP")
    person.press(*["Down"] * 3)
    person.sees("A CSV file for each")
    person.press("Ctrl+O")
    chosen(person, "Choose files", folder / next(iter(MOVED)), *(folder / name for name in list(MOVED)[1:]))
    person.sees(*MOVED)
    person.until(lambda: "files are sent" not in person.shown(), "all files at the server")
    person.press("Ctrl+Return")
    person.sees("Incoming numbers arrive on")
    person.press("Ctrl+Return")
    person.sees("2 customers come in. Their balances come to 3.50 EUR.", "Rows are refused")
    person.row("Endpoints", "phones.csv:3", "has neither a password")
    person.put("Leave 1 refused row out", True)
    person.press("Ctrl+Return")
    person.sees("Everything is moved in", "1 row was left out.")
    person.go("Customers")
    person.row("Harbour Phones", "5.00 EUR")
    person.row("Hill Phones", "-1.50 EUR")


def test_a_deck_that_loses(appliance: Appliance, person: Person, open_console: Callable[[str], Console], tmp_path: Path) -> None:
    rates = [rate("31", "Netherlands", "0.0200"), rate("44", "United Kingdom", "0.0100"), rate("49", "Germany", "0.4800")]
    description = shop(5060, rates=rates, customers=[customer("Alice", "1000001", balance="10")])
    description["tariffs"][1]["overrides"] = [rate("49", "Germany", "0.6000")]
    appliance.apply(description)
    deck = tmp_path / "dearer.csv"
    deck.write_text(DEARER)
    served(appliance, person, open_console)
    imported(person, deck)
    assert priced(appliance) == Decimal("0.60")
    mended(person)
    assert priced(appliance) == Decimal("1.00")
    person.go("Tariffs")
    person.row("retail")
    person.press("Return")
    person.row("49", "Germany", "1.00")
    person.row("31", "Netherlands", "0.025")  # a quarter on top, as before
    person.go("Tariffs")
    person.row("cost")
    person.press("Return")
    person.row("49", "Germany", "0.80")
    found = appliance.do("margins.list", {"margin_percent": "20"})
    assert (found["found"], found["losses"]) == (0, 0)
    moved_in(person, tmp_path)
    appliance.verify()

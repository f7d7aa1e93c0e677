"""A day in a call shop, by keyboard alone, before a real server and phones: run by `test_shop_day.py`, on a screen of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QTabBar

from appliance.clock import SystemClock
from appliance.demo_loop import AgentLoop
from appliance.gui.app import Console
from appliance.gui.main_window import MainWindow
from appliance.gui.memory import Memory, open_settings
from tests.helpers.appliance import Appliance
from tests.helpers.console import Attention, Person, window_of
from tests.helpers.phone import peers
from tests.helpers.shop import customer, rate, shop
from tests.helpers.trunk import Answer, ScriptedTrunk
from tests.stories.shop_clerk import PIN, Clerk, Day, cards

PASSWORD = "correct horse battery"
PEOPLE = (("sam", "Sam Super", "Supervisor"), ("cleo", "Cleo Clerk", "Clerk"))
BOOTHS = 12
PRINTED = 4
"""Two deposits' receipts, the counter's and a guest's, before the paper is out."""
FLOAT = Decimal(100)
DEPOSIT, MORE = Decimal(12), Decimal("1.8")
TALK = 23
"""Seconds that deposit and top-up are good for: more than it takes to top up, also on a computer that is busy."""
LIMIT, LIMITED = "3.00", 5
"""A money limit, and the seconds that it is good for."""
CROWD = (7, 8, 9, 10, 11, 12)
"""Booths whose guests talk at the same time; at two of them stands baresip."""
WITH_EARS = (7, 10)
PRICES = {
    "carrier": {"Germany": Decimal("0.4"), "Netherlands": Decimal("0.02") / 60},
    "shop": {"Germany": Decimal("0.5"), "Netherlands": Decimal("0.025") / 60},
    "guests": {"Germany": Decimal("0.6"), "Netherlands": Decimal("0.03") / 60},
}
"""Of a billed second."""
EARNED = {"shop_sales", "shop_goods", "shop_tax", "shop_discount", "shop_rounding", "shop_loss", "shop_refund"}
MEDIA = "127.0.0.1:39000-39099"
COINS = ("50.00", "20.00", "10.00", "5.00", "2.00", "1.00", "0.50", "0.20", "0.10", "0.05")
GERMANY, NETHERLANDS = "4930123456", "31201234567"
#: Germany costs 0.40 a second, the shop 0.50, the guest 0.60; the Netherlands 0.02, 0.025, 0.03 a minute that was begun.
RATES = [rate("49", "Germany", "24.00"), rate("31", "Netherlands", "0.02", first_increment=60, next_increment=60)]


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    return ["tollhouse"]


@pytest.fixture
def loop() -> Iterator[AgentLoop]:
    with peers() as running:
        yield running


@pytest.fixture
def trunk(loop: AgentLoop) -> Iterator[ScriptedTrunk]:
    one = ScriptedTrunk(loop, rules={"": Answer(after=0.1)})
    yield one
    one.close()


@pytest.fixture
def day(qapp: QApplication, appliance: Appliance, loop: AgentLoop, trunk: ScriptedTrunk, tmp_path: Path) -> Iterator[Day]:
    """A server with a carrier, prices and a customer whose endpoints will be booths; its owner can sign in."""
    assert qapp.platformName() == "xcb", "this story is told to a real window system"
    qapp.setQuitOnLastWindowClosed(False)
    attention = Attention(qapp)
    endpoints = [{"number": str(1000000 + at), "password": f"secret-{1000000 + at}"} for at in range(1, BOOTHS + 1)]
    corner = {**customer("Corner", "0", balance="500", account="corner"), "endpoints": endpoints}
    appliance.apply(shop(trunk.port, rates=RATES, customers=[corner]))
    appliance.do("operators.create", {"login": "mira", "name": "Mira Owner", "password": PASSWORD, "grants": [{"role": "owner"}]})
    opened: list[Console] = []

    def one() -> Console:
        memory = Memory(open_settings(str(tmp_path / f"console-{len(opened)}.ini")))
        memory.put("language", "en")
        memory.put("look", "light")
        web = str(appliance.ready["web"])
        console = Console(qapp, memory, SystemClock(), url=web if "://" in web else f"http://{web}")
        opened.append(console)
        console.begin()
        return console

    made = Day(appliance, Person(qapp, tmp_path / "pictures"), loop, tmp_path, one)
    yield made
    print(f"--- the screen at the end\n{made.person.everything()}\n--- the server's log\n{appliance.log()}")  # shown where the story fails
    for each in made.phones.values():
        each.close()
    for ears in made.ears.values():
        ears.stop()
    for console in opened:
        console.close()
    qapp.removeEventFilter(attention)
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def in_front(person: Person, console: Console) -> MainWindow:
    """The window of a console that was just signed in to, once it has the keyboard."""
    person.until(lambda: (window := window_of(console)) is not None and window.isActiveWindow(), "the window")
    window = window_of(console)
    assert window is not None
    return window


def signed_in(day: Day, login: str, code: str = "") -> tuple[Console, MainWindow]:
    """By password, or the first time by a code."""
    console = day.open_console()
    person = day.person
    person.dialog("Sign in to Tollhouse")
    if code:
        person.reach("I have a code")
        person.press("Space")
        person.fill(Code=code, User=login, New_password=PASSWORD)
    else:
        person.fill(User=login, Password=PASSWORD)
    person.press("Return")
    return console, in_front(person, console)


def operator_added(day: Day, login: str, name: str, role: str) -> str:
    """Somebody with a role in the shop alone; the code that is shown once."""
    person = day.person
    person.press("Ctrl+N")
    person.dialog("Add operator")
    person.fill(Login=login, Name=name, Role=role, In_shop="Corner")
    person.reach("Add role")
    person.press("Space")
    person.reach("Login")
    person.press("Return")
    person.dialog(f"One-time code of {login}")
    shown = re.search(r"^([A-Za-z0-9]{4,}(?:-[A-Za-z0-9]{4,})+)$", person.shown(), re.MULTILINE)
    assert shown is not None, person.shown()
    person.reach("I have noted it")
    person.press("Space")
    person.dialog_gone(f"One-time code of {login}")
    return shown[1]


def option_on(day: Day) -> None:
    """The customer becomes a shop."""
    person = day.person
    person.go("Customers")
    person.row("Corner")
    person.press("Return")
    person.until(lambda: person.active().windowTitle().startswith("Corner"), "the customer's page")
    person.do("Edit")
    person.until(lambda: person.active().windowTitle().startswith("Edit"), "the form")
    person.put("Call shop: endpoints are booths", True)
    person.press("Return")
    person.until(lambda: person.active().windowTitle().startswith("Corner"), "the page again")


def tab(day: Day, name: str) -> None:
    """Another tab of a page, by the arrows."""
    person = day.person
    person.until(lambda: isinstance(day.person.app.focusWidget(), QTabBar) or person.press("Tab"), "the tabs")
    bar: Any = person.app.focusWidget()
    for _step in range(bar.count()):
        if bar.tabText(bar.currentIndex()) == name:
            return
        person.press("Right")
    raise AssertionError(name)


def shop_set_up(day: Day, window: MainWindow) -> None:
    """Guests' prices, a till that prints to a file, goods."""
    person = day.person
    person.do("Booths", "Go to")
    person.until(lambda: len(cards(window)) == BOOTHS, "the booths")
    person.do("Shop settings")
    person.sees("Prices for guests")
    person.put("Markup on what the shop pays, percent", "20")
    person.put("Cash is rounded to", "0.05")
    person.put("Tax percent", "21")
    person.put("Shop's name", "Corner Calls")
    person.reach("Save")
    person.press("Space")
    person.sees("Saved.")
    tab(day, "Goods")
    person.press("Ctrl+N")
    person.dialog("Add goods")
    person.fill(**{"Name": "Cola", "Price, tax in it": "1.50", "Stock": "10"})
    person.submit("Add goods")
    person.row("Cola", "1.50 EUR")
    tab(day, "Tills")
    person.press("Ctrl+N")
    person.dialog("Add till")
    person.fill(Name="Front", Receipt_printer="A file", Address=str(day.printed))
    person.submit("Add till")
    person.row("Front", str(day.printed))


def pin_set(day: Day) -> None:
    """The supervisor's own, at the shop's settings."""
    person = day.person
    person.do("Shop settings")
    person.until(lambda: person.active().windowTitle().startswith("Shop settings"), "the settings")
    person.do("My PIN")
    person.dialog("My PIN")
    person.fill(**{"PIN, 4 to 12 digits": PIN, "Your password": PASSWORD})
    person.submit("My PIN")


def shift_opened(clerk: Clerk) -> None:
    """Two fifties lie in the drawer."""
    person = clerk.person
    person.press("Ctrl+Shift+S")
    person.dialog("Open a shift at Front")
    person.put("50.00 EUR", "2")
    clerk.drawer += FLOAT
    person.sees("100.00 EUR")
    person.reach("Open shift")
    person.press("Space")
    person.dialog_gone("Open a shift at Front")
    person.sees("Close shift")


def crowd(clerk: Clerk) -> None:
    """Six guests more, all in calls at the same time; one is cut at his limit, the others hang up."""
    day, person = clerk.day, clerk.person
    for position in WITH_EARS:
        day.baresip(position)
    for position in CROWD:
        clerk.open_booth(position, f"Guest {position}", limit=LIMIT if position == 9 else "")
    talks = {}
    for position in CROWD:
        if position in WITH_EARS:
            clerk.until(position, lambda shown: shown.view.registered, "its phone registered")
            day.baresip(position).command("dial", NETHERLANDS)
        elif position != 9:
            talks[position] = clerk.dials(position, NETHERLANDS)
    for position in CROWD:
        if position != 9:
            clerk.until(position, lambda shown: shown.view.call is not None and shown.view.call.answered_at is not None, "in a call")
    limited = clerk.dials(9, GERMANY)
    person.until(lambda: sum(1 for each in cards(clerk.window).values() if each.view.state == "in_call") >= len(CROWD), "all of them at once")
    for call in talks.values():
        call.hang_up()
    for position in WITH_EARS:
        day.baresip(position).command("hangup")
    assert limited.wait("ended", 60)
    for position in CROWD:
        clerk.until(position, lambda shown: shown.view.call is None and shown.view.session.calls == 1, "its call on the bill")
    assert Decimal(clerk.booth(9).view.session.total) == Decimal(LIMIT)


def crowd_pays(clerk: Clerk) -> None:
    """In cash, by card, by both; two together."""
    clerk.pay(clerk.check_out(7))
    clerk.pay(clerk.check_out(8), By_card="0.03")
    clerk.pay(clerk.check_out(9), Given_in_cash="5", By_card="2")
    joined(clerk, 12, "Guest 11")
    clerk.pay(clerk.check_out(11))
    clerk.pay(clerk.check_out(10))


def moved(clerk: Clerk, position: int, to: int) -> None:
    """F6: to another booth."""
    person = clerk.person
    clerk.choose(position)
    title = f"Move the guest of {clerk.booth(position).view.name}"
    person.press("F6")
    person.dialog(title)
    person.put("To booth", clerk.booth(to).view.name)
    person.submit(title)
    clerk.until(to, lambda shown: shown.view.state == "open", "the guest here")
    clerk.until(position, lambda shown: shown.view.state == "closed", "the guest gone")


def joined(clerk: Clerk, position: int, note: str) -> None:
    """F7: somebody else pays."""
    person = clerk.person
    clerk.choose(position)
    title = f"Join the bill of {clerk.booth(position).view.name} to another"
    person.press("F7")
    person.dialog(title)
    person.put("Paid with", note)
    person.submit(title)
    clerk.until(position, lambda shown: shown.view.state == "closed", "joined")


def goods_sold(clerk: Clerk) -> None:
    """A cola over the counter, by card."""
    person = clerk.person
    person.press("Ctrl+G")
    dialog = clerk.at_bill("Counter")
    person.press("F2")
    person.dialog("Add goods")
    person.fill(Goods="Cola", Pieces="2")
    person.submit("Add goods")
    person.sees("2 × Cola")
    clerk.pay(dialog, By_card="3")


def discounted(clerk: Clerk, position: int) -> int:
    """A tenth off, which the supervisor approves; a note, and change."""
    person = clerk.person
    dialog = clerk.check_out(position)
    assert len(dialog.model.rows) == 2
    person.press("F6")
    person.dialog("Discount")
    person.fill(Percent="10", Reason="A regular guest")
    person.press("Return")
    clerk.approved()
    person.until(lambda: dialog.bill is not None and Decimal(dialog.bill.discounts) < 0, "the discount")
    return clerk.pay(dialog, Given_in_cash="50")


def without_paper(clerk: Clerk, position: int) -> None:
    """The sale goes on; the receipt waits and comes out when there is paper again."""
    person, paper = clerk.person, clerk.day.printed.parent
    before = clerk.printed(PRINTED)
    away = paper.rename(paper.with_name("away"))
    number = clerk.pay(clerk.check_out(position))
    person.sees("receipt waits")
    clerk.until(position, lambda shown: shown.view.state == "closed", "free for the next")
    away.rename(paper)
    person.until(lambda: clerk.day.printed.stat().st_size > len(before), "the receipt on paper")
    assert str(number).encode() in clerk.day.printed.read_bytes()[len(before) :]


def walked_out(clerk: Clerk, position: int) -> None:
    """The guest is gone, and so is the money."""
    person = clerk.person
    clerk.check_out(position)
    person.press("F12")
    person.dialog("Close without payment")
    person.put("Reason", "Ran")
    person.submit("Close without payment")
    clerk.until(position, lambda shown: shown.view.state == "closed", "closed unpaid")


def power_cut(clerk: Clerk, position: int) -> None:
    """The server dies in a call: when it is back, the guest sits where he sat, and owes what he talked up to then."""
    day, person = clerk.day, clerk.person
    clerk.open_booth(position, "Bad luck")
    clerk.talks(position, GERMANY)
    clerk.until(position, lambda shown: Decimal(shown.view.session.total) >= Decimal("1.8"), "three seconds of talk")
    web = str(day.appliance.ready["web"]).rpartition("/")[2]
    day.appliance.kill()
    person.sees("is away", seconds=6)  # three on a computer that does nothing else
    day.appliance.serve("--web", web, "--media", MEDIA)
    person.until(lambda: "is away" not in person.shown(), "the server back")
    clerk.until(position, lambda shown: shown.view.state == "open" and shown.view.call is None and shown.view.session.calls == 1, "as before")
    clerk.pay(clerk.check_out(position), Given_in_cash="50")


def refunded(clerk: Clerk, number: int) -> None:
    """By the receipt's number, with the supervisor."""
    person = clerk.person
    person.press("Ctrl+R")
    person.until(lambda: person.active().windowTitle().startswith("Receipts"), "the receipts")
    person.press("Ctrl+F")
    person.dialog("Find a receipt")
    person.put("Number", str(number))
    person.submit("Find a receipt")
    person.press("F6")
    person.dialog("Give money back")
    person.fill(Amount="0.50", Reason="It crackled")
    person.press("Return")
    clerk.approved()
    clerk.drawer -= Decimal("0.50")
    person.row("Refund", "0.50 EUR")


def shift_closed(clerk: Clerk) -> None:
    """Counted without being told what should be there; it agrees, and the Z report is stored."""
    person = clerk.person
    person.do("Booths", "Go to")
    person.until(lambda: person.active().windowTitle().startswith("Corner"), "the booths")
    person.press("Ctrl+Shift+S")
    person.dialog("Close the shift at Front")
    left = int(clerk.drawer * 100)
    for value in COINS:
        pieces, left = divmod(left, int(Decimal(value) * 100))
        if pieces:
            person.put(f"{value} EUR", str(pieces))
    person.sees(f"{clerk.drawer:.2f} EUR")
    person.reach("That is all")
    person.press("Space")
    person.sees("It agrees.")
    person.press("Space")
    person.sees("Z report 1")
    person.press("Space")
    person.dialog_gone("Close the shift at Front")
    person.sees("Open shift")


def agree(clerk: Clerk) -> None:
    """What was counted, receipts, ledger and what the carrier asks say the same to the micro."""
    appliance = clerk.day.appliance
    sums: dict[str, Decimal] = {}
    ledger = appliance.rows("ledger")
    for row in ledger:
        sums[row["account"]] = sums.get(row["account"], Decimal(0)) + Decimal(row["amount"])
    assert sum(sums.values()) == 0
    calls = [(row["destination"], row["billed_seconds"]) for row in appliance.cdrs()]
    assert [each for each in calls if each[0] == "Netherlands"] == [("Netherlands", 60)] * (3 + len(CROWD) - 1)
    assert ("Germany", TALK) in calls and ("Germany", LIMITED) in calls
    owed = {party: round(sum((prices[place] * seconds for place, seconds in calls), Decimal(0)), 6) for party, prices in PRICES.items()}
    assert sums["carrier:carrier"] == -sums["carrier_cost"] == owed["carrier"]
    assert sums["revenue"] == owed["shop"]
    assert Decimal(appliance.balance("corner")) == 500 - owed["shop"]
    receipts = appliance.do("till_receipts.list", {"shop": "Corner", "series": "receipt"})["receipts"]
    taken = sum(Decimal(each["total"]) for each in receipts if each["kind"] in ("sale", "refund"))
    assert taken == clerk.drawer - FLOAT - sums["shop_card:1/1"]
    assert sums["shop_cash:1/1"] == 0 and sums["shop_safe:1"] == FLOAT - clerk.drawer
    assert {name: amount for name, amount in sums.items() if name.startswith("guest:") and amount} == {}
    earned = sum((amount for name, amount in sums.items() if name.split(":")[0] in EARNED), Decimal(0))
    assert earned == taken
    assert sum(Decimal(row["amount"]) for row in ledger if row["kind"] == "booth" and row["account"] == "shop_sales:1") == owed["guests"]
    paper = clerk.printed(sum(1 for each in receipts if each["kind"] != "loss") + 1)  # each that a guest gets, and the Z report, once
    assert paper.startswith(b"\x1b@")
    appliance.verify()


def test_a_day(day: Day) -> None:
    day.appliance.serve("--media", MEDIA)
    person = day.person
    _console, window = signed_in(day, "mira")
    option_on(day)
    shop_set_up(day, window)
    person.go("Settings")
    person.do("Operators")
    person.until(lambda: person.active().windowTitle().startswith("Operators"), "the operators")
    codes = {login: operator_added(day, login, name, role) for login, name, role in PEOPLE}
    console, window = signed_in(day, "sam", codes["sam"])
    person.until(lambda: len(cards(window)) == BOOTHS, "the supervisor at the booths")
    pin_set(day)
    console.close()
    console, window = signed_in(day, "cleo", codes["cleo"])
    person.until(lambda: len(cards(window)) == BOOTHS, "the clerk at the booths")
    day.printed.parent.mkdir()
    clerk = Clerk(day, console, window)
    shift_opened(clerk)
    clerk.open_booth(2, "Deposit", str(DEPOSIT))
    cut = clerk.talks(2, GERMANY)
    person.press("F3")
    person.dialog(f"More money for {clerk.booth(2).view.name}")
    person.put("Amount", str(MORE))
    person.submit(f"More money for {clerk.booth(2).view.name}")
    clerk.drawer += MORE
    clerk.until(2, lambda shown: Decimal(shown.view.session.deposit) == DEPOSIT + MORE, "the deposit with more")
    clerk.open_booth(1, "Ana")
    ana = clerk.talks(1, GERMANY)
    clerk.until(1, lambda shown: Decimal(shown.view.session.total) > 1, "money of the running call")
    clerk.hangs_up(1, ana)
    clerk.open_booth(3, "Bo")
    clerk.hangs_up(3, clerk.talks(3, NETHERLANDS))
    moved(clerk, 3, 4)
    clerk.hangs_up(4, clerk.talks(4, NETHERLANDS))
    clerk.open_booth(5, "Ana's son")
    clerk.hangs_up(5, clerk.talks(5, NETHERLANDS))
    joined(clerk, 5, "Ana")
    goods_sold(clerk)
    crowd(clerk)
    number = discounted(clerk, 1)
    walked_out(clerk, 4)
    assert cut.wait("ended", 90)
    clerk.until(2, lambda shown: shown.view.call is None and shown.view.session.calls == 1, "cut off")
    assert Decimal(clerk.booth(2).view.session.total) == DEPOSIT + MORE
    without_paper(clerk, 2)
    crowd_pays(clerk)
    power_cut(clerk, 6)
    refunded(clerk, number)
    shift_closed(clerk)
    agree(clerk)

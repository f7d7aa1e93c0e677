"""Who serves guests in the story of a shop's day: the clerk at the booths, by the keys of the screen; used by `shop_day.py`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from appliance.demo_call import DemoCall
from appliance.demo_loop import AgentLoop
from appliance.gui.app import Console
from appliance.gui.main_window import MainWindow
from appliance.gui.screens.booths.booth_cards import BoothCard
from appliance.gui.screens.booths.booth_meter import Shown
from appliance.gui.screens.booths.checkout import Checkout
from appliance.gui.signed_in import SignedIn
from appliance.wire.bills import Quote
from tests.helpers.appliance import Appliance
from tests.helpers.baresip import Baresip
from tests.helpers.console import Person, spoken
from tests.helpers.phone import Phone

PIN = "2468"
HEAD = b"Corner Calls"


@dataclass
class Day:
    """What the parts of the story work on."""

    appliance: Appliance
    person: Person
    loop: AgentLoop
    folder: Path
    open_console: Callable[[], Console]
    phones: dict[int, Phone] = field(default_factory=dict)
    ears: dict[int, Baresip] = field(default_factory=dict)

    @property
    def printed(self) -> Path:
        """The file that the till's printer is."""
        return self.folder / "paper" / "receipts.bin"

    def phone(self, booth: int) -> Phone:
        """The phone of a booth, registered."""
        if booth not in self.phones:
            number = str(1000000 + booth)
            made = Phone(self.loop, ("127.0.0.1", self.appliance.sip_port), number, f"secret-{number}")
            assert made.register()
            self.phones[booth] = made
        return self.phones[booth]

    def baresip(self, booth: int) -> Baresip:
        """The phone of a booth where baresip stands; it registers by itself."""
        if booth not in self.ears:
            number = str(1000000 + booth)
            server = f"127.0.0.1:{self.appliance.sip_port}"
            self.ears[booth] = Baresip(self.folder / f"ears-{booth}", number=number, password=f"secret-{number}", server=server)
        return self.ears[booth]


def cards(window: MainWindow) -> dict[int, Shown]:
    """{number key: the booth as its card shows it}."""
    return {each.shown.view.position: each.shown for each in window.findChildren(BoothCard)}


class Clerk:
    """What the clerk does at the booths, by the keys of the screen."""

    def __init__(self, day: Day, console: Console, window: MainWindow) -> None:
        self.day, self.console, self.window, self.person = day, console, window, day.person
        self.paid = 0
        """The number of the latest receipt that was seen."""
        self.drawer = Decimal(0)
        """What should lie in the drawer, by what the clerk took and gave."""

    def printed(self, documents: int) -> bytes:
        """What is on paper, once so many documents are, and nothing waits for the printer."""
        signed, file = self.console.signed, self.day.printed
        assert isinstance(signed, SignedIn)
        try:
            self.person.until(
                lambda: file.exists() and file.read_bytes().count(HEAD) == documents and not signed.printing.waiting, f"{documents} printed"
            )
        except AssertionError as missed:
            missed.add_note(f"printed: {file.read_bytes().count(HEAD) if file.exists() else None}, waiting: {signed.printing.waiting}")
            raise
        return file.read_bytes()

    def booth(self, position: int) -> Shown:
        """A card."""
        return cards(self.window)[position]

    def until(self, position: int, condition: Callable[[Shown], Any], what: str) -> None:
        """Waits until a card shows it."""
        self.person.until(lambda: condition(self.booth(position)), f"booth {position}: {what}")

    def choose(self, position: int) -> None:
        """Its number key."""
        self.person.type(str(position))
        self.person.until(lambda: spoken(self.person.app.focusWidget()).startswith(f"{position} "), f"booth {position} chosen")

    def open_booth(self, position: int, note: str, deposit: str = "", limit: str = "") -> None:
        """F2: a guest comes, pays beforehand, or up to so much."""
        self.choose(position)
        self.person.press("F2")
        title = f"Open {self.booth(position).view.name}"
        self.person.dialog(title)
        self.person.type(note)
        if deposit:
            self.drawer += Decimal(deposit)
            self.person.fill(Pays="A deposit now", Deposit=deposit)
        if limit:
            self.person.fill(Money_limit=limit)
        self.person.submit(title)
        self.until(position, lambda shown: shown.view.state == "open", "open")

    def talks(self, position: int, number: str) -> DemoCall:
        """The guest dials and is answered; the card shows it."""
        call = self.dials(position, number)
        self.until(position, lambda shown: shown.view.call is not None and shown.view.call.answered_at is not None, "in a call")
        return call

    def dials(self, position: int, number: str) -> DemoCall:
        """The guest dials and is answered."""
        return self.day.phone(position).call_answered(number)

    def hangs_up(self, position: int, call: DemoCall) -> None:
        """The guest ends the call; it is on the bill."""
        before = self.booth(position).view.session
        assert before is not None
        call.hang_up()
        self.until(position, lambda shown: shown.view.call is None and shown.view.session.calls == before.calls + 1, "the call on the bill")

    def check_out(self, position: int) -> Checkout:
        """F4: the bill is there, and what is due."""
        self.choose(position)
        self.person.press("F4")
        return self.at_bill(self.booth(position).view.name)

    def at_bill(self, title: str) -> Checkout:
        """The checkout of that name, once the server has said what is due."""
        dialog = self.person.dialog(title)
        assert isinstance(dialog, Checkout)
        self.person.until(lambda: dialog.bill is not None and dialog.tender.quote is not None, "what is due")
        return dialog

    def pay(self, dialog: Checkout, **given: str) -> int:
        """Enter takes it; where there is change, Enter again. The receipt's number; what stays in the drawer is added up."""
        title = dialog.windowTitle()
        self.person.fill(**given)
        tendered = sum((Decimal(each) for each in given.values()), Decimal(0))

        def quoted() -> Quote | None:
            """What is to be paid, worked out from what was typed, not from what stood there before."""
            quote = dialog.tender.quote
            return quote if quote is not None and (not given or Decimal(quote.tendered) == tendered) and dialog.pay_button.isEnabled() else None

        quote = self.person.until(quoted, "enough is given")
        self.drawer += Decimal(quote.due) - Decimal(given.get("By_card", "0"))
        self.person.press("Return")
        if "Given_in_cash" in given:
            self.person.until(lambda: "Done" in self.person.shown(), "the change")
        else:
            self.person.dialog_gone(title)
        self.paid = self.person.until(self._newer_receipt, f"the number of a receipt after {self.paid}")
        if "Given_in_cash" in given:
            self.person.press("Return")
            self.person.dialog_gone(title)
        return self.paid

    def _newer_receipt(self) -> int | None:
        """The number that is shown, once it is not that of the guest before, whose message may still stand there."""
        found = re.findall(r"^Receipt (\d+)(?: is paid\.)?$", self.person.shown(), re.MULTILINE)
        return max((int(each) for each in found if int(each) > self.paid), default=None)

    def approved(self) -> None:
        """The supervisor comes and types the PIN."""
        self.person.dialog("A supervisor has to approve this")
        self.person.fill(PIN=PIN)
        self.person.submit("A supervisor has to approve this")

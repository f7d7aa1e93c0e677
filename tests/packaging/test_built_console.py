"""The owner's first week, told by keyboard to the built program: one start, an empty folder, real phones; screen, ledger and receipt agree."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.appliance import Appliance, free_port, sip_port, wait_for
from tests.helpers.console_outside import Bus, Outsider
from tests.helpers.keyboard import Keyboard
from tests.helpers.xvfb import Display
from tests.packaging.conftest import Built
from tests.stories import console_week as week
from tests.stories.conftest import Peers, peers  # noqa: F401

pytestmark = pytest.mark.needs("objdump", "Xvfb", "dbus-daemon", "sipp")
STARTS = """[sip]
listen = ["udp:127.0.0.1:{sip}", "tcp:127.0.0.1:{sip}"]
[web]
listen = "127.0.0.1:{web}"
"""


class StartedByHand(Appliance):
    """The server that plain `tollhouse` starts beside its console."""

    started = 0

    def kill(self) -> None:
        if self.started:
            os.kill(self.started, signal.SIGKILL)
            wait_for(lambda: not alive(self.started), 20, "the server gone")
            self.started = 0
        super().kill()


def alive(process: int) -> bool:
    """Whether it runs: one that has ended and that nobody asked for is a zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Program:
    """Plain `tollhouse` on a screen of its own, as a double click starts it."""

    def __init__(self, built: Built, folder: Path) -> None:
        self.appliance = StartedByHand(folder)
        self.appliance.data.mkdir()
        self.errors = folder / "console.err"
        self._program, self._folder = built.program, folder
        self._console: subprocess.Popen[bytes] | None = None

    def start(self, environment: dict[str, str]) -> None:
        """On an empty folder, save for the listeners."""
        web = free_port(socket.SOCK_STREAM)
        (self.appliance.data / "tollhouse.toml").write_text(STARTS.format(sip=self.appliance.sip_port, web=web))
        self.appliance.ready = {"web": f"http://127.0.0.1:{web}"}
        homes = {name: str(self._folder / "home") for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
        line = [str(self._program), "--data", str(self.appliance.data)]
        with self.errors.open("wb") as errors:
            self._console = subprocess.Popen(
                line, env={**environment, **homes, "LANG": "C.UTF-8"}, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors
            )
        self.appliance.started = wait_for(self._child, 30, "the server that the console starts")

    def _child(self) -> int:
        assert self._console is not None
        listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self._console.pid)], capture_output=True, text=True, check=False)
        return int(listed.stdout.split()[0]) if listed.stdout.strip() else 0

    def end(self) -> None:
        """The console, then the server, which outlives it."""
        if self._console is not None:
            self._console.terminate()
            self._console.wait(20)
        self.appliance.kill()


@pytest.fixture
def program(as_built: Built, tmp_path: Path) -> Iterator[Program]:
    one = Program(as_built, tmp_path)
    yield one
    one.end()
    one.appliance.assert_clean_log()
    assert "Traceback" not in one.errors.read_text(errors="replace")


@pytest.fixture
def person(program: Program, tmp_path: Path) -> Iterator[Outsider]:
    with Display() as display, Keyboard(display.name) as keyboard, Bus(tmp_path) as bus:
        environment = {name: value for name, value in display.environment.items() if name != "NO_AT_BRIDGE"}
        program.start({**environment, **bus.environment})
        yield Outsider(display, keyboard, bus, tmp_path / "pictures")
        program.end()


def signed_up(person: Outsider) -> None:
    """What the first window asks: whose business it is."""
    person.appears()
    person.sees("Name of the business")
    person.put("Name of the business", "Harbour Telecom")
    person.put("Country", "Netherlands")
    person.fill(Your_name="Mira Owner", User="mira", New_password=week.PASSWORD)
    person.press("Return")


def test_from_an_empty_folder_to_money_that_agrees(program: Program, person: Outsider, peers: Peers, tmp_path: Path) -> None:  # noqa: F811
    shop = week.Shop(program.appliance, person, peers, tmp_path, sip_port())
    deck = tmp_path / "carrier.csv"
    deck.write_text(week.DECK)
    signed_up(person)
    alice, password = week.set_up(shop, deck)
    week.first_call(shop, alice, password)
    bob = week.customer_added(person, "Bob", "Brink")
    week.customer_added(person, "Chandra", "Cole")
    for name, amount in (("Bob Brink", "20"), ("Chandra Cole", "12.50")):
        week.paid(person, name, amount, "0.00", f"{Decimal(amount):.2f}")
    week.changed_price(shop)
    week.disputed_call(shop, bob)
    week.refunded(shop)
    week.sub_reseller(shop)
    week.agree(shop, week.receipt(shop, "Chandra Cole"), ("Alice Anders", "Bob Brink", "Chandra Cole"))
    person.picture("the week is over")
    week.outage(shop, [None])

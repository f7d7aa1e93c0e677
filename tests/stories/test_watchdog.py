"""A server that hangs: its service manager hears no sign of life, ends it and starts it again; the call that ran is closed and charged."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers import sipp
from tests.helpers.appliance import ENVIRONMENT, Appliance, sip_port, wait_for
from tests.helpers.shop import customer, rate, shop
from tests.stories.conftest import Peers

pytestmark = pytest.mark.needs("sipp")
PATIENCE_SECONDS = 3.0
ALICE, DIALLED = "1000001", "4930123456"


class ServiceManager:
    """What systemd does for a service of Type=notify with WatchdogSec, WatchdogSignal=SIGKILL and Restart=on-failure."""

    def __init__(self, ear: socket.socket, appliance: Appliance) -> None:
        self._ear, self._appliance = ear, appliance
        self.restarts = 0

    def start(self) -> None:
        self._appliance.serve("--set", "calls.heartbeat_seconds=0.5")

    def watch(self, seconds: float) -> None:
        """For so long, or until it had to start the server again."""
        end = time.monotonic() + seconds
        heard = time.monotonic()
        while time.monotonic() < end:
            try:
                if b"WATCHDOG=1" in self._ear.recv(256):
                    heard = time.monotonic()
            except TimeoutError:
                pass
            if time.monotonic() - heard > PATIENCE_SECONDS:
                self._appliance.kill()
                self.restarts += 1
                self.start()
                return


@pytest.fixture
def manager(appliance: Appliance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServiceManager]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.settimeout(0.05)
        monkeypatch.setitem(ENVIRONMENT, "NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setitem(ENVIRONMENT, "WATCHDOG_USEC", str(int(PATIENCE_SECONDS * 1_000_000)))
        yield ServiceManager(ear, appliance)


def test_a_server_that_hangs_is_started_again_and_its_call_is_charged(appliance: Appliance, manager: ServiceManager, peers: Peers) -> None:
    trunk_port = sip_port()
    appliance.apply(shop(trunk_port, rates=[rate("49", "Germany", "0.4800")], customers=[customer("Alice", ALICE, balance="10.00")]))
    manager.start()
    carrier = peers.start("carrier", sipp.callee(), port=trunk_port)
    alice = peers.start("alice", sipp.caller_cut(60_000), remote=f"127.0.0.1:{appliance.sip_port}", users=[(ALICE, f"secret-{ALICE}", DIALLED)])
    wait_for(lambda: any(row["state"] == "answered" for row in appliance.rows("calls")), 20, "the call")
    manager.watch(PATIENCE_SECONDS * 1.5)
    assert manager.restarts == 0, "a server that lives is left alone"

    assert appliance.process is not None
    appliance.process.send_signal(signal.SIGSTOP)
    manager.watch(60)
    assert manager.restarts == 1
    alice.succeed()
    carrier.succeed()
    (row,) = appliance.cdrs()
    assert (row["cause"], row["ended_by"]) == ("crash", "server") and row["billed_seconds"] >= PATIENCE_SECONDS
    assert Decimal(row["charges"][0]["amount"]) == Decimal(row["billed_seconds"]) / 100  # 0.60 a minute
    assert Decimal(appliance.balance("alice")) == 10 - Decimal(row["charges"][0]["amount"])
    appliance.verify()
    assert appliance.stop() == 0

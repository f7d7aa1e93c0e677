"""What a service manager hears, over a datagram socket as systemd has one."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from appliance.server_notify import Notifier
from tests.helpers.appliance import ENVIRONMENT, Appliance


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.settimeout(20)
        yield ear


def heard(manager: socket.socket) -> list[str]:
    manager.setblocking(False)
    found = []
    while True:
        try:
            found.append(manager.recv(256).decode())
        except BlockingIOError:
            return found


def test_signs_of_life_come_from_the_reactor_alone(manager: socket.socket) -> None:
    clock = Clock()
    environment = {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid()), "HOME": "there"}
    notifier = Notifier(clock, environment)
    assert environment == {"HOME": "there"}, "children hear nothing of it"
    assert heard(manager) == []
    notifier.ready()
    assert heard(manager) == ["READY=1", "WATCHDOG=1"]
    assert heard(manager) == [], "a reactor that stands still says nothing"
    clock.pump([10.0, 10.0, 10.0])
    assert heard(manager) == ["WATCHDOG=1"] * 3
    notifier.stopping()
    clock.advance(10.0)
    assert heard(manager) == ["STOPPING=1", "WATCHDOG=1"]


def test_without_a_manager_or_a_watchdog_nothing_is_sent(manager: socket.socket) -> None:
    clock = Clock()
    for environment in ({}, {"WATCHDOG_USEC": "1000"}):
        Notifier(clock, dict(environment)).ready()
    assert heard(manager) == []
    other = {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}
    for environment in ({"NOTIFY_SOCKET": manager.getsockname()}, other):
        Notifier(clock, environment).ready()
    clock.pump([1.0] * 5)
    assert heard(manager) == ["READY=1"] * 2
    assert not clock.getDelayedCalls()


def test_a_manager_that_is_gone_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Notifier(Clock(), {"NOTIFY_SOCKET": str(tmp_path / "nobody")}).ready()
    assert "was not told READY=1" in caplog.text


def test_a_server_says_ready_lives_and_says_that_it_stops(manager: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENVIRONMENT, "NOTIFY_SOCKET", manager.getsockname())
    monkeypatch.setitem(ENVIRONMENT, "WATCHDOG_USEC", "600000")
    one = Appliance(tmp_path)
    one.serve()
    try:
        assert [manager.recv(256).decode() for _ in range(4)] == ["READY=1", *["WATCHDOG=1"] * 3]
        one.run("status", "--data", str(one.data))
        heard(manager)  # a socket that is full takes no more
        begun = time.monotonic()
        assert one.stop() == 0
        said = heard(manager)
        assert "STOPPING=1" in said and time.monotonic() - begun < 20
    finally:
        one.kill()
    one.assert_clean_log()

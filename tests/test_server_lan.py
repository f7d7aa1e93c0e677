"""The server tells the LAN where it is: as long as it can be reached from there and the setting says so, and no longer than it runs."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from appliance import server_lan
from appliance.clock import SteppedClock
from appliance.server_lan import Announcement, Offer, announce, reachable
from appliance.services.ground.access import folder_owner
from appliance.services.ground.settings import Settings
from appliance.services.services import Services
from appliance.store.store import Store
from appliance.wire.lan import LONGEST_NAME, SERVICE, LanServer, instance, server_of
from appliance.wire.settings import SettingsSet


class Lan:
    """Who announces what, in the place of the network."""

    def __init__(self) -> None:
        self.offers: list[Offer] = []
        self.fault: OSError | None = None

    def announce(self, offer: Offer) -> Callable[[], None]:
        if self.fault is not None:
            raise self.fault
        self.offers.append(offer)
        return lambda: self.offers.remove(offer)


class Threads:
    """Work for a thread waits until the test lets it be done."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Deferred[Any], Callable[[], Any]]] = []

    def defer(self, work: Callable[[], Any]) -> Deferred[Any]:
        done: Deferred[Any] = Deferred()
        self.waiting.append((done, work))
        return done

    def run(self) -> None:
        while self.waiting:
            done, work = self.waiting.pop(0)
            try:
                result = work()
            except OSError as error:
                done.errback(error)
            else:
                done.callback(result)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    clock = SteppedClock()
    with Store(tmp_path / "data", clock) as store:
        yield Services(store, clock, Settings(), lambda size: b"x" * size)


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> Threads:
    made = Threads()
    monkeypatch.setattr(server_lan, "deferToThread", made.defer)
    return made


def set_announce(services: Services, value: bool) -> None:
    services.nouns.configuration.set(folder_owner(), SettingsSet({"lan.announce": value}))


def test_it_follows_the_setting(services: Services, threads: Threads) -> None:
    lan = Lan()
    announcement = Announcement(services, "192.0.2.7", 8080, lan.announce)
    announcement.follow()
    threads.run()
    assert [(offer.host, offer.port) for offer in lan.offers] == [("192.0.2.7", 8080)] and announcement.announced
    set_announce(services, False)
    threads.run()
    assert lan.offers == [] and not announcement.announced
    set_announce(services, True)
    set_announce(services, False)
    threads.run()
    assert lan.offers == [], "the last word counts, also where it came while the first was being done"


def test_who_listens_on_loopback_alone_tells_nobody(services: Services, threads: Threads) -> None:
    lan = Lan()
    Announcement(services, "127.0.0.1", 8080, lan.announce).follow()
    assert not threads.waiting and reachable("0.0.0.0") and not reachable("::1")


def test_it_is_taken_back_at_the_end_even_when_it_was_just_begun(services: Services, threads: Threads) -> None:
    lan = Lan()
    announcement = Announcement(services, "0.0.0.0", 8080, lan.announce)
    announcement.follow()
    ended = announcement.stop()
    assert ended is not None and not ended.called
    threads.run()
    assert ended.called and lan.offers == [] and not announcement.announced


def test_a_machine_without_a_network_serves_all_the_same(services: Services, threads: Threads) -> None:
    lan = Lan()
    lan.fault = OSError("no multicast here")
    announcement = Announcement(services, "0.0.0.0", 8080, lan.announce)
    announcement.follow()
    threads.run()
    assert not announcement.announced
    lan.fault = None
    set_announce(services, True)
    threads.run()
    assert announcement.announced


def test_what_an_announcement_means() -> None:
    said = {b"scheme": b"https", b"version": b"1"}
    assert server_of(instance("Shop"), ["fe80::1", "192.0.2.7"], 8443, said) == LanServer("Shop", "https://192.0.2.7:8443")
    assert server_of(instance("Shop"), ["2001:db8::1"], 80, {}) == LanServer("Shop", "http://[2001:db8::1]:80")
    assert server_of(instance("Shop"), [], 80, {}) is None
    assert server_of(instance("Shop"), ["192.0.2.7"], None, {}) is None
    assert server_of(instance("Shop"), ["192.0.2.7"], 80, {b"scheme": b"javascript"}) is None
    assert server_of("Shop._http._tcp.local.", ["192.0.2.7"], 80, {}) is None
    odd = server_of(f"\x1b[31m\u202eShop.{SERVICE}", ["192.0.2.7"], 80, {})
    assert odd is not None and odd.name == "[31mShop"


@pytest.mark.parametrize("name", ["Büro " * 40, "a.b.c", "...", ""])
def test_names_fit_what_the_standard_bears(name: str) -> None:
    label = instance(name).removesuffix(f".{SERVICE}")
    assert 0 < len(label.encode()) <= LONGEST_NAME and "." not in label


def test_a_real_announcement_is_found_and_goes() -> None:
    """Over multicast on the loopback, with the library at both ends."""
    from zeroconf import ServiceBrowser, Zeroconf

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    came, gone = threading.Event(), threading.Event()

    class Listener:
        def add_service(self, line: Zeroconf, kind: str, name: str) -> None:
            info = line.get_service_info(kind, name, timeout=10_000)
            if info is not None and info.port == port:
                found = server_of(name, info.parsed_addresses(), info.port, info.properties)
                assert found is not None and found.url == f"http://127.0.0.1:{port}"
                came.set()

        def update_service(self, line: Zeroconf, kind: str, name: str) -> None:
            self.add_service(line, kind, name)

        def remove_service(self, line: Zeroconf, kind: str, name: str) -> None:
            gone.set()

    line = Zeroconf(interfaces=["127.0.0.1"])
    try:
        ServiceBrowser(line, SERVICE, Listener())  # type: ignore[no-untyped-call, arg-type]
        take_back = announce(Offer(f"test {port} {time.time_ns()}", "127.0.0.1", port))
        assert came.wait(20)
        take_back()
        assert gone.wait(20)
    finally:
        line.close()

"""What the router is taken for, by the answers of STUN servers on this computer that say what a router would."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from appliance import server_nat
from appliance.server_nat import OTHER_ADDRESS, nat_kind
from appliance.sip import stun

Place = tuple[str, int]


@contextmanager
def answering(mapped: Callable[[Place], Place], other: int = 0) -> Iterator[int]:
    """A STUN server; its port. `mapped` is what it claims to see; `other` the port it also answers at."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.bind(("127.0.0.1", 0))
        way.settimeout(0.05)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    data, place = way.recvfrom(2048)
                except OSError:
                    continue
                asked = stun.decode(data)
                assert asked is not None
                attributes = [(stun.XOR_MAPPED_ADDRESS, stun.address_value(*mapped(place), asked.transaction))]
                if other:
                    attributes.append((OTHER_ADDRESS, struct.pack(">BBH", 0, 1, other) + socket.inet_aton("127.0.0.1")))
                way.sendto(stun.encode(stun.SUCCESS, asked.transaction, tuple(attributes)), place)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield way.getsockname()[1]
        finally:
            over.set()
            thread.join()


def seen(port: int) -> Callable[[Place], Place]:
    return lambda place: ("203.0.113.9", port)


@pytest.mark.parametrize(("first", "second", "kind"), [(4000, 4000, "even"), (4000, 4001, "symmetric"), (4000, 0, "one")])
def test_two_addresses_tell_what_the_router_does(first: int, second: int, kind: str) -> None:
    with ExitStack() as open_now:
        other = open_now.enter_context(answering(seen(second))) if second else 0
        port = open_now.enter_context(answering(seen(first), other))
        assert nat_kind(f"127.0.0.1:{port}", os.urandom) == (kind, "203.0.113.9:4000")


def test_an_address_that_is_ours_is_no_router() -> None:
    with answering(lambda place: place) as port:
        kind, told = nat_kind(f"127.0.0.1:{port}", os.urandom)
    assert kind == "none" and told.startswith("127.0.0.1:")


def test_silence_and_names_that_lead_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_nat, "PATIENCE_SECONDS", 0.02)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        assert nat_kind(f"127.0.0.1:{silent.getsockname()[1]}", os.urandom) == ("unanswered", "")
    assert nat_kind("no such name:x", os.urandom) == ("unanswered", "")

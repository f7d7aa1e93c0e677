"""What the whole server does with each message of RFC 4475 and RFC 5118: from somebody whom nobody knows, and from a carrier.

The messages name hosts all over the world; nothing may ever be sent to one of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.sip.media_sdp import rewrite
from appliance.sip.message import parse
from tests.sip.fakes import FakePolicy
from tests.sip.simulation import Home, Phone, World
from tests.sip.test_torture import DATAGRAMS

STRANGER, CARRIER = ("198.51.100.7", 5099), ("10.0.0.9", 5090)
OURS = frozenset(("sip.example.test", "example.com", "example.net", "company.com", "example.org", "2001:db8::10", "192.0.2.3"))

#: What the sender hears, 0 for nothing; from a carrier -1 where the call goes on.
HEARS: dict[str, tuple[int, int]] = {
    # RFC 4475 3.1.1, valid messages
    "wsinv": (481, 481),  # it has a To tag
    "intmeth": (501, 501),
    "esc01": (407, -1),
    "escnull": (401, 401),
    "esc02": (501, 501),  # an escaped REGISTER is no REGISTER
    "lwsdisp": (200, 200),
    "longreq": (407, -1),
    "dblreq": (401, 401),  # once: what follows in a datagram is passed over
    "semiuri": (200, 200),
    "transports": (200, 200),
    "mpart01": (407, 405),
    "unreason": (0, 0),
    "noreason": (0, 0),
    # 3.1.2, invalid ones
    "badinv01": (407, -1),
    "clerr": (400, 400),
    "ncl": (400, 400),
    "scalar02": (400, 400),
    "scalarlg": (0, 0),  # a response
    "quotbal": (400, 400),
    "ltgtruri": (400, 400),
    "lwsruri": (400, 400),
    "lwsstart": (400, 400),
    "trws": (400, 400),
    "escruri": (407, -1),
    "baddate": (407, -1),  # a date that nobody here asks for
    "regbadct": (401, 401),
    "badaspec": (400, 400),
    "baddn": (400, 400),
    "badvers": (505, 505),
    "mismatch01": (400, 400),
    "mismatch02": (400, 400),
    "bigcode": (0, 0),  # a response
    # 3.2 to 3.4
    "badbranch": (200, 200),
    "insuf": (400, 400),
    "unkscm": (416, 416),
    "novelsc": (416, 416),
    "unksm2": (416, 416),
    "bext01": (420, 420),
    "invut": (407, -1),
    "regaut01": (401, 401),
    "multi01": (400, 400),
    "mcl01": (400, 400),
    "bcast": (0, 0),  # a response that is not for us
    "zeromf": (200, 200),  # for ourselves
    "cparam01": (401, 401),
    "cparam02": (401, 401),
    "regescrt": (401, 401),
    "sdp01": (407, -1),
    "inv2543": (403, -1),
    # RFC 5118
    "ipv6-good": (401, 401),
    "ipv6-bad": (400, 400),
    "port-ambiguous": (401, 401),
    "port-unambiguous": (401, 401),
    "via-received-param-with-delim": (481, 481),
    "via-received-param-no-delim": (481, 481),
    "ipv6-in-sdp": (407, -1),
    "mult-ip-in-header": (481, 481),
    "mult-ip-in-sdp": (407, -1),
    "ipv4-mapped-ipv6": (403, -1),
    "ipv6-bug-abnf-3-colons": (200, 200),
}


class AnyDomain(FakePolicy):
    """Most of the domains that the messages name are ours, so that they are looked into."""

    def domains(self) -> frozenset[str]:
        return OURS


def heard(name: str, source: tuple[str, int]) -> tuple[World, Home, list[bytes]]:
    world = World()
    home = Home(world, AnyDomain())
    Phone(world, *CARRIER, "carrier").silent = source == CARRIER
    home.receive((DATAGRAMS / f"{name}.dat").read_bytes(), source, world.now)
    world.run(2.5)
    assert {flow.host for flow, _ in home.sent} <= {source[0]}
    return world, home, [data for _, data in home.sent]


def statuses(sent: list[bytes]) -> set[int]:
    return {int(data.split(b" ", 2)[1]) for data in sent if data.startswith(b"SIP/2.0 ")}


@pytest.mark.parametrize("name", sorted(HEARS))
def test_from_a_stranger(name: str) -> None:
    world, home, sent = heard(name, STRANGER)
    wanted = HEARS[name][0]
    assert statuses(sent) == ({wanted} if wanted else set())
    assert not home.facts or wanted in (401, 407)
    world.run(200)
    assert home.leaks() == {}


@pytest.mark.parametrize("name", sorted(HEARS))
def test_from_a_carrier(name: str) -> None:
    world, home, sent = heard(name, CARRIER)
    wanted = HEARS[name][1]
    if wanted < 0:
        assert statuses(sent) == {100}
        going = next(data for data in sent if data.startswith(b"INVITE "))
        assert parse(going).max_forwards is not None
    else:
        assert statuses(sent) == ({wanted} if wanted else set())
    world.run(500)
    assert home.leaks() == {}


def test_every_datagram_is_here() -> None:
    assert {path.stem for path in Path(DATAGRAMS).glob("*.dat")} == set(HEARS)


def test_addresses_of_both_families_in_a_description() -> None:
    """RFC 5118 4.6 and 4.8: each line is told apart, and all of them lead to the relay."""
    for name, hosts in (("ipv6-in-sdp", ["2001:db8::20"] * 2), ("mult-ip-in-sdp", ["2001:db8::1", "192.0.2.1"])):
        found: list[tuple[str, int, int]] = []
        lines = found.append
        body = rewrite(parse((DATAGRAMS / f"{name}.dat").read_bytes()).body, "203.0.113.1", [20000, 20004], lambda _, line, to=lines: to(line))
        assert [host for host, _, _ in found] == hosts
        assert b"IP6" not in body and b"192.0.2.1" not in body and body.count(b"c=IN IP4 203.0.113.1") == len(set(hosts))

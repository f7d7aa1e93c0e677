"""RFC 3263 and RFC 2782 with a name server in a dictionary."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from appliance.sip.locate import MAX_PLACES, Location, Naptr, Place, Question, Record, Srv

Zone = Mapping[tuple[str, str], list[Record]]

HOSTS: dict[tuple[str, str], list[Record]] = {
    ("A", "sip1.example.com"): ["192.0.2.1"],
    ("A", "sip2.example.com"): ["192.0.2.2"],
    ("AAAA", "sip2.example.com"): ["2001:db8::2"],
    ("A", "example.com"): ["192.0.2.9"],
}
SRV: dict[tuple[str, str], list[Record]] = {
    ("SRV", "_sip._udp.example.com"): [Srv(20, 0, 5060, "sip2.example.com."), Srv(10, 0, 5070, "sip1.example.com")],
    ("SRV", "_sip._tcp.example.com"): [Srv(10, 0, 5060, "sip1.example.com")],
    ("SRV", "_sips._tcp.example.com"): [Srv(10, 0, 5061, "sip1.example.com")],
}
NAPTR: dict[tuple[str, str], list[Record]] = {
    ("NAPTR", "example.com"): [
        Naptr(50, 60, "s", "SIP+D2U", "_sip._udp.example.com."),
        Naptr(50, 50, "S", "SIPS+D2T", "_sips._tcp.example.com"),
        Naptr(40, 1, "u", "E2U+sip", ""),
    ]
}


def search(zone: Zone, host: str, port: int = 0, transport: str = "", *, secure: bool = False) -> tuple[list[Place], list[str]]:
    """The places, and the kinds of questions that were asked."""
    location = Location(host, port, transport, random.Random(1), secure)
    kinds: list[str] = []
    while not location.done:
        for question in location.questions():
            kinds.append(question.kind)
            location.answer(question, zone.get((question.kind, question.name), []))
    return location.places(), kinds


# Zone, host, port, transport, secure; the places.
CASES = [
    ({}, "192.0.2.5", 0, "", False, [("udp", "192.0.2.5", 5060)]),
    ({}, "192.0.2.5", 5080, "tcp", False, [("tcp", "192.0.2.5", 5080)]),
    ({}, "2001:db8::5", 0, "", True, [("tls", "2001:db8::5", 5061)]),
    (HOSTS, "example.com", 5080, "", False, [("udp", "192.0.2.9", 5080)]),
    (HOSTS, "Example.COM.", 0, "", False, [("udp", "192.0.2.9", 5060)]),
    (HOSTS, "example.com", 0, "tcp", False, [("tcp", "192.0.2.9", 5060)]),
    (HOSTS, "example.com", 0, "", True, [("tls", "192.0.2.9", 5061)]),
    (HOSTS | SRV, "example.com", 0, "udp", False, [("udp", "192.0.2.1", 5070), ("udp", "192.0.2.2", 5060), ("udp", "2001:db8::2", 5060)]),
    (
        HOSTS | SRV,
        "example.com",
        0,
        "",
        False,
        [
            ("udp", "192.0.2.1", 5070),
            ("udp", "192.0.2.2", 5060),
            ("udp", "2001:db8::2", 5060),
            ("tcp", "192.0.2.1", 5060),
            ("tls", "192.0.2.1", 5061),
        ],
    ),
    (
        HOSTS | SRV | NAPTR,
        "example.com",
        0,
        "",
        False,
        [("tls", "192.0.2.1", 5061), ("udp", "192.0.2.1", 5070), ("udp", "192.0.2.2", 5060), ("udp", "2001:db8::2", 5060)],
    ),
    (HOSTS | SRV | NAPTR, "example.com", 0, "", True, [("tls", "192.0.2.1", 5061)]),
    (HOSTS | {("SRV", "_sip._udp.example.com"): [Srv(0, 0, 0, ".")]}, "example.com", 0, "udp", False, []),
    ({}, "nowhere.example", 0, "", False, []),
    ({("SRV", "_sip._udp.a.example"): [Srv(1, 1, 5060, "192.0.2.77")]}, "a.example", 0, "udp", False, [("udp", "192.0.2.77", 5060)]),
]


@pytest.mark.parametrize(("zone", "host", "port", "transport", "secure", "places"), CASES)
def test_places(zone: Zone, host: str, port: int, transport: str, secure: bool, places: list[tuple[str, str, int]]) -> None:
    assert search(zone, host, port, transport, secure=secure)[0] == [Place(*place) for place in places]


def test_what_is_asked() -> None:
    assert search({}, "192.0.2.5")[1] == []
    assert search(HOSTS, "example.com", 5060)[1] == ["A", "AAAA"]
    assert search(HOSTS, "example.com", 0, "udp")[1] == ["SRV", "A", "AAAA"]
    assert search(HOSTS, "example.com")[1] == ["NAPTR", "SRV", "SRV", "SRV", "A", "AAAA"]


def test_weights_share_the_load() -> None:
    zone: Zone = {
        ("SRV", "_sip._udp.w.example"): [Srv(1, 75, 1, "192.0.2.1"), Srv(1, 25, 2, "192.0.2.2"), Srv(1, 0, 3, "192.0.2.3")],
    }
    rng = random.Random(3)
    first = {1: 0, 2: 0, 3: 0}
    for _ in range(2000):
        location = Location("w.example", 0, "udp", rng)
        (question,) = location.questions()
        location.answer(question, zone["SRV", "_sip._udp.w.example"])
        places = location.places()
        assert len(places) == 3
        first[places[0].port] += 1
    assert 1400 < first[1] < 1600
    assert 400 < first[2] < 600
    assert first[3] < 60


def test_answers_nobody_waits_for() -> None:
    location = Location("example.com", 5060, "", random.Random(1))
    location.answer(Question("A", "other.example"), ["192.0.2.66"])
    location.answer(Question("A", "example.com"), ["192.0.2.1"])
    location.answer(Question("A", "example.com"), ["192.0.2.66"])
    assert location.places() == [Place("udp", "192.0.2.1", 5060)]
    assert not location.done


def test_the_result_is_bounded() -> None:
    zone: Zone = {("A", "big.example"): [f"192.0.2.{n}" for n in range(200)]}
    assert len(search(zone, "big.example", 5060)[0]) == MAX_PLACES

"""Where answers and requests go, and who is behind NAT."""

from __future__ import annotations

import pytest

from appliance.sip import nat as nat_module
from appliance.sip.keep_alive import PING, KeepAlive
from appliance.sip.message import Request
from appliance.sip.nat import PRIVATE, Networks, address, is_natted, is_private, reply_flow, same_host, stamp, target_flow
from appliance.sip.policy import Binding, Flow
from appliance.sip.timers import Timers

PUBLIC = Flow("udp", 0, "198.51.100.7", 40123)
STREAM = Flow("tcp", 0, "198.51.100.7", 40123, 9)
SIX = Flow("udp", 0, "2001:db8::7", 40123)


def request(via: str, contact: str = "") -> Request:
    headers = [
        ("Via", via),
        ("From", "<sip:a@example.com>;tag=1"),
        ("To", "<sip:a@example.com>"),
        ("Call-ID", "c"),
        ("CSeq", "1 OPTIONS"),
    ]
    if contact:
        headers.append(("Contact", contact))
    return Request("OPTIONS", "sip:example.com", headers)


def via(sent_by: str, more: str = "") -> str:
    return f"SIP/2.0/UDP {sent_by};branch=z9hG4bK1{more}"


# Via's sent-by, more parameters, the flow; received, rport, and where the answer goes.
ANSWERS = [
    ("198.51.100.7:40123", "", PUBLIC, None, None, PUBLIC),
    ("198.51.100.7:5070", "", PUBLIC, None, None, PUBLIC._replace(port=5070)),
    ("198.51.100.7", "", PUBLIC, None, None, PUBLIC._replace(port=5060)),
    ("198.51.100.7", ";rport", PUBLIC, "198.51.100.7", 40123, PUBLIC),
    ("192.168.1.2", "", PUBLIC, "198.51.100.7", None, PUBLIC),
    ("192.168.1.2:5060", ";rport", PUBLIC, "198.51.100.7", 40123, PUBLIC),
    ("phone.example.com:5070", "", PUBLIC, "198.51.100.7", None, PUBLIC._replace(port=5070)),
    ("198.51.100.7", ";maddr=203.0.113.9", PUBLIC, "198.51.100.7", None, PUBLIC._replace(port=5060)),
    ("198.51.100.7", ";received=203.0.113.9", PUBLIC, "198.51.100.7", None, PUBLIC._replace(port=5060)),
    ("198.51.100.7:5070", "", STREAM, None, None, STREAM),
    ("[2001:db8:0::7]:5070", "", SIX, None, None, SIX._replace(port=5070)),
    ("[2001:db8::8]:5070", ";rport", SIX, "2001:db8::7", 40123, SIX),
    ("[::ffff:198.51.100.7]:40123", "", PUBLIC, None, None, PUBLIC),
]


@pytest.mark.parametrize(("sent_by", "more", "flow", "received", "rport", "reply"), ANSWERS)
def test_answers(sent_by: str, more: str, flow: Flow, received: str | None, rport: int | None, reply: Flow) -> None:
    message = request(via(sent_by, more))
    stamp(message, flow)
    again = request(message.get("Via") or "")
    assert (again.via.received, again.via.rport) == (received, rport)
    assert reply_flow(message, flow) == reply


# Via's sent-by, more, Contact, flow, behind NAT or not.
NATTED = [
    ("198.51.100.7:40123", "", "<sip:a@198.51.100.7:40123>", PUBLIC, False),
    ("192.168.1.2", "", "<sip:a@192.168.1.2>", PUBLIC, True),
    ("192.168.1.2", "", "", PUBLIC, True),
    ("198.51.100.7:40123", "", "<sip:a@192.168.1.2>", PUBLIC, True),
    ("198.51.100.7:40123", "", "<sip:a@203.0.113.5>", PUBLIC, False),
    ("198.51.100.7:5060", ";rport", "<sip:a@198.51.100.7:5060>", PUBLIC, True),
    ("198.51.100.7:5060", "", "<sip:a@198.51.100.7:5060>", PUBLIC, False),
    ("198.51.100.7:40123", ";rport", "<sip:a@198.51.100.7:5080>", PUBLIC, False),
    ("phone.example.com", "", "<sip:a@phone.example.com>", PUBLIC, False),
    ("df7jal23ls0d.invalid", ";rport", "<sip:a@df7jal23ls0d.invalid;transport=ws>", STREAM, True),
    ("198.51.100.7:5060", ";rport", "<sip:a@198.51.100.7:5060;transport=tcp>", STREAM, False),
    ("198.51.100.7:40123", "", "*", PUBLIC, False),
    ("198.51.100.7:40123", "", "<tel:+15551234>", PUBLIC, False),
    ("198.51.100.7:40123", "", ",", PUBLIC, False),
    ("[2001:db8::7]:40123", "", "<sip:a@[2001:db8::7]:40123>", SIX, False),
    ("[fd00::7]:40123", "", "<sip:a@[fd00::7]:40123>", SIX, True),
]


@pytest.mark.parametrize(("sent_by", "more", "contact", "flow", "natted"), NATTED)
def test_natted(sent_by: str, more: str, contact: str, flow: Flow, natted: bool) -> None:
    assert is_natted(request(via(sent_by, more), contact), flow) is natted


# Contact, flow, natted, where requests to it go.
TARGETS = [
    ("sip:a@198.51.100.7:5080", PUBLIC, False, PUBLIC._replace(port=5080)),
    ("sip:a@198.51.100.7", PUBLIC, False, PUBLIC._replace(port=5060)),
    ("sip:a@198.51.100.7:5080", PUBLIC, True, PUBLIC),
    ("sip:a@203.0.113.9:5080", PUBLIC, False, PUBLIC),
    ("sip:a@phone.example.com", PUBLIC, False, PUBLIC),
    ("sip:a@198.51.100.7:5080;transport=tcp", PUBLIC, False, PUBLIC),
    ("sip:a@198.51.100.7:5080;transport=tcp", STREAM, False, STREAM),
    ("mailto:a@example.com", PUBLIC, False, PUBLIC),
]


@pytest.mark.parametrize(("contact", "flow", "natted", "target"), TARGETS)
def test_targets(contact: str, flow: Flow, natted: bool, target: Flow) -> None:
    assert target_flow(contact, flow, natted) == target


def test_networks() -> None:
    local = Networks(["192.168.0.0/16", "2001:db8::/32", "203.0.113.5"])
    assert "192.168.9.9" in local
    assert "::ffff:192.168.9.9" in local
    assert "2001:db8::1%eth0" in local
    assert "203.0.113.5" in local
    assert "203.0.113.6" not in local
    assert "router.local" not in local
    assert "192.168.9.9" in local
    with pytest.raises(ValueError, match="tree"):
        Networks(["tree"])


def test_addresses() -> None:
    assert [is_private(host) for host in ("127.0.0.1", "10.1.1.1", "172.31.0.1", "100.64.1.1", "fe80::1%eth0", "::1")] == [True] * 6
    assert [is_private(host) for host in ("172.32.0.1", "8.8.8.8", "2001:db8::1", "localhost")] == [False] * 4
    assert address("example.com") is None
    assert same_host("2001:DB8::1", "2001:db8:0:0::1")
    assert same_host("Example.COM", "example.com")
    assert not same_host("example.com", "192.0.2.1")
    assert len(PRIVATE) == 9


class Held:
    """A policy that knows bindings."""

    def __init__(self) -> None:
        self.held: tuple[Binding, ...] = ()

    def bindings(self, endpoint: int) -> tuple[Binding, ...]:
        return self.held


class Middle:
    """Chance that always falls in the middle."""

    def getrandbits(self, k: int) -> int:
        return 1 << (k - 1)


def binding(flow: Flow, natted: bool = True) -> Binding:
    return Binding(1, "sip:a@192.168.1.2", flow, "c", 1, 1000.0, natted=natted)


def test_keep_alive_until_the_binding_is_gone() -> None:
    held, timers, sent = Held(), Timers(), []
    keep = KeepAlive(held, timers, lambda flow, data: sent.append((flow, data)), Middle())
    held.held = (binding(PUBLIC), binding(PUBLIC), binding(STREAM, natted=False))
    keep.watch(1, held.held, 0.0)
    keep.watch(1, held.held, 1.0)
    assert len(timers) == 1
    for _ in range(3):
        moment = timers.next()
        assert moment is not None
        timers.run(moment)
    assert sent == [(PUBLIC, PING)] * 3
    assert moment == pytest.approx(67.5)
    held.held = ()
    timers.run(200.0)
    assert len(sent) == 3
    assert len(keep) == len(timers) == 0
    held.held = (binding(STREAM),)
    keep.watch(1, held.held, 200.0)
    assert timers.next() == pytest.approx(299.0)


def test_nothing_is_sent_to_who_is_not_behind_nat() -> None:
    held, timers = Held(), Timers()
    keep = KeepAlive(held, timers, lambda flow, data: None, Middle())
    keep.watch(1, (binding(PUBLIC, natted=False),), 0.0)
    assert len(timers) == 0


def test_remembered_addresses_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nat_module, "MAX_REMEMBERED_ADDRESSES", 10)
    local = Networks(["10.0.0.0/8"])
    assert all(f"10.0.0.{n}" in local for n in range(50))
    assert len(local._known) <= 10

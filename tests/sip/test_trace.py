"""What is kept of a conversation, and how it is shown."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import pytest

from appliance.sip import trace as trace_module
from appliance.sip.message import Response, parse, response_to
from appliance.sip.policy import Flow
from appliance.sip.trace import Entry, Reason, Trace, call_id_of, knock_reason, ladder, pcap, reason, redacted, title
from tests.sip.simulation import shop
from tests.sip.virtual_network import request

PHONE = Flow("udp", 0, "192.0.2.1", 5060)
CARRIER = Flow("udp", 0, "203.0.113.1", 5060)
SIX = Flow("udp", 0, "2001:db8::1", 5060)


def invite(method: str = "INVITE") -> bytes:
    message = request(method)
    message.insert_first("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1")
    message.add("Authorization", 'Digest username="1", response="secret"')
    message.add("Content-Type", "application/sdp")
    message.body = b"v=0\r\na=crypto:1 AES inline:KEY\r\n"
    return message.encode()


def answer(status: int, method: str = "INVITE") -> bytes:
    message = request(method)
    message.insert_first("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1")
    response: Response = response_to(message, status, None, "t")
    return response.encode()


def test_a_call_joins_its_legs() -> None:
    trace = Trace()
    trace.add("a", PHONE, invite(), False, 1.0)
    trace.add("b", CARRIER, invite(), True, 1.1)
    trace.join(7, "a")
    trace.join(7, "b")
    trace.join(8, "b")
    trace.join(7, "unknown")
    trace.add("b", CARRIER, answer(200), False, 1.2)
    trace.add("a", PHONE, answer(200), True, 1.3)
    assert [entry.at for entry in trace.of_call(7)] == [1.0, 1.1, 1.2, 1.3]
    assert trace.of_call(8) == []
    assert len(trace.of_call_id("b")) == 2
    assert trace.of_call_id("c") == []
    trace.drop("a")
    trace.drop("a")
    assert [entry.flow for entry in trace.of_call(7)] == [CARRIER, CARRIER]
    trace.drop("b")
    assert (trace.of_call(7), trace.size, len(trace)) == ([], 0, 0)


# Spellings of the name as they stand on the wire.
@pytest.mark.parametrize("name", ["Call-ID: ", "Call-ID:", "Call-ID : ", "i: ", "i:", "i :", "I: ", "CALL-ID: ", "call-id:", "Call-Id: "])
def test_call_id_is_found_in_the_bytes(name: str) -> None:
    assert call_id_of(invite().replace(b"Call-ID: ", name.encode())) == "call@192.0.2.1"


def test_what_is_noted() -> None:
    trace = Trace()
    trace.note(PHONE, invite(), False, 0.0)
    trace.note(PHONE, invite("OPTIONS"), False, 0.0)
    trace.note(PHONE, b"\r\n\r\n", True, 0.0)
    trace.note(PHONE, b"garbage", False, 0.0)
    assert [entry.data for entry in trace.of_call_id("call@192.0.2.1")] == [invite()]
    assert len(trace) == 1


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = Trace(3)
    for n in range(10):
        trace.add(str(n), PHONE, b"x" * 100, False, float(n))
        trace.join(n, str(n))
    assert (len(trace), trace.size) == (3, 300)
    assert trace.of_call(6) == []
    assert len(trace.of_call(7)) == 1
    monkeypatch.setattr(trace_module, "MAX_BYTES", 250)
    trace.add("9", PHONE, b"x", False, 10.0)
    assert trace.size == 201
    monkeypatch.setattr(trace_module, "MAX_MESSAGES", 2)
    trace.add("9", PHONE, b"x", False, 11.0)
    assert trace.size == 201


def test_whoever_knocks_pushes_no_call_out(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = Trace(3)
    for n in range(2):
        trace.add(str(n), PHONE, invite(), False, float(n))
        trace.join(n, str(n))
    for n in range(100):
        trace.add(f"k{n}", PHONE, invite("REGISTER"), False, 10.0 + n)
    assert len(trace) == 5 and [len(trace.of_call(n)) for n in range(2)] == [1, 1]
    assert [each.entries[0].at for each in trace.knocks()] == [109.0, 108.0, 107.0]
    monkeypatch.setattr(trace_module, "MAX_BYTES", trace.size)
    trace.add("big", PHONE, invite("REGISTER") * 3, False, 200.0)
    assert [len(trace.of_call(n)) for n in range(2)] == [1, 1] and [each.entries[0].at for each in trace.knocks()] == [200.0]
    trace.add("big", PHONE, invite() * 2, False, 201.0)
    assert not trace.of_call(0), "then the oldest call goes"
    trace.forget(150.0)
    assert len(trace) == 1
    trace.forget(300.0)
    assert (len(trace), trace.size) == (0, 0)


def test_nothing_is_kept_where_nothing_is_wanted() -> None:
    trace = Trace(0)
    trace.add("a", PHONE, b"x", False, 0.0)
    assert len(trace) == 0


def test_secrets_are_taken_out() -> None:
    shown = redacted(invite())
    assert b"secret" not in shown
    assert b"KEY" not in shown
    assert b"Authorization: (taken out)" in shown
    assert b"Call-ID: call@192.0.2.1" in shown
    assert parse(shown).body == b"v=0\r\na=crypto: (taken out)\r\n"  # Content-Length says so


def test_titles() -> None:
    assert title(invite()) == "INVITE (SDP)"
    assert title(answer(404)) == "404 Not Found"


def test_ladder() -> None:
    entries = [Entry(1.0, False, PHONE, invite()), Entry(1.25, True, PHONE, answer(404))]
    lines = ladder(entries).split("\n")
    assert lines[0] == "    0.000  udp:192.0.2.1:5060 ---> tollhouse  INVITE (SDP)"
    assert lines[1] == "    0.250  udp:192.0.2.1:5060 <--- tollhouse  404 Not Found"
    assert "secret" not in "\n".join(lines)
    assert ladder([]) == ""


# Messages as (sent by us, peer, bytes), and the reason.
REASONS = [
    ([], Reason("nothing")),
    ([(False, PHONE, b"garbage")], Reason("nothing")),
    ([(False, PHONE, invite()), (True, PHONE, answer(200))], Reason("answered", "192.0.2.1:5060")),
    ([(False, PHONE, invite()), (True, PHONE, answer(407)), (True, PHONE, answer(403))], Reason("refused_here", "192.0.2.1:5060", 403, "Forbidden")),
    (
        [(False, PHONE, invite()), (True, CARRIER, invite()), (False, CARRIER, answer(486)), (True, PHONE, answer(486))],
        Reason("refused", "203.0.113.1:5060", 486, "Busy Here"),
    ),
    ([(False, PHONE, invite()), (True, CARRIER, invite()), (True, PHONE, answer(503))], Reason("no_reply", "203.0.113.1:5060")),
    (
        [
            (False, PHONE, invite()),
            (True, CARRIER, invite()),
            (False, CARRIER, answer(180)),
            (False, PHONE, invite("CANCEL")),
            (True, PHONE, answer(487)),
        ],
        Reason("cancelled", "192.0.2.1:5060"),
    ),
    (
        [(False, SIX, invite("REGISTER")), (True, SIX, answer(423, "REGISTER"))],
        Reason("refused_here", "[2001:db8::1]:5060", 423, "Interval Too Brief"),
    ),
    # It rang, and we gave up; a call that nobody made to us is answered by its callee; a far side that answered late did not save the caller.
    (
        [(False, PHONE, invite()), (True, CARRIER, invite()), (False, CARRIER, answer(180)), (True, PHONE, answer(480))],
        Reason("rang_out", "203.0.113.1:5060"),
    ),
    (
        [(False, PHONE, invite()), (True, CARRIER, invite()), (False, CARRIER, answer(180)), (True, PHONE, answer(402))],
        Reason("refused_here", "192.0.2.1:5060", 402, "Payment Required"),
    ),
    ([(True, CARRIER, invite()), (False, CARRIER, answer(180)), (False, CARRIER, answer(200))], Reason("answered", "203.0.113.1:5060")),
    (
        [(False, PHONE, invite()), (True, CARRIER, invite()), (False, CARRIER, answer(200)), (True, PHONE, answer(500))],
        Reason("refused_here", "192.0.2.1:5060", 500, "Server Internal Error"),
    ),
]


@pytest.mark.parametrize(("messages", "expected"), REASONS)
def test_reasons(messages: list[tuple[bool, Flow, bytes]], expected: Reason) -> None:
    assert reason(Entry(float(n), *message) for n, message in enumerate(messages)) == expected


def knock(*messages: tuple[bool, Flow, bytes], verdict: str = "") -> str:
    """What is said of somebody who did not get in."""
    trace = Trace()
    for n, (sent, flow, data) in enumerate(messages):
        trace.add("k", flow, data, sent, float(n))
    if verdict:
        trace.judge("k", verdict)
    return knock_reason(trace.knocks()[0]).code


def bare(method: str) -> bytes:
    """Without credentials."""
    lines = invite(method).split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.startswith(b"Authorization"))


def test_who_did_not_get_in() -> None:
    register, refusal = invite("REGISTER"), answer(401, "REGISTER")
    assert knock((False, PHONE, register), (True, PHONE, refusal), verdict="password") == "password"
    assert knock((False, PHONE, bare("REGISTER")), (True, PHONE, refusal)) == "challenge"
    assert knock((False, PHONE, bare("REGISTER")), (True, PHONE, refusal), (False, PHONE, register), (True, PHONE, refusal)) == "realm"
    assert knock((False, PHONE, register), (True, PHONE, answer(403, "REGISTER"))) == "refused_here"
    assert knock((False, PHONE, register), (True, PHONE, refusal), (False, PHONE, register)) == "unanswered"


def test_knocks_are_numbered_newest_first_and_calls_and_our_own_are_none() -> None:
    trace = Trace()
    for n, (sent, method) in enumerate([(False, "REGISTER"), (True, "REGISTER"), (False, "INVITE"), (False, "INVITE"), (False, "MESSAGE")]):
        trace.add(str(n), PHONE, invite(method), sent, float(n))
    trace.join(9, "3")
    trace.judge("gone", "password")
    assert [(each.number, each.entries[0].at) for each in trace.knocks()] == [(3, 2.0), (1, 0.0)]


def sums_up(data: bytes) -> bool:
    """RFC 1071: with its checksum in place everything adds up to ones."""
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total == 0xFFFF


@pytest.mark.parametrize(
    ("flow", "here", "version", "header"),
    [
        (PHONE, "192.0.2.9", 4, 20),
        (PHONE, "0.0.0.0", 4, 20),
        (PHONE, "", 4, 20),
        (SIX, "2001:db8::2", 6, 40),
        (SIX, "::", 6, 40),
        (SIX, "0.0.0.0", 6, 40),
    ],
)
def test_pcap(flow: Flow, here: str, version: int, header: int) -> None:
    data = pcap([Entry(1.5, False, flow, invite()), Entry(2.0, True, flow, answer(200))], lambda _: (here, 5060), 1_000_000_000.0)
    magic, *_, link = struct.unpack("<IHHiIII", data[:24])
    assert (magic, link) == (0xA1B2C3D4, 101)
    seconds, micros, size, whole = struct.unpack("<IIII", data[24:40])
    assert (seconds, micros, size) == (1_000_000_001, 500_000, whole)
    packet = data[40 : 40 + size]
    assert packet[0] >> 4 == version
    assert struct.unpack("!H", packet[header : header + 2])[0] == 5060
    assert packet[header + 8 :].startswith(b"INVITE")
    assert version == 6 or sums_up(packet[:20])
    length = len(packet) - header
    ends = packet[8:40] if version == 6 else packet[12:20]
    assert sums_up(ends + struct.pack("!HH", 17, length) + packet[header:])
    assert b"secret" not in data


@pytest.mark.needs("tshark")
def test_a_capture_that_wireshark_reads(tmp_path: Path) -> None:
    """A whole call through the engine with its challenge and its carrier, and messages over IPv6 and TCP: each is SIP to it, and none is faulty."""
    world, home, alice, _, _ = shop()
    call = alice.call("312")
    world.run(1)
    call.bye()
    world.run(1)
    entries = home.engine.trace.of_call(home.answered.call)
    entries += [Entry(2000.0, False, SIX, invite()), Entry(2000.1, True, SIX._replace(transport="tcp"), answer(200))]
    file = tmp_path / "call.pcap"
    file.write_bytes(pcap(entries, lambda flow: ("::" if ":" in flow.host else "10.0.0.1", 5060), 1_700_000_000.0))
    line = ["tshark", "-n", "-r", str(file), "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-T", "fields", "-E", "separator=|"]
    for name in ("_ws.col.Protocol", "sip.Method", "sip.Status-Code", "udp.checksum.status", "ip.checksum.status", "_ws.expert.severity"):
        line += ["-e", name]
    said = subprocess.run(line, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    rows = [row.split("|") for row in said]
    assert len(rows) == len(entries) >= 14
    for entry, (protocol, method, status, udp, ip, severity) in zip(entries, rows, strict=True):
        start = entry.data.split(b" ")
        assert protocol.startswith("SIP") and (status or method) == (start[1] if start[0] == b"SIP/2.0" else start[0]).decode()
        assert udp == "1" and ip in ("1", "") and "8388608" not in severity  # PI_ERROR


def test_what_is_older_than_it_may_be_is_forgotten() -> None:
    trace = Trace()
    for number in range(4):
        trace.add(f"id-{number}", PHONE, invite(), False, float(number))
        trace.join(number, f"id-{number}")
    trace.add("id-0", PHONE, answer(200), True, 3.5)
    trace.forget(2.0)
    assert [f"id-{number}" in trace for number in range(4)] == [False, False, True, True]
    assert trace.of_call(0) == [] and trace.of_call(2) and trace.size == 2 * len(invite())
    trace.forget(99.0)
    assert len(trace) == 0 and trace.size == 0

"""The public address of a server behind a router: STUN bytes, and what is believed when."""

from __future__ import annotations

import random

import pytest
from twisted.internet.defer import succeed
from twisted.internet.task import Clock

from appliance.sip import stun
from appliance.sip.locate import Question
from appliance.sip.policy import ListenerAddress
from appliance.sip.public_address import PublicAddress, PublicAddressWatch, PublicSettings, split_host_port

TRANSACTION = bytes(range(12))


def listeners() -> list[ListenerAddress]:
    return [ListenerAddress("udp", "192.168.1.10", 5060), ListenerAddress("tcp", "192.168.1.10", 5060), ListenerAddress("udp", "127.0.0.1", 6060)]


def made(text: str, ours: list[ListenerAddress]) -> PublicAddress:
    return PublicAddress(ours, PublicSettings.of(text), random.Random(1), 100.0)


def faces(ours: list[ListenerAddress]) -> list[tuple[str, int]]:
    return [(one.public_host, one.public_port) for one in ours]


def success(request: bytes, host: str, port: int) -> bytes:
    transaction = request[8:20]
    return stun.encode(stun.SUCCESS, transaction, ((stun.XOR_MAPPED_ADDRESS, stun.address_value(host, port, transaction)),))


def test_the_vectors_of_rfc_5769() -> None:
    transaction = bytes.fromhex("b7e7a701bc34d686fa87dfae")
    four = stun.StunMessage(stun.SUCCESS, transaction, ((stun.XOR_MAPPED_ADDRESS, bytes.fromhex("0001a147e112a643")),))
    assert stun.mapped_address(four) == ("192.0.2.1", 32853)
    six = bytes.fromhex("0002a1470113a9faa5d3f179bc25f4b5bed2b9d9")
    assert stun.mapped_address(stun.StunMessage(stun.SUCCESS, transaction, ((stun.XOR_MAPPED_ADDRESS, six),))) == (
        "2001:db8:1234:5678:11:2233:4455:6677", 32853)  # fmt: skip
    assert stun.address_value("192.0.2.1", 32853, transaction).hex() == "0001a147e112a643"
    assert stun.address_value("2001:db8:1234:5678:11:2233:4455:6677", 32853, transaction) == six


def test_a_binding_request_is_answered_and_nothing_else_is() -> None:
    reply = stun.answer(stun.encode(stun.REQUEST, TRANSACTION, fingerprint=True), "203.0.113.9", 4711)
    assert reply is not None
    message = stun.decode(reply)
    assert message is not None and message.kind == stun.SUCCESS and stun.mapped_address(message) == ("203.0.113.9", 4711)
    assert message.attributes[-1][0] == stun.FINGERPRINT and reply == stun.encode(stun.SUCCESS, TRANSACTION, message.attributes[:1], True)
    refused = stun.answer(stun.encode(stun.REQUEST, TRANSACTION, ((0x7FF0, b"abc"),)), "203.0.113.9", 1)
    assert refused is not None and stun.decode(refused) == stun.StunMessage(
        stun.ERROR, TRANSACTION, ((stun.ERROR_CODE, b"\0\0\4\x14Unknown Attribute"), (stun.UNKNOWN_ATTRIBUTES, b"\x7f\xf0")))  # fmt: skip
    request = stun.encode(stun.REQUEST, TRANSACTION)
    for bad in (b"", b"INVITE sip:a SIP/2.0\r\n\r\n", success(request, "1.2.3.4", 1), request + b"abcd"):
        assert stun.answer(bad, "203.0.113.9", 1) is None


def test_a_typed_address_counts_at_once_and_not_for_loopback() -> None:
    ours = listeners()
    state = made("203.0.113.5", ours)
    assert state.take_change() and not state.take_change()
    assert faces(ours) == [("203.0.113.5", 0), ("203.0.113.5", 0), ("", 0)]
    assert state.next_timeout() is None and not state.doubtful(1e9)
    state.received(0, "198.51.100.1", 5060, 101)
    assert not state.take_change()


def test_a_name_is_looked_up_again_and_a_change_is_seen_within_a_minute() -> None:
    ours = listeners()
    state = made("shop.example.test:6060", ours)
    assert state.next_timeout() == 100.0 and state.doubtful(100)
    state.handle_timeout(100.0)
    assert state.questions() == ["shop.example.test"]
    state.named("shop.example.test", ["203.0.113.5"], 100.2)
    assert state.take_change() and faces(ours)[0] == ("203.0.113.5", 6060)
    due = state.next_timeout()
    assert due is not None and due <= 160
    state.handle_timeout(due)
    assert state.questions() == ["shop.example.test"]
    state.named("shop.example.test", [], due)  # nobody answers: what was known stays
    assert not state.take_change()
    state.named("shop.example.test", ["203.0.113.77"], due)
    assert state.take_change() and faces(ours)[1] == ("203.0.113.77", 6060)


def test_stun_is_asked_from_each_udp_port_and_believed_from_the_server_alone() -> None:
    ours = listeners()
    state = made("stun:198.51.100.2:3479", ours)
    state.handle_timeout(100.0)
    [(place, request, host, port)] = state.packets()
    assert (place, host, port) == (0, "198.51.100.2", 3479)
    forged = success(request, "203.0.113.66", 5060)
    assert state.receive(forged, 0, "203.0.113.66", 3479, 100.1) is None and not state.take_change()
    assert state.receive(success(stun.encode(stun.REQUEST, TRANSACTION), "203.0.113.66", 1), 0, host, port, 100.1) is None
    assert not state.take_change()
    state.receive(success(request, "203.0.113.5", 41000), 0, host, port, 100.1)
    assert state.take_change() and faces(ours) == [("203.0.113.5", 41000), ("203.0.113.5", 0), ("", 0)]
    due = state.next_timeout()
    assert due is not None and 100 < due <= 160
    state.handle_timeout(due)
    [(_, again, _, _)] = state.packets()
    assert again[8:20] != request[8:20]
    state.receive(success(again, "203.0.113.5", 41000), 0, host, port, due)
    assert not state.take_change()


def test_an_unanswered_request_is_sent_again_and_then_rests() -> None:
    state = made("stun:198.51.100.2", listeners())
    sent = []
    for _ in range(6):
        due = state.next_timeout()
        assert due is not None
        state.handle_timeout(due)
        sent += [(due, data) for _, data, _, _ in state.packets()]
    assert [when for when, _ in sent] == [100.0, 100.5, 101.5, 103.5, 132.5]
    assert len({data for _, data in sent[:4]}) == 1 and sent[4][1] != sent[0][1]


def test_a_trunk_that_tells_where_we_come_from_is_believed_where_nothing_else_is_known() -> None:
    ours = listeners()
    state = made("", ours)
    state.received(0, "192.168.1.10", 5060, 101)  # a trunk on the same network learns nothing new
    assert not state.take_change()
    state.received(0, "198.51.100.7", 5060, 102)
    assert state.take_change() and faces(ours) == [("198.51.100.7", 0), ("198.51.100.7", 0), ("", 0)]
    state.received(0, "not an address", 5060, 103)
    assert not state.take_change()


def test_a_server_with_the_public_address_itself_has_no_other_face() -> None:
    ours = [ListenerAddress("udp", "203.0.113.5", 5060)]
    made("203.0.113.5", ours)
    assert faces(ours) == [("", 0)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("a", ("a", 9)), ("a:1", ("a", 1)), ("[::1]", ("::1", 9)), ("[::1]:2", ("::1", 2)), ("2001:db8::1", ("2001:db8::1", 9))],
)
def test_host_and_port(text: str, wanted: tuple[str, int]) -> None:
    assert split_host_port(text, 9) == wanted


def test_a_bad_port_is_refused() -> None:
    with pytest.raises(ValueError):
        PublicSettings.of("stun:server:port")


def test_the_watch_asks_answers_and_tells_of_a_change() -> None:
    clock, ours = Clock(), listeners()
    sent: list[tuple[int, bytes, str, int]] = []
    asked: list[Question] = []
    changes: list[tuple[str, int]] = []

    def resolve(question: Question) -> object:
        asked.append(question)
        return succeed(["198.51.100.2"] if question.kind == "A" else [])

    state = PublicAddress(ours, PublicSettings.of("stun:stun.example.test"), random.Random(1), 0.0)
    watch = PublicAddressWatch(clock, state, resolve, lambda: changes.append(faces(ours)[0]))
    watch.start(lambda *packet: sent.append(packet))
    clock.pump([1.0])
    assert asked[0] == Question("A", "stun.example.test") and sent[0][2:] == ("198.51.100.2", 3478)
    assert watch.stun(success(sent[0][1], "203.0.113.5", 5060), 0, "198.51.100.2", 3478) is None
    assert changes == [("203.0.113.5", 0)]
    clock.pump([1.0] * 59)
    assert watch.stun(success(sent[-1][1], "203.0.113.6", 5060), 0, "198.51.100.2", 3478) is None
    assert changes == [("203.0.113.5", 0), ("203.0.113.6", 0)] and len(asked) > 2
    assert watch.stun(stun.encode(stun.REQUEST, TRANSACTION), 0, "192.168.1.50", 5060) is not None
    watch.stop()
    assert clock.getDelayedCalls() == []

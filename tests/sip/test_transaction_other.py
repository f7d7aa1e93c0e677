"""Non-INVITE transactions, merged requests, failures of the transport, limits (RFC 3261 17, 8.2.2.2, RFC 4320)."""

from __future__ import annotations

import pytest

from appliance.sip import transaction as layer_module
from appliance.sip.grammar import LocalProtocolError, RemoteProtocolError
from appliance.sip.message import Request, parse, response_to
from appliance.sip.policy import Flow
from appliance.sip.transaction import GIVE_UP, T4
from tests.sip.virtual_network import Network, request


def answering(status: int):
    return lambda transaction, now: transaction.reply(status, now)


def test_answered() -> None:
    network = Network()
    network.bob.answer = answering(200)
    network.ask()
    network.run(1.0)
    assert network.alice.responses == [200]
    assert len(network.alice.layer) == len(network.bob.layer) == 1
    network.run(T4 + 1)
    assert len(network.alice.layer) == 0
    network.run(100.0)
    network.assert_empty()


def test_timer_e_doubles_up_to_t2_and_timer_f_gives_up() -> None:
    network = Network(loss=1.0)
    network.ask()
    network.run(100.0)
    assert network.alice.messages("OPTIONS") == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert network.alice.timeouts == [GIVE_UP]
    network.assert_empty()


def test_after_a_provisional_response_timer_e_is_t2() -> None:
    network = Network()
    network.bob.answer = answering(100)
    network.ask()
    network.run(10.0)
    assert network.alice.messages("OPTIONS") == [0, 0.5, 4.5, 8.5]
    network.run(100.0)
    network.assert_empty()


def test_copies_get_the_same_answer() -> None:
    network = Network()
    network.bob.answer = answering(200)
    network.drop = lambda data: data.startswith(b"SIP") and network.now < 3
    network.ask()
    network.run(10.0)
    assert len(network.bob.requests) == 1
    assert network.alice.responses == [200]
    assert len({data for _, data in network.bob.sent}) == 1


def test_no_provisional_response_but_100() -> None:
    network = Network()
    network.ask()
    network.run(0.1)
    with pytest.raises(LocalProtocolError):
        network.bob.requests[0].reply(180, network.now)


def test_408_is_silence() -> None:
    network = Network()
    network.bob.answer = answering(408)
    network.ask()
    network.run(1.0)
    assert network.bob.sent == []


def test_an_unanswered_request_does_not_stay() -> None:
    network = Network()
    network.ask()
    network.run(100.0)
    network.assert_empty()


def test_streams_linger_nowhere() -> None:
    network = Network()
    network.transport = "tls"
    network.bob.answer = answering(200)
    network.ask()
    network.run(1.0)
    network.assert_empty()


def test_a_lost_connection_fails_what_was_asked_over_it() -> None:
    network = Network(loss=1.0)
    network.transport = "tcp"
    network.ask()
    network.invite()
    network.alice.layer.transport_failed(Flow("tcp", 0, "192.0.2.2", 5060, 2), 1.0)
    assert network.alice.errors == []
    network.alice.layer.transport_failed(network.flow_to(network.bob), 1.0)
    assert network.alice.errors == [1.0, 1.0]
    network.assert_empty()


def test_a_request_that_comes_two_ways_is_482() -> None:
    network = Network()
    network.bob.answer = answering(180)
    network.invite()
    network.invite()  # the same From tag, Call-ID and CSeq, another branch
    network.run(0.1)
    assert network.alice.responses == [180, 482]
    assert len(network.bob.requests) == 1


def test_an_answered_request_that_comes_another_way_is_482() -> None:
    """Of a request that was answered only the answer is kept: that is enough to know its copies by, for half a minute."""
    network = Network()
    network.bob.answer = answering(200)
    network.ask("MESSAGE")
    network.run(1.0)
    network.ask("MESSAGE")
    network.run(GIVE_UP - 1.0)
    assert network.alice.responses == [200, 482]
    assert len(network.bob.layer) == 1
    network.run(GIVE_UP + 5.0)
    network.ask("MESSAGE")
    network.run(GIVE_UP + 6.0)
    assert network.alice.responses == [200, 482, 200]
    network.run(200.0)
    network.assert_empty()


@pytest.mark.parametrize("status", [401, 407])
def test_a_challenged_request_under_the_same_number_is_new(status: int) -> None:
    network = Network()
    network.bob.answer = answering(status)
    network.invite()
    network.run(0.1)
    network.bob.answer = answering(486)
    network.invite()
    network.run(0.2)
    assert network.alice.responses == [status, 486]


def test_a_request_in_a_dialog_is_never_merged() -> None:
    network = Network()
    network.bob.answer = answering(200)
    for _ in range(2):
        network.alice.layer.request(request("INFO", to_tag="x"), network.flow_to(network.bob), 0.0, network.alice)
    network.run(1.0)
    assert network.alice.responses == [200, 200]


def test_a_full_table_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_module, "MAX_SERVER_TRANSACTIONS", 1)
    network = Network()
    network.bob.answer = answering(200)
    network.ask()
    network.ask("MESSAGE")
    network.run(0.1)
    assert network.alice.responses == [200, 503]
    assert network.alice.finals[1].get("Retry-After") == "10"


def test_a_full_table_of_ours_is_a_transport_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_module, "MAX_CLIENT_TRANSACTIONS", 0)
    network = Network()
    network.ask()
    assert network.alice.errors == []
    network.run(0.0)
    assert network.alice.errors == [0.0]
    network.assert_empty()


def test_a_response_with_another_via_is_dropped() -> None:
    network = Network()
    network.ask()
    network.run(0.1)
    response = network.bob.requests[0].reply(200, network.now)
    response.add("Via", "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1")
    network.alice.layer.receive(parse(response.encode()), network.flow_to(network.bob), network.now)
    assert network.alice.responses == []


def old_style(method: str, cseq: int = 1) -> bytes:
    """A request of RFC 2543: no branch."""
    message = request(method, cseq)
    message.insert_first("Via", "SIP/2.0/UDP 192.0.2.1")
    return message.encode()


def test_peers_without_branches() -> None:
    network = Network()
    network.bob.answer = answering(486)
    flow = network.flow_to(network.alice)
    network.drop = lambda data: True
    for _ in range(3):
        network.bob.layer.receive(parse(old_style("INVITE")), flow, 0.0)
    assert len(network.bob.requests) == 1
    assert len(network.bob.messages("SIP/2.0 486")) == 3
    network.bob.layer.receive(parse(old_style("ACK")), flow, 0.0)
    assert network.bob.acks == []
    network.run(20.0)
    assert len(network.bob.messages("SIP/2.0 486")) == 3
    network.assert_empty()


def test_via_is_stamped_with_the_source() -> None:
    network = Network()
    network.bob.answer = answering(200)
    network.ask()
    network.run(1.0)
    received = network.bob.requests[0].request.via
    assert (received.received, received.rport) == ("192.0.2.1", 5060)


def test_nothing_keeps_an_owner_alive() -> None:
    network = Network()
    network.bob.answer = answering(486)
    transaction = network.invite()
    network.run(100.0)
    assert transaction.over
    assert transaction.owner is None
    assert network.bob.requests[0].owner is None


def test_requests_of_any_method() -> None:
    network = Network()
    network.bob.answer = answering(200)
    network.ask("X-NEW")
    network.run(1.0)
    assert isinstance(network.bob.requests[0].request, Request)
    assert network.alice.responses == [200]


def test_a_fault_of_the_peers_found_later_is_answered() -> None:
    network = Network()

    def answer(transaction, now: float) -> None:
        raise RemoteProtocolError("Bad Contact", 488)

    network.bob.answer = answer
    network.invite()
    network.run(1.0)
    assert network.alice.responses == [488]
    network.run(100.0)
    network.assert_empty()


def test_a_fault_of_ours_is_500_and_told() -> None:
    network = Network()

    def answer(transaction, now: float) -> None:
        raise ZeroDivisionError

    network.bob.answer = answer
    network.invite()
    with pytest.raises(ZeroDivisionError):
        network.run(1.0)
    network.run(100.0)
    assert network.alice.responses == [500]
    network.assert_empty()


def test_a_lost_ack_is_never_answered() -> None:
    network = Network()
    message = request("ACK")
    message.insert_first("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1")
    network.bob.layer.answer(message, network.flow_to(network.alice), 400)
    network.bob.layer.receive(message, network.flow_to(network.alice), 0.0)
    assert network.bob.sent == []
    assert len(network.bob.acks) == 1


def test_replies_carry_what_they_are_given() -> None:
    network = Network()
    network.bob.answer = lambda transaction, now: transaction.reply(200, now, "Fine", (("Allow", "OPTIONS"),), b"body") and None
    network.ask()
    network.run(1.0)
    (response,) = network.alice.finals
    assert (response.reason, response.get("Allow"), response.body) == ("Fine", "OPTIONS", b"body")


def test_a_replaced_answer_of_a_request_that_is_over() -> None:
    network = Network()
    network.transport = "tcp"
    network.bob.answer = answering(200)
    network.drop = lambda data: data.startswith(b"SIP/2.0 200")
    network.ask()
    network.run(1.0)
    transaction = network.bob.requests[0]
    assert transaction.over
    transaction.replace(response_to(transaction.request, 500, None, transaction.to_tag), network.now)
    network.run(2.0)
    assert network.alice.responses == [500]


def test_what_was_cancelled_is_known() -> None:
    network = Network()
    transaction = network.invite()
    assert not transaction.canceled
    transaction.cancel(network.now)
    assert transaction.canceled
    asked = network.ask()
    asked.cancel(network.now)
    assert not asked.canceled

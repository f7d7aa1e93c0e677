"""INVITE transactions of both sides (RFC 3261 17.1.1, 17.2.1, 9, 13.3.1.4, RFC 6026), in virtual time."""

from __future__ import annotations

import pytest

from appliance.sip.message import parse
from appliance.sip.transaction import GIVE_UP
from tests.sip.virtual_network import Network, only


def answering(*statuses: int, after: float = 0.0):
    def answer(transaction, now: float) -> None:
        for status in statuses:
            transaction.reply(status, now)

    return answer


def test_answered_and_acknowledged() -> None:
    network = Network()
    network.bob.answer = answering(100, 180, 200)
    network.invite()
    network.run(1.0)
    assert network.alice.responses == [100, 180, 200]
    assert len(network.bob.acks) == 1
    assert len(network.bob.messages("SIP/2.0 200")) == 1
    network.run(100.0)
    assert network.bob.no_acks == []
    network.assert_empty()


def test_refused_and_acknowledged_by_the_transaction() -> None:
    network = Network()
    network.bob.answer = answering(486)
    network.invite()
    network.run(1.0)
    assert network.alice.responses == [486]
    assert len(network.alice.messages("ACK")) == 1
    assert network.bob.acks == []
    network.run(100.0)
    assert network.bob.no_acks == []
    network.assert_empty()


def test_the_ack_of_a_refusal_is_as_17_1_1_3_says() -> None:
    network = Network()
    network.bob.answer = answering(486)
    network.invite()
    network.run(1.0)
    invite, ack = (parse(data) for _, data in network.alice.sent)
    refusal = parse(network.bob.sent[0][1])
    assert ack.via.encode() == invite.via.encode()
    assert (ack.call_id, ack.get("From"), ack.uri) == (invite.call_id, invite.get("From"), invite.uri)
    assert only(ack, "To") == only(refusal, "To")
    assert only(ack, "CSeq") == "1 ACK"


def test_timer_a_doubles_and_timer_b_gives_up() -> None:
    network = Network(loss=1.0)
    network.invite()
    network.run(100.0)
    assert network.alice.messages("INVITE") == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert network.alice.timeouts == [GIVE_UP]
    network.assert_empty()


def test_a_provisional_response_stops_timer_a() -> None:
    network = Network()
    network.bob.answer = answering(180)
    network.invite()
    network.run(60.0)
    assert len(network.alice.messages("INVITE")) == 1
    assert network.alice.timeouts == []


def test_100_goes_by_itself_after_200_ms() -> None:
    network = Network()
    network.invite()
    network.run(1.0)
    assert network.bob.messages("SIP/2.0 100") == pytest.approx([0.21])
    network.bob.requests[0].reply(486, network.now)
    network.run(100.0)
    network.assert_empty()


def test_timer_g_resends_a_refusal_until_timer_h() -> None:
    network = Network()
    network.bob.answer = answering(404)
    network.drop = lambda data: data.startswith(b"ACK")
    network.invite()
    network.run(100.0)
    sent = [round(moment - 0.01, 6) for moment in network.bob.messages("SIP/2.0 404")]
    assert sent == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert network.alice.responses == [404]
    assert len(network.alice.messages("ACK")) == len(sent)
    assert network.bob.no_acks == [pytest.approx(GIVE_UP + 0.01)]
    network.assert_empty()


def test_2xx_is_resent_until_its_ack_comes() -> None:
    network = Network()
    network.bob.answer = answering(200)
    network.drop = lambda data: data.startswith(b"ACK") and network.now < 5
    network.invite()
    network.run(100.0)
    assert len(network.bob.messages("SIP/2.0 200")) == 5
    assert network.alice.responses == [200] * 5
    assert len(network.bob.acks) == 1
    assert network.bob.no_acks == []
    network.assert_empty()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_2xx_without_ack_is_reported(transport: str) -> None:
    network = Network()
    network.transport = transport
    network.alice.ack_2xx = False
    network.bob.answer = answering(200)
    network.invite()
    network.run(100.0)
    assert network.bob.no_acks == [pytest.approx(GIVE_UP + 0.01)]
    assert len(network.bob.messages("SIP/2.0 200")) == 11
    network.assert_empty()


def test_nothing_is_resent_over_streams() -> None:
    network = Network()
    network.transport = "tcp"
    network.bob.answer = answering(486)
    network.drop = lambda data: data.startswith(b"ACK")
    network.invite()
    network.run(20.0)
    assert len(network.alice.messages("INVITE")) == len(network.bob.messages("SIP/2.0 486")) == 1
    network.run(100.0)
    network.assert_empty()


def test_copies_of_the_invite_get_the_newest_provisional_answer_again() -> None:
    network = Network()
    network.bob.answer = answering(100, 183)
    network.drop = lambda data: data.startswith(b"SIP/2.0 1") and network.now < 0.4
    network.invite()
    network.run(2.0)
    assert len(network.bob.requests) == 1
    assert network.alice.responses == [183]


def test_copies_after_2xx_are_absorbed() -> None:
    network = Network()
    network.bob.answer = answering(200)
    network.double = 1.0
    network.invite()
    network.run(1.0)
    assert len(network.bob.requests) == 1
    network.run(100.0)
    network.assert_empty()


def test_cancel_waits_for_a_provisional_response() -> None:
    network = Network()
    transaction = network.invite()
    transaction.cancel(network.now, (("Reason", 'SIP;cause=200;text="Call completed elsewhere"'),))
    network.run(0.15)
    assert network.alice.messages("CANCEL") == []
    network.run(1.0)
    assert len(network.alice.messages("CANCEL")) == 1
    assert network.bob.cancels
    assert network.alice.responses == [100, 487]
    cancel = next(parse(data) for _, data in network.alice.sent if data.startswith(b"CANCEL"))
    assert cancel.via.branch == transaction.request.via.branch
    assert cancel.get("Reason") == 'SIP;cause=200;text="Call completed elsewhere"'
    assert only(cancel, "CSeq") == "1 CANCEL"
    network.run(100.0)
    network.assert_empty()


def test_the_answer_to_cancel_carries_the_invites_tag() -> None:
    network = Network()
    network.bob.answer = answering(180)
    transaction = network.invite()
    network.run(1.0)
    transaction.cancel(network.now)
    network.run(2.0)
    tags = {parse(data).to.tag for _, data in network.bob.sent}
    assert len(tags) == 1


def test_cancel_twice_is_one_cancel() -> None:
    network = Network()
    network.bob.answer = answering(180)
    transaction = network.invite()
    network.run(1.0)
    transaction.cancel(network.now)
    transaction.cancel(network.now)
    network.run(2.0)
    assert len(network.alice.messages("CANCEL")) == 1


def test_a_2xx_that_crosses_the_cancel_reaches_the_owner() -> None:
    network = Network(delay=0.1)
    network.bob.answer = answering(180)
    transaction = network.invite()
    network.run(1.0)
    network.bob.requests[0].reply(200, network.now)
    transaction.cancel(network.now)
    network.run(2.0)
    assert network.alice.responses == [180, 200]
    assert network.bob.cancels == []
    assert len(network.bob.messages("SIP/2.0 200")) == 2  # to the INVITE, and to the CANCEL
    network.run(100.0)
    network.assert_empty()


def test_cancel_of_something_unknown_is_481() -> None:
    network = Network()
    network.bob.answer = answering(486)
    transaction = network.invite()
    network.run(60.0)
    network.alice.layer.start_cancel(transaction, (), network.now)
    network.run(61.0)
    assert len(network.bob.messages("SIP/2.0 481")) == 1
    network.run(200.0)
    network.assert_empty()


def test_an_invite_that_ignores_its_cancel_is_given_up() -> None:
    network = Network()
    network.bob.answer = answering(180)
    transaction = network.invite()
    network.run(1.0)
    network.drop = lambda data: data.startswith(b"CANCEL")
    transaction.cancel(network.now)
    network.run(100.0)
    assert network.alice.timeouts == [1.0 + GIVE_UP]


def test_cancel_of_an_invite_without_owner_is_answered_487() -> None:
    network = Network()

    def answer(transaction, now: float) -> None:
        transaction.owner = None
        transaction.reply(180, now)

    network.bob.answer = answer
    transaction = network.invite()
    network.run(1.0)
    transaction.cancel(network.now)
    network.run(2.0)
    assert network.alice.responses == [180, 487]


def test_late_provisional_responses_are_dropped() -> None:
    network = Network()
    network.bob.answer = answering(200)
    network.invite()
    network.run(1.0)
    assert network.bob.requests[0].reply(180, network.now) is not None
    network.run(2.0)
    assert network.alice.responses == [200]


def test_a_second_final_answer_is_dropped() -> None:
    network = Network()
    network.bob.answer = answering(486, 200)
    network.invite()
    network.run(2.0)
    assert network.alice.responses == [486]


def test_a_late_2xx_is_a_stray() -> None:
    network = Network()
    network.bob.answer = answering(180)
    transaction = network.invite()
    network.run(1.0)
    transaction.abandon()
    network.bob.requests[0].reply(200, network.now)
    network.run(1.3)
    assert [response.status for response in network.alice.strays] == [200]


def test_an_answer_that_was_never_let_out_is_replaced() -> None:
    network = Network()
    network.bob.answer = answering(200)
    network.drop = lambda data: data.startswith(b"SIP/2.0 200")
    network.invite()
    network.run(0.3)
    from appliance.sip.message import response_to

    transaction = network.bob.requests[0]
    transaction.replace(response_to(transaction.request, 500, None, transaction.to_tag), network.now)
    network.run(100.0)
    assert network.alice.responses == [500]
    network.assert_empty()

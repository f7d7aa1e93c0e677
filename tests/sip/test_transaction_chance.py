"""Two layers over a network that loses, doubles and reorders: what must hold for every seed."""

from __future__ import annotations

import pytest

from tests.sip.virtual_network import Network

SEEDS = range(60)


def rough(seed: int) -> Network:
    return Network(seed=seed, loss=0.3, double=0.3, delay=0.02, jitter=1.5)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_answered_call(seed: int) -> None:
    network = rough(seed)

    def answer(transaction, now: float) -> None:
        transaction.reply(180, now)
        transaction.reply(200, now)

    network.bob.answer = answer
    network.invite()
    network.run(200.0)
    assert len(network.bob.requests) <= 1
    if network.bob.requests and 200 in network.alice.responses and not network.bob.no_acks:
        assert network.bob.acks
    assert len(network.alice.timeouts) == (not network.alice.responses or max(network.alice.responses) < 200)
    network.assert_empty()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_refused_call_is_refused_once(seed: int) -> None:
    network = rough(seed)
    network.bob.answer = lambda transaction, now: transaction.reply(603, now) and None
    network.invite()
    network.run(200.0)
    assert network.alice.responses.count(603) + len(network.alice.timeouts) == 1
    assert len(network.bob.requests) == 1 or network.alice.timeouts
    network.assert_empty()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_question_has_one_end(seed: int) -> None:
    network = rough(seed)
    network.bob.answer = lambda transaction, now: transaction.reply(200, now) and None
    network.ask()
    network.run(200.0)
    assert len(network.alice.responses) + len(network.alice.timeouts) == 1
    assert len(network.bob.requests) <= 1
    network.assert_empty()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cancelled_call_ends_on_both_sides(seed: int) -> None:
    network = rough(seed)
    network.bob.answer = lambda transaction, now: transaction.reply(180, now) and None
    transaction = network.invite()
    network.run(3.0)
    transaction.cancel(network.now)
    network.run(300.0)
    finals = [status for status in network.alice.responses if status >= 200]
    assert len(finals) + len(network.alice.timeouts) == 1
    assert set(finals) <= {487}
    for server in network.bob.requests:
        if not server.answered:
            server.reply(480, network.now)
    network.run(600.0)
    network.assert_empty()

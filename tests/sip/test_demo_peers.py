"""The scripted peers themselves, phone and carrier face to face: what other tests stand on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from appliance.demo_loop import AgentLoop
from tests.helpers.phone import Answer, Phone, peers
from tests.helpers.tone import alaw, linear_from_alaw, linear_from_ulaw, samples, tone_level, ulaw
from tests.helpers.trunk import ScriptedTrunk


@pytest.fixture
def loop() -> Iterator[AgentLoop]:
    with peers() as running:
        yield running


def test_g711_is_its_own_inverse() -> None:
    assert all(alaw(linear_from_alaw(code)) == code for code in range(256))
    assert all(ulaw(linear_from_ulaw(code)) == code for code in range(256) if code != 127)  # 127 is minus zero
    assert [ulaw(0), ulaw(32767), ulaw(-32768), alaw(0), alaw(32767), alaw(-32768)] == [0xFF, 0x80, 0x00, 0xD5, 0xAA, 0x2A]


def test_a_tone_is_told_from_another() -> None:
    heard = [linear_from_ulaw(ulaw(sample)) for sample in samples(440, 0.25)]
    assert tone_level(heard, 440) > 0.9
    assert tone_level(heard, 620) < 0.1
    assert tone_level([0] * 400, 440) == 0


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_call_with_digest_sound_and_hang_up(loop: AgentLoop, transport: str) -> None:
    trunk = ScriptedTrunk(loop, credentials=("1000001", "secret"), transport=transport, frequency=620.0)
    phone = Phone(loop, ("127.0.0.1", trunk.port), "1000001", "secret", transport=transport)
    assert phone.register()
    call = phone.call_answered("31201234567")
    other = trunk.wait_call("3120")
    assert call.hears(620) and other.hears(440)
    call.hold()
    assert loop.wait(lambda: len(other.requests) == 1 and other.direction == "recvonly", 20)
    call.hang_up()
    assert other.wait("ended") and other.ended_by == "them"
    assert trunk.challenges == 2 and trunk.dialled == ["31201234567"]


def test_refusals_ringing_cancel_and_the_carrier_hanging_up(loop: AgentLoop) -> None:
    rules = {"1": Answer(486), "2": Answer(after=30), "3": Answer(talk_seconds=0.1), "4": Answer(rings=183, after=0.3)}
    trunk = ScriptedTrunk(loop, rules=rules)
    phone = Phone(loop, ("127.0.0.1", trunk.port), "1000001", "x")
    assert phone.call_refused("100") == 486
    ringing = phone.call("200")
    assert ringing.wait("ringing") and not ringing.wait("answered", 0.05)
    ringing.hang_up()
    assert ringing.wait("ended") and ringing.status == 487
    short = phone.call_answered("300")
    assert short.wait("ended") and short.ended_by == "them"
    early = phone.call_answered("400")
    assert early.early_media
    early.hang_up()


def test_a_wrong_password_is_not_registered(loop: AgentLoop) -> None:
    trunk = ScriptedTrunk(loop, credentials=("1000001", "secret"))
    phone = Phone(loop, ("127.0.0.1", trunk.port), "1000001", "wrong")
    assert not phone.register()
    assert phone.register_status == 401

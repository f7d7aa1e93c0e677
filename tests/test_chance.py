"""Drawn in blocks, and never twice."""

from __future__ import annotations

import pytest

from appliance.chance import BLOCK, SystemChance


@pytest.mark.parametrize("bits", [1, 3, 8, 13, 16, 64, 96, 256])
def test_as_many_bits_as_were_asked_for(bits: int) -> None:
    chance = SystemChance()
    drawn = [chance.getrandbits(bits) for _ in range(300)]
    assert all(0 <= value < 1 << bits for value in drawn)
    seen = 0
    for value in drawn:
        seen |= value
    assert seen == (1 << bits) - 1


def test_nothing_is_given_out_twice() -> None:
    chance = SystemChance()
    count = 3 * BLOCK // 8
    assert len({chance.getrandbits(64) for _ in range(count)}) == count

"""Bencoding: both ways whatever it holds, and never more than ValueError."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.sip.bencode import decode, encode

VALUES = st.recursive(
    st.integers(-(2**60), 2**60) | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_is_read(value: object) -> None:
    assert decode(encode(value)) == value  # type: ignore[arg-type]


def test_keys_in_order_and_texts() -> None:
    assert encode({"sdp": "v=0", "command": "offer", "n": -3, "flags": ("a", "bc")}) == b"d7:command5:offer5:flagsl1:a2:bce1:ni-3e3:sdp3:v=0e"


@pytest.mark.parametrize(
    "bad", [b"", b"i", b"ie", b"i1", b"5:abc", b"-1:a", b"l", b"li1e", b"d1:a", b"di1ei2ee", b"i1ei2e", b"i1_0e", b"l" * 5000, b"x"]
)
def test_what_is_none(bad: bytes) -> None:
    with pytest.raises(ValueError):
        decode(bad)


@given(st.binary(max_size=60))
def test_noise(noise: bytes) -> None:
    with suppress(ValueError):
        decode(noise)

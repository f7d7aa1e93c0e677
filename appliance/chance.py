"""Chance for the engine: the system's own, drawn in blocks.

A call takes a dozen tags, branches and nonces; asking the system for eight bytes at a time is a dozen calls into it.
"""

from __future__ import annotations

import os

BLOCK = 4096  # bytes drawn at once


class SystemChance:
    """Bits from the system's generator, each given out once. For one thread."""

    __slots__ = ("_at", "_block")

    def __init__(self) -> None:
        self._block = b""
        self._at = 0

    def getrandbits(self, k: int, /) -> int:
        """`k` random bits, up to 8 times BLOCK."""
        count = (k + 7) >> 3
        start = self._at
        end = start + count
        if end > len(self._block):
            self._block = os.urandom(BLOCK)
            start, end = 0, count
        self._at = end
        return int.from_bytes(self._block[start:end], "little") >> (count * 8 - k)

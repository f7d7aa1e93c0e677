"""Chance for the engine: the system's own, drawn in blocks.

A call takes a dozen tags, branches and nonces; asking the system for eight bytes at a time is a dozen calls into it.
"""

from __future__ import annotations

import os
from array import array

BLOCK = 4096  # bytes drawn at once


class SystemChance:
    """Bits from the system's generator, each given out once. For one thread."""

    __slots__ = ("_words",)

    def __init__(self) -> None:
        self._words = array("Q")  # 64 bits each

    def getrandbits(self, k: int, /) -> int:
        """`k` random bits."""
        if k > 64:
            return self.getrandbits(64) << (k - 64) | self.getrandbits(k - 64)
        if not self._words:
            self._words.frombytes(os.urandom(BLOCK))
        return self._words.pop() >> (64 - k)

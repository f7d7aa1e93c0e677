"""How much one asker may ask: a bucket a token that fills by the second, and one an address for wrong passwords and codes.

Law: whoever has signed in is bounded by the token alone, and never by what others of the same address guess; a bounded
number of buckets is kept (the oldest are forgotten first).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from appliance.errors import UserError

MOST_BUCKETS = 10_000
GUESSES = 20.0
GUESSES_PER_SECOND = 0.2


class TooMany(UserError):
    """Asked too often; `seconds` is when it makes sense to ask again."""

    def __init__(self, seconds: int) -> None:
        super().__init__("request.too_many", seconds=seconds)
        self.seconds = seconds


class RateLimits:
    """`now()` is monotonic seconds. `per_second` requests of one token for ever, and as many again at once; 0: no bound."""

    def __init__(self, now: Callable[[], float], per_second: Callable[[], float]) -> None:
        self.now = now
        self._per_second = per_second
        self._buckets: dict[str, tuple[float, float]] = {}

    def ask(self, token: str, address: str) -> None:
        """One request; TooMany where the bucket of the token, or without one of the address, is empty."""
        rate = self._per_second()
        if rate > 0:
            self._take(f"t {token_key(token)}" if token else f"n {address}", 2 * rate, rate)

    def guess(self, address: str) -> None:
        """Somebody wants to sign in from there; TooMany where too many could not."""
        if self._left(f"a {address}", GUESSES, GUESSES_PER_SECOND) < 1.0:
            raise TooMany(round(1 / GUESSES_PER_SECOND))

    def refused(self, address: str) -> None:
        """A wrong password or code came from there."""
        key = f"a {address}"
        left = self._left(key, GUESSES, GUESSES_PER_SECOND)
        self._keep(key, max(0.0, left - 1.0))

    def _left(self, key: str, most: float, per_second: float) -> float:
        known = self._buckets.get(key)
        return most if known is None else min(most, known[0] + (self.now() - known[1]) * per_second)

    def _take(self, key: str, most: float, per_second: float) -> None:
        left = self._left(key, most, per_second)
        if left < 1.0:
            raise TooMany(max(1, round((1.0 - left) / per_second)))
        self._keep(key, left - 1.0)

    def _keep(self, key: str, left: float) -> None:
        if key not in self._buckets and len(self._buckets) >= MOST_BUCKETS:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[key] = (left, self.now())


def token_key(token: str) -> str:
    """What stands for a token in memory."""
    return hashlib.blake2b(token.encode("utf-8", "replace"), digest_size=16).hexdigest()

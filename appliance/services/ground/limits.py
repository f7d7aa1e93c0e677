"""How many calls at once: counted in memory for each endpoint, customer, trunk and reseller.

Law: a call is counted from admission until its end at every party it was counted at, whatever became of it. Callers
and callees count alike: a phone that may hold two calls holds two, whoever began them.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable

Party = tuple[str, int]
"""("endpoint" | "customer" | "trunk" | "reseller", id)."""


class CallCounts:
    """Running calls by party. Rebuilt from the running calls after a failed commit."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: defaultdict[Party, int] = defaultdict(int)

    def count(self, party: Party) -> int:
        """Calls of that party now."""
        return self._counts.get(party, 0)

    def full(self, party: Party, maximum: int | None) -> bool:
        """Whether one more would be too many; None is no limit."""
        return maximum is not None and self._counts.get(party, 0) >= maximum

    def take(self, parties: Iterable[Party]) -> None:
        """One more call at each."""
        counts = self._counts
        for party in parties:
            counts[party] += 1

    def give_back(self, parties: Iterable[Party]) -> None:
        """One call less at each; a party without calls takes no memory."""
        counts = self._counts
        for party in parties:
            left = counts[party] - 1
            if left > 0:
                counts[party] = left
            else:
                del counts[party]

    def clear(self) -> None:
        """No calls at all."""
        self._counts.clear()


class CallRate:
    """Calls begun a second, refused ones included: a caller that tries too fast is stopped before it costs anything.

    Counted by party, of those that have a limit.
    """

    __slots__ = ("_begun",)

    def __init__(self) -> None:
        self._begun: dict[Party, deque[float]] = {}

    def too_fast(self, party: Party, maximum: int | None, now: float) -> bool:
        """Whether one more within the last second is too many; it counts where it is not. None is no limit."""
        if self.at_most(party, maximum, now):
            return True
        if maximum is not None:
            self._begun[party].append(now)
        return False

    def at_most(self, party: Party, maximum: int | None, now: float) -> bool:
        """The same question, without counting."""
        if maximum is None:
            return False
        begun = self._begun.setdefault(party, deque())
        while begun and begun[0] <= now - 1.0:
            begun.popleft()
        return len(begun) >= maximum

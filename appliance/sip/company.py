"""What nobody waits for (ACK, BYE, 100, the answer to BYE), held a moment so that many share one wake and one commit.

Law of this file: whatever is held keeps the moment at which it arrived, and the engine is told that moment, so that a
call lasts as long as it would have lasted. It waits `HELD_SECONDS` at most, and where none came shortly before it, it
does not wait at all. It is handled before any later message of its Call-ID, and a BYE before any INVITE that may be
admitted, since what its call held may be what that one needs. The pump handles all of it before anything that is due,
and before whatever others do between two units of work.
"""

from __future__ import annotations

from appliance.sip.at_sight import call_id_of, may_wait
from appliance.sip.policy import Flow

HELD_SECONDS = 0.025
MOST = 500

Held = tuple[bytes, Flow, float]  # the message, where it came from, and when


class Company:
    """The messages that wait. `due`: when they are to be handled at the latest; None where none waits."""

    __slots__ = ("_held", "_ids", "_released", "due")

    def __init__(self) -> None:
        self._held: list[Held] = []
        self._ids: set[bytes] = set()
        self._released = float("-inf")
        self.due: float | None = None

    def __len__(self) -> int:
        """How many wait."""
        return len(self._held)

    @property
    def oldest(self) -> float | None:
        """When the first that waits arrived; None where none waits."""
        return self._held[0][2] if self._held else None

    def takes(self, data: bytes, flow: Flow, now: float) -> bool:
        """Whether this datagram waits here from now on."""
        if not may_wait(data):
            return False
        call_id = call_id_of(data)
        if not call_id or len(self._held) >= MOST:
            return False
        if not self._held:
            if now - self._released >= HELD_SECONDS:
                self._released = now
                return False
            self.due = self._released + HELD_SECONDS
        self._held.append((data, flow, now))
        self._ids.add(call_id)
        return True

    def of_call(self, data: bytes) -> list[Held]:
        """Those of this message's Call-ID, which must not come after it; all where it shows none."""
        call_id = call_id_of(data)
        if call_id and call_id not in self._ids:
            return []
        mine = [held for held in self._held if not call_id or call_id_of(held[0]) == call_id]
        self._held = [held for held in self._held if held not in mine]
        self._ids.discard(call_id)
        if not self._held:
            self._ids.clear()
            self.due = None
        return mine

    def hurry(self) -> None:
        """They are to be handled by the next batch."""
        if self._held:
            self.due = float("-inf")

    def all(self, now: float) -> list[Held]:
        """Everything that waits, in the order it came; `now` is when it is handled."""
        held, self._held = self._held, []
        self._ids.clear()
        self._released = now
        self.due = None
        return held

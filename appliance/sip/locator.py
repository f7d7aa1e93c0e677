"""Name look-ups of the engine: each name once for all that wait for it, remembered for a minute (RFC 3263).

Law of this file: only hosts of trunks come here, which an owner typed. A name that leads nowhere is told as no places.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from appliance.sip.grammar import Rng
from appliance.sip.locate import Location, Place, Question, Record

REMEMBERED_SECONDS = 60.0
MAX_REMEMBERED = 1000
MAX_WAITING = 10_000  # who wait for answers
AVOIDED_SECONDS = 60.0  # a place where nobody answered comes after the others that long
MAX_AVOIDED = 1000


class Seeker(Protocol):
    """Whoever wants to know where a name leads."""

    def located(self, places: list[Place], now: float) -> None:
        """Where to try, in order; empty where nothing was found."""
        ...


class _Key(NamedTuple):
    host: str
    port: int
    transport: str


class Locator:
    """`find` asks, `questions` are carried out by the pump, `answer` brings what was found."""

    __slots__ = ("_asked", "_avoided", "_known", "_open", "_rng")

    def __init__(self, rng: Rng) -> None:
        self._rng = rng
        self._open: dict[_Key, tuple[Location, list[Seeker]]] = {}
        self._known: dict[_Key, tuple[list[Place], float]] = {}
        self._asked: set[Question] = set()
        self._avoided: dict[Place, float] = {}

    def find(self, host: str, port: int, transport: str, seeker: Seeker, now: float) -> None:
        """Tell `seeker` where the name leads: at once where it is known or an address, else later."""
        key = _Key(host.lower(), port, transport)
        known = self._known.get(key)
        if known is not None and now < known[1]:
            seeker.located(self._in_order(known[0], now), now)
            return
        opened = self._open.get(key)
        if opened is not None:
            if len(opened[1]) < MAX_WAITING:
                opened[1].append(seeker)
            else:
                seeker.located([], now)
            return
        location = Location(host, port, transport, self._rng)
        if location.done:
            seeker.located(self._in_order(location.places(), now), now)
        else:
            self._open[key] = (location, [seeker])

    def questions(self) -> list[Question]:
        """Look-ups that have not been handed out yet."""
        if not self._open:
            return []
        new = [question for location, _ in self._open.values() for question in location.questions() if question not in self._asked]
        new = list(dict.fromkeys(new))
        self._asked.update(new)
        return new

    def answer(self, question: Question, records: Sequence[Record], now: float) -> None:
        """What was found for one question."""
        self._asked.discard(question)
        for key, (location, seekers) in list(self._open.items()):
            location.answer(question, records)
            if not location.done:
                continue
            del self._open[key]
            places = location.places()
            if places:
                if len(self._known) >= MAX_REMEMBERED:
                    self._known.clear()
                self._known[key] = (places, now + REMEMBERED_SECONDS)
            for seeker in seekers:
                seeker.located(self._in_order(places, now), now)

    def avoid(self, place: Place, now: float) -> None:
        """Nobody answered there: for a while others of the same name are tried before it, so that not every call waits for it."""
        if len(self._avoided) >= MAX_AVOIDED:
            self._avoided.clear()
        self._avoided[place] = now + AVOIDED_SECONDS

    def _in_order(self, places: list[Place], now: float) -> list[Place]:
        avoided = self._avoided
        if not avoided:
            return list(places)
        return sorted(places, key=lambda place: avoided.get(place, now) > now)

"""Who may register, where endpoints are reached, and where they were.

Law: what is answered is what the store holds (or the open unit of work will). Bindings are kept with wall-clock ends,
so that a restart forgets nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from appliance.services.ground.changes import Changes
from appliance.services.ground.hot import Hot
from appliance.services.ground.room import Room
from appliance.store.bindings import Binding, BindingLine, Key

__all__ = ["Binding", "BindingLine", "Key", "Proof", "Registrations"]


CLOCK_PLAY_MS = 1000
"""Clocks are set by so much every day, and nothing depends on it."""

LONGEST_MS = 604_800_000
"""No registration lasts longer, whatever a clock was set from."""


class Proof(NamedTuple):
    """What a digest answer is checked against; `disabled`: the endpoint, its customer or a reseller above is shut off."""

    endpoint_id: int
    number: str
    realm: str
    ha1_md5: str
    ha1_sha256: str
    max_bindings: int
    disabled: bool


class Registrations:
    """The service of registrations."""

    def __init__(self, room: Room) -> None:
        self._store = room.store
        self._clock = room.clock
        self._changes: Changes = room.changes
        self._hot: Hot = room.hot
        self._cache: dict[int, tuple[Binding, ...]] = {}
        self._ahead_ms = self._offset()
        room.changes.on_undo(self._cache.clear)

    def now(self) -> int:
        """UTC milliseconds that do not jump: a clock that is set ends no registration and prolongs none."""
        return int(self._clock.monotonic() * 1000) + self._ahead_ms

    def follow_clock(self) -> None:
        """The job: where the wall clock was set, the ends that are kept move with it, so that a restart reads them right."""
        jump = self._offset() - self._ahead_ms
        if abs(jump) <= CLOCK_PLAY_MS:
            return
        with self._changes.unit():
            latest = self._clock.utcnow() + LONGEST_MS
            for row in list(self._store.bindings.all(0)):
                moved = row._replace(refreshed_at=row.refreshed_at + jump, expires_at=min(row.expires_at + jump, latest))
                self._store.bindings.save(moved)
        self._ahead_ms += jump
        self._cache.clear()

    def _offset(self) -> int:
        return self._clock.utcnow() - int(self._clock.monotonic() * 1000)

    def credential(self, name: str, realm: str) -> Proof | None:
        """By authentication name and realm; None where nobody has it there."""
        login = self._hot.login(name, realm)
        if login is None:
            return None
        endpoint = self._hot.endpoints[login.endpoint_id]
        customer = self._hot.customers[endpoint.customer_id]
        disabled = endpoint.disabled or self._hot.shut_off(customer)
        return Proof(endpoint.id, endpoint.number, login.realm, login.ha1_md5, login.ha1_sha256, endpoint.max_bindings, disabled)

    def bindings(self, endpoint_id: int) -> tuple[Binding, ...]:
        """Where the endpoint is reached now."""
        cached = self._cache.get(endpoint_id)
        now = self.now()
        if cached is None:
            cached = self._cache[endpoint_id] = tuple(self._store.bindings.of(endpoint_id, now))
        for each in cached:
            if each.expires_at <= now:
                return tuple(one for one in cached if one.expires_at > now)
        return cached

    def registered(self) -> set[int]:
        """Endpoints that have a binding now."""
        return {row.endpoint_id for row in self._store.bindings.all(self.now())} & self._hot.endpoints.keys()

    def save(self, endpoint_id: int, changed: Sequence[Binding], gone: Sequence[Key] = ()) -> None:
        """Bindings that are new or refreshed, and those that are no more (they become history); in the open unit of work."""
        table = self._store.bindings
        if len(changed) == 1 and not gone:
            table.save(changed[0])  # one statement is whole or nothing by itself
            self._changes.note("binding", endpoint_id)
        else:
            with self._changes.part():
                for binding in changed:
                    table.save(binding)
                at = self.now()
                for key in gone:
                    table.end(endpoint_id, key, at)
                self._changes.note("binding", endpoint_id)
        self._cache.pop(endpoint_id, None)

    def end_expired(self) -> int:
        """Turn bindings that ran out into history (a job); how many."""
        with self._changes.unit():
            count = self._store.bindings.end_expired(self.now())
        if count:
            self._cache.clear()
        return count

    def lines(self) -> Iterator[BindingLine]:
        """What `bindings` prints: those not yet expired, by number."""
        return self._store.bindings.lines(self._clock.utcnow())

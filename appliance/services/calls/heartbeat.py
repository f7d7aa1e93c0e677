"""The run of the server and its heartbeat: the one row that is every running call's checkpoint.

After a crash a call is charged up to the newest heartbeat of its run.
"""

from __future__ import annotations

from appliance.services.ground.changes import Changes
from appliance.services.ground.room import Room

RIDE_SECONDS = 1.0
"""A unit of work that is written anyway takes the heartbeat along where the last one is older than this."""


class Heartbeat:
    """Begun once by the server; commands have no run."""

    def __init__(self, room: Room) -> None:
        self._store = room.store
        self._clock = room.clock
        self._changes: Changes = room.changes
        self.run_id = 0
        self._last = 0.0
        self.heard_until = room.clock.monotonic
        """Up to which moment everything that arrived has been handled: an end that waits to be handled came after it."""
        room.changes.on_lost(self._lost)

    def start(self) -> int:
        """A new run; its id. Inside an open unit of work."""
        self._last = self._clock.monotonic()
        self.run_id = self._store.runs.start(self._clock.utcnow(), self._mono_ms())
        return self.run_id

    def beat(self) -> None:
        """The job: a checkpoint where none was written lately."""
        if self._clock.monotonic() - self._last >= RIDE_SECONDS:
            self._changes.begin()
            self._write()

    def beat_with(self) -> None:
        """Ride along with a unit of work that is about to be committed."""
        if self.run_id and self._clock.monotonic() - self._last >= RIDE_SECONDS and self._store.changed:
            self._write()

    def end(self) -> None:
        """An orderly end, after the last call is charged. Inside an open unit of work."""
        if self.run_id:
            self._store.runs.end(self.run_id, self._clock.utcnow())
            self.run_id = 0

    def _write(self) -> None:
        if self.run_id:
            self._last = self._clock.monotonic()
            self._store.runs.beat(self.run_id, self._clock.utcnow(), self._mono_ms())

    def _mono_ms(self) -> int:
        return int(self.heard_until() * 1000)

    def _lost(self) -> None:
        self._last = 0.0

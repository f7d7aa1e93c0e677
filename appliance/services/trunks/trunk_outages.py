"""When trunks did not work, written down: a carrier that refuses our registration, a trunk that rests since calls over it failed.

Law: an outage is one row from its first moment to its last, whatever its reason becomes meanwhile; a rest goes on until a call shows that
the trunk is well, not until its time is over.
"""

from __future__ import annotations

from collections.abc import Sequence

from appliance.services.calls.trunk_watch import TrunkWatch
from appliance.services.ground.hot_rows import HotTrunk
from appliance.services.ground.room import Room
from appliance.services.trunks.trunk_states import TrunkStates

REGISTRATION, RESTS = "registration", "rests"
LOOK_SECONDS = 5.0
KEPT_MS = 400 * 86_400_000


class TrunkOutages:
    """`states` and `watch` are a running server's; without one nothing is known and nothing written."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._store = room.store
        self.states: TrunkStates | None = None
        self.watch: TrunkWatch | None = None
        self._open: dict[int, int] | None = None
        room.changes.before(self._changed, "trunk_state", "trunk")
        room.changes.on_undo(self._forget)

    def step(self) -> None:
        """The job: a unit of work only where something began or ended."""
        wrong = [each for each in self._room.hot.trunks if self._differs(each)]
        gone = [each for each in self._known() if each not in self._room.hot.trunks]
        if wrong or gone:
            self._room.changes.begin()
            with self._room.changes.unit():
                for each in (*wrong, *gone):
                    self._look(each)

    def forget_old(self) -> None:
        """What was over long ago is removed."""
        self._room.changes.begin()
        with self._room.changes.part():
            self._store.trunk_outages.forget(self._room.clock.utcnow() - KEPT_MS)

    # parts ---------------------------------------------------------------------------------------------------------
    def _changed(self, changed: Sequence[tuple[str, tuple[int, ...]]]) -> None:
        """Inside the unit of work that says so."""
        for _kind, ids in changed:
            for each in ids:
                self._look(each)

    def _look(self, trunk_id: int) -> None:
        if not self._differs(trunk_id):
            return
        now, known = self._room.clock.utcnow(), self._known()
        if trunk_id in known:
            self._store.trunk_outages.update(known.pop(trunk_id), {"ended_at": now})
        else:
            reason, detail = self._down(self._room.hot.trunks[trunk_id]) or ("", "")
            known[trunk_id] = self._store.trunk_outages.insert(trunk_id=trunk_id, reason=reason, detail=detail, began_at=now)
        self._room.changes.note("trunk_state", trunk_id)

    def _differs(self, trunk_id: int) -> bool:
        """Whether what is written is not so any more. What is not known yet stays as it was written."""
        trunk = self._room.hot.trunks.get(trunk_id)
        if self.states is None or self.watch is None:
            return False
        if trunk is None or trunk.disabled:
            return trunk_id in self._known()
        if trunk.register and self.states.of(trunk_id) is None and trunk_id in self._known():
            return False
        return (self._down(trunk) is not None) is not (trunk_id in self._known())

    def _down(self, trunk: HotTrunk) -> tuple[str, str] | None:
        """(reason, detail) where it does not work."""
        assert self.states is not None and self.watch is not None  # `_differs` looked
        state = self.states.of(trunk.id) if trunk.register else None
        if state is not None and not state.registered:
            return REGISTRATION, state.reason
        if self.watch.rested(trunk.id) and not trunk.never_rests:
            figures, _until, _rests = self.watch.health(trunk.id)
            return RESTS, f"{figures.failed}/{figures.calls}"
        return None

    def _known(self) -> dict[int, int]:
        """Trunk -> its outage that goes on."""
        if self._open is None:
            self._open = {each.trunk_id: each.id for each in self._store.trunk_outages.open()}
        return self._open

    def _forget(self) -> None:
        self._open = None

"""Prices that are being written: each goes on whoever asked for it and hangs up, and is remembered with how it ended.

It is kept in memory: what a restart broke off counted nowhere, and is asked for again.
"""

from __future__ import annotations

from appliance.clock import rfc3339
from appliance.errors import NotFound
from appliance.i18n import say
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Steps
from appliance.services.ground.under_way import RUNNING, UnderWay, V, followed
from appliance.wire.price_work import PriceWork, PriceWorks, PriceWorkStop
from appliance.wire.shapes import Done

MOST_KEPT = 20
IMPORT, CHANGE = "import", "change"


class Work(UnderWay):
    """One import (`what` "import"), or one change of many prices ("change")."""

    def __init__(
        self, number: int, what: str, actor: Actor, reseller: tuple[int, str], tariff: tuple[int | None, str], at: int, file: str = ""
    ) -> None:
        super().__init__(actor, reseller[0], at, "reading" if what == IMPORT else "looking", "prices.stopped")
        self.number = number
        self.what = what
        self.reseller = reseller[1]
        self.tariff_id, self.tariff = tariff
        self.file = file
        self.ended_at: int | None = None
        self.import_id: int | None = None
        self.added = self.changed = self.removed = self.unchanged = self.left_out = 0


class PriceDesk:
    """`begin` makes a work, `follow` runs its steps."""

    def __init__(self, room: Room, access: Access) -> None:
        self._room = room
        self._access = access
        self._works: list[Work] = []
        self._made = 0

    def begin(self, what: str, actor: Actor, reseller_id: int, tariff: tuple[int | None, str], file: str = "") -> Work:
        """A new one; it is not told of before it is followed."""
        self._made += 1
        owner = self._room.store.resellers.get(reseller_id)
        assert owner is not None  # nobody deletes one
        return Work(self._made, what, actor, (reseller_id, owner.name), tariff, self._room.clock.utcnow(), file[:200])

    def follow(self, work: Work, steps: Steps[V]) -> Steps[V]:
        """The same steps; how far they are can be asked, and how they ended."""
        ended = [each for each in self._works if each.state != RUNNING]
        for each in ended[: max(0, len(self._works) + 1 - MOST_KEPT)]:
            self._works.remove(each)
        self._works.append(work)
        try:
            return (yield from followed(work, steps))
        finally:
            work.ended_at = self._room.clock.utcnow()

    # requests ------------------------------------------------------------------------------------------------------
    def list(self, actor: Actor) -> PriceWorks:
        """Those within the actor's reach."""
        self._access.need(actor, "tariffs.read", self._access.home(actor))
        mine = [each for each in self._works if self._access.may(actor, "tariffs.read", each.reseller_id)]
        return PriceWorks([_view(each) for each in reversed(mine)])

    def stop(self, actor: Actor, request: PriceWorkStop) -> Done:
        """NotFound prices.work_unknown. What is over already stays as it ended."""
        found = next((each for each in self._works if each.number == request.id), None)
        if found is None or not self._access.may(actor, "tariffs.write", found.reseller_id):
            raise NotFound("prices.work_unknown", field="id")
        found.stop()
        return Done(found.number)


def _view(work: Work) -> PriceWork:
    error = work.error
    return PriceWork(
        id=work.number,
        what=work.what,
        tariff=work.tariff,
        tariff_id=work.tariff_id,
        reseller=work.reseller,
        file=work.file,
        state=work.state,
        phase=work.phase,
        done=work.done,
        total=work.total,
        started_at=rfc3339(work.started_at),
        ended_at=None if work.ended_at is None else rfc3339(work.ended_at),
        operator=work.actor.name,
        import_id=work.import_id,
        added=work.added,
        changed=work.changed,
        removed=work.removed,
        unchanged=work.unchanged,
        left_out=work.left_out,
        reason="" if error is None else say(error),
        code="" if error is None else error.code,
    )

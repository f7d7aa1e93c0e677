"""What is under way: one preview or move at a time, which goes on whoever asked for it and hangs up, and what the last one found.

It is kept in memory: after a restart nothing is under way, and a move that broke off is simply asked for again.
"""

from __future__ import annotations

import msgspec

from appliance.clock import rfc3339
from appliance.errors import Conflict, NotFound
from appliance.i18n import say
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Steps
from appliance.services.ground.under_way import RUNNING, UnderWay, followed
from appliance.services.moving.uploads import Uploads
from appliance.wire.moving import MoveApply, MoveDiscard, MoveFile, MovePreview, MoveState, MoveUpload, MoveView, MoveWork
from appliance.wire.shapes import Done

PERMISSION = "description.apply"


class Work(UnderWay):
    """One preview or move."""

    def __init__(self, what: str, actor: Actor, reseller_id: int, asked: MoveApply, at: int) -> None:
        super().__init__(actor, reseller_id, at, "reading", "move.stopped")
        self.what = what
        self.asked = asked
        self.view: MoveView | None = None


class MoveDesk:
    """`follow` runs a move's steps and remembers how far they are."""

    def __init__(self, room: Room, access: Access) -> None:
        self._room = room
        self._access = access
        self.uploads = Uploads(room)
        self._work: Work | None = None

    def begin(self, what: str, actor: Actor, reseller_id: int, asked: MovePreview) -> Work:
        """A new one; Conflict move.under_way."""
        if self._work is not None and self._work.state == RUNNING:
            raise Conflict("move.under_way", who=self._work.actor.name)
        kept = msgspec.structs.asdict(asked)
        self._work = Work(what, actor, reseller_id, MoveApply(**kept), self._room.clock.utcnow())
        return self._work

    def follow(self, work: Work, steps: Steps[MoveView]) -> Steps[MoveView]:
        """The same steps; how they ended is remembered, also where what a thread did failed."""
        work.view = yield from followed(work, steps)
        if work.what == "apply" and work.view.agree:
            yield from self.uploads.remove(list(work.asked.uploads))
        return work.view

    # requests ------------------------------------------------------------------------------------------------------
    def upload(self, actor: Actor, request: MoveUpload) -> Steps[MoveFile]:
        """A part of a file."""
        self._need(actor)
        yield from self.uploads.remove(self.uploads.old())
        return (yield from self.uploads.put(actor, request))

    def discard(self, actor: Actor, request: MoveDiscard) -> Steps[Done]:
        """A file, or all of them with what was found; Conflict move.under_way while they are read."""
        self._need(actor)
        work = self._seen(actor)
        if work is not None and work.state == RUNNING and (not request.file or request.file in work.asked.uploads):
            raise Conflict("move.under_way", who=work.actor.name)
        if not request.file and work is not None:
            self._work = None
        mine = [each.id for each in self.uploads.of(actor)]
        yield from self.uploads.remove([each for each in mine if request.file in ("", each)])
        return Done()

    def state(self, actor: Actor) -> MoveState:
        """Own files, and what is under way where it is one's business."""
        self._need(actor)
        files = [MoveFile(each.id, each.name, each.bytes) for each in self.uploads.of(actor)]
        work = self._seen(actor)
        if work is None:
            return MoveState(files, None)
        reason = "" if work.error is None else say(work.error)
        code = "" if work.error is None else work.error.code
        return MoveState(
            files,
            MoveWork(
                work.what, work.state, work.phase, work.done, work.total, rfc3339(work.started_at), work.actor.name, work.asked, reason, code
            ),
        )  # fmt: skip

    def result(self, actor: Actor) -> MoveView:
        """What the last one found or did; NotFound move.no_result."""
        self._need(actor)
        work = self._seen(actor)
        if work is None or work.view is None:
            raise NotFound("move.no_result")
        return work.view

    def stop(self, actor: Actor) -> Done:
        """No further step; what was written stays."""
        self._need(actor)
        work = self._seen(actor)
        if work is not None:
            work.stop()
        return Done()

    def _seen(self, actor: Actor) -> Work | None:
        work = self._work
        return work if work is not None and self._access.may(actor, PERMISSION, work.reseller_id) else None

    def _need(self, actor: Actor) -> None:
        self._access.need(actor, PERMISSION, self._access.home(actor))

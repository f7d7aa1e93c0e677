"""What is under way: one preview or move at a time, which goes on whoever asked for it and hangs up, and what the last one found.

It is kept in memory: after a restart nothing is under way, and a move that broke off is simply asked for again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec

from appliance.clock import rfc3339
from appliance.errors import Conflict, EnvironmentFault, NotFound, TollhouseError, UserError
from appliance.i18n import say
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Steps
from appliance.services.moving.uploads import Uploads
from appliance.wire.moving import MoveApply, MoveDiscard, MoveFile, MovePreview, MoveState, MoveUpload, MoveView, MoveWork
from appliance.wire.shapes import Done

PERMISSION = "description.apply"
RUNNING, READY, FAILED, STOPPED = "running", "ready", "failed", "stopped"


class Stopped(UserError):
    """Somebody said stop."""

    def __init__(self) -> None:
        super().__init__("move.stopped")


class Work:
    """One preview or move. `halt` ends what a thread waits for."""

    def __init__(self, what: str, actor: Actor, reseller_id: int, asked: MoveApply, at: int) -> None:
        self.what = what
        self.actor = actor
        self.reseller_id = reseller_id
        self.asked = asked
        self.started_at = at
        self.state = RUNNING
        self.phase = "reading"
        self.done = 0
        self.total = 0
        self.view: MoveView | None = None
        self.error: UserError | EnvironmentFault | None = None
        self.halt: Callable[[], None] = lambda: None
        self.stopping = False

    def at(self, phase: str, done: int = 0, total: int = 0) -> None:
        """So far; raises Stopped where somebody wants no more."""
        self.phase, self.done, self.total = phase, done, total
        if self.stopping:
            raise Stopped


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
        try:
            work.view = yield from _thrown_in(work, steps)
        except (UserError, EnvironmentFault) as error:
            work.error, work.state = error, FAILED
            if work.stopping:
                work.error, work.state = Stopped(), STOPPED
                raise Stopped from error
            raise
        except BaseException:
            work.state = FAILED
            raise
        work.state = READY
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
        if work is not None and work.state == RUNNING:
            work.stopping = True
            work.halt()
        return Done()

    def _seen(self, actor: Actor) -> Work | None:
        work = self._work
        return work if work is not None and self._access.may(actor, PERMISSION, work.reseller_id) else None

    def _need(self, actor: Actor) -> None:
        self._access.need(actor, PERMISSION, self._access.home(actor))


def _thrown_in(work: Work, steps: Steps[MoveView]) -> Steps[MoveView]:
    """Steps that hear of what failed in a thread, which others only learn from the one who asked."""
    said: object = None
    fault: TollhouseError | None = None
    while True:
        try:
            wanted = steps.send(said) if fault is None else steps.throw(fault)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        said, fault = (None, None) if wanted is None else (yield partial(_caught, work, wanted))
        if wanted is None:
            yield None


def _caught(work: Work, wanted: Callable[[], object]) -> tuple[object, TollhouseError | None]:
    try:
        return wanted(), None
    except TollhouseError as error:
        return None, error
    except BaseException:
        work.state = FAILED
        raise

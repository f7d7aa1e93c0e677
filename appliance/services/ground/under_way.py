"""Work that goes on though whoever asked for it hangs up: how far it is, whether somebody wants no more of it, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from appliance.errors import EnvironmentFault, TollhouseError, UserError
from appliance.services.ground.access import Actor
from appliance.services.ground.stepwise import Steps

V = TypeVar("V")
RUNNING, READY, FAILED, STOPPED = "running", "ready", "failed", "stopped"


class UnderWay:
    """One such work. `stopped` is the code of the error that a stop ends it with; `halt` ends what a thread waits for."""

    def __init__(self, actor: Actor, reseller_id: int, at: int, phase: str, stopped: str) -> None:
        self.actor = actor
        self.reseller_id = reseller_id
        self.started_at = at
        self.state = RUNNING
        self.phase = phase
        self.done = 0
        self.total = 0
        self.error: UserError | EnvironmentFault | None = None
        self.halt: Callable[[], None] = lambda: None
        self.stopping = False
        self._stopped = stopped

    def at(self, phase: str, done: int = 0, total: int = 0) -> None:
        """So far; raises UserError with the code of a stop where somebody wants no more."""
        self.phase, self.done, self.total = phase, done, total
        if self.stopping:
            raise UserError(self._stopped)

    def stop(self) -> None:
        """No further step."""
        if self.state == RUNNING:
            self.stopping = True
            self.halt()

    def fault(self, error: UserError | EnvironmentFault) -> UserError | EnvironmentFault:
        """It ended so; what is to be raised: where it was told to stop, whatever broke is the stop."""
        self.error, self.state = (UserError(self._stopped), STOPPED) if self.stopping else (error, FAILED)
        return self.error


def followed(work: UnderWay, steps: Steps[V]) -> Steps[V]:
    """The same steps; how they ended is remembered, also where what a thread did failed."""
    try:
        found = yield from _heard(work, steps)
    except (UserError, EnvironmentFault) as error:
        raised = work.fault(error)
        if raised is error:
            raise
        raise raised from error
    except BaseException:
        work.state = FAILED
        raise
    work.state = READY
    return found


def _heard(work: UnderWay, steps: Steps[V]) -> Steps[V]:
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


def _caught(work: UnderWay, wanted: Callable[[], object]) -> tuple[object, TollhouseError | None]:
    try:
        return wanted(), None
    except TollhouseError as error:
        return None, error
    except BaseException:
        work.state = FAILED
        raise

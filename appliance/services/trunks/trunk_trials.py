"""Test calls over a trunk: who may order one, what the carrier said so far, in plain words. Memory alone; the record stays.

Law: a test call is a real call: it has a record, it counts at the trunk, it costs what the carrier asks, and no customer
pays for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from appliance.errors import Conflict, NotFound, UserError
from appliance.i18n import sentence
from appliance.services.calls.call_record import CallRecord, Heard, Place
from appliance.services.calls.calls import Calls
from appliance.services.calls.emergency import digits_of
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room
from appliance.wire.shapes import ById
from appliance.wire.trunks import TestCallView, TrunkTestCall

MOST_KEPT = 50
LONGEST_RING, LONGEST_TALK = 60, 30
CALLING, RINGING, ANSWERED, ENDED, FAILED = "calling", "ringing", "answered", "ended", "failed"

_SAID = {
    0: "trial.silent", -1: "trial.unreachable", 401: "trial.credentials", 402: "trial.no_money", 403: "trial.refused", 404: "trial.unknown_number",
    407: "trial.credentials", 408: "trial.no_answer", 480: "trial.no_answer", 484: "trial.number_form", 486: "trial.busy", 487: "trial.stopped",
    488: "trial.codecs", 503: "trial.overloaded", 600: "trial.busy", 603: "trial.declined", 604: "trial.unknown_number",
}  # fmt: skip


class Trial:
    """One test call as it stands."""

    __slots__ = (
        "answered_at",
        "began",
        "early_media",
        "ended_at",
        "id",
        "number",
        "packets",
        "pdd_ms",
        "reason",
        "reseller",
        "state",
        "status",
        "trunk",
    )

    def __init__(self, row_id: int, trunk: str, reseller: int, number: str, began: float) -> None:
        self.id = row_id
        self.trunk = trunk
        self.reseller = reseller
        self.number = number
        self.began = began  # monotonic seconds
        self.state = CALLING
        self.status = 0
        self.reason = ""
        self.pdd_ms: int | None = None
        self.early_media = False
        self.packets = 0
        self.answered_at: int | None = None
        self.ended_at: int | None = None


class Order(NamedTuple):
    """What a running server is to place."""

    call: int
    place: Place
    number: str
    ring_seconds: int
    talk_seconds: int


class TrunkTrials:
    """`counters(call)` is a running server's: what the relay has counted, None where nothing."""

    def __init__(self, room: Room, calls: Calls, access: Access, lookups: Lookups, audit: Audit) -> None:
        self._room = room
        self._calls = calls
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._trials: dict[int, Trial] = {}
        self._started: dict[int, int] = {}  # UTC milliseconds
        self.counters: Callable[[int], Heard | None] = lambda call: None

    def order(self, actor: Actor, request: TrunkTestCall) -> Order:
        """Write the call that is about to be placed. UserError trial.number, trial.seconds, trial.emergency; Conflict
        trial.running, trial.trunk_disabled."""
        row = self._lookups.trunk(actor, request.id, "trunks.write", "id")
        trunk = self._room.hot.trunks.get(row.id)
        number = digits_of(request.number.strip())
        if not number.isdigit() or not 2 <= len(number) <= 32:
            raise UserError("trial.number", field="number")
        if not 5 <= request.seconds <= LONGEST_RING or not 0 <= request.talk_seconds <= LONGEST_TALK:
            raise UserError("trial.seconds", field="seconds", ring=LONGEST_RING, talk=LONGEST_TALK)
        if self._calls.is_emergency(number, None):
            raise UserError("trial.emergency", field="number", number=number)
        if trunk is None or trunk.disabled:
            raise Conflict("trial.trunk_disabled", field="id", trunk=row.name)
        under_way = (each for call, each in self._trials.items() if call in self._calls.running)  # one that could not be recorded is none
        if any(each.trunk == row.name and each.ended_at is None for each in under_way):
            raise Conflict("trial.running", field="id", trunk=row.name)
        called = trunk.prepend + number[trunk.strip :]
        at, now = self._room.clock.utcnow(), self._room.clock.monotonic()
        record = CallRecord("", at, "", request.number.strip(), number, "", "", "test", reseller=row.reseller_id, trunk=row.id, destination="test")
        call = self._calls.place_test(record, now, request.seconds + request.talk_seconds + 10)
        self._audit.noted(actor, "trunks.test_call", "trunk", row.id, number=number)
        self._trials[call] = Trial(call, row.name, row.reseller_id, number, now)
        self._started[call] = at
        for old in sorted(self._trials)[:-MOST_KEPT]:
            del self._trials[old], self._started[old]
        self._room.changes.note("trunk_test", call)
        shown = trunk.main_number
        return Order(
            call,
            Place(None, row.id, called, shown, anonymous=not shown, asserted=trunk.trusted and bool(shown)),
            called,
            request.seconds,
            request.talk_seconds,
        )

    def heard(self, call: int, status: int, reason: str, early_media: bool) -> None:
        """The carrier's own word, in the open unit of work."""
        trial = self._trials.get(call)
        if trial is None or trial.ended_at is not None:
            return
        trial.status, trial.reason = status, reason
        if early_media:
            trial.early_media = True
        if 100 < status < 300 and trial.pdd_ms is None:
            trial.pdd_ms = round((self._room.clock.monotonic() - trial.began) * 1000)
        if 100 < status < 200:
            trial.state = RINGING
        elif 200 <= status < 300:
            trial.state = ANSWERED
            trial.answered_at = self._room.clock.utcnow()
        self._room.changes.note("trunk_test", call)

    def ended(self, call: int, status: int, media: Heard | None) -> None:
        """The call is over; without any word of the carrier, `status` is what a caller would have seen."""
        trial = self._trials.get(call)
        if trial is None or trial.ended_at is not None:
            return
        if media is not None:
            trial.packets = _of_carrier(media)
        if trial.answered_at is None and 100 <= trial.status < 200:
            trial.status, trial.reason = (408, "") if status in (408, 480) else (status, "")
        trial.state = ENDED if trial.answered_at is not None else FAILED
        trial.ended_at = self._room.clock.utcnow()
        self._room.changes.note("trunk_test", call)

    def state(self, actor: Actor, request: ById) -> TestCallView:
        """How it stands; NotFound "trial.unknown"."""
        trial = self._trials.get(request.id)
        if trial is None or not self._access.may(actor, "trunks.read", trial.reseller):
            raise NotFound("trial.unknown", field="id")
        return self.view(trial.id)

    def view(self, call: int) -> TestCallView:
        """What is known of one."""
        trial = self._trials[call]
        media = self.counters(call) if trial.ended_at is None else None
        return TestCallView(
            id=call,
            trunk=trial.trunk,
            number=trial.number,
            state=trial.state,
            status=max(trial.status, 0),
            reason=trial.reason,
            words=sentence(_words(trial), {"status": str(trial.status), "reason": trial.reason, "packets": str(trial.packets)}),
            started_at=stamp(self._started[call]) or "",
            answered_at=stamp(trial.answered_at),
            ended_at=stamp(trial.ended_at),
            post_dial_delay_ms=trial.pdd_ms,
            early_media=trial.early_media,
            packets=_of_carrier(media) if media is not None else trial.packets,
            code=_words(trial),
        )


def _of_carrier(media: Heard) -> int:
    """The test call gives back what it hears, so that what came in is counted apart."""
    return media.echo_in


def _words(trial: Trial) -> str:
    """The code of the plain sentence."""
    if trial.state == ENDED:
        return "trial.worked" if trial.packets else "trial.worked_without_sound"
    if trial.state == FAILED:
        return _SAID.get(trial.status, "trial.failed")
    return f"trial.{trial.state}"

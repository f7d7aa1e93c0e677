"""What follows a booth: sent where it differs, a sign of life where it does not, and an end for who stands still or shows nothing more."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.web.test.requesthelper import DummyRequest

from appliance.web.booth_events import EVERY_SECONDS, GONE, QUIET_SECONDS, STILL_SECONDS, Follower


class Wire:
    """The connection under a request."""

    aborted = False

    def abortConnection(self) -> None:  # noqa: N802
        self.aborted = True


class Channel:
    def __init__(self) -> None:
        self.transport = Wire()


def following(says: list[str | None]) -> tuple[Clock, Any, Any, list[str]]:
    """A follower of what `says` holds first."""
    clock, request, ended = Clock(), DummyRequest([b"booth"]), list[str]()
    request.registerProducer = lambda producer, streaming: None
    request.channel = Channel()

    async def make() -> str | None:
        return says[0]

    return clock, request, Follower(clock, request, make, lambda: ended.append("ended")), ended


def seconds(clock: Clock, many: int) -> None:
    for _each in range(many):
        clock.advance(EVERY_SECONDS)


def test_only_what_differs_is_sent_and_a_sign_of_life() -> None:
    says: list[str | None] = ["<p>one</p>"]
    clock, request, _follower, _ended = following(says)
    assert request.written == [b'data: "<p>one</p>"\n\n']
    seconds(clock, QUIET_SECONDS - 1)
    assert len(request.written) == 1
    seconds(clock, 1)
    assert request.written[1].startswith(b":")
    says[0] = 'two\n"'
    seconds(clock, 1)
    assert request.written[2] == b'data: "two\\n\\""\n\n', "a line break ends no event"


def test_the_end_is_told_and_nothing_follows() -> None:
    says: list[str | None] = ["one"]
    clock, request, _follower, ended = following(says)
    request.unregisterProducer = lambda: None
    says[0] = None
    seconds(clock, 3)
    assert request.written[-1] == GONE and request.finished == 1 and ended == ["ended"]


def test_who_stands_still_is_dropped() -> None:
    says: list[str | None] = ["one"]
    clock, request, follower, _ended = following(says)
    follower.pauseProducing()
    for at in range(STILL_SECONDS - 1):
        says[0] = str(at)
        seconds(clock, 1)
    assert len(request.written) == 1 and not request.channel.transport.aborted
    follower.resumeProducing()
    seconds(clock, 1)
    assert len(request.written) == 2, "it goes on with what is true now"
    follower.pauseProducing()
    seconds(clock, STILL_SECONDS + 1)
    assert request.channel.transport.aborted

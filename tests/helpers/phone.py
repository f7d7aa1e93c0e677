"""Scripted phones for tests, on the demo's peers: real sockets, our own SIP core, a thread of their own.

with peers() as loop:
    phone = Phone(loop, ("127.0.0.1", 5060), "1000001", "secret")
    assert phone.register()
    call = phone.call("31201234567")
    assert call.wait("answered") and call.hears(440)
    call.hang_up()
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from appliance.demo_agent import Answer as Answer
from appliance.demo_agent import DemoPhone
from appliance.demo_call import DemoCall as PhoneCall
from appliance.demo_loop import AgentLoop


class Phone(DemoPhone):
    """A phone under the test's hand."""

    name = "Test phone"

    def call_answered(self, number: str, seconds: float = 20.0) -> PhoneCall:
        """Calls and waits for the answer; fails with what came instead."""
        call = self.call(number)
        assert call.wait("answered", seconds), f"{number}: nothing within {seconds} s, newest status {call.status}"
        assert call.state == "answered", f"{number}: {call.status} {call.reason}"
        return call

    def call_refused(self, number: str, seconds: float = 20.0) -> int:
        """Calls and waits for the refusal; its status."""
        call = self.call(number)
        assert call.wait("ended", seconds), f"{number}: nothing within {seconds} s, newest status {call.status}"
        return call.status

    def wait_call(self, seconds: float = 20.0) -> PhoneCall:
        """The newest call that came in."""
        before = [call for call in self.calls if not call.outgoing]
        if not before:
            assert self.loop.wait(lambda: any(not call.outgoing for call in self.calls), seconds), f"no call within {seconds} s"
        return next(call for call in reversed(self.calls) if not call.outgoing)


@contextmanager
def peers() -> Iterator[AgentLoop]:
    """The thread that scripted phones and trunks live in."""
    loop = AgentLoop().start()
    try:
        yield loop
    finally:
        loop.stop()

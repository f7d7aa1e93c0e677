"""A running server as far as operations ask it."""

from __future__ import annotations

from appliance.services.ground.access import Actor
from appliance.wire.calls import HangUp, RunningCalls
from appliance.wire.server import ServerStatus
from appliance.wire.shapes import ById, Done
from appliance.wire.traces import CallTrace, RefusalList, RefusalPage
from appliance.wire.trunks import TestCallView, TrunkTestCall


class Traces:
    """What was said, as far as operations ask it."""

    def call(self, actor: Actor, request: ById) -> CallTrace:
        return CallTrace(request.id, "Answered.", [], "", b"")

    refusal = call

    def refusals(self, actor: Actor, request: RefusalList) -> RefusalPage:
        return RefusalPage([])


class Live:
    """A running server as far as operations ask it."""

    def status(self) -> ServerStatus:
        return ServerStatus("1", True, "2026-01-01T00:00:00Z", ["udp:127.0.0.1:5060"], "http://127.0.0.1:80", 1, 2)

    def running_calls(self, actor: Actor) -> RunningCalls:
        return RunningCalls([])

    def hang_up(self, actor: Actor, request: HangUp) -> Done:
        return Done(request.id or 0)

    def end_booth_call(self, call: int) -> None:
        raise AssertionError("no booth calls")

    def test_call(self, actor: Actor, request: TrunkTestCall) -> TestCallView:
        return TestCallView(1, "carrier", request.number, "calling", 0, "", "Calling.", "2026-01-01T00:00:00Z", None, None, None, False, 0)

    @property
    def traces(self) -> Traces:
        return Traces()

    def test_state(self, actor: Actor, request: ById) -> TestCallView:
        return self.test_call(actor, TrunkTestCall(request.id, "31"))

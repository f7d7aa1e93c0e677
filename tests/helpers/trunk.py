"""A scripted carrier for tests: answers or refuses by number, with or without a digest challenge, and remembers."""

from __future__ import annotations

from appliance.demo_agent import Answer, DemoCarrier
from appliance.demo_call import DemoCall
from appliance.demo_loop import AgentLoop


class ScriptedTrunk(DemoCarrier):
    """`rules` gives what becomes of a number: the longest beginning of it that is named counts, "" is all others."""

    name = "Test carrier"

    def __init__(self, loop: AgentLoop, *, rules: dict[str, Answer] | None = None, **options: object) -> None:
        self.rules: dict[str, Answer] = {"": Answer(), **(rules or {})}
        super().__init__(loop, answer=self._rule, **options)

    def _rule(self, number: str) -> Answer:
        matching = [prefix for prefix in self.rules if number.startswith(prefix)]
        return self.rules[max(matching, key=len)]

    @property
    def dialled(self) -> list[str]:
        """Numbers asked for, oldest first."""
        return [invite.uri.partition(":")[2].partition("@")[0] for invite in self.invites]

    def wait_call(self, number: str = "", seconds: float = 20.0) -> DemoCall:
        """The newest call to that number, or to any."""

        def found() -> list[DemoCall]:
            return [call for call in self.calls if not call.outgoing and call.number.startswith(number)]

        assert self.loop.wait(found, seconds), f"no call to {number or 'anybody'} within {seconds} s"
        return found()[-1]

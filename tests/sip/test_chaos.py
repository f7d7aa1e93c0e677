"""Random orders of what people and networks do: afterwards nothing is left over, and every call has ended once."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from appliance.sip.facts import CallAnswered, CallEnded
from appliance.sip.policy import Cut
from tests.sip.fakes import FakeMedia, trunk_route
from tests.sip.simulation import ANSWER, OFFER, Home, Phone, PhoneCall, World, shop

HELD = OFFER + b"a=sendonly\r\n"


def reliable_then_answer(call: PhoneCall) -> None:
    call.answer(183, ANSWER, ("Require", "100rel"), ("RSeq", "1"))
    call.answer(200)


def early_then_answer(call: PhoneCall) -> None:
    call.answer(180)
    call.answer(183, ANSWER)
    call.answer(200, ANSWER)


SCRIPTS: list[Callable[[PhoneCall], None]] = [
    lambda call: call.answer(180),
    lambda call: call.answer(200, ANSWER),
    lambda call: call.answer(486),
    lambda call: call.answer(503),
    lambda call: call.answer(302),
    lambda call: call.answer(603),
    lambda call: None,
    reliable_then_answer,
    early_then_answer,
]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "call",
                "reliable",
                "prack",
                "phone",
                "emergency",
                "cancel",
                "bye",
                "there_bye",
                "invite",
                "there_invite",
                "info",
                "there_update",
                "answer",
                "cut",
                "hang_up",
                "silent",
                "fail",
                "late",
                "register",
                "icmp",
            ]
        ),
        st.integers(0, len(SCRIPTS) - 1),
        st.sampled_from([0.0, 0.003, 0.005, 0.01, 0.3, 1.0, 4.0, 40.0]),
    ),
    min_size=1,
    max_size=14,
)


class Players:
    """The shop, and one step of anybody."""

    def __init__(self, seed: int, loss: float, relay: bool) -> None:
        media = FakeMedia() if relay else None
        self.world, self.home, self.alice, self.bob, self.carrier = shop(seed, media=media)
        self.world.loss, self.world.double, self.world.spread = loss, loss / 2, loss / 10
        self.second = Phone(self.world, "10.0.0.61", 5060, "1000002")
        self.second.register()
        self.backup = Phone(self.world, "10.0.0.8", 5090, "backup")
        if relay:
            self.home.policy.media = "always"
        self.home.policy.routes = None

    def step(self, what: str, number: int) -> None:
        there = [self.carrier, self.bob, self.second, self.backup]
        mine, theirs = self.alice.calls, [call for phone in there for call in phone.calls]
        if what in ("call", "reliable", "late", "phone", "emergency"):
            there[number % 4].script = SCRIPTS[number]
            self.home.policy.routes = None if what == "phone" else [trunk_route(1, "312"), trunk_route(2, "312")]
            more = (("Require", "100rel"),) if what == "reliable" or (what == "late" and number % 2) else ()
            self.alice.call({"phone": "1000002", "emergency": "112"}.get(what, "312"), b"" if what == "late" else OFFER, *more)
        elif what == "silent":
            there[number % 4].silent = not there[number % 4].silent
        elif what == "icmp":
            self.home.icmp(("10.0.0.9", 5090), self.world.now)
        elif what == "fail":
            self.home.fail = not self.home.fail
        elif what == "register":
            self.bob.register(0 if number % 2 else 3600)
        elif what in ("cut", "hang_up") and self.home.policy.last_call:
            call = max(1, self.home.policy.last_call - number % 3)
            if what == "cut":
                self.home.policy.cuts.append((self.world.now, Cut(call, "credit")))
            else:
                self.home.engine.hang_up(call, "normal", "operator", self.world.now)
                self.home.pump()
        elif what.startswith("there_") or what == "answer":
            if theirs:
                self._callee(what, theirs[number % len(theirs)])
        elif mine:
            self._caller(what, mine[number % len(mine)])

    def _callee(self, what: str, call: PhoneCall) -> None:
        if what == "answer" and call.incoming is not None and call.state == "calling":
            call.answer(200, ANSWER)
        elif what == "there_bye":
            call.bye()
        elif what == "there_invite":
            call.send("INVITE", HELD)
        elif what == "there_update":
            call.send("UPDATE", HELD)

    def _caller(self, what: str, call: PhoneCall) -> None:
        if what == "cancel":
            call.cancel()
        elif what == "bye":
            call.bye()
        elif what == "invite" and call.state == "answered":
            call.send("INVITE", HELD)
        elif what == "info":
            call.send("INFO", b"x")
        elif what == "prack":
            for response in [each for each in call.responses if each.get("RSeq") is not None][-2:]:
                call.send("PRACK", b"", ("RAck", f"{response.get('RSeq')} {response.cseq.number} INVITE"))


def settle(players: Players) -> None:
    """Everything works again, calls that still run are hung up, and time passes."""
    world, home = players.world, players.home
    world.loss = world.double = 0.0
    home.fail = False
    world.run(70)
    for call in home.engine.live_calls():
        home.engine.hang_up(call, "shutdown", "server", world.now)
    home.pump()
    world.run(300)


def check(home: Home, world: World) -> None:
    assert home.leaks() == {}
    answered = {fact.call for fact in home.facts if isinstance(fact, CallAnswered)}
    ended = [fact.call for fact in home.facts if isinstance(fact, CallEnded)]
    assert answered <= set(ended)
    assert len(ended) == len(set(ended))
    media = home.engine._exchange.media
    if isinstance(media, FakeMedia):
        assert media.opened == {}


@given(STEPS, st.integers(0, 1000), st.sampled_from([0.0, 0.0, 0.1, 0.4]), st.booleans())
def test_whatever_happens_nothing_is_left(steps: list[tuple[str, int, float]], seed: int, loss: float, relay: bool) -> None:
    players = Players(seed, loss, relay)
    players.world.run(1)
    for what, number, pause in steps:
        players.step(what, number)
        players.world.run(pause)
    settle(players)
    check(players.home, players.world)

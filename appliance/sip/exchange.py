"""What all calls of one engine share; handed to each leg instead of the engine itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from appliance.sip.addresses import Addresses
from appliance.sip.facts import Fact
from appliance.sip.grammar import Rng
from appliance.sip.guard import Guard, GuardSettings
from appliance.sip.locator import Locator
from appliance.sip.message import Request
from appliance.sip.policy import Media, Policy
from appliance.sip.session_timer import asking
from appliance.sip.settings import EngineSettings
from appliance.sip.timers import Timers
from appliance.sip.trace import Trace
from appliance.sip.transaction import ServerTransaction, TransactionLayer

if TYPE_CHECKING:
    from appliance.sip.call import Call
    from appliance.sip.leg import Leg

TRACED_LEGS = 3  # Call-IDs kept for each call that is to be kept: the caller's, and as many of callees as calls have on average
METHODS = "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY, MESSAGE, REGISTER"


class DialogOwner(Protocol):
    """Whoever answers for a dialog; found by our tag."""

    def owns(self, request: Request) -> bool:
        """Whether the Call-ID and the peer's tag are this dialog's too (RFC 3261 12.2.2)."""
        ...

    def on_request(self, tx: ServerTransaction, request: Request, now: float) -> None:
        """A request within the dialog, ACK and CANCEL excepted."""
        ...

    def on_ack(self, request: Request, now: float) -> None:
        """The ACK of a 2xx."""
        ...


class Exchange:
    """Tables and neighbours. `owners` finds a dialog by our tag; `calls` the live calls by their id.

    `seen_as(listener, host, port)` is told how a trunk sees us (received and rport of RFC 3581; port 0: not said).
    """

    __slots__ = (
        "addresses",
        "asking",
        "begun",
        "calls",
        "emergencies",
        "guard",
        "layer",
        "led_on",
        "locator",
        "media",
        "news",
        "owners",
        "policy",
        "product",
        "refer",
        "rng",
        "seen_as",
        "settings",
        "timers",
        "trace",
        "waiting",
    )

    def __init__(
        self,
        policy: Policy,
        media: Media | None,
        settings: EngineSettings,
        addresses: Addresses,
        timers: Timers,
        rng: Rng,
    ) -> None:
        self.policy = policy
        self.media = media
        self.settings = settings
        self.addresses = addresses
        self.timers = timers
        self.rng = rng
        self.product = settings.product
        self.asking = asking(settings.session_expires, settings.session_minimum)  # what each INVITE of ours says of session timers
        self.layer: TransactionLayer
        self.news: list[Fact] = []
        self.owners: dict[str, DialogOwner] = {}
        self.calls: dict[int, Call] = {}
        self.waiting: dict[int, Call] = {}  # for the relay to start
        self.locator = Locator(rng)
        self.seen_as: Callable[[int, str, int], None] = lambda listener, host, port: None
        self.begun: Callable[[ServerTransaction, Call], None]  # a call that began within another's dialog
        self.led_on: Callable[[Call], None]  # a call whose record was changed before its answer
        self.refer: Callable[[Call, Leg, ServerTransaction, Request, float], None]  # the engine's: calls know no transfers
        self.trace = Trace(settings.trace_calls * TRACED_LEGS)
        self.guard = Guard(
            GuardSettings(
                enabled=settings.guard_enabled,
                guesses=settings.guard_guesses,
                requests=settings.guard_requests,
                silence_seconds=float(settings.guard_ban_seconds),
                exempt=settings.guard_exempt,
            )
        )
        self.emergencies: set[str] = set()  # Call-IDs of both sides of emergency calls

    def tag(self) -> str:
        """A tag of ours: 64 random bits (RFC 3261 19.3 asks for 32)."""
        return f"{self.rng.getrandbits(64):016x}"

    def call_id(self) -> str:
        """A Call-ID of ours."""
        return f"{self.rng.getrandbits(128):032x}"

"""Whether a side of an answered call still lives (RFC 4028).

Law of this file: whoever can refresh is asked to, on each leg by itself; towards a peer that cannot we ask for a sign of
life (OPTIONS in the dialog) twice in the interval. So a dead peer costs at most the interval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from appliance.sip.headers import delta_seconds
from appliance.sip.message import Message, Request, Response
from appliance.sip.timers import Timer
from appliance.sip.transaction import ClientTransaction

if TYPE_CHECKING:
    from appliance.sip.leg import Leg

REFRESHING = frozenset(("INVITE", "UPDATE"))  # RFC 4028 3


class Session(NamedTuple):
    """What was agreed with one side: seconds, and whether that side refreshes."""

    seconds: int
    theirs: bool


def too_small(request: Request, minimum: int) -> bool:
    """Whether an INVITE asks for an interval below ours (RFC 4028 9: 422 with Min-SE)."""
    asked = delta_seconds(request.get("Session-Expires"))
    return asked is not None and asked < minimum and "timer" in request.options("Supported")


def agreed_with_caller(request: Request, usual: int) -> Session:
    """The caller refreshes if it can (RFC 4028 9: the UAC supports `timer`)."""
    asked = delta_seconds(request.get("Session-Expires"))
    seconds = usual if asked is None else min(asked, usual)
    return Session(seconds, "timer" in request.options("Supported") or "timer" in request.options("Require"))


def agreed_with_callee(response: Response, usual: int) -> Session:
    """A callee that names an interval refreshes, since our INVITE asked it to."""
    granted = delta_seconds(response.get("Session-Expires"))
    if not granted:
        return Session(usual, False)
    return Session(granted, "refresher=uac" not in (response.get("Session-Expires") or "").replace(" ", "").lower())


def asking(seconds: int, minimum: int) -> list[tuple[str, str]]:
    """Headers of a request of ours that makes or refreshes a session: the other side is to refresh."""
    return [("Supported", "timer, replaces"), ("Session-Expires", f"{seconds};refresher=uas"), ("Min-SE", str(minimum))] if seconds else []


def granting(session: Session | None) -> list[tuple[str, str]]:
    """Headers of our 2xx to a request that makes or refreshes a session: whoever asked goes on refreshing."""
    if session is None or not session.theirs or not session.seconds:
        return []
    return [("Require", "timer"), ("Session-Expires", f"{session.seconds};refresher=uac")]


class SessionTimer:
    """Watches one leg. `heard` tells it of each refresh."""

    __slots__ = ("_leg", "_timer", "session")

    def __init__(self, leg: Leg, session: Session, now: float) -> None:
        self._leg: Leg | None = leg
        self.session = session
        self._timer: Timer | None = None
        self._arm(now)

    def _arm(self, now: float) -> None:
        leg = self._leg
        if leg is None:
            return
        seconds = self.session.seconds
        # RFC 4028 10: BYE a third of the interval, at most 32 s, before its end.
        wait = seconds - min(32.0, seconds / 3) if self.session.theirs else seconds / 2
        leg.exchange.timers.cancel(self._timer)
        self._timer = leg.exchange.timers.at(now + wait, self)

    def heard(self, message: Message, now: float) -> None:
        """A refresh came, or one of ours was accepted; a peer that names another interval is taken at its word."""
        if isinstance(message, Response) and delta_seconds(message.get("Session-Expires")):
            self.session = agreed_with_callee(message, self.session.seconds)
        self._arm(now)

    def stop(self) -> None:
        """The leg is over."""
        if self._leg is not None:
            self._leg.exchange.timers.cancel(self._timer)
            self._leg = self._timer = None

    def on_timer(self, token: object, now: float) -> None:
        """No refresh came in time, or it is time to ask."""
        leg = self._leg
        if leg is None:
            return
        if self.session.theirs:
            self._dead(now)
            return
        request = leg.dialog.request("OPTIONS")
        request.headers.append(("Contact", leg.contact))
        leg.exchange.layer.request(request, leg.dialog.flow, now, self)
        self._arm(now)

    def on_response(self, tx: ClientTransaction, response: Response, now: float) -> None:
        """Any answer is a sign of life, but the one that denies the dialog."""
        if response.status == 481:
            self._dead(now)

    def on_timeout(self, tx: ClientTransaction, now: float) -> None:
        """No sign of life."""
        self._dead(now)

    def on_transport_error(self, tx: ClientTransaction, now: float) -> None:
        """No sign of life."""
        self._dead(now)

    def _dead(self, now: float) -> None:
        leg = self._leg
        if leg is not None and leg.call is not None:
            leg.call.end("session_timer", "server", "", now)

"""Whether a side of an answered call still lives (RFC 4028).

Law of this file: whoever can refresh is asked to, on each leg by itself, and where the peer leaves it to us we do (UPDATE, or
a re-INVITE where it knows no UPDATE); towards a peer that knows nothing of it we ask for a sign of life (OPTIONS in the
dialog) twice in the interval. So a dead peer costs at most the interval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from appliance.sip.headers import delta_seconds
from appliance.sip.message import Message, Request, Response
from appliance.sip.timers import Timer
from appliance.sip.transaction import ClientTransaction

if TYPE_CHECKING:
    from appliance.sip.leg import Leg

REFRESHING = frozenset(("INVITE", "UPDATE"))  # RFC 4028 3
LONGEST_SESSION = 86_400  # seconds: longer intervals than that find no dead peer
SOON = 3.0  # seconds until a refresh that met another request is tried again


class Session(Struct, frozen=True, gc=False):
    """What was agreed with one side: seconds, and who refreshes: that side, or we. Neither: it knows no session timers."""

    seconds: int
    theirs: bool
    ours: bool = False


UNWATCHED = Session(0, False)


def too_small(request: Request, minimum: int) -> bool:
    """Whether a request asks for an interval below ours (RFC 4028 9: 422 with Min-SE)."""
    said = request.get("Session-Expires")
    if said is None:
        return False
    asked = delta_seconds(said)
    return asked is not None and asked < minimum and "timer" in request.options("Supported")


def agreed_with_caller(request: Request, usual: int) -> Session:
    """The peer that asks refreshes if it can, unless it says that we are to (RFC 4028 9 and its table 2)."""
    said = request.get("Session-Expires")
    asked = delta_seconds(said)
    seconds = usual if asked is None or not usual else min(asked, max(usual, delta_seconds(request.get("Min-SE")) or 0))
    for name in ("Supported", "Require"):
        if request.get(name) is not None and "timer" in request.options(name):
            ours = _refresher(said) == "uas"
            return Session(seconds, not ours, ours)
    return Session(seconds, False)


def agreed_with_callee(response: Response, usual: int) -> Session:
    """A callee that names an interval refreshes, since our INVITE asked it to; one that leaves it to us is taken at its word."""
    said = response.get("Session-Expires")
    granted = None if said is None else delta_seconds(said)
    if not granted:
        return Session(usual, False)
    ours = _refresher(said) == "uac"
    return Session(granted, not ours, ours)


def _refresher(value: str | None) -> str:
    """`uac`, `uas` or "" of a Session-Expires."""
    for part in (value or "").lower().split(";")[1:]:
        name, _, who = part.partition("=")
        if name.strip() == "refresher":
            return who.strip()
    return ""


def asking(seconds: int, minimum: int, ours: bool = False) -> list[tuple[str, str]]:
    """Headers of a request of ours that makes or refreshes a session: the other side is to refresh, unless `ours`."""
    if not seconds:
        return []
    return [
        ("Supported", "timer, replaces, tdialog"),
        ("Session-Expires", f"{seconds};refresher={'uac' if ours else 'uas'}"),
        ("Min-SE", str(minimum)),
    ]


def renewing(session: Session | None, minimum: int) -> list[tuple[str, str]]:
    """The same of a request in the dialog: what was agreed on goes on."""
    return asking(session.seconds, minimum, session.ours) if session is not None and (session.theirs or session.ours) else []


def longer(request: Request, response: Response, cseq: int) -> Request | None:
    """After 422: the request once more with the interval that the peer wants at least (RFC 4028 7.3); None where that leads nowhere."""
    said, wanted = request.get("Session-Expires"), delta_seconds(response.get("Min-SE"))
    asked = delta_seconds(said)
    if response.status != 422 or not wanted or asked is None or not asked < wanted <= LONGEST_SESSION:
        return None
    again = request.copy()
    again.set("CSeq", f"{cseq} {request.method}")
    again.set("Session-Expires", f"{wanted};refresher={_refresher(said) or 'uas'}")
    again.set("Min-SE", str(wanted))
    return again


def granting(session: Session | None) -> list[tuple[str, str]]:
    """Headers of our 2xx to a request that makes or refreshes a session: who refreshes as agreed."""
    if session is None or not session.seconds or not (session.theirs or session.ours):
        return []
    return [("Require", "timer"), ("Session-Expires", f"{session.seconds};refresher={'uas' if session.ours else 'uac'}")]


class SessionTimer(Struct, eq=False):
    """Watches one leg, None once it is over, from `arm` on. `heard` tells it of each refresh."""

    leg: Leg | None
    session: Session
    timer: Timer | None = None
    by_invite: bool = False  # the peer takes no UPDATE
    turned: bool = False  # the question went by another connection, and is not answered yet

    def arm(self, now: float) -> None:
        """Begin to wait, or anew."""
        leg, session = self.leg, self.session
        if leg is None:
            return
        seconds = session.seconds
        # RFC 4028 10: BYE a third of the interval, at most 32 s, before its end.
        wait = seconds - min(32.0, seconds / 3) if session.theirs else seconds / 2
        timers = leg.exchange.timers
        if self.timer is not None:
            timers.cancel(self.timer)
        self.timer = timers.at(now + wait, self)

    def heard(self, message: Message, now: float) -> None:
        """A refresh came, or one of ours was accepted; a peer that names another interval or refresher is taken at its word."""
        leg = self.leg
        if leg is not None and delta_seconds(message.get("Session-Expires")):
            if isinstance(message, Response):
                self.session = agreed_with_callee(message, self.session.seconds)
            elif isinstance(message, Request):
                self.session = agreed_with_caller(message, leg.exchange.settings.session_expires)
        self.arm(now)

    def on_timer(self, token: object, now: float) -> None:
        """No refresh came in time, or it is time to ask."""
        leg = self.leg
        if leg is None:
            return
        if self.session.theirs:
            self._dead(now)
            return
        if self.session.ours and self.by_invite:
            leg.refresh_session(now)
        else:
            request = leg.dialog.request("UPDATE" if self.session.ours else "OPTIONS")
            request.headers.append(("Contact", leg.contact))
            request.headers.extend(renewing(self.session, leg.exchange.settings.session_minimum))
            leg.exchange.layer.request(request, leg.dialog.flow, now, self)
        self.arm(now)

    def on_response(self, tx: ClientTransaction, response: Response, now: float) -> None:
        """Any answer is a sign of life, but the one that denies the dialog; a refresh that was not taken is tried otherwise."""
        status, leg = response.status, self.leg
        self.turned = False
        if status == 481:
            self._dead(now)
        elif leg is None or status < 200 or tx.request.method != "UPDATE":
            return
        elif status < 300:
            self.heard(response, now)
        elif (again := longer(tx.request, response, leg.dialog.local_cseq + 1)) is not None:
            leg.dialog.local_cseq += 1
            leg.exchange.layer.request(again, leg.dialog.flow, now, self)
        else:
            # 491 and 500: another request is under way (RFC 3311 5.2); all else is one that knows no UPDATE.
            self.by_invite = status not in (491, 500)
            leg.exchange.timers.cancel(self.timer)
            self.timer = leg.exchange.timers.at(now + SOON, self)

    def on_timeout(self, tx: ClientTransaction, now: float) -> None:
        """No sign of life."""
        self._dead(now)

    def on_transport_error(self, tx: ClientTransaction, now: float) -> None:
        """No sign of life, unless the peer is asked by another connection."""
        leg = self.leg
        if leg is not None and not self.turned and leg.turn():
            self.turned = True
            leg.exchange.layer.request(tx.request.copy(), leg.dialog.flow, now, self)
        else:
            self._dead(now)

    def _dead(self, now: float) -> None:
        leg = self.leg
        if leg is not None and leg.call is not None:
            leg.call.end("session_timer", "server", "", now)

"""One side of an answered call: its dialog, and what of INVITE is under way in it.

Law of this file: at most one INVITE at a time in either direction (RFC 3261 14), and no BYE of ours to a caller before
its ACK has come (15). What a leg is asked in its dialog goes through `in_dialog` to the other leg.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from appliance.sip.another_way import turn
from appliance.sip.assured import Assured
from appliance.sip.branch import refresh_target
from appliance.sip.challenge import Account
from appliance.sip.dialog import Dialog
from appliance.sip.exchange import Exchange
from appliance.sip.farewell import say_bye
from appliance.sip.leg_events import Headers
from appliance.sip.message import Request, response_to
from appliance.sip.passing import passing
from appliance.sip.reoffer import Reoffer
from appliance.sip.session_timer import REFRESHING, Session, SessionTimer, too_small
from appliance.sip.transaction import ServerTransaction

if TYPE_CHECKING:
    from appliance.sip.call import Call
    from appliance.sip.in_dialog import Relayed

#: Takes the ACK's body and end-to-end headers to the other leg.
Acknowledge = Callable[[bytes, Headers, float], None]
_SIDES = ("caller", "callee")


class Leg(Struct, eq=False):
    """`side` 0 faces the caller, 1 the callee; `call` is None once the call is over.

    `unacked`: the 2xx of ours that waits for its ACK; `late`: whoever on the other leg waits for what that ACK carries.
    `inviting`: an INVITE of ours has no final answer yet; `invited`: one of the peer's has none.
    """

    exchange: Exchange
    call: Call | None
    side: int
    dialog: Dialog
    account: Account | None
    trunk: bool
    contact: str
    assured: Assured | None = None  # holds our 2xx back
    unacked: ServerTransaction | None = None
    late: Acknowledge | None = None
    inviting: bool = False
    invited: Relayed | None = None
    ending: str | None = None
    endpoint: int | None = None  # whose phone it is; kept for the BYE, when the call is forgotten
    timer: SessionTimer | None = None

    def __post_init__(self) -> None:
        self.exchange.owners[self.dialog.local_tag] = self

    def owns(self, request: Request) -> bool:
        dialog = self.dialog
        return request.call_id == dialog.call_id and request.from_.tag == dialog.remote_tag

    def await_ack(self, tx: ServerTransaction, late: Acknowledge | None, assured: Assured | None = None) -> None:
        """A 2xx of ours to an INVITE was sent, or is by `assured`; it is repeated until its ACK comes."""
        tx.owner = self
        self.unacked = tx
        self.late = late
        if assured is not None:
            self.assured = assured
            assured.leg = self

    def on_ack(self, request: Request, now: float) -> None:
        """The ACK of our 2xx; one that comes again changes nothing."""
        tx = self.unacked
        if tx is None or request.cseq.number != tx.request.cseq.number:
            return
        tx.acked()
        self.unacked = None
        late, self.late = self.late, None
        if late is not None:
            late(request.body, passing(request), now)
        if self.ending is not None:
            self._farewell(self.ending, now)

    def on_no_ack(self, tx: ServerTransaction, now: float) -> None:
        """RFC 3261 13.3.1.4: a 2xx that is never acknowledged ends the dialog."""
        if tx is not self.unacked:
            return
        self.unacked = None
        late, self.late = self.late, None
        if late is not None:
            late(b"", (), now)
        call = self.call
        if call is not None:
            call.end("timeout", "server", 'SIP;cause=408;text="No ACK"', now)
        elif self.ending is not None:
            self._farewell(self.ending, now)

    def on_cancel(self, tx: ServerTransaction, cancel: Request, now: float) -> None:
        """The INVITE that is answered cannot be cancelled any more, but where the caller was not told of the answer yet."""
        if self.assured is not None:
            self.withdraw(tx, 487, "normal", now)

    def withdraw(self, tx: ServerTransaction, status: int, cause: str, now: float) -> None:
        """The answer never left us: the INVITE is refused, and the call over."""
        call = self.call
        tx.respond(response_to(tx.request, status, None, self.dialog.local_tag), now)
        late = self.late
        self._settle()
        self._unregister()
        self.ending = ""  # there is no dialog to say BYE in
        if late is not None:
            late(b"", (), now)
        if call is not None:
            call.end(cause, _SIDES[self.side], f"SIP;cause={status}", now)

    def on_transport_error(self, tx: ServerTransaction, now: float) -> None:
        """The 2xx could not be delivered; `on_no_ack` will tell whether it matters."""

    def on_request(self, tx: ServerTransaction, request: Request, now: float) -> None:
        """A request in the dialog (RFC 3261 12.2.2)."""
        call = self.call
        if request.method == "PRACK" and self.invited is None:
            self._on_prack(tx, request, now)
        elif request.method == "BYE":
            self._on_bye(tx, request, now)
        elif call is None:
            tx.respond(response_to(request, 481), now)
        elif not self.dialog.in_order(request.cseq.number):
            tx.respond(response_to(request, 500), now)
        elif request.method in REFRESHING and too_small(request, self.exchange.settings.session_minimum):
            tx.reply(422, now, None, (("Min-SE", str(self.exchange.settings.session_minimum)),))
        elif request.method == "INVITE":
            self._on_invite(call, tx, request, now)
        else:
            call.dialog_request(self, tx, request, now)

    def _on_prack(self, tx: ServerTransaction, request: Request, now: float) -> None:
        """Of a provisional answer to the INVITE that made the dialog: what is not waited for any more (RFC 3262 3) matters to nobody."""
        if not self.dialog.in_order(request.cseq.number):
            tx.respond(response_to(request, 500), now)
        elif self.assured is None or not self.assured.answer(tx, request, now):
            tx.respond(response_to(request, 481), now)

    def _on_bye(self, tx: ServerTransaction, request: Request, now: float) -> None:
        """Answer first, then end the other side (RFC 3261 15.1.2)."""
        tx.respond(response_to(request, 200), now)
        call = self.call
        if self.invited is not None:
            self.invited.give_up(now)
        if self.assured is not None and self.unacked is not None:
            self.unacked.respond(response_to(self.unacked.request, 487, None, self.dialog.local_tag), now)
        self._settle()
        self._unregister()
        if call is not None:
            call.on_bye(self, request.all("Reason"), now)

    def _on_invite(self, call: Call, tx: ServerTransaction, request: Request, now: float) -> None:
        """RFC 3261 14.2: one INVITE at a time; a crossing one is 491, a second one from the same side 500."""
        if self.inviting or call.other(self).invited is not None:
            tx.respond(response_to(request, 491), now)
        elif self.invited is not None or self.unacked is not None:
            response = response_to(request, 500)
            response.add("Retry-After", str(self.exchange.rng.getrandbits(3)))
            tx.respond(response, now)
        else:
            call.dialog_request(self, tx, request, now)

    def refresh(self, tx: ServerTransaction, request: Request) -> None:
        """A target refresh of the peer was accepted (12.2.2)."""
        refresh_target(self.dialog, request, tx.flow, self.trunk)

    def end(self, reason: str, now: float) -> None:
        """Say BYE as soon as it is allowed, and have nothing more to do with the call."""
        if self.call is not None:
            self.endpoint = self.call.endpoints[self.side]
        self.call = None
        if self.invited is not None:
            self.invited.give_up(now)
        if self.ending is not None:
            return
        if self.unacked is None:
            self._farewell(reason, now)
        else:
            self.ending = reason
            self._watch_no_more()

    def watch(self, session: Session, now: float) -> None:
        """Find out if the peer dies (RFC 4028)."""
        if session.seconds:
            self.timer = SessionTimer(self, session)
            self.timer.arm(now)

    @property
    def session(self) -> Session | None:
        """What was agreed on refreshing, None where nothing is watched."""
        return None if self.timer is None else self.timer.session

    def turn(self) -> bool:
        """The connection is gone: whether the peer can be reached by another, which is used from now on."""
        call = self.call
        return turn(self.exchange, self.dialog, call.endpoints[self.side] if call is not None else None)

    def refresh_session(self, now: float) -> None:
        """Tell the peer once more what it was told last, for the sake of its session timer (RFC 4028 7.4)."""
        call = self.call
        body = call.sdp.described(call.other(self).side) if call is not None and call.other(self) is not self else b""
        if call is not None and body:
            Reoffer(call, self, body, otherwise=_as_it_was).send(now)

    def _watch_no_more(self) -> None:
        timer, self.timer = self.timer, None
        if timer is not None:
            timer.leg = None
            self.exchange.timers.cancel(timer.timer)

    def _settle(self) -> None:
        """Nothing is waited for any more."""
        if self.timer is not None:
            self._watch_no_more()
        if self.assured is not None:
            self.assured.stop()
        self.call = None
        self.late = None
        self.ending = None
        if self.unacked is not None:
            self.unacked.acked()
            self.unacked = None

    def _farewell(self, reason: str, now: float) -> None:
        self._settle()
        say_bye(self.exchange, self.dialog, self.account, reason, now, self.endpoint)

    def _unregister(self) -> None:
        owners = self.exchange.owners
        if owners.get(self.dialog.local_tag) is self:
            del owners[self.dialog.local_tag]


def _as_it_was(now: float) -> None:
    """A refresh that the peer refuses changes nothing."""

"""One call of a demo peer: its dialog, its sound, and what it waits for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from appliance.demo_sound import Voice
from appliance.sip.message import Request, Response, response_to
from appliance.sip.transaction import ClientTransaction, ServerTransaction

if TYPE_CHECKING:
    from appliance.demo_agent import DemoPeer

CALLING, RINGING, ANSWERED, ENDED = "calling", "ringing", "answered", "ended"


class DemoCall:
    """A call as its peer sees it. `state` goes calling, ringing, answered, ended; `status` is the newest SIP status seen
    or given; `ended_by` "us" or "them". Methods may be called from any thread."""

    def __init__(self, peer: DemoPeer, outgoing: bool, number: str) -> None:
        self.peer = peer
        self.loop = peer.loop
        self.outgoing = outgoing
        self.number = number  # called, or dialled by the other side
        self.state = CALLING
        self.status = 0
        self.reason = ""
        self.ended_by = ""
        self.answered_at = self.ended_at = 0.0  # the loop's seconds
        self.caller = ""  # From as received, for calls that came in
        self.invite: Request | None = None  # as received or last sent
        self.answer: Response | None = None  # the newest final response
        self.requests: list[Request] = []  # what came within the dialog
        self.early_media = False  # a provisional answer had a description
        self.voice: Voice | None = None
        self.call_id = ""
        self.local = self.remote = ""  # From and To of what we send
        self.target = ""
        self.route: list[str] = []
        self.cseq = 0
        self.transaction: ClientTransaction | None = None
        self.pending: ServerTransaction | None = None
        self.reinvite: ClientTransaction | None = None
        self.direction = "sendrecv"
        self.version = 0
        self.tried_credentials = False
        self.on_ended: Callable[[DemoCall], None] | None = None

    # -- from any thread ----------------------------------------------------------------------------------------

    def wait(self, state: str, seconds: float = 20.0) -> bool:
        """Until the call is in `state` or past it."""
        order = (CALLING, RINGING, ANSWERED, ENDED)
        return self.loop.wait(lambda: order.index(self.state) >= order.index(state), seconds)

    def hears(self, frequency: float, seconds: float = 10.0) -> bool:
        """Whether that tone is heard within so long."""
        return self.loop.wait(lambda: self.voice is not None and self.voice.hears(frequency), seconds)

    def hang_up(self) -> None:
        """BYE, or CANCEL before the answer, or 486 to a call that came in and is not answered."""
        self.loop.ask(self._hang_up)

    def hold(self, held: bool = True) -> None:
        """re-INVITE with sendonly, or back to sendrecv; waits for the answer."""
        self.loop.ask(lambda: self._reinvite("sendonly" if held else "sendrecv"))
        self.loop.wait(lambda: self.reinvite is None, 20.0)

    def send(self, method: str, headers: tuple[tuple[str, str], ...] = (), body: bytes = b"") -> None:
        """Any request within the dialog: INFO, MESSAGE, REFER, OPTIONS, …"""
        self.loop.ask(lambda: self.request(method, headers, body))

    # -- in the loop --------------------------------------------------------------------------------------------

    def request(self, method: str, headers: tuple[tuple[str, str], ...] = (), body: bytes = b"") -> ClientTransaction:
        """A request within the dialog."""
        self.cseq += 1
        request = Request(method, self.target, [], body)
        self._dress(request)
        for name, value in headers:
            request.add(name, value)
        return self.peer.layer.request(request, self.peer.flow, self.loop.now(), self)

    def _dress(self, request: Request) -> None:
        request.add("Max-Forwards", "70")
        for hop in self.route:
            request.add("Route", hop)
        request.add("From", self.local)
        request.add("To", self.remote)
        request.add("Call-ID", self.call_id)
        request.add("CSeq", f"{self.cseq} {request.method}")
        request.add("Contact", self.peer.contact)
        request.add("User-Agent", self.peer.name)

    def begin(self, uri: str, headers: tuple[tuple[str, str], ...]) -> None:
        """The first INVITE."""
        self.target = uri
        self.cseq += 1
        invite = Request("INVITE", uri, [], self.describe())
        self._dress(invite)
        invite.add("Content-Type", "application/sdp")
        invite.add("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE")
        for name, value in headers:
            invite.set(name, value)
        self.invite = invite
        self.transaction = self.peer.layer.request(invite, self.peer.flow, self.loop.now(), self)

    def _reinvite(self, direction: str) -> None:
        self.direction = direction
        if self.voice is not None:
            self.voice.muted = direction in ("recvonly", "inactive")
        self.reinvite = self.request("INVITE", (("Content-Type", "application/sdp"),), self.describe())

    def describe(self) -> bytes:
        """Our session description (RFC 8866), both G.711 laws and telephone events."""
        if self.voice is None:
            self.voice = self.peer.new_voice()
        self.version += 1
        host, port = self.peer.media_host, self.voice.port
        kind = "IP6" if ":" in host else "IP4"
        wanted = self.peer.payload_types
        lines = [
            "v=0", f"o=- {port} {self.version} IN {kind} {host}", "s=-", f"c=IN {kind} {host}", "t=0 0",
            f"m=audio {port} RTP/AVP {' '.join(map(str, wanted))} 101", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000",
            "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=ptime:20", f"a={self.direction}", "",
        ]  # fmt: skip
        return "\r\n".join(lines).encode()

    def follow(self, body: bytes) -> None:
        """Talk to where the other side's description says."""
        host, port, types, direction = "", 0, [], "sendrecv"
        for line in body.decode("utf-8", "replace").splitlines():
            if line.startswith("c="):
                host = line.split()[-1]
            elif line.startswith("m=audio"):
                words = line.split()
                port, types = int(words[1]), [int(word) for word in words[3:] if word.isdigit()]
            elif line in ("a=sendonly", "a=recvonly", "a=inactive"):
                direction = line[2:]
        payload_type = next((one for one in types if one in (0, 8)), None)
        if self.voice is not None and host and port and payload_type is not None:
            self.voice.muted = direction in ("sendonly", "inactive")
            self.direction = {"sendonly": "recvonly", "recvonly": "sendonly"}.get(direction, direction)
            self.voice.talk(host, port, payload_type)

    def _hang_up(self) -> None:
        if self.state == ANSWERED:
            self.request("BYE")
            self.end("us")
        elif self.state != ENDED and self.outgoing and self.transaction is not None:
            self.transaction.cancel(self.loop.now())
        elif self.state != ENDED and self.pending is not None:
            self.pending.reply(486, self.loop.now())
            self.status = 486
            self.end("us")

    def end(self, by: str) -> None:
        if self.state == ENDED:
            return
        self.state = ENDED
        self.ended_by = by
        self.ended_at = self.loop.now()
        if self.voice is not None:
            self.voice.close()
        self.peer.forget(self)
        if self.on_ended is not None:
            self.on_ended(self)
        self.loop.tell()

    def answered(self) -> None:
        if self.state != ANSWERED:
            self.state = ANSWERED
            self.answered_at = self.loop.now()
            self.loop.tell()

    # -- client transactions ------------------------------------------------------------------------------------

    def on_response(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """A response to whatever we sent."""
        if transaction.request.method != "INVITE":
            self.loop.tell()
            return
        if transaction is not self.transaction:
            self._on_reinvite_response(transaction, response)
            return
        self.status, self.reason = response.status, response.reason
        if response.status < 200:
            if response.status > 100:
                self.state = RINGING if self.state == CALLING else self.state
                if response.body:
                    self.early_media = True
                    self.follow(response.body)
        elif response.status < 300:
            self._on_success(response)
        elif response.status in (401, 407) and not self.tried_credentials and self._again(response, now):
            return
        else:
            self.answer = response
            self.end("us" if transaction.canceled else "them")
        self.loop.tell()

    def _on_success(self, response: Response) -> None:
        first = self.state not in (ANSWERED, ENDED)
        self.answer = response
        self.remote = response.get("To") or self.remote
        self.target = response.contacts[0].uri if response.contacts else self.target
        self.route = list(reversed(response.all("Record-Route")))
        self._acknowledge(self.cseq)
        if first:
            self.follow(response.body)
            self.answered()
            if self.transaction is not None and self.transaction.canceled:
                self._hang_up()

    def _acknowledge(self, number: int) -> None:
        ack = Request("ACK", self.target, [])
        self._dress(ack)
        ack.set("CSeq", f"{number} ACK")
        self.peer.layer.send_ack(ack, self.peer.flow)

    def _again(self, response: Response, now: float) -> bool:
        """The INVITE once more, with credentials; False where the challenge cannot be met."""
        assert self.invite is not None
        self.tried_credentials = True
        invite = self.invite.copy()
        if not self.peer.authorize(invite, response):
            return False
        self.cseq += 1
        invite.set("CSeq", f"{self.cseq} INVITE")
        self.invite = invite
        self.transaction = self.peer.layer.request(invite, self.peer.flow, now, self)
        return True

    def _on_reinvite_response(self, transaction: ClientTransaction, response: Response) -> None:
        if response.status < 200:
            return
        if response.status < 300:
            self._acknowledge(transaction.request.cseq.number)
            self.follow(response.body)
        if self.reinvite is transaction:
            self.reinvite = None
            if response.status == 491 and self.state == ANSWERED:  # both at once (RFC 3261 14.1)
                self.loop.later(0.3 + self.peer.rng.random(), lambda: self._reinvite(self.direction))
        self.loop.tell()

    def on_timeout(self, transaction: ClientTransaction, now: float) -> None:  # noqa: ARG002
        """Nobody answered."""
        if transaction is self.transaction:
            self.status = 408
            self.end("them")

    def on_transport_error(self, transaction: ClientTransaction, now: float) -> None:  # noqa: ARG002
        """The server cannot be reached."""
        if transaction is self.transaction:
            self.status = 503
            self.end("them")

    # -- server transactions ------------------------------------------------------------------------------------

    def on_cancel(self, transaction: ServerTransaction, cancel: Request, now: float) -> None:
        """The caller gave up."""
        transaction.reply(487, now)
        self.status = 487
        self.requests.append(cancel)
        self.end("them")

    def on_no_ack(self, transaction: ServerTransaction, now: float) -> None:  # noqa: ARG002
        """Our answer was never acknowledged."""
        if transaction.status < 300 and self.state == ANSWERED:
            self._hang_up()

    def accept(self, status: int = 200, reason: str | None = None, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """Answers the INVITE that is pending; 200 with a description, a 183 too."""
        if self.pending is None or self.state == ENDED:
            return
        transaction = self.pending
        response = response_to(transaction.request, status, reason, transaction.to_tag)
        for name, value in headers:
            response.add(name, value)
        self.status = status
        if status in (180, 183) or status < 300:
            response.add("Contact", self.peer.contact)
        if status == 183 or 200 <= status < 300:
            response.body = self.describe()
            response.add("Content-Type", "application/sdp")
            self.follow(transaction.request.body)
        self.local = response.get("To") or self.local
        transaction.respond(response, self.loop.now())
        if status >= 200:
            self.pending = None if status >= 300 else transaction
            if status < 300:
                self.answered()
            else:
                self.end("us")
        elif status > 100 and self.state == CALLING:
            self.state = RINGING
            self.loop.tell()

    def on_request(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """A request within the dialog."""
        self.requests.append(request)
        if request.method == "BYE":
            transaction.reply(200, now)
            self.end("them")
        elif request.method == "INVITE":
            transaction.owner = self
            self.follow(request.body)
            self.pending = transaction
            answer = response_to(request, 200, None, transaction.to_tag)
            answer.add("Contact", self.peer.contact)
            answer.add("Content-Type", "application/sdp")
            answer.body = self.describe()
            transaction.respond(answer, now)
        else:
            transaction.reply(200, now)
        self.loop.tell()

    def on_ack(self) -> None:
        """The ACK of our 200."""
        if self.pending is not None:
            self.pending.acked()
            self.pending = None

"""REGISTER: which contacts an endpoint is reached at (RFC 3261 10.3, RFC 3327, RFC 5626 6).

Law of this file: one request changes everything it asks for or nothing. Bindings are asked of the policy each time and
never kept here; what changed goes out as a fact, and the answer lists what then holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from sys import intern

from appliance.sip.facts import BindingsChanged
from appliance.sip.grammar import RemoteProtocolError
from appliance.sip.headers import NameAddr, delta_seconds
from appliance.sip.message import Request, Response, response_to
from appliance.sip.nat import is_natted
from appliance.sip.policy import Binding, Credential, Flow, Policy
from appliance.sip.uri import SipUri

MAX_CONTACTS = 10  # of one REGISTER
MAX_CONTACT_LENGTH = 512
MAX_PATHS = 8
MAX_PATH_LENGTH = 512
MAX_USER_AGENT = 128
MAX_INSTANCE = 128
MAX_REG_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class RegistrarSettings:
    """Seconds a binding lives."""

    min_expires: int = 60
    max_expires: int = 7200
    default_expires: int = 3600


class _Refusal(Exception):
    def __init__(self, status: int, reason: str | None = None, header: tuple[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.reason = reason
        self.header = header


class Registrar:
    """Turns a REGISTER whose sender is known into an answer and the new set of bindings."""

    __slots__ = ("_policy", "_settings")

    def __init__(self, policy: Policy, settings: RegistrarSettings | None = None) -> None:
        self._policy = policy
        self._settings = settings or RegistrarSettings()

    def handle(
        self, request: Request, flow: Flow, credential: Credential, now: float, username: str = "", to_tag: str = ""
    ) -> tuple[Response, BindingsChanged | None]:
        """The answer, and the fact to commit before it leaves (None where nothing changed).

        `username`: the name that authenticated; To must name it or the endpoint's number, else 403.
        """
        try:
            self._authorize(request, credential, username)
            wanted = self._contacts(request)
            old = tuple(binding for binding in self._policy.bindings(credential.endpoint) if binding.expires > now)
            new = self._changed(request, flow, credential, old, wanted, now)
        except _Refusal as refusal:
            response = response_to(request, refusal.status, refusal.reason, to_tag)
            if refusal.header is not None:
                response.add(*refusal.header)
            return response, None
        except RemoteProtocolError as error:
            return response_to(request, error.status, error.reason, to_tag), None
        response = self._listing(request, new, now, to_tag)
        if wanted is None or (not wanted and not old):
            return response, None
        return response, BindingsChanged(credential.endpoint, new, *_difference(old, new), now)

    def _authorize(self, request: Request, credential: Credential, username: str) -> None:
        """RFC 3261 10.3 steps 4 and 5: the address-of-record is the sender's own."""
        uri = SipUri.parse(request.to.uri)
        if uri.number not in (credential.number, username):
            raise _Refusal(403)
        if credential.disabled:
            raise _Refusal(403)

    def _contacts(self, request: Request) -> list[tuple[NameAddr, int]] | None:
        """Contacts with their seconds; None: only asked what holds; []: "*", all are to go (step 6)."""
        contacts = request.contacts
        if not contacts:
            return None
        if len(contacts) > MAX_CONTACTS:
            raise _Refusal(400, "Too many contacts")
        if any(contact.uri == "*" for contact in contacts):
            if len(contacts) > 1 or request.expires != 0:
                raise _Refusal(400, "Bad wildcard contact")
            return []
        general = request.expires
        return [(contact, self._seconds(contact, general)) for contact in contacts]

    def _seconds(self, contact: NameAddr, general: int | None) -> int:
        """RFC 3261 10.3 step 7. An unreadable number counts as none."""
        limits = self._settings
        seconds = delta_seconds(contact.params.get("expires"), general)
        if seconds is None:
            return limits.default_expires
        if 0 < seconds < limits.min_expires:
            raise _Refusal(423, None, ("Min-Expires", str(limits.min_expires)))
        return min(seconds, limits.max_expires)

    def _changed(
        self,
        request: Request,
        flow: Flow,
        credential: Credential,
        old: tuple[Binding, ...],
        wanted: list[tuple[NameAddr, int]] | None,
        now: float,
    ) -> tuple[Binding, ...]:
        if wanted is None:
            return old
        if not wanted:
            for binding in old:
                _check_order(binding, request)
            return ()
        held = list(old)
        path = self._path(request)
        outbound = 0
        for contact, seconds in wanted:
            binding = _binding(request, flow, credential.endpoint, contact, seconds, path, now)
            outbound += binding.reg_id > 0
            if outbound > 1:
                raise _Refusal(400, "More than one reg-id")  # RFC 5626 6
            for place, other in enumerate(held):
                if _same(binding, other):
                    _check_order(other, request)
                    if seconds:
                        held[place] = binding
                    else:
                        del held[place]
                    break
            else:
                if seconds:
                    held.append(binding)
        while len(held) > max(1, credential.max_bindings):
            held.remove(min(held, key=lambda binding: binding.refreshed))
        return tuple(held)

    def _path(self, request: Request) -> tuple[str, ...]:
        path = tuple(request.all("Path"))
        if len(path) > MAX_PATHS or any(len(hop) > MAX_PATH_LENGTH for hop in path):
            raise _Refusal(400, "Path too long")
        for hop in path:
            SipUri.parse(NameAddr.parse(hop).uri)
        return path

    def _listing(self, request: Request, bindings: tuple[Binding, ...], now: float, to_tag: str) -> Response:
        """The 200 with every binding that holds (step 8)."""
        response = response_to(request, 200, None, to_tag)
        lines = response.headers
        for binding in bindings:
            text = f"<{binding.contact}>;expires={max(1, ceil(binding.expires - now))}"
            if binding.q != 1000:
                text += ";q=" + f"{binding.q / 1000:.3f}".rstrip("0").rstrip(".")
            if binding.instance:
                text += f';+sip.instance="{binding.instance}"'
            if binding.reg_id:
                text += f";reg-id={binding.reg_id}"
            lines.append(("Contact", text))
        if request.get("Path") is not None:
            lines.extend([("Path", hop) for hop in request.all("Path")])
        if "outbound" in request.options("Supported") and any(binding.reg_id and binding.call_id == request.call_id for binding in bindings):
            lines.append(("Require", "outbound"))
        return response


def _binding(request: Request, flow: Flow, endpoint: int, contact: NameAddr, seconds: int, path: tuple[str, ...], now: float) -> Binding:
    if len(contact.uri) > MAX_CONTACT_LENGTH:
        raise _Refusal(400, "Contact too long")
    SipUri.parse(contact.uri)
    instance = contact.param("+sip.instance")
    if len(instance) > MAX_INSTANCE or '"' in instance or "\\" in instance:
        raise _Refusal(400, "Bad instance")
    reg_id = contact.param("reg-id")
    # Without an instance a reg-id says nothing (RFC 5626 6).
    numbered = bool(reg_id and instance)
    if numbered and not (reg_id.isascii() and reg_id.isdigit() and 0 < int(reg_id[:12]) <= MAX_REG_ID):
        raise _Refusal(400, "Bad reg-id")
    return Binding(
        endpoint=endpoint,
        contact=contact.uri,
        flow=flow,
        call_id=request.call_id,
        cseq=request.cseq.number,
        expires=now + seconds,
        q=_q(contact.param("q")),
        path=path,
        instance=instance,
        reg_id=int(reg_id) if numbered else 0,
        user_agent=intern((request.get("User-Agent") or "")[:MAX_USER_AGENT]),  # one text for all phones of a make
        natted=is_natted(request, flow),
        refreshed=now,
    )


def _q(text: str) -> int:
    """`0` to `1` in thousandths (RFC 3261 20.10, 25.1); what cannot be read counts as 1."""
    whole, _, part = text.partition(".")
    if whole == "0" and (not part or (part.isascii() and part.isdigit())):
        return int(part[:3].ljust(3, "0")) if part else 0
    return 1000


def _same(one: Binding, other: Binding) -> bool:
    """Whether two bindings are the same: by instance and reg-id where both have them, else by contact (10.2.4).

    Two phones in two homes may both say 192.168.1.2: behind different NATs and under different Call-IDs they are two. A
    phone that moves keeps its Call-ID.
    """
    if one.reg_id and other.reg_id:
        return one.instance == other.instance and one.reg_id == other.reg_id
    if one.natted and other.natted and one.flow.host != other.flow.host and one.call_id != other.call_id:
        return False
    if one.contact == other.contact:
        return True
    if "%" not in one.contact and "%" not in other.contact and _beginning(one.contact) != _beginning(other.contact):
        return False
    try:
        return SipUri.parse(one.contact).same(SipUri.parse(other.contact))
    except RemoteProtocolError:
        return False


def _beginning(contact: str) -> str:
    """What no two texts of one URI differ in but by escapes, so that most are told apart without being read: user and host, without case."""
    return contact.partition(";")[0].partition("?")[0].lower()


def _difference(old: tuple[Binding, ...], new: tuple[Binding, ...]) -> tuple[tuple[Binding, ...], tuple[Binding, ...]]:
    """Those that came and those that went. Who was only refreshed is neither."""
    before, after = {id(binding) for binding in old}, {id(binding) for binding in new}
    came = [binding for binding in new if id(binding) not in before]
    went = [binding for binding in old if id(binding) not in after]
    if not came or not went:
        return tuple(came), tuple(went)
    present, past = {_identity(binding) for binding in came}, {_identity(binding) for binding in went}
    return (
        tuple([binding for binding in came if _identity(binding) not in past]),
        tuple([binding for binding in went if _identity(binding) not in present]),
    )


def _identity(binding: Binding) -> tuple[object, ...]:
    """What makes a binding that of one phone for history: a new contact or flow is a new one."""
    return binding.contact, binding.flow, binding.instance, binding.reg_id


def _check_order(binding: Binding, request: Request) -> None:
    """RFC 3261 10.3 steps 6 and 7: an older request of the same Call-ID changes nothing."""
    if binding.call_id == request.call_id and request.cseq.number <= binding.cseq:
        raise _Refusal(500, "Out of order")

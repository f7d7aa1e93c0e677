"""What our INVITE to one place says: who calls, whom, and what of the caller's INVITE goes along (RFC 3261 13.2.1, 3323, 3325)."""

from __future__ import annotations

from msgspec import Struct

from appliance.sip.exchange import METHODS, Exchange
from appliance.sip.leg_events import Try
from appliance.sip.policy import Flow, Route, Target
from appliance.sip.uri import escape_user

ANONYMOUS_URI = "sip:anonymous@anonymous.invalid"  # RFC 3323 4.1.1.3


class Invitation(Struct, gc=False):
    """`local` and `remote` are the URIs of From and To, `contact` our Contact; `display` "" for none; `location` as of the route."""

    local: str
    remote: str
    contact: str
    display: str
    headers: list[tuple[str, str]]
    location: str = ""


def invitation(exchange: Exchange, route: Route, target: Target, flow: Flow, dialled: str, try_: Try) -> Invitation:
    """For one target of a route, to be sent over `flow`."""
    addresses = exchange.addresses
    caller = route.caller
    domain = route.realm_domain or addresses.host_port_text(flow)
    number = escape_user(caller.number)
    if caller.anonymous or not number:
        local, display, user = ANONYMOUS_URI, "Anonymous", ""
    else:
        local, display, user = f"sip:{number}@{domain}", caller.display, number
    called = _user_of(target.uri) if route.trunk is not None else escape_user(dialled)
    remote = f"sip:{called}@{domain}" if called else target.uri.partition(";")[0]
    contact = addresses.contact(flow, user)
    headers = [("Contact", contact), ("User-Agent", exchange.product)]
    if caller.asserted:
        asserted = caller.asserted if ":" in caller.asserted else f"sip:{escape_user(caller.asserted)}@{domain}"
        headers.append(("P-Asserted-Identity", f"<{asserted}>"))
    if caller.anonymous:
        headers.append(("Privacy", "id"))
    headers += route.headers
    headers += try_.headers
    if "Allow" not in dict(try_.headers):
        headers.append(("Allow", METHODS))
    headers += exchange.asking
    return Invitation(local, remote, contact, display, headers, route.location)


def _user_of(uri: str) -> str:
    """The user part as it stands in a URI of our own making."""
    user, at, _ = uri.partition(":")[2].partition("@")
    return user if at else ""

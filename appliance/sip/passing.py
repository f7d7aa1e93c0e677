"""Which headers go from one leg of a call to the other, and which end at us.

Law of this file: what names a leg, a hop or a network stays on its leg; everything else is end to end, known or not.
"""

from __future__ import annotations

from appliance.sip.message import Message

_LEG_ONLY = """Via From To Call-ID CSeq Contact Route Record-Route Max-Forwards Path Service-Route Date Timestamp Authorization
Proxy-Authorization WWW-Authenticate Proxy-Authenticate Authentication-Info Proxy-Authentication-Info Proxy-Require Supported
Require Unsupported Session-Expires Min-SE RSeq RAck User-Agent Server Expires Min-Expires P-Asserted-Identity
P-Preferred-Identity Remote-Party-ID P-Called-Party-ID P-Associated-URI P-Access-Network-Info P-Charging-Vector
P-Charging-Function-Addresses P-Visited-Network-ID Privacy Diversion History-Info Identity Identity-Info Referred-By Replaces
Join Target-Dialog Refer-To Warning Error-Info Security-Client Security-Server Security-Verify Feature-Caps"""
#: Each leg has its own. Identity headers are made anew for each route; a signature over a From that we replace is void.
LEG_ONLY = frozenset(_LEG_ONLY.split())
_OPTIONS = ("Supported", "Require", "Unsupported")

_PASSED = """100rel precondition norefersub early-session answermode sdp-anat from-change ice trickle-ice multiple-refer
explicitsub nosub recipient-list-invite resource-priority"""
#: What two ends may agree on through us. `timer` is each leg's own affair (RFC 4028), `path` and `outbound` the registrar's.
PASSED_OPTIONS = frozenset(_PASSED.split())
#: What a caller may require of us, because we do it or pass it.
REQUIRABLE = PASSED_OPTIONS | {"timer", "replaces", "tdialog"}
#: What it may require of proxies: that they care for its privacy (RFC 3323 4.2), and what any two ends may.
PROXY_REQUIRABLE = REQUIRABLE | {"privacy"}


def passing(message: Message) -> list[tuple[str, str]]:
    """The headers of a message that go on to the other leg, in order; options are cut to those that may pass."""
    headers = message.headers
    said = dict(headers)
    kept = [] if LEG_ONLY.issuperset(said) else [pair for pair in headers if pair[0] not in LEG_ONLY]
    for name in _OPTIONS:
        if name in said:
            options = [option for option in message.all(name) if option.lower() in PASSED_OPTIONS]
            if options:
                kept.append((name, ", ".join(options)))
    return kept


def unknown_requirements(message: Message) -> list[str]:
    """Option tags that the peer requires and that neither we nor the far side through us can honour (RFC 3261 8.2.2.3); to the
    phone we are the proxy, too (16.3 step 5)."""
    unknown: list[str] = []
    if message.get("Require") is not None:
        unknown = [option for option in message.all("Require") if option.lower() not in REQUIRABLE]
    if message.get("Proxy-Require") is not None:
        unknown += [option for option in message.all("Proxy-Require") if option.lower() not in PROXY_REQUIRABLE and option not in unknown]
    return unknown


def without_prack(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same without requiring PRACK of the far side."""
    kept = []
    for name, value in headers:
        if name == "Require" and "100rel" in value.lower():
            value = ", ".join(option for option in map(str.strip, value.split(",")) if option.lower() != "100rel")
        if value or name != "Require":
            kept.append((name, value))
    return kept


def offering_prack(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same with PRACK as something that the far side may ask for: a caller that requires it has it from us (RFC 3262 3)."""
    kept, supported = [], "100rel"
    for name, value in without_prack(headers):
        if name == "Supported":
            supported = value if "100rel" in value.lower() else f"{value}, {supported}"
        else:
            kept.append((name, value))
    return [*kept, ("Supported", supported)]

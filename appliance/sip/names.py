"""The vocabulary of SIP: methods, header names and their compact forms, reason phrases (RFC 3261 7.3, 20, 21 and the registries).

Law of this file: lists of words, and the look-ups in them.
"""

from __future__ import annotations

from appliance.sip.grammar import RemoteProtocolError, is_token

METHODS = frozenset(
    ("INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "OPTIONS", "PRACK", "UPDATE", "INFO", "SUBSCRIBE", "NOTIFY", "REFER", "MESSAGE", "PUBLISH")
)

_NAMES_TEXT = """Accept Accept-Contact Accept-Encoding Accept-Language Accept-Resource-Priority Alert-Info Allow Allow-Events
Answer-Mode Authentication-Info Authorization Call-ID Call-Info Contact Content-Disposition Content-Encoding Content-ID
Content-Language Content-Type CSeq Date Diversion Encryption Error-Info Event Expires Flow-Timer From Geolocation
Geolocation-Error Geolocation-Routing Hide History-Info Identity Identity-Info Info-Package In-Reply-To Join
Max-Breadth Max-Forwards MIME-Version Min-Expires Min-SE Organization P-Access-Network-Info P-Asserted-Identity
P-Associated-URI P-Called-Party-ID P-Charging-Function-Addresses P-Charging-Vector P-Early-Media
P-Preferred-Identity P-Visited-Network-ID Path Permission-Missing Priority Privacy Proxy-Authenticate
Proxy-Authentication-Info Proxy-Authorization Proxy-Require RAck Reason Record-Route Recv-Info Refer-Events-At
Refer-Sub Refer-To Referred-By Reject-Contact Remote-Party-ID Replaces Reply-To Request-Disposition Require
Resource-Priority Retry-After Route RSeq Security-Client Security-Server Security-Verify Server Service-Route
Session-Expires Session-ID SIP-ETag SIP-If-Match Subject Subscription-State Supported Suppress-If-Match
Target-Dialog Timestamp To Trigger-Consent Unsupported User-Agent User-to-User Via Warning WWW-Authenticate
X-Asterisk-HangupCause X-Asterisk-HangupCauseCode"""
_NAMES = _NAMES_TEXT.split()

# RFC 3261 20 and the registry of later compact forms.
_COMPACT = {
    "a": "Accept-Contact",
    "b": "Referred-By",
    "c": "Content-Type",
    "d": "Request-Disposition",
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "j": "Reject-Contact",
    "k": "Supported",
    "m": "Contact",
    "n": "Identity-Info",
    "o": "Event",
    "r": "Refer-To",
    "s": "Subject",
    "t": "To",
    "u": "Allow-Events",
    "v": "Via",
    "x": "Session-Expires",
    "y": "Identity",
}

_BY_LOWER: dict[str, str] = {name.lower(): name for name in _NAMES} | _COMPACT
# The empty text stands for Content-Length: framing is the message's own affair and no header of its list.
_BY_LOWER |= {"content-length": "", "l": ""}

#: Spellings seen on the wire to canonical names; exact spelling first, so that the usual case is one look-up.
CANONICAL: dict[str, str] = (
    {name: name for name in _NAMES} | _BY_LOWER | {short.upper(): name for short, name in _COMPACT.items()} | {"Content-Length": "", "L": ""}
)

#: The usual spellings, Content-Length apart.
USUAL = frozenset(_NAMES)

_LISTS_TEXT = """Accept Accept-Encoding Accept-Language Alert-Info Allow Allow-Events Call-Info Contact Content-Encoding
Content-Language Diversion Error-Info History-Info In-Reply-To P-Asserted-Identity P-Associated-URI
P-Preferred-Identity Path Proxy-Require Reason Record-Route Recv-Info Require Route Service-Route Supported
Unsupported Via Warning"""
#: Headers whose values are lists divided by commas (RFC 3261 7.3.1; the four digest headers are not).
LISTS = frozenset(_LISTS_TEXT.split())

REASONS: dict[int, str] = {
    100: "Trying",
    180: "Ringing",
    181: "Call Is Being Forwarded",
    182: "Queued",
    183: "Session Progress",
    199: "Early Dialog Terminated",
    200: "OK",
    202: "Accepted",
    204: "No Notification",
    300: "Multiple Choices",
    301: "Moved Permanently",
    302: "Moved Temporarily",
    305: "Use Proxy",
    380: "Alternative Service",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    410: "Gone",
    412: "Conditional Request Failed",
    413: "Request Entity Too Large",
    414: "Request-URI Too Long",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    417: "Unknown Resource-Priority",
    420: "Bad Extension",
    421: "Extension Required",
    422: "Session Interval Too Small",
    423: "Interval Too Brief",
    428: "Use Identity Header",
    429: "Provide Referrer Identity",
    430: "Flow Failed",
    433: "Anonymity Disallowed",
    439: "First Hop Lacks Outbound Support",
    469: "Bad Info Package",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    483: "Too Many Hops",
    484: "Address Incomplete",
    485: "Ambiguous",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    489: "Bad Event",
    491: "Request Pending",
    493: "Undecipherable",
    494: "Security Agreement Required",
    500: "Server Internal Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Server Time-out",
    505: "Version Not Supported",
    513: "Message Too Large",
    580: "Precondition Failure",
    600: "Busy Everywhere",
    603: "Decline",
    604: "Does Not Exist Anywhere",
    606: "Not Acceptable",
    607: "Unwanted",
}


def reason_of(status: int) -> str:
    """The usual phrase of a status code; a class's own where the code is unknown (RFC 3261 8.1.3.2)."""
    known = REASONS.get(status)
    if known is not None:
        return known
    return {1: "Session Progress", 2: "OK", 3: "Redirect", 4: "Bad Request", 5: "Server Internal Error"}.get(status // 100, "Decline")


def canonical_name(name: str) -> str:
    """A header's name in its usual spelling, compact forms written out; "" for Content-Length.

    Raises RemoteProtocolError where it is no token.
    """
    known = CANONICAL.get(name)
    if known is not None:
        return known
    name = name.rstrip(" \t")  # RFC 3261 7.3.1: white space before the colon is allowed
    if not is_token(name):
        raise RemoteProtocolError("Bad header name")
    known = _BY_LOWER.get(name.lower())
    if known is not None:
        return known
    return "-".join([part.capitalize() for part in name.split("-")])

"""What a datagram is, by a look at its bytes alone: before it is parsed, and whatever it turns out to be."""

from __future__ import annotations

_NEW_REQUESTS = (b"INVITE ", b"REGISTER ", b"OPTIONS ", b"MESSAGE ", b"SUBSCRIBE ", b"PUBLISH ")


def is_new_request(data: bytes) -> bool:
    """Whether these bytes begin something: a request outside of any dialog (RFC 3261 12.2: no To tag). Compact forms
    count; a folded To header may pass for new, which costs its sender one 503."""
    if not data.startswith(_NEW_REQUESTS):
        return False
    for line in data.split(b"\r\n\r\n", 1)[0].split(b"\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() in (b"to", b"t"):
            return b";tag=" not in value.replace(b" ", b"").lower()
    return True


def is_stun(data: bytes) -> bool:
    """A STUN message (RFC 8489 5): two zero bits, and the cookie."""
    return data[4:8] == b"\x21\x12\xa4\x42" and data[:1] < b"\x04"


_PATIENT = (b"ACK ", b"BYE ", b"SIP/2.0 100 ", b"SIP/2.0 200 ")
_LEADING = (b"REFER ", *(b"SIP/2.0 %d" % kind for kind in range(2, 7)))
_CALL_ID = (b"\r\nCall-ID:", b"\r\ni:")


def may_wait(data: bytes) -> bool:
    """Whether nobody waits for what comes of this message: an ACK that carries nothing, a BYE, a 100, the 200 to a BYE."""
    if not data.startswith(_PATIENT) or not data.endswith(b"\r\n\r\n"):
        return False
    if not data.startswith(b"SIP/2.0 200 "):
        return True
    start = data.find(b"\r\nCSeq:")
    return start > 0 and data[start : data.find(b"\r\n", start + 7)].endswith(b" BYE")


def leads_on(data: bytes) -> bool:
    """Whether a call may be admitted, answered or sent elsewhere by this message: an INVITE with credentials, a REFER, a
    final answer."""
    return data.startswith(_LEADING) or (data.startswith(b"INVITE ") and b"uthorization:" in data)


def call_id_of(data: bytes) -> bytes:
    """The Call-ID in its usual spellings, b"" where there is none to be seen."""
    for name in _CALL_ID:
        start = data.find(name)
        if start > 0:
            start += len(name)
            return data[start : data.find(b"\r\n", start)].strip()
    return b""

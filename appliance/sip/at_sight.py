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

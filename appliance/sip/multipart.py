"""The description inside a body of several parts (RFC 2046 5.1, 5621): found where it stands, so that all else passes byte for byte."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.sip.grammar import parse_parameters

MOST_PARTS = 20
LONGEST_BOUNDARY = 70  # RFC 2046 5.1.1


def description_in(body: bytes, content_type: str) -> tuple[int, int] | None:
    """Where the first `application/sdp` part's content begins and ends; None where there is none, or the parts are malformed."""
    _, semicolon, rest = content_type.partition(";")
    boundary = (parse_parameters(semicolon + rest).get("boundary") or "").strip('"')
    if not boundary or len(boundary) > LONGEST_BOUNDARY:
        return None
    mark = b"--" + boundary.encode("utf-8", "replace")
    start = body.find(mark)
    for _ in range(MOST_PARTS):
        if start < 0 or body[start + len(mark) : start + len(mark) + 2] == b"--":
            return None
        head = body.find(b"\r\n", start) + 2
        empty = body.find(b"\r\n\r\n", head - 2)
        following = body.find(b"\r\n" + mark, head)
        if head < 2 or empty < 0 or following < 0:
            return None
        if empty < following and _is_description(body[head:empty]):
            return empty + 4, following
        start = following + 2
    return None


def joined(parts: Sequence[tuple[Sequence[tuple[str, str]], bytes]], boundary: str) -> bytes:
    """One body of several, each with its headers; `boundary` stands in none of them."""
    mark = f"--{boundary}".encode()
    out = b""
    for headers, body in parts:
        out += mark + b"\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers).encode() + b"\r\n" + body + b"\r\n"
    return out + mark + b"--\r\n"


def _is_description(headers: bytes) -> bool:
    for line in headers.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() in (b"content-type", b"c"):
            return value.strip()[:15].lower() == b"application/sdp"
    return False

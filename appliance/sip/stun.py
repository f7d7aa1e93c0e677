"""STUN as far as a SIP port needs it (RFC 8489; RFC 5626 4.4.2): bytes to values and back, and the answer to a request."""

from __future__ import annotations

import ipaddress
import struct
import zlib
from typing import NamedTuple

COOKIE = 0x2112A442
REQUEST, SUCCESS, ERROR = 0x0001, 0x0101, 0x0111
MAPPED_ADDRESS, XOR_MAPPED_ADDRESS, ERROR_CODE, UNKNOWN_ATTRIBUTES, FINGERPRINT = 0x0001, 0x0020, 0x0009, 0x000A, 0x8028
MAX_ATTRIBUTES = 32

_HEAD = struct.Struct(">HHI12s")


class StunMessage(NamedTuple):
    """`kind` is method and class as sent; `attributes` in order."""

    kind: int
    transaction: bytes  # 12 bytes
    attributes: tuple[tuple[int, bytes], ...]


def is_stun(data: bytes) -> bool:
    """Whether these bytes are a STUN message rather than SIP (RFC 8489 6.3)."""
    return len(data) >= 20 and data[0] < 4 and data[4:8] == b"\x21\x12\xa4\x42"


def decode(data: bytes) -> StunMessage | None:
    """None where the bytes are no whole STUN message."""
    if not is_stun(data) or len(data) % 4:
        return None
    kind, length, _, transaction = _HEAD.unpack_from(data)
    if length != len(data) - 20:
        return None
    attributes: list[tuple[int, bytes]] = []
    place = 20
    while place + 4 <= len(data):
        name, size = struct.unpack_from(">HH", data, place)
        if place + 4 + size > len(data) or len(attributes) == MAX_ATTRIBUTES:
            return None
        attributes.append((name, data[place + 4 : place + 4 + size]))
        place += 4 + size + -size % 4
    return StunMessage(kind, transaction, tuple(attributes))


def encode(kind: int, transaction: bytes, attributes: tuple[tuple[int, bytes], ...] = (), fingerprint: bool = False) -> bytes:
    """A whole message."""
    body = b"".join(struct.pack(">HH", name, len(value)) + value + b"\0" * (-len(value) % 4) for name, value in attributes)
    length = len(body) + (8 if fingerprint else 0)
    data = _HEAD.pack(kind, length, COOKIE, transaction) + body
    if fingerprint:
        data += struct.pack(">HHI", FINGERPRINT, 4, zlib.crc32(data) ^ 0x5354554E)
    return data


def address_value(host: str, port: int, transaction: bytes) -> bytes:
    """XOR-MAPPED-ADDRESS (RFC 8489 14.2) of an address."""
    packed = ipaddress.ip_address(host.partition("%")[0]).packed
    key = struct.pack(">I", COOKIE) + transaction
    family = 1 if len(packed) == 4 else 2
    return struct.pack(">BBH", 0, family, port ^ COOKIE >> 16) + bytes(one ^ two for one, two in zip(packed, key, strict=False))


def mapped_address(message: StunMessage) -> tuple[str, int] | None:
    """The address a success names: XOR-MAPPED-ADDRESS, else MAPPED-ADDRESS of older servers."""
    plain: tuple[str, int] | None = None
    for name, value in message.attributes:
        if name not in (XOR_MAPPED_ADDRESS, MAPPED_ADDRESS) or len(value) not in (8, 20):
            continue
        port: int = struct.unpack_from(">H", value, 2)[0]
        packed = value[4:]
        if name == MAPPED_ADDRESS:
            plain = str(ipaddress.ip_address(packed)), port
            continue
        key = struct.pack(">I", COOKIE) + message.transaction
        packed = bytes(one ^ two for one, two in zip(packed, key, strict=False))
        return str(ipaddress.ip_address(packed)), port ^ COOKIE >> 16
    return plain


def answer(data: bytes, host: str, port: int) -> bytes | None:
    """What to send back to (host, port) for a Binding request; None for anything else."""
    message = decode(data)
    if message is None or message.kind != REQUEST:
        return None
    unknown = [name for name, _ in message.attributes if name < 0x8000]
    if unknown:
        listed = struct.pack(f">{len(unknown)}H", *unknown)
        reason = struct.pack(">HBB", 0, 4, 20) + b"Unknown Attribute"
        return encode(ERROR, message.transaction, ((ERROR_CODE, reason), (UNKNOWN_ATTRIBUTES, listed)))
    signed = any(name == FINGERPRINT for name, _ in message.attributes)
    return encode(SUCCESS, message.transaction, ((XOR_MAPPED_ADDRESS, address_value(host, port, message.transaction)),), signed)

"""How the router before this computer behaves, asked of a STUN server (RFC 8489; the second address of RFC 5780). Blocks: for a thread."""

from __future__ import annotations

import socket
from collections.abc import Callable

from appliance.sip import stun
from appliance.sip.public_address import split_host_port

PORT = 3478
PATIENCE_SECONDS = 0.6
TRIES = 3
MOST_ADDRESSES = 3
OTHER_ADDRESS, CHANGED_ADDRESS = 0x802C, 0x0005
"""Where the server answers from another address: its name today, and the older one (RFC 5780 7.4, RFC 3489 11.2.3)."""

Place = tuple[str, int]


def nat_kind(server: str, random_bytes: Callable[[int], bytes]) -> tuple[str, str]:
    """(kind, address seen): none, even (one mapping for all peers), symmetric (one for each), one (only one answer came), unanswered."""
    places = _places(server)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.settimeout(PATIENCE_SECONDS)
        seen: list[Place] = []
        asked: set[Place] = set()
        while places and len(asked) < MOST_ADDRESSES:
            place = places.pop(0)
            if place in asked:
                continue
            asked.add(place)
            answer = _ask(way, place, random_bytes(12))
            mapped = None if answer is None else stun.mapped_address(answer)
            if answer is None or mapped is None:
                continue
            seen.append(mapped)
            places = [*_others(answer), *places]
        if not seen:
            return "unanswered", ""
        told = f"{seen[0][0]}:{seen[0][1]}"
        if seen[0] == (_own_host(places_of=next(iter(asked))), way.getsockname()[1]):
            return "none", told
    if len(seen) == 1:
        return "one", told
    return ("even" if len(set(seen)) == 1 else "symmetric"), told


def _places(server: str) -> list[Place]:
    try:
        host, port = split_host_port(server, PORT)
        found = socket.getaddrinfo(host, port or PORT, socket.AF_INET, socket.SOCK_DGRAM)
    except (OSError, ValueError):
        return []
    return list(dict.fromkeys((str(each[4][0]), int(each[4][1])) for each in found))


def _ask(way: socket.socket, place: Place, transaction: bytes) -> stun.StunMessage | None:
    """One question, repeated; its answer alone counts."""
    question = stun.encode(stun.REQUEST, transaction)
    for _ in range(TRIES):
        try:
            way.sendto(question, place)
            answer = stun.decode(way.recv(2048))
        except OSError:
            continue
        if answer is not None and answer.transaction == transaction and answer.kind == stun.SUCCESS:
            return answer
    return None


def _others(answer: stun.StunMessage) -> list[Place]:
    found = []
    for name, value in answer.attributes:
        if name in (OTHER_ADDRESS, CHANGED_ADDRESS) and len(value) == 8:
            found.append((socket.inet_ntoa(value[4:]), int.from_bytes(value[2:4], "big")))
    return found


def _own_host(places_of: Place) -> str:
    """The address of ours that packets to a place leave from."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(places_of)
        except OSError:
            return ""
        return str(probe.getsockname()[0])

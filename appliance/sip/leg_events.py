"""The words in which a leg of a call and the call's control speak to each other.

A leg turns SIP into these events and events into SIP; the control (`call`) passes, drops or changes them and never
sees a transaction. A failed callee leg is thrown away, and the next route gets the remembered `Try`.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

Headers = Sequence[tuple[str, str]]


class Try(Struct, frozen=True, gc=False):
    """The caller's INVITE: its body and what of its headers is end to end. Remembered while the call hunts."""

    body: bytes
    headers: Headers
    max_forwards: int


class Ring(Struct, frozen=True, gc=False):
    """A provisional answer other than 100. `branch` names the early dialog; `number` is its RSeq, whose PRACK the caller is to
    send, 0 where none is asked for (RFC 3262)."""

    status: int
    reason: str
    body: bytes
    headers: Headers
    branch: str
    number: int


class Connect(Struct, frozen=True, gc=False):
    """A 2xx to the INVITE. `branch` names the dialog that was made."""

    status: int
    reason: str
    body: bytes
    headers: Headers
    branch: str


class Fail(Struct, frozen=True, gc=False):
    """A final refusal. `status` 0: silence, -1: the peer could not be reached, 408: rang out."""

    status: int
    reason: str
    headers: Headers = ()

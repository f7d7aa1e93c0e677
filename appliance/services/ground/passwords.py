"""Passwords and codes: made from given chance, kept as Argon2id (sign-in) or as HA1 and sealed (SIP).

A hash costs about 20 ms on purpose: callers on the reactor's thread make it elsewhere (`Hashes` is filled in a
thread before the unit of work).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argon2

SHORTEST = 8
LONGEST = 200
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # without letters that a person misreads
_CODE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: 5 bits a character


@cache
def hasher() -> argon2.PasswordHasher:
    """OWASP's minimum for Argon2id: 19 MiB, two passes. Loaded by the first who needs it."""
    import argon2

    return argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def make_password(random_bytes: Callable[[int], bytes], length: int = 14) -> str:
    """A password of about 69 bits that can be typed on a phone's keys."""
    picked: list[str] = []
    while len(picked) < length:
        picked.extend(_READABLE[byte % len(_READABLE)] for byte in random_bytes(length) if byte < 248)  # 248 = 8 * 31: no letter is likelier
    return "".join(picked[:length])


def make_code(random_bytes: Callable[[int], bytes]) -> str:
    """A one-time code of 80 bits in four groups: XXXX-XXXX-XXXX-XXXX."""
    letters = "".join(_CODE[byte & 31] for byte in random_bytes(16))
    return "-".join(letters[at : at + 4] for at in range(0, 16, 4))


def code_hash(code: str) -> str:
    """What is kept of a code or a token: they are random, so a plain SHA-256 is enough. Typed O, I and L are read as 0, 1 and 1."""
    plain = code.upper().replace("-", "").replace(" ", "").translate(str.maketrans("OIL", "011"))
    return hashlib.sha256(plain.encode()).hexdigest()


def token_hash(token: str) -> str:
    """What is kept of a session's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def ha1(auth_name: str, realm: str, password: str) -> tuple[str, str]:
    """HA1 for MD5 and for SHA-256 in hex: H(user:realm:password) (RFC 7616 3.4.2)."""
    text = f"{auth_name}:{realm}:{password}".encode()
    return hashlib.md5(text, usedforsecurity=False).hexdigest(), hashlib.sha256(text).hexdigest()


def matches(kept: str | None, password: str) -> bool:
    """Whether the password is the one that was hashed."""
    if kept is None:
        return False
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return hasher().verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


class Hashes:
    """Argon2id answers made ahead: fresh hashes of passwords, and whether a kept hash is of one."""

    def __init__(self) -> None:
        self._fresh: dict[str, list[str]] = {}
        self._same: dict[tuple[str, str], bool] = {}

    def prepare(self, wanted: Iterable[tuple[str, str | None]], threads: int = 2) -> None:
        """(password, kept hash or None) pairs, worked out in a few threads (Argon2 runs without the interpreter's lock)."""
        pairs = list(wanted)
        if len(pairs) < 2:
            for pair in pairs:
                self._work(pair)
            return
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(self._work, pairs))

    def same(self, kept: str | None, password: str) -> bool:
        """As `matches`, from memory where it was prepared."""
        if kept is None:
            return False
        known = self._same.get((kept, password))
        return matches(kept, password) if known is None else known

    def fresh(self, password: str) -> str:
        """A new hash, from memory where it was prepared; each is handed out once, so that no two logins share a salt."""
        made = self._fresh.get(password)
        return made.pop() if made else hasher().hash(password)

    def prepare_fresh(self, password: object) -> Hashes:
        """One hash of a password, where it is one."""
        if isinstance(password, str):
            self._work((password, None))
        return self

    def _work(self, pair: tuple[str, str | None]) -> None:
        password, kept = pair
        if kept is not None:
            same = self._same[(kept, password)] = matches(kept, password)
            if same:
                return
        self._fresh.setdefault(password, []).append(hasher().hash(password))

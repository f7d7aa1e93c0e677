"""The second factor of a sign-in: six digits by time (RFC 6238 over RFC 4226), and codes for the day the phone is lost.

Law: a code is good once. The last step that was used is kept in memory, so that whoever watches a person type gains nothing;
a restart forgets it, for the half minute that such a code lives.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from typing import Protocol
from urllib.parse import quote

from appliance.errors import UserError
from appliance.services.ground.passwords import code_hash, make_code
from appliance.services.ground.room import Room

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20  # RFC 4226 4: 160 bits recommended
DRIFT_STEPS = 1  # RFC 6238 5.2: one step of delay; one ahead for clocks that run so
RECOVERY_CODES = 8
RECOVERY_SIGNS = 14  # three groups of four: 60 bits
PURPOSE = "second-factor"
_FOREVER_MS = 100 * 365 * 86_400_000


def digits_at(secret: str, step: int) -> str:
    """The code of that step (RFC 4226 5.3). `secret` is base 32; UserError second_factor.secret of any other."""
    digest = hmac.digest(_key(secret), struct.pack(">Q", step), hashlib.sha1)
    at = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[at : at + 4])[0] & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def _key(secret: str) -> bytes:
    text = secret.replace(" ", "").upper()
    try:
        key = base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError) as error:
        raise UserError("second_factor.secret", field="secret") from error
    if len(key) < SECRET_BYTES:
        raise UserError("second_factor.secret", field="secret")
    return key


def uri_of(secret: str, issuer: str, login: str) -> str:
    """What an authenticator reads from the QR code."""
    name = f"{quote(issuer)}:{quote(login)}" if issuer else quote(login)
    return f"otpauth://totp/{name}?secret={secret}&issuer={quote(issuer)}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}"


class Holder(Protocol):
    """Whoever signs in with one: an operator's or a web login's row."""

    @property
    def id(self) -> int: ...

    @property
    def totp_sealed(self) -> bytes | None: ...


class SecondFactors:
    """Of one kind of rows: "operator" or "web_login"."""

    def __init__(self, room: Room, kind: str = "operator") -> None:
        self._room = room
        self._kind = kind
        self._purpose = PURPOSE if kind == "operator" else f"{kind}-{PURPOSE}"
        self._store = room.store
        self._used: dict[int, int] = {}

    def make_secret(self) -> str:
        """A fresh one, base 32 without padding."""
        return base64.b32encode(self._room.random_bytes(SECRET_BYTES)).decode().rstrip("=")

    def seal(self, row: Holder, secret: str) -> bytes:
        """For its row."""
        return self._room.sealer.seal(secret, f"{self._kind}:{row.id}")

    def right_step(self, secret: str, code: str) -> int | None:
        """The step whose code this is, now or one step off; None where it is none."""
        typed = code.replace(" ", "")
        now = self._room.clock.utcnow() // 1000 // STEP_SECONDS
        for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
            if hmac.compare_digest(digits_at(secret, step).encode(), typed.encode()):
                return step
        return None

    def take(self, row: Holder, code: str) -> bool:
        """Spend what was typed at a sign-in: the digits of now, or a recovery code; inside a unit of work."""
        if row.totp_sealed is None:
            return True
        typed = code.strip()
        if len(typed.replace(" ", "")) == DIGITS:
            step = self.right_step(self._room.sealer.open(row.totp_sealed, f"{self._kind}:{row.id}"), typed)
            if step is None or step <= self._used.get(row.id, -1):
                return False
            self._used[row.id] = step
            return True
        return self._store.sessions.use_code(code_hash(typed), f"{self._purpose}:{row.id}", self._room.clock.utcnow()) is not None

    def new_recovery_codes(self, row: Holder) -> list[str]:
        """Instead of those before, inside a unit of work; only their hashes are kept."""
        self.forget(row)
        now = self._room.clock.utcnow()
        made = [make_code(self._room.random_bytes)[-RECOVERY_SIGNS:] for _each in range(RECOVERY_CODES)]
        for code in made:
            self._store.sessions.insert_code(code_hash(code), f"{self._purpose}:{row.id}", row.id, now, now + _FOREVER_MS)
        return made

    def forget(self, row: Holder) -> None:
        """No recovery code is good any more."""
        self._store.sessions.drop_codes(f"{self._purpose}:{row.id}", row.id)

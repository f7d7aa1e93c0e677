"""What a copy elsewhere is encrypted with: a recovery phrase that people can write down, and a cipher for long streams.

The phrase makes a key by scrypt (RFC 7914); each file has a key of its own by HKDF (RFC 5869) and is a row of
AES-256-GCM chunks whose nonces count, the last one marked, so that no chunk can be cut off, moved or doubled.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from appliance.errors import EnvironmentFault, UserError
from appliance.store.seal import write_private

KEY_FILE = "copy.key"
_MAGIC = b"TOLLCOPY1\n"
_SALT_BYTES = 16
_HEAD_BYTES = len(_MAGIC) + 2 * _SALT_BYTES
_CHUNK = 1 << 20
_TAG_BYTES = 16
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_LETTERS = 25  # 24 of chance (120 bits) and one to check
_COST = 1 << 15  # scrypt N; 32 MiB with r = 8


def new_phrase() -> str:
    """A recovery phrase: five groups of five signs, the last sign a check."""
    signs = [_SIGNS[byte & 31] for byte in os.urandom(_LETTERS - 1)]
    signs.append(_check_sign("".join(signs)))
    return "-".join("".join(signs[at : at + 5]) for at in range(0, _LETTERS, 5))


def plain_phrase(phrase: str) -> str:
    """As typed, put right: case, spaces, O for 0, I and L for 1; UserError("copy.phrase_wrong") where the check sign differs."""
    text = "".join(phrase.upper().replace("-", "").split()).translate(str.maketrans("OIL", "011"))
    if len(text) != _LETTERS or any(sign not in _SIGNS for sign in text) or _check_sign(text[:-1]) != text[-1]:
        raise UserError("copy.phrase_wrong", field="phrase")
    return text


def _check_sign(text: str) -> str:
    return _SIGNS[hashlib.sha256(text.encode()).digest()[0] & 31]


class CopyKey(NamedTuple):
    """The phrase's key with the salt that made it; lies in the data folder (0600), for the phrase itself is kept nowhere."""

    salt: bytes
    key: bytes

    @classmethod
    def of(cls, phrase: str, salt: bytes | None = None) -> CopyKey:
        """Derived from a phrase; a new salt where none is given."""
        salt = salt or os.urandom(_SALT_BYTES)
        key = hashlib.scrypt(plain_phrase(phrase).encode(), salt=salt, n=_COST, r=8, p=1, maxmem=64 << 20, dklen=32)
        return cls(salt, key)

    @classmethod
    def load(cls, folder: Path) -> CopyKey | None:
        """The folder's, None where set-up made none; EnvironmentFault("copy.key_damaged")."""
        path = folder / KEY_FILE
        if not path.exists():
            return None
        try:
            salt, key = (base64.b64decode(part) for part in msgspec.json.decode(path.read_bytes(), type=tuple[str, str]))
        except (OSError, ValueError) as error:
            raise EnvironmentFault("copy.key_damaged", path=str(path)) from error
        if len(key) != 32 or len(salt) != _SALT_BYTES:
            raise EnvironmentFault("copy.key_damaged", path=str(path))
        return cls(salt, key)

    def save(self, folder: Path) -> None:
        """Into the data folder."""
        write_private(folder / KEY_FILE, msgspec.json.encode([base64.b64encode(self.salt).decode(), base64.b64encode(self.key).decode()]))

    @classmethod
    def forget(cls, folder: Path) -> None:
        """Take it out of the data folder; harmless where there is none."""
        (folder / KEY_FILE).unlink(missing_ok=True)


def _file_cipher(key: CopyKey, file_salt: bytes) -> AESGCM:
    return AESGCM(HKDF(hashes.SHA256(), 32, file_salt, b"tollhouse second copy").derive(key.key))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class Encrypting:
    """A stream that encrypts into another; `close` writes the last chunk and must be called."""

    def __init__(self, target: BinaryIO, key: CopyKey) -> None:
        file_salt = os.urandom(_SALT_BYTES)
        self._target = target
        self._head = _MAGIC + key.salt + file_salt
        self._cipher = _file_cipher(key, file_salt)
        self._number = 0
        self._waiting = bytearray()
        target.write(self._head)

    def write(self, content: bytes) -> None:
        """Any number of bytes."""
        self._waiting += content
        while len(self._waiting) > _CHUNK:
            self._put(bytes(self._waiting[:_CHUNK]), last=False)
            del self._waiting[:_CHUNK]

    def close(self) -> None:
        """What is left, marked as the end."""
        self._put(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _put(self, plain: bytes, *, last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._number, last), plain, self._head))
        self._number += 1


class Decrypting:
    """Reads back what `Encrypting` wrote; every byte given out has been proved."""

    def __init__(self, source: BinaryIO, phrase_or_key: str | CopyKey) -> None:
        """EnvironmentFault("copy.damaged") for what is no copy."""
        self._source = source
        head = source.read(_HEAD_BYTES)
        if len(head) != _HEAD_BYTES or not head.startswith(_MAGIC):
            raise EnvironmentFault("copy.damaged", path=_name(source), detail="no head")
        salt, file_salt = head[len(_MAGIC) : -_SALT_BYTES], head[-_SALT_BYTES:]
        self.key = phrase_or_key if isinstance(phrase_or_key, CopyKey) else CopyKey.of(phrase_or_key, salt)
        self._cipher = _file_cipher(self.key, file_salt)
        self._chunks = self._decrypted(head)
        self._waiting = b""

    def _decrypted(self, head: bytes) -> Iterator[bytes]:
        number = 0
        chunk = self._source.read(_CHUNK + _TAG_BYTES)
        while chunk:
            following = self._source.read(_CHUNK + _TAG_BYTES)
            try:
                yield self._cipher.decrypt(_nonce(number, not following), chunk, head)
            except InvalidTag as error:
                code = "copy.damaged" if number else "copy.unreadable"  # the first chunk: the phrase may be another's
                raise EnvironmentFault(code, path=_name(self._source), detail=f"chunk {number}") from error
            chunk = following
            number += 1
        if not number:
            raise EnvironmentFault("copy.damaged", path=_name(self._source), detail="empty")

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes; EnvironmentFault("copy.damaged") where there are fewer."""
        parts = [self._waiting]
        have = len(self._waiting)
        while have < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                raise EnvironmentFault("copy.damaged", path=_name(self._source), detail="cut short")
            parts.append(chunk)
            have += len(chunk)
        whole = b"".join(parts)
        self._waiting = whole[size:]
        return whole[:size]


def _name(source: BinaryIO) -> str:
    return str(getattr(source, "name", ""))

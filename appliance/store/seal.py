"""Secrets at rest: AES-256-GCM under a key file that lies beside the database, never inside it.

A sealed value is version byte, 12-byte nonce, ciphertext with tag. `purpose` is bound to it, so that a value cannot
be moved from one column to another unnoticed.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from pathlib import Path

from appliance.errors import EnvironmentFault

KEY_NAME = "key"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = b"\x01"


def write_private(path: Path, content: bytes) -> None:
    """Write a file that its owner alone can read (0600), whole or not at all."""
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder durable, where the system has a way to (Windows has none and needs none)."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Seal:
    """Seals and opens with one folder's key."""

    def __init__(self, key: bytes) -> None:
        """`key`: 32 bytes. The cipher is loaded by the first who seals or opens: a start that needs none is the shorter."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM(key)
        self._marks = hashlib.blake2b(b"marks", key=key, digest_size=32).digest()

    @classmethod
    def of(cls, folder: Path, *, make: bool = True) -> Seal:
        """The folder's own, its key file made where it is missing and `make` says so.

        EnvironmentFault("seal.missing"), ("seal.damaged") or ("seal.exposed") where others may read the file.
        """
        path = folder / KEY_NAME
        try:
            if not path.exists():
                if not make:
                    raise EnvironmentFault("seal.missing", path=str(path))
                write_private(path, os.urandom(_KEY_BYTES))
            if sys.platform != "win32" and stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise EnvironmentFault("seal.exposed", path=str(path))
            key = path.read_bytes()
        except OSError as error:
            raise EnvironmentFault("seal.missing", path=str(path), detail=str(error)) from error
        if len(key) != _KEY_BYTES:
            raise EnvironmentFault("seal.damaged", path=str(path))
        return cls(key)

    def mark(self, text: str) -> str:
        """What a text is known again by, and cannot be found out from without the key: 32 hexadecimal digits."""
        return hashlib.blake2b(text.encode(), key=self._marks, digest_size=16).hexdigest()

    def seal(self, secret: str, purpose: str) -> bytes:
        """For storing; the same secret gives other bytes each time. `purpose`: 'endpoint:12', 'trunk:3', …"""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, secret.encode(), purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> str:
        """The secret again; EnvironmentFault("seal.damaged") where the key file is another, or the value was changed or moved."""
        from cryptography.exceptions import InvalidTag

        nonce = sealed[1 : 1 + _NONCE_BYTES]
        try:
            if sealed[:1] != _VERSION:
                raise InvalidTag
            return self._cipher.decrypt(nonce, sealed[1 + _NONCE_BYTES :], purpose.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise EnvironmentFault("seal.damaged", path=KEY_NAME) from error

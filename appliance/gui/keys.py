"""The computer's own keyring: it keeps the token of a session for who asked to stay signed in, never a password.

The library is loaded by the first who needs it, in a thread: some keyrings ask a person to unlock them.
"""

from __future__ import annotations

from typing import Any, Protocol

NAME = "tollhouse console"


class Keyring(Protocol):
    """What is asked of a keyring."""

    def get_password(self, service: str, name: str) -> str | None: ...
    def set_password(self, service: str, name: str, secret: str) -> None: ...
    def delete_password(self, service: str, name: str) -> None: ...


class NoKeyring(Exception):
    """This computer has none that can be used; the text says why, in the library's words."""


def of_this_computer() -> Keyring:
    """NoKeyring where there is none, or only one that keeps secrets in the open."""
    try:
        import keyring
        from keyring.backends import fail
    except ImportError as error:
        raise NoKeyring(str(error)) from error
    found: Any = keyring.get_keyring()
    if isinstance(found, fail.Keyring) or found.priority < 1:
        raise NoKeyring(type(found).__module__)
    return keyring


def _name(url: str, login: str) -> str:
    return f"{login} at {url}"


def kept(ring: Keyring, url: str, login: str) -> str:
    """The token kept for that person on that server, "" where there is none. Each system's keyring has errors of its own."""
    return ring.get_password(NAME, _name(url, login)) or ""


def keep(ring: Keyring, url: str, login: str, token: str) -> None:
    """Keep it; NoKeyring where it is not there afterwards."""
    ring.set_password(NAME, _name(url, login), token)
    if ring.get_password(NAME, _name(url, login)) != token:
        raise NoKeyring("not kept")


def forget(ring: Keyring, url: str, login: str) -> None:
    """Keep nothing for that person any more."""
    ring.delete_password(NAME, _name(url, login))

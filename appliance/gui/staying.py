"""Staying signed in on this computer: who asked for it is remembered, the session's token is the keyring's alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from appliance.gui import keys
from appliance.gui.aside import run_aside
from appliance.gui.memory import Memory
from appliance.gui.words import _

STAYS = "stays"


class Staying:
    """`open_ring` gives the computer's keyring, or raises keys.NoKeyring; everything slow runs beside the window."""

    def __init__(self, memory: Memory, open_ring: Callable[[], keys.Keyring] = keys.of_this_computer) -> None:
        self._memory = memory
        self._open_ring = open_ring

    def login(self, url: str) -> str:
        """Who stays signed in there; "" for nobody."""
        known = self._memory.get(STAYS, {})
        return str(known.get(url, "")) if isinstance(known, dict) else ""

    def check(self, owner: QObject, done: Callable[[str], None]) -> None:
        """`done("")` where there is a keyring, else a sentence that says what follows from it."""
        run_aside(owner, self._open_ring, lambda found: done(_no_keyring() if isinstance(found, Exception) else ""))

    def token(self, owner: QObject, url: str, done: Callable[[str], None]) -> None:
        """The token of who stays there, "" where there is none any more."""
        login = self.login(url)
        run_aside(owner, lambda: keys.kept(self._open_ring(), url, login), lambda found: done(found if isinstance(found, str) else ""))

    def keep(self, owner: QObject, url: str, login: str, token: str, done: Callable[[str], None]) -> None:
        """`done("")` once it is kept, else why it is not."""

        def kept(result: Any) -> None:
            if not isinstance(result, Exception):
                self._remember(url, login)
            done(_no_keyring() if isinstance(result, Exception) else "")

        run_aside(owner, lambda: keys.keep(self._open_ring(), url, login, token), kept)

    def forget(self, owner: QObject, url: str) -> None:
        """Nobody stays there any more."""
        login = self.login(url)
        if login:
            self._remember(url, "")
            run_aside(owner, lambda: keys.forget(self._open_ring(), url, login), lambda result: None)

    def _remember(self, url: str, login: str) -> None:
        known = self._memory.get(STAYS, {})
        kept = {key: value for key, value in (known if isinstance(known, dict) else {}).items() if key != url}
        self._memory.put(STAYS, {**kept, url: login} if login else kept or None)


def _no_keyring() -> str:
    return _("This computer has no keyring that could be opened. You are signed in until you close Tollhouse, and type the password again next time.")

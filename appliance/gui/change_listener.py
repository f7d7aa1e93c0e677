"""Who wants to hear of which kinds of change; news is gathered for a moment so that a burst asks the server once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer

GATHER_MS = 150
Heard = Callable[[Mapping[str, frozenset[int]]], None]
EVERYTHING = "*"
"""A subscriber to this kind hears of all; told as a change it means: anything may have changed."""


class _Wish(NamedTuple):
    kinds: frozenset[str]
    heard: Heard


class ChangeListener(QObject):
    """One for each signed-in console."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wishes: dict[int, _Wish] = {}
        self._gathered: dict[str, frozenset[int]] = {}
        self._timer = QTimer(self, singleShot=True, interval=GATHER_MS)
        self._timer.timeout.connect(self.flush)

    def subscribe(self, owner: QObject, kinds: Iterable[str], heard: Heard) -> None:
        """`heard({kind: ids})` until `owner` is destroyed; empty ids mean any of the kind."""
        key = id(owner)
        self._wishes[key] = _Wish(frozenset(kinds), heard)
        owner.destroyed.connect(lambda: self._wishes.pop(key, None))

    def unsubscribe(self, owner: QObject) -> None:
        """Tell this owner nothing more."""
        self._wishes.pop(id(owner), None)

    def tell(self, kind: str, ids: frozenset[int] = frozenset()) -> None:
        """Something changed."""
        before = self._gathered.get(kind)
        self._gathered[kind] = ids if before is None else frozenset() if not before or not ids else before | ids
        if not self._timer.isActive():
            self._timer.start()

    def everything(self) -> None:
        """It is not known what changed: everybody asks anew."""
        self.tell(EVERYTHING)

    def flush(self) -> None:
        """Tell what was gathered, now."""
        gathered, self._gathered = self._gathered, {}
        self._timer.stop()
        if not gathered:
            return
        for wish in list(self._wishes.values()):
            if EVERYTHING in gathered:
                wish.heard(dict.fromkeys(wish.kinds, frozenset()))
                continue
            found = {kind: ids for kind, ids in gathered.items() if kind in wish.kinds or EVERYTHING in wish.kinds}
            if found:
                wish.heard(found)

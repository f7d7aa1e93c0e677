"""What a screen is to the window: a title, actions, and a wish to hear of some kinds of change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QTableView, QVBoxLayout, QWidget

from appliance.gui.desk import Desk, Place


@dataclass(frozen=True)
class Action:
    """One line of the right action bar, found by the palette too. `group`: actions of one number stand together.

    `operation` of wire/operations is what it asks in the end: who may not ask that does not see the action.
    """

    name: str
    text: str
    run: Callable[[], None]
    shortcut: str = ""
    """Keys of its own; without them those of its place, see `keyed`."""
    icon: str = ""
    enabled: bool = True
    dangerous: bool = False
    primary: bool = False
    group: int = 0
    operation: str = ""


def keyed(actions: list[Action]) -> list[Action]:
    """Each with keys: those that have none of their own get Alt+1 to Alt+9 in the order in which they stand."""
    places = iter(range(1, 10))
    return [each if each.shortcut else replace(each, shortcut=_key_of(next(places, 0))) for each in actions]


def _key_of(place: int) -> str:
    return f"Alt+{place}" if place else ""


class Entry(NamedTuple):
    """One line of the table of screens. `place` names it, `path` is `module:class` in appliance/gui/screens.

    `operation` is what it cannot do without: who may not ask that does not see the screen.
    """

    place: str
    category: str
    path: str
    operation: str = ""


class Screen(QWidget):
    """A page of the middle. Its kinds of change make it ask again: at once where it is seen, else when it is next shown."""

    kinds: frozenset[str] = frozenset()
    verbs_changed = Signal()
    title_changed = Signal()

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__()
        self.desk = desk
        self.place = place
        self.setObjectName("screen")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        self._missed: dict[str, frozenset[int]] = {}
        if self.kinds:
            desk.listener.subscribe(self, self.kinds, self._heard)

    def title(self) -> str:
        """What the window and the way back call it."""
        return ""

    def part(self) -> str:
        """The tab or section of it that is seen, for Help."""
        return self.place.tab

    def verbs(self) -> list[Action]:
        """What can be done here, with what is chosen now."""
        return []

    def offered(self) -> list[Action]:
        """Of these what the person may do: an action that would be refused is not there."""
        return keyed([each for each in self.verbs() if self.desk.may(each.operation)])

    def refresh(self) -> None:
        """Ask the server again for what is shown."""

    def on_changes(self, changes: Mapping[str, frozenset[int]]) -> None:
        """Things of `kinds` changed; empty ids mean any of them."""
        self.refresh()

    def leave(self) -> bool:
        """Whether it may be left now: nothing typed would be lost without a word."""
        return True

    def take_focus(self) -> None:
        """The keyboard is here now: the table that is seen takes it, so that arrows and letters work at once."""
        tables = (each for each in self.findChildren(QTableView) if each.isVisibleTo(self))
        next(tables, self).setFocus()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        missed, self._missed = self._missed, {}
        if missed:
            self.on_changes(missed)

    def _heard(self, changes: Mapping[str, frozenset[int]]) -> None:
        if self.isVisible():
            self.on_changes(changes)
            return
        for kind, ids in changes.items():
            before = self._missed.get(kind)
            self._missed[kind] = ids if before is None else frozenset() if not before or not ids else before | ids

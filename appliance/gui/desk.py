"""What every screen is handed: the line to the server, who is signed in, what is remembered, and how to ask for another place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal

from appliance.clock import Clock
from appliance.gui.change_listener import ChangeListener
from appliance.gui.client import Client
from appliance.gui.memory import Memory
from appliance.gui.theme import Theme
from appliance.wire.operators import Session


@dataclass(frozen=True)
class Place:
    """Where in the console: a screen of `screens/__init__.py`, the thing it shows, the tab, what a list is filtered by."""

    name: str
    id: int = 0
    tab: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)


class Desk(QObject):
    """One for each window. Screens ask by it and the window listens; no screen knows the window or another screen."""

    asked_for = Signal(object)
    """A Place to go to."""
    told = Signal(str, object)
    """A sentence to show for a while, and what its Undo does (None: no Undo)."""

    live = Signal(object)
    """The data of the server's `live` event, each second while calls run."""

    def __init__(
        self,
        client: Client,
        session: Session,
        listener: ChangeListener,
        memory: Memory,
        theme: Theme,
        clock: Clock,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.client = client
        self.session = session
        self.listener = listener
        self.memory = memory
        self.theme = theme
        self.clock = clock

    def go(self, place: Place) -> None:
        """Show that place."""
        self.asked_for.emit(place)

    def toast(self, text: str, undo: Callable[[], None] | None = None) -> None:
        """Say something that needs no answer; with `undo` for ten seconds."""
        self.told.emit(text, undo)

"""What every screen is handed: the line to the server, who is signed in, what is remembered, and how to ask for another place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from PySide6.QtCore import QObject, Signal

from appliance.clock import Clock
from appliance.gui.change_listener import ChangeListener
from appliance.gui.client import Client
from appliance.gui.memory import Memory
from appliance.gui.theme import Theme
from appliance.wire.operations import ANYONE, OPERATIONS, SIGNED_IN
from appliance.wire.operators import Session

FOR_ALL = frozenset({ANYONE, SIGNED_IN})
OF_SHOPS = frozenset({"Booths"})
OF_SHOPKEEPERS = frozenset({"Booths", "Customers", "Calls"})


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

    allowed = Signal()
    """What the person may do is other than before."""

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

    def may(self, operation: str) -> bool:
        """Whether the person may ask this operation anywhere; "" is asked of nobody. Each answer says where."""
        if not operation:
            return True
        permission = OPERATIONS[operation].permission
        return permission in FOR_ALL or permission in self.session.permissions

    @property
    def in_shops(self) -> bool:
        """Whether all that the person may do is in call shops."""
        grants = self.session.operator.grants
        return bool(grants) and all(each.shop or each.chain for each in grants)

    def sees(self, category: str, operation: str) -> bool:
        """Whether a place of that category is for this person: who works in shops alone has no use of the reseller's."""
        if not self.may(operation):
            return False
        return not self.in_shops or category in (OF_SHOPKEEPERS if self.may("shops.update") else OF_SHOPS)

    def set_permissions(self, permissions: Sequence[str]) -> None:
        """The server says that the person may do other things now."""
        if list(permissions) != self.session.permissions:
            self.session = msgspec.structs.replace(self.session, permissions=list(permissions))
            self.allowed.emit()

    def go(self, place: Place) -> None:
        """Show that place."""
        self.asked_for.emit(place)

    def toast(self, text: str, undo: Callable[[], None] | None = None) -> None:
        """Say something that needs no answer; with `undo` for ten seconds."""
        self.told.emit(text, undo)

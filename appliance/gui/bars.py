"""The window's edges: categories at the left, actions at the right, what the server says below, and the word that it is away."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from appliance.gui.icons import icon
from appliance.gui.screen import Action
from appliance.gui.theme import Theme, space
from appliance.gui.verb_button import VerbButton, shown_keys
from appliance.gui.widgets.plain import button, clear, edge, label, line, scrolling
from appliance.gui.words import _, duration

LEFT_WIDTH = 168
RIGHT_WIDTH, RIGHT_WIDEST = 220, 272
ROOMY = 1200
"""A window as wide as that has room for actions of long words."""

AROUND_VERB = 64


class LeftBar(QWidget):
    """The categories; `chosen` tells one."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, categories: Sequence[tuple[str, str]]) -> None:
        """`categories`: (name, title), in order."""
        super().__init__()
        self.setObjectName("left")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(LEFT_WIDTH)
        self._theme = theme
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        box = QVBoxLayout(self)
        box.setContentsMargins(space("small"), space("medium"), space("small"), space("small"))
        box.setSpacing(2)
        for at, (name, title) in enumerate(categories):
            made = QToolButton()
            made.setText(f"  {title}")
            made.setAccessibleName(title)
            made.setCheckable(True)
            made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            made.setIconSize(QSize(18, 18))
            shortcut = f"Ctrl+{at + 1}" if at < 9 else f"Ctrl+Shift+{at - 8}"
            made.setShortcut(QKeySequence(shortcut))
            made.setToolTip(f"{title} ({shown_keys(shortcut)})")
            made.clicked.connect(lambda checked=False, name=name: self.chosen.emit(name))
            self._group.addButton(made)
            self.buttons[name] = made
            box.addWidget(made)
        box.addStretch(1)
        self.paint_icons()

    def show_only(self, names: Collection[str]) -> None:
        """The categories that this person may open."""
        for name, each in self.buttons.items():
            each.setVisible(name in names)

    def paint_icons(self) -> None:
        """Icons in the theme's colours."""
        for name, each in self.buttons.items():
            each.setIcon(icon(name.lower(), self._theme.color("muted"), self._theme.color("accent")))

    def mark(self, name: str) -> None:
        """Show which category is open."""
        made = self.buttons.get(name)
        if made is not None:
            made.setChecked(True)


class RightBar(QWidget):
    """The actions of the screen and what is chosen in it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("right")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(RIGHT_WIDTH)
        self._theme = theme
        self.buttons: dict[str, QPushButton] = {}
        self._actions: list[Action] = []
        self._box = QVBoxLayout()
        self._box.setContentsMargins(space("small"), space("large"), space("small"), space("small"))
        self._box.setSpacing(2)
        inner = QWidget()
        inner.setObjectName("right")
        inner.setLayout(self._box)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolling(inner))

    def show_actions(self, actions: Sequence[Action]) -> None:
        """Show these; where only what is enabled changed, the buttons stay."""
        fresh = list(actions)
        self._fit(fresh)
        same = [(each.name, each.text) for each in fresh] == [(each.name, each.text) for each in self._actions]
        self._actions = fresh
        if not same:
            self._build()
        for each in fresh:
            made = self.buttons[each.name]
            if made.isEnabled() != each.enabled:
                made.setEnabled(each.enabled)

    def _fit(self, actions: Sequence[Action]) -> None:
        """Wide enough for the longest verb, where the window has room; it does not become narrower again with each screen."""
        longest = max((self.fontMetrics().horizontalAdvance(each.text.replace("&", "")) for each in actions), default=0) + AROUND_VERB
        roomy = self.window().width() >= ROOMY
        self.setFixedWidth(min(RIGHT_WIDEST, max(self.minimumWidth(), longest)) if roomy else RIGHT_WIDTH)

    def paint_icons(self) -> None:
        """Icons in the theme's colours."""
        self._build()

    def run(self, name: str) -> None:
        """Do the action of that name as it is now."""
        for each in self._actions:
            if each.name == name and each.enabled:
                each.run()
                return

    def _build(self) -> None:
        clear(self._box)
        self.buttons = {}
        group = self._actions[0].group if self._actions else 0
        for each in self._actions:
            if each.group != group:
                group = each.group
                self._box.addSpacing(space("hair"))
                self._box.addWidget(line())
                self._box.addSpacing(space("hair"))
            made = self._button(each)
            self.buttons[each.name] = made
            self._box.addWidget(made)
        self._box.addStretch(1)

    def _button(self, action: Action) -> QPushButton:
        made = VerbButton(self._theme, action)
        made.setEnabled(action.enabled)
        made.clicked.connect(lambda checked=False, name=action.name: self.run(name))
        return made


class StatusLine(QWidget):
    """Server, running calls, money a second, alerts."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("status")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(28)
        self.server, self.calls, self.burn = label(""), label(""), label("")
        self.alerts = button("", None, "link")
        self.alerts.hide()
        box = QHBoxLayout(self)
        box.setContentsMargins(space("large"), 0, space("large"), 0)
        box.setSpacing(space("wide"))
        for each in (self.server, self.calls, self.burn):
            box.addWidget(each)
        box.addStretch(1)
        box.addWidget(self.alerts)


class AwayBanner(QFrame):
    """Says in words that the server is away and how old what is shown is."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("away")
        self._said = label("", wrap=True)
        box = QHBoxLayout(self)
        box.setContentsMargins(space("large"), space("small"), space("large"), space("small"))
        box.addWidget(self._said, 1)
        self.hide()

    @property
    def text(self) -> str:
        """What is said."""
        return self._said.text()

    def say(self, age_seconds: float) -> None:
        """The server has been silent so long."""
        text = _(
            "The server does not answer. What you see is {age} old. What you typed is kept, and the line comes back by itself.",
            age=duration(age_seconds),
        )
        self._said.setText(text)
        self.setAccessibleName(text)
        self.show()


def live_numbers(data: object) -> Mapping[str, object]:
    """The `live` event as a mapping; what is none is empty."""
    return data if isinstance(data, Mapping) else {}


def framed(left: QWidget, middle: QWidget, right: QWidget) -> QHBoxLayout:
    """Left bar, middle, right bar with hair lines between."""
    box = QHBoxLayout()
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(0)
    for each in (left, edge(), middle, edge(), right):
        box.addWidget(each, 1 if each is middle else 0)
    return box

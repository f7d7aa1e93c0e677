"""Small makers of labels, buttons, lines and layouts, all dressed by their `role` in the style sheet."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from appliance.gui.theme import space

EDGE, FRAME = 20, 60
"""Pixels beside a window, and above and below it, that are not its own."""


def label(text: str, role: str = "", *, wrap: bool = False, copyable: bool = False) -> QLabel:
    """A text; `role`: title, heading, muted, small, strong, figure, fault."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if QGuiApplication.isRightToLeft():
        # a label of several lines would else follow the direction of its own words
        made.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter)
    if role:
        made.setProperty("role", role)
    if copyable:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        made.setCursor(Qt.CursorShape.IBeamCursor)
    return made


class Elided(QLabel):
    """A label of one line that gives way: what does not fit ends in an ellipsis, and the whole stands in its tool tip."""

    def __init__(self, text: str = "", role: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        if role:
            self.setProperty("role", role)
        self.setText(text)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(min(48, super().minimumSizeHint().width()), super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        room, text = self.contentsRect(), self.text()
        shown = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        self.setToolTip(text if shown != text else "")
        side = Qt.AlignmentFlag.AlignRight if self.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(room, side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()


def button(text: str, run: Callable[[], None] | None = None, role: str = "") -> QPushButton:
    """A button; `role`: primary, danger, link."""
    made = QPushButton(text)
    made.setAutoDefault(False)
    if role:
        made.setProperty("role", role)
    if role == "link":
        made.setCursor(Qt.CursorShape.PointingHandCursor)
        made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    if run is not None:
        made.clicked.connect(lambda checked=False: run())
    return made


def line() -> QFrame:
    """A hair line across."""
    made = QFrame()
    made.setObjectName("line")
    return made


def edge() -> QFrame:
    """A hair line from top to bottom."""
    made = QFrame()
    made.setObjectName("edge")
    return made


def row(*parts: QWidget | QLayout | int | None, gap: str = "small", margin: str = "") -> QHBoxLayout:
    """Side by side; None is a stretch, a number is that many pixels."""
    made = QHBoxLayout()
    _fill(made, parts, gap, margin)
    return made


def column(*parts: QWidget | QLayout | int | None, gap: str = "small", margin: str = "") -> QVBoxLayout:
    """One above the other; None is a stretch, a number is that many pixels."""
    made = QVBoxLayout()
    _fill(made, parts, gap, margin)
    return made


def _fill(box: QHBoxLayout | QVBoxLayout, parts: tuple[QWidget | QLayout | int | None, ...], gap: str, margin: str) -> None:
    around = space(margin) if margin else 0
    box.setContentsMargins(around, around, around, around)
    box.setSpacing(space(gap) if gap else 0)
    for part in parts:
        if part is None:
            box.addStretch(1)
        elif isinstance(part, int):
            box.addSpacing(part)
        elif isinstance(part, QWidget):
            box.addWidget(part)
        else:
            box.addLayout(part)


def holding(layout: QLayout, name: str = "plain") -> QWidget:
    """A widget of this layout."""
    made = QWidget()
    made.setObjectName(name)
    made.setLayout(layout)
    return made


def card(layout: QLayout) -> QFrame:
    """A surface with a border around the layout."""
    made = QFrame()
    made.setObjectName("card")
    made.setLayout(layout)
    return made


def within_screen(width: int, height: int) -> QSize:
    """This size, or what of it the screen has room for beside a window's frame and the system's bars."""
    screen = QGuiApplication.primaryScreen()
    room = screen.availableGeometry() if screen is not None else None
    return QSize(width, height) if room is None else QSize(min(width, room.width() - EDGE), min(height, room.height() - FRAME))


def scrolling(inner: QWidget) -> QScrollArea:
    """Scrolls downwards only; as wide as its place."""
    made = QScrollArea()
    made.setWidgetResizable(True)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setWidget(inner)
    made.setFrameShape(QFrame.Shape.NoFrame)
    return made


def redress(widget: QWidget) -> None:
    """Apply the style sheet again after a dynamic property changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and let it go."""
    while layout.count():
        item = layout.takeAt(0)
        if item is None:
            break
        inner, widget = item.layout(), item.widget()
        if inner is not None:
            clear(inner)
        if widget is not None:
            widget.hide()
            widget.deleteLater()

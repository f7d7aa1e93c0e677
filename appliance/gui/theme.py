"""How the console looks: tokens of resources/brand/tokens.toml made into a palette and a style sheet, light or dark."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from appliance import paths

SYSTEM, LIGHT, DARK = "system", "light", "dark"


@cache
def tokens() -> dict[str, Any]:
    """The file as it is."""
    return tomllib.loads((paths.resources() / "brand" / "tokens.toml").read_text(encoding="utf-8"))


def space(name: str) -> int:
    """Pixels of a named distance: hair, small, medium, large, wide, huge."""
    return int(tokens()["spacing"][name])


def size(name: str) -> int:
    """Pixels of a named letter size: small, body, heading, title, figure."""
    return int(tokens()["type"][name])


class Theme(QObject):
    """The chosen look. `changed` after the application was dressed anew."""

    changed = Signal()

    def __init__(self, wish: str = SYSTEM) -> None:
        super().__init__()
        self.wish = wish
        self._dressed = ""
        self._inks: dict[str, QColor] = {}
        self._system = QGuiApplication.styleHints()  # held, or what it gives is taken for gone
        self._system.colorSchemeChanged.connect(self._system_changed)
        self._system.accessibility().contrastPreferenceChanged.connect(self.contrast_changed)

    @property
    def dark(self) -> bool:
        """Whether the dark colours are in use."""
        if self.wish == SYSTEM:
            return self._system.colorScheme() == Qt.ColorScheme.Dark
        return self.wish == DARK

    @property
    def strong(self) -> bool:
        """Whether the system wishes for more contrast than others need."""
        return self._system.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast

    def color(self, role: str) -> QColor:
        """The colour of a role of tokens.toml."""
        found = self._inks.get(role)
        if found is None:
            found = self._inks[role] = QColor(self.colors()[role])
        return found

    def colors(self) -> dict[str, str]:
        """All colours by role."""
        found: dict[str, str] = tokens()[DARK if self.dark else LIGHT]
        return {**found, "muted": found["text"], "border": found["border_strong"], "border_strong": found["text"]} if self.strong else found

    def choose(self, wish: str) -> None:
        """system, light or dark; dresses the application at once."""
        self.wish = wish
        self._inks.clear()
        self.dress()

    def dress(self) -> None:
        """Give the application this look."""
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            return
        if not self._dressed:
            app.setStyle("Fusion")
            font = QFont(app.font())
            font.setPixelSize(size("body"))
            font.setStyleStrategy(QFont.StyleStrategy.PreferAntialias)
            app.setFont(font)
        look = DARK if self.dark else LIGHT
        now = f"{look} strong" if self.strong else look
        if now == self._dressed:
            return
        self._dressed = now
        app.setPalette(self._palette())
        app.setStyleSheet(style_sheet(self.colors(), look))
        self.changed.emit()

    def contrast_changed(self) -> None:
        """The system wishes for more contrast, or no longer."""
        self._inks.clear()
        self.dress()

    def _system_changed(self) -> None:
        if self.wish == SYSTEM:
            self._inks.clear()
            self.dress()

    def _palette(self) -> QPalette:
        role, palette = QPalette.ColorRole, QPalette()
        for which, name in (
            (role.Window, "background"),
            (role.WindowText, "text"),
            (role.Base, "surface"),
            (role.AlternateBase, "hover"),
            (role.Text, "text"),
            (role.Button, "raised"),
            (role.ButtonText, "text"),
            (role.BrightText, "danger"),
            (role.ToolTipBase, "raised"),
            (role.ToolTipText, "text"),
            (role.PlaceholderText, "muted"),
            (role.Highlight, "accent"),
            (role.HighlightedText, "accent_text"),
            (role.Link, "accent"),
            (role.Light, "raised"),
            (role.Mid, "border"),
            (role.Dark, "border_strong"),
        ):
            palette.setColor(which, self.color(name))
        for which in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, which, self.color("muted"))
        return palette


def style_sheet(colors: dict[str, str], look: str) -> str:
    """The application's style sheet in these colours; `look` is light or dark."""
    template = (paths.resources() / "brand" / "console.qss").read_text(encoding="utf-8")
    values = {**colors, **{f"space_{key}": str(value) for key, value in tokens()["spacing"].items()}}
    values |= {f"size_{key}": str(value) for key, value in tokens()["type"].items()}
    values |= {key: str(value) for key, value in tokens()["shape"].items()}
    for picture in ("caret", "tick"):
        values[picture] = (paths.resources() / "icons" / f"{picture}-{look}.svg").as_posix()
    for key in sorted(values, key=len, reverse=True):
        template = template.replace(f"@{key}", values[key])
    return template


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2, contrast ratio)."""
    lights = sorted((_luminance(one), _luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)

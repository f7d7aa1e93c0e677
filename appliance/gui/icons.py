"""Icons by what they mean, all of one set (Phosphor, from qtawesome); the only file that knows the set."""

from __future__ import annotations

from functools import cache
from typing import Any

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon

NAMES = {
    "dashboard": "gauge",
    "customers": "users",
    "payments": "money",
    "tariffs": "tag",
    "calls": "phone-call",
    "booths": "storefront",
    "resellers": "tree-structure",
    "invoices": "receipt",
    "messages": "envelope-simple",
    "reports": "chart-bar",
    "trunks": "swap",
    "settings": "gear-six",
    "add": "plus",
    "edit": "pencil-simple",
    "view": "eye",
    "remove": "trash",
    "disable": "prohibit",
    "enable": "check-circle",
    "password": "key",
    "print": "printer",
    "export": "export",
    "import": "download-simple",
    "search": "magnifying-glass",
    "clear": "x",
    "back": "arrow-left",
    "forward": "arrow-right",
    "refresh": "arrow-clockwise",
    "copy": "copy",
    "sheet": "qr-code",
    "undo": "arrow-counter-clockwise",
    "money": "wallet",
    "phone": "phone",
    "hang_up": "phone-disconnect",
    "more": "dots-three",
    "good": "check-circle",
    "open": "circle",
    "setup": "check-square",
    "warning": "warning",
    "danger": "x-circle",
    "muted": "minus-circle",
    "accent": "info",
    "user": "user-circle",
    "sign_out": "sign-out",
    "window": "app-window",
    "columns": "columns",
    "archive": "archive",
    "test": "flask",
    "up": "arrow-up",
    "down": "arrow-down",
    "menu": "list",
    "plus": "plus",
    "percent": "percent",
    "server": "hard-drives",
    "calendar": "calendar-blank",
    "link": "link",
    "swap": "arrows-left-right",
    "pause": "pause",
}


MIRRORED = {"back": "forward", "forward": "back"}
"""What points the other way where one reads from the right."""


@cache
def _font() -> Any:
    """qtawesome's painter with this one set: loading all its sets costs half the start."""
    from qtawesome.iconic_font import IconicFont

    return IconicFont(("ph", "phosphor-1.3.0.ttf", "phosphor-charmap-1.3.0.json"))


def icon(name: str, color: QColor, active: QColor | None = None) -> QIcon:
    """The icon of a meaning in a colour; an unknown meaning has an empty icon."""
    shape = NAMES.get(name)
    if shape is None:
        return QIcon()
    return _made(shape, color.name(), (active or color).name())


@cache
def _made(shape: str, color: str, active: str) -> QIcon:
    found: QIcon = _font().icon(f"ph.{shape}", color=color, color_on=active, color_active=active)
    return found


ICON = QSize(16, 16)
LARGE = QSize(20, 20)

"""What the console remembers on this computer, by person: columns, sort, filters, window, language, look. Never a password."""

from __future__ import annotations

import json
from typing import Any

from PySide6.QtCore import QSettings

from appliance.paths import APPLICATION


def open_settings(file: str | None = None) -> QSettings:
    """This person's settings of the console; `file` names another place, for tests."""
    if file is not None:
        return QSettings(file, QSettings.Format.IniFormat)
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, APPLICATION, "console")


class Memory:
    """Values by key, under a prefix that names server and person."""

    def __init__(self, settings: QSettings, prefix: str = "") -> None:
        self._settings = settings
        self._prefix = prefix

    def of(self, *names: str) -> Memory:
        """The part of the memory that belongs to these names."""
        part = ".".join("".join(sign if sign.isalnum() else "_" for sign in name) for name in names)
        return Memory(self._settings, f"{self._prefix}{part}/")

    def shared(self) -> Memory:
        """What every person at this computer shares: which till it is, its printer."""
        return Memory(self._settings, "computer/")

    def get(self, key: str, otherwise: Any = None) -> Any:
        """The value kept, `otherwise` where there is none or it cannot be read."""
        text = self._settings.value(self._prefix + key)
        if not isinstance(text, str):
            return otherwise
        try:
            return json.loads(text)
        except ValueError:
            return otherwise

    def put(self, key: str, value: Any) -> None:
        """Keep a value that JSON can hold; None forgets it."""
        if value is None:
            self._settings.remove(self._prefix + key)
        else:
            self._settings.setValue(self._prefix + key, json.dumps(value))

    def of_prefix(self, start: str) -> list[Any]:
        """All values whose key begins so."""
        before = self._prefix + start
        names = [name for name in self._settings.allKeys() if name.startswith(before)]
        return [self.get(name.removeprefix(self._prefix)) for name in names]

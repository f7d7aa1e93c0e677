"""What can be set, from three places: for one start (`--set`), kept in the store, or the built-in default.

The first that has the key wins. Keys are dotted ("sip.check_uri"). The stored ones follow the change kind
"setting", so that a change from a screen works at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from appliance.errors import EnvironmentFault

T = TypeVar("T", bool, int, float, str)


class Settings:
    """`settings.get("guard.enabled", True)`: the value, in the type of the fallback."""

    def __init__(self, overrides: Mapping[str, object] | None = None, defaults: Mapping[str, object] | None = None) -> None:
        self._overrides = dict(overrides or {})
        self._defaults = dict(defaults or {})
        self._followers: list[Callable[[], None]] = []
        self.stored({})

    def stored(self, values: Mapping[str, object]) -> None:
        """The store's settings, read anew."""
        self._values = {**self._defaults, **values, **self._overrides}
        for read in self._followers:
            read()

    def follow(self, read: Callable[[], None]) -> None:
        """`read` is called now and after each change: what every call needs is asked for once, and kept by who needs it."""
        self._followers.append(read)
        read()

    def find(self, key: str) -> object | None:
        """The value as it was given, None where nobody set it."""
        return self._values.get(key)

    def get(self, key: str, fallback: T) -> T:
        """The value in the fallback's type; EnvironmentFault "setting.wrong_type" where it cannot be that."""
        value = self._values.get(key)
        kind = type(fallback)
        if value is None:
            return fallback
        if isinstance(fallback, bool) is isinstance(value, bool) and isinstance(value, kind):
            return value
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return kind(value)
        raise EnvironmentFault("setting.wrong_type", key=key, value=str(value), wanted=kind.__name__)

    def words(self, key: str, fallback: Sequence[str] = ()) -> tuple[str, ...]:
        """A list of words: a list, or a text with commas."""
        value = self.find(key)
        if value is None:
            return tuple(fallback)
        parts = value.split(",") if isinstance(value, str) else value if isinstance(value, (list, tuple)) else [value]
        return tuple(str(part).strip() for part in parts if str(part).strip())

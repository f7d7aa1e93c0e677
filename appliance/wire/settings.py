"""Settings kept in the store: "section.key" to a JSON value."""

from __future__ import annotations

from appliance.wire.shapes import Request, View

Value = str | int | float | bool | list[str | int | float | bool] | None


class SettingsSet(Request, frozen=True):
    """Sets the given keys; null sets a key back to its default."""

    values: dict[str, Value]


class SettingPage(View, frozen=True):
    """What is kept in the store; everything else has its default."""

    values: dict[str, Value]

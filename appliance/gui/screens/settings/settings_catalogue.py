"""What can be set in the store: key, kind, default and bounds, read from resources/defaults.toml as the server reads it."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any, NamedTuple

from appliance import paths

FILE = "defaults.toml"


class Setting(NamedTuple):
    """`kind`: boolean, whole, number, text, list or secret. `about` is an English sentence of the catalogue."""

    key: str
    kind: str
    default: Any
    about: str
    least: float | None
    most: float | None
    choices: tuple[str, ...]


@cache
def settings() -> dict[str, Setting]:
    """By key, in the file's order; those kept in tollhouse.toml are left out."""
    tables: dict[str, dict[str, dict[str, Any]]] = tomllib.loads((paths.resources() / FILE).read_text(encoding="utf-8"))
    found = {}
    for section, rows in tables.items():
        for name, row in rows.items():
            if row.get("kept") == "file":
                continue
            key = f"{section}.{name}"
            choices = tuple(row.get("choices", ()))
            found[key] = Setting(key, row["kind"], row["default"], row["about"], row.get("least"), row.get("most"), choices)
    return found


def of_sections(*sections: str) -> list[Setting]:
    """The settings of these sections."""
    return [each for each in settings().values() if each.key.partition(".")[0] in sections]

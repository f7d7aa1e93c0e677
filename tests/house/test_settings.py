"""Every setting that is read is documented, and every documented one is read somewhere."""

from __future__ import annotations

import ast
import re

from appliance import config
from tests.house.source import name_of, python_files, tree_of

KEY = re.compile(r"^[a-z]+\.[a-z_]+$")
READERS = {"get", "find", "words"}


def read_keys() -> dict[str, str]:
    """{key: place} of every `settings.get("…")`, `.find("…")`, `.words("…")` in the source."""
    found = {}
    for file in python_files("appliance"):
        for node in ast.walk(tree_of(file)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in READERS or not node.args:
                continue
            holder = node.func.value
            name = holder.attr if isinstance(holder, ast.Attribute) else holder.id if isinstance(holder, ast.Name) else ""
            first = node.args[0]
            if name.strip("_").endswith("settings") and isinstance(first, ast.Constant) and isinstance(first.value, str) and KEY.match(first.value):
                found[first.value] = f"{name_of(file)}:{node.lineno}"
    return found


def test_what_is_read_is_documented() -> None:
    assert {key: place for key, place in read_keys().items() if key not in config.known()} == {}


def test_what_is_documented_is_read() -> None:
    source = "".join(file.read_text(encoding="utf-8") for file in python_files("appliance"))
    assert [name for name in config.known() if f'"{name}"' not in source] == []

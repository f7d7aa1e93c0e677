"""Lines of fields in a text, whatever its layout."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from appliance.services.keeping.description_text import line_of

VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text('abc_"\\é', min_size=1, max_size=3), inner, max_size=4)),
    max_leaves=12,
)


def paths(value: Any, at: str = "") -> list[str]:
    """Every dotted place of a value whose keys are plain words."""
    found = [at] if at else []
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.replace("_", "").isalpha():
                found += paths(inner, f"{at}.{key}" if at else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += paths(inner, f"{at}[{index}]")
    return found


@given(st.dictionaries(st.sampled_from(["a", "bb", "c_c"]), VALUES, max_size=4))
def test_each_member_is_found_on_its_own_line(value: dict[str, Any]) -> None:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    lines = text.split("\n")
    for path in paths(value):
        line = lines[line_of(text, path) - 1].strip()
        last = path.rpartition(".")[2]
        if not last.endswith("]"):
            assert line.startswith(json.dumps(last, ensure_ascii=False) + ":")
    assert line_of(json.dumps(value), "a.b[3].c") == 1


def test_the_nth_item_is_counted_over_anything_before_it() -> None:
    text = '{"x": "a,[]{}\\"",\n "list": [1, "],", {"y": [1, 2]},\n  [3],\n  {"deep":\n    {"field": true}}]}'
    assert [
        line_of(text, path) for path in ("x", "list", "list[0]", "list[2]", "list[3]", "list[4].deep.field", "list[4].gone", "list[9]", "nothing")
    ] == [
        1,
        2,
        2,
        2,
        3,
        5,
        4,
        2,
        1,
    ]

"""The page about the API has every operation, fetches nothing, and its examples work as they stand."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.api import docs_page
from appliance.api.examples import EXAMPLES
from appliance.wire.operations import FOLDER_OWNER, OPERATIONS
from tests.api.served import Served

PAGE = docs_page.page().decode()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    one = Served(tmp_path)
    yield one
    one.close()


def test_it_is_served_to_anybody_and_kept(served: Served) -> None:
    answer = served.ask("", "GET", "/docs")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert served.ask("", "GET", "/docs", If_None_Match=answer.headers["etag"]).status == 304
    assert served.ask("", "POST", "/docs").status == 405


def test_it_has_every_operation_and_no_other_host() -> None:
    for name, row in OPERATIONS.items():
        assert (f'<details id="{name}">' in PAGE) is (row.permission != FOLDER_OWNER), name
    assert not re.search(r"<(script|img|link|iframe)|src=|url\(", PAGE)
    anchors = set(re.findall(r'href="#([^"]+)"', PAGE))
    assert anchors and anchors <= set(re.findall(r'id="([^"]+)"', PAGE))


def test_every_example_does_what_it_says(served: Served) -> None:
    ids: dict[str, str] = {}
    for each in EXAMPLES:
        path = re.sub(r"<(\w+)>", lambda found: ids[found.group(1)], each.path)
        answer = served.ask("owner", "GET" if each.body is None else "POST", path, each.body, Content_Type="application/json")
        assert answer.status == 200, f"{each.name}: {answer.content!r}"
        ids[each.name] = str(answer.json.get("id", ""))
        assert OPERATIONS[each.operation].method == ("GET" if each.body is None else "POST")


def test_the_command_lines_are_read_by_a_shell() -> None:
    for each in EXAMPLES:
        words = shlex.split(docs_page.curl(each).replace("\\\n", " "))
        assert words[0] == "curl" and words[1].startswith("https://") and "Authorization: Bearer $TOKEN" in words
        if each.body is not None:
            assert json.loads(words[words.index("-d") + 1]) == each.body

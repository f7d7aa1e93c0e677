"""The page about the API has every operation, fetches nothing, and its examples work as they stand."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.api import docs_page, docs_text
from appliance.api.examples import EXAMPLES, OF_GROUPS
from appliance.api.problems import TITLES
from appliance.webhook_post import signature
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
    """In their order, ids as earlier answers gave them."""
    ids: dict[str, str] = {}
    for each in (*EXAMPLES, *OF_GROUPS):
        path = re.sub(r"<(\w+)>", lambda found: ids[found.group(1)], each.path)
        body = None if each.body is None else re.sub(r'"<(\w+)>"', lambda found: ids[found.group(1)], json.dumps(each.body)).encode()
        answer = served.ask("owner", each.method, path, body, Content_Type="application/json")
        assert answer.status == 200, f"{each.name}: {answer.content!r}"
        ids[each.name] = str(id_of(answer.json)) if answer.headers["content-type"] == "application/json" else ""


def id_of(answer: Any) -> int:
    """Of the thing that was answered, or of the first in it."""
    if isinstance(answer, list):
        return id_of(answer[0]) if answer else 0
    if not isinstance(answer, dict):
        return 0
    found = answer.get("id")
    return found if isinstance(found, int) else next((found for each in answer.values() if (found := id_of(each))), 0)


def test_every_group_of_operations_has_an_example() -> None:
    groups = {name.partition(".")[0] for name, row in OPERATIONS.items() if row.permission != FOLDER_OWNER}
    assert groups - {each.operation.partition(".")[0] for each in OF_GROUPS} == {"second_factor"}


def test_the_command_lines_are_read_by_a_shell() -> None:
    for each in (*EXAMPLES, *OF_GROUPS):
        words = shlex.split(docs_page.curl(each).replace("\\\n", " "))
        assert words[0] == "curl" and any(word.startswith("https://") for word in words) and "Authorization: Bearer $TOKEN" in words
        assert ("-X" in words) is (each.method != ("GET" if each.body is None else "POST")) and "<" not in words[1]
        if each.body is not None:
            assert set(json.loads(words[words.index("-d") + 1])) == set(each.body)


def test_what_holds_for_all_is_as_the_page_says(served: Served) -> None:
    """The refusal word by word, retries, versions, pages, the bound, the stream, and the signature as a program would look at it."""
    titles = {each.name for each in docs_text.sections()}
    assert titles == {"errors", "paging", "retries", "versions", "rates", "scopes", "stream", "hooks"}
    served.ask("owner", "POST", "/customers", EXAMPLES[1].body, Content_Type="application/json")
    path, body = docs_text.WRONG
    answer = served.ask("owner", "POST", path, body, Content_Type="application/json")
    assert (answer.status, answer.content.decode()) == (422, docs_text.REFUSED)
    first = served.ask("owner", "GET", "/customers?limit=1").json
    assert first["next"] and served.ask("owner", "GET", f"/customers?limit=1&after={first['next']}").json["customers"] != first["customers"]
    paid = {"customer": "Nadia Haddad", "amount": "5.00"}
    replies = [served.ask("owner", "POST", "/payments", paid, Content_Type="application/json", Idempotency_Key="k").json for _ in range(2)]
    assert replies[0] == replies[1]
    other = served.ask("owner", "POST", "/payments", {**paid, "amount": "6.00"}, Content_Type="application/json", Idempotency_Key="k")
    assert (other.status, other.json["code"]) == (409, "request.id_used")
    view = served.ask("owner", "GET", "/customers/1")
    stale = served.ask("owner", "PATCH", "/customers/1", {"version": 99, "company": "X"}, Content_Type="application/json")
    assert (stale.status, stale.json["code"]) == (409, "store.changed_meanwhile")
    assert served.ask("owner", "PATCH", "/customers/1", {"company": "X"}, Content_Type="application/json", If_Match='"1-99"').status == 412
    assert served.ask("owner", "GET", "/customers/1", If_None_Match=view.headers["etag"]).status == 304
    program: dict[str, Any] = {}
    exec(docs_text.GENUINE, program)
    signed = signature("secret", 1_000, b"{}")
    assert program["genuine"]("secret", signed, b"{}", lambda: 1_100.0) and not program["genuine"]("secret", signed, b"{} ", lambda: 1_100.0)
    assert not program["genuine"]("secret", signed, b"{}", lambda: 1_400.0) and not program["genuine"]("other", signed, b"{}", lambda: 1_100.0)
    assert "10 s, 1 min, 5 min, 30 min, 2 h, 6 h, 12 h" in PAGE and f"<td>{TITLES[429]}</td>" in PAGE

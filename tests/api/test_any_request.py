"""What one may send by the published description, and much that one may not, by askers with few rights or none, too: every answer is described.

As its owner's program the whole of it is asked by schemathesis, of a real server: `tests/fuzz/test_published_api.py`.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import pytest

from appliance.api import openapi
from appliance.wire.operations import OPERATIONS, PREFIX
from tests.api.served import Answer, Served

DOCUMENT: dict[str, Any] = json.loads(openapi.document())
SEED = 20_261_123
EACH = 8
"""Requests of each operation: well-formed ones, ones with a wrong part, and ones of another shape."""

TEXTS = (
    "", "a", "31612345678", "EUR", "NL", "12.50", "-0.01", "1e400", "NaN", "9" * 40, "2026-11-23", "2026-11-23T10:00:00Z", "en", "ar", "Alice",
    "root", "id:1", "id:0", "%00", "\x00", "\ud7ff", "\U0001f600", "'; DROP TABLE cdr; --", "../../etc/passwd", "a" * 5000, " ", "cash", "payment",
    "https://erp.example.test/", "2001:db8::1", "127.0.0.1", "<b>", "{customer}", "{0.__class__}", "0", "true", "[]", "null",
)  # fmt: skip
LIKELY = ("Alice", "root", "retail", "cost", "1000001", "31612345678", "5.00", "EUR", "2026-11-23", "id:1", "a good password")
NUMBERS = (0, 1, 2, 3, -1, 7, 100, 2**31, 2**53, 2**63, -(2**63), 2**70)
ODD: tuple[Any, ...] = (None, True, 3.5, "text", [], {}, [[]], {"": None}, -0.0)
LEFT_OUT = frozenset({"events"})
"""Answered for as long as one listens."""

Json = Any


class Maker:
    """Values by schema, and at times against it."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.wrong, self.more = 0.0, 0.4

    def value(self, schema: dict[str, Json], depth: int = 0) -> Json:
        if self.chance.random() < self.wrong:
            return self.chance.choice(ODD)
        if "$ref" in schema:
            return self.value(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]], depth)
        for name in ("anyOf", "oneOf"):
            if name in schema:
                return self.value(self.chance.choice(schema[name]), depth)
        if "enum" in schema:
            return self.chance.choice(schema["enum"])
        if "const" in schema:
            return schema["const"]
        kind = schema.get("type")
        makers: dict[str, Callable[[], Json]] = {
            "object": lambda: self.object(schema, depth),
            "array": lambda: (
                [] if depth > 4 else [self.value(schema.get("items", {}), depth + 1) for _each in range(self.chance.choice((0, 1, 1, 3)))]
            ),
            "string": lambda: self.chance.choice(self.chance.choice((LIKELY, TEXTS))),
            "integer": lambda: self.chance.choice(self.chance.choice(((1, 2), NUMBERS))),
            "number": lambda: self.chance.choice((*NUMBERS, 0.5)),
            "boolean": lambda: self.chance.random() < 0.5,
            "null": lambda: None,
        }
        return makers[kind]() if isinstance(kind, str) else self.chance.choice(ODD)

    def object(self, schema: dict[str, Json], depth: int) -> dict[str, Json]:
        found, needed = {}, set(schema.get("required", ()))
        for name, each in schema.get("properties", {}).items():
            if (name in needed and self.chance.random() >= self.wrong) or (self.chance.random() < self.more and depth < 4):
                found[name] = self.value(each, depth + 1)
        more = schema.get("additionalProperties")
        if isinstance(more, dict):
            found |= {self.chance.choice(TEXTS): self.value(more, depth + 1) for _each in range(2)}
        if self.chance.random() < self.wrong:
            found["no_such_field"] = 1
        return found


def told() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            if operation["operationId"] not in LEFT_OUT:
                yield path, method.upper(), operation


def request_of(maker: Maker, path: str, operation: dict[str, Any]) -> tuple[str, Any, dict[str, str]]:
    """Path with its query, body, headers."""
    query: list[tuple[str, str]] = []
    headers: dict[str, str] = {}
    for each in operation["parameters"]:
        value = maker.value(each["schema"])
        text = value if isinstance(value, str) else json.dumps(value)
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", quote(text[:200], safe="") or "1")
        elif each["in"] == "query" and (each["required"] or maker.chance.random() < maker.more):
            query.append((each["name"], text))
        elif each["in"] == "header" and maker.chance.random() < 0.2:
            headers[each["name"]] = re.sub(r"[^ -~]", "x", text)[:300]
    body = None
    if "requestBody" in operation:
        content = operation["requestBody"]["content"]["application/json"]
        body = maker.value(content["schema"])
        headers["Content-Type"] = "application/json"
    return path.removeprefix(PREFIX) + (f"?{urlencode(query)}" if query else ""), body, headers


def check(name: str, operation: dict[str, Any], answer: Answer, sent: object) -> None:
    """The answer is one that the description has."""
    said = f"{name} {sent!r}"[:2000]
    assert answer.status < 500 or (answer.status == 503 and b"code" in answer.content), f"{said}: {answer.status} {answer.content[:500]!r}"
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if answer.status >= 400:
        assert kind == "application/problem+json", f"{said}: {answer.status} as {kind}"
        problem = answer.json
        assert problem["code"] and problem["detail"] and not problem["detail"].startswith(problem["code"]), f"{said}: {problem}"
        return
    assert answer.status == 200, f"{said}: {answer.status}"
    assert kind in operation["responses"]["200"]["content"], f"{said}: {kind}"
    reply = OPERATIONS[name].reply
    if kind == "application/json":
        kinds = reply if isinstance(reply, tuple) else (reply,)
        msgspec.json.decode(answer.content, type=kinds[0] if len(kinds) == 1 else Any)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    one = Served(tmp_path)
    one.call(one.root.alice, "31612345678")
    yield one
    one.close()


def test_whatever_is_asked_is_answered_as_described(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(SEED)
    maker = Maker(chance)
    began, asked, good = time.monotonic(), 0, 0
    for turn in range(EACH):
        maker.wrong, maker.more = ((0.0, 0.05), (0.0, 0.4), (0.15, 0.4), (0.4, 0.2))[turn % 4]
        for path, method, operation in told():
            place, body, headers = request_of(maker, path, operation)
            try:
                content = None if body is None else json.dumps(body).encode("utf-8", "surrogatepass")
            except ValueError:
                continue
            answer = served.ask(chance.choice(("owner", "owner", "sub", "clerk", "")), method, place, content, **headers)
            check(operation["operationId"], operation, answer, (method, place, body, headers))
            asked += 1
            good += answer.status == 200
    assert asked > 2000 and good > 200 and time.monotonic() - began < 120
    assert not [each for each in caplog.records if each.exc_info], caplog.text

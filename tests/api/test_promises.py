"""What the API promises of all its operations alike, held against the script that runs each of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from appliance.api import openapi
from appliance.errors import Conflict
from appliance.services.services import Services
from appliance.wire.operations import OPERATIONS
from tests.api import test_operations

services = test_operations.services
PAGES = 40
FAR_VERSION = 1_000_000
SOMETIMES = ("vouchers.redeem", "approvals.decide", "fees.run", "trunks.remove_number", "commissions.pay")
"""What posts money where things stand otherwise than in the script."""


def entries(services: Services) -> int:
    return int(services.store.database.value("SELECT count(*) FROM entry"))


def test_the_description_is_openapi_3_1() -> None:
    assert list(OPENAPI_31_VALIDATOR.iter_errors(json.loads(openapi.document()))) == []


def test_whatever_posts_money_posts_it_once(services: Services, tmp_path: Path) -> None:
    """By its key, which gives the same answer again; every POST that moves money takes one."""
    moved: set[str] = set()
    keyless: set[str] = set()

    def around(name: str, request: dict[str, Any], ask: Callable[[Any], Any]) -> Any:
        before, once = entries(services), OPERATIONS[name].once
        if once:
            request = {**request, "request_id": request.get("request_id") or f"{name} {before}"}
        reply = ask(request)
        after = entries(services)
        if after == before:
            return reply
        moved.add(name)
        if not once:
            if OPERATIONS[name].method == "POST":
                keyless.add(name)
            return reply
        assert ask(request) == reply, f"{name}: the second answer is another"
        assert entries(services) == after, f"{name} posted twice"
        return reply

    test_operations.play(services, tmp_path, around)
    assert len(moved) > 20
    assert keyless == set(), "a POST that moves money takes a request_id"
    assert all(OPERATIONS[name].once for name in SOMETIMES)


def test_an_update_of_another_version_is_refused(services: Services, tmp_path: Path) -> None:
    tried: set[str] = set()

    def around(name: str, request: dict[str, Any], ask: Callable[[Any], Any]) -> Any:
        row = OPERATIONS[name]
        if row.method in {"PATCH", "PUT"} and openapi.tagged(row) and "version" in row.request.__struct_fields__:
            tried.add(name)
            with pytest.raises(Conflict, match=r"store\.changed_meanwhile"):
                ask({**request, "version": FAR_VERSION})
        return ask(request)

    test_operations.play(services, tmp_path, around)
    assert len(tried) > 10, tried


def test_every_list_can_be_read_page_by_page(services: Services, tmp_path: Path) -> None:
    read = {}

    def around(name: str, request: dict[str, Any], ask: Callable[[Any], Any]) -> Any:
        reply = ask(request)
        row = OPERATIONS[name]
        if not ({"after", "limit"} <= set(row.request.__struct_fields__) and "next" in reply):
            return reply
        key = next(each for each, value in reply.items() if isinstance(value, list))
        whole = ask({**request, "after": type(reply["next"])(), "limit": 100})[key]
        found: list[Any] = []
        page = ask({**request, "after": type(reply["next"])(), "limit": 1})
        for _ in range(PAGES):
            found += page[key]
            if not page["next"]:
                break
            page = ask({**request, "after": page["next"], "limit": 1})
        assert found == whole[: len(found)] and (len(found) == len(whole) or len(found) >= PAGES), name
        read[name] = len(whole)
        return reply

    test_operations.play(services, tmp_path, around)
    assert len(read) > 15 and sum(count > 1 for count in read.values()) > 5, read

"""The published description: whole, consistent in itself, and true of the door that serves it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from appliance.api import openapi
from appliance.wire.operations import FOLDER_OWNER, OPERATIONS, PREFIX
from tests.api.served import Served

DOCUMENT: dict[str, Any] = json.loads(openapi.document())
METHODS = {"get", "post", "put", "patch", "delete"}


def told() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def test_the_frame_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert {"title", "version"} <= set(DOCUMENT["info"])
    assert set(DOCUMENT["components"]) == {"schemas", "securitySchemes", "responses"}
    assert all(re.fullmatch(r"[a-zA-Z0-9._-]+", name) for name in DOCUMENT["components"]["schemas"])
    assert all(path.startswith("/") and set(methods) <= METHODS for path, methods in DOCUMENT["paths"].items())


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        place: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            place = place[part.replace("~1", "/").replace("~0", "~")]
        assert place


def test_every_operation_that_the_door_answers_is_told_once() -> None:
    names = [operation["operationId"] for _, _, operation in told()]
    assert len(names) == len(set(names))
    assert set(names) == {name for name, row in OPERATIONS.items() if row.permission != FOLDER_OWNER} | {"events"}


@pytest.mark.parametrize(("path", "method", "operation"), list(told()), ids=[operation["operationId"] for _, _, operation in told()])
def test_places_parameters_and_bodies_agree(path: str, method: str, operation: dict[str, Any]) -> None:
    places = set(re.findall(r"\{(\w+)\}", path))
    parameters = operation["parameters"]
    assert {each["name"] for each in parameters if each["in"] == "path"} == places
    assert all(each["required"] for each in parameters if each["in"] == "path")
    assert len({(each["in"], each["name"]) for each in parameters}) == len(parameters)
    assert all("schema" in each for each in parameters)
    assert method in {"post", "put", "patch"} or "requestBody" not in operation
    assert operation["responses"]["200"]["content"]
    assert set(operation["responses"]) == {"200", "4XX", "429", "503"}
    assert {reference.rpartition("/")[2] for reference in references({**operation["responses"], "200": {}})} == {"Problem", "TooMany"}
    assert operation["summary"]


def test_the_schemas_say_what_is_refused() -> None:
    payment = DOCUMENT["components"]["schemas"]["PaymentRecord"]
    assert payment["additionalProperties"] is False
    assert payment["required"] == ["amount"]
    post = DOCUMENT["paths"][f"{PREFIX}/payments"]["post"]
    assert any(each["name"] == "Idempotency-Key" for each in post["parameters"])
    patch = DOCUMENT["paths"][f"{PREFIX}/customers/{{id}}"]["patch"]
    assert any(each["name"] == "If-Match" for each in patch["parameters"])
    assert "id" not in patch["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert DOCUMENT["paths"][f"{PREFIX}/sign-in"]["post"]["security"] == []
    assert "text/csv" in DOCUMENT["paths"][f"{PREFIX}/cdrs/export"]["get"]["responses"]["200"]["content"]


def test_it_is_served_to_anybody_and_once(served: Served) -> None:
    answer = served.ask("", "GET", "/openapi.json")
    assert answer.status == 200
    assert answer.json == DOCUMENT
    assert served.ask("", "GET", "/openapi.json", if_none_match=answer.headers["etag"]).status == 304

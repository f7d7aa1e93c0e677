"""The description of the API (OpenAPI 3.1), made from the table of operations and the types on the wire."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from appliance import __version__
from appliance.services.ground.once import LONGEST_ID as LONGEST_KEY
from appliance.wire import codec
from appliance.wire.calls import LiveNews
from appliance.wire.operations import ANYONE, CSV, FOLDER_OWNER, JSON, OPERATIONS, PREFIX, Operation
from appliance.wire.problem import CONTENT_TYPE, Problem

PATH = f"{PREFIX}/openapi.json"
EVENTS = f"{PREFIX}/events"
REQUEST_ID = "request_id"
REFERENCE = "#/components/schemas/"
Json = dict[str, Any]

_ABOUT = """One HTTP JSON API serves the console and anyone's own programs.

Lists are paged: send `next` of the last page as `after`. Where a thing may be named by id or by name, a query says `id:5` for
the id (`customer=id:5`). Amounts are decimal texts, moments RFC 3339 in UTC. Things
carry an `ETag`; send it as `If-Match` to be refused (412) where somebody changed them meanwhile. Every POST that has
`request_id` takes it as the header `Idempotency-Key`, too: a retry is done once. Errors are `application/problem+json`
with `code`, `detail`, and `field` where one is at fault."""

_EVENTS_ABOUT = """Server-sent events (WHATWG HTML 9.2). `ready` {"sequence"} at the start; `change` {"kind", "ids"} when
something within reach changed (no ids: any of the kind); `live` each second while calls run; `reset` {"sequence"} where
what was missed is not kept any more and everything must be asked anew. A comment comes every two seconds. After a
break send the last id as `Last-Event-ID`."""


def document() -> bytes:
    """The whole description as JSON."""
    types: list[Any] = []
    for operation in OPERATIONS.values():
        types += [operation.request, *_replies(operation)]
    types += [Problem, LiveNews]
    unique = list(dict.fromkeys(types))
    schemas, components = msgspec.json.schema_components(unique, ref_template=REFERENCE + "{name}", schema_hook=_anything)
    by_type = dict(zip(unique, schemas, strict=True))
    _name_base64(components)
    for each in components.values():
        if REQUEST_ID in each.get("properties", {}):
            each["properties"][REQUEST_ID] |= {"maxLength": LONGEST_KEY}
    paths: dict[str, Json] = {}
    for operation in OPERATIONS.values():
        if operation.permission != FOLDER_OWNER:
            paths.setdefault(PREFIX + operation.path, {})[operation.method.lower()] = _operation(operation, by_type, components)
    paths[EVENTS] = {"get": _events()}
    return codec.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "Tollhouse", "version": __version__, "description": _ABOUT},
            "servers": [{"url": "/"}],
            "security": [{"token": []}],
            "paths": paths,
            "components": {
                "schemas": components,
                "securitySchemes": {
                    "token": {"type": "http", "scheme": "bearer", "description": "The token of a sign-in, or a program's own (api_tokens.create)."}
                },
                "responses": _problems(by_type[Problem]),
            },
        }
    )


def _name_base64(schema: Any) -> None:
    """Programs that know no `contentEncoding` know the format "byte"."""
    if isinstance(schema, dict):
        if schema.get("contentEncoding") == "base64":
            schema["format"] = "byte"
        for each in schema.values():
            _name_base64(each)
    elif isinstance(schema, list):
        for each in schema:
            _name_base64(each)


def _problems(schema: Json) -> Json:
    """What may be answered in the place of a reply."""
    content = {CONTENT_TYPE: {"schema": schema}}
    seconds = {"description": "After so many seconds it makes sense to ask again.", "schema": {"type": "integer", "minimum": 1}}
    return {
        "Problem": {"description": "What went wrong.", "content": content},
        "TooMany": {"description": "Asked too often.", "headers": {"Retry-After": {"required": True, **seconds}}, "content": content},
    }


REFUSALS: Json = {
    "4XX": {"$ref": "#/components/responses/Problem"},
    "429": {"$ref": "#/components/responses/TooMany"},
    "503": {"$ref": "#/components/responses/Problem"},
}


def _anything(kind: type) -> Json:
    """The schema of what msgspec has none for: any JSON value."""
    if kind is not object:
        raise TypeError(kind)
    return {"description": "Any JSON value."}


def _replies(operation: Operation) -> tuple[Any, ...]:
    return operation.reply if isinstance(operation.reply, tuple) else (operation.reply,)


def _operation(operation: Operation, by_type: Mapping[Any, Json], components: Mapping[str, Json]) -> Json:
    """One operation object."""
    places = re.findall(r"\{(\w+)\}", operation.path)
    schema = components[by_type[operation.request]["$ref"].removeprefix(REFERENCE)]
    fields: dict[str, Json] = schema.get("properties", {})
    needed = set(schema.get("required", ()))
    told: Json = {
        "operationId": operation.name,
        "tags": [operation.name.partition(".")[0]],
        "summary": _summary(operation),
        "parameters": [{"name": name, "in": "path", "required": True, "schema": fields[name]} for name in places],
        "responses": {"200": _answer(operation, by_type), **REFUSALS},
    }
    if operation.permission == ANYONE:
        told["security"] = []
    else:
        told["x-permission"] = operation.permission
    if operation.method in {"GET", "DELETE"}:
        told["parameters"] += [
            {"name": name, "in": "query", "required": name in needed, "schema": each} for name, each in fields.items() if name not in places
        ]
    elif places and set(fields) == set(places):
        pass
    else:
        schema = _body(operation, places, fields, needed, by_type)
        told["requestBody"] = {"required": bool(needed - set(places)), "content": {JSON: {"schema": schema}}}
    if operation.once:
        told["parameters"].append(
            {"name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string", "maxLength": LONGEST_KEY}}
        )
    if "version" in fields:
        told["parameters"].append({"name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"}})
    return told


def _body(operation: Operation, places: list[str], fields: Mapping[str, Json], needed: set[str], by_type: Mapping[Any, Json]) -> Json:
    """The schema of the body: the request, without what stands in the path."""
    if not places:
        return by_type[operation.request]
    return {
        "type": "object",
        "properties": {name: schema for name, schema in fields.items() if name not in places},
        "required": sorted(needed - set(places)),
        "additionalProperties": False,
    }


def _answer(operation: Operation, by_type: Mapping[Any, Json]) -> Json:
    if operation.content == CSV:
        return {"description": "A file of comma-separated values (RFC 4180).", "content": {CSV: {"schema": {"type": "string"}}}}
    if operation.content != JSON:
        return {"description": "A file.", "content": {operation.content: {"schema": {"type": "string", "format": "binary"}}}}
    schemas = [by_type[each] for each in _replies(operation)]
    told: Json = {"description": "Done.", "content": {JSON: {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}}}
    if tagged(operation):
        told["headers"] = {"ETag": {"description": "The version of the thing (RFC 9110 8.8.3).", "required": True, "schema": {"type": "string"}}}
    return told


def tagged(operation: Operation) -> bool:
    """Whether every reply is a thing with a version."""
    return all({"id", "version"} <= set(each.__struct_fields__) for each in _replies(operation) if hasattr(each, "__struct_fields__"))


def _summary(operation: Operation) -> str:
    """The first sentence of what the request says of itself."""
    said = " ".join((operation.request.__doc__ or "").split())
    return said.partition(". ")[0].rstrip(".")


def _events() -> Json:
    return {
        "operationId": "events",
        "tags": ["events"],
        "summary": "What changes, as it changes",
        "description": _EVENTS_ABOUT,
        "parameters": [{"name": "Last-Event-ID", "in": "header", "required": False, "schema": {"type": "string"}}],
        "responses": {
            "200": {
                "description": "The stream; the data of a `live` event is LiveNews.",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            },
            **REFUSALS,
        },
    }

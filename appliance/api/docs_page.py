"""The API as a page to read: made of the OpenAPI document, one file, no script, nothing from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from appliance.api import openapi
from appliance.api.docs_text import sections
from appliance.api.examples import EXAMPLES, OF_GROUPS, Example
from appliance.wire.operations import OPERATIONS, PREFIX

PATH = f"{PREFIX}/docs"
SECTIONS = sections()
Json = Mapping[str, Any]

_STYLE = """
:root{color-scheme:light dark;--text:#1a2029;--muted:#5a6473;--back:#f5f6f8;--card:#fff;--line:#d5d9e0;--accent:#1f5fbf}
@media(prefers-color-scheme:dark){:root{--text:#e8ebf0;--muted:#a3acb9;--back:#15181d;--card:#1c2027;--line:#343b46;--accent:#7fb0ff}}
body{margin:0;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:24px 16px}
h1{font-size:28px}h2{font-size:20px;margin-top:40px}a{color:var(--accent)}
nav{columns:12rem;font-size:15px}nav a{display:block}
details,section.example{background:var(--card);border:1px solid var(--line);border-radius:6px;margin:8px 0;padding:8px 12px}
summary{cursor:pointer}summary code,td code{font-size:14px}code b{color:var(--accent);display:inline-block;min-width:4rem}
.muted{color:var(--muted)}pre{overflow-x:auto;background:var(--back);padding:8px 12px;border-radius:6px;font-size:14px}
table{border-collapse:collapse;width:100%;font-size:15px}
.wide{overflow-x:auto}details .wide td{overflow-wrap:anywhere}details .wide td:first-child{white-space:nowrap}
nav.rules{columns:auto;display:flex;flex-wrap:wrap;gap:4px 16px;margin:16px 0}
main>pre{background:var(--card);border:1px solid var(--line)}
td,th{text-align:start;vertical-align:top;border-top:1px solid var(--line);padding:4px 8px 4px 0}
"""


def page() -> bytes:
    """The whole page in English, UTF-8."""
    document = json.loads(openapi.document())
    groups: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0] if operation.get("tags") else "events", []).append(_operation(path, method, operation, document))
    links = "".join(f'<a href="#{escape(name)}">{escape(_title(name))}</a>' for name in sorted(groups))
    parts = [
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Tollhouse API</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>Tollhouse API</h1>",
        _told(document["info"]["description"]),
        f'<p>The same for programs: <a href="{openapi.PATH}">OpenAPI 3.1</a>. Every request but the sign-in has the header '
        "<code>Authorization: Bearer TOKEN</code>; a program gets its token under Settings, API tokens.</p>",
        '<nav class="rules">' + "".join(f'<a href="#{name}">{escape(title)}</a>' for name, title, _ in SECTIONS) + "</nav>",
        "<h2>First steps</h2>",
        "<p>Where an id stands in an address or a body, it is the one that an earlier answer gave; here it is 1.</p>",
        *(_example(each) for each in EXAMPLES),
        *(f'<h2 id="{name}">{escape(title)}</h2>{html}' for name, title, html in SECTIONS),
        f"<h2>All operations</h2><nav>{links}</nav>",
    ]
    for name in sorted(groups):
        shown = "".join(_example(each) for each in OF_GROUPS if each.operation.partition(".")[0] == each.name == name)
        parts.append(f'<h2 id="{escape(name)}">{escape(_title(name))}</h2>{shown}{"".join(groups[name])}')
    parts.append("</main></body></html>")
    return "".join(parts).encode()


def curl(example: Example, host: str = "https://my.example.com") -> str:
    """The request as somebody types it."""
    address = f"{host}{PREFIX}{re.sub('<[a-z_]+>', '1', example.path)}"
    lines = [f"curl '{address}'" if "&" in address or "?" in address else f"curl {address}", '-H "Authorization: Bearer $TOKEN"']
    if example.method != ("GET" if example.body is None else "POST"):
        lines[0] = lines[0].replace("curl", f"curl -X {example.method}", 1)
    if example.body is not None:
        body = re.sub('"<[a-z_]+>"', "1", json.dumps(example.body)).replace("'", "'\\''")
        lines += ["-H 'Content-Type: application/json'", f"-d '{body}'"]
    return " \\\n  ".join(lines)


def _example(each: Example) -> str:
    about = f'<p>{escape(each.about)} <span class="muted">{escape(each.operation)}</span></p>'
    return f'<section class="example">{about}<pre tabindex="0">{escape(curl(each))}</pre></section>'


def _told(text: str) -> str:
    """Paragraphs; what stands between backticks is code."""
    parts = [re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(" ".join(each.split()))) for each in text.split("\n\n")]
    return "".join(f"<p>{each}</p>" for each in parts if each)


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _operation(path: str, method: str, operation: Json, document: Json) -> str:
    name = operation["operationId"]
    summary = f'<summary><code><b>{method.upper()}</b>{escape(path)}</code> <span class="muted">{escape(name)}</span></summary>'
    rows = list(_fields(operation, document))
    table = f"<table><tr><th>Field</th><th>Where</th><th>Kind</th></tr>{''.join(rows)}</table>" if rows else ""
    allowed = operation.get("x-permission", "")
    needs = f'<p class="muted">Permission: {escape(allowed)}</p>' if allowed else ""
    stops = '<p class="muted">Hanging up stops it between two of its steps.</p>' if name in OPERATIONS and OPERATIONS[name].stops else ""
    about = operation.get("description") or operation.get("summary", "")
    return f'<details id="{escape(name)}">{summary}{_told(about)}{needs}{stops}{table}{_answers(operation, document)}</details>'


def _fields(operation: Json, document: Json) -> Iterator[str]:
    for each in operation.get("parameters", ()):
        yield _row(each["name"], each["in"], each["schema"], each.get("required", False))
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body is not None:
        schema = _followed(body, document)
        needed = schema.get("required", ())
        for name, each in schema.get("properties", {}).items():
            yield _row(name, "body", each, name in needed)


def _answers(operation: Json, document: Json) -> str:
    content = operation["responses"].get("200", {}).get("content", {})
    kinds = []
    for kind, each in content.items():
        schema = each.get("schema", {})
        fields = _followed(schema, document).get("properties", {})
        named = ", ".join(f"{name}: {_kind(field)}" for name, field in fields.items())
        kinds.append(f'<p>Answer <span class="muted">{escape(kind)}</span> {escape(named)}</p>')
    return "".join(kinds)


def _row(name: str, where: str, schema: Json, needed: bool) -> str:
    must = " <b>needed</b>" if needed else ""
    return f"<tr><td><code>{escape(name)}</code>{must}</td><td>{escape(where)}</td><td>{escape(_kind(schema))}</td></tr>"


def _kind(schema: Json) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("type", "any"))


def _followed(schema: Json, document: Json) -> Json:
    if "$ref" in schema:
        found: Json = document["components"]["schemas"][str(schema["$ref"]).rpartition("/")[2]]
        return found
    return schema

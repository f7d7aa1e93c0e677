"""JSON Schema of the description file, made from its types, so that it can never say otherwise than the program."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.wire.description import Description


def schema() -> dict[str, Any]:
    """Draft 2020-12; each object forbids what it does not name."""
    (reference,), definitions = msgspec.json.schema_components([Description], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tollhouse description file, version 1",
        **reference,
        "$defs": dict(sorted(definitions.items())),
    }


def text() -> str:
    """As it is kept in resources/description.schema.json."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode() + "\n"

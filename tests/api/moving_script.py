"""The operations of moving in: they need files, so `test_moving` runs them."""

from __future__ import annotations

from typing import Any

MOVING_SCRIPT: list[tuple[str, dict[str, Any]]] = [
    ("move.preview", {"files": ["people.csv"], "source": "csv"}),
    ("move.apply", {"files": ["people.csv"], "source": "csv", "leave_refused": True}),
    ("move.state", {}),
    ("move.result", {}),
    ("move.stop", {}),
    ("move.upload", {"name": "more.csv", "content": "Y3VzdG9tZXI7YmFsYW5jZQ=="}),
    ("move.discard", {}),
    ("old_calls.list", {"customer": "Dörte & Co"}),
    ("old_invoices.list", {"customer": "Ed"}),
    ("old_invoices.settle", {"id": 1}),
]

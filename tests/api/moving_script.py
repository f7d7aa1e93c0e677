"""The operations of moving in: they need files, so `test_moving` runs them."""

from __future__ import annotations

from typing import Any

MOVING_SCRIPT: list[tuple[str, dict[str, Any]]] = [
    ("move.preview", {"files": ["people.csv"], "source": "csv"}),
    ("move.apply", {"files": ["people.csv"], "source": "csv", "leave_refused": True}),
    ("old_calls.list", {"customer": "Dörte & Co"}),
    ("old_invoices.list", {"customer": "Ed"}),
    ("old_invoices.settle", {"id": 1}),
]

"""A call shop's operations in the order in which one needs another: a part of the script of `test_operations`."""

from __future__ import annotations

from typing import Any

_SESSION = "<booth_sessions.open:session.id>"
_BILL = "<booth_sessions.open:session.bill>"
_TILL = "<tills.create:id>"
_SHIFT = "<shifts.open:id>"
_COUNTED = {"EUR": {"10.00": 1}}

SHOP_SCRIPT: list[tuple[str, dict[str, Any]]] = [
    ("customers.create", {"name": "Pier", "tariff": "cost", "call_shop": True, "endpoint": {}}),
    ("endpoints.create", {"customer": "Pier"}),
    ("shops.list", {}),
    ("shops.update", {"id": "<customers.create:id>", "booth_markup_percent": "100", "rounding": "0.05", "tax_percent": "21"}),
    ("shops.get", {"id": "<customers.create:id>"}),
    ("shops.prices", {"id": "<customers.create:id>", "search": "31201234567", "amount": "1"}),
    ("chains.set", {"name": "piers", "shops": ["Pier"]}),
    ("chains.list", {}),
    ("operators.create", {"login": "pier clerk", "grants": [{"role": "clerk", "chain": "piers"}]}),
    ("chains.remove", {"id": "<chains.set:id>"}),
    ("pins.set", {"login": "clerk", "pin": "4711"}),
    ("tills.create", {"shop": "Pier", "name": "front", "printer": "file"}),
    ("tills.update", {"id": _TILL, "columns": 48}),
    ("tills.list", {"shop": "Pier"}),
    ("goods.create", {"shop": "Pier", "name": "Water", "price": "1.50"}),
    ("goods.update", {"id": "<goods.create:id>", "stock_change": 5}),
    ("goods.list", {"shop": "Pier"}),
    ("booths.list", {"shop": "Pier"}),
    ("booths.update", {"id": "<endpoints.create:endpoint.id>", "name": "Sea view", "position": 1}),
    ("booths.get", {"id": "<endpoints.create:endpoint.id>"}),
    ("shifts.open", {"till": _TILL, "counted": _COUNTED, "request_id": "shift"}),
    ("shifts.move", {"id": _SHIFT, "kind": "in", "amount": "1.00", "reason": "coins"}),
    ("shifts.list", {"shop": "Pier"}),
    ("shifts.report", {"id": _SHIFT}),
    ("booth_sessions.open", {"booth": "<endpoints.create:endpoint.id>", "mode": "deposit", "deposit": "5.00", "till": _TILL}),
    ("booth_sessions.top_up", {"id": _SESSION, "amount": "1.00", "till": _TILL}),
    ("booth_sessions.update", {"id": _SESSION, "note": "Ama", "time_limit_seconds": 600}),
    ("booth_sessions.transfer", {"id": _SESSION, "booth": "<customers.create:endpoints.0.id>"}),
    ("booth_sessions.hang_up", {"id": _SESSION}),
    ("booth_sessions.set_state", {"id": _SESSION, "state": "locked"}),
    ("booth_sessions.get", {"id": _SESSION}),
    ("booth_sessions.list", {"shop": "Pier"}),
    ("bills.add_goods", {"id": _BILL, "goods": "<goods.create:id>", "quantity": 2}),
    ("bills.add_item", {"id": _BILL, "text": "Printing", "amount": "0.10"}),
    ("bills.discount", {"id": _BILL, "reason": "regular", "amount": "0.50"}),
    ("bills.split", {"id": _BILL, "lines": ["<bills.add_item:lines.1.id>"]}),
    ("bills.join", {"id": "<bills.split:id>", "into_bill": _BILL}),
    ("bills.remove_line", {"id": _BILL, "line": "<bills.add_item:lines.1.id>", "reason": "not taken"}),
    ("bills.quote", {"id": _BILL}),
    ("bills.pay", {"id": _BILL, "till": _TILL, "request_id": "pay"}),
    ("bills.get", {"id": _BILL}),
    ("bills.refund", {"id": _BILL, "till": _TILL, "reason": "warm water", "amount": "1.00"}),
    ("bills.open", {"shop": "Pier"}),
    ("bills.add_item", {"id": "<bills.open:id>", "text": "Copies", "amount": "0.20"}),
    ("bills.write_off", {"id": "<bills.open:id>", "kind": "walk_out", "reason": "ran"}),
    ("bills.list", {"shop": "Pier"}),
    ("booth_sessions.open", {"booth": "<endpoints.create:endpoint.id>"}),
    ("bills.open", {"shop": "Pier"}),
    ("booth_sessions.join", {"id": _SESSION, "into_bill": "<bills.open:id>"}),
    ("bills.pay", {"id": "<bills.open:id>", "till": _TILL}),
    ("till_receipts.list", {"shop": "Pier"}),
    ("till_receipts.get", {"id": "<till_receipts.list:receipts.0.id>"}),
    ("till_receipts.reprint", {"id": "<till_receipts.list:receipts.0.id>", "till": _TILL}),
    ("till_receipts.pdf", {"id": "<till_receipts.list:receipts.0.id>"}),
    ("tills.open_drawer", {"id": _TILL, "reason": "change"}),
    ("tills.test_page", {"id": _TILL}),
    ("print_jobs.list", {"till": _TILL}),
    ("print_jobs.bytes", {"id": "<tills.test_page:id>"}),
    ("print_jobs.done", {"id": "<tills.test_page:id>", "state": "delivered"}),
    ("shops.exceptions", {"shop": "Pier"}),
    ("shops.statistics", {"by": "day"}),
    ("shifts.get", {"id": _SHIFT}),
    ("shifts.count", {"id": _SHIFT, "counted": _COUNTED}),
    ("shifts.close", {"id": _SHIFT, "request_id": "close"}),
    ("tills.archive", {"id": _TILL}),
    ("goods.archive", {"id": "<goods.create:id>"}),
]

NEEDS_A_CALL: list[tuple[str, dict[str, Any]]] = [("bills.forgive", {"id": 1, "line": 1})]
"""Run by `tests/services/call_shop`, where calls are made."""

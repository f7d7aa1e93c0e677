"""The guard's operations: a part of the script of `test_operations`, and what must have happened before them."""

from __future__ import annotations

from typing import Any

from appliance.services.services import Services
from appliance.store.guard import BanRow

GUARD_SCRIPT: list[tuple[str, dict[str, Any]]] = [
    ("limits.set", {"kind": "customer", "owner": "Al", "month": "50", "blocked": ["4490"], "max_seconds": 3600}),
    ("limits.get", {"kind": "customer", "owner": "Al"}),
    ("fuses.list", {"tripped": True}),
    ("fuses.release", {"id": "<fuses.list:fuses.0.id>", "note": "his own calls"}),
    ("bans.list", {}),
    ("bans.lift", {"kind": "address", "host": "192.0.2.66"}),
    ("bans.allow", {"kind": "user", "host": "192.0.2.67", "name": "1000001"}),
    ("limits.set", {"kind": "customer", "owner": "Al", "countries": ["NL"], "networks": ["192.0.2.0/24"]}),
    ("high_risk.list", {}),
]


def happened(services: Services, name: str) -> None:
    """A fuse has tripped, and two are shut out."""
    now = services.clock.utcnow()
    if name == "fuses.list":
        customer = services.store.customers.find(1, "Al")
        assert customer is not None
        with services.changes.unit():
            services.store.guard.trip(customer.id, "fuse.hour", "Bonaire", 30_000_000, 30_000_000, "EUR", now)
    elif name == "bans.list":
        with services.changes.unit():
            hosts = (("address", "192.0.2.66", ""), ("user", "192.0.2.67", "1000001"))
            services.store.guard.set_bans(BanRow(*who, "password", now, now + 300_000, 1) for who in hosts)

"""The operations of the ways in, and of the daily summary: parts of the script of `test_operations`."""

from __future__ import annotations

from typing import Any

DOORS_SCRIPT: list[tuple[str, dict[str, Any]]] = [
    ("brands.set", {"name": "Blue Phones", "accent": "#ffcc00", "web_hosts": ["my.example.test"]}),
    ("brands.get", {}),
    ("provisioning.create", {"endpoint": "<endpoints.create:endpoint.id>", "maker": "yealink"}),
    ("provisioning.list", {"endpoint": "<endpoints.create:endpoint.id>"}),
    ("provisioning.revoke", {"id": "<provisioning.create:link.id>"}),
    ("registration.waiting", {}),
    ("webhooks.create", {"name": "ERP", "url": "https://erp.example.test/tollhouse", "events": ["payment.recorded", "call.ended"]}),
    ("webhooks.update", {"id": "<webhooks.create:made.id>", "name": "Books", "events": ["payment.recorded"]}),
    ("webhooks.test", {"id": "<webhooks.create:made.id>"}),
    ("webhooks.deliveries", {"id": "<webhooks.create:made.id>", "state": "waiting"}),
    ("webhooks.resend", {"id": "<webhooks.test:id>"}),
    ("webhooks.list", {}),
    ("webhooks.archive", {"id": "<webhooks.create:made.id>"}),
    ("webhooks.restore", {"id": "<webhooks.create:made.id>"}),
    ("web_sessions.list", {"customer": "Al"}),
    ("web_sessions.end", {"customer": "Al", "login": "al"}),
]

# Once there is an operator "clerk" with an e-mail address.
SUMMARY_SCRIPT: list[tuple[str, dict[str, Any]]] = [
    ("summaries.receive", {"receive": True, "operator": "clerk"}),
    ("summaries.receivers", {}),
    ("summaries.send", {"operator": "clerk"}),
    ("summaries.get", {}),
]

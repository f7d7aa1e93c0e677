"""A walk through the API, one request after the other: shown by the page of documentation, and run by its test as it stands."""

from __future__ import annotations

from typing import Any, NamedTuple


class Example(NamedTuple):
    """`body` None: a GET. What stands in `<…>` is the id that the example of that name answered."""

    name: str
    about: str
    operation: str
    path: str
    body: dict[str, Any] | None = None


EXAMPLES = (
    Example("who", "Who is asking, and what the token may do.", "session.view", "/session"),
    Example(
        "customer",
        "A new customer. Names work where ids do.",
        "customers.create",
        "/customers",
        {"name": "Nadia Haddad", "tariff": "retail", "email": "nadia@example.com"},
    ),
    Example("endpoint", "A number and a password for her phone.", "endpoints.create", "/endpoints", {"customer": "Nadia Haddad"}),
    Example(
        "payment",
        "Money comes in. Amounts are decimal texts; request_id makes a retry harmless.",
        "payments.record",
        "/payments",
        {"customer": "Nadia Haddad", "amount": "25.00", "method": "cash", "request_id": "receipt-4711"},
    ),
    Example("balance", "What she has now.", "customers.get", "/customers/<customer>"),
    Example(
        "price",
        "What a call of hers would cost.",
        "calls.price",
        "/calls/price",
        {"customer": "Nadia Haddad", "number": "31612345678", "seconds": 60},
    ),
    Example("calls", "The newest calls, ten a page; next of the answer is the after of the next page.", "cdrs.list", "/cdrs?limit=10"),
    Example(
        "webhook",
        "A program of yours is told of payments and calls; the answer has the secret that signs them.",
        "webhooks.create",
        "/webhooks",
        {"name": "ERP", "url": "https://erp.example.com/tollhouse", "events": ["payment.recorded", "call.ended"]},
    ),
)

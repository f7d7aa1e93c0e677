"""Customers, endpoints and payments as a server would show them."""

from __future__ import annotations

from typing import Any

from appliance.wire.customers import CustomerPage, CustomerView, WebLoginView
from appliance.wire.endpoints import EndpointView

NAMES = (
    ("Anna de Vries", "", "12.50", "0.00"),
    ("Bright Calls Ltd", "Bright Calls Ltd", "-48.2375", "100.00"),
    ("Carlos Ramírez", "Locutorio Central", "0.00", "0.00"),
    ("Dewi Lestari", "", "1204.00", "0.00"),
    ("Maximilian Alexander von Hohenstein-Wittelsbach und zu Liechtenstein", "International Telecommunications Consulting Partners", "3.10", "0.00"),
    ("Fatima Zahra", "Maison du Téléphone", "-2.00", "0.00"),
)


def endpoint(identity: int = 1, **changed: Any) -> EndpointView:
    values: dict[str, Any] = {
        "id": identity,
        "version": 1,
        "customer": "Anna de Vries",
        "customer_id": 1,
        "number": f"7000{identity}",
        "auth_name": f"7000{identity}",
        "realm": "sip.harbour.example",
        "display_name": "",
        "media": "auto",
        "codecs": [],
        "max_calls": None,
        "max_bindings": 5,
        "caller_number": "",
        "addresses": [],
        "emergency_address": "",
        "disabled": False,
        "registered": True,
        "archived_at": None,
    }
    return EndpointView(**(values | changed))


def customer(identity: int = 1, name: str = "Anna de Vries", **changed: Any) -> CustomerView:
    values: dict[str, Any] = {
        "id": identity,
        "version": 3,
        "reseller": "Harbour Telecom",
        "name": name,
        "first_name": "Anna",
        "last_name": "de Vries",
        "company": "",
        "phone": "31201234567",
        "email": "anna@example.com",
        "address": "Keizersgracht 1\n1015 CN Amsterdam",
        "country": "NL",
        "vat_number": None,
        "description": "",
        "credit_description": "",
        "timezone": "Europe/Amsterdam",
        "language": "nl",
        "currency": "EUR",
        "tariff": "retail",
        "credit_account": name,
        "credit_account_id": identity + 100,
        "account_currency": "EUR",
        "balance": "12.50",
        "credit_limit": "0.00",
        "tax": None,
        "payment_terms_days": 14,
        "max_calls": None,
        "caller_number": "",
        "dial_plan": None,
        "free_on_net": True,
        "call_shop": False,
        "disabled": False,
        "created_at": "2026-01-02T03:04:05.000Z",
        "archived_at": None,
        "endpoints": [],
        "web_logins": [],
        "passwords": {},
    }
    return CustomerView(**(values | changed))


def whole_customer(**changed: Any) -> CustomerView:
    """With endpoints and web logins, as its page asks for it."""
    endpoints = [endpoint(1), endpoint(2, registered=False, display_name="Kitchen"), endpoint(3, disabled=True, addresses=["192.0.2.7"])]
    logins = [WebLoginView(1, "70001", False, False), WebLoginView(2, "anna", False, True)]
    return customer(**({"endpoints": endpoints, "web_logins": logins} | changed))


def page() -> CustomerPage:
    """A few customers of all kinds."""
    rows = [customer(at, name, company=company, balance=balance, credit_limit=limit) for at, (name, company, balance, limit) in enumerate(NAMES, 1)]
    rows.append(customer(7, "Gone Fishing", disabled=True))
    return CustomerPage(rows)

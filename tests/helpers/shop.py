"""Descriptions that the stories start from: small, whole, every figure chosen to be computed by hand."""

from __future__ import annotations

from typing import Any


def rate(prefix: str, destination: str, price: str, **other: Any) -> dict[str, Any]:
    return {"prefix": prefix, "destination": destination, "price_per_minute": price, **other}


def customer(name: str, number: str, *, balance: str, account: str | None = None, limit: str = "0", **other: Any) -> dict[str, Any]:
    endpoint = {"number": number, "password": f"secret-{number}", **other.pop("endpoint", {})}
    return {
        "reseller": "root",
        "name": name,
        "first_name": name,
        "last_name": "Test",
        "tariff": "retail",
        "credit_account": {"name": account or name.lower(), "currency": "EUR", "credit_limit": limit, "opening_balance": balance},
        "endpoints": [endpoint],
        **other,
    }


def shop(
    trunk_port: int,
    *,
    rates: list[dict[str, Any]],
    customers: list[dict[str, Any]],
    trunk: dict[str, Any] | None = None,
    markup: str = "25",
    host: str = "127.0.0.1",
) -> dict[str, Any]:
    """One reseller, a cost tariff, `retail` derived from it, one trunk for everything, the customers given."""
    carrier = {
        "name": "carrier",
        "host": host,
        "port": trunk_port,
        "transport": "udp",
        "addresses": [f"{host}:{trunk_port}"],
        "cost_tariff": "cost",
        "max_calls": 500,
    }
    return {
        "tollhouse": 1,
        "resellers": [
            {
                "name": "root",
                "currency": "EUR",
                "sip_domain": "sip.example.test",
                "web_hosts": ["my.example.test"],
                "number_range": "1000000-1999999",
                "retail_markup_percent": markup,
                "timezone": "Europe/Amsterdam",
            }
        ],
        "tariffs": [
            {"reseller": "root", "name": "cost", "currency": "EUR", "decimals": 4, "rounding": "half-up", "rates": rates},
            {"reseller": "root", "name": "retail", "base": "cost", "markup_percent": markup},
        ],
        "trunks": [{**carrier, **(trunk or {})}],
        "routes": [{"prefix": "", "trunks": ["carrier"], "order": "priority"}],
        "customers": customers,
    }

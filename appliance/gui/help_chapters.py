"""Which chapter of the manual tells of which screen: what F1 opens there."""

from __future__ import annotations

FIRST = "first-start"

OF_CATEGORY = {
    "Dashboard": "console",
    "Customers": "customers",
    "Payments": "payments",
    "Tariffs": "tariffs",
    "Calls": "calls",
    "Booths": "call-shop",
    "Resellers": "sub-resellers",
    "Invoices": "taxes-and-invoices",
    "Messages": "messages",
    "Reports": "reports",
    "Trunks": "trunks-and-routes",
    "Settings": "settings",
}

OF_PLACE = {
    "setup": "first-start#the-set-up",
    "alerts": "console#alerts",
    "deck_import": "buying-prices#importing-a-price-list",
    "margins": "tariffs#margin-radar",
    "bundles": "tariffs#bundles",
    "answer": "calls#one-number-one-answer",
    "disputes": "calls#disputes",
    "dispute": "calls#disputes",
    "carriers": "trunks-and-routes#carrier-accounts",
    "call": "calls#one-call",
    "live_calls": "calls#running-calls",
    "till_receipts": "call-shop#receipts-of-the-till",
    "shop_figures": "call-shop#figures-of-the-shop",
    "shop_settings": "call-shop#shop-settings",
    "numbers": "trunks-and-routes#incoming-numbers",
    "routes": "trunks-and-routes#routes",
    "templates": "messages#wordings",
    "outbox": "messages#the-outbox",
    "letter": "messages#letters-to-customers",
    "aging": "taxes-and-invoices#invoices",
    "vouchers": "vouchers",
    "bank": "payments#from-a-bank-statement",
    "approvals": "payments#limits-and-second-persons",
    "account": "security#your-own-account",
    "operators": "security#operators-and-roles",
}

OF_TAB = {
    ("settings", "limits"): "payments#limits-and-second-persons",
    ("tariff", "bands"): "tariffs#time-bands",
    ("tariff", "tiers"): "tariffs#volume-tiers",
    ("customer", "special"): "tariffs#special-rates-of-a-customer",
    ("settings", "brand"): "web-pages#brand",
    ("settings", "registration"): "web-pages#customers-who-register-themselves",
    ("settings", "taxes"): "taxes-and-invoices#taxes",
    ("settings", "mail"): "messages#e-mail",
    ("settings", "keeping"): "backup",
    ("settings", "forgetting"): "privacy",
    ("settings", "check"): "backup#is-this-computer-right",
    ("settings", "rates"): "settings#currencies",
    ("settings", "guard"): "security",
    ("settings", "fuses"): "security#fraud-and-the-fuse",
    ("settings", "bans"): "security#who-is-shut-out",
    ("settings", "risk"): "security#high-risk-numbers",
    ("settings", "tokens"): "security#programs-and-tokens",
    ("settings", "webhooks"): "security#webhooks",
    ("settings", "audit"): "security#audit-log",
    ("customer", "endpoints"): "endpoints-and-phones",
    ("customer", "web_logins"): "web-pages#web-logins",
    ("customer", "fees"): "taxes-and-invoices#monthly-fees",
    ("customer", "invoices"): "taxes-and-invoices#invoices",
    ("customer", "credit"): "customers#credit",
    ("customer", "payments"): "payments",
    ("customer", "calls"): "calls",
    ("customer", "letters"): "messages#letters-to-customers",
}


def chapter_of(place: str, part: str = "", category: str = "") -> str:
    """`chapter` or `chapter#heading` for the screen of that place, where that tab or section (`part`) of it is seen."""
    return OF_TAB.get((place, part)) or OF_PLACE.get(place) or OF_CATEGORY.get(category, FIRST)

"""The books in words: kinds of accounts, what they hold, categories of tax."""

from __future__ import annotations

from appliance.gui.words import _


def account_kind(kind: str) -> str:
    """The name of a kind of account."""
    known = {
        "credit": _("Credit of customers and resellers"),
        "revenue": _("Calls sold"),
        "carrier_cost": _("Calls bought"),
        "carrier": _("Carriers"),
        "tax": _("Tax"),
        "cash": _("Cash"),
        "bank": _("Bank"),
        "write_off": _("Written off"),
        "fees": _("Monthly fees"),
        "exchange": _("Exchange"),
        "opening": _("Balances brought in"),
        "rounding": _("Rounding of cash"),
        "goods": _("Goods"),
        "adjustment": _("Corrections by hand"),
    }
    of_shops = _of_shops().get(kind)
    shop = _("Call shop")
    return known.get(kind, kind) if of_shops is None else f"{shop} · {of_shops}"


def _of_shops() -> dict[str, str]:
    """What a call shop's own accounts hold."""
    return {
        "guest": _("Guests' bills"),
        "shop_sales": _("Calls sold"),
        "shop_goods": _("Goods"),
        "shop_discount": _("Discounts"),
        "shop_tax": _("Tax"),
        "shop_rounding": _("Rounding of cash"),
        "shop_cash": _("Cash"),
        "shop_safe": _("Safe"),
        "shop_card": _("Card"),
        "shop_exchange": _("Exchange"),
        "shop_loss": _("Not paid"),
        "shop_refund": _("Refunds"),
        "shop_difference": _("Differences"),
        "shop_funds": _("Cash in or out"),
    }


def account_purpose(kind: str) -> str:
    """What a kind of account holds."""
    known = {
        "credit": _("What customers and resellers have with us"),
        "revenue": _("Calls that were sold"),
        "carrier_cost": _("Calls that were bought from carriers"),
        "carrier": _("What is owed to a carrier"),
        "tax": _("Tax that was received and is owed to the state"),
        "cash": _("Cash, by till or shift"),
        "bank": _("Money that was received, by method"),
        "write_off": _("Bad debts and forgiven calls"),
        "fees": _("Monthly fees that were sold"),
        "exchange": _("Between two currencies"),
        "opening": _("Balances that were brought in"),
        "rounding": _("Cash rounding of bills"),
        "goods": _("Goods and services beside calls"),
        "adjustment": _("Corrections with a reason"),
    }
    return known.get(kind, "")


def tax_category(category: str) -> str:
    """Why no tax was taken; "" where it was."""
    known = {"AE": _("Reverse charge"), "E": _("Exempt"), "O": _("No tax here"), "Z": _("Zero rate")}
    return known.get(category, "")

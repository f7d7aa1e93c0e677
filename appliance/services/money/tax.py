"""The tax of a customer: a percentage, or a word for why there is none (money.md, Tax)."""

from __future__ import annotations

from appliance.billing.tax import Taxpayer
from appliance.errors import UserError
from appliance.money import parse_percent
from appliance.services.ground.columns import Sql

NONE = ("exempt", "reverse_charge")
HIGHEST_PPM = 1_000_000


def column(value: object, field: str) -> Sql:
    """ "21" or "8.5" percent, "exempt", "reverse_charge", or nothing. UserError "tax.invalid"."""
    text = "" if value is None else str(value).strip()
    if not text:
        return None
    if text not in NONE:
        percent_ppm(text, field)
    return text


def percent_ppm(text: str | None, field: str = "tax") -> int:
    """Parts per million; 0 where there is none."""
    if not text or text in NONE:
        return 0
    try:
        ppm = parse_percent(text, field)
    except UserError:
        raise UserError("tax.invalid", field=field, text=text[:64]) from None
    if not 0 <= ppm <= HIGHEST_PPM:
        raise UserError("tax.invalid", field=field, text=text[:64])
    return ppm


def taxpayer(tax: str | None, country: str, vat_valid: bool) -> Taxpayer:
    """A customer as the rule sees it: `tax` as it is kept."""
    status: int | str | None = tax or None
    if status is not None and status not in NONE:
        status = percent_ppm(tax)
    return Taxpayer(status, country.strip().upper(), vat_valid)

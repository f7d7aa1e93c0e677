"""Tax: a reseller's named rates, how a customer's is chosen, checks of VAT numbers, and the report (money.md, Tax)."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.shapes import Ref, Request, View


class TaxList(Request, frozen=True):
    """The named rates of one reseller, by country and name."""

    reseller: Ref | None = None
    archived: bool = False


class TaxCreate(Request, frozen=True):
    """A named rate: of customers in `country` (two letters), of all others where that is empty."""

    name: str
    percent: str
    country: str = ""
    reseller: Ref | None = None


class TaxChange(Request, frozen=True):
    """A new name, percent or country. Documents and payments keep the percent that they were made with."""

    id: int
    version: int | None = None
    name: str | UnsetType = UNSET
    percent: str | UnsetType = UNSET
    country: str | UnsetType = UNSET


class TaxView(View, frozen=True):
    """One named rate."""

    id: int
    version: int
    reseller: str
    name: str
    percent: str
    country: str
    archived_at: str | None


class TaxPage(View, frozen=True):
    """All rates of the reseller."""

    taxes: list[TaxView]


class TaxOf(Request, frozen=True):
    """How the tax of a customer, or of a reseller's own account, is chosen today. Name one of the two."""

    customer: Ref | None = None
    account: Ref | None = None
    reseller: Ref | None = None


class TaxDecision(View, frozen=True):
    """`category` is EN 16931's: S taxed, Z zero rate, E exempt, AE reverse charge, O no tax here. `why`: customer, vat_number, country,
    everywhere or none. `point` is where the account is taxed: payment or usage; `included`: prices include the tax."""

    category: str
    percent: str
    name: str
    country: str
    why: str
    point: str
    included: bool
    vat_number: str | None
    vat_checked_at: str | None


class VatCheck(Request, frozen=True):
    """The customer's VAT number was checked: kept with its date, as reverse charge needs. `how`: where it was checked."""

    customer: Ref
    valid: bool
    reseller: Ref | None = None
    how: str = ""


class VatCheckOnline(Request, frozen=True):
    """Look the customer's VAT number up at the service whose address is set (taxes.vat_service), and keep what came out."""

    customer: Ref
    reseller: Ref | None = None


class VatCheckView(View, frozen=True):
    """One check of a VAT number."""

    customer: str
    vat_number: str
    valid: bool
    checked_at: str
    how: str


class TaxReport(Request, frozen=True):
    """The tax of a period; `until` is not included."""

    since: str
    until: str
    reseller: Ref | None = None


class TaxReportRow(View, frozen=True):
    """One rate in one country and currency. `from_payments`: taxed when paid; else by invoices and credit notes."""

    country: str
    percent: str
    category: str
    currency: str
    from_payments: bool
    count: int
    net: str
    tax: str
    gross: str


class TaxReportView(View, frozen=True):
    """`posted` is what the tax accounts moved in the period, by currency; it equals the rows' tax."""

    rows: list[TaxReportRow]
    posted: dict[str, str]

"""Vouchers: credit on paper, sold in batches and redeemed by its code (product.md P7)."""

from __future__ import annotations

from appliance.wire.shapes import Ref, Request, View


class VoucherMake(Request, frozen=True):
    """A batch of vouchers of one value. `expires_on` is the first day on which they are worth nothing."""

    name: str
    amount: str
    count: int
    reseller: Ref | None = None
    currency: str | None = None
    expires_on: str | None = None
    request_id: str = ""


class VoucherList(Request, frozen=True):
    """Batches of a reseller, newest first."""

    reseller: Ref | None = None


class VoucherBatch(View, frozen=True):
    """One batch and what became of it."""

    id: int
    reseller: str
    name: str
    amount: str
    currency: str
    made_at: str
    expires_on: str | None
    count: int
    redeemed: int
    cancelled: int


class VoucherBatches(View, frozen=True):
    """All batches."""

    batches: list[VoucherBatch]


class VoucherSheet(Request, frozen=True):
    """The vouchers of batch `id` that nobody has used, on paper to be cut; `format`: pdf or csv."""

    id: int
    format: str = "pdf"
    paper: str = ""
    language: str = ""


class VoucherRedeem(Request, frozen=True):
    """Turns a voucher into credit. Blanks and dashes in the code, small letters, O for 0 and I for 1 do not matter."""

    code: str
    customer: Ref | None = None
    account: Ref | None = None
    reseller: Ref | None = None
    request_id: str = ""


class VoucherCancel(Request, frozen=True):
    """Makes the unused vouchers of batch `id` worthless, or the one of that serial number."""

    id: int
    serial: int | None = None

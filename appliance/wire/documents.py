"""Paper: what is asked for a printed document; the answer is a file (`shapes.Binary`)."""

from __future__ import annotations

from appliance.wire.shapes import Ref, Request


class ReceiptPrint(Request, frozen=True):
    """The receipt of payment `id`. Its number is drawn at the first print; later prints are marked as copies.

    `paper`: A5, A4 or Letter; without it the setting `documents.receipt_paper`. Without a `language` it is the customer's,
    then the reseller's.
    """

    id: int
    paper: str = ""
    language: str = ""


class SheetPrint(Request, frozen=True):
    """What endpoint `id` is set up with, as a page with a QR code.

    `with_password` shows the password too and needs the permission to reveal it.
    """

    id: int
    with_password: bool = False
    paper: str = ""
    language: str = ""


class PriceListPrint(Request, frozen=True):
    """The price list of tariff `id` for customers. `format`: pdf, csv, xlsx, or poster (one page for a window, PDF)."""

    id: int
    reseller: Ref | None = None
    format: str = "pdf"
    paper: str = ""
    language: str = ""

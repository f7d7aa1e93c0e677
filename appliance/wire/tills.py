"""Tills, their printers and what waits to be printed; goods; receipts (callshop.md, Receipts)."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.shapes import Ref, Request, View


class TillList(Request, frozen=True):
    """Tills of a shop, or of all shops within reach."""

    shop: Ref | None = None
    archived: bool = False


class TillCreate(Request, frozen=True):
    """A till. `printer`: none, usb, serial, network, spooler, file or qt, and its `address` as the console of that till reads
    it; `columns` 32, 42 or 48; `code_page` as the printer is set (CP858, CP852, CP866, …; "raster" draws every line).
    `drawer`: a cash drawer hangs on the printer. `print_always`: a receipt is printed unless it is said otherwise.
    `signing_address`: http://HOST:PORT/PATH of a signing device on the server's computer or network ("": none), which may take
    `signing_seconds` (1 to 10) for a receipt."""

    shop: Ref
    name: str
    printer: str = "none"
    address: str = ""
    columns: int = 42
    code_page: str = "CP858"
    drawer: bool = True
    cutter: bool = True
    native_qr: bool = True
    print_always: bool = True
    signing_address: str = ""
    signing_seconds: int = 3


class TillUpdate(Request, frozen=True):
    """Changes of a till; what is left out stays."""

    id: int
    version: int | None = None
    name: str | UnsetType = UNSET
    printer: str | UnsetType = UNSET
    address: str | UnsetType = UNSET
    columns: int | UnsetType = UNSET
    code_page: str | UnsetType = UNSET
    drawer: bool | UnsetType = UNSET
    cutter: bool | UnsetType = UNSET
    native_qr: bool | UnsetType = UNSET
    print_always: bool | UnsetType = UNSET
    signing_address: str | UnsetType = UNSET
    signing_seconds: int | UnsetType = UNSET


class TillView(View, frozen=True):
    """One till. `shift` is the one that is open at it, with its clerk; `waiting` counts its print jobs; `signing` is what its
    signing device made of its latest document: "" (none yet), signed, silent or wrong."""

    id: int
    version: int
    shop_id: int
    shop: str
    name: str
    printer: str
    address: str
    columns: int
    code_page: str
    drawer: bool
    cutter: bool
    native_qr: bool
    print_always: bool
    shift: int | None
    clerk: str
    waiting: int
    archived: bool
    signing_address: str = ""
    signing_seconds: int = 3
    signing: str = ""


class SigningTest(View, frozen=True):
    """What a till's signing device made of a test: `state` signed, silent (no answer in its time; `error` says more) or wrong."""

    state: str
    device: str
    signature: str
    qr: str
    error: str
    milliseconds: int


class TillPage(View, frozen=True):
    """All of them."""

    tills: list[TillView]


class DrawerOpen(Request, frozen=True):
    """Open a till's drawer without a sale, with a reason: told to the owner."""

    id: int
    reason: str
    request_id: str = ""


class PrinterTest(Request, frozen=True):
    """A page that shows width, code page, QR code, cut and drawer of a till's printer."""

    id: int
    kick: bool = False


class PrintJobList(Request, frozen=True):
    """What waits for a till's printer, oldest first; `all` shows the latest of every state."""

    till: int
    all: bool = False
    limit: int = 100


class PrintJobView(View, frozen=True):
    """`kind`: document, drawer or test; `state`: waiting, delivered or cancelled. `error` is what the console said last."""

    id: int
    till: int
    kind: str
    made_at: str
    state: str
    document: int | None
    number: int | None
    copy: bool
    kick: bool
    tries: int
    error: str
    done_at: str | None


class PrintJobPage(View, frozen=True):
    """The queue."""

    jobs: list[PrintJobView]


class PrintJobDone(Request, frozen=True):
    """`state`: delivered (the printer has it), failed (it waits on; `error` says why) or cancelled."""

    id: int
    state: str
    error: str = ""


class GoodsList(Request, frozen=True):
    """A shop's price list beside calls, by name; `search` is part of a name, or a whole code (a bar code)."""

    shop: Ref
    search: str = ""
    archived: bool = False


class GoodsCreate(Request, frozen=True):
    """Something that is sold. `price` has the tax in it. `cost` is what the shop pays, `stock` the pieces there are; null: not kept."""

    shop: Ref
    name: str
    price: str
    code: str = ""
    tax_percent: str | None = None
    cost: str | None = None
    stock: int | None = None


class GoodsUpdate(Request, frozen=True):
    """Changes; what is left out stays. `stock_change` adds pieces (or takes them away)."""

    id: int
    version: int | None = None
    name: str | UnsetType = UNSET
    code: str | UnsetType = UNSET
    price: str | UnsetType = UNSET
    tax_percent: str | UnsetType = UNSET
    cost: str | UnsetType = UNSET
    stock: int | None | UnsetType = UNSET
    stock_change: int | None = None


class GoodsView(View, frozen=True):
    """`stock` null: not kept; it may fall below zero, where more was sold than counted. `cost` is null where the asker may not know it."""

    id: int
    version: int
    shop_id: int
    name: str
    code: str
    price: str
    currency: str
    tax_percent: str
    cost: str | None
    stock: int | None
    archived: bool


class GoodsPage(View, frozen=True):
    """All of them: a small list."""

    goods: list[GoodsView]


class ReceiptList(Request, frozen=True):
    """Documents of a shop's tills, newest first. `series`: receipt, x, z or "" for all; `number` finds one."""

    shop: Ref
    series: str = ""
    number: int | None = None
    shift: int | None = None
    since: str | None = None
    until: str | None = None
    after: int = 0
    limit: int = 100


class ReceiptView(View, frozen=True):
    """One document. `kind`: sale, refund, deposit, loss, x or z. `hash` closes over its content and the `previous` one of the
    shop's chain. `link` is what its QR code holds. `signing`: "" (its till has no signing device), waiting, signed, silent or wrong."""

    id: int
    shop_id: int
    series: str
    number: int
    kind: str
    at: str
    till: str
    shift: int | None
    bill: int | None
    clerk: str
    total: str
    currency: str
    previous: str
    hash: str
    link: str
    signing: str = ""
    signature: str = ""
    signing_device: str = ""
    signing_error: str = ""


class ReceiptPage(View, frozen=True):
    """`next` is 0 on the last page."""

    receipts: list[ReceiptView]
    next: int = 0


class Reprint(Request, frozen=True):
    """Print a document again on a till, marked as a copy: told to the owner."""

    id: int
    till: int
    language: str = ""
    request_id: str = ""


class ReceiptStrip(Request, frozen=True):
    """A document as a PDF strip, marked as a copy. `columns`: 32, 42 or 48."""

    id: int
    columns: int = 42
    language: str = ""

"""Moving in from another system: looked at first, then written, as often as it takes until the cut-over (operations.md).

Files lie on the server's own disk, where only the folder's owner may name them, or were sent there in parts (`move.upload`).
"""

from __future__ import annotations

from msgspec import Struct

from appliance.wire.shapes import Ref, Request, View


class MoveUpload(Request, frozen=True, kw_only=True):
    """A part of a file: the bytes at `offset` (base64 in JSON). The first part has no `file`; the answer's id names it in those that follow.

    What was sent is taken away when it was moved, when it is discarded, and after a day.
    """

    content: bytes
    name: str = ""
    file: str = ""
    offset: int = 0


class MoveFile(View, frozen=True):
    """A file that was sent, as far as it came."""

    id: str
    name: str
    bytes: int


class MovePreview(Request, frozen=True, kw_only=True):
    """Read files of the system `source` (csv, astpp, magnus, a2billing) and say what would be moved; nothing is changed.

    `files` are paths on the server's disk (the folder's owner alone), `uploads` ids of files that were sent.
    `currency` stands in the place of the one in the files; `realm` is what digests of SIP passwords (HA1) were made with; `agent`: only
    the customers of this reseller of the old system, by its key there; `trunk` is where its incoming numbers arrive, `tariff` what customers
    pay by who have none; `timezone` is that of times without one. What was changed here since the last move stays, but for what
    `take` names (ids of MoveView.changed; "*": all).
    """

    source: str
    files: list[str] = []
    uploads: list[str] = []
    reseller: Ref | None = None
    currency: str = ""
    realm: str = ""
    agent: str = ""
    trunk: str = ""
    tariff: str = ""
    timezone: str = "UTC"
    take: list[str] = []


class MoveApply(MovePreview, frozen=True, kw_only=True):
    """Move it. Refused while rows are refused, unless `leave_refused`. `cut_over`: this is the last time; later runs are refused."""

    leave_refused: bool = False
    cut_over: bool = False


class MoveDiscard(Request, frozen=True):
    """Take one file away that was sent; without an id all of them, and what the last preview or move found."""

    file: str = ""


class MoveChanged(View, frozen=True):
    """Something that was changed here after the last move: how it is here and what the old system says. `taken`: the old system's word is taken.

    `id` names it in `MovePreview.take`. Passwords are never told: `here` and `there` are empty.
    """

    id: str
    kind: str
    key: str
    name: str
    field: str
    here: str
    there: str
    taken: bool


class MoveTotal(View, frozen=True):
    """One kind: rows and money in the files, what of it is moved, what is refused. `agree`: nothing is missing between them."""

    kind: str
    found: int
    moved: int
    refused: int
    agree: bool
    currency: str = ""
    found_amount: str | None = None
    moved_amount: str | None = None
    refused_amount: str | None = None


class MoveCustomer(View, frozen=True):
    """One customer: the balance there, and what it is here afterwards. `what` is created or updated."""

    customer: str
    key: str
    what: str
    old_balance: str
    new_balance: str
    credit_limit: str
    currency: str
    endpoints: int


class MoveRefused(View, frozen=True):
    """A row that is not moved, and why."""

    kind: str
    key: str
    file: str
    line: int
    code: str
    reason: str


class MoveLink(Struct, frozen=True):
    """A one-time link for somebody whose password could not be moved; shown once."""

    login: str
    customer: str
    link: str


class MoveView(View, frozen=True):
    """What a move found and did, or would do. `agree`: every row of the files is moved, or refused and named.

    `apart` counts customers of resellers of the old system, by those; `refused_count`: how many there are where not all are listed.
    `next_invoice` is the number that the next invoice gets, where the series goes on. `changed` are things that were changed here since the
    last move, `changed_count` how many there are where not all are listed.
    """

    source: str
    reseller: str
    currency: str
    applied: bool
    cut_over: bool
    agree: bool
    totals: list[MoveTotal]
    customers: list[MoveCustomer]
    refused: list[MoveRefused]
    refused_count: int
    apart: dict[str, int]
    links: list[MoveLink]
    next_invoice: int | None = None
    changed: list[MoveChanged] = []
    changed_count: int = 0


class MoveWork(View, frozen=True):
    """A preview or a move: under way, or the last one. It goes on whoever asked for it and hangs up.

    `what` is preview or apply; `state` running, ready, failed or stopped; `phase` reading, looking, prices, writing, numbers or calls, of which
    `done` of `total` are through (total 0: not known). `reason` says why it failed. `asked` is the request as it came.
    """

    what: str
    state: str
    phase: str
    done: int
    total: int
    started_at: str
    who: str
    asked: MoveApply
    reason: str = ""
    code: str = ""


class MoveState(View, frozen=True):
    """Files that were sent by whoever asks, and the preview or move under way or last."""

    files: list[MoveFile]
    work: MoveWork | None


class OldCallList(Request, frozen=True, kw_only=True):
    """Calls that a customer made before it was moved in, the newest first; `cursor` is the last page's `next`."""

    customer: Ref
    reseller: Ref | None = None
    cursor: str = ""
    limit: int = 100


class OldCallView(View, frozen=True):
    """One of them, as the old system recorded it; it was never charged here."""

    id: int
    source: str
    started_at: str
    seconds: int
    caller: str
    number: str
    destination: str
    amount: str
    currency: str


class OldCallPage(View, frozen=True):
    """A page; `next` is "" at the end."""

    calls: list[OldCallView]
    next: str = ""


class OldInvoiceList(Request, frozen=True, kw_only=True):
    """Invoices that a customer had open when it was moved in."""

    customer: Ref
    reseller: Ref | None = None


class OldInvoiceView(View, frozen=True):
    """One of them; its amount is in the opening balance."""

    id: int
    source: str
    number: str
    issued_on: str
    due_on: str | None
    total: str
    open: str
    currency: str
    settled_at: str | None


class OldInvoicePage(View, frozen=True):
    """All of a customer, the oldest first."""

    invoices: list[OldInvoiceView]


class OldInvoiceSettle(Request, frozen=True):
    """It is paid: it is open no more. Nothing is posted; the money is recorded as a payment of its own."""

    id: int

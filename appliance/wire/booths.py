"""Booths and their sessions: who sits where, and what it comes to (callshop.md)."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.shapes import Ref, Request, View


class BoothList(Request, frozen=True):
    """All booths of a shop in their order; without a shop those of every shop within reach."""

    shop: Ref | None = None
    desks: bool = False
    """The shop's own phones, too."""


class BoothUpdate(Request, frozen=True):
    """Changes of a booth; what is left out stays. `id` is the endpoint's.

    `position` is its place on the screen and its number key. `desk`: it is the shop's own phone and no booth.
    `blocked`: prefixes that it may not call. Out of order is refused while a session is open.
    """

    id: int
    version: int | None = None
    name: str | UnsetType = UNSET
    position: int | UnsetType = UNSET
    out_of_order: bool | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    blocked: list[str] | UnsetType = UNSET
    desk: bool | UnsetType = UNSET


class BoothCall(View, frozen=True):
    """The call of a booth now. `state`: calling, ringing or answered. `number` is as dialled; `country` an ISO 3166 code or "".

    `money` is what the guest owes for it up to `seconds` of talk; the price fields let a screen count on between two
    figures. `runs_out_at`: when deposit or limit (or the shop's own credit) will end it, null where nothing does.
    """

    id: int
    state: str
    number: str
    destination: str
    country: str
    started_at: str
    answered_at: str | None
    seconds: int
    money: str
    price_per_minute: str
    connection_fee: str
    first_increment: int
    next_increment: int
    runs_out_at: str | None


class SessionPart(View, frozen=True):
    """What one guest's time in a booth brought to a bill that several have a part in. `amount`: its calls, and what was sold to it."""

    session: int
    booth: str
    note: str
    calls: int
    amount: str


class SessionView(View, frozen=True):
    """One guest in a booth. `state`: open, paused, locked (to pay) or closed; `outcome` then: paid, joined, cancelled,
    walk_out or complaint. `total` is calls (the running one too), goods and discounts; `deposit` what was paid in
    beforehand; `left` what deposit or money limit leaves, null where nothing limits; `left_seconds` the talk left by a
    time limit, or of the running call by money; where others' bills were joined to this one, total, deposit and calls are of the
    whole, and `parts` are what each brought; `warnings`: shop_credit (the shop's own account has less than the
    deposit)."""

    id: int
    version: int
    booth: int
    booth_name: str
    shop_id: int
    bill: int
    state: str
    mode: str
    note: str
    language: str
    currency: str
    opened_at: str
    opened_by: str
    locked_at: str | None
    closed_at: str | None
    outcome: str
    money_limit: str | None
    time_limit_seconds: int | None
    talked_seconds: int
    calls: int
    total: str
    deposit: str
    left: str | None
    left_seconds: int | None
    warnings: list[str] = []
    parts: list[SessionPart] = []


class BoothView(View, frozen=True):
    """A booth's card. `state`: closed, open, in_call, paused, to_pay or out_of_order. `registered`: also a gateway's, which is known by address."""

    id: int
    version: int
    shop_id: int
    shop: str
    name: str
    position: int
    number: str
    state: str
    reason: str
    registered: bool
    disabled: bool
    blocked: list[str]
    desk: bool
    session: SessionView | None
    call: BoothCall | None


class BoothPage(View, frozen=True):
    """All cards. `at` is the server's time of the figures."""

    booths: list[BoothView]
    at: str


class BoothMeter(View, frozen=True):
    """A row of the change stream's `live` event: the figures of one booth's running call, each second in which they differ."""

    booth: int
    session: int
    call: BoothCall
    total: str
    left: str | None
    left_seconds: int | None
    warn: bool
    """The deposit, a limit or the shop's credit ends the call within the shop's warning time."""


class SessionOpen(Request, frozen=True):
    """A booth is opened for a guest. `mode`: postpaid, or deposit with its `deposit` (taken at `till` by `method`: cash or
    card; an open shift is needed). `money_limit` is for postpaid; `time_limit_seconds` is of talk."""

    booth: int
    mode: str = "postpaid"
    note: str = ""
    language: str = ""
    deposit: str | None = None
    method: str = "cash"
    till: int | None = None
    money_limit: str | None = None
    time_limit_seconds: int | None = None
    print: bool | None = None
    request_id: str = ""


class SessionUpdate(Request, frozen=True):
    """The guest's note, language and limits; they count for a running call at once. Null takes a limit away."""

    id: int
    version: int | None = None
    note: str | UnsetType = UNSET
    language: str | UnsetType = UNSET
    money_limit: str | None | UnsetType = UNSET
    time_limit_seconds: int | None | UnsetType = UNSET


class SessionState(Request, frozen=True):
    """`state`: open, paused (no new calls) or locked (to pay: no new calls).

    Locking is refused while a call runs (booth.in_call), unless `hang_up` ends it.
    """

    id: int
    state: str
    hang_up: bool = False


class SessionTopUp(Request, frozen=True):
    """More money from the guest, also while he talks: the call may last longer at once."""

    id: int
    amount: str
    till: int
    method: str = "cash"
    print: bool | None = None
    request_id: str = ""


class SessionTransfer(Request, frozen=True):
    """The guest moves to another booth of the shop that is closed; not while a call runs."""

    id: int
    booth: int
    request_id: str = ""


class SessionJoin(Request, frozen=True):
    """This session's bill becomes part of another open bill of the shop, its booth is free; not while a call of it runs."""

    id: int
    into_bill: int
    request_id: str = ""


class SessionHangUp(Request, frozen=True):
    """End the session's running call."""

    id: int


class SessionList(Request, frozen=True):
    """Sessions of a shop, newest first. `state`: "" for all, or as in the view; `since`, `until`: of the opening."""

    shop: Ref
    state: str = ""
    booth: int | None = None
    since: str | None = None
    until: str | None = None
    after: int = 0
    limit: int = 100


class SessionPage(View, frozen=True):
    """`next` is 0 on the last page."""

    sessions: list[SessionView]
    next: int = 0


class TabletCode(View, frozen=True):
    """A code for the tablet in a booth: typed there once, at `path` of the shop's web address, before `expires_at`."""

    booth: int
    code: str
    expires_at: str
    path: str
    tablets: int


class TabletView(View, frozen=True):
    """A tablet that shows a booth: since when, when it last asked, and from where."""

    since: str
    seen: str
    source: str
    client: str


class TabletPage(View, frozen=True):
    """All of one booth."""

    tablets: list[TabletView]

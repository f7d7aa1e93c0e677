"""Endpoints: one SIP identity each (product.md S4, S5, S21)."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.shapes import Listing, Ref, Request, View


class Forwarding(Request, frozen=True):
    """Where calls go that the endpoint does not take, each a number as the endpoint would dial it, "" for nowhere:
    `always`; when it is `busy`; with `no_answer` within `no_answer_seconds` (5 to 120); while it is `unregistered` or
    cannot be reached. The endpoint's customer pays for the way on."""

    always: str = ""
    busy: str = ""
    no_answer: str = ""
    unregistered: str = ""
    no_answer_seconds: int = 20


class EndpointList(Listing, frozen=True):
    """Endpoints by id; `customer`: one customer's alone."""

    customer: Ref | None = None


class EndpointCreate(Request, frozen=True):
    """A further endpoint of a customer. Without a number it gets the next free one of the reseller's range."""

    customer: Ref
    reseller: Ref | None = None
    number: str | None = None
    password: str | None = None
    auth_name: str | None = None
    display_name: str = ""
    media: str = "auto"
    codecs: list[str] = []
    max_calls: int | None = None
    max_bindings: int = 5
    caller_number: str = ""
    addresses: list[str] = []
    emergency_address: str = ""
    forwarding: Forwarding | None = None
    disabled: bool = False
    send_details: bool = False
    """By e-mail to the customer, with the password."""


class EndpointUpdate(Request, frozen=True):
    """Changes of an endpoint; what is left out stays. A null password takes the registration away."""

    id: int
    version: int | None = None
    password: str | None | UnsetType = UNSET
    display_name: str | UnsetType = UNSET
    media: str | UnsetType = UNSET
    codecs: list[str] | UnsetType = UNSET
    max_calls: int | None | UnsetType = UNSET
    max_bindings: int | UnsetType = UNSET
    caller_number: str | UnsetType = UNSET
    addresses: list[str] | UnsetType = UNSET
    emergency_address: str | UnsetType = UNSET
    forwarding: Forwarding | None | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET


class EndpointView(View, frozen=True):
    """One endpoint, never its password (`endpoints.reveal` shows that, audited)."""

    id: int
    version: int
    customer: str
    customer_id: int
    number: str
    auth_name: str
    realm: str
    display_name: str
    media: str
    codecs: list[str]
    max_calls: int | None
    max_bindings: int
    caller_number: str
    addresses: list[str]
    emergency_address: str
    disabled: bool
    registered: bool
    archived_at: str | None
    forwarding: Forwarding = Forwarding()


class EndpointCreated(View, frozen=True):
    """The new endpoint and, shown this once, its password."""

    endpoint: EndpointView
    password: str


class EndpointPage(View, frozen=True):
    """`next` is 0 on the last page."""

    endpoints: list[EndpointView]
    next: int = 0


class EndpointSecret(View, frozen=True):
    """What a phone is set up with; each showing is audited. `server` is where it registers, "" where that is not known.

    `emergency_calls`: whether any trunk takes them; without one the phone cannot call for help.
    """

    number: str
    auth_name: str
    realm: str
    password: str | None
    server: str = ""
    port: int = 5060
    transport: str = "udp"
    codecs: list[str] = []
    emergency_calls: bool = True

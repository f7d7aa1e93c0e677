"""Links that phones fetch their settings by (product.md S21): made for one endpoint and one maker, good for some hours and some fetches."""

from __future__ import annotations

from appliance.wire.shapes import Request, View

MAKERS = ("yealink", "grandstream", "snom", "polycom", "cisco", "fanvil", "gigaset", "linphone")
"""In the order that they are offered."""

NAMES = {
    "yealink": "Yealink",
    "grandstream": "Grandstream",
    "snom": "Snom",
    "polycom": "Polycom",
    "cisco": "Cisco SPA",
    "fanvil": "Fanvil",
    "gigaset": "Gigaset",
    "linphone": "Linphone",
}
"""What the makers call themselves."""

HOURS, MOST_HOURS = 24, 168
FETCHES, MOST_FETCHES = 10, 50


class ProvisioningCreate(Request, frozen=True):
    """A link for the endpoint's phone. `maker` is one of MAKERS; `mac` ("805EC0112233", separators are left out) binds it to one phone,
    otherwise the first phone that asks is the one. It is good for `hours` (1 to 168) and `fetches` (1 to 50) of its files."""

    endpoint: int
    maker: str
    mac: str = ""
    hours: int = HOURS
    fetches: int = FETCHES


class ProvisioningList(Request, frozen=True):
    """The links of an endpoint, newest first."""

    endpoint: int


class ProvisioningLink(View, frozen=True):
    """One link. `state`: waiting (nobody fetched yet), used, spent (all fetches are), expired or revoked. The address itself is never shown again."""

    id: int
    endpoint_id: int
    number: str
    maker: str
    mac: str
    made_at: str
    made_by: str
    expires_at: str
    fetches: int
    most_fetches: int
    fetched_at: str | None
    fetched_from: str
    state: str


class ProvisioningLinks(View, frozen=True):
    """All that are kept."""

    links: list[ProvisioningLink]


class ProvisioningMade(View, frozen=True):
    """A new link and, this once, its address. `url` goes into the phone's field for its provisioning server (or into the QR code for Linphone);
    `file` is what the phone adds to it by itself, "" where the url is whole."""

    link: ProvisioningLink
    url: str
    file: str

"""What a reseller shows of itself on paper and in e-mails, and how its customers' phones reach it."""

from __future__ import annotations

import json
from typing import NamedTuple

from appliance.documents.parties import Sender
from appliance.services.ground.room import Room
from appliance.store.endpoints import Endpoint
from appliance.store.resellers import Reseller

USUAL_PORT = 5060
MADE_UP = ".internal"
"""The end of domains that no name server of the internet will ever know."""
UNNAMED = "Tollhouse"


class PhoneSettings(NamedTuple):
    """What goes into a phone. `password` is "" where it is not to be shown."""

    number: str
    server: str
    port: int
    transport: str
    realm: str
    user: str
    password: str
    codecs: tuple[str, ...]

    @property
    def uri(self) -> str:
        """The account as soft phones read it from a QR code: `sip:user:password@server:port;transport=udp`."""
        from urllib.parse import quote

        secret = f":{quote(self.password, safe='')}" if self.password else ""
        return f"sip:{quote(self.user, safe='+')}{secret}@{self.server}:{self.port};transport={self.transport}"


def brand_of(room: Room, reseller: Reseller) -> Sender:
    """Under the name of its brand, else its company's, else its own; the help's address and telephone where it named them."""
    person = room.store.people.get(reseller.person_id)
    assert person is not None  # foreign key
    shown = room.store.brands.get(reseller.id)
    hosts = json.loads(reseller.web_hosts)
    return Sender(
        shown.name or person.company or _named(reseller),
        person.address,
        shown.help_phone or person.phone,
        shown.help_email or person.email,
        person.vat_number or "",
        f"https://{hosts[0]}/" if hosts else "",
        shown.logo or b"",
        shown.sender_email,
    )


def seller_of(room: Room, reseller: Reseller) -> Sender:
    """The same for papers of law (invoices, receipts, statements): the company is named as the law knows it, whatever its brand."""
    person = room.store.people.get(reseller.person_id)
    assert person is not None  # foreign key
    return brand_of(room, reseller)._replace(name=person.company or _named(reseller))


def _named(reseller: Reseller) -> str:
    """Its name; the product's where nobody has named the business and its description calls it by its place in the tree."""
    return UNNAMED if reseller.parent_id is None and reseller.name.casefold() == "root" else reseller.name


def phone_settings(room: Room, endpoint: Endpoint, reseller: Reseller, password: str = "") -> PhoneSettings:
    """What this endpoint's phone is set up with."""
    settings = room.settings
    return PhoneSettings(
        endpoint.number,
        settings.get("phones.server", "") or _server(room, reseller),
        settings.get("phones.port", 0) or _first_port(settings.words("sip.listen"), settings.get("phones.transport", "udp")),
        settings.get("phones.transport", "udp"),
        reseller.sip_domain,
        endpoint.auth_name,
        password,
        tuple(json.loads(endpoint.codecs)),
    )


def _server(room: Room, reseller: Reseller) -> str:
    """The SIP domain where that is a name of the internet's, else the address of this server: no phone finds a made-up name."""
    return room.sip_host if room.sip_host and reseller.sip_domain.endswith(MADE_UP) else reseller.sip_domain


def _first_port(listeners: tuple[str, ...], transport: str) -> int:
    """The port of the first listener of a transport; one that is chosen at the start is nobody's to print."""
    for each in listeners:
        kind, _, rest = each.partition(":")
        port = rest.rpartition(":")[2]
        if kind == transport and port.isdecimal() and int(port):
            return int(port)
    return 5061 if transport == "tls" else USUAL_PORT

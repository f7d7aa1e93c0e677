"""Phones fetch their settings over links of their own (product.md S21; web.md, endpoints).

Law: of a link's token only the hash is kept; the SIP password is unsealed for one fetch at a time, and each is in the audit log; a link
that ran out, is spent, was revoked or is another phone's looks as if there were none.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from typing import NamedTuple

from appliance.documents import phone_files
from appliance.documents.phone_files import Account, Asked
from appliance.errors import EnvironmentFault, NotFound, UserError
from appliance.services.ground.access import Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.passwords import token_hash
from appliance.services.ground.room import Room
from appliance.services.ground.sip_secrets import SipSecrets
from appliance.services.ground.web_address import address_of
from appliance.services.mail.brand import phone_settings
from appliance.store.endpoints import Endpoint
from appliance.store.provision_links import ProvisionLink
from appliance.store.resellers import Reseller
from appliance.wire.provisioning import (
    MAKERS,
    MOST_FETCHES,
    MOST_HOURS,
    ProvisioningCreate,
    ProvisioningLink,
    ProvisioningLinks,
    ProvisioningList,
    ProvisioningMade,
)
from appliance.wire.shapes import ById, Done

TOKEN_BYTES = 24
HOUR_MS = 3_600_000
KEPT_MS = 30 * 24 * HOUR_MS
"""Links that are over are listed for so long."""

MOST_OPEN = 20
"""Links of one endpoint that are good at once."""

LONGEST_TOKEN = 64
LOCAL = ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10")
"""As the setting is by default."""

_GIVEN_MAC = re.compile(r"[0-9A-Fa-f]{12}")


class PhoneFile(NamedTuple):
    """What a phone is answered."""

    content: bytes
    content_type: str


class Provisioning:
    """`create`, `list` and `revoke` are operations; `fetch` is what phones ask."""

    def __init__(self, room: Room, lookups: Lookups, audit: Audit, secrets: SipSecrets) -> None:
        self._room = room
        self._store = room.store
        self._lookups = lookups
        self._audit = audit
        self._secrets = secrets

    # operations ----------------------------------------------------------------------------------------------------
    def create(self, actor: Actor, request: ProvisioningCreate) -> ProvisioningMade:
        """A new link and its address, shown this once. UserError provisioning.maker, .mac, .hours, .fetches, .no_password, .too_many."""
        mac = re.sub(r"[\s:.-]", "", request.mac).lower()
        if request.maker not in MAKERS:
            raise UserError("provisioning.maker", field="maker", makers=", ".join(MAKERS))
        if mac and not _GIVEN_MAC.fullmatch(mac):
            raise UserError("provisioning.mac", field="mac")
        if not 1 <= request.hours <= MOST_HOURS:
            raise UserError("provisioning.hours", field="hours", most=MOST_HOURS)
        if not 1 <= request.fetches <= MOST_FETCHES:
            raise UserError("provisioning.fetches", field="fetches", most=MOST_FETCHES)
        with self._room.changes.unit():
            endpoint, customer = self._lookups.endpoint(actor, request.endpoint, "endpoints.reveal")
            if endpoint.password_sealed is None:
                raise UserError("provisioning.no_password", field="endpoint", number=endpoint.number)
            now = self._room.clock.utcnow()
            self._store.provision_links.forget(now - KEPT_MS)
            if sum(state_of(each, now) in ("waiting", "used") for each in self._store.provision_links.of(endpoint.id)) >= MOST_OPEN:
                raise UserError("provisioning.too_many", most=MOST_OPEN)
            seller = self._store.resellers.get(customer.reseller_id)
            assert seller is not None  # foreign key
            base = self._base(seller)
            token = base64.urlsafe_b64encode(self._room.random_bytes(TOKEN_BYTES)).rstrip(b"=").decode()
            row_id = self._store.provision_links.insert(
                endpoint_id=endpoint.id,
                maker=request.maker,
                token_hash=token_hash(token),
                mac=mac,
                made_at=now,
                made_by=actor.name,
                expires_at=now + request.hours * HOUR_MS,
                most_fetches=request.fetches,
            )
            self._audit.noted(
                actor, "provisioning.create", "endpoint", endpoint.id, number=endpoint.number, maker=request.maker, link=row_id, mac=mac
            )
            self._room.changes.note("endpoint", endpoint.id)
            row = self._store.provision_links.get(row_id)
            assert row is not None  # made just now
            maker = phone_files.MAKERS[request.maker]
            main = maker.main.format(mac=mac or "MAC")
            return ProvisioningMade(view(row, endpoint.number, now), f"{base}/p/{token}/{'' if maker.base else main}", main if maker.base else "")

    def list(self, actor: Actor, request: ProvisioningList) -> ProvisioningLinks:
        """The links of an endpoint, never their addresses."""
        endpoint, _customer = self._lookups.endpoint(actor, request.endpoint, "endpoints.read")
        now = self._room.clock.utcnow()
        return ProvisioningLinks([view(each, endpoint.number, now) for each in self._store.provision_links.of(endpoint.id)])

    def revoke(self, actor: Actor, request: ById) -> Done:
        """The link is good for nothing any more; NotFound provisioning.unknown."""
        with self._room.changes.unit():
            row = self._store.provision_links.get(request.id)
            if row is None:
                raise NotFound("provisioning.unknown", field="id")
            try:
                endpoint, _customer = self._lookups.endpoint(actor, row.endpoint_id, "endpoints.reveal", archived=True)
            except NotFound as error:
                raise NotFound("provisioning.unknown", field="id") from error
            if row.revoked_at is None:
                self._store.provision_links.update(row.id, {"revoked_at": self._room.clock.utcnow()})
                self._audit.noted(actor, "provisioning.revoke", "endpoint", endpoint.id, number=endpoint.number, link=row.id)
                self._room.changes.note("endpoint", endpoint.id)
            return Done(id=row.id)

    # phones --------------------------------------------------------------------------------------------------------
    def close_by(self, source: str) -> bool:
        """Whether an address is of our own networks, where a phone may ask without TLS (setting sip.local_networks)."""
        try:
            address = ipaddress.ip_address(source.partition("%")[0])
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in ipaddress.ip_network(each, strict=False) for each in self._room.settings.words("sip.local_networks", LOCAL))

    def fetch(self, token: str, name: str, source: str, client: str) -> PhoneFile:
        """The file of that name. NotFound provisioning.link_unknown: no such link; NotFound provisioning.file_unknown: a name that is not
        its phone's, which phones ask for all the time."""
        now = self._room.clock.utcnow()
        row = self._store.provision_links.find(token_hash(token)) if 0 < len(token) <= LONGEST_TOKEN else None
        if row is None or state_of(row, now) not in ("waiting", "used"):
            raise NotFound("provisioning.link_unknown")
        wanted = phone_files.asked(row.maker, name)
        if wanted is None or (wanted.mac and row.mac and wanted.mac != row.mac):
            raise NotFound("provisioning.file_unknown")
        with self._room.changes.unit():
            account, endpoint = self._account(row, wanted)
            content, kind = phone_files.file(wanted.template, account, wanted.mac or row.mac)
            if wanted.secret:
                changes: dict[str, int | str] = {"fetches": row.fetches + 1, "fetched_at": now, "fetched_from": source}
                if wanted.mac and not row.mac:
                    changes["mac"] = wanted.mac
                self._store.provision_links.update(row.id, changes)
                said = {"number": endpoint.number, "maker": row.maker, "file": name, "source": source, "client": client[:200], "link": row.id}
                self._audit.noted(Actor(f"phone:{endpoint.number}"), "provisioning.fetch", "endpoint", endpoint.id, **said)
                self._room.changes.note("endpoint", endpoint.id)
        return PhoneFile(content, kind)

    # parts ---------------------------------------------------------------------------------------------------------
    def _account(self, row: ProvisionLink, wanted: Asked) -> tuple[Account, Endpoint]:
        endpoint = self._store.endpoints.get(row.endpoint_id)
        customer = None if endpoint is None else self._store.customers.get(endpoint.customer_id)
        seller = None if customer is None else self._store.resellers.get(customer.reseller_id)
        if endpoint is None or customer is None or seller is None:
            raise NotFound("provisioning.link_unknown")
        gone = endpoint.archived_at is not None or customer.archived_at is not None or seller.archived_at is not None
        password = (self._secrets.reveal(endpoint) or "") if wanted.secret and not gone and not endpoint.disabled else ""
        if gone or endpoint.disabled or (wanted.secret and not password):
            raise NotFound("provisioning.link_unknown")
        phone = phone_settings(self._room, endpoint, seller, password)
        shown = endpoint.display_name or phone.number
        return Account(phone.number, shown, phone.server, phone.port, phone.transport, phone.realm, phone.user, password, phone.codecs), endpoint

    def _base(self, seller: Reseller) -> str:
        base = address_of(self._room, seller)
        if not base:
            raise EnvironmentFault("provisioning.no_address")
        return base


def state_of(row: ProvisionLink, now: int) -> str:
    """waiting, used, spent, expired or revoked."""
    if row.revoked_at is not None:
        return "revoked"
    if row.expires_at <= now:
        return "expired"
    if row.fetches >= row.most_fetches:
        return "spent"
    return "used" if row.fetches else "waiting"


def view(row: ProvisionLink, number: str, now: int) -> ProvisioningLink:
    """The row without its hash."""
    return ProvisioningLink(
        row.id,
        row.endpoint_id,
        number,
        row.maker,
        row.mac,
        stamp(row.made_at) or "",
        row.made_by,
        stamp(row.expires_at) or "",
        row.fetches,
        row.most_fetches,
        stamp(row.fetched_at),
        row.fetched_from,
        state_of(row, now),
    )

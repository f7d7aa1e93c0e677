"""Strangers become customers on a reseller's web pages (product.md S17): asked for by a form, confirmed by a link in an e-mail.

Law: what somebody typed is kept nowhere but in the sealed link until whoever reads that mailbox confirms it; one e-mail address is one
customer of a reseller; whoever asks learns nothing of who is known.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections import deque
from typing import NamedTuple

import msgspec
from msgspec import UNSET

from appliance import i18n
from appliance.errors import EnvironmentFault, NotFound, UserError
from appliance.services.ground import columns as col
from appliance.services.ground.access import Actor, Grant
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.passwords import Hashes
from appliance.services.ground.room import Room
from appliance.services.mail.brand import brand_of
from appliance.services.mail.email_text import check_address, filled
from appliance.services.mail.messages import Fresh, Messages
from appliance.services.money.credit_accounts import CreditAccounts
from appliance.services.people.customers import WAITING, Customers
from appliance.services.people.registration_rules import KEY, POLICIES, checked, rules_of, site_of
from appliance.services.people.web_logins import WebLogins
from appliance.services.people.welcome import Welcome
from appliance.store.resellers import Reseller
from appliance.wire.customers import CustomerCreate, NewEndpoint
from appliance.wire.registration import RegistrationGet, RegistrationRules, RegistrationSet

IDENTITY = "web.identity"
TERMS = "web.terms"
HOUR_MS = 3_600_000
LINK_MS = 48 * HOUR_MS
FORM_MS = 24 * HOUR_MS
LONGEST_NAME = 80
LONGEST_IDENTITY = 300
PER_ADDRESS = 3
"""E-mails to one mailbox in a day."""
PER_SOURCE = 10
"""E-mails that one network address may cause in a day."""
PER_RESELLER = 500
"""E-mails that all strangers together may cause in a day: a flood must not spoil the mail server's name."""
_SCOPES = frozenset({"customers.write", "customers.read", "endpoints.write", "accounts.write"})
_LINK = re.compile(r"://|www\.|[@<>{}]", re.IGNORECASE)


class Wanted(NamedTuple):
    """What the form asks for. `terms`: the version that was agreed to; `identity`: an identity document, where the country asks for one;
    `offer` and `back`: the tariff and the page to go back to that a link named."""

    name: str
    email: str
    country: str
    language: str
    terms: str
    phone: str = ""
    address: str = ""
    identity: str = ""
    offer: str = ""
    back: str = ""


class Sealed(NamedTuple):
    """What a link holds: the form, when it was sent, and a hash of where from."""

    name: str
    email: str
    country: str
    language: str
    terms: str
    at: int
    phone: str = ""
    address: str = ""
    identity: str = ""
    offer: str = ""
    back: str = ""
    source: str = ""


class Registered(NamedTuple):
    """A new customer. `waits`: somebody of the reseller has to enable it; `welcomed`: it was given welcome credit; `back`: a page to go back to."""

    customer_id: int
    login: str
    waits: bool
    welcomed: bool = False
    back: str = ""


class Registration:
    """`ask` sends the link, `confirm` makes the customer."""

    def __init__(
        self,
        room: Room,
        lookups: Lookups,
        audit: Audit,
        customers: Customers,
        accounts: CreditAccounts,
        logins: WebLogins,
        messages: Messages,
    ) -> None:
        self._room = room
        self._store = room.store
        self._lookups = lookups
        self._audit = audit
        self._customers = customers
        self._accounts = accounts
        self._logins = logins
        self._messages = messages
        self.welcome = Welcome(room, accounts)
        self._sent: deque[tuple[int, frozenset[str]]] = deque()

    # the reseller's rules ------------------------------------------------------------------------------------------
    def get(self, actor: Actor, request: RegistrationGet) -> RegistrationRules:
        """How strangers become customers of a reseller."""
        reseller = self._lookups.reseller(actor, request.reseller, "resellers.read")
        return msgspec.structs.replace(rules_of(self._store, reseller.id), reseller=reseller.name)

    def set(self, actor: Actor, request: RegistrationSet) -> RegistrationRules:
        """What was sent is changed, and holds for who registers from now on."""
        with self._room.changes.unit():
            reseller = self._lookups.reseller(actor, request.reseller, "resellers.write")
            before = rules_of(self._store, reseller.id)
            names = [name for name in RegistrationSet.__struct_fields__ if name != "reseller"]
            changes = {name: value for name in names if (value := getattr(request, name)) is not UNSET}
            changes = checked(changes, reseller, self._lookups)
            after = msgspec.structs.replace(before, **changes, reseller="")
            self._store.settings.put(KEY, msgspec.json.encode(after).decode(), f"reseller:{reseller.id}")
            self._audit.noted(actor, "resellers.set_registration", "reseller", reseller.id, **{name: str(value) for name, value in changes.items()})
            self._room.changes.note("reseller", reseller.id)
            return msgspec.structs.replace(after, reseller=reseller.name)

    # the form ------------------------------------------------------------------------------------------------------
    def rules(self, reseller: Reseller) -> RegistrationRules:
        """For the pages; NotFound registration.off where nobody may register."""
        found = rules_of(self._store, reseller.id)
        if found.policy not in POLICIES[1:] or reseller.disabled:
            raise NotFound("registration.off")
        return found

    def open(self, reseller: Reseller) -> bool:
        """Whether the sign-in page leads to the form."""
        return not reseller.disabled and rules_of(self._store, reseller.id).policy in POLICIES[1:]

    def back(self, reseller: Reseller, address: str) -> str:
        """A page of the reseller's other sites to lead back to; "" for any other address."""
        return site_of(rules_of(self._store, reseller.id), address)

    def from_own_site(self, reseller: Reseller, origin: str) -> bool:
        """Whether a form stands on one of the reseller's other sites."""
        return origin.lower() in rules_of(self._store, reseller.id).sites

    def mark(self, reseller: Reseller) -> str:
        """When the form was shown, sealed: it stands in the form."""
        return self._seal(str(self._room.clock.utcnow()), f"registration form {reseller.id}")

    def check_person(self, reseller: Reseller, mark: str) -> None:
        """UserError registration.too_fast where no person fills in a form so fast, registration.form_old where it is another's or too old."""
        try:
            shown = int(self._open(mark, f"registration form {reseller.id}"))
        except UserError as error:
            raise UserError("registration.form_old") from error
        age = self._room.clock.utcnow() - shown
        if age < rules_of(self._store, reseller.id).least_seconds * 1000:
            raise UserError("registration.too_fast")
        if age > FORM_MS:
            raise UserError("registration.form_old")

    def ask(self, reseller: Reseller, wanted: Wanted, address: str, source: str) -> None:
        """Send the link. `address` is that of the pages, `source` the network address that asks. UserError names the field that is wrong."""
        rules = self.rules(reseller)
        fine = _checked(wanted, rules)
        now = self._room.clock.utcnow()
        self._count(now, fine.email, source, reseller.id)
        told = Sealed(**fine._asdict(), at=now, source=self.welcome.source(source))
        sealed = self._seal(json.dumps(told), f"registration {reseller.id}")
        brand = brand_of(self._room, reseller)
        values = {
            "name": fine.name,
            "link": f"{address}/register/confirm?code={sealed}",
            "brand": brand.name,
            "brand_phone": brand.phone,
            "brand_email": brand.email,
        }
        language = i18n.known(fine.language)
        content = filled(self._messages.template_of(reseller.id, "web_confirm", language), values, language, brand.name)
        with self._room.changes.unit():
            self._messages.outbox.put(
                "web_confirm",
                fine.email,
                content,
                sender=self._messages.outbox.sender_of(brand.mail_from, reseller.sip_domain),
                sender_name=brand.name,
                language=language,
                reseller_id=reseller.id,
            )

    # the link ------------------------------------------------------------------------------------------------------
    def read(self, reseller: Reseller, code: str) -> Sealed:
        """What the link holds; UserError registration.link_wrong, registration.link_old."""
        self.rules(reseller)
        try:
            found = Sealed(*json.loads(self._open(code, f"registration {reseller.id}")))
        except (UserError, ValueError, TypeError) as error:
            raise UserError("registration.link_wrong") from error
        if self._room.clock.utcnow() - found.at > LINK_MS:
            raise UserError("registration.link_old")
        return found

    def first_password(self, reseller: Reseller) -> str:
        """What the new web login begins with, so that its hash can be made ahead."""
        if rules_of(self._store, reseller.id).password_is_number:
            free = self._store.numbers.next_free(reseller.id, reseller.number_first, reseller.number_last, self._room.clock.utcnow())
            return free or ""
        return self._logins.made()

    def confirm(self, reseller: Reseller, code: str, password: str, hashes: Hashes) -> Registered:
        """The customer with its phone and web login, in one; the details go to the confirmed mailbox.

        UserError registration.email_taken where this mailbox has an account already (so that a link is good once).
        """
        with self._room.changes.unit():
            asked, rules = self.read(reseller, code), self.rules(reseller)
            if self._store.people.customer_with_email(reseller.id, asked.email):
                raise UserError("registration.email_taken")
            waits = rules.policy == "by_hand"
            actor = Actor("web:registration", None, (Grant("manager", reseller_id=reseller.id, scopes=_SCOPES),))
            now = self._room.clock.utcnow()
            made = self._customers.create(
                actor,
                CustomerCreate(
                    name=self._free_name(reseller.id, asked.name),
                    reseller=reseller.id,
                    tariff=asked.offer if asked.offer in rules.offers else rules.tariff,
                    phone=asked.phone,
                    address=asked.address,
                    email=asked.email,
                    country=asked.country,
                    language=asked.language,
                    description=_note(asked, now),
                    disabled=waits,
                    endpoint=NewEndpoint(),
                ),
            )
            number = made.endpoints[0].number
            first = number if rules.password_is_number else password
            self._logins.put(actor, made.id, reseller.id, number, first, must_change=rules.password_is_number, hashes=hashes)
            scope = f"customer:{made.id}"
            if asked.terms:
                agreed = {"version": asked.terms, "at": stamp(asked.at)}
                self._store.settings.put(TERMS, json.dumps(agreed), scope)
            if asked.identity:
                identity = base64.b64encode(self._room.sealer.seal(asked.identity, f"identity {made.id}")).decode()
                self._store.settings.put(IDENTITY, json.dumps(identity), scope)
            welcomed = self.welcome.give(rules, reseller.id, made.id, asked.email, asked.phone, asked.source)
            if waits:
                self._store.settings.put(WAITING, json.dumps(stamp(now)), scope)
            self._room.changes.note("registration", made.id)
            self._audit.noted(actor, "web.register", "customer", made.id, terms=asked.terms, agreed_at=stamp(asked.at) or "", policy=rules.policy)
            row, endpoint = self._store.customers.get(made.id), self._store.endpoints.find(number)
            assert row is not None and endpoint is not None  # made just now
            fresh = Fresh(made.passwords.get(number, ""), number, first)
            self._messages.details(actor, row, endpoint, fresh)
            return Registered(made.id, number, waits, welcomed, asked.back)

    # parts ---------------------------------------------------------------------------------------------------------
    def _free_name(self, reseller_id: int, wanted: str) -> str:
        """Two people may be called alike; a customer's name is unique."""
        name, count = wanted, 1
        while self._store.customers.find(reseller_id, name) is not None or self._accounts.find(reseller_id, name) is not None:
            count += 1
            name = f"{wanted} {count}"
        return name

    def _count(self, now: int, email: str, source: str, reseller_id: int) -> None:
        """One more e-mail caused by strangers; UserError registration.too_many beyond what is good."""
        while self._sent and now - self._sent[0][0] > 24 * HOUR_MS:
            self._sent.popleft()
        for key, most in ((f"to {email.lower()}", PER_ADDRESS), (f"from {source}", PER_SOURCE), (f"of {reseller_id}", PER_RESELLER)):
            if sum(key in keys for _at, keys in self._sent) >= most:
                raise UserError("registration.too_many")
        self._sent.append((now, frozenset({f"to {email.lower()}", f"from {source}", f"of {reseller_id}"})))

    def _seal(self, text: str, purpose: str) -> str:
        return base64.urlsafe_b64encode(self._room.sealer.seal(text, purpose)).rstrip(b"=").decode()

    def _open(self, text: str, purpose: str) -> str:
        try:
            return self._room.sealer.open(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), purpose)
        except (binascii.Error, ValueError, EnvironmentFault) as error:
            raise UserError("registration.link_wrong") from error


def _checked(wanted: Wanted, rules: RegistrationRules) -> Wanted:
    name = " ".join(wanted.name.split())
    if not 2 <= len(name) <= LONGEST_NAME or _LINK.search(name) or not name.isprintable():
        # A name goes into an e-mail to a mailbox that may be a third person's: it must not carry an advertisement's link.
        raise UserError("registration.name", field="name", longest=LONGEST_NAME)
    email = check_address(wanted.email, "email")
    country = str(col.country(wanted.country, "country") or "")
    if not country:
        raise UserError("registration.country", field="country")
    language = i18n.known(wanted.language)
    if rules.terms_version and wanted.terms != rules.terms_version:
        raise UserError("registration.terms", field="terms")
    phone = re.sub(r"[^0-9+]", "", wanted.phone)[:20]
    address, identity = wanted.address.strip(), wanted.identity.strip()
    if country in rules.identity_countries:
        for field, text in (("address", address), ("identity", identity)):
            if not 5 <= len(text) <= LONGEST_IDENTITY:
                raise UserError("registration.identity", field=field)
    else:
        identity = ""
    offer = wanted.offer if wanted.offer in rules.offers else ""
    back = site_of(rules, wanted.back)
    return Wanted(name, email, country, language, rules.terms_version, phone, address[:LONGEST_IDENTITY], identity, offer, back)


def _note(asked: Sealed, now: int) -> str:
    told = f"web registration {stamp(now)}"
    return f"{told}; terms {asked.terms} {stamp(asked.at)}" if asked.terms else told

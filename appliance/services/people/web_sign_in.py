"""Signing in to the customers' pages: web logins of a reseller, their sessions, a forgotten password (web.md, Security).

Law: an unknown login and a wrong password look and last alike; whoever asks for a new password learns nothing of who is known.
"""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from appliance.errors import EnvironmentFault, Forbidden, UserError
from appliance.services.ground.access import Actor, Grant
from appliance.services.ground.audit import Audit
from appliance.services.ground.moments import stamp
from appliance.services.ground.passwords import SHORTEST, Hashes, code_hash, hasher, make_code, make_password, token_hash
from appliance.services.ground.room import Room
from appliance.services.mail.brand import brand_of
from appliance.services.mail.email_text import filled
from appliance.services.people.web_logins import check_sign_in
from appliance.store.customers import Customer
from appliance.store.resellers import Reseller
from appliance.store.web_logins import WebLogin
from appliance.words import Words

if TYPE_CHECKING:
    from appliance.services.mail.messages import Messages

KIND = "web_login"
RESET = "web-password"
TOKEN_BYTES = 32
TOUCH_MS = 60_000
PLACES = "web places"
MOST_KNOWN = 5
"""Logins that one browser is known for."""
RESET_MS = 2 * 3_600_000
INVITED_MS = 30 * 24 * 3_600_000
SCOPES = frozenset(
    {
        "customers.read",
        "endpoints.read",
        "accounts.read",
        "calls.read",
        "calls.person",
        "payments.read",
        "invoices.read",
    }
)
"""What a customer may read of his own, and of nobody else's: never a buying price."""


class Visitor(NamedTuple):
    """Somebody signed in: `actor` reaches this one customer. `stale`: the session's use is to be written down again."""

    actor: Actor
    login: str
    login_id: int
    customer: Customer
    must_change: bool
    language: str
    stale: bool = False


class Place(NamedTuple):
    """Where somebody signs in: network address, browser, what that browser kept of earlier sign-ins, and the pages' own address."""

    source: str
    client: str
    known: str
    address: str


class WebSession(NamedTuple):
    """One sign-in, for the list of them. `own`: the one that asks."""

    since: str
    seen: str
    source: str
    client: str
    own: bool


class WebSignIns:
    """Sessions of web logins; a host name tells the reseller."""

    def __init__(self, room: Room, audit: Audit, messages: Messages) -> None:
        self._room = room
        self._store = room.store
        self._audit = audit
        self._messages = messages

    def reseller_of(self, host: str) -> Reseller | None:
        """Whose pages are at this host name; the root's where it is nobody's; None in an empty appliance."""
        name = host.partition(":")[0].lower().rstrip(".") if not host.startswith("[") else host
        for row in self._store.resellers.list():
            if name in json.loads(row.web_hosts):
                return row
        return self._store.resellers.root()

    def brand(self, reseller: Reseller) -> str:
        """The name that stands on the pages."""
        return brand_of(self._room, reseller).name

    def ahead(self, reseller_id: int, login: str, password: str) -> Hashes:
        """The costly part, for a thread of its own: it reads by a connection of its own."""
        hashes = Hashes()
        with self._room.store.reader() as tables:
            hashes.prepare([(password, _kept(tables.web_logins.find(reseller_id, login.strip())))])
        return hashes

    def check(self, reseller_id: int, login: str, password: str, hashes: Hashes) -> WebLogin:
        """Whose password that is. Forbidden "sign_in.wrong" for anything that is wrong."""
        row = self._store.web_logins.find(reseller_id, login.strip())
        right = hashes.same(_kept(row), password)
        customer = None if row is None else self._store.customers.get(row.customer_id)
        if row is None or row.password_hash is None or row.disabled or not right or customer is None or customer.archived_at is not None:
            raise Forbidden("sign_in.wrong", field="password")
        return row

    def begin(self, row: WebLogin, reseller: Reseller, place: Place) -> tuple[str, str]:
        """A new session's token, and what the browser keeps so that its place is known the next time."""
        token = base64.urlsafe_b64encode(self._room.random_bytes(TOKEN_BYTES)).rstrip(b"=").decode()
        now = self._room.clock.utcnow()
        known = self._known(place.known)
        with self._room.changes.unit():
            if row.id not in known and any(each.operation == "web.sign_in" for each in self._store.audit.of(KIND, row.id)):
                self._tell_of(row, reseller, place, now)
            self._store.sessions.insert(
                token_hash=token_hash(token),
                kind=KIND,
                subject_id=row.id,
                created_at=now,
                seen_at=now,
                expires_at=now + self._unused_ms(),
                source=place.source,
                client=place.client[:200],
            )
            self._audit.noted(Actor(f"web:{row.login}"), "web.sign_in", KIND, row.id, source=place.source)
        kept = [row.id, *(each for each in known if each != row.id)][:MOST_KNOWN]
        return token, base64.urlsafe_b64encode(self._room.sealer.seal(json.dumps(kept), PLACES)).decode()

    def _known(self, text: str) -> list[int]:
        """The logins that were used at the browser that sends this."""
        try:
            return [int(each) for each in json.loads(self._room.sealer.open(base64.urlsafe_b64decode(text), PLACES))]
        except (ValueError, EnvironmentFault):
            return []

    def _tell_of(self, row: WebLogin, reseller: Reseller, place: Place, now: int) -> None:
        """An e-mail about a sign-in from a new place, where the customer has an address."""
        customer = self._store.customers.get(row.customer_id)
        person = None if customer is None else self._store.people.get(customer.person_id)
        if customer is None or person is None or not person.email:
            return
        language, brand = self._messages.language_of(customer, reseller), brand_of(self._room, reseller)
        values = {
            "customer": person.name,
            "first_name": person.first_name or person.name,
            "login": row.login,
            "time": Words(language).short_moment(now, customer.timezone or reseller.timezone),
            "source": place.source,
            "client": place.client[:200],
            "link": f"{place.address}/security",
            "brand": brand.name,
            "brand_phone": brand.phone,
            "brand_email": brand.email,
        }
        self._messages.outbox.put(
            "web_new_place",
            person.email,
            filled(self._messages.template_of(reseller.id, "web_new_place", language), values, language, brand.name),
            sender=self._messages.outbox.sender_of(brand.mail_from, reseller.sip_domain),
            sender_name=brand.name,
            language=language,
            customer_id=customer.id,
            reseller_id=reseller.id,
        )

    def visitor(self, token: str, reseller_id: int, *, prolong: bool = True) -> Visitor | None:
        """Who sends this token to this reseller's pages; None where nobody does any more. `prolong`: the session was used."""
        if not token:
            return None
        hidden = token_hash(token)
        found = self._store.sessions.find(hidden)
        now = self._room.clock.utcnow()
        if found is None or found.kind != KIND or found.expires_at <= now:
            return None
        row = self._store.web_logins.get(found.subject_id)
        customer = None if row is None or row.disabled or row.reseller_id != reseller_id else self._store.customers.get(row.customer_id)
        if row is None or customer is None or customer.archived_at is not None:
            return None
        stale = now - found.seen_at >= TOUCH_MS
        if prolong and stale:
            with self._room.changes.unit():
                self._store.sessions.touch(hidden, now, now + self._unused_ms())
            stale = False
        return Visitor(actor_for(row, customer), row.login, row.id, customer, bool(row.must_change), customer.language, stale)

    def sign_out(self, token: str) -> None:
        """The session ends on the server."""
        with self._room.changes.unit():
            self._store.sessions.end(token_hash(token))

    def sessions(self, visitor: Visitor, token: str) -> list[WebSession]:
        """Where the login is signed in, the newest first."""
        own, now = token_hash(token), self._room.clock.utcnow()
        rows = [each for each in self._store.sessions.of(KIND, visitor.login_id) if each.expires_at > now]
        return [WebSession(stamp(row.created_at) or "", stamp(row.seen_at) or "", row.source, row.client, row.token_hash == own) for row in rows]

    def end_others(self, visitor: Visitor, token: str) -> int:
        """Sign out everywhere but here; how many."""
        with self._room.changes.unit():
            return self._store.sessions.end_all(KIND, visitor.login_id, token_hash(token))

    def make_password(self) -> str:
        """A new one that can be typed on a phone's keys."""
        return make_password(self._room.random_bytes)

    # passwords -----------------------------------------------------------------------------------------------------
    def password_ahead(self, visitor: Visitor, old: str, new: str) -> Hashes:
        """The costly part of `set_password`, for a thread of its own."""
        hashes = Hashes()
        with self._room.store.reader() as tables:
            row = tables.web_logins.get(visitor.login_id)
        hashes.prepare([(old, _kept(row))])
        return hashes.prepare_fresh(new)

    def proof_ahead(self, visitor: Visitor, password: str) -> Hashes:
        """The costly part of proving a password, for a thread of its own."""
        hashes = Hashes()
        with self._room.store.reader() as tables:
            hashes.prepare([(password, _kept(tables.web_logins.get(visitor.login_id)))])
        return hashes

    def set_password(self, visitor: Visitor, old: str, new: str, token: str, hashes: Hashes) -> None:
        """A new password, proved by the old; every other session ends. Forbidden own_account.wrong_password."""
        row = self._store.web_logins.get(visitor.login_id)
        if row is None or not hashes.same(_kept(row), old):
            raise Forbidden("own_account.wrong_password", field="old")
        check_sign_in(new, "new", SHORTEST)
        with self._room.changes.unit():
            self._keep(row, hashes.fresh(new), token)

    def forgotten(self, reseller: Reseller, login: str, address: str) -> None:
        """A one-time link by e-mail, where such a login is known and its customer has an address; nothing otherwise, and no word of it.

        `address` is that of the pages ("https://my.example.test").
        """
        row = self._store.web_logins.find(reseller.id, login.strip())
        customer = None if row is None or row.disabled else self._store.customers.get(row.customer_id)
        person = None if customer is None else self._store.people.get(customer.person_id)
        if row is None or customer is None or customer.archived_at is not None or person is None or not person.email:
            return
        code, now = make_code(self._room.random_bytes), self._room.clock.utcnow()
        language = self._messages.language_of(customer, reseller)
        brand = brand_of(self._room, reseller)
        values = {
            "customer": person.name,
            "first_name": person.first_name or person.name,
            "link": f"{address}/new-password?code={code}",
            "login": row.login,
            "brand": brand.name,
            "brand_phone": brand.phone,
            "brand_email": brand.email,
        }
        content = filled(self._messages.template_of(reseller.id, "web_password", language), values, language, brand.name)
        with self._room.changes.unit():
            self._store.sessions.drop_codes(RESET, row.id)
            self._store.sessions.insert_code(code_hash(code), RESET, row.id, now, now + RESET_MS)
            self._messages.outbox.put(
                "web_password",
                person.email,
                content,
                sender=self._messages.outbox.sender_of(brand.mail_from, reseller.sip_domain),
                sender_name=brand.name,
                language=language,
                customer_id=customer.id,
                reseller_id=reseller.id,
            )

    def invite(self, row: WebLogin) -> str:
        """In the open unit of work: the code of a link by which somebody without a password chooses one, good for 30 days; earlier ones end."""
        code, now = make_code(self._room.random_bytes), self._room.clock.utcnow()
        self._store.sessions.drop_codes(RESET, row.id)
        self._store.sessions.insert_code(code_hash(code), RESET, row.id, now, now + INVITED_MS)
        return code

    def renew(self, reseller_id: int, code: str, new: str, hashes: Hashes) -> str:
        """Spend the link's code for a new password; the login. UserError operator.code_wrong where it is none or too old."""
        check_sign_in(new, "new", SHORTEST)
        with self._room.changes.unit():
            found = self._store.sessions.use_code(code_hash(code), RESET, self._room.clock.utcnow())
            row = None if found is None or found.subject_id is None else self._store.web_logins.get(found.subject_id)
            if row is None or row.reseller_id != reseller_id or row.disabled:
                raise UserError("operator.code_wrong", field="code")
            self._keep(row, hashes.fresh(new), "")
        return row.login

    def _keep(self, row: WebLogin, hashed: str, token: str) -> None:
        self._store.web_logins.update(row.id, {"password_hash": hashed, "must_change": 0})
        self._store.sessions.end_all(KIND, row.id, token_hash(token) if token else "")
        self._audit.noted(Actor(f"web:{row.login}"), "web.set_password", KIND, row.id)
        self._room.changes.note("web_login", row.id)

    def _unused_ms(self) -> int:
        return int(self._room.settings.get("web.session_hours", 24)) * 3_600_000


def actor_for(row: WebLogin, customer: Customer) -> Actor:
    """Whoever signs in with this login: may read what is his customer's."""
    return Actor(f"web:{row.login}", None, (Grant("read-only", shop_id=customer.id, scopes=SCOPES),), language=customer.language)


def _kept(row: WebLogin | None) -> str:
    return _nobody() if row is None or row.password_hash is None else row.password_hash


@cache
def _nobody() -> str:
    """A hash that no password is of, so that an unknown login costs as much time as a known one."""
    return hasher().hash("nobody has this password")

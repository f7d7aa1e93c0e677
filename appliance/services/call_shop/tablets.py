"""The tablet in a booth: shown what the guest in it owes, and nothing else (product.md N9).

Law: a tablet is let in by a code that somebody of the shop asked for, good for minutes and once; its session belongs to that one
booth, knows no operator, and ends when the shop says so or the booth is none any more.
"""

from __future__ import annotations

from typing import NamedTuple

from appliance.errors import UserError
from appliance.services.call_shop.places import USE, Place, Places
from appliance.services.ground.access import Actor, Grant
from appliance.services.ground.audit import Audit
from appliance.services.ground.moments import stamp
from appliance.services.ground.passwords import code_hash, token_hash
from appliance.services.ground.room import Room
from appliance.store.endpoints import Endpoint
from appliance.store.sessions import Session
from appliance.wire.booths import TabletCode, TabletPage, TabletView
from appliance.wire.shapes import ById, Done

KIND = "booth"
PURPOSE = "booth-tablet"
PATH = "/booth"
CODE_MS = 10 * 60_000
CODE_SIGNS = 8
UNUSED_MS = 180 * 86_400_000
TOUCH_MS = 3_600_000
MOST = 4
"""Tablets of one booth; the oldest gives way."""
SCOPES = frozenset({"shop.read"})


class Tablet(NamedTuple):
    """Who a tablet's session is: `actor` may look at the shop's booths; `booth` is the one that it is shown."""

    actor: Actor
    booth: int
    shop: int
    name: str
    language: str
    timezone: str


class Tablets:
    """Codes and sessions of tablets; only their hashes are kept."""

    def __init__(self, room: Room, places: Places, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._places = places
        self._audit = audit

    def code(self, actor: Actor, request: ById) -> TabletCode:
        """A new code for a booth; one that was not used yet is void."""
        _place, endpoint = self._places.booth(actor, request.id, USE, "id")
        now = self._room.clock.utcnow()
        code = str(int.from_bytes(self._room.random_bytes(8)) % 10**CODE_SIGNS).zfill(CODE_SIGNS)
        with self._room.changes.unit():
            self._store.sessions.drop_codes(PURPOSE, endpoint.id)
            self._store.sessions.insert_code(code_hash(code), PURPOSE, endpoint.id, now, now + CODE_MS)
            self._audit.noted(actor, "booths.tablet_code", "booth", endpoint.id)
        shown = f"{code[: CODE_SIGNS // 2]} {code[CODE_SIGNS // 2 :]}"
        return TabletCode(endpoint.id, shown, stamp(now + CODE_MS) or "", PATH, len(self._of(endpoint.id)))

    def list(self, actor: Actor, request: ById) -> TabletPage:
        """The tablets of a booth, the newest first."""
        _place, endpoint = self._places.booth(actor, request.id, USE, "id")
        return TabletPage([_view(row) for row in self._of(endpoint.id)])

    def end(self, actor: Actor, request: ById) -> Done:
        """No tablet shows this booth any more; a code that waits is void."""
        _place, endpoint = self._places.booth(actor, request.id, USE, "id")
        with self._room.changes.unit():
            self._store.sessions.drop_codes(PURPOSE, endpoint.id)
            self._store.sessions.end_all(KIND, endpoint.id)
            self._audit.noted(actor, "booths.end_tablets", "booth", endpoint.id)
        return Done(endpoint.id)

    # at the tablet -------------------------------------------------------------------------------------------------
    def pair(self, code: str, token: str, source: str, client: str) -> None:
        """Spend a code for the session of `token`. UserError operator.code_wrong whatever is wrong with it."""
        now = self._room.clock.utcnow()
        with self._room.changes.unit():
            spent = self._store.sessions.use_code(code_hash(code), PURPOSE, now)
            if spent is None or spent.subject_id is None or self._shown(spent.subject_id) is None:
                raise UserError("operator.code_wrong", field="code")
            booth = spent.subject_id
            for row in self._of(booth)[MOST - 1 :]:
                self._store.sessions.end(row.token_hash)
            self._store.sessions.insert(
                token_hash=token_hash(token),
                kind=KIND,
                subject_id=booth,
                created_at=now,
                seen_at=now,
                expires_at=now + UNUSED_MS,
                source=source,
                client=client[:200],
            )
            self._audit.noted(Actor("tablet"), "booths.tablet_paired", "booth", booth, source=source)

    def tablet(self, token: str) -> Tablet | None:
        """Whose token that is; None where it shows nothing any more."""
        found = self._store.sessions.find(token_hash(token)) if token else None
        now = self._room.clock.utcnow()
        if found is None or found.kind != KIND or found.expires_at <= now:
            return None
        shown = self._shown(found.subject_id)
        if shown is None:
            return None
        place, endpoint = shown
        if now - found.seen_at >= TOUCH_MS:
            with self._room.changes.unit():
                self._store.sessions.touch(found.token_hash, now, now + UNUSED_MS)
        actor = _reader(endpoint.id, place.id)
        return Tablet(actor, endpoint.id, place.id, place.shop.name, place.language, place.timezone)

    def _shown(self, endpoint_id: int) -> tuple[Place, Endpoint] | None:
        endpoint = self._store.endpoints.get(endpoint_id)
        shop = None if endpoint is None or endpoint.archived_at is not None else self._store.customers.get(endpoint.customer_id)
        if endpoint is None or shop is None or not shop.call_shop or shop.archived_at is not None:
            return None
        return self._places.booth(_reader(endpoint.id, shop.id), endpoint.id, "shop.read")

    def _of(self, booth: int) -> tuple[Session, ...]:
        now = self._room.clock.utcnow()
        return tuple(row for row in self._store.sessions.of(KIND, booth) if row.expires_at > now)


def _view(row: Session) -> TabletView:
    return TabletView(stamp(row.created_at) or "", stamp(row.seen_at) or "", row.source, row.client)


def _reader(booth: int, shop: int) -> Actor:
    return Actor(f"tablet:{booth}", None, (Grant("read-only", shop_id=shop, scopes=SCOPES),))

"""Programs elsewhere that are told of events: what happened is put into a queue by the unit of work in which it happened (product.md P15).

Law: nothing here sends. An event is told at least once, and as it was when it happened; a queue is bounded and told in its order, a program
that does not answer holds up no other, and what is given up stays to be looked at and sent again. What was refused `TRIES_IN_ORDER` times steps
aside, so that one event that a program cannot take does not keep all later ones from it.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Container, Sequence
from typing import NamedTuple

from msgspec import UNSET

from appliance.clock import rfc3339
from appliance.errors import EnvironmentFault, NotFound, UserError
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.columns import Sql
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.put_away import need_alive
from appliance.services.ground.room import Room
from appliance.services.webhook_events import EVENTS, TEST, Event, Events
from appliance.store.webhooks import Delivery, Webhook
from appliance.webhook_post import signature, target
from appliance.wire import webhooks as wire
from appliance.wire.changes import Change
from appliance.wire.shapes import ById, Done, Listing, Restored

log = logging.getLogger("tollhouse.webhooks")

WAITS_SECONDS = (10, 60, 300, 1800, 2 * 3600, 6 * 3600, 12 * 3600)
"""The pauses after each try that failed; after the last the event is given up."""

TRIES_IN_ORDER = 3
"""As long as these take the whole queue waits for its oldest event."""

MOST_WAITING = 10_000
MOST_HOOKS = 20
LONGEST_NAME = 100
LONGEST_ERROR = 300
SECRET_BYTES = 32
KEPT_MS = 30 * 86_400_000
STATES = ("", "waiting", "sent", "dead")


class Outgoing(NamedTuple):
    """One event ready to leave. `near`: this computer and its network are allowed."""

    id: int
    webhook: int
    url: str
    body: bytes
    headers: dict[str, str]
    near: bool


Known = list[tuple[Webhook, frozenset[str], frozenset[int]]]
"""What is in use: its events, and the resellers of its branch."""


class WebhookSet:
    """One for each server. What is in use is known in memory until it changes."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._events = Events(room)
        self._hooks: Known | None = None
        room.changes.before(self._gather, *self._events.kinds, anybody=lambda: bool(self._known()))
        room.changes.listen(self._changed, "webhook", "reseller")
        room.changes.on_undo(self._forget)

    # requests ------------------------------------------------------------------------------------------------------
    def list(self, actor: Actor, request: Listing) -> wire.WebhookPage:
        """Those of the resellers where the actor may look."""
        reach = self._access.reach(actor, "operators.read")
        named = None if request.reseller is None else self._lookups.reseller(actor, request.reseller, "operators.read").id
        rows = [row for row in self._store.webhooks.list(archived=request.archived) if reach is None or row.reseller_id in reach]
        return wire.WebhookPage([self._view(row) for row in rows if named in (None, row.reseller_id)], list(EVENTS))

    def create(self, actor: Actor, request: wire.WebhookCreate) -> wire.WebhookCreated:
        """A new one; its secret is in the reply and never shown again."""
        with self._room.changes.unit():
            reseller = self._lookups.reseller(actor, request.reseller, "operators.write")
            self._check_number(reseller.id)
            secret = base64.urlsafe_b64encode(self._room.random_bytes(SECRET_BYTES)).rstrip(b"=").decode()
            fields: dict[str, Sql] = {"name": self._name(request.name), "url": self._url(request.url), "events": _events(request.events)}
            sealed = self._room.sealer.seal(secret, _purpose(reseller.id))
            row_id = self._store.webhooks.insert(reseller_id=reseller.id, secret=sealed, made_at=self._room.clock.utcnow(), **fields)
            self._audit.made(actor, "webhooks.create", "webhook", row_id, fields)
            self._room.changes.note("webhook", row_id)
            self._forget()
            return wire.WebhookCreated(secret, self._view(self._row(actor, row_id, "operators.write")))

    def update(self, actor: Actor, request: wire.WebhookUpdate) -> wire.WebhookView:
        """What was sent is changed; a new address or one that is enabled again is tried at once."""
        with self._room.changes.unit():
            row = self._row(actor, request.id, "operators.write")
            changes: dict[str, Sql] = {}
            if request.name is not UNSET:
                changes["name"] = self._name(request.name)
            if request.url is not UNSET:
                changes["url"] = self._url(request.url)
            if request.events is not UNSET:
                changes["events"] = _events(request.events)
            if request.disabled is not UNSET:
                changes["disabled"] = int(request.disabled)
            changes = {name: value for name, value in changes.items() if getattr(row, name) != value}
            if changes:
                self._store.webhooks.update(row.id, {**changes, "rests_until": 0}, request.version)
                self._store.webhook_deliveries.hurry(row.id, self._room.clock.utcnow())
                self._audit.changed(actor, "webhooks.update", "webhook", row.id, {name: getattr(row, name) for name in changes}, changes)
                self._room.changes.note("webhook", row.id)
                self._forget()
            return self._view(self._row(actor, row.id, "operators.write"))

    def archive(self, actor: Actor, request: ById) -> Done:
        """It is told nothing more."""
        with self._room.changes.unit():
            row = self._row(actor, request.id, "operators.write")
            self._store.webhooks.archive(row.id, self._room.clock.utcnow())
            self._audit.noted(actor, "webhooks.archive", "webhook", row.id, name=row.name)
            self._room.changes.note("webhook", row.id)
            self._forget()
            return Done(row.id)

    def restore(self, actor: Actor, request: ById) -> Restored:
        """It is told again, with the secret it had; what happened meanwhile is not."""
        with self._room.changes.unit():
            row = self._row(actor, request.id, "operators.write", archived=True)
            if row.archived_at is None:
                return Restored(row.id, [])
            owner = self._store.resellers.get(row.reseller_id)
            assert owner is not None  # foreign key
            need_alive(owner.name, owner.archived_at)
            self._check_number(row.reseller_id)
            self._store.webhooks.restore(row.id, request.version)
            self._audit.noted(actor, "webhooks.restore", "webhook", row.id, name=row.name)
            self._room.changes.note("webhook", row.id)
            self._forget()
            return Restored(row.id, [])

    def test(self, actor: Actor, request: ById) -> wire.DeliveryView:
        """An event that says nothing, to see whether it arrives."""
        with self._room.changes.unit():
            row = self._row(actor, request.id, "operators.write")
            now = self._room.clock.utcnow()
            self._store.webhooks.went(row.id, {"rests_until": 0})
            made = self._put(row, Event(TEST, 0, now, now, row.reseller_id, {"webhook": row.name}))
            if made is None:
                raise UserError("webhook.full", most=MOST_WAITING)
            return _delivery(made)

    def deliveries(self, actor: Actor, request: wire.DeliveryList) -> wire.DeliveryPage:
        """What it was told, what waits, what was given up."""
        if request.state not in STATES:
            raise UserError("field.not_a_choice", field="state", choices=", ".join(STATES[1:]))
        row = self._row(actor, request.id, "operators.read")
        limit = max(1, min(request.limit, 1000))
        found = list(self._store.webhook_deliveries.newest(row.id, request.state, max(0, request.after), limit + 1))
        return wire.DeliveryPage([_delivery(each) for each in found[:limit]], found[limit - 1].id if len(found) > limit else 0)

    def resend(self, actor: Actor, request: ById) -> wire.DeliveryView:
        """Try one event again at once, one that was given up too."""
        with self._room.changes.unit():
            found = self._store.webhook_deliveries.get(request.id)
            if found is None:
                raise NotFound("webhook.unknown_delivery", field="id", id=request.id)
            hook = self._row(actor, found.webhook_id, "operators.write")
            if found.state != "sent":
                now = self._room.clock.utcnow()
                self._store.webhooks.went(hook.id, {"rests_until": 0})
                self._store.webhook_deliveries.update(found.id, {"state": "waiting", "tries": 0, "next_try_at": now})
                self._room.changes.note("webhook", hook.id)
            return _delivery(self._store.webhook_deliveries.get(found.id) or found)

    # for the sender ------------------------------------------------------------------------------------------------
    def due(self, busy: Container[int] = ()) -> Outgoing | None:
        """What is to be tried now; nothing for a webhook that is `busy` with an earlier one."""
        now = self._room.clock.utcnow()
        found = next((each for each in self._store.webhook_deliveries.heads(now) if each.webhook_id not in busy), None)
        if found is None:
            return None
        hook = self._store.webhooks.get(found.webhook_id)
        assert hook is not None  # foreign key
        body = found.body.encode()
        secret = self._room.sealer.open(hook.secret, _purpose(hook.reseller_id))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Tollhouse",
            "Tollhouse-Event": found.event,
            "Tollhouse-Delivery": str(found.id),
            "Tollhouse-Signature": signature(secret, now // 1000, body),
        }
        return Outgoing(found.id, hook.id, hook.url, body, headers, self._near)

    def settled(self, delivery_id: int, error: str) -> None:
        """What became of a try; "" where it arrived."""
        found = self._store.webhook_deliveries.get(delivery_id)
        if found is None:
            return
        now = self._room.clock.utcnow()
        with self._room.changes.unit():
            tries = found.tries + 1
            if not error:
                self._store.webhook_deliveries.update(found.id, {"state": "sent", "tries": tries, "sent_at": now, "error": None})
            else:
                again = now + WAITS_SECONDS[min(found.tries, len(WAITS_SECONDS) - 1)] * 1000
                state = "dead" if found.event == TEST or tries > len(WAITS_SECONDS) else "waiting"
                changes: dict[str, Sql] = {"state": state, "tries": tries, "next_try_at": again, "error": error[:LONGEST_ERROR]}
                self._store.webhook_deliveries.update(found.id, changes)
                if state == "waiting":
                    rest = WAITS_SECONDS[min(found.tries, TRIES_IN_ORDER - 1)]
                    self._store.webhooks.went(found.webhook_id, {"rests_until": now + rest * 1000})
            self._room.changes.note("webhook", found.webhook_id)

    def forget_old(self) -> None:
        """What was told or given up long ago is removed."""
        with self._room.changes.unit():
            self._store.webhook_deliveries.forget(self._room.clock.utcnow() - KEPT_MS)

    # what happened -------------------------------------------------------------------------------------------------
    def _gather(self, changed: Sequence[tuple[str, tuple[int, ...]]]) -> None:
        """Inside the unit of work in which it happened. A fault here is logged: it undoes no call and no payment."""
        for kind, ids in changed:
            for identity in ids:
                try:
                    with self._room.changes.part():
                        for event in self._events.of(kind, identity):
                            self._tell(event)
                except EnvironmentFault:
                    raise  # the whole unit cannot be kept
                except Exception:
                    log.exception("an event of %s %d could not be put into the queue of webhooks", kind, identity)

    def _tell(self, event: Event) -> None:
        old = self._room.clock.utcnow() - KEPT_MS  # what was told then is forgotten, and not to be told again
        for hook, events, branch in self._known():
            after = event.at >= hook.made_at and event.at > old
            if after and event.name in events and event.reseller_id in branch and not hook.disabled:
                self._put(hook, event)

    def _put(self, hook: Webhook, event: Event) -> Delivery | None:
        deliveries = self._store.webhook_deliveries
        if deliveries.told(hook.id, event.name, event.subject, event.mark):
            return None
        if deliveries.waiting(hook.id) >= MOST_WAITING:
            row = self._store.webhooks.get(hook.id)
            self._store.webhooks.went(hook.id, {"dropped": (row.dropped if row is not None else 0) + 1})
            return None
        now = self._room.clock.utcnow()
        reseller = self._store.resellers.get(event.reseller_id or hook.reseller_id)
        body = {"event": event.name, "at": rfc3339(event.at), "reseller": reseller.name if reseller is not None else None, "data": event.data}
        made = deliveries.insert(
            webhook_id=hook.id,
            event=event.name,
            subject=event.subject,
            mark=event.mark,
            made_at=now,
            body=json.dumps(body, ensure_ascii=False, separators=(",", ":")),
            next_try_at=now,
        )
        self._room.changes.note("webhook", hook.id)
        return deliveries.get(made)

    def _known(self) -> Known:
        if self._hooks is None:
            rows = list(self._store.webhooks.list())
            self._hooks = [(row, frozenset(json.loads(row.events)), frozenset(self._store.resellers.branch(row.reseller_id))) for row in rows]
        return self._hooks

    def _changed(self, changes: Sequence[Change]) -> None:
        self._forget()

    def _forget(self) -> None:
        self._hooks = None

    # parts ---------------------------------------------------------------------------------------------------------
    @property
    def _near(self) -> bool:
        return self._room.settings.get("webhooks.allow_near", False)

    def _check_number(self, reseller_id: int) -> None:
        if sum(1 for row in self._store.webhooks.list() if row.reseller_id == reseller_id) >= MOST_HOOKS:
            raise UserError("webhook.too_many", most=MOST_HOOKS)

    def _row(self, actor: Actor, row_id: int, permission: str, *, archived: bool = False) -> Webhook:
        row = self._store.webhooks.get(row_id)
        if row is None or (row.archived_at is not None and not archived):
            raise NotFound("webhook.unknown", field="id", id=row_id)
        self._access.need(actor, permission, row.reseller_id, what="webhook")
        return row

    def _view(self, row: Webhook) -> wire.WebhookView:
        deliveries, reseller = self._store.webhook_deliveries, self._store.resellers.get(row.reseller_id)
        assert reseller is not None  # foreign key
        dead = sum(1 for _each in deliveries.newest(row.id, "dead", 0, MOST_WAITING))
        last = next(deliveries.newest(row.id, "", 0, 1), None)
        return wire.WebhookView(
            id=row.id,
            version=row.version,
            name=row.name,
            reseller=reseller.name,
            url=row.url,
            events=json.loads(row.events),
            disabled=bool(row.disabled),
            waiting=deliveries.waiting(row.id),
            dead=dead,
            dropped=row.dropped,
            error=(last.error or "") if last is not None else "",
            made_at=rfc3339(row.made_at),
            archived=row.archived_at is not None,
        )

    @staticmethod
    def _name(text: str) -> str:
        name = text.strip()
        if not name or len(name) > LONGEST_NAME:
            raise UserError("field.wrong_name", field="name", longest=LONGEST_NAME)
        return name

    def _url(self, text: str) -> str:
        target(text.strip(), near=self._near)
        return text.strip()


def _events(names: Sequence[str]) -> str:
    """As they are kept; UserError names the one that is none."""
    if not names:
        raise UserError("webhook.no_event", field="events")
    for at, each in enumerate(names):
        if each not in EVENTS:
            raise UserError("field.not_a_choice", field=f"events[{at}]", choices=", ".join(EVENTS))
    return json.dumps(sorted(set(names)))


def _delivery(row: Delivery) -> wire.DeliveryView:
    again = stamp(row.next_try_at) if row.state == "waiting" else None
    return wire.DeliveryView(row.id, row.event, rfc3339(row.made_at), row.state, row.tries, again, stamp(row.sent_at), row.error or "", row.body)


def _purpose(reseller_id: int) -> str:
    return f"webhook:{reseller_id}"

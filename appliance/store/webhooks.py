"""Programs elsewhere that are told of events, and the queue of what is to be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from appliance.store.database import Database, SqlValue
from appliance.store.table import Archived, Table


class Webhook(NamedTuple):
    """`events` is a JSON list, `secret` sealed; nothing is sent to it before `rests_until`."""

    id: int
    reseller_id: int
    name: str
    url: str
    events: str
    secret: bytes
    disabled: int
    dropped: int
    rests_until: int
    made_at: int
    archived_at: int | None
    version: int


class Delivery(NamedTuple):
    """One event to one webhook. `state`: waiting, sent, dead (given up)."""

    id: int
    webhook_id: int
    event: str
    subject: int
    mark: int
    made_at: int
    body: str
    state: str
    tries: int
    next_try_at: int
    sent_at: int | None
    error: str | None


class Webhooks(Archived[Webhook]):
    """Rows of `webhook`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "webhook", Webhook, "name url events disabled rests_until", versioned=True)
        self._state: Table[Webhook] = Table(database, "webhook", Webhook, "dropped rests_until")

    def went(self, row_id: int, changes: Mapping[str, SqlValue]) -> None:
        """How its deliveries went: no new version, which is of what people have set."""
        self._state.update(row_id, changes)

    def list(self, *, archived: bool = False) -> Iterator[Webhook]:
        """All of them, oldest first."""
        return self._rows("" if archived else "WHERE t.archived_at IS NULL")


class Deliveries(Table[Delivery]):
    """Rows of `webhook_delivery`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "webhook_delivery", Delivery, "state tries next_try_at sent_at error")

    def told(self, webhook_id: int, event: str, subject: int, mark: int) -> bool:
        """Whether this event is in the queue of this webhook, or was."""
        sql = "SELECT 1 FROM webhook_delivery WHERE webhook_id = ? AND event = ? AND subject = ? AND mark = ?"
        return self._db.value(sql, (webhook_id, event, subject, mark)) is not None

    def waiting(self, webhook_id: int) -> int:
        """How many wait for one webhook."""
        return int(self._db.value("SELECT count(*) FROM webhook_delivery WHERE webhook_id = ? AND state = 'waiting'", (webhook_id,)) or 0)

    def heads(self, now: int) -> Iterator[Delivery]:
        """The oldest to try of each webhook, the longest due first; what is of one that rests or is out of use waits."""
        where = (
            "JOIN webhook AS w ON t.id = (SELECT min(d.id) FROM webhook_delivery AS d WHERE d.webhook_id = w.id AND d.state = 'waiting' "
            "AND d.next_try_at <= ?1) WHERE w.rests_until <= ?1 AND w.disabled = 0 AND w.archived_at IS NULL ORDER BY t.next_try_at, t.id"
        )
        return self._rows(where, (now,))

    def hurry(self, webhook_id: int, now: int) -> None:
        """What waits for one webhook may be tried at once."""
        self._db.change(
            "UPDATE webhook_delivery SET next_try_at = ?2 WHERE webhook_id = ?1 AND state = 'waiting' AND next_try_at > ?2", (webhook_id, now)
        )

    def newest(self, webhook_id: int, state: str, before_id: int, limit: int) -> Iterator[Delivery]:
        """Of one webhook, newest first, from before a given one (0: all). `state`: "" for all."""
        where = "WHERE t.webhook_id = ?1 AND (?2 = '' OR t.state = ?2) AND (?3 = 0 OR t.id < ?3) ORDER BY t.id DESC LIMIT ?4"
        return self._rows(where, (webhook_id, state, before_id, limit))

    def forget(self, before: int) -> int:
        """Remove what was sent or given up and is older; how many."""
        return self._db.change("DELETE FROM webhook_delivery WHERE made_at < ? AND state <> 'waiting'", (before,))

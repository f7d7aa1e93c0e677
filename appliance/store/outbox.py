"""Messages to send: put in by the unit that caused them, sent after it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class Message(NamedTuple):
    """`message` is the sealed e-mail, empty once it went.

    `attachment` names the paper that goes with it ("invoice:ID"), drawn when it leaves.
    `sent_at` None: still to send, not before `next_try_at`; tried and without `next_try_at`: given up.
    """

    id: int
    made_at: int
    kind: str
    customer_id: int | None
    reseller_id: int | None
    recipient: str
    message: bytes
    sent_at: int | None
    tries: int
    next_try_at: int | None
    error: str | None
    attachment: str


_WAITS = "t.sent_at IS NULL AND (t.tries = 0 OR t.next_try_at IS NOT NULL)"
_STATES = {"": "1", "waiting": _WAITS, "sent": "t.sent_at IS NOT NULL", "failed": "t.sent_at IS NULL AND t.tries > 0 AND t.next_try_at IS NULL"}


class Outbox(Table[Message]):
    """Rows of `outbox`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "outbox", Message)

    def put(
        self,
        made_at: int,
        kind: str,
        recipient: str,
        message: bytes,
        *,
        customer_id: int | None = None,
        reseller_id: int | None = None,
        attachment: str = "",
    ) -> int:
        """A message to send; its id."""
        return self.insert(
            made_at=made_at, kind=kind, recipient=recipient, message=message, customer_id=customer_id, reseller_id=reseller_id, attachment=attachment
        )

    def due(self, at: int, limit: int = 50) -> list[Message]:
        """To send now, oldest first."""
        return list(self._rows(f"WHERE {_WAITS} AND coalesce(t.next_try_at, 0) <= ? ORDER BY t.id LIMIT ?", (at, limit)))

    def next_time(self) -> int | None:
        """When the first of those that wait may be tried; None where none waits."""
        found: int | None = self._db.value(f"SELECT min(coalesce(t.next_try_at, 0)) FROM outbox t WHERE {_WAITS}")
        return found

    def waiting(self) -> int:
        """How many wait to be sent."""
        return int(self._db.value(f"SELECT count(*) FROM outbox t WHERE {_WAITS}") or 0)

    def newest(self, state: str = "", *, customer_id: int | None = None, before_id: int | None = None) -> Iterator[Message]:
        """Newest first, from before a given one. `state`: "", waiting, sent or failed."""
        where = f"WHERE {_STATES[state]} AND (?1 IS NULL OR t.customer_id = ?1) AND (?2 IS NULL OR t.id < ?2) ORDER BY t.id DESC"
        return self._rows(where, (customer_id, before_id))

    def sent(self, message_id: int, at: int) -> None:
        """It went; what it said is kept no longer."""
        self._db.change(
            "UPDATE outbox SET sent_at = ?, tries = tries + 1, error = NULL, next_try_at = NULL, message = x'' WHERE id = ?", (at, message_id)
        )

    def failed(self, message_id: int, error: str, next_try_at: int | None) -> None:
        """It did not go; when to try again, None: never."""
        self._db.change("UPDATE outbox SET tries = tries + 1, error = ?, next_try_at = ? WHERE id = ?", (error, next_try_at, message_id))

    def again(self, message_id: int, at: int) -> None:
        """Try it once more, from `at` on."""
        self._db.change("UPDATE outbox SET next_try_at = ? WHERE id = ? AND sent_at IS NULL", (at, message_id))

    def remove_before(self, at: int) -> int:
        """Forget what was sent or given up and is older; how many."""
        return self._db.change(f"DELETE FROM outbox AS t WHERE t.made_at < ? AND NOT ({_WAITS})", (at,))

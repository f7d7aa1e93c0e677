"""The audit log: who changed what, with the values before and after (product.md P9).

Passwords, hashes and sealed secrets never enter it: their names are noted as changed, their values are not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from appliance.services.ground.access import Actor
from appliance.services.ground.room import Room

SECRET = frozenset(
    {"password", "password_hash", "password_sealed", "totp_sealed", "ha1_md5", "ha1_sha256", "token_hash", "code_hash", "certificate_sealed"}
)


class Audit:
    """Writes inside the open unit of work."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def made(self, actor: Actor, operation: str, kind: str, row_id: int, after: Mapping[str, object]) -> None:
        """A new thing."""
        self._write(actor, operation, kind, row_id, None, _plain(after))

    def changed(self, actor: Actor, operation: str, kind: str, row_id: int, before: Mapping[str, object], after: Mapping[str, object]) -> None:
        """Only the fields that differ are kept; nothing is written where none does."""
        names = [name for name, value in after.items() if before.get(name) != value]
        if names:
            self._write(
                actor, operation, kind, row_id, _plain({name: before.get(name) for name in names}), _plain({name: after[name] for name in names})
            )

    def noted(self, actor: Actor, operation: str, kind: str, row_id: int, **facts: object) -> None:
        """Something was done or shown that changes no field: a password revealed, a payment reversed."""
        self._write(actor, operation, kind, row_id, None, _plain(facts))

    def _write(self, actor: Actor, operation: str, kind: str, row_id: int, before: Mapping[str, object] | None, after: Mapping[str, object]) -> None:
        self._room.store.audit.insert(
            at=self._room.clock.utcnow(),
            operator_id=actor.operator_id,
            who=actor.name,
            operation=operation,
            object_kind=kind,
            object_id=row_id,
            before=None if before is None else json.dumps(before, ensure_ascii=False),
            after=json.dumps(after, ensure_ascii=False),
        )


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {
        name: "(secret)" if name in SECRET and value is not None else value if isinstance(value, (str, int, bool, type(None))) else str(value)
        for name, value in values.items()
    }

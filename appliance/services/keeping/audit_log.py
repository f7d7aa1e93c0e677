"""Reading the audit log."""

from __future__ import annotations

import json

from appliance.services.ground.access import Access, Actor
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room
from appliance.wire.audit import AuditList, AuditPage, AuditView


class AuditLog:
    """For those who may see all of the appliance."""

    def __init__(self, room: Room, access: Access) -> None:
        self._store = room.store
        self._access = access

    def list(self, actor: Actor, request: AuditList) -> AuditPage:
        """Acts, newest first; of one thing where it is named."""
        self._access.need(actor, "audit.read", None)
        limit = max(1, min(request.limit, 1000))
        if request.kind:
            rows = [row for row in self._store.audit.of(request.kind, request.id) if not request.after or row.id < request.after][: limit + 1]
        else:
            rows = list(self._store.audit.list(before_id=request.after or None, limit=limit + 1))
        acts = [
            AuditView(
                row.id,
                stamp(row.at) or "",
                row.who,
                row.operation,
                row.object_kind,
                row.object_id or 0,
                None if row.before is None else json.loads(row.before),
                None if row.after is None else json.loads(row.after),
            )
            for row in rows[:limit]
        ]
        return AuditPage(acts, acts[-1].id if len(rows) > limit else 0)

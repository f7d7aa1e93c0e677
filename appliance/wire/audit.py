"""The audit log: who changed what."""

from __future__ import annotations

from appliance.wire.shapes import Request, View


class AuditList(Request, frozen=True):
    """Newest first; of one thing where `kind` and `id` are given. `after` is the last page's `next`."""

    kind: str = ""
    id: int = 0
    after: int = 0
    limit: int = 100


class AuditView(View, frozen=True):
    """One act with the values before and after (null where there were none)."""

    id: int
    at: str
    who: str
    operation: str
    kind: str
    object_id: int
    before: dict[str, object] | None
    after: dict[str, object] | None


class AuditPage(View, frozen=True):
    """`next` is 0 on the last page."""

    acts: list[AuditView]
    next: int = 0

"""The audit log: who changed what."""

from __future__ import annotations

from appliance.wire.shapes import Request, View


class AuditFilter(Request, frozen=True):
    """Which acts; what is left out does not bound.

    `search` is part of who did it. `kind` is the kind of thing (customer, tariff, …), `id` one of them. `operation`: the act, or its
    beginning (`payments.`). `since` and `until` (not included): RFC 3339, or an ISO date (its midnight, UTC).
    """

    search: str = ""
    kind: str = ""
    id: int = 0
    operation: str = ""
    since: str | None = None
    until: str | None = None


class AuditList(AuditFilter, frozen=True):
    """One page, the newest first; `after` is the last page's `next`."""

    after: int = 0
    limit: int = 100


class AuditExport(AuditFilter, frozen=True):
    """All acts of the filter, the newest first, as a file; `before` and `after` in it are JSON."""


class AuditView(View, frozen=True):
    """One act with the values before and after (null where there were none).

    `subject` is what the thing is called now, "" where it has no name or is not there any more.
    """

    id: int
    at: str
    who: str
    operation: str
    kind: str
    object_id: int
    before: dict[str, object] | None
    after: dict[str, object] | None
    subject: str = ""


class AuditPage(View, frozen=True):
    """`next` is 0 on the last page."""

    acts: list[AuditView]
    next: int = 0

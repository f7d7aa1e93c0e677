"""Reading the audit log: narrowed by person, thing, act and period, and as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from appliance.services.ground import cells
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.moments import moment, stamp
from appliance.services.ground.reading import Reading
from appliance.services.ground.room import Room
from appliance.store.audit import Audit, AuditWanted
from appliance.store.nouns import Nouns
from appliance.store.table import Table
from appliance.wire.audit import AuditExport, AuditFilter, AuditList, AuditPage, AuditView
from appliance.wire.cdrs import CsvText

MOST = 1000
EXPORT_ROWS = 500  # in one part of a file
FIELDS = ("at", "who", "operation", "kind", "object_id", "subject", "before", "after")


class AuditLog:
    """For those who may see all of the appliance."""

    def __init__(self, room: Room, access: Access) -> None:
        self._access = access

    def list(self, actor: Actor, request: AuditList) -> Reading:
        """One page of acts, newest first."""
        wanted = self._wanted(actor, request)
        limit = max(1, min(request.limit, MOST))

        def run(tables: Nouns) -> AuditPage:
            rows = list(tables.audit.list(wanted, before_id=request.after or None, limit=limit + 1))
            acts = [_view(tables, row) for row in rows[:limit]]
            return AuditPage(acts, acts[-1].id if len(rows) > limit else 0)

        return Reading(run)

    def export(self, actor: Actor, request: AuditExport) -> Reading:
        """All acts of the filter as comma-separated values."""
        wanted = self._wanted(actor, request)

        def lines(tables: Nouns) -> Iterator[str]:
            yield cells.lines([FIELDS])
            before: int | None = None
            while rows := list(tables.audit.list(wanted, before_id=before, limit=EXPORT_ROWS)):
                before = rows[-1].id
                yield cells.lines(
                    [stamp(row.at), row.who, row.operation, row.object_kind, row.object_id, subject(tables, row), row.before, row.after]
                    for row in rows
                )

        return Reading(lambda tables: CsvText("".join(lines(tables))), lines, "audit.csv")

    def _wanted(self, actor: Actor, request: AuditFilter) -> AuditWanted:
        self._access.need(actor, "audit.read", None)
        since, until = moment(request.since, "since"), moment(request.until, "until")
        return AuditWanted(request.search.strip(), request.kind, request.id or None, request.operation, since, until)


def subject(tables: Nouns, act: Audit) -> str:
    """What the thing of an act is called now; "" where it has no name of its own."""
    if act.object_id is None:
        return ""
    if act.object_kind == "monthly_fee":
        fee = tables.fees.get(act.object_id)
        return "" if fee is None else fee.name
    if act.object_kind == "operator":
        operator = tables.operators.get(act.object_id)
        return "" if operator is None else operator.login
    if act.object_kind == "endpoint":
        endpoint = tables.endpoints.get(act.object_id)
        return "" if endpoint is None else endpoint.number
    named: dict[str, Table[Any]] = {
        "customer": tables.customers,
        "shop": tables.customers,
        "reseller": tables.resellers,
        "tariff": tables.tariffs,
        "trunk": tables.trunks,
        "bundle": tables.bundles,
        "account": tables.accounts,
        "webhook": tables.webhooks,
        "tax": tables.taxes,
        "till": tables.tills,
        "goods": tables.goods,
    }
    table = named.get(act.object_kind)
    row = None if table is None else table.get(act.object_id)
    return str(getattr(row, "name", ""))


def _view(tables: Nouns, row: Audit) -> AuditView:
    return AuditView(
        row.id,
        stamp(row.at) or "",
        row.who,
        row.operation,
        row.object_kind,
        row.object_id or 0,
        None if row.before is None else json.loads(row.before),
        None if row.after is None else json.loads(row.after),
        subject(tables, row),
    )

"""Invoices that make themselves: on a reseller's day of the month, for the month before, a few a step.

Law: a run that broke off goes on where it was, for an account that was invoiced has nothing more to tell; a run that is over has its row.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from appliance.errors import UserError
from appliance.services.ground.access import folder_owner
from appliance.services.ground.numbering import time_is_certain
from appliance.services.ground.room import Room
from appliance.services.money.invoice_draft import boundary
from appliance.services.money.invoices import Invoices
from appliance.services.money.layouts import layout_of
from appliance.store.resellers import Reseller

log = logging.getLogger(__name__)
A_STEP = 5
LOOK_MS = 600_000
ACTOR = folder_owner("invoice run")


class InvoiceRuns:
    """`step` is the job's work."""

    def __init__(self, room: Room, invoices: Invoices) -> None:
        self._room = room
        self._store = room.store
        self._invoices = invoices
        self._work: Iterator[None] | None = None
        self._looked = -LOOK_MS

    def step(self) -> None:
        """Goes on with the run under way, or looks whether one is due."""
        now = self._room.clock.utcnow()
        if self._work is None:
            if now - self._looked < LOOK_MS or not time_is_certain(self._room):
                return
            self._looked = now
            self._work = self._runs()
        if next(self._work, self) is self:
            self._work = None

    def _runs(self) -> Iterator[None]:
        for reseller in list(self._store.resellers.list()):
            day = layout_of(self._store, reseller.id).run_day
            today = datetime.fromtimestamp(self._room.clock.utcnow() / 1000, UTC).astimezone(ZoneInfo(reseller.timezone)).date()
            if day is not None and today.day >= day:
                yield from self._run(reseller, today.replace(day=1))

    def _run(self, reseller: Reseller, until: date) -> Iterator[None]:
        until_at = boundary(until.isoformat(), "until", reseller.timezone)
        if self._store.documents.run_done(reseller.id, until_at):
            return
        accounts = [row for row in self._store.accounts.list("credit", reseller.id) if row.tax_point == "usage"]
        for at in range(0, len(accounts), A_STEP):
            self._room.changes.begin()
            for account in accounts[at : at + A_STEP]:
                try:
                    with self._room.changes.unit():
                        self._invoices.issue_due(ACTOR, account, until.isoformat())
                except UserError as error:  # one account's fault keeps nobody else from his invoice
                    log.warning("invoice of account %d: %s", account.id, error)
            yield None
        self._room.changes.begin()
        with self._room.changes.unit():
            self._store.documents.end_run(reseller.id, until_at, self._room.clock.utcnow())

"""Facts as they are printed and listed: calls, balances, postings, registrations. Reads alone, and computes nothing.

Over the writer's tables or over a read-only connection beside a running server; rows stream, so that a million pass
in flat memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from appliance.clock import rfc3339
from appliance.money import format_amount
from appliance.store.cdrs import EVERY, CdrFilter, CdrLine, ChargeLine
from appliance.store.nouns import Nouns
from appliance.store.store import Reader
from appliance.wire.records import Balance, BindingView, Cdr, ChargeView, LedgerLine, MediaView


class Listing:
    """Rows of one connection as the wire's views."""

    def __init__(self, nouns: Nouns) -> None:
        self._nouns = nouns

    def cdrs(self, which: CdrFilter = EVERY, *, after_id: int | None = None, newest_first: bool = False, limit: int = -1) -> Iterator[Cdr]:
        """Call records in the order they were begun."""
        return (cdr_view(line) for line in self._nouns.cdrs.lines(which, after_id=after_id, newest_first=newest_first, limit=limit))

    def balances(self, reserved: Mapping[int, int] | None = None, resellers: Iterable[int] | None = None) -> Iterator[Balance]:
        """Credit accounts; `reserved` in micros by account id, as running calls hold it; of these resellers' books, or of all."""
        held = reserved or {}
        for row in self._nouns.accounts.balances(resellers):
            yield Balance(
                account=row.account,
                reseller=row.reseller,
                owner=row.owner,
                currency=row.currency,
                balance=format_amount(row.balance_micros),
                credit_limit=format_amount(row.credit_limit_micros),
                reserved=format_amount(held.get(row.id, 0)),
            )

    def ledger(self) -> Iterator[LedgerLine]:
        """One line a posting, in the order they were written."""
        for row in self._nouns.ledger.lines():
            yield LedgerLine(
                entry=row.entry,
                at=rfc3339(row.at),
                kind=row.kind,
                reference=row.reference,
                call_id=row.call_id,
                account=row.account,
                currency=row.currency,
                amount=format_amount(row.amount_micros),
                balance_after=format_amount(row.balance_after_micros),
            )

    def bindings(self, now: int) -> Iterator[BindingView]:
        """Registrations not yet expired at `now` (milliseconds UTC)."""
        for row in self._nouns.bindings.lines(now):
            yield BindingView(
                endpoint=row.endpoint,
                contact=row.contact,
                source=row.source,
                transport=row.transport,
                expires_at=rfc3339(row.expires_at),
                user_agent=row.user_agent,
            )


@contextmanager
def listing_of(folder: Path) -> Iterator[Listing]:
    """A listing over a connection of its own, all rows of one moment; EnvironmentFault where the folder has no database we can read."""
    with Reader(folder) as reader, reader.snapshot():
        yield Listing(reader)


def _charge(line: ChargeLine) -> ChargeView:
    return ChargeView(
        party=line.party,
        level=line.level,
        tariff=line.tariff,
        billed_seconds=line.billed_seconds,
        amount=format_amount(line.amount_micros),
        currency=line.currency,
        explanation=json.loads(line.explanation),
    )


def _media(text: str | None) -> MediaView:
    found = json.loads(text) if text else {}
    return MediaView(
        relayed=bool(found.get("relayed", False)),
        packets=int(found.get("packets", 0)),
        loss=int(found.get("loss", 0)),
        jitter=int(found.get("jitter", found.get("jitter_ms", 0))),
        mos=found.get("mos"),
        round_trip=found.get("round_trip"),
    )


def cdr_view(line: CdrLine) -> Cdr:
    """One record as the wire has it."""
    return Cdr(
        id=line.id,
        call_id=line.call_id,
        started_at=rfc3339(line.started_at),
        answered_at=None if line.answered_at is None else rfc3339(line.answered_at),
        ended_at=rfc3339(line.ended_at),
        duration_ms=line.duration_ms,
        billed_seconds=line.billed_seconds,
        customer=line.customer,
        endpoint=line.endpoint,
        caller=line.caller,
        dialled=line.dialled,
        normalised=line.normalised,
        destination=line.destination,
        prefix=line.prefix,
        trunk=line.trunk,
        trunk_call_id=line.trunk_call_id,
        source=line.source,
        user_agent=line.user_agent,
        callee=line.callee,
        result=line.result,
        cause=line.cause,
        ended_by=line.ended_by,
        charges=[_charge(charge) for charge in line.charges],
        cost=format_amount(line.cost_micros),
        cost_currency=line.cost_currency,
        currency=line.currency,
        media=_media(line.media),
        direction=line.direction,
        emergency=bool(line.emergency),
        time_uncertain=bool(line.time_uncertain),
    )

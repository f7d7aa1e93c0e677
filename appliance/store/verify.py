"""Proves the books and the database: every sentence of the spec about them as a query that must find nothing.

Reads one snapshot, so it runs beside a serving server. It trusts nothing that the triggers keep.
"""

from __future__ import annotations

from typing import NamedTuple

from appliance.errors import EnvironmentFault
from appliance.store import migration, verify_shop
from appliance.store.database import Database
from appliance.store.verify_money import MONEY, Proof, chains

MOST_OF_A_KIND = 1000  # faults listed for each proof


class Fault(NamedTuple):
    """`code` is a key of the catalogue, `what` says it in figures, `ids` name the rows."""

    code: str
    what: str
    ids: tuple[int, ...]


class Report(NamedTuple):
    """What was found, and how much was looked at."""

    faults: tuple[Fault, ...]
    entries: int
    calls: int
    charges: int

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.faults


_BOOKS = (
    Proof(
        "verify.entry_unbalanced",
        "entry {0} sums to {2} in {1}",
        """SELECT p.entry_id, a.currency, sum(p.amount_micros) s FROM posting p JOIN account a ON a.id = p.account_id
        GROUP BY p.entry_id, a.currency HAVING s <> 0""",
    ),
    Proof(
        "verify.entry_short",
        "entry {0} has {1} postings",
        """SELECT e.id, count(p.id) n FROM entry e LEFT JOIN posting p ON p.entry_id = e.id GROUP BY e.id HAVING n < 2""",
    ),
    Proof("verify.posting_nothing", "posting {0} is of nothing", "SELECT id FROM posting WHERE amount_micros = 0"),
    Proof(
        "verify.running_balance",
        "posting {0}: balance {1}, {2} expected",
        """SELECT id, balance_after_micros, expected FROM (SELECT id, balance_after_micros,
        sum(amount_micros) OVER (PARTITION BY account_id ORDER BY id) expected FROM posting) WHERE balance_after_micros <> expected""",
    ),
    Proof(
        "verify.balance",
        "account {0} has {1}, its postings sum to {2}",
        """SELECT a.id, a.balance_micros, coalesce((SELECT sum(amount_micros) FROM posting p WHERE p.account_id = a.id), 0) s
        FROM account a WHERE a.balance_micros <> s""",
    ),
    Proof(
        "verify.last_balance",
        "account {0} has {1}, its last posting says {2}",
        """SELECT a.id, a.balance_micros, p.balance_after_micros FROM account a
        JOIN posting p ON p.id = (SELECT max(id) FROM posting WHERE account_id = a.id) WHERE a.balance_micros <> p.balance_after_micros""",
    ),
)

_CAUSES = (
    Proof(
        "verify.charge_entries",
        "call {0}, level {1}: {2} entries for a charge of {3}",
        """SELECT h.cdr_id, h.level,
        (SELECT count(*) FROM entry e WHERE e.call_id = h.cdr_id AND e.level = h.level AND e.kind IN ('call', 'booth')) n, h.amount_micros
        FROM charge h WHERE n <> (h.amount_micros <> 0)""",
    ),
    Proof(
        "verify.charge_entry",
        "call {0}, level {1}: its entry {2} is another's or of another amount",
        """SELECT h.cdr_id, h.level, h.entry_id FROM charge h
        LEFT JOIN entry e ON e.id = h.entry_id WHERE h.amount_micros <> 0 AND (e.id IS NULL OR e.call_id IS NOT h.cdr_id OR e.level IS NOT h.level
        OR (h.account_id IS NOT NULL AND (SELECT sum(p.amount_micros) FROM posting p WHERE p.entry_id = e.id
        AND +p.account_id = h.account_id) IS NOT -h.amount_micros))""",
    ),
    Proof(
        "verify.charge_negative", "call {0}, level {1}: a charge of {2}", "SELECT cdr_id, level, amount_micros FROM charge WHERE amount_micros < 0"
    ),
    Proof(
        "verify.charge_currency",
        "call {0}, level {1}: charged in {2} to an account in {3}",
        """SELECT h.cdr_id, h.level, h.currency, a.currency FROM charge h
        JOIN account a ON a.id = h.account_id WHERE a.currency <> h.currency""",
    ),
    Proof(
        "verify.charge_terms",
        "call {0}, level {1}: its tariff {2}, rate {3} or account {4} is not there",
        """SELECT h.cdr_id, h.level, h.tariff_id, h.rate_id, h.account_id
        FROM charge h WHERE NOT EXISTS (SELECT 1 FROM tariff t WHERE t.id = h.tariff_id) OR (h.rate_id IS NOT NULL AND NOT EXISTS (SELECT 1
        FROM rate r WHERE r.id = h.rate_id))
        OR (h.account_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = h.account_id))""",
    ),
    Proof(
        "verify.call_amount",
        "call {0} says {1}, its customer was charged {2}",
        """SELECT c.id, c.amount_micros, h.amount_micros FROM cdr c
        JOIN charge h ON h.cdr_id = c.id AND h.level = 0 WHERE c.amount_micros <> h.amount_micros""",
    ),
    Proof(
        "verify.entry_without_charge",
        "entry {0} charges call {1}, level {2}, which has no such charge",
        """SELECT e.id, e.call_id, e.level FROM entry e
        WHERE e.kind IN ('call', 'booth') AND NOT EXISTS (SELECT 1 FROM charge h WHERE h.cdr_id = e.call_id AND h.level = e.level
        AND h.entry_id = e.id)""",
    ),
    Proof(
        "verify.entry_without_call",
        "entry {0} is of call {1}, which has no record",
        """SELECT e.id, e.call_id FROM entry e
        WHERE (e.call_id IS NOT NULL OR e.kind IN ('call', 'cost', 'booth')) AND NOT EXISTS (SELECT 1 FROM cdr c WHERE c.id = e.call_id)""",
    ),
    Proof(
        "verify.cost_twice",
        "call {0} has {1} entries of cost",
        "SELECT call_id, count(*) n FROM entry WHERE kind = 'cost' GROUP BY call_id HAVING n > 1",
    ),
    Proof(
        "verify.cost_amount",
        "call {0} cost {1}, its entry {2} says otherwise",
        """SELECT c.id, c.cost_micros, e.id FROM entry e JOIN cdr c ON c.id = e.call_id
        WHERE e.kind = 'cost' AND NOT EXISTS (SELECT 1 FROM posting p WHERE p.entry_id = e.id AND abs(p.amount_micros) = abs(c.cost_micros))""",
    ),
    Proof(
        "verify.payment_missing",
        "entry {0} is a {1} without its payment",
        """SELECT e.id, e.kind FROM entry e WHERE e.kind IN ('payment', 'refund')
        AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.entry_id = e.id)""",
    ),
    Proof(
        "verify.payment_amount",
        "payment {0} of {1} differs from its entry",
        """SELECT y.id, y.credit_micros FROM payment y WHERE abs(y.credit_micros) IS NOT
        (SELECT abs(sum(p.amount_micros)) FROM posting p WHERE p.entry_id = y.entry_id AND +p.account_id = y.account_id)
        OR abs(y.gross_micros) <> abs(y.credit_micros) + abs(y.tax_micros)""",
    ),
    Proof(
        "verify.fee_missing",
        "entry {0} is a fee of no month",
        """SELECT e.id FROM entry e WHERE e.kind = 'fee' AND e.reverses_entry_id IS NULL
        AND NOT EXISTS (SELECT 1 FROM monthly_fee_taken t WHERE t.entry_id = e.id)
        AND NOT EXISTS (SELECT 1 FROM monthly_fee_returned r WHERE r.entry_id = e.id)
        AND NOT EXISTS (SELECT 1 FROM number_fee n WHERE n.entry_id = e.id)""",
    ),
    Proof("verify.reversal_of_nothing", "entry {0} reverses none", "SELECT id FROM entry WHERE kind = 'reversal' AND reverses_entry_id IS NULL"),
    Proof(
        "verify.reversal_differs",
        "entry {0} does not cancel entry {1}",
        """WITH r AS MATERIALIZED (SELECT id, reverses_entry_id old FROM entry WHERE reverses_entry_id > 0
        AND kind = 'reversal'), s AS (SELECT r.id, r.old, p.account_id, p.amount_micros FROM r CROSS JOIN posting p ON p.entry_id = r.id
        UNION ALL SELECT r.id, r.old, p.account_id, p.amount_micros FROM r CROSS JOIN posting p ON p.entry_id = r.old)
        SELECT DISTINCT id, old FROM s GROUP BY id, old, account_id HAVING sum(amount_micros) <> 0""",
    ),
)

_PUT_RIGHT = (
    Proof(
        "verify.correction_missing",
        "entry {0} is a {1} of call {2} without its correction",
        """SELECT e.id, e.kind, e.call_id FROM entry e
        WHERE e.kind IN ('rerate', 'call_refund') AND NOT EXISTS (SELECT 1 FROM correction k WHERE k.entry_id = e.id AND k.cdr_id = e.call_id
        AND k.level = e.level)""",
    ),
    Proof(
        "verify.correction_amount",
        "correction {0} of call {1} differs from its entry",
        """SELECT k.id, k.cdr_id FROM correction k WHERE k.before_micros - k.after_micros IS NOT
        (SELECT sum(p.amount_micros) FROM posting p WHERE p.entry_id = k.entry_id AND +p.account_id = k.account_id)""",
    ),
    Proof(
        "verify.correction_chain",
        "correction {0} of call {1}, level {2} puts {3} right, which it did not cost",
        """SELECT k.id, k.cdr_id, k.level, k.before_micros FROM correction k WHERE k.before_micros IS NOT coalesce(
        (SELECT o.after_micros FROM correction o WHERE o.cdr_id = k.cdr_id AND o.level = k.level AND o.id < k.id ORDER BY o.id DESC LIMIT 1),
        (SELECT h.amount_micros FROM charge h WHERE h.cdr_id = k.cdr_id AND h.level = k.level))""",
    ),
)

_COSTS = (
    Proof(
        "verify.recost_missing",
        "entry {0} puts the cost of call {1} right without saying so",
        """SELECT e.id, e.call_id FROM entry e WHERE e.kind = 'recost'
        AND NOT EXISTS (SELECT 1 FROM cost_correction k WHERE k.entry_id = e.id AND k.cdr_id = e.call_id)""",
    ),
    Proof(
        "verify.recost_amount",
        "correction {0} of what call {1} costs differs from its entry",
        """SELECT k.id, k.cdr_id FROM cost_correction k WHERE k.after_micros - k.before_micros IS NOT
        (SELECT sum(p.amount_micros) FROM posting p WHERE p.entry_id = k.entry_id AND +p.account_id = k.account_id)""",
    ),
    Proof(
        "verify.recost_chain",
        "correction {0} puts {2} of call {1} right, which it did not cost",
        """SELECT k.id, k.cdr_id, k.before_micros FROM cost_correction k WHERE k.before_micros IS NOT coalesce(
        (SELECT o.after_micros FROM cost_correction o WHERE o.cdr_id = k.cdr_id AND o.id < k.id ORDER BY o.id DESC LIMIT 1),
        (SELECT c.cost_micros FROM cdr c WHERE c.id = k.cdr_id))""",
    ),
)

_CALLS = (
    Proof("verify.call_twice", "call {0} is both running and recorded", "SELECT l.id FROM live_call l JOIN cdr c ON c.id = l.id"),
    Proof(
        "verify.call_of_dead_run",
        "call {0} runs on in run {1}, which is over",
        """SELECT l.id, l.run_id FROM live_call l LEFT JOIN server_run r ON r.id = l.run_id
        WHERE r.id IS NULL OR r.ended_at IS NOT NULL OR l.run_id < (SELECT max(id) FROM server_run)""",
    ),
    Proof(
        "verify.call_without_person",
        "call {0} has no row of who it was",
        "SELECT c.id FROM cdr c WHERE NOT EXISTS (SELECT 1 FROM cdr_person p WHERE p.cdr_id = c.id)",
    ),
    Proof(
        "verify.person_without_call",
        "row {0} of who it was has no call",
        "SELECT p.cdr_id FROM cdr_person p WHERE NOT EXISTS (SELECT 1 FROM cdr c WHERE c.id = p.cdr_id)",
    ),
    Proof(
        "verify.call_party",
        "call {0}: its customer {1}, endpoint {2} or trunk {3} is not there",
        """SELECT c.id, c.customer_id, c.endpoint_id, c.trunk_id FROM cdr c
        WHERE (c.customer_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM customer x WHERE x.id = c.customer_id))
        OR (c.endpoint_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM endpoint x WHERE x.id = c.endpoint_id))
        OR (c.trunk_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM trunk x WHERE x.id = c.trunk_id))""",
    ),
    Proof(
        "verify.call_times",
        "call {0}: duration {1} ms, billed {2} s, answered {3}",
        """SELECT id, duration_ms, billed_seconds, coalesce(answered_at, 'never') FROM cdr
        WHERE duration_ms < 0 OR billed_seconds < 0 OR late_ms < 0 OR (answered_at IS NULL AND (duration_ms > 0 OR billed_seconds > 0))""",
    ),
    Proof(
        "verify.unanswered_charged",
        "call {0} was never answered and is charged at level {1}",
        """SELECT h.cdr_id, h.level FROM charge h JOIN cdr c ON c.id = h.cdr_id
        WHERE c.answered_at IS NULL AND h.amount_micros <> 0""",
    ),
)


def verify(database: Database) -> Report:
    """Run every proof. A file too damaged to be read is one fault, not an exception; a locked one is an EnvironmentFault."""
    faults: list[Fault] = []
    counts = [0, 0, 0]
    own = not database.in_unit
    if own:
        database.begin()
    try:
        faults += [Fault("verify.file", line, ()) for line in database.integrity()[:MOST_OF_A_KIND]]
        faults += _references(database)
        faults += _triggers(database)
        for proof in (*_BOOKS, *_CAUSES, *_PUT_RIGHT, *_COSTS, *_CALLS, *MONEY, *(Proof(*each) for each in verify_shop.PROOFS)):
            faults += _failures(database, proof)
        faults += [Fault("verify.document_chain", f"document {number} is not what was issued", (each,)) for each, number in chains(database)]
        faults += [Fault(*each) for each in verify_shop.chains(database)]
        counts = [database.value(f"SELECT count(*) FROM {table}") for table in ("entry", "cdr", "charge")]
    except EnvironmentFault as fault:
        if fault.code != "database.damaged":
            raise
        faults.append(Fault("verify.file", str(fault.parameters.get("detail", "")), ()))
    finally:
        if own:
            database.rollback()
    return Report(tuple(faults), *counts)


def _failures(database: Database, proof: Proof) -> list[Fault]:
    return [Fault(proof.code, proof.says.format(*row), (row[0],)) for row in database.fetch(f"{proof.sql} LIMIT {MOST_OF_A_KIND}")]


def _references(database: Database) -> list[Fault]:
    found = []
    for table, row_id, parent, _ in database.fetch("PRAGMA foreign_key_check"):
        found.append(Fault("verify.reference", f"{table} {row_id} names a {parent} that is not there", () if row_id is None else (row_id,)))
        if len(found) == MOST_OF_A_KIND:
            break
    return found


def _triggers(database: Database) -> list[Fault]:
    """The guards of the facts must be those that the migrations make, word by word."""
    there = dict(database.fetch("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"))
    return [
        Fault("verify.guard", f"trigger {name} is missing or changed", ()) for name, sql in migration.triggers().items() if there.get(name) != sql
    ]

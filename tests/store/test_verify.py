"""Every proof finds its fault: databases damaged on purpose, the guards taken off."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from appliance.store.calls import Charge
from appliance.store.store import DATABASE_NAME, Reader, Store
from appliance.store.verify import verify
from tests.store.shop import START, Shop, live_of, record_call

FACTS = ("cdr", "charge", "entry", "posting", "rate", "payment")


def books(store: Store, shop: Shop) -> None:
    """Ten calls, a reversal, a fee."""
    with store.write():
        for number in range(1, 11):
            record_call(store, shop, number)
        entry, _ = store.ledger.post(START, "adjustment", ((shop.credit, 500), (shop.revenue, -500)))
        store.ledger.post(START, "reversal", ((shop.credit, -500), (shop.revenue, 500)), reverses=entry)
        fee = store.fees.insert(customer_id=shop.customer, name="line", amount_micros=100, starts_on="2026-01-01")
        taken, _ = store.ledger.post(START, "fee", ((shop.credit, -100), (shop.revenue, 100)))
        store.fees.take(fee, "2026-01", taken)
        store.calls.insert_live(live_of(shop, 99))


def damage(store: Store, folder: Path, sql: str) -> set[str]:
    """Change the file behind the program's back, the triggers off and back again; the codes that verify gives."""
    store.close()
    raw = sqlite3.connect(folder / DATABASE_NAME)
    guards = raw.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in guards:
        raw.execute(f"DROP TRIGGER {name}")
    raw.executescript(sql)
    for _, text in guards:
        raw.execute(text)
    raw.commit()
    raw.close()
    with Reader(folder) as reader:
        report = verify(reader.database)
    assert all(fault.what for fault in report.faults)
    return {fault.code.removeprefix("verify.") for fault in report.faults}


def test_whole_books_pass(store: Store, shop: Shop) -> None:
    books(store, shop)
    report = verify(store.database)
    assert report.faults == () and report.ok
    assert (report.entries, report.calls, report.charges) == (25, 10, 10)


CASES = [
    ("INSERT INTO entry (id, at, kind, call_id) VALUES (900, 1, 'recost', 3)", {"recost_missing"}),
    (
        "INSERT INTO entry (id, at, kind, call_id) VALUES (900, 1, 'recost', 3); "
        "INSERT INTO cost_correction SELECT 1, 3, '', cost_micros, cost_micros + 5, 'EUR', 1, 1, NULL, 900, 1 FROM cdr WHERE id = 3",
        {"recost_amount"},
    ),
    (
        "INSERT INTO entry (id, at, kind, call_id) VALUES (900, 1, 'recost', 3); "
        "INSERT INTO cost_correction SELECT 1, 3, '', cost_micros + 1, cost_micros + 1, 'EUR', 1, 1, NULL, 900, 1 FROM cdr WHERE id = 3",
        {"recost_chain"},
    ),
    ("UPDATE posting SET amount_micros = amount_micros + 1 WHERE id = 7", {"entry_unbalanced", "running_balance", "balance"}),
    ("DELETE FROM posting WHERE id = 8", {"entry_unbalanced", "entry_short"}),
    ("UPDATE posting SET amount_micros = 0 WHERE id = 7", {"posting_nothing"}),
    ("UPDATE posting SET balance_after_micros = balance_after_micros + 1 WHERE id = 5", {"running_balance"}),
    ("UPDATE account SET balance_micros = balance_micros + 1 WHERE id = 1", {"balance", "last_balance"}),
    ("UPDATE account SET currency = 'USD' WHERE id = 3", {"entry_unbalanced"}),
    ("INSERT INTO entry (at, kind, call_id, level) VALUES (1, 'call', 3, 0)", {"charge_entries", "entry_short", "entry_without_charge"}),
    ("UPDATE charge SET entry_id = (SELECT entry_id FROM charge WHERE cdr_id = 2) WHERE cdr_id = 3", {"charge_entry", "entry_without_charge"}),
    ("UPDATE charge SET entry_id = NULL WHERE cdr_id = 3", {"charge_entry", "entry_without_charge"}),
    ("UPDATE charge SET amount_micros = 2501 WHERE cdr_id = 3", {"charge_entry", "call_amount"}),
    ("UPDATE charge SET amount_micros = -1 WHERE cdr_id = 3", {"charge_negative"}),
    ("UPDATE charge SET amount_micros = 0 WHERE cdr_id = 3", {"charge_entries"}),
    ("UPDATE charge SET currency = 'USD' WHERE cdr_id = 3", {"charge_currency"}),
    ("UPDATE cdr SET amount_micros = 1 WHERE id = 3", {"call_amount"}),
    ("DELETE FROM charge WHERE cdr_id = 3", {"entry_without_charge"}),
    ("PRAGMA foreign_keys = OFF; DELETE FROM cdr WHERE id = 3", {"entry_without_call", "reference", "person_without_call"}),
    ("UPDATE entry SET kind = 'cost' WHERE id = (SELECT entry_id FROM charge WHERE cdr_id = 3)", {"cost_twice", "cost_amount", "charge_entries"}),
    ("UPDATE cdr SET cost_micros = 7 WHERE id = 3", {"cost_amount"}),
    ("DELETE FROM payment WHERE id = 1", {"payment_missing"}),
    ("UPDATE payment SET credit_micros = 1 WHERE id = 1", {"payment_amount"}),
    ("UPDATE payment SET tax_micros = 1 WHERE id = 1", {"payment_amount"}),
    ("DELETE FROM monthly_fee_taken", {"fee_missing"}),
    ("UPDATE entry SET reverses_entry_id = NULL WHERE kind = 'reversal'", {"reversal_of_nothing"}),
    ("UPDATE entry SET reverses_entry_id = 1 WHERE kind = 'reversal'", {"reversal_differs"}),
    ("INSERT INTO live_call (id, run_id, started_at, record) VALUES (3, 1, 1, '{}')", {"call_twice"}),
    ("UPDATE server_run SET ended_at = 5", {"call_of_dead_run"}),
    ("INSERT INTO server_run (started_at, heartbeat_at, heartbeat_mono_ms) VALUES (1, 1, 1)", {"call_of_dead_run"}),
    ("DELETE FROM cdr_person WHERE cdr_id = 3", {"call_without_person"}),
    ("UPDATE cdr SET duration_ms = -1 WHERE id = 3", {"call_times"}),
    ("UPDATE cdr SET answered_at = NULL WHERE id = 3", {"call_times", "unanswered_charged"}),
    ("UPDATE charge SET tariff_id = 77 WHERE cdr_id = 3", {"charge_terms"}),
    ("UPDATE charge SET account_id = 77 WHERE cdr_id = 3", {"charge_terms", "charge_entry"}),
    ("UPDATE cdr SET endpoint_id = 77 WHERE id = 3", {"call_party"}),
]


@pytest.mark.parametrize(("sql", "expected"), CASES, ids=[sql[:60] for sql, _ in CASES])
def test_damage_is_found(store: Store, shop: Shop, folder: Path, sql: str, expected: set[str]) -> None:
    books(store, shop)
    assert expected <= damage(store, folder, sql)


def test_every_proof_has_a_case() -> None:
    from appliance.store import verify as module

    proofs = {proof.code.removeprefix("verify.") for proof in (*module._BOOKS, *module._CAUSES, *module._COSTS, *module._CALLS)}
    assert proofs == set().union(*(expected for _, expected in CASES)) - {"reference"}


@pytest.mark.parametrize(
    "change", ["DROP TRIGGER posting_no_update", "DROP TRIGGER cdr_no_delete; CREATE TRIGGER cdr_no_delete BEFORE DELETE ON cdr BEGIN SELECT 1; END"]
)
def test_a_missing_or_softened_guard_is_found(store: Store, folder: Path, change: str) -> None:
    store.close()
    raw = sqlite3.connect(folder / DATABASE_NAME)
    raw.executescript(change)
    raw.close()
    with Reader(folder) as reader:
        (fault,) = verify(reader.database).faults
    assert fault.code == "verify.guard"


def test_a_zero_charge_has_no_entry(store: Store, shop: Shop) -> None:
    from tests.store.shop import cdr_of

    with store.write():
        store.calls.insert_cdr(*cdr_of(shop, 1, amount=0, cost=0))
        store.calls.insert_charge(Charge(1, 0, shop.credit, shop.customer, None, shop.tariff, shop.rate, 0, 0, "EUR", None, "{}"))
    assert verify(store.database).ok


@pytest.mark.parametrize("table", FACTS)
def test_facts_are_never_edited_nor_removed(store: Store, shop: Shop, table: str) -> None:
    books(store, shop)
    column = "cdr_id" if table == "charge" else "id"
    for sql in (f"UPDATE {table} SET {column} = {column} + 100000", f"DELETE FROM {table}", f"REPLACE INTO {table} SELECT * FROM {table}"):
        with pytest.raises(Exception, match=r"never (changed|deleted)|UNIQUE|FOREIGN"), store.write():
            store.database.execute(sql)
    assert verify(store.database).ok

"""What is past its time is cut at night, in portions, and the books stay whole."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from appliance.services.ground.access import folder_owner
from appliance.services.keeping import retention as rules
from appliance.services.keeping.retention import DAY_MS, Retention
from appliance.store.bindings import Past
from appliance.store.verify import verify
from tests.services.shop import Shop, Simple


def call(shop: Shop, simple: Simple, dialled: str = "442079460001") -> None:
    made = shop.answer(shop.begin(simple.alice, dialled), simple.trunk)
    shop.clock.advance(5)
    shop.end(made, trunk=simple.trunk)


def facts(shop: Shop) -> list[list[tuple[object, ...]]]:
    return [shop.store.database.fetch(f"SELECT * FROM {table}") for table in ("cdr", "charge", "entry", "posting")]


def test_old_calls_keep_their_prefix_and_young_ones_everything(shop: Shop) -> None:
    simple = Simple(shop)
    for _ in range(3):
        call(shop, simple)
    now = shop.clock.utcnow()
    with shop.services.changes.unit():
        shop.store.bindings.remember(Past(simple.alice, "sip:1@192.0.2.1", "192.0.2.1:5060", "phone", now, now))
        shop.services.nouns.audit.noted(folder_owner(), "x.y", "customer", 1, name="Alice")
    shop.clock.advance(400 * 86_400)
    call(shop, simple, "31201234567")
    before = facts(shop)
    counts = Retention(shop.services.room).run()
    assert counts["calls"] == 3 and counts["registrations"] == 1 and counts["audit"] == 0
    lines = {line.id: line for line in shop.store.cdrs.lines()}
    assert {lines[number].dialled for number in (1, 2, 3)} == {"44"} and lines[1].caller == lines[1].call_id == ""
    assert lines[4].dialled == "31201234567"
    assert facts(shop) == before and verify(shop.store.database).ok
    assert Retention(shop.services.room).run()["calls"] == 0, "a second round meets nothing"


def test_zero_keeps_for_ever_and_settings_count_at_once(shop: Shop) -> None:
    simple = Simple(shop)
    call(shop, simple)
    shop.clock.advance(10 * 86_400)
    shop.services.settings.stored({"retention.call_days": 0})
    assert "calls" not in Retention(shop.services.room).run()
    shop.services.settings.stored({"retention.call_days": 9})
    assert Retention(shop.services.room).run()["calls"] == 1


def test_buyers_of_old_invoices_go_and_the_chain_holds(shop: Shop) -> None:
    simple = Simple(shop)
    database = shop.store.database
    with shop.services.changes.unit():
        database.execute(
            """INSERT INTO document (kind, reseller_id, series, number, label, account_id, customer_id, issued_at, until_at, timezone, after_posting,
            last_posting, currency, exact_micros, net_micros, tax_micros, total_micros, taxed_by, balance_before_micros, balance_after_micros,
            previous_hash, hash) VALUES ('invoice', ?, 'i', 1, 'I-1', ?, ?, ?, ?, 'UTC', 0, 0, 'EUR', 0, 0, 0, 0, 'usage', 0, 0, '', 'x')""",
            (simple.root, simple.account, simple.customer, shop.clock.utcnow(), shop.clock.utcnow()),
        )
        database.execute("INSERT INTO document_party VALUES (1, ?, ?)", (json.dumps({"name": "Shop"}), json.dumps({"name": "Alice"})))
    shop.clock.advance(9 * 366 * 86_400)
    assert Retention(shop.services.room).run()["buyers"] == 0
    shop.clock.advance(2 * 366 * 86_400)
    assert Retention(shop.services.room).run()["buyers"] == 1
    assert database.one("SELECT seller <> '', buyer FROM document_party") == (1, "")


def test_the_job_waits_for_the_night_and_works_in_portions(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    simple = Simple(shop)
    for _ in range(5):
        call(shop, simple)
    shop.services.settings.stored({"retention.call_days": 1})
    job = Retention(shop.services.room)
    monkeypatch.setattr(rules, "STRETCH", 2)
    job.step()
    night = job.night_after(shop.clock.utcnow())
    assert 0 < night - shop.clock.utcnow() <= DAY_MS
    shop.clock.advance(3 * 86_400)
    steps = 0
    while "backups" not in job.counts:
        job.step()
        if shop.store.in_unit:
            shop.services.changes.flush()
            shop.store.commit()
        steps += 1
        assert steps < 100
    assert job.counts["calls"] == 5 and steps >= 3
    counted = dict(job.counts)
    job.step()
    job.step()
    if shop.store.in_unit:
        shop.store.commit()
    assert job.counts == counted, "one round a night"


def test_old_logs_and_backups_are_removed_and_three_backups_stay(shop: Shop) -> None:
    logs, backups = shop.folder / "logs", shop.folder / "backups"
    logs.mkdir()
    backups.mkdir()
    now = shop.clock.utcnow() / 1000

    def file(path: Path, days: float) -> Path:
        path.touch()
        os.utime(path, (now - days * 86_400,) * 2)
        return path

    old, young = file(logs / "tollhouse.log.2", 40), file(logs / "tollhouse.log.1", 2)
    open_log = file(logs / "tollhouse.log", 400)
    made = [file(backups / f"tollhouse-{number}.zip", 100 + number) for number in range(5)]
    own = file(backups / "before-the-move.zip", 900)
    counts = Retention(shop.services.room).run()
    assert (counts["logs"], counts["backups"]) == (1, 2)
    assert not old.exists() and young.exists() and open_log.exists() and own.exists()
    assert [each.exists() for each in made] == [True, True, True, False, False]

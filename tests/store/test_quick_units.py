"""Units that are committed into the log alone, and put on the disk later."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.errors import EnvironmentFault
from appliance.store import database
from appliance.store.checkpoint import Checkpointer
from appliance.store.store import DATABASE_NAME, Store

FULL, NORMAL = 2, 1


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "data", SystemClock()) as one:
        yield one


def unit(store: Store, text: str) -> int:
    """One unit of work; how SQLite syncs at its commit."""
    store.begin()
    store.database.execute("INSERT INTO setting (scope, key, value) VALUES ('', ?, '1')", (text,))
    level = int(store.database.value("PRAGMA synchronous"))
    store.commit()
    return level


def test_a_unit_is_on_the_disk_when_it_is_committed_unless_somebody_syncs_for_it(store: Store) -> None:
    assert unit(store, "a") == FULL
    store.quick_units = True
    assert unit(store, "b") == NORMAL and store.quick
    assert unit(store, "c") == NORMAL
    with store.write():
        assert store.database.value("PRAGMA synchronous") == FULL
    assert unit(store, "d") == FULL and not store.quick


def test_a_sync_is_of_the_log_itself(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[os.stat_result] = []
    monkeypatch.setattr(database, "_to_disk", lambda log: synced.append(os.fstat(log)))
    store.quick_units = True
    unit(store, "a")
    store.sync()
    store.database.checkpoint("TRUNCATE")
    unit(store, "b")
    store.sync()
    log = os.stat(f"{store.database.path}-wal")
    assert [each.st_ino for each in synced] == [log.st_ino] * 2
    with store.reader() as reader:
        assert reader.database.value("SELECT count(*) FROM setting WHERE key IN ('a', 'b')") == 2


def test_a_disk_that_does_not_keep_a_unit_gets_no_further_quick_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(log: int) -> None:
        raise OSError(5, "Input/output error")

    store.quick_units = True
    unit(store, "a")
    with monkeypatch.context() as patched, pytest.raises(EnvironmentFault) as raised:
        patched.setattr(database, "_to_disk", broken)
        store.sync()
    assert raised.value.code == "database.disk_error"
    store.distrust()
    assert unit(store, "b") == FULL and not store.quick


def test_who_begins_the_log_anew_is_not_quick_since_sqlite_syncs_its_head(store: Store) -> None:
    store.quick_units = True
    unit(store, "a")
    checkpointer = Checkpointer(store.folder / DATABASE_NAME, moved=store.log_moved)
    checkpointer.round()
    assert unit(store, "b") == FULL
    assert unit(store, "c") == NORMAL
    checkpointer.round()
    assert unit(store, "d") == FULL


def test_closing_keeps_what_was_not_synced(store: Store) -> None:
    store.quick_units = True
    unit(store, "a")
    folder = store.folder
    store.close()
    with Store(folder, SystemClock()) as again:
        assert again.database.value("SELECT count(*) FROM setting WHERE key = 'a'") == 1

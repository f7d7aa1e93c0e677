"""What the machine's owner must mend: locked, damaged, newer, full, read-only. Nothing is lost by any of it."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from appliance.clock import SteppedClock
from appliance.errors import EnvironmentFault
from appliance.store import database as database_module
from appliance.store import migration
from appliance.store.database import Database
from appliance.store.store import DATABASE_NAME, Reader, Store
from appliance.store.verify import verify
from tests.store.shop import Shop, record_call, shop_in


def fault_of(folder: Path, clock: SteppedClock) -> str:
    with pytest.raises(EnvironmentFault) as met:
        Store(folder, clock)
    return met.value.code


def fill(store: Store, shop: Shop, pages: int) -> None:
    """Let the database grow by so many pages and no further."""
    store.database.execute(f"PRAGMA max_page_count = {store.database.value('PRAGMA page_count') + pages}")


def test_a_full_disk_loses_no_more_than_the_unit(store: Store, shop: Shop) -> None:
    with store.write():
        record_call(store, shop, 1)
    fill(store, shop, 3)
    number = 2
    with pytest.raises(EnvironmentFault) as met:
        while True:
            with store.write():
                for _ in range(20):
                    number += 1
                    record_call(store, shop, number)
    assert met.value.code == "database.full"
    assert not store.in_unit
    store.database.execute("PRAGMA max_page_count = 1000000")
    assert verify(store.database).ok
    with store.write():
        record_call(store, shop, 10_000)
    assert verify(store.database).ok and store.calls.get(10_000) is not None


def test_after_a_full_disk_threw_the_unit_away_no_later_statement_stands_alone(store: Store, shop: Shop) -> None:
    fill(store, shop, 2)
    store.begin()
    met: list[EnvironmentFault] = []
    for number in range(1, 2000):
        try:
            with store.savepoint():
                record_call(store, shop, number)
        except EnvironmentFault as fault:
            met.append(fault)
        except Exception as error:  # what follows the loss is refused by the commit hook or has no savepoint
            assert met, error
            break
    assert met and met[0].code == "database.full"
    store.database.execute("PRAGMA max_page_count = 1000000")
    if not store.database.in_unit:
        with pytest.raises(EnvironmentFault) as lost:
            store.commit()
        assert lost.value.code == "database.unit_lost"
        assert store.cdrs.count() == (0, 0)
    else:
        store.commit()
    assert verify(store.database).ok


def test_a_locked_database_is_told_apart(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_MS", 20)
    other = Database(folder / DATABASE_NAME)
    with store.write():
        store.settings.put("a", "1")
        with pytest.raises(EnvironmentFault) as met:
            other.begin_immediate()
        assert met.value.code == "database.locked"
    other.begin_immediate()
    other.close()
    assert store.settings.get("a") == "1"


@pytest.mark.parametrize("content", [b"x" * 5000, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_no_database_is_damaged(folder: Path, clock: SteppedClock, content: bytes) -> None:
    folder.mkdir()
    (folder / DATABASE_NAME).write_bytes(content)
    assert fault_of(folder, clock) == "database.damaged"
    assert (folder / DATABASE_NAME).read_bytes() == content, "left as it was"


def test_a_page_damaged_later_is_found_by_verify(folder: Path, clock: SteppedClock) -> None:
    with Store(folder, clock) as store:
        shop = shop_in(store)
        with store.write():
            for number in range(1, 500):
                record_call(store, shop, number)
    path = folder / DATABASE_NAME
    size = path.stat().st_size
    with path.open("r+b") as file:
        for at in range(size // 2 // 4096 * 4096, size // 2 // 4096 * 4096 + 8 * 4096, 4096):
            file.seek(at)
            file.write(b"\xa5" * 2000)
    with Reader(folder) as reader:
        report = verify(reader.database)
    assert not report.ok and report.faults[0].code == "verify.file"


def test_a_newer_database_is_refused_and_left_alone(folder: Path, clock: SteppedClock) -> None:
    Store(folder, clock).close()
    raw = sqlite3.connect(folder / DATABASE_NAME)
    raw.execute("PRAGMA user_version = 9999")
    raw.close()
    assert fault_of(folder, clock) == "database.newer"
    with pytest.raises(EnvironmentFault) as met:
        Reader(folder)
    assert met.value.code == "database.newer"


def test_another_programs_database_is_refused_and_left_alone(folder: Path, clock: SteppedClock) -> None:
    folder.mkdir()
    raw = sqlite3.connect(folder / DATABASE_NAME)
    raw.execute("CREATE TABLE theirs (a)")
    raw.commit()
    raw.close()
    assert fault_of(folder, clock) == "database.damaged"
    raw = sqlite3.connect(folder / DATABASE_NAME)
    raw.execute("PRAGMA user_version = 1")
    raw.close()
    assert fault_of(folder, clock) == "database.damaged"


def test_a_reader_of_nothing_says_so(folder: Path) -> None:
    with pytest.raises(EnvironmentFault) as met:
        Reader(folder)
    assert met.value.code == "database.missing" and not folder.exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, clock: SteppedClock) -> None:
    (tmp_path / "file").write_text("")
    assert fault_of(tmp_path / "file" / "data", clock) == "store.folder"


def test_a_read_only_file_is_told(folder: Path, clock: SteppedClock) -> None:
    Store(folder, clock).close()
    database = Database(folder / DATABASE_NAME, read_only=True)
    with pytest.raises(EnvironmentFault) as met:
        database.execute("UPDATE setting SET value = ''")
    assert met.value.code == "database.read_only"
    database.close()


def test_a_reader_does_not_need_a_server_nor_a_log(folder: Path, clock: SteppedClock) -> None:
    Store(folder, clock).close()
    for end in ("-wal", "-shm"):
        if (folder / (DATABASE_NAME + end)).exists():
            os.unlink(folder / (DATABASE_NAME + end))
    with Reader(folder) as reader:
        assert list(reader.cdrs.lines()) == []


# migrations -----------------------------------------------------------------------------------------------------
FIRST = (1, "CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1);")
SECOND = (2, "ALTER TABLE a ADD COLUMN y INTEGER NOT NULL DEFAULT 7; INSERT INTO a (x) VALUES (2);")
BROKEN = (3, "INSERT INTO a (x) VALUES (3); CREATE TABLE a (x);")
DANGLING = (3, "CREATE TABLE b (a INTEGER REFERENCES a (x)) STRICT; PRAGMA defer_foreign_keys = 1; INSERT INTO b VALUES (9);")


def test_migrations_go_on_from_where_the_database_is(tmp_path: Path, clock: SteppedClock) -> None:
    path = tmp_path / DATABASE_NAME
    migration.open_current(path, clock, [FIRST]).close()
    assert not (tmp_path / "backups").exists(), "nothing to keep of an empty one"
    database = migration.open_current(path, clock, [FIRST, SECOND])
    assert database.version == 2
    assert database.fetch("SELECT x, y FROM a ORDER BY x") == [(1, 7), (2, 7)]
    database.close()
    (kept,) = (tmp_path / "backups").iterdir()
    old = sqlite3.connect(kept)
    assert old.execute("PRAGMA user_version").fetchone() == (1,)
    assert old.execute("SELECT x FROM a").fetchall() == [(1,)]
    old.close()


THIRD = (3, "CREATE TABLE c (x INTEGER) STRICT; DROP TABLE a;")
BROKEN_LATER = (4, "INSERT INTO a (x) VALUES (4);")


@pytest.mark.parametrize("bad", [[BROKEN], [DANGLING], [THIRD, BROKEN_LATER]])
def test_a_migration_that_fails_leaves_the_old_database_working(tmp_path: Path, clock: SteppedClock, bad: list[tuple[int, str]]) -> None:
    path = tmp_path / DATABASE_NAME
    migration.open_current(path, clock, [FIRST, SECOND]).close()
    with pytest.raises(Exception, match=r"already exists|FOREIGN KEY|migration_failed|mismatch|no such table"):
        migration.open_current(path, clock, [FIRST, SECOND, *bad])
    database = migration.open_current(path, clock, [FIRST, SECOND])
    assert database.version == 2
    assert database.fetch("SELECT x FROM a ORDER BY x") == [(1,), (2,)]
    database.close()


def test_the_shipped_migrations_are_numbered_without_gaps(store: Store) -> None:
    numbers = [number for number, _ in migration.steps()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert store.database.version == numbers[-1]
    assert store.database.integrity() == []


def test_every_table_is_strict(store: Store) -> None:
    loose = [
        name
        for _, name, kind, _, _, strict in store.database.fetch("PRAGMA table_list")
        if kind == "table" and not strict and not name.startswith("sqlite_")
    ]
    assert loose == []

"""Room ahead in the write-ahead log: commits write over it, nothing of theirs is hit, and a crash finds all they wrote."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import pytest

from appliance.store.checkpoint import LONG_PAGES, Checkpointer
from appliance.store.database import PAGE_SIZE, Database
from appliance.store.log_room import LEAST_BYTES, MOST_BYTES, LogRoom


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(tmp_path / "some.db")
    with database.unit():
        database.execute("CREATE TABLE fact (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT")
    return database


def write(database: Database, number: int) -> None:
    with database.unit():
        database.execute("INSERT INTO fact VALUES (?, ?)", (number, f"fact {number} " * 20))


def size(database: Database) -> int:
    return os.stat(database.path + "-wal").st_size


def left_by_a_crash(database: Database, folder: Path) -> Database:
    folder.mkdir()
    for end in ("", "-wal"):
        shutil.copy(database.path + end, folder / f"some.db{end}")
    return Database(folder / "some.db")


def test_commits_do_not_lengthen_the_file(database: Database, tmp_path: Path) -> None:
    room = LogRoom(Path(database.path), PAGE_SIZE)
    assert room.keep(database.log_frames()) >= LEAST_BYTES
    before = size(database)
    for number in range(30):
        write(database, number)
    assert size(database) == before
    assert room.keep(database.log_frames()) == 0, "there is still enough"
    after = left_by_a_crash(database, tmp_path / "after")
    assert after.value("SELECT count(*) FROM fact") == 30
    assert after.integrity() == []


def test_room_follows_what_the_log_grows_by(database: Database) -> None:
    room = LogRoom(Path(database.path), PAGE_SIZE)
    room.keep(database.log_frames())
    before = size(database)
    assert LEAST_BYTES < room.keep(4_000) <= MOST_BYTES
    assert room.keep(40_000) == MOST_BYTES, "never more at once, whatever it is told"
    assert size(database) <= before + 2 * MOST_BYTES


def test_nothing_of_the_writers_is_hit_whenever_it_writes(database: Database, tmp_path: Path) -> None:
    over = threading.Event()
    room = LogRoom(Path(database.path), PAGE_SIZE)

    def append() -> None:
        for _ in range(40):
            room._append(1)
            if over.wait(0.002):
                break

    thread = threading.Thread(target=append)
    os.truncate(database.path + "-wal", 32 + (24 + PAGE_SIZE) * database.log_frames())
    thread.start()
    for number in range(120):
        write(database, number)
    over.set()
    thread.join()
    after = left_by_a_crash(database, tmp_path / "after")
    assert [row[0] for row in after.fetch("SELECT id FROM fact ORDER BY id")] == list(range(120))
    assert after.integrity() == []
    assert database.integrity() == []


def test_a_log_of_room_alone_is_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    Database(path).close()
    Path(f"{path}-wal").write_bytes(bytes(100_000))
    database = Database(path)
    with database.unit():
        database.execute("CREATE TABLE fact (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT")
    write(database, 1)
    assert left_by_a_crash(database, tmp_path / "after").value("SELECT id FROM fact") == 1


def test_no_log_and_a_disk_that_refuses_are_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = LogRoom(tmp_path / "some.db", PAGE_SIZE)
    assert room.keep(0) == 0
    Path(tmp_path / "some.db-wal").touch()

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("appliance.store.log_room.os.write", full)
    assert room.keep(0) == 0


def test_a_long_log_begins_anew_beside_a_writer_that_never_rests(database: Database) -> None:
    """Each pass leaves what was committed meanwhile; the passes after it catch up."""
    with database.unit():
        database.many("INSERT INTO fact VALUES (?, ?)", ((number, "x" * 900) for number in range(LONG_PAGES + 500)))
    assert database.log_frames() > LONG_PAGES
    over = threading.Event()
    least = [database.log_frames()]

    def busy() -> None:
        number = LONG_PAGES + 1_000
        while not over.wait(0.004):
            number += 1
            write(database, number)
            least[0] = min(least[0], database.log_frames())

    thread = threading.Thread(target=busy)
    thread.start()
    checkpointer = Checkpointer(Path(database.path), interval_seconds=0.05)
    checkpointer.start()
    for _ in range(400):
        if over.wait(0.05) or least[0] < LONG_PAGES // 2:
            break
    over.set()
    thread.join()
    checkpointer.stop()
    assert checkpointer.fault is None
    assert least[0] < LONG_PAGES // 2

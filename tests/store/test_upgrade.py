"""Databases that earlier versions left: opened, brought up to date, proved, and served; a copy is kept of what was."""

from __future__ import annotations

import gzip
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.errors import EnvironmentFault
from appliance.services.keeping.verify import check
from appliance.store import migration
from appliance.store.database import Database
from appliance.store.store import DATABASE_NAME, Reader, Store
from tests.helpers.appliance import Appliance

KEPT = Path(__file__).resolve().parent / "databases"
VERSIONS = sorted(int(match[1]) for file in KEPT.glob("version-*.db.gz") if (match := re.fullmatch(r"version-(\d+)\.db\.gz", file.name)))
BALANCES = (
    "SELECT a.id, a.kind, a.currency, coalesce(sum(p.amount_micros), 0) FROM account a LEFT JOIN posting p ON p.account_id = a.id GROUP BY a.id"
)
FACTS = (
    "SELECT id, result, cause, duration_ms, billed_seconds, amount_micros FROM cdr ORDER BY id",
    "SELECT count(*) FROM posting",
    "SELECT id, name FROM person ORDER BY id",
)

FAILING = "CREATE TABLE brand_new (a INTEGER) STRICT; INSERT INTO never VALUES (1);"


def left_by(version: int, folder: Path) -> Path:
    """A data folder as a program of that version left it."""
    folder.mkdir(mode=0o700)
    path = folder / DATABASE_NAME
    path.write_bytes(gzip.decompress((KEPT / f"version-{version}.db.gz").read_bytes()))
    (folder / "key").write_bytes((KEPT / f"version-{version}.key").read_bytes())
    (folder / "key").chmod(0o600)
    return path


def told(path: Path) -> list[list[tuple[object, ...]]]:
    """Balances and facts of a database of any version."""
    raw = sqlite3.connect(path)
    try:
        return [raw.execute(sql).fetchall() for sql in (BALANCES, *FACTS)]
    finally:
        raw.close()


def schema(database: Database) -> set[tuple[object, ...]]:
    rows = database.fetch("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    return {(kind, name, re.sub(r"\s+", " ", sql)) for kind, name, sql in rows}


def test_databases_are_kept() -> None:
    assert VERSIONS and VERSIONS[0] <= 2 and all((KEPT / f"version-{version}.key").is_file() for version in VERSIONS)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_was_given_away_is_not_rewritten(version: int, tmp_path: Path) -> None:
    """A migration that somebody's database went through says the same for ever."""
    kept, fresh = Database(left_by(version, tmp_path / "kept")), Database(tmp_path / "fresh.db")
    migration.apply(fresh, [step for step in migration.steps() if step[0] <= version])
    assert schema(kept) == schema(fresh)
    kept.close()
    fresh.close()


def starts() -> Iterator[tuple[int, int]]:
    """(kept version, version to begin at): every version there ever was, also those between two that were kept."""
    for number, _ in migration.steps():
        below = [version for version in VERSIONS if version <= number]
        if below:
            yield below[-1], number


@pytest.mark.parametrize(("kept", "version"), list(starts()))
def test_every_version_is_brought_up_to_date(kept: int, version: int, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    path = left_by(kept, folder)
    before = told(path)
    between = Database(path)
    migration.apply(between, [step for step in migration.steps() if kept < step[0] <= version])
    between.close()
    newest = migration.steps()[-1][0]
    with Store(folder, SystemClock()) as store:
        assert store.database.version == newest
        assert check(store).faults == []
    assert told(path) == before
    copies = sorted((folder / "backups").glob("before-version-*.db")) if version < newest else []
    assert [re.match(r"before-version-(\d+)-", copy.name)[1] for copy in copies] == [str(version)] * (version < newest)  # type: ignore[index]
    assert all(told(copy) == before for copy in copies)


def test_a_failed_upgrade_leaves_what_the_old_program_opens(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    path = left_by(VERSIONS[0], folder)
    before = told(path)
    steps = migration.steps()
    with pytest.raises(Exception, match="no such table"):
        migration.open_current(
            path, SystemClock(), [*steps, (steps[-1][0] + 1, "CREATE TABLE new (a INTEGER) STRICT; INSERT INTO never VALUES (1);")]
        )
    old = [step for step in steps if step[0] <= VERSIONS[0]]
    database = migration.open_current(path, SystemClock(), old)
    assert database.version == VERSIONS[0]
    database.close()
    assert told(path) == before


def test_an_older_program_refuses_what_a_newer_one_wrote(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    path = left_by(VERSIONS[0], folder)
    Store(folder, SystemClock()).close()
    known = [step for step in migration.steps() if step[0] <= VERSIONS[0]]
    if len(known) < len(migration.steps()):
        with pytest.raises(EnvironmentFault) as met:
            migration.open_current(path, SystemClock(), known)
        assert met.value.code == "database.newer"
    with Reader(folder) as reader:
        assert reader.database.version == migration.steps()[-1][0]


def test_the_oldest_is_served_and_the_call_it_died_with_is_charged(tmp_path: Path) -> None:
    path = left_by(VERSIONS[0], tmp_path / "data")
    running = sqlite3.connect(path).execute("SELECT count(*) FROM live_call").fetchone()[0]
    one = Appliance(tmp_path)
    assert running == 1
    try:
        one.serve()
        rows = one.cdrs()
        assert [row["cause"] for row in rows if row["dialled"] == "442079460002"] == ["crash"]
        assert one.do("payments.record", {"customer": "Alice", "amount": "1.00", "method": "cash", "request_id": "after"})["id"]
        one.verify()
        assert one.stop() == 0
    finally:
        one.kill()
    one.assert_clean_log()

"""Numbered .sql files bring a database up to date: all that are missing in one unit of work, with a backup before the first.

One unit, not one a file: where the third of three fails, the program of before must still find its own version.
`migrations/NNNN_name.sql`; PRAGMA user_version holds the number of the last one applied. A newer database is refused.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import cache
from importlib.resources import files
from pathlib import Path

from appliance.clock import Clock, rfc3339
from appliance.errors import EnvironmentFault
from appliance.store.database import Database

APPLICATION_ID = 0x544F4C4C  # "TOLL": tells our file from any other SQLite database


def steps() -> list[tuple[int, str]]:
    """(number, SQL) of every migration, in order."""
    found = [each for each in files("appliance.store").joinpath("migrations").iterdir() if each.name.endswith(".sql")]
    return sorted((int(each.name[:4]), each.read_text(encoding="utf-8")) for each in found)


@cache
def triggers() -> dict[str, str]:
    """{name: SQL} of every trigger that a database of the newest version has."""
    database = Database(Path(":memory:"))
    apply(database, steps())
    found = dict(database.fetch("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"))
    database.close()
    return found


def require_current(database: Database) -> None:
    """EnvironmentFault("database.newer"), ("database.older") or ("database.damaged") where it is not ours."""
    version, newest = database.version, steps()[-1][0]
    if version and database.value("PRAGMA application_id") != APPLICATION_ID:
        raise EnvironmentFault("database.damaged", path=database.path, detail="not a Tollhouse database")
    if version > newest:
        raise EnvironmentFault("database.newer", path=database.path, version=version, known=newest)
    if version < newest:
        raise EnvironmentFault("database.older", path=database.path, version=version, known=newest)


def open_current(path: Path, clock: Clock, migrations: list[tuple[int, str]] | None = None) -> Database:
    """Open for writing and apply what is missing; `migrations` are given by tests alone.

    A migration that fails leaves the database as it was, and raises; the copy made before stays in `backups/`.
    """
    known = steps() if migrations is None else migrations
    with ExitStack() as opened:
        database = Database(path)
        opened.callback(database.close)
        version = database.version
        if version and database.value("PRAGMA application_id") != APPLICATION_ID:
            raise EnvironmentFault("database.damaged", path=str(path), detail="not a Tollhouse database")
        if version > known[-1][0]:
            raise EnvironmentFault("database.newer", path=str(path), version=version, known=known[-1][0])
        if version == 0 and database.value("SELECT count(*) FROM sqlite_schema"):
            raise EnvironmentFault("database.damaged", path=str(path), detail="not a Tollhouse database")
        missing = [step for step in known if step[0] > version]
        if missing and version:
            _copy_before(database, path, version, clock)
        apply(database, missing)
        opened.pop_all()
    return database


def apply(database: Database, missing: list[tuple[int, str]]) -> None:
    """These migrations in order, all or none."""
    if not missing:
        return
    with database.unit():
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        for number, sql in missing:
            database.script(sql)
            database.execute(f"PRAGMA user_version = {number}")
        broken = database.fetch("PRAGMA foreign_key_check")
        if broken:
            raise EnvironmentFault("database.migration_failed", path=database.path, number=missing[-1][0], detail=f"{len(broken)} broken references")


def _copy_before(database: Database, path: Path, version: int, clock: Clock) -> None:
    folder = path.parent / "backups"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise EnvironmentFault("store.folder", path=str(folder), detail=str(error)) from error
    stamp = rfc3339(clock.utcnow()).replace(":", "").replace("-", "").partition(".")[0]
    database.copy_into(folder / f"before-version-{version}-{stamp}.db")

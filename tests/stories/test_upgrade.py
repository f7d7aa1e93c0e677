"""The owner upgrades in the middle of the day: the old program lets its calls end, the new one goes on with them all in the books.

Once from the program that was given away before, where the repository's history has it, and once from a database that it left.
"""

from __future__ import annotations

import gzip
import re
import shutil
import sqlite3
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from appliance.store import migration
from appliance.store.store import DATABASE_NAME
from tests.helpers import old_program, sipp
from tests.helpers.appliance import Appliance, sip_port, wait_for
from tests.helpers.shop import customer, rate, shop
from tests.stories.conftest import Peers

KEPT = Path(__file__).parents[1] / "store" / "databases"
NUMBERS = [f"10000{number:02d}" for number in range(1, 9)]
LONG = NUMBERS[:2]
"""Whose calls last until somebody ends them; the others talk for less than a second, again and again."""

DIALLED = "442079460001"
A_SECOND = Decimal("0.001")
"""The price: 0.0480 a minute and a quarter of that, by the second, no fee."""

CALLS, PER_SECOND, TALK_MS = 100_000, 20, 600


def charged(rows: Iterable[dict[str, Any]]) -> Decimal:
    return sum((Decimal(one["amount"]) for row in rows for one in row["charges"]), Decimal(0))


def owned(one: Appliance) -> Decimal:
    """What the customers have left."""
    return sum((Decimal(row["balance"]) for row in one.rows("balances") if not row["account"].startswith("reseller:")), Decimal(0))


def every_answer_is_recorded_once(load: sipp.Sipp, rows: list[dict[str, Any]]) -> None:
    ids = [row["call_id"] for row in rows if row["answered_at"]]
    assert len(ids) == len(set(ids))
    assert load.answered_calls() <= set(ids)


def begun(peers: Peers, name: str, appliance: Appliance, numbers: list[str], **more: object) -> sipp.Sipp:
    users = [(number, f"secret-{number}", DIALLED) for number in numbers]
    return peers.start(
        name, str(more.pop("scenario", sipp.caller())), remote=f"127.0.0.1:{appliance.sip_port}", users=users, pause_ms=TALK_MS, **more
    )


def agrees_with_today(file: Path, folder: Path, now: list[dict[str, Any]], opening: Decimal) -> None:
    """Yesterday's backup, in another folder: what it has is today's to the letter, the calls that ran then are closed, and the balances say so."""
    folder.mkdir()
    then, today = Appliance(folder), {row["id"]: row for row in now}
    then.run("restore", str(file), "--data", str(then.data))
    try:
        then.serve(seconds=60)  # which brings it up to date
        assert then.stop() == 0
    finally:
        then.kill()
    then.verify()
    rows = then.cdrs()
    ended = [row for row in rows if row["cause"] != "crash"]
    assert ended and len(ended) < len(now)
    assert all(row == today[row["id"]] for row in ended)
    assert all(row["call_id"] == today[row["id"]]["call_id"] for row in rows)
    assert owned(then) == opening - charged(rows)


@pytest.mark.needs("sipp", "history")
def test_the_old_program_gives_its_calls_over_to_the_new_one(tmp_path: Path, peers: Peers) -> None:
    prefix = old_program.unpacked(tmp_path / "program")
    old, trunk_port = Appliance(tmp_path, prefix), sip_port()
    new = Appliance(tmp_path)
    new.sip_port = old.sip_port
    opening = 5 * Decimal(len(NUMBERS))
    try:
        customers = [customer(f"C{number}", number, balance="5.00") for number in NUMBERS]
        old.apply(shop(trunk_port, rates=[rate("44", "United Kingdom", "0.0480")], customers=customers))
        old.serve("--drain", "1")
        peers.start("carrier", sipp.callee(), port=trunk_port, calls=CALLS)
        load = begun(peers, "load", old, NUMBERS[2:], calls=CALLS, rate=PER_SECOND)
        wait_for(lambda: len(load.answered_calls()) > 20, 30, "some calls")
        old.run("backup", str(tmp_path / "yesterday.backup"), "--data", str(old.data))
        cut = begun(peers, "long", old, LONG, scenario=sipp.caller_cut(60_000), calls=len(LONG))
        wait_for(lambda: sum(one["endpoint"] in LONG for one in old.rows("calls") if one["state"] == "answered") == len(LONG), 20, "the long calls")

        before = len(load.answered_calls())
        assert old.stop() == 0
        cut.succeed()
        new.serve("--drain", "1", seconds=60)
        wait_for(lambda: len(load.answered_calls()) > before + 30, 60, "calls go on with the new one")
        assert new.stop() == 0
        load.stop()

        now = new.cdrs()
        every_answer_is_recorded_once(load, now)
        assert [row["cause"] for row in now if row["endpoint"] in LONG] == ["shutdown"] * len(LONG)
        for row in now:
            assert charged([row]) == (row["billed_seconds"] * A_SECOND if row["answered_at"] else 0)
        assert owned(new) == opening - charged(now)
        assert new.rows("calls") == []
        new.verify()
        agrees_with_today(tmp_path / "yesterday.backup", tmp_path / "elsewhere", now, opening)

        (copy,) = (new.data / "backups").glob("before-version-*.db")
        back = Appliance(tmp_path / "back", prefix)
        back.data.mkdir(parents=True, mode=0o700)
        shutil.copyfile(copy, back.data / DATABASE_NAME)
        shutil.copyfile(new.data / "key", back.data / "key")
        back.verify()
        left = {row["call_id"]: row for row in back.cdrs()}
        assert owned(back) == opening - charged(left.values())
        assert {row["call_id"] for row in now if row["endpoint"] in LONG} <= left.keys(), "the way back has all that the old one recorded"
    finally:
        old.kill()
        new.kill()
    new.assert_clean_log()


def left_by_the_version_before(folder: Path, trunk_port: int) -> int:
    """The newest kept database of an older schema as the data folder, its carrier at that port; its version."""
    today = migration.steps()[-1][0]
    version = max(number for file in KEPT.glob("version-*.db.gz") if (number := int(re.findall(r"\d+", file.name)[0])) < today)
    folder.mkdir(mode=0o700)
    (folder / DATABASE_NAME).write_bytes(gzip.decompress((KEPT / f"version-{version}.db.gz").read_bytes()))
    (folder / "key").write_bytes((KEPT / f"version-{version}.key").read_bytes())
    (folder / "key").chmod(0o600)
    raw = sqlite3.connect(folder / DATABASE_NAME)
    raw.execute("UPDATE trunk SET port = ?", (trunk_port,))
    raw.commit()
    raw.close()
    return version


@pytest.mark.needs("sipp")
def test_calls_that_knock_during_the_upgrade_are_answered_after_it(tmp_path: Path, peers: Peers) -> None:
    trunk_port = sip_port()
    one = Appliance(tmp_path)
    version = left_by_the_version_before(one.data, trunk_port)
    try:
        peers.start("carrier", sipp.callee(), port=trunk_port, calls=CALLS)
        early = begun(peers, "early", one, ["1000001"])
        one.serve("--drain", "1", seconds=60)
        early.succeed()
        first = one.cdrs()
        opening = owned(one) + charged(first)
        load = begun(peers, "load", one, ["1000001"], calls=CALLS, rate=PER_SECOND / 2)
        wait_for(lambda: len(load.answered_calls()) > 10, 30, "some calls")
        one.run("backup", str(tmp_path / "yesterday.backup"), "--data", str(one.data))
        assert one.stop() == 0
        one.serve("--drain", "1")
        wait_for(lambda: len(load.answered_calls()) > 30, 60, "calls go on")
        assert one.stop() == 0
        load.stop()
        now = one.cdrs()
        every_answer_is_recorded_once(load, now)
        assert owned(one) == opening - charged(now)
        one.verify()
        agrees_with_today(tmp_path / "yesterday.backup", tmp_path / "elsewhere", now, opening)
        assert [copy.name.split("-")[2] for copy in (one.data / "backups").glob("before-version-*.db")] == [str(version)]
    finally:
        one.kill()
    one.assert_clean_log()

"""One checked file, and back: nothing of the old folder is touched before the new one is whole."""

from __future__ import annotations

import hashlib
import sqlite3
import sys
import threading
import zipfile
from pathlib import Path

import msgspec
import pytest

from appliance.clock import SteppedClock
from appliance.errors import EnvironmentFault
from appliance.store import backup as module
from appliance.store.backup import backup, restore
from appliance.store.seal import Seal
from appliance.store.store import DATABASE_NAME, Reader, Store
from appliance.store.verify import verify
from tests.store.shop import Shop, record_call


@pytest.fixture
def full(store: Store, shop: Shop) -> Store:
    """A folder with calls, a key, a configuration and a certificate."""
    with store.write():
        for number in range(1, 30):
            record_call(store, shop, number)
    Seal.of(store.folder)
    (store.folder / "tollhouse.toml").write_text("# mine\n")
    (store.folder / "certificates" / "old").mkdir(parents=True)
    (store.folder / "certificates" / "old" / "own.pem").write_text("PEM")
    (store.folder / "logs").mkdir()
    return store


def code_of(call: object, *arguments: object) -> str:
    with pytest.raises(EnvironmentFault) as met:
        call(*arguments)  # type: ignore[operator]
    return met.value.code


def test_everything_comes_back(full: Store, tmp_path: Path, clock: SteppedClock) -> None:
    file = tmp_path / "there" / "monday.toll"
    made = backup(full.folder, file, clock)
    assert made.sha256 == hashlib.sha256(file.read_bytes()).hexdigest() and made.bytes == file.stat().st_size
    assert [each.name for each in file.parent.iterdir()] == ["monday.toll"]
    if sys.platform != "win32":
        assert file.stat().st_mode & 0o777 == 0o600
    done = restore(file, tmp_path / "new", clock)
    assert done.kept is None and done.made_at == made.at
    with Reader(tmp_path / "new") as there:
        assert verify(there.database).ok and there.cdrs.count()[0] == 29
    assert (tmp_path / "new" / "key").read_bytes() == (full.folder / "key").read_bytes()
    assert (tmp_path / "new" / "certificates" / "old" / "own.pem").read_text() == "PEM"
    if sys.platform != "win32":
        assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "new" / "key").stat().st_mode & 0o777 == 0o600


def test_beside_running_calls(full: Store, shop: Shop, tmp_path: Path, clock: SteppedClock) -> None:
    stop = threading.Event()

    def calls() -> None:
        number = 100
        while not stop.is_set():
            with full.write():
                record_call(full, shop, number)
            number += 1

    writer = threading.Thread(target=calls)
    writer.start()
    try:
        for each in range(3):
            backup(full.folder, tmp_path / f"{each}.toll", clock)
    finally:
        stop.set()
        writer.join()
    for each in range(3):
        restore(tmp_path / f"{each}.toll", tmp_path / f"new{each}", clock)
        with Reader(tmp_path / f"new{each}") as there:
            assert verify(there.database).ok and there.cdrs.count()[0] >= 29


def test_the_old_folder_is_kept(full: Store, tmp_path: Path, clock: SteppedClock) -> None:
    file = tmp_path / "a.toll"
    backup(full.folder, file, clock)
    with full.write():
        full.settings.put("later", "1")
    full.close()
    done = restore(file, full.folder, clock)
    assert done.kept is not None
    with Reader(done.kept) as old, Reader(full.folder) as new:
        assert old.settings.get("later") == "1" and new.settings.get("later") is None
    with Store(full.folder, clock) as again, again.write():
        again.settings.put("a", "1")


def test_a_running_server_is_not_restored_over(full: Store, tmp_path: Path, clock: SteppedClock) -> None:
    backup(full.folder, tmp_path / "a.toll", clock)
    assert code_of(restore, tmp_path / "a.toll", full.folder, clock) == "store.in_use"


def test_a_damaged_file_is_refused(full: Store, tmp_path: Path, clock: SteppedClock) -> None:
    file = tmp_path / "a.toll"
    backup(full.folder, file, clock)
    whole = file.read_bytes()
    for at in range(50, len(whole), max(1, len(whole) // 23)):
        damaged = bytearray(whole)
        damaged[at] ^= 0x55
        file.write_bytes(damaged)
        try:
            restore(file, tmp_path / f"new{at}", clock)
        except EnvironmentFault as fault:
            assert fault.code == "backup.damaged"
            assert not (tmp_path / f"new{at}").exists()
        else:  # a byte of the zip's own that says nothing of the content
            with Reader(tmp_path / f"new{at}") as there:
                assert verify(there.database).ok
    file.write_bytes(whole[: len(whole) // 2])
    assert code_of(restore, file, tmp_path / "new", clock) == "backup.damaged"
    assert code_of(restore, tmp_path / "none.toll", tmp_path / "new", clock) == "backup.missing"
    assert not [each.name for each in tmp_path.iterdir() if each.name.startswith(".")], "nothing half-made stays"


def rebuilt(file: Path, to: Path, change: object) -> None:
    """The same archive with its members changed and the manifest put right for them."""
    with zipfile.ZipFile(file) as old:
        members = {name: old.read(name) for name in old.namelist()}
    manifest = msgspec.json.decode(members.pop("manifest.json"))
    change(members)  # type: ignore[operator]
    manifest["members"] = [{"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in members.items()]
    with zipfile.ZipFile(to, "w") as new:
        for name, data in members.items():
            new.writestr(name, data)
        new.writestr("manifest.json", msgspec.json.encode(manifest))


@pytest.mark.parametrize("name", ["../evil", "/evil", "certificates/../../evil", "store.lock", "certificates\\..\\evil", "C:evil"])
def test_nothing_leaves_the_folder(full: Store, tmp_path: Path, clock: SteppedClock, name: str) -> None:
    backup(full.folder, tmp_path / "a.toll", clock)
    rebuilt(tmp_path / "a.toll", tmp_path / "b.toll", lambda members: members.update({name: b"evil"}))
    assert code_of(restore, tmp_path / "b.toll", tmp_path / "deep" / "new", clock) == "backup.damaged"
    assert not (tmp_path / "evil").exists() and not (tmp_path / "deep" / "evil").exists()


def test_a_newer_database_is_refused(full: Store, tmp_path: Path, clock: SteppedClock) -> None:
    backup(full.folder, tmp_path / "a.toll", clock)
    raw = tmp_path / "raw.db"

    def newer(members: dict[str, bytes]) -> None:
        raw.write_bytes(members[DATABASE_NAME])
        connection = sqlite3.connect(raw)
        connection.execute("PRAGMA user_version = 999")
        connection.close()
        members[DATABASE_NAME] = raw.read_bytes()

    rebuilt(tmp_path / "a.toll", tmp_path / "b.toll", newer)
    assert code_of(restore, tmp_path / "b.toll", tmp_path / "new", clock) == "database.newer"
    assert not (tmp_path / "new").exists()


def test_a_database_damaged_before_it_was_packed_is_refused(full: Store, tmp_path: Path, clock: SteppedClock) -> None:
    backup(full.folder, tmp_path / "a.toll", clock)

    def spoil(members: dict[str, bytes]) -> None:
        data = bytearray(members[DATABASE_NAME])
        middle = len(data) // 2 // 4096 * 4096
        data[middle : middle + 8192] = b"\xa5" * 8192
        members[DATABASE_NAME] = bytes(data)

    rebuilt(tmp_path / "a.toll", tmp_path / "b.toll", spoil)
    assert code_of(restore, tmp_path / "b.toll", tmp_path / "new", clock) == "backup.damaged"


def test_a_target_that_cannot_be_written_is_told_and_the_older_backup_stays(
    full: Store, tmp_path: Path, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    assert code_of(backup, full.folder, tmp_path / "file" / "a.toll", clock) == "backup.failed"
    file = tmp_path / "a.toll"
    backup(full.folder, file, clock)
    before = file.read_bytes()

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_pack", full_disk)
    assert code_of(backup, full.folder, file, clock) == "backup.failed"
    assert file.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir() if each.name.startswith(".")) == []


def test_a_folder_that_cannot_be_renamed_is_swapped_piece_by_piece(
    full: Store, tmp_path: Path, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the data folder is a mounted volume."""
    import os

    file = tmp_path / "a.toll"
    backup(full.folder, file, clock)
    full.close()
    real = os.replace

    def mounted(source: Path, target: Path) -> None:
        if full.folder in (Path(source), Path(target)):
            raise OSError(16, "Device or resource busy")
        real(source, target)

    monkeypatch.setattr(os, "replace", mounted)
    done = restore(file, full.folder, clock)
    monkeypatch.undo()
    assert done.kept is not None and done.kept.parent == full.folder
    with Reader(done.kept) as old, Reader(full.folder) as new:
        assert old.cdrs.count() == new.cdrs.count()


def test_a_restore_of_another_shops_backup_erases_nobody(full: Store, shop: Shop, tmp_path: Path, clock: SteppedClock) -> None:
    backup(full.folder, tmp_path / "a.toll", clock)
    with Store(tmp_path / "other", clock) as other:
        from tests.store.shop import shop_in

        there = shop_in(other)
        with other.write():
            other.people.erase(there.customer, 5)
    assert restore(tmp_path / "a.toll", tmp_path / "other", clock).erased == 0
    with full.write():
        full.people.erase(shop.customer, 5)
    full.close()
    assert restore(tmp_path / "a.toll", full.folder, clock).erased == 1
    with Reader(full.folder) as reader:
        assert reader.customers.find(shop.root, "Alice Shop") is None

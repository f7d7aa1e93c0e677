"""Units of work: all or nothing, one call's fault alone, readers beside the writer, commit on another thread."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from appliance.clock import SteppedClock
from appliance.errors import Conflict, EnvironmentFault, NotFound
from appliance.store.checkpoint import Checkpointer
from appliance.store.lock import FolderLock, in_use
from appliance.store.store import DATABASE_NAME, Reader, Store
from tests.store.shop import Shop, customer_in, record_call, reseller_in


class Oops(Exception):
    pass


def test_a_unit_is_seen_whole_or_not_at_all(store: Store, shop: Shop) -> None:
    with store.reader() as reader:
        store.begin()
        record_call(store, shop, 1)
        assert store.changed and store.calls.get(1) is not None
        assert reader.calls.get(1) is None and not reader.calls.charges(1)
        store.commit()
        assert reader.calls.get(1) is not None and len(reader.calls.charges(1)) == 1
        store.begin()
        record_call(store, shop, 2)
        store.rollback()
        assert reader.calls.get(2) is None and store.calls.get(2) is None


def test_a_unit_without_writes_says_so(store: Store, shop: Shop) -> None:
    store.begin()
    assert store.calls.get(1) is None
    assert not store.changed and store.in_unit
    store.commit()
    assert not store.in_unit


def test_what_raises_undoes_itself(store: Store) -> None:
    with pytest.raises(Oops), store.write():
        store.settings.put("a", "1")
        raise Oops
    assert store.settings.get("a") is None and not store.in_unit


def test_a_write_inside_a_unit_joins_it_as_a_savepoint(store: Store) -> None:
    with store.write():
        store.settings.put("outer", "1")
        with pytest.raises(Oops), store.write():
            store.settings.put("inner", "1")
            raise Oops
        with store.write(), store.savepoint():
            store.settings.put("second", "1")
    assert store.settings.all() == {"outer": "1", "second": "1"}


def test_joined_units_go_with_the_outer_one(store: Store) -> None:
    with pytest.raises(Oops), store.write():
        with store.write():
            store.settings.put("inner", "1")
        raise Oops
    assert store.settings.all() == {}


def test_one_calls_fault_undoes_itself_alone(store: Store, shop: Shop) -> None:
    store.begin()
    for number in range(1, 6):
        try:
            with store.savepoint():
                record_call(store, shop, number)
                if number == 3:
                    raise Oops
        except Oops:
            pass
    store.commit()
    assert [number for number in range(1, 6) if store.calls.get(number)] == [1, 2, 4, 5]


def test_two_units_at_once_are_a_bug(store: Store) -> None:
    store.begin()
    with pytest.raises(RuntimeError):
        store.begin()
    store.rollback()


def test_nothing_is_written_outside_a_unit(store: Store) -> None:
    """Or a statement after a unit that SQLite threw away would stand alone."""
    with pytest.raises(Exception, match="constraint"):
        store.settings.put("a", "1")
    assert store.settings.get("a") is None


def test_a_commit_may_run_on_another_thread(store: Store, shop: Shop) -> None:
    for number in range(1, 20):
        store.begin()
        record_call(store, shop, number)
        thread = threading.Thread(target=store.commit)
        thread.start()
        thread.join()
    with store.reader() as reader:
        assert reader.cdrs.count() == (19, 19 * 15000)


def test_a_reader_keeps_its_moment_while_the_writer_goes_on(store: Store, shop: Shop) -> None:
    with store.reader() as reader, reader.snapshot():
        assert reader.calls.get(1) is None
        with store.write():
            record_call(store, shop, 1)
        store.database.checkpoint()
        assert reader.calls.get(1) is None
    with store.reader() as reader:
        assert reader.calls.get(1) is not None


def test_a_reader_cannot_write(store: Store) -> None:
    with store.reader() as reader, pytest.raises(EnvironmentFault) as met:
        reader.settings.put("a", "1")
    assert met.value.code == "database.read_only"


def test_the_folder_has_one_writer(store: Store, folder: Path, clock: SteppedClock) -> None:
    assert in_use(folder)
    with pytest.raises(EnvironmentFault) as met:
        Store(folder, clock)
    assert met.value.code == "store.in_use"
    store.close()
    assert not in_use(folder)
    Store(folder, clock).close()


def test_a_failed_opening_gives_the_folder_free(folder: Path, clock: SteppedClock) -> None:
    folder.mkdir()
    (folder / DATABASE_NAME).write_bytes(b"no database at all, but long enough to be read as the head of one" * 100)
    with pytest.raises(EnvironmentFault):
        Store(folder, clock)
    FolderLock(folder).release()


def test_the_folder_is_its_owners_alone(store: Store, folder: Path) -> None:
    if sys.platform != "win32":
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (folder / "store.lock").stat().st_mode & 0o777 == 0o600


def test_closing_moves_the_log_into_the_file(folder: Path, clock: SteppedClock) -> None:
    with Store(folder, clock) as store, store.write():
        store.settings.put("a", "1")
    log = folder / (DATABASE_NAME + "-wal")
    assert not log.exists() or log.stat().st_size == 0
    with Reader(folder) as reader:
        assert reader.settings.get("a") == "1"


def test_the_checkpointer_keeps_the_log_short_beside_the_writer(store: Store, shop: Shop) -> None:
    checkpointer = Checkpointer(store.folder / DATABASE_NAME, interval_seconds=0.005)
    checkpointer.start()
    for number in range(1, 1500, 10):
        with store.write():
            for each in range(number, number + 10):
                record_call(store, shop, each)
    checkpointer.stop()
    assert checkpointer.fault is None and checkpointer.rounds >= 1
    with store.write():
        store.settings.put("a", "1")  # the log begins anew
    assert store.database.log_frames() < 10


def test_a_version_is_checked(store: Store, shop: Shop) -> None:
    with store.write():
        store.customers.update(shop.customer, {"max_calls": 3}, 1)
        with pytest.raises(Conflict) as met:
            store.customers.update(shop.customer, {"max_calls": 4}, 1)
        assert met.value.code == "store.changed_meanwhile"
        store.customers.update(shop.customer, {"max_calls": 5}, 2)
        store.customers.update(shop.customer, {})
        with pytest.raises(NotFound):
            store.customers.update(99, {"max_calls": 4})
        with pytest.raises(ValueError, match="does not change"):
            store.customers.update(shop.customer, {"person_id": 4})
        with pytest.raises(ValueError, match="no column"):
            store.customers.insert(nonsense=1)
    customer = store.customers.get(shop.customer)
    assert customer is not None and (customer.max_calls, customer.version) == (5, 3)


def test_names_are_taken_until_archived(store: Store, shop: Shop) -> None:
    with store.write():
        with pytest.raises(Conflict) as met, store.savepoint():
            customer_in(store, shop.root, "Alice Shop", shop.tariff, shop.credit)
        assert met.value.code == "store.taken"
        with pytest.raises(Conflict), store.savepoint():
            reseller_in(store, "sub", shop.root)
        store.customers.archive(shop.customer, 5)
        with pytest.raises(NotFound):
            store.customers.archive(shop.customer, 6)
        assert store.customers.find(shop.root, "Alice Shop") is None
        again = customer_in(store, shop.root, "Alice Shop", shop.tariff, shop.credit)
    found = store.customers.find(shop.root, "Alice Shop")
    assert found is not None and found.id == again

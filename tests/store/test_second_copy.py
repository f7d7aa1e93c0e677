"""The copy elsewhere: whatever was written is there, encrypted, and comes back."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from appliance.clock import SteppedClock
from appliance.errors import EnvironmentFault, UserError
from appliance.store import second_copy
from appliance.store.checkpoint import LONGEST_SECONDS, Checkpointer
from appliance.store.copy_cipher import CopyKey, new_phrase
from appliance.store.copy_restore import generations, restore_copy
from appliance.store.database import Database
from appliance.store.log_frames import Gap, read_new
from appliance.store.seal import Seal
from appliance.store.second_copy import SecondCopy
from appliance.store.store import DATABASE_NAME, Reader, Store
from appliance.store.verify import verify
from tests.store.shop import START, Shop, pay, record_call

PHRASE = new_phrase()
KEY = CopyKey.of(PHRASE)


class Rig:
    """A store with its checkpoints and copy, moved by hand; no thread of them runs."""

    def __init__(self, store: Store, destination: Path, clock: SteppedClock) -> None:
        self.store = store
        self.clock = clock
        self.destination = destination
        self.copy = SecondCopy(store.folder, destination, KEY, clock)
        self.checkpointer = Checkpointer(store.folder / DATABASE_NAME, self.copy.around)

    def calls(self, shop: Shop, first: int, count: int) -> None:
        with self.store.write():
            for number in range(first, first + count):
                record_call(self.store, shop, number)

    def restored(self, to: Path, **how: bool) -> Reader:
        restore_copy(self.destination, PHRASE, to, self.clock, **how)
        return Reader(to)


@pytest.fixture
def rig(store: Store, tmp_path: Path, clock: SteppedClock) -> Rig:
    return Rig(store, tmp_path / "nas", clock)


def test_full_copy_then_pages_come_back_whole(rig: Rig, shop: Shop, tmp_path: Path) -> None:
    secret = Seal.of(rig.store.folder).seal("secret-1", "endpoint:1")
    (rig.store.folder / "tollhouse.toml").write_text("# mine\n")
    (rig.store.folder / "certificates").mkdir()
    (rig.store.folder / "certificates" / "own.pem").write_text("PEM")
    rig.calls(shop, 1, 50)
    rig.copy.round()
    for first in range(51, 351, 50):
        rig.calls(shop, first, 50)
        assert rig.checkpointer.round()
        rig.copy.round()
    assert len(generations(rig.destination)[0].files) >= 6
    with rig.restored(tmp_path / "new") as there:
        assert verify(there.database).ok
        assert [line.id for line in there.cdrs.lines()] == list(range(1, 351))
        assert there.accounts.balance(shop.credit) == rig.store.accounts.balance(shop.credit)
    assert (tmp_path / "new" / "tollhouse.toml").read_text() == "# mine\n"
    assert (tmp_path / "new" / "certificates" / "own.pem").read_text() == "PEM"
    assert Seal.of(tmp_path / "new", make=False).open(secret, "endpoint:1") == "secret-1"
    assert CopyKey.load(tmp_path / "new") == KEY


def test_nothing_readable_lies_at_the_destination(rig: Rig, shop: Shop) -> None:
    rig.calls(shop, 1, 20)
    rig.copy.round()
    for file in generations(rig.destination)[0].files:
        content = file.read_bytes()
        assert b"SQLite" not in content and b"alice@example.test" not in content and b"31201234567" not in content


def test_pages_survive_a_log_that_begins_anew(rig: Rig, shop: Shop, tmp_path: Path) -> None:
    """The log restarts between rounds, in the midst of what was collected and not yet written."""
    rig.copy.round()
    number = 1
    for _ in range(12):
        rig.calls(shop, number, 5)
        number += 5
        rig.checkpointer.round()  # wholly moved: the next write begins the log anew
        rig.calls(shop, number, 5)
        number += 5
    rig.checkpointer.round()
    rig.copy.round()
    with rig.restored(tmp_path / "new") as there:
        assert verify(there.database).ok
        assert len(list(there.cdrs.lines())) == number - 1


def test_somebody_elses_checkpoint_is_a_gap_and_leads_to_a_new_full_copy(rig: Rig, shop: Shop, tmp_path: Path) -> None:
    rig.copy.round()
    rig.calls(shop, 1, 5)
    rig.checkpointer.round()
    for first in (10, 20, 30):  # behind our back, and twice, so that the log's number jumps
        rig.calls(shop, first, 5)
        rig.store.database.checkpoint("TRUNCATE")
    rig.calls(shop, 40, 5)
    rig.checkpointer.round()
    rig.copy.round()
    assert len(generations(rig.destination)) == 2
    with rig.restored(tmp_path / "new") as there:
        assert verify(there.database).ok
        assert len(list(there.cdrs.lines())) == 25


def test_a_gap_is_told(rig: Rig, shop: Shop) -> None:
    first = read_new(rig.store.database, None)
    assert first.pages and first.mark.frames
    with pytest.raises(Gap):
        read_new(rig.store.database, first.mark._replace(frames=first.mark.frames + 1))
    with pytest.raises(Gap):
        read_new(rig.store.database, first.mark._replace(salt=first.mark.salt - 5))
    assert read_new(rig.store.database, first.mark).pages == {}


def test_a_destination_that_fails_delays_no_checkpoint_and_is_tried_again(rig: Rig, shop: Shop, tmp_path: Path, clock: SteppedClock) -> None:
    rig.destination.write_text("no folder")
    rig.copy.round()
    rig.calls(shop, 1, 5)
    assert rig.checkpointer.round()
    status = rig.copy.status()
    assert status.fault is not None and status.fault.code == "copy.failed" and status.at is None and status.alarm
    rig.destination.unlink()
    clock.advance(second_copy.RETRY_SECONDS)
    rig.copy.round(force=False)
    assert rig.copy.status().fault is None and not rig.copy.status().alarm
    with rig.restored(tmp_path / "new") as there:
        assert len(list(there.cdrs.lines())) == 5


def test_pages_wait_for_a_destination_that_went_away(rig: Rig, shop: Shop, tmp_path: Path) -> None:
    rig.copy.round()
    (generation,) = generations(rig.destination)
    aside = tmp_path / "aside"
    rig.destination.rename(aside)
    rig.destination.write_text("gone")
    rig.calls(shop, 1, 5)
    rig.checkpointer.round()
    rig.copy.round()
    assert rig.copy.status().fault is not None
    rig.destination.unlink()
    aside.rename(rig.destination)
    rig.calls(shop, 6, 5)
    rig.checkpointer.round()
    rig.copy.round()
    assert rig.copy.status().fault is None
    assert generation.path.name in [each.path.name for each in generations(rig.destination)]
    with rig.restored(tmp_path / "new") as there:
        assert verify(there.database).ok and len(list(there.cdrs.lines())) == 10


def test_another_disk_in_its_place_gets_a_full_copy_after_a_while(rig: Rig, shop: Shop, tmp_path: Path, clock: SteppedClock) -> None:
    rig.copy.round()
    rig.destination.rename(tmp_path / "aside")
    rig.calls(shop, 1, 5)
    rig.checkpointer.round()
    rig.copy.round()
    fault = rig.copy.status().fault
    assert fault is not None and fault.code == "copy.gone" and not rig.destination.exists()
    clock.advance(second_copy.GONE_SECONDS)
    rig.copy.round()
    rig.copy.round()
    assert rig.copy.status().fault is None
    with rig.restored(tmp_path / "new") as there:
        assert len(list(there.cdrs.lines())) == 5


def test_a_day_without_a_copy_is_an_alarm(rig: Rig, shop: Shop, clock: SteppedClock) -> None:
    rig.copy.round()
    assert not rig.copy.status().alarm
    clock.advance(25 * 3600)
    assert rig.copy.status().alarm
    rig.checkpointer.round()
    rig.copy.round()
    assert not rig.copy.status().alarm


def test_a_full_copy_each_day_and_two_are_kept(rig: Rig, shop: Shop, clock: SteppedClock) -> None:
    for day in range(4):
        rig.calls(shop, 1 + day * 10, 5)
        rig.checkpointer.round()
        rig.copy.round()
        clock.advance(second_copy.FULL_SECONDS)
    assert len(generations(rig.destination)) == 2


def test_it_is_never_five_minutes_behind(rig: Rig, shop: Shop, clock: SteppedClock, tmp_path: Path) -> None:
    """A call every ten seconds, and then none: checkpoints and rounds at the moments at which their threads come to them."""
    longest = behind = 0.0
    checkpointed = 0.0
    rig.copy.round()
    for second in range(0, 1200, 10):
        if second < 900:
            rig.calls(shop, 1 + second // 10, 1)
        clock.advance(10)
        checkpointed += 10
        if rig.checkpointer.round(force=checkpointed >= LONGEST_SECONDS):
            checkpointed = 0
        rig.copy.round(force=False)
        if second % 170 == 0 or second == 1190:
            with Reader(rig.store.folder) as here, rig.restored(tmp_path / f"at-{second}") as there:
                behind = (len(list(here.cdrs.lines())) - len(list(there.cdrs.lines()))) * 10.0
            longest = max(longest, behind)
    assert 0 < longest < 300 and behind == 0


def test_too_many_waiting_pages_become_a_full_copy(rig: Rig, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.copy.round()
    monkeypatch.setattr(second_copy, "MOST_PAGES", 3)
    rig.calls(shop, 1, 50)
    rig.checkpointer.round()
    monkeypatch.undo()
    rig.copy.round()
    assert len(generations(rig.destination)) == 2
    with rig.restored(tmp_path / "new") as there:
        assert len(list(there.cdrs.lines())) == 50


def test_damage_and_missing_files_are_told_with_the_moment_it_is_good_to(rig: Rig, shop: Shop, tmp_path: Path, clock: SteppedClock) -> None:
    rig.copy.round()
    for first in (1, 6, 11):
        rig.calls(shop, first, 5)
        rig.checkpointer.round()
        rig.copy.round()
        clock.advance(60)
    files = generations(rig.destination)[0].files
    damaged = bytearray(files[-2].read_bytes())
    damaged[len(damaged) // 2] ^= 1
    files[-2].write_bytes(damaged)
    with pytest.raises(EnvironmentFault) as met:
        restore_copy(rig.destination, PHRASE, tmp_path / "new", clock)
    assert met.value.code in {"copy.damaged", "copy.unreadable"} and met.value.parameters["good_until"]
    assert not (tmp_path / "new").exists()
    with rig.restored(tmp_path / "new", as_far_as_good=True) as there:
        assert verify(there.database).ok and len(list(there.cdrs.lines())) == 5
    files[-2].unlink()
    with pytest.raises(EnvironmentFault, match="missing before it"):
        restore_copy(rig.destination, PHRASE, tmp_path / "other", clock)


def test_another_phrase_opens_nothing(rig: Rig, shop: Shop, tmp_path: Path, clock: SteppedClock) -> None:
    rig.copy.round()
    with pytest.raises(EnvironmentFault) as met:
        restore_copy(rig.destination, new_phrase(), tmp_path / "new", clock)
    assert met.value.code == "copy.unreadable"
    with pytest.raises(UserError) as wrong:
        restore_copy(rig.destination, PHRASE[:-1] + ("0" if PHRASE[-1] != "0" else "1"), tmp_path / "new", clock)
    assert wrong.value.code == "copy.phrase_wrong"


def test_a_restore_applies_later_erasures_again(rig: Rig, shop: Shop, tmp_path: Path, clock: SteppedClock) -> None:
    rig.calls(shop, 1, 3)
    rig.copy.round()
    with rig.store.write():
        assert rig.store.people.erase(shop.customer, clock.utcnow()) == 3
    rig.store.close()
    done = restore_copy(rig.destination, PHRASE, rig.store.folder, clock)
    assert done.erased == 1 and done.kept is not None and (done.kept / DATABASE_NAME).exists()
    with Reader(rig.store.folder) as there:
        assert verify(there.database).ok
        assert {line.caller for line in there.cdrs.lines()} == {""}


def test_while_calls_are_written_and_everything_runs_in_threads(store: Store, shop: Shop, tmp_path: Path, clock: SteppedClock) -> None:
    copy = SecondCopy(store.folder, tmp_path / "nas", KEY, clock, write_seconds=0.0)
    checkpointer = Checkpointer(store.folder / DATABASE_NAME, copy.around, interval_seconds=0.005)
    stop = threading.Event()

    def forever() -> None:
        number = 1
        while not stop.is_set() and number < 800:
            with store.write():
                for _ in range(5):
                    record_call(store, shop, number)
                    number += 1
                pay(store, START, shop.credit, shop.cash, 10, shop.customer)

    writer = threading.Thread(target=forever)
    checkpointer.start()
    copy.start()
    writer.start()
    writer.join(timeout=20)
    stop.set()
    writer.join()
    checkpointer.stop()
    copy.stop()
    assert checkpointer.fault is None and copy.status().fault is None
    restore_copy(tmp_path / "nas", PHRASE, tmp_path / "new", clock)
    with Reader(tmp_path / "new") as there:
        assert verify(there.database).ok
        assert there.calls.next_id() == store.calls.next_id()
        assert there.accounts.balance(shop.credit) == store.accounts.balance(shop.credit)


def test_a_stop_during_a_round_is_followed_by_a_last_one(
    store: Store, shop: Shop, tmp_path: Path, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied, go_on = threading.Event(), threading.Event()
    copy_pages = Database.copy_pages

    def slowly(database: Database, path: Path) -> None:
        copy_pages(database, path)
        copied.set()
        assert go_on.wait(20)

    monkeypatch.setattr(Database, "copy_pages", slowly)
    copy = SecondCopy(store.folder, tmp_path / "nas", KEY, clock)
    checkpointer = Checkpointer(store.folder / DATABASE_NAME, copy.around)
    copy.start()
    assert copied.wait(20)
    ending = threading.Thread(target=copy.stop)
    write_pages = SecondCopy._write_pages
    rounds: list[bool] = []

    def then_more(self: SecondCopy) -> None:
        """The first round is at its end: what is written now is for the last one."""
        write_pages(self)
        if not rounds:
            rounds.append(True)
            ending.start()
            while not copy._stopping:
                pass
            with store.write():
                record_call(store, shop, 1)
            checkpointer.round()

    monkeypatch.setattr(SecondCopy, "_write_pages", then_more)
    go_on.set()
    copy._thread.join(20)
    ending.join(20)
    restore_copy(tmp_path / "nas", PHRASE, tmp_path / "new", clock)
    with Reader(tmp_path / "new") as there:
        assert there.calls.next_id() == store.calls.next_id() == 2

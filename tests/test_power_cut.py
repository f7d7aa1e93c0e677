"""The power goes: what is found again is what was on the disk, and nobody was told more than that of an answer."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from appliance.services.keeping.verify import verify_folder
from appliance.sip.facts import CallAnswered, CallEnded
from appliance.sip.policy import Admitted, CallRequest
from tests.services.shop import micros
from tests.test_switch import PHONE, Door


class Cut:
    """A switch whose units go into the log, and a disk that has what was last synced."""

    def __init__(self, folder: Path) -> None:
        self.door = Door(folder)
        self.files = [folder / "tollhouse.db", folder / "tollhouse.db-wal"]
        self.kept = folder.parent / "disk"
        self.kept.mkdir()
        self.sync()

    def sync(self) -> None:
        self.door.switch.sync()
        for each in self.files:
            shutil.copy(each, self.kept / each.name)

    def unit(self, *facts: object) -> None:
        switch = self.door.switch
        switch.begin(quick=True)
        switch.record(facts, self.door.shop.clock.monotonic())  # type: ignore[arg-type]
        assert switch.needs_commit() and switch.quick()
        lasting = switch.lasting()
        switch.commit()
        switch.committed()
        if lasting:
            self.sync()

    def admit(self) -> int:
        self.door.switch.begin(quick=True)
        request = CallRequest("c1@phone", "442079460001", "1000001", "", False, PHONE, "a phone", endpoint=self.door.it.alice)
        answer = self.door.switch.admit(request, self.door.shop.clock.monotonic())
        assert isinstance(answer, Admitted)
        self.unit()
        return answer.call

    def power(self) -> None:
        """It goes, and comes back."""
        self.door.shop.store.close()
        for each in self.files:
            shutil.copy(self.kept / each.name, each)
        self.files[0].with_name("tollhouse.db-shm").unlink(missing_ok=True)
        self.door.shop.open()
        self.door.shop.start()


@pytest.mark.parametrize("reached", ["admitted", "answered", "ended"])
def test_the_power_goes_before_the_disk_has_the_last_unit(tmp_path: Path, reached: str) -> None:
    cut = Cut(tmp_path / "data")
    door, shop = cut.door, cut.door.shop
    before = shop.balance(door.it.account)
    call = cut.admit()
    if reached != "admitted":
        shop.clock.advance(3)
        cut.unit(CallAnswered(call, door.it.trunk, None, "", "", door.dialog(), door.dialog(), shop.clock.monotonic()))
        shop.clock.advance(30)
        shop.services.heartbeat.beat()
        shop.commit()
        cut.sync()
    if reached == "ended":
        shop.clock.advance(0.6)
        cut.unit(CallEnded(call, 200, "normal", "caller", door.it.trunk, "", "", None, shop.clock.monotonic()))
        assert shop.balance(door.it.account) < before
    cut.power()
    record = shop.store.calls.get(call)
    if reached == "admitted":
        assert record is None and shop.balance(door.it.account) == before
    else:
        assert record is not None and record.cause == "crash", record
        assert (record.duration_ms, shop.balance(door.it.account)) == (30_000, before - micros("0.0075"))
    assert shop.store.calls.get_live(call) is None
    shop.store.close()
    assert verify_folder(tmp_path / "data").ok

"""The computer is gone, the second copy is left: a new one serves again from it, by its recovery phrase, and its first call is made."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

import pytest

from tests.helpers import sipp
from tests.helpers.appliance import Appliance, sip_port, wait_for
from tests.helpers.shop import customer, rate, shop
from tests.stories.conftest import Peers

ALICE = "1000001"
SECONDS = 120
"""Of the fifteen minutes that the owner has those that the program may take; the rest is for finding the phrase and typing it."""


@pytest.mark.needs("sipp")
def test_a_new_computer_goes_on_from_the_second_copy(tmp_path: Path, peers: Peers) -> None:
    trunk_port = sip_port()
    old = Appliance(tmp_path / "old")
    old.folder.mkdir()
    place = tmp_path / "nas"
    old.apply(shop(trunk_port, rates=[rate("31", "Netherlands", "0.0400")], customers=[customer("Alice", ALICE, balance="10.00")]))
    old.serve("--set", f"backup.copy_to={place}")
    phrase = wait_for(lambda: re.search(r"shown this once: (.+)", old.errors.read_text()), 15, "the recovery phrase").group(1).strip()
    old.do("payments.record", {"customer": "Alice", "amount": "5.00", "method": "cash"})
    wait_for(lambda: list(place.glob("*/000000.full")), 30, "the first full copy")
    assert old.stop() == 0
    shutil.rmtree(old.data)

    begun = time.monotonic()
    new = Appliance(tmp_path / "new")
    new.folder.mkdir()
    wrong = new.run("restore", str(place), "--data", str(new.data), stdin="not the phrase\n", code=None)
    assert wrong.returncode != 0 and "phrase" in wrong.stderr and not new.data.exists()
    note = tmp_path / "phrase.txt"
    note.write_text(phrase + "\n")
    new.run("restore", str(place), "--phrase-file", str(note), "--data", str(new.data))
    new.serve()
    assert new.balance("alice") == "15.00"
    assert new.do("endpoints.reveal", {"id": 1})["password"] == "secret-1000001", "the key came with the copy"
    carrier = peers.start("carrier", sipp.callee(), port=trunk_port)
    users = [(ALICE, f"secret-{ALICE}", "31201234567")]
    peers.start("alice", sipp.caller(), remote=f"127.0.0.1:{new.sip_port}", users=users, pause_ms=1200).succeed()
    carrier.succeed()
    assert time.monotonic() - begun < SECONDS
    (row,) = wait_for(new.cdrs, 20, "the record")
    assert (row["billed_seconds"], row["charges"][0]["amount"]) == (2, "0.0017")  # 0.05 a minute
    assert new.balance("alice") == "14.9983"
    new.verify()
    assert new.stop() == 0
    new.assert_clean_log()

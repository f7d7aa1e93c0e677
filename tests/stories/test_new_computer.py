"""The computer is gone, the second copy is left: a new one serves again from it, by its recovery phrase."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.helpers.appliance import Appliance, wait_for
from tests.helpers.shop import customer, rate, shop


def test_a_new_computer_goes_on_from_the_second_copy(tmp_path: Path) -> None:
    old = Appliance(tmp_path / "old")
    old.folder.mkdir()
    place = tmp_path / "nas"
    old.apply(shop(5999, rates=[rate("31", "Netherlands", "0.0400")], customers=[customer("Alice", "1000001", balance="10.00")]))
    old.serve("--set", f"backup.copy_to={place}")
    phrase = wait_for(lambda: re.search(r"shown this once: (.+)", old.errors.read_text()), 15, "the recovery phrase").group(1).strip()
    old.do("payments.record", {"customer": "Alice", "amount": "5.00", "method": "cash"})
    wait_for(lambda: list(place.glob("*/000000.full")), 30, "the first full copy")
    assert old.stop() == 0
    shutil.rmtree(old.data)

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
    new.verify()
    new.stop()

"""SIGKILL while invoices are made, and two who make them at once: every number is there once, in its order, with its chain."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from pathlib import Path

from appliance.services.keeping.verify import verify_folder
from appliance.store.store import Reader
from appliance.wire.invoices import InvoiceMake
from tests.services.money.billed import Billed

ROOT = Path(__file__).resolve().parents[3]
ROUNDS = 3


def test_no_number_is_lost_or_doubled_by_a_kill(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    Billed(folder).shop.store.close()
    dice = random.Random(7)
    for _ in range(ROUNDS):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.services.money.invoices_until_killed", str(folder)], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stdout.readline(), "it never began"
        time.sleep(dice.uniform(0.01, 0.2))
        process.kill()
        told = [int(line) for line in process.stdout.read().split()]
        process.stdout.close()
        process.wait()
        assert verify_folder(folder).faults == []
        with Reader(folder) as tables:
            numbers = [row.number for row in tables.documents.newest(None)][::-1]
        assert numbers == list(range(1, len(numbers) + 1)) and (not told or numbers[-1] >= told[-1])


def test_a_failed_unit_gives_its_number_back(billed: Billed) -> None:
    billed.call()
    try:
        with billed.shop.services.changes.unit():
            assert billed.invoice().number == "0001"
            raise RuntimeError("the disk is full")
    except RuntimeError:
        pass
    assert billed.invoice().number == "0001"
    billed.shop.verify()


def test_two_who_ask_at_once_get_two_numbers(billed: Billed) -> None:
    """Services run on one thread; doors queue for it, as this lock does."""
    other = billed.shop.account(billed.simple.root, "bob", "0", "50")
    billed.put("accounts", other, tax_point="usage")
    phone = billed.shop.endpoint(billed.shop.customer(billed.simple.root, "Bob", billed.simple.retail, other), "1000002")
    made: list[str] = []
    turn = threading.Lock()

    def ask(account: int, phone_of: int) -> None:
        for _ in range(5):
            with turn:
                billed.call(endpoint=phone_of, seconds=1)
            with turn:
                made.append(billed.money.invoices.make(billed.owner, InvoiceMake(account=account)).number)

    threads = [threading.Thread(target=ask, args=each) for each in ((billed.account, billed.simple.alice), (other, phone))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [f"{number:04d}" for number in range(1, 11)]
    billed.shop.verify()

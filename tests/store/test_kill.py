"""SIGKILL in the midst of commits and checkpoints: what was reported is there, whole, and nothing is there by half."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from appliance.clock import SteppedClock
from appliance.store.store import Reader, Store
from appliance.store.verify import verify
from tests.store.shop import shop_in

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 6


def test_killed_while_committing(folder: Path, clock: SteppedClock) -> None:
    with Store(folder, clock) as store:
        shop_in(store)
    dice = random.Random(7)
    for _ in range(ROUNDS):
        process = subprocess.Popen([sys.executable, "-m", "tests.store.calls_until_killed", str(folder)], cwd=ROOT, stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline(), "it never began"
        time.sleep(dice.uniform(0.01, 0.25))
        process.kill()
        reported = [int(line) for line in process.stdout.read().splitlines() if line]
        process.stdout.close()
        process.wait()
        with Reader(folder) as reader:
            report = verify(reader.database)
            assert report.faults == ()
            count, _ = reader.cdrs.count()
            last = reader.database.value("SELECT max(id) FROM cdr")
            if reported:
                assert last >= reported[-1]
            assert report.charges == count and report.entries == 2 * count + 2 and (last % 5 == 0 or count < last)
    with Store(folder, clock) as store:
        assert verify(store.database).ok
        balance = store.accounts.find(1, "credit", "alice", "EUR")
        assert balance is not None and balance.balance_micros == 1_000_000_000 - 2500 * store.cdrs.count()[0]

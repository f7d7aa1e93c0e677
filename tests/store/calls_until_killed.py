"""A process that records calls without end: run by test_kill, and killed by it.

    python -m tests.store.calls_until_killed FOLDER

Writes the number of the last call of each unit to standard output once the unit is committed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from appliance.clock import SystemClock
from appliance.store.checkpoint import Checkpointer
from appliance.store.store import DATABASE_NAME, Store
from tests.store.shop import Shop, live_of, record_call

AHEAD = 7  # calls running while others end


def main(folder: Path) -> None:
    """Forever; the shop is the one of `shop_in`, made before."""
    with Store(folder, SystemClock()) as store:
        Checkpointer(folder / DATABASE_NAME, interval_seconds=0.003).start()
        credit = store.accounts.find(1, "credit", "alice", "EUR")
        assert credit is not None
        shop = Shop(1, 2, 1, 1, 1, 1, 1, 1, credit.id, 3, 4, 5, 6, 2)
        for left in store.calls.live():
            with store.write():
                store.calls.delete_live(left.id)
        number = store.calls.next_id()
        while True:
            store.begin()
            for _ in range(5):
                store.calls.insert_live(live_of(shop, number + AHEAD))
                record_call(store, shop, number)
                number += 1
            store.commit()
            os.write(1, f"{number - 1}\n".encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The server, at the hour of the pictures: `python -m tests.screenshots.served serve --data DIR ...`."""

from __future__ import annotations

import os
import sys
import time

from appliance import cli, clock
from tests.screenshots.shop import NOW

BEGAN = "TOLLHOUSE_PICTURES_BEGAN"
"""The moment that is the hour of the pictures, in seconds since 1970."""

_OFFSET = clock.parse_rfc3339(NOW) - round(float(os.environ.get(BEGAN) or time.time()) * 1000)


def _utcnow(self: clock.SystemClock) -> int:
    return time.time_ns() // 1_000_000 + _OFFSET


if __name__ == "__main__":
    clock.SystemClock.utcnow = _utcnow  # type: ignore[method-assign]
    sys.exit(cli.run())

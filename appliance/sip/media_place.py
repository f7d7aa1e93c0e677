"""The relay's place among the machine's processes: sound that waits behind others is late, and the relay needs little.

Part of the relay process: imports next to nothing. What the system does not permit is left; the relay then runs as others do.
"""

from __future__ import annotations

import os
from contextlib import suppress

RANKS = (2, 1)  # of SCHED_RR, the first that is permitted: above the server's own threads, below all that was raised on purpose
NICE = -10
MOST_SECONDS = 3  # a real-time relay that did not rest for so long goes round in circles, is ended and started anew


def go_first() -> str:
    """Raises this process above ordinary ones; "realtime", "nice", or "" where neither is permitted.

    With one processor it stays among the others: whoever floods its ports would take that one from the calls.
    """
    if not hasattr(os, "sched_setscheduler") or len(os.sched_getaffinity(0)) < 2:
        return ""
    with suppress(OSError, ValueError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_RTTIME)[1]
        microseconds = MOST_SECONDS * 1_000_000
        if hard == resource.RLIM_INFINITY or hard > microseconds:
            resource.setrlimit(resource.RLIMIT_RTTIME, (microseconds, microseconds))
        for rank in RANKS:
            with suppress(PermissionError):
                os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(rank))
                return "realtime"
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
        return "nice"
    return ""

"""The two threads that answer phones run before other programs, where the system lets them (Linux: SCHED_RR, the lowest of its ranks).

Law: priority is never what takes a machine from its owner. Whatever these two start, threads and children, begins as an
ordinary one (SCHED_RESET_ON_FORK). A thread that computes for `LONGEST_SECONDS` without a rest is sent SIGXCPU by the
system (setrlimit(2), RLIMIT_RTTIME): both become ordinary then, and are tried again `CALM_SECONDS` later. Where nothing
is permitted the server works as it would without.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from typing import Any

from appliance.logs import event

RANK = 1
LONGEST_SECONDS = 1.0
CALM_SECONDS = 60.0

log = logging.getLogger("tollhouse.server")


class Priority:
    """Of the thread that calls `begin`, which must be the main one, and of another by its number at the system."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._threads: tuple[int, ...] = ()
        self._timer: Any = None
        self.granted = False

    def begin(self, other: int) -> bool:
        """Ask for it; whether it was granted, which is logged once."""
        if not sys.platform.startswith("linux"):
            return False
        self._threads = (threading.get_native_id(), other)
        self.granted = self._limited() and self._set(os.SCHED_RR, RANK)
        event(log, "priority", granted=self.granted)
        return self.granted

    def _limited(self) -> bool:
        """Have the system tell us of a thread that never rests; without that no priority is taken."""
        import resource

        most = int(LONGEST_SECONDS * 1_000_000)
        try:
            _, hard = resource.getrlimit(resource.RLIMIT_RTTIME)
            if hard != resource.RLIM_INFINITY and hard <= most:
                return False  # the system would end us at its own limit
            resource.setrlimit(resource.RLIMIT_RTTIME, (most, hard))
            _, ranks = resource.getrlimit(resource.RLIMIT_RTPRIO)
            if ranks >= RANK or ranks == resource.RLIM_INFINITY:
                resource.setrlimit(resource.RLIMIT_RTPRIO, (ranks, ranks))
        except (OSError, ValueError):
            return False
        signal.signal(signal.SIGXCPU, self._never_rested)
        return True

    def _set(self, policy: int, rank: int) -> bool:
        try:
            for thread in self._threads:
                os.sched_setscheduler(thread, policy | os.SCHED_RESET_ON_FORK, os.sched_param(rank))
        except OSError as error:
            log.debug("no priority: %s", error)
            if policy != os.SCHED_OTHER:
                self._set(os.SCHED_OTHER, 0)
            return False
        return True

    def _never_rested(self, number: int, frame: object) -> None:
        self._set(os.SCHED_OTHER, 0)
        self._reactor.callFromThread(self._calm_down)

    def _calm_down(self) -> None:
        if self._timer is None and self.granted:
            log.warning("the server computed for %.0f s without a rest and has no priority for the next %.0f s", LONGEST_SECONDS, CALM_SECONDS)
            self._timer = self._reactor.callLater(CALM_SECONDS, self._again)

    def _again(self) -> None:
        self._timer = None
        self._set(os.SCHED_RR, RANK)

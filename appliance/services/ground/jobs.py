"""Timed work: checkpoints, pruning, monthly fees. Time is an argument, so that a test steps through a month.

Law: a job that fails is logged and runs again at its next time; one job's fault keeps no other from running.
"""

from __future__ import annotations

import heapq
import logging
from collections.abc import Callable
from dataclasses import dataclass

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Job:
    """`work` runs every `seconds`; `failures` in a row."""

    name: str
    seconds: float
    work: Callable[[], None]
    failures: int = 0


class Jobs:
    """Periodic work on the monotonic axis. The server sleeps until `next_time()` and calls `run(now)`."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Job]] = []
        self._made = 0

    def every(self, name: str, seconds: float, work: Callable[[], None], *, first: float) -> Job:
        """Run `work` at `first` (monotonic seconds) and then every `seconds`; missed times are not made up."""
        job = Job(name, seconds, work)
        self._push(first, job)
        return job

    def next_time(self) -> float | None:
        """When the next job is due, None without jobs."""
        return self._heap[0][0] if self._heap else None

    @property
    def failing(self) -> int:
        """How many jobs failed at their last run."""
        return sum(1 for _, _, job in self._heap if job.failures)

    def run(self, now: float) -> int:
        """Run what is due; how many ran."""
        ran = 0
        while self._heap and self._heap[0][0] <= now:
            _, _, job = heapq.heappop(self._heap)
            try:
                job.work()
                job.failures = 0
            except Exception:
                job.failures += 1
                log.exception("job %s failed", job.name)
            self._push(now + job.seconds, job)
            ran += 1
        return ran

    def _push(self, when: float, job: Job) -> None:
        self._made += 1
        heapq.heappush(self._heap, (when, self._made, job))

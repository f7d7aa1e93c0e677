"""How fast money is spent: one spender's last hour and day, this day and month, and the busiest there have been.

The law of this file: integers and moments in, integers out. The hour and the day move with time, in steps of five minutes
and of an hour; the calendar's day and month are named by whoever knows the time zone.
"""

from __future__ import annotations

from collections import deque

STEP_MS = 300_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
TIMES_BUSIEST = 3
"""So many times the busiest hour or day of the past is still usual."""


class Window:
    """A sum over the last `span_ms`, moved on in steps of `step_ms`."""

    __slots__ = ("_parts", "_span", "_step", "sum")

    def __init__(self, span_ms: int, step_ms: int) -> None:
        self._span = span_ms
        self._step = step_ms
        self._parts: deque[list[int]] = deque()
        self.sum = 0

    def add(self, at: int, micros: int) -> None:
        """Spent at a moment (UTC milliseconds); moments come in about their order."""
        slot = at // self._step
        parts = self._parts
        if parts and parts[-1][0] >= slot:
            parts[-1][1] += micros
        else:
            parts.append([slot, micros])
        self.sum += micros

    def at(self, now: int) -> int:
        """The sum at a moment."""
        parts, oldest = self._parts, (now - self._span) // self._step
        while parts and parts[0][0] <= oldest:
            self.sum -= parts.popleft()[1]
        return self.sum

    def clear(self) -> None:
        """Nothing was spent."""
        self._parts.clear()
        self.sum = 0


class Velocity:
    """What one spender spent, in micros of its account's currency. `busiest_*` are of the past, without the last day."""

    __slots__ = ("busiest_day", "busiest_hour", "day", "hour", "month", "month_name", "today", "today_name")

    def __init__(self) -> None:
        self.hour = Window(HOUR_MS, STEP_MS)
        self.day = Window(DAY_MS, HOUR_MS)
        self.busiest_hour = 0
        self.busiest_day = 0
        self.today = 0
        self.today_name = ""  # "2026-03-31" in the spender's time zone
        self.month = 0
        self.month_name = ""

    def add(self, at: int, micros: int, today: str) -> None:
        """Spent at a moment, on a day of the calendar."""
        self.hour.add(at, micros)
        self.day.add(at, micros)
        self.dated(micros, today)

    def dated(self, micros: int, today: str) -> None:
        """Spent on a day of the calendar, for its day and month alone."""
        self.today = self.spent_on(today) + micros
        self.today_name = today
        self.month = self.spent_in(today) + micros
        self.month_name = today[:7]

    def before(self, micros: int, last: str) -> None:
        """Spent earlier than all that is known here: what the month of that day came to, up to it."""
        if not self.month_name:
            self.month_name = last[:7]
        if self.month_name == last[:7]:
            self.month += micros

    def spent_on(self, today: str) -> int:
        """On that day, the present one."""
        return self.today if self.today_name == today else 0

    def spent_in(self, today: str) -> int:
        """In the month of that day, the present one."""
        return self.month if self.month_name == today[:7] else 0

    def usual_hour(self, floor: int) -> int:
        """The most for an hour that is nothing unusual."""
        return max(floor, TIMES_BUSIEST * self.busiest_hour)

    def usual_day(self, floor: int) -> int:
        """The most for a day that is nothing unusual."""
        return max(floor, TIMES_BUSIEST * self.busiest_day)

    def forgive(self) -> None:
        """Somebody looked at it and let it go on: the hour and the day begin anew."""
        self.hour.clear()
        self.day.clear()

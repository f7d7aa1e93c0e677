"""One credit account while calls run on it: its funds, what they reserve, and the next moment that matters.

The law of this file: reserved = what is held for calls that have not begun to cost + what running calls have
consumed. A running call costs at rises: moments at which its charge goes up. Far from the end a straight line above
each call's charge tells in O(1) until when nothing can run out; near the end the rises themselves are walked
through. All moments are milliseconds on one monotonic axis.
"""

from __future__ import annotations

from heapq import heapify, heapreplace

from appliance.billing.rating import SLOPE_SCALE, Terms

WALK = 24  # rises looked at before it is wiser to sleep until the next
STRAIGHTEN_MS = 30_000  # lines above charges are drawn anew at most so often
FEW_LINES = 8
ABOUT_MS = 500
FARTHEST_MS = 31 * 86_400_000  # no projection goes farther


class Line:
    """One level of one call: whose account, on which terms, and how far its costs are decided."""

    __slots__ = (
        "account", "account_id", "answered", "answered_at", "call", "consumed", "height", "hold", "level", "order", "rises", "slope", "terms",
    )  # fmt: skip

    def __init__(self, call: int, level: int, account_id: int, account: Account | None, terms: Terms, hold: int) -> None:
        self.call = call
        self.level = level
        self.account_id = account_id
        self.account = account  # None: this level can never cost anything
        self.terms = terms
        self.hold = hold
        self.answered = 0
        self.answered_at = 0
        self.order = (0, call)  # of answer, then id
        self.consumed = 0  # by every rise before `rises`
        self.rises: int | None = None  # the moment of the next rise; None: never
        self.height = 0  # the line above the charge, times SLOPE_SCALE, at moment zero of the axis
        self.slope = 0

    def reserved(self) -> int:
        """The hold counts until it is consumed."""
        return self.consumed if self.consumed > self.hold else self.hold

    def begin(self, now_ms: int, answered_at: int) -> None:
        """The call is answered; what is due at once is a rise like any other."""
        self.terms = self.terms.begin(answered_at)
        self.answered = now_ms
        self.answered_at = answered_at
        self.order = (now_ms, self.call)
        boundary = self.terms.start.boundary
        self.rises = None if boundary is None else now_ms + boundary

    def pass_rises(self, before_ms: int) -> None:
        """Count every rise before a moment as taken."""
        if self.rises is not None and self.rises < before_ms:
            self.consumed = self.terms.amount(before_ms - self.answered)
            self.find_rise()

    def after(self, rise_ms: int) -> tuple[int, int | None]:
        """What is consumed after a rise, and when the next one comes."""
        elapsed = rise_ms - self.answered
        consumed = self.terms.amount(elapsed + 1)
        boundary = self.terms.boundary(consumed)
        return consumed, None if boundary is None else self.answered + boundary

    def consumed_at(self, now_ms: int) -> int:
        """The charge if the call ended right after a moment."""
        if self.rises is None or now_ms < self.rises:
            return self.consumed
        return self.terms.amount(now_ms - self.answered + 1)

    def goes_on(self, now_ms: int) -> bool:
        """Whether the charge can still rise after a moment."""
        return self.terms.boundary(self.consumed_at(now_ms)) is not None

    def straighten(self, now_ms: int) -> None:
        """Draw the line above the charge from a moment on."""
        elapsed = now_ms - self.answered
        micros, self.slope = self.terms.ceiling(elapsed) if elapsed else self.terms.start.ceiling
        self.height = max(micros, self.hold) * SLOPE_SCALE - self.slope * now_ms

    def find_rise(self) -> None:
        """When the charge goes up next, `consumed` being what it is now."""
        boundary = self.terms.boundary(self.consumed)
        self.rises = None if boundary is None else self.answered + boundary


class Account:
    """Funds are balance + credit limit. `held` is reserved whatever time it is; `running` lines cost as time goes."""

    __slots__ = (
        "exact",
        "funds",
        "height",
        "held",
        "id",
        "lines",
        "moment",
        "running",
        "runs_out",
        "runs_out_known",
        "slope",
        "straightened",
        "topped_up",
        "unwarned",
        "version",
    )  # fmt: skip

    def __init__(self, account_id: int, funds: int) -> None:
        self.id = account_id
        self.funds = funds
        self.lines = 0  # all of them, running or not
        self.held = 0
        self.running: dict[Line, None] = {}  # in order of answer
        self.unwarned: set[int] = set()  # calls that have not heard the tone
        self.topped_up = False  # money came in: those who heard it may hear it again
        self.height = 0
        self.slope = 0
        self.straightened = 0
        self.moment: int | None = None  # when to look again
        self.exact = False  # at that moment a rise cannot be paid
        self.version = 0  # of `moment`
        self.runs_out: int | None = None
        self.runs_out_known = False

    def start(self, line: Line, now_ms: int) -> None:
        """A line runs from now on."""
        self.running[line] = None
        line.straighten(now_ms)
        self.height += line.height
        self.slope += line.slope

    def stop(self, line: Line) -> None:
        """A running line runs no more; nothing of it is reserved."""
        del self.running[line]
        self.height -= line.height
        self.slope -= line.slope
        self.unwarned.discard(line.call)

    def affords(self, micros: int, now_ms: int) -> bool:
        """Whether so much more can be reserved now."""
        spare = self.funds - self.held - micros
        if (self.height + self.slope * now_ms) <= spare * SLOPE_SCALE:
            return True
        return self.reserved(now_ms) <= self.funds - micros

    def reserved(self, now_ms: int) -> int:
        """Holds and what is consumed, rises of this very moment included."""
        total = self.held
        for line in self.running:
            line.pass_rises(now_ms + 1)
            total += line.reserved()
        return total

    def plan(self, now_ms: int, warning_ms: int) -> list[int]:
        """Find the next moment to look again; everything before `now_ms` is decided. Returns calls to be warned."""
        self.moment, self.exact = None, False
        if not self.running:  # what is only held takes as long as it likes
            self.topped_up = False
            return []
        safe = self._safe_until(now_ms)
        if self.topped_up:
            self._rearm(now_ms, safe, warning_ms)
        if safe is None:
            return []
        lead = warning_ms if self.unwarned else 0
        if not lead:
            self.unwarned.clear()
        if safe - lead > now_ms:
            self.moment = safe - lead
            return []
        warned: list[int] = []
        if self.unwarned:
            end = self.run_out(now_ms) if len(self.running) <= FEW_LINES else self._run_out_about(now_ms)
            if end is None:
                return []
            if end - lead > now_ms:
                self.moment = end - lead
                return []
            warned = sorted(line.call for line in self.running if line.call in self.unwarned and line.goes_on(now_ms))
            self.unwarned.clear()
        if safe > now_ms:
            self.moment = safe
        else:
            self._walk(now_ms)
        return warned

    def _rearm(self, now_ms: int, safe: int | None, warning_ms: int) -> None:
        self.topped_up = False
        end = safe if safe is None or safe - warning_ms > now_ms else self.run_out(now_ms)
        if end is None or end - warning_ms > now_ms:
            self.unwarned.update(line.call for line in self.running)

    def _safe_until(self, now_ms: int) -> int | None:
        """The last moment until which all rises can surely be paid; None where that is for ever."""
        safe = self._by_line()
        if safe is not None and safe <= now_ms and now_ms - self.straightened >= STRAIGHTEN_MS:
            self.straightened = now_ms
            self.height = self.slope = 0
            for line in self.running:
                line.straighten(now_ms)
                self.height += line.height
                self.slope += line.slope
            safe = self._by_line()
        return safe

    def _by_line(self) -> int | None:
        spare = (self.funds - self.held) * SLOPE_SCALE - self.height
        if self.slope:
            return spare // self.slope
        return None if spare >= 0 else -1

    def _walk(self, now_ms: int) -> None:
        """Take the rises in their order until one cannot be paid, or enough of them were looked at."""
        spare = self.funds - self.held
        coming = []
        for line in self.running:
            rises = line.rises
            if rises is not None:
                if rises < now_ms:
                    line.pass_rises(now_ms)
                    rises = line.rises
                if rises is not None:
                    coming.append((rises, line.order, line.level, line.consumed, line))
            spare -= line.consumed if line.consumed > line.hold else line.hold
        heapify(coming)
        seen = 0
        while coming:
            rise, order, level, consumed, line = coming[0]
            seen += 1
            if seen > WALK and rise > now_ms:
                self.moment = rise
                return
            after, following = line.after(rise)
            dearer = max(after, line.hold) - max(consumed, line.hold)
            if dearer > max(spare, 0):
                self.moment, self.exact = rise, True
                return
            spare -= dearer
            if following is None:
                coming[0] = coming[-1]
                coming.pop()
                heapify(coming)
            else:
                heapreplace(coming, (following, order, level, after, line))

    def run_out(self, now_ms: int) -> int | None:
        """The first moment at which the funds would not do, all calls going on as they are; None within a month.

        Exact for a few calls, to half a second for many: it serves warnings and displays, never a cut.
        """
        if not self.runs_out_known:
            self.runs_out_known = True
            self.runs_out = self._project(now_ms)
        return self.runs_out

    def _run_out_about(self, now_ms: int) -> int | None:
        """The same to within an increment of one call, by the slopes of all: good enough to warn many calls."""
        if not self.slope:
            return self.run_out(now_ms)
        spare = self.funds - self.held
        for line in self.running:
            line.pass_rises(now_ms)
            spare -= line.reserved()
        return now_ms + max(spare, 0) * SLOPE_SCALE // self.slope

    def _project(self, now_ms: int) -> int | None:
        spare = self.funds - self.held
        lines = list(self.running)

        def enough(moment: int) -> bool:
            left = spare
            for line in lines:
                rises = line.rises
                consumed = line.consumed if rises is None or moment < rises else line.consumed_at(moment)
                left -= consumed if consumed > line.hold else line.hold
            return left >= 0

        low = now_ms - 1
        step = 60_000
        while enough(now_ms + step):
            low = now_ms + step
            step *= 2
            if step > FARTHEST_MS:
                return None
        high = now_ms + step
        close = 1 if len(lines) <= FEW_LINES else ABOUT_MS
        while high - low > close:
            middle = (low + high) // 2
            if enough(middle):
                low = middle
            else:
                high = middle
        return high

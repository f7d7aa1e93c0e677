"""Credit control: every running call of every account, and exactly when each must end.

The law of this file: a call goes on past a boundary where every account it is billed to can pay what the call costs
from there, given what all other calls on that account hold and have consumed at that moment; otherwise it ends at
that boundary, never earlier, never later. Calls that reach a boundary together are served in order of answer, then
id. So no account ends below its limit because of calls.

All moments are whole milliseconds on one monotonic axis, and none lies before one already decided. The book sleeps
between the moments that matter: ask `next_moment`, and call `advance` then. It is rebuilt from the store, never a
second truth; `finish` takes the charges off its funds, so that the posting that follows changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import heapify, heappop, heappush
from itertools import groupby

import msgspec

from appliance.billing.bundle import CoveredTerms, drawn, plain, same_seconds
from appliance.billing.credit_account import Account, Line
from appliance.billing.credit_call import Call as _Call
from appliance.billing.credit_call import CutCall, Finish
from appliance.billing.rating import NOTHING, Charge, Terms, charge, hold

WARNING_MS = 60_000
_LIMIT, _LOOK, _DECIDE = 0, 1, 2  # what happens first where moments are equal
_DRAWING = -100  # a call's line on its bundle has this level more: it is met before the line that pays


class Meter(msgspec.Struct, frozen=True, gc=False):
    """One party that pays for a call. `bundle`: an account of the book whose funds are seconds, which are taken before money."""

    level: int  # -1 the booth's guest, 0 the customer, 1 its reseller, …
    account_id: int
    terms: Terms
    bundle: int = 0  # below zero, so that no credit account is meant


class CreditBook:
    """`funds(account_id)` gives balance + credit limit in micros; it is asked when an account gets its first call."""

    def __init__(self, funds: Callable[[int], int], warning_ms: int = WARNING_MS) -> None:
        self._ask_funds = funds
        self._warning_ms = warning_ms
        self._accounts: dict[int, Account] = {}
        self._calls: dict[int, _Call] = {}
        self._now = 0
        self._agenda: list[tuple[int, int, int, int]] = []  # moment, what, account or call, version
        self._changed: dict[Account, None] = {}
        self._planned = 0  # versions, never used twice
        self._cuts: list[CutCall] = []
        self._warnings: dict[int, None] = {}
        self._offered = True  # whoever keeps the time has been woken for them

    # calls ----------------------------------------------------------------------------------------------------

    def admit(self, call: int, meters: Iterable[Meter], now_ms: int, max_ms: int | None = None) -> int | None:
        """Take the holds of a new call and return None, or the first level that cannot pay, with nothing taken."""
        if call in self._calls:
            raise ValueError(f"call {call} is admitted already")
        self._run(now_ms)
        needed: dict[int, int] = {}
        lines: list[Line] = []
        for meter in meters:
            level, account_id, terms, bundle = meter.level, meter.account_id, meter.terms, meter.bundle
            if bundle:
                terms = self._cover(call, level, terms, bundle, lines)
            micros = hold(terms)
            account = None
            if micros or (bundle and hold(plain(terms))):
                account = self._account(account_id)
                needed[account_id] = micros + needed.get(account_id, 0)
                if not account.affords(needed[account_id], self._now):
                    self._close((*needed, *(line.account_id for line in lines)))
                    return level
            lines.append(Line(call, level, account_id, account, terms, micros))
        for line in lines:
            account = line.account
            if account is not None:
                account.lines += 1
                account.held += line.hold
                self._touch(account)
        self._calls[call] = _Call(call, tuple(lines), max_ms)
        return None

    def answer(self, call: int, now_ms: int, answered_at: int = 0) -> None:
        """Metering starts. `answered_at` (UTC milliseconds) is for prices split by time bands."""
        self._run(now_ms)
        running = self._calls[call]
        running.answered = self._now
        for line in running.lines:
            line.begin(self._now, answered_at)
            account = line.account
            if account is not None:
                account.held -= line.hold
                account.start(line, self._now)
                if line.level >= -1:
                    account.unwarned.add(call)
                self._touch(account)
        if running.max_ms is not None:
            running.limit = self._now + running.max_ms
            heappush(self._agenda, (running.limit, _LIMIT, call, 0))

    def release(self, call: int, now_ms: int) -> None:
        """A call that was not answered is over: its holds are given back."""
        self.finish(call, now_ms)

    def finish(self, call: int, now_ms: int) -> Finish:
        """A call is over, as reported at `now_ms`. Its charges are off the book's funds from here on."""
        self._run(now_ms - 1)
        ended = self._calls.pop(call)
        if ended.cut is not None:
            self._cuts = [cut for cut in self._cuts if cut.call != call]
        self._warnings.pop(call, None)
        duration, cut = 0, None
        if ended.answered is not None:
            duration = max(now_ms - ended.answered, 0)
            if ended.cut is not None and ended.cut.duration_ms <= duration:
                cut = ended.cut
        late = 0
        if cut is not None:
            late = duration - cut.duration_ms
            duration = cut.duration_ms
        charges: list[Charge] = []
        drawn_seconds, covered = 0, None
        terms, made = None, NOTHING
        for line in ended.lines:  # a bundle's line before the one that pays
            if line.terms is not terms:
                terms = line.terms
                made = charge(terms, duration)
            if line.level < -1:
                drawn_seconds = made.amount_micros
            else:
                charges.append(made)
                if isinstance(terms, CoveredTerms):
                    covered = drawn_seconds
            account = line.account
            if account is not None:
                if ended.cut is not None:
                    account.held -= line.terms.amount(ended.cut.duration_ms)
                elif ended.answered is not None:
                    account.stop(line)
                else:
                    account.held -= line.hold
                account.funds -= made.amount_micros
                account.lines -= 1
                if account.lines:
                    self._touch(account)
                else:
                    self._forget(account)
        return Finish(duration, late, cut is not None, cut.cause if cut else "", tuple(charges), covered, cut.level if cut else None)

    def _cover(self, call: int, level: int, terms: Terms, bundle: int, lines: list[Line]) -> Terms:
        """Put the call's line on its bundle before the others; what is then paid, and how."""
        account = self._account(bundle)
        seconds = drawn(terms)
        first = hold(seconds)
        covered: int | None = None
        if not first or not account.affords(first, self._now):
            first = covered = min(first, account.funds - account.reserved(self._now))
            if covered <= 0:
                self._close((bundle,))
                return terms
            seconds = drawn(terms, covered)
        lines.append(Line(call, _DRAWING + level, bundle, account, seconds, first))
        return CoveredTerms(terms, covered)

    def set_funds(self, account_id: int, funds_micros: int, now_ms: int) -> None:
        """A payment, a fee, a changed limit: counts at once for the calls that run."""
        self._run(now_ms)
        account = self._accounts.get(account_id)
        if account is not None and account.funds != funds_micros:
            account.topped_up = account.topped_up or funds_micros > account.funds
            account.reserved(self._now)  # rises of this very moment were paid from the old funds
            account.funds = funds_micros
            self._touch(account)

    def change_terms(self, call: int, level: int, terms: Terms, now_ms: int) -> bool:
        """A level of an admitted call is rated anew, from its answer on.

        False where its account cannot pay what the call would have come to by now: the old terms stay, and a call
        that was answered ends at this moment.
        """
        self._run(now_ms)
        found = self._calls[call]
        old = next(line for line in found.lines if line.level == level)
        if found.cut is not None:
            return False
        if isinstance(old.terms, CoveredTerms):
            if not same_seconds(old.terms, terms):
                return False  # its bundle is drawn by the increments that it began with
            terms = CoveredTerms(terms, old.terms.covered)
        account = old.account or self._account(old.account_id)
        new = Line(call, level, old.account_id, account, terms, hold(terms))
        old.pass_rises(self._now + 1)
        if found.answered is not None:
            new.begin(found.answered, old.answered_at)
            new.pass_rises(self._now + 1)
        dearer = new.reserved() - old.reserved()
        if dearer > 0 and not account.affords(dearer, self._now):
            if found.answered is not None:
                self._cut(found, self._now, "credit", level)
            self._close((account.id,))
            return False
        if old.account is None:
            account.lines += 1
        elif found.answered is not None:
            account.stop(old)
        else:
            account.held -= old.hold
        if found.answered is not None:
            account.start(new, self._now)
            account.unwarned.add(call)
        else:
            account.held += new.hold
        found.lines = tuple(new if line is old else line for line in found.lines)
        self._touch(account)
        return True

    def set_limit(self, call: int, max_ms: int | None, now_ms: int) -> None:
        """Another longest time for an admitted call, counted from its answer; what is over already ends it now."""
        self._run(now_ms)
        found = self._calls[call]
        found.max_ms = max_ms
        if found.answered is not None and found.cut is None:
            found.limit = None if max_ms is None else max(found.answered + max_ms, self._now)
            if found.limit is not None:
                heappush(self._agenda, (found.limit, _LIMIT, call, 0))

    # time -----------------------------------------------------------------------------------------------------

    def advance(self, now_ms: int) -> list[CutCall]:
        """Decide every boundary up to now; the calls that ended, in order, each told once."""
        self._run(now_ms)
        self._plan()
        self._offered = True
        cuts, self._cuts = self._cuts, []
        return cuts

    def next_moment(self) -> int | None:
        """When to call `advance` next; None while nothing can run out. A change to the book may bring it nearer."""
        while True:
            self._plan()
            if self._cuts or (self._warnings and not self._offered):
                return self._now
            if not self._agenda:
                return None
            if not self._stale(self._agenda[0]):
                return self._agenda[0][0]
            heappop(self._agenda)

    def warnings(self, now_ms: int) -> list[int]:
        """Calls whose account has come within the warning time of its end; each told once until money comes in."""
        self._run(now_ms)
        self._plan()
        warned, self._warnings = self._warnings, {}
        return list(warned)

    # questions ------------------------------------------------------------------------------------------------

    def has(self, call: int) -> bool:
        """Whether the call is admitted and not yet finished."""
        return call in self._calls

    def calls_on(self, account_id: int) -> list[int]:
        """Calls that reserve or may reserve on an account, by id."""
        return sorted(call.id for call in self._calls.values() for line in call.lines if line.account and line.account.id == account_id)

    def consumed(self, call: int, level: int, now_ms: int) -> int:
        """The charge of one level if the call ended now; 0 before the answer and for a level it does not have."""
        found = self._calls[call]
        if found.answered is None:
            return 0
        elapsed = max(now_ms - found.answered, 0) + 1
        if found.cut is not None:
            elapsed = min(elapsed, found.cut.duration_ms)
        return sum(line.terms.amount(elapsed) for line in found.lines if line.level == level)

    def reserved(self, account_id: int, now_ms: int) -> int:
        """What calls reserve on an account now."""
        self._run(now_ms)
        account = self._accounts.get(account_id)
        return account.reserved(self._now) if account is not None else 0

    def available(self, account_id: int, now_ms: int) -> int:
        """Funds less what is reserved."""
        account = self._accounts.get(account_id)
        return self._ask_funds(account_id) if account is None else account.funds - self.reserved(account_id, now_ms)

    def accounts(self) -> list[int]:
        """Accounts with admitted calls."""
        return list(self._accounts)

    def reserved_by_account(self, now_ms: int) -> dict[int, int]:
        """What calls reserve now, for every account that has any."""
        self._run(now_ms)
        return {account.id: account.reserved(self._now) for account in self._accounts.values()}

    def runs_out_at(self, call: int, now_ms: int) -> int | None:
        """When the call would be cut if all calls go on as they are; None where nothing ends it within a month."""
        self._run(now_ms)
        found = self._calls[call]
        if found.answered is None:
            return None
        if found.cut is not None:
            return found.answered + found.cut.duration_ms
        ends = [] if found.limit is None else [found.limit]
        for line in found.lines:
            end = line.account.run_out(self._now) if line.account is not None else None
            if end is None:
                continue
            if line.level < -1:
                end = self._after_bundle(found, line, end)
                if end is not None:
                    ends.append(end)
                continue
            boundary = line.terms.boundary(line.terms.amount(max(end - found.answered, 0)))
            if boundary is not None:
                ends.append(found.answered + boundary)
        return min(ends, default=None)

    def _after_bundle(self, call: _Call, drawing: Line, dry: int) -> int | None:
        """When the account that pays after the bundle would be empty, as far as other calls leave it alone."""
        paying = self._paying(call, drawing)
        if not isinstance(paying.terms, CoveredTerms) or paying.terms.covered is not None or paying.account is None:
            return None
        covered = drawing.terms.amount(max(dry - drawing.answered, 0))
        terms = CoveredTerms(paying.terms.plain, covered) if covered > 0 else paying.terms.plain
        boundary = terms.boundary(max(self.available(paying.account_id, self._now), 0))
        return None if boundary is None else drawing.answered + boundary

    # inside ---------------------------------------------------------------------------------------------------

    def _account(self, account_id: int) -> Account:
        account = self._accounts.get(account_id)
        if account is None:
            account = self._accounts[account_id] = Account(account_id, self._ask_funds(account_id))
        return account

    def _close(self, account_ids: Iterable[int]) -> None:
        """Forget accounts without calls."""
        for account_id in account_ids:
            account = self._accounts.get(account_id)
            if account is not None and not account.lines:
                self._forget(account)

    def _forget(self, account: Account) -> None:
        self._changed.pop(account, None)
        del self._accounts[account.id]

    def _touch(self, account: Account) -> None:
        account.runs_out_known = False
        self._changed[account] = None

    def _plan(self) -> None:
        """Give every changed account its next moment."""
        while self._changed:
            account, _ = self._changed.popitem()
            for call in account.plan(self._now, self._warning_ms):
                self._warnings[call] = None
                self._offered = False
                for line in self._calls[call].lines:
                    if line.account is not None:
                        line.account.unwarned.discard(call)
            self._planned += 1
            account.version = self._planned
            if account.moment is not None:
                if len(self._agenda) > 64 + 4 * (len(self._accounts) + len(self._calls)):
                    self._agenda = [item for item in self._agenda if not self._stale(item)]
                    heapify(self._agenda)
                heappush(self._agenda, (account.moment, _DECIDE if account.exact else _LOOK, account.id, account.version))

    def _stale(self, item: tuple[int, int, int, int]) -> bool:
        _, what, key, version = item
        if what == _LIMIT:
            call = self._calls.get(key)
            return call is None or call.cut is not None or call.limit != item[0]
        account = self._accounts.get(key)
        return account is None or account.version != version

    def _run(self, now_ms: int) -> None:
        """Decide, in order, everything up to and including a moment."""
        self._plan()
        while self._agenda and self._agenda[0][0] <= now_ms:
            item = heappop(self._agenda)
            if self._stale(item):
                continue
            moment, what, key, _ = item
            self._now = max(self._now, moment)
            if what == _LIMIT:
                self._cut(self._calls[key], moment, "limit", None)
            elif what == _LOOK:
                self._changed[self._accounts[key]] = None
            else:
                self._decide(moment, key)
            self._plan()
        self._now = max(self._now, now_ms)

    def _decide(self, moment: int, account_id: int) -> None:
        """Rises of one moment on the accounts that cannot pay all of them, in order of answer."""
        tight = [self._accounts[account_id]]
        while self._agenda and self._agenda[0][:2] == (moment, _DECIDE):
            item = heappop(self._agenda)
            if not self._stale(item):
                tight.append(self._accounts[item[2]])
        spare: dict[Account | None, int] = {}
        due: list[Line] = []
        for account in [each for each in tight if each.id < 0]:  # whoever's bundle ends here goes on by money
            for drawing in account.running:
                drawing.pass_rises(moment)
                paying = self._paying(self._calls[drawing.call], drawing).account
                if drawing.rises == moment and paying is not None and paying not in tight:
                    tight.append(paying)
        for account in tight:
            left = account.funds - account.held
            for line in account.running:
                line.pass_rises(moment)
                left -= line.reserved()
                if line.rises == moment:
                    due.append(line)
            spare[account] = left
            self._touch(account)
        due.sort(key=lambda line: (line.order, line.level))
        for _, lines in groupby(due, key=lambda line: line.order):
            self._serve(list(lines), moment, spare)

    def _serve(self, lines: list[Line], moment: int, spare: dict[Account | None, int]) -> None:
        """Let one call go on past its boundary, or cut it there."""
        costs: dict[Account | None, int] = {}
        if lines[0].level < -1:
            lines = self._drawn(lines, moment, spare)
        after = [line.after(moment) for line in lines]
        for line, (consumed, _) in zip(lines, after, strict=True):
            dearer = max(consumed, line.hold) - line.reserved()
            costs[line.account] = costs.get(line.account, 0) + dearer
            if dearer and costs[line.account] > spare[line.account]:
                for other in self._calls[line.call].lines:
                    if other.account in spare:
                        spare[other.account] += other.reserved() - other.terms.amount(moment - other.answered)
                self._cut(self._calls[line.call], moment, "credit", line.level)
                return
        for line, (consumed, rises) in zip(lines, after, strict=True):
            line.consumed, line.rises = consumed, rises
        for account, micros in costs.items():
            spare[account] -= micros

    def _paying(self, call: _Call, drawing: Line) -> Line:
        return next(line for line in call.lines if line.level == drawing.level - _DRAWING)

    def _drawn(self, lines: list[Line], moment: int, spare: dict[Account | None, int]) -> list[Line]:
        """One call's bundle has its next increment, or what is left of it and money pays the rest; the lines to decide after that."""
        drawing = lines[0]
        account = drawing.account
        assert account is not None  # a bundle's line has its account
        consumed, _ = drawing.after(moment)
        if max(consumed, drawing.hold) - drawing.reserved() <= max(spare[account], 0):
            return lines
        left = max(spare[account], 0)
        covered = drawing.reserved() + left
        paying = self._paying(self._calls[drawing.call], drawing)
        assert isinstance(paying.terms, CoveredTerms)  # it was covered up to here
        for line in (drawing, paying):
            if line.account is not None:
                line.account.stop(line)
        drawing.terms = drawn(paying.terms, covered)
        drawing.hold = drawing.consumed = covered
        drawing.rises = None
        paying.terms = CoveredTerms(paying.terms.plain, covered) if covered else paying.terms.plain
        paying.find_rise()
        spare[account] -= left
        for line in (drawing, paying):
            if line.account is not None:
                line.account.start(line, moment)
        if paying.account is not None:
            paying.account.unwarned.add(paying.call)
            self._touch(paying.account)
        rest = [line for line in lines if line is not drawing and line is not paying]
        return sorted([*rest, paying], key=lambda line: line.level) if paying.rises == moment else rest

    def _cut(self, call: _Call, moment: int, cause: str, level: int | None) -> None:
        """The call ended at a moment; what it came to stays reserved until it is finished."""
        assert call.answered is not None
        call.cut = CutCall(call.id, moment - call.answered, cause, level)
        self._cuts.append(call.cut)
        for line in call.lines:
            if line.account is not None:
                line.account.stop(line)
                self._warnings.pop(call.id, None)
                line.account.held += line.terms.amount(call.cut.duration_ms)
                self._touch(line.account)

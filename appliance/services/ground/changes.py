"""Tell after commit: what changed in a unit of work, kept in the change log and told to listeners once it is durable.

Law: nobody hears of a change that is not in the database. A unit of work that fails tells nobody, and whoever
holds memory derived from the store is asked to rebuild it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from appliance.clock import Clock
from appliance.store.store import Store
from appliance.wire.changes import Change

Listener = Callable[[Sequence[Change]], None]
Before = Callable[[Sequence[tuple[str, tuple[int, ...]]]], None]

VOLATILE = frozenset({"call", "binding", "balance", "trunk_state", "echo_heard", "trunk_test", "booth", "bill"})
"""Kinds that come with every call: told, but not written to the change log. They carry the newest number there is,
and whoever was away asks for them anew."""

MAX_IDS = 10_000
"""Ids kept for one kind in one unit of work; past it the change names no id, which means "any of them"."""

MAX_HEARING = 256
"""Rows of kinds of which it is remembered who hears of them."""


class _Hearing(NamedTuple):
    """Who is concerned by changes of just these kinds."""

    before: tuple[tuple[Before, frozenset[str], Callable[[], bool]], ...]
    after: tuple[Listener, ...]
    lasting: tuple[str, ...]
    """Those of the kinds that are written to the change log."""


class Changes:
    """The open unit's notes. One for each `Services`; used on one thread."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._notes: list[tuple[str, int]] = []
        self._listeners: list[tuple[Listener, frozenset[str]]] = []
        self._hearing: dict[tuple[str, ...], _Hearing] = {}
        self._before: list[tuple[Before, frozenset[str], Callable[[], bool]]] = []
        self._undo: list[Callable[[], None]] = []
        self._lost: list[Callable[[], None]] = []
        self._sequence = store.changes.last()
        self._newest = self._sequence  # with what the open unit has written
        self._written: list[Change] = []
        self._kinds: tuple[str, ...] = ()  # of what is written

    @property
    def last_sequence(self) -> int:
        """The number of the newest change that is durable."""
        return self._sequence

    def listen(self, listener: Listener, *kinds: str) -> None:
        """`listener` is called after each commit with all its changes in order, where one is of these kinds (none named: always).

        Listeners hear in the order they came.
        """
        self._listeners.append((listener, frozenset(kinds)))
        self._hearing.clear()

    def before(self, work: Before, *kinds: str, anybody: Callable[[], bool] = lambda: True) -> None:
        """`work` is called inside each unit of work, last before its commit, with what was noted of these kinds; it may write and note.

        `anybody` is asked first: where it says no, no unit is opened for news of state alone.
        """
        self._before.append((work, frozenset(kinds), anybody))
        self._hearing.clear()

    def unlisten(self, listener: Listener) -> None:
        """Forget a listener; unknown ones are no fault."""
        self._listeners = [each for each in self._listeners if each[0] != listener]
        self._hearing.clear()

    def on_undo(self, callback: Callable[[], None]) -> None:
        """`callback` is called after a unit of work, or a part of one, was undone."""
        self._undo.append(callback)

    def on_lost(self, callback: Callable[[], None]) -> None:
        """`callback` is called after a whole unit of work was lost: memory that followed it must be built anew."""
        self._lost.append(callback)

    def note(self, kind: str, *ids: int) -> None:
        """Something of `kind` ("customer", "endpoint", "balance", …) changed in the open unit of work."""
        for identity in ids or (0,):
            self._notes.append((kind, identity))

    def begin(self) -> None:
        """Open the pump's unit of work where none is: done by whoever writes first in a batch, so that reads cost none."""
        if not self._store.in_unit:
            self._store.begin()

    @contextmanager
    def unit(self) -> Iterator[None]:
        """A unit of work of a command or an API operation; inside an open one it is a part that fails alone."""
        if self._store.in_unit:
            with self.part():
                yield
            return
        try:
            with self._store.write():
                yield
                self.flush()
        except BaseException:
            self.failed()
            raise
        self.committed()

    def part(self) -> Part:
        """A savepoint: its fault undoes its rows and notes, and leaves the rest of the unit as it was."""
        return Part(self, self._store)

    def mark(self) -> int:
        """Where the notes stand now."""
        return len(self._notes)

    def undone(self, mark: int) -> None:
        """What was written since `mark` was undone: forget its notes, tell who keeps something derived from it."""
        del self._notes[mark:]
        for callback in self._undo:
            callback()

    def flush(self) -> None:
        """Write the notes into the change log: the last thing before COMMIT, done once a unit."""
        if not self._notes:
            return
        noted, many = self._grouped(), len(self._notes)
        told = tuple(noted)
        hearing = self._hearing_of(told)
        for work, kinds, anybody in hearing.before:
            if anybody():
                self.begin()  # what was noted may be news of state alone, for which nobody opened a unit
                work([each for each in noted.items() if each[0] in kinds])
        if len(self._notes) != many:
            noted = self._grouped()
            told = tuple(noted)
            hearing = self._hearing_of(told)
        numbers: dict[str, int] = {}
        for kind in hearing.lasting:
            numbers[kind] = self._newest = self._store.changes.add(self._clock.utcnow(), kind, json.dumps(noted[kind]))
        self._written += [Change(sequence=numbers.get(kind, self._newest), kind=kind, ids=ids) for kind, ids in noted.items()]
        self._kinds += told
        self._notes.clear()

    def committed(self) -> None:
        """The unit is durable: tell the listeners."""
        if not self._written:
            return
        changes, hearing = self._written, self._hearing_of(self._kinds)
        self._written, self._kinds, self._sequence = [], (), self._newest
        for listener in hearing.after:
            listener(changes)

    def failed(self) -> None:
        """The unit was undone: forget its notes, and let memory be rebuilt."""
        self._notes.clear()
        self._written, self._kinds, self._newest = [], (), self._sequence
        for callback in (*self._undo, *self._lost):
            callback()

    def _grouped(self) -> dict[str, tuple[int, ...]]:
        """Ids by kind, as both were noted first; without ids: any of that kind."""
        kinds: dict[str, dict[int, None]] = {}
        for kind, identity in self._notes:
            kinds.setdefault(kind, {})[identity] = None
        return {kind: () if 0 in ids or len(ids) > MAX_IDS else tuple(ids) for kind, ids in kinds.items()}

    def _hearing_of(self, kinds: tuple[str, ...]) -> _Hearing:
        hearing = self._hearing.get(kinds)
        if hearing is None:
            if len(self._hearing) >= MAX_HEARING:
                self._hearing.clear()
            hearing = self._hearing[kinds] = _Hearing(
                tuple(each for each in self._before if not each[1].isdisjoint(kinds)),
                tuple(listener for listener, wanted in self._listeners if not wanted or not wanted.isdisjoint(kinds)),
                tuple(kind for kind in kinds if kind not in VOLATILE),
            )
        return hearing


class Part:
    """One savepoint, written out by hand: each call makes one.

    Where the unit has written nothing yet, the unit itself is the savepoint: SQLite then keeps no second copy of each page that is written.
    """

    __slots__ = ("_changes", "_database", "_first", "_mark", "_store")

    def __init__(self, changes: Changes, store: Store) -> None:
        self._changes = changes
        self._store = store
        self._database = store.database
        self._first = False
        self._mark = 0

    def __enter__(self) -> None:
        self._mark = self._changes.mark()
        self._first = self._store.untouched
        if not self._first:
            self._database.execute("SAVEPOINT part")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is None:
            if not self._first:
                self._database.execute("RELEASE part")
            return
        if self._database.in_unit:  # a full disk may have thrown the whole unit away
            if self._first:
                self._store.begin_again()
            else:
                self._database.execute("ROLLBACK TO part")
                self._database.execute("RELEASE part")
        self._changes.undone(self._mark)

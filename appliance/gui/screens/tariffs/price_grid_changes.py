"""Changes of prices as the server is asked for them, each with the way back: one stack of undo for a grid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from appliance.gui import operation
from appliance.gui.client import Client
from appliance.gui.screens.tariffs.price_grid_model import PRICE, Edit
from appliance.wire.decks import UndoImport
from appliance.wire.problem import Problem
from appliance.wire.rates import GridRow, RateFields, RatesRemove, RatesSet

AT_ONCE = 1000
DEEPEST = 100
RESTORED = ("destination", PRICE, "connection_fee", "first_increment", "next_increment", "minimum_seconds", "blocked")

Step = tuple[str, Any]
"""An operation and its request."""


@dataclass
class Change:
    """What was done in words, and the steps that do it and undo it; without `again` it is not done a second time.

    `took` is given what each step of doing it brought.
    """

    text: str
    forth: list[Step]
    back: Callable[[], list[Step]]
    again: bool = True
    took: Callable[[Any], None] = lambda _view: None


def restoring(row: GridRow, now: GridRow | None, *, derived: bool) -> RateFields:
    """The fields that make a price again what it was; `now` is what stands there instead, None where nothing is known."""
    changed: dict[str, Any] = {"prefix": row.prefix}
    if row.band:
        changed["band"] = row.band
    for name in RESTORED:
        value = getattr(row, name)
        if now is None or getattr(now, name) != value:
            changed[name] = value
    if derived and row.overridden and row.inherited_price == row.price_per_minute:
        changed[PRICE] = None
    return RateFields(**changed)


class Changes(QObject):
    """`changed` after every step of the stack; `failed` with the Problem of one that the server refused."""

    changed = Signal()
    failed = Signal(object)
    done = Signal(str)
    """The text of a change that was made."""

    def __init__(self, client: Client, tariff: int, *, derived: bool, parent: QObject) -> None:
        super().__init__(parent)
        self._client, self._tariff, self._derived = client, tariff, derived
        self._past: list[Change] = []
        self._future: list[Change] = []
        self.busy = False

    @property
    def undoes(self) -> str:
        """What Undo takes back, "" where there is nothing."""
        return self._past[-1].text if self._past else ""

    @property
    def redoes(self) -> str:
        """What Redo does again, "" where there is nothing."""
        return self._future[-1].text if self._future else ""

    def write(self, text: str, edits: Sequence[Edit]) -> None:
        """New prices of some rows."""
        forth = self._set([edit.fields for edit in edits])
        fresh = [edit.before.prefix for edit in edits if self._derived and not edit.before.overridden]
        kept = [edit for edit in edits if not self._derived or edit.before.overridden]
        back = self._remove(fresh) + self._set([restoring(edit.before, edit.after, derived=self._derived) for edit in kept])
        self._do(Change(text, forth, lambda: back))

    def added(self, text: str, fields: RateFields) -> None:
        """A prefix that had no price here was given one: it is written already."""
        self._keep(Change(text, self._set([fields]), lambda: self._remove([fields.prefix])))

    def written(self, text: str, import_id: int, *, tell: bool) -> None:
        """Many prices that the server wrote as one: they are taken back as one. Without `tell` it was said elsewhere."""
        back: list[Step] = [("rates.undo_import", UndoImport(self._tariff, import_id))]
        self._keep(Change(text, [], lambda: back, again=False), tell=tell)

    def remove(self, text: str, rows: Sequence[GridRow]) -> None:
        """No own prices any more, all at once; they come back as they were, with what the grid shows nothing of."""
        made: list[int | None] = []

        def back() -> list[Step]:
            return [("rates.undo_import", UndoImport(self._tariff, made[-1]))] if made[-1] is not None else []

        request = RatesRemove(self._tariff, [row.prefix for row in rows])
        self._do(Change(text, [("rates.remove", request)], back, took=lambda view: made.append(view.import_id)))

    def undo(self) -> None:
        """Take the last change back."""
        if self._past and not self.busy:
            change = self._past[-1]
            self._run(change.back(), lambda: self._moved(self._past, self._future))

    def redo(self) -> None:
        """Make what was undone once more."""
        if self._future and not self.busy:
            change = self._future[-1]
            self._run(change.forth, lambda: self._moved(self._future, self._past), change.took)

    # parts ---------------------------------------------------------------------------------------------------------
    def _set(self, fields: Sequence[RateFields]) -> list[Step]:
        return [("rates.set", RatesSet(self._tariff, list(fields[at : at + AT_ONCE]))) for at in range(0, len(fields), AT_ONCE)]

    def _remove(self, prefixes: Sequence[str]) -> list[Step]:
        return [("rates.remove", RatesRemove(self._tariff, list(prefixes[at : at + AT_ONCE]))) for at in range(0, len(prefixes), AT_ONCE)]

    def _do(self, change: Change) -> None:
        self._run(change.forth, lambda: self._keep(change), change.took)

    def _keep(self, change: Change, *, tell: bool = True) -> None:
        self._past.append(change)
        del self._past[:-DEEPEST]
        self._future.clear()
        if tell:
            self.done.emit(change.text)
        self.changed.emit()

    def _moved(self, one: list[Change], other: list[Change]) -> None:
        if one:
            moved = one.pop()
            if moved.again:
                other.append(moved)
        self.changed.emit()

    def _run(self, steps: Sequence[Step], then: Callable[[], None], took: Callable[[Any], None] = lambda _view: None) -> None:
        """One step after the other; the first that fails ends it."""
        self.busy = bool(steps)
        if not steps:
            then()
            return
        name, request = steps[0]

        def refused(problem: Problem) -> None:
            self.busy = False
            self.failed.emit(problem)

        def done(view: Any) -> None:
            took(view)
            self._run(steps[1:], then, took)

        operation.run(self, self._client, name, request, on_done=done, on_problem=refused)

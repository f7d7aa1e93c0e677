"""What was written into a tariff, and the undoing of an import: what it wrote counts no more, what it ended counts again.

A price that was changed by hand after the import stays as it was changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from appliance.billing.rate_deck import RateDeck
from appliance.errors import Conflict, NotFound
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Steps, let_go
from appliance.store.rates import Rate, RateSet
from appliance.store.tariffs import Tariff
from appliance.wire.decks import ImportList, ImportPage, ImportView, UndoImport
from appliance.wire.rates import RatesChanged

IMPORT = "import"
"""What the source of an import's set begins with."""
UNDOABLE = (IMPORT, "margin", "percent")
"""The sources of sets that can be taken back whole: imports, what the margin radar mended, changes by a percentage."""

PAGE = 500  # versions read at once: a few milliseconds of the store's thread
MOST = 500


class DeckHistory:
    """`undo` is given in steps (services/ground/stepwise)."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit

    def list(self, actor: Actor, request: ImportList) -> ImportPage:
        """Imports, edits and removals, newest first; what never became valid is left out."""
        tariff = self._lookups.tariff(actor, request.tariff, request.reseller, "tariffs.read")
        sets = [each for each in self._store.rates.sets(tariff.id) if each.activated_at is not None]
        return ImportPage([self._view(each) for each in sets[: max(1, min(request.limit, MOST))]])

    def undo(self, actor: Actor, request: UndoImport) -> Steps[RatesChanged]:
        """Conflict deck.undone, deck.newer_import, deck.tariff_changed; NotFound deck.import_unknown."""
        tariff, undone = self._asked(actor, request)
        rates, prices = self._store.rates, self._room.hot.prices
        basis, edition = prices.book.deck(tariff.id), rates.edition(tariff.id)
        deck: RateDeck = yield basis.copy
        written = yield from self._pages(
            lambda after: rates.of_set(undone.id, after, PAGE), lambda page: deck.remove((each.prefix, each.id) for each in page)
        )
        late: list[tuple[str, int]] = []

        def back(page: Sequence[Rate]) -> None:
            """Those whose place a later change has taken stay ended."""
            for each in page:
                versions = deck.versions(each.prefix)
                taken = any((row.profile.band, row.profile.valid_from_at) == (each.band, each.valid_from_at) for row in versions)
                if taken:
                    late.append((each.prefix, each.id))
                else:
                    deck.add([(each.id, *each[3:])])

        again = yield from self._pages(lambda after: rates.ended_by(undone.id, after, PAGE), back)
        yield deck.ordered
        with self._room.changes.unit():
            if prices.book.deck(tariff.id) is not basis or rates.edition(tariff.id) != edition:
                raise Conflict("deck.tariff_changed", field="tariff", tariff=tariff.name)
            now = self._room.clock.utcnow()
            rates.undo(undone.id, now)
            if late:
                set_id = rates.open_set(tariff.id, f"undo {undone.id}", now, actor.operator_id)
                rates.withdraw(set_id, (rate_id for _, rate_id in late))
                rates.activate(set_id, now)
            prices.offer(tariff.id, deck, rates.edition(tariff.id))
            self._audit.noted(actor, "rates.undo_import", "tariff", tariff.id, rate_set=undone.id)
            self._room.changes.note("rate", tariff.id)
        rows = basis.rows()
        del basis
        yield partial(let_go, rows)
        return RatesChanged(added=again - len(late), removed=written)

    def _pages(self, ask: Callable[[int], Sequence[Rate]], use: Callable[[Sequence[Rate]], None]) -> Steps[int]:
        """Ask page by page, use each on another thread; how many there were."""
        after = count = 0
        while True:
            page = ask(after)
            if not page:
                return count
            count += len(page)
            after = page[-1].id
            yield lambda page=page: use(page)  # type: ignore[misc]

    def _asked(self, actor: Actor, request: UndoImport) -> tuple[Tariff, RateSet]:
        tariff = self._lookups.tariff(actor, request.tariff, request.reseller, "tariffs.write")
        if tariff.archived_at is not None or not self._access.may(actor, "tariffs.write", tariff.reseller_id):
            raise NotFound("tariff.unknown", field="tariff", tariff=request.tariff)
        written = [each for each in self._store.rates.sets(tariff.id) if each.activated_at is not None]
        mended = any(each.id == request.import_id and not each.source.startswith(IMPORT) for each in written)
        sets = [each for each in written if each.source.startswith(UNDOABLE if mended else IMPORT)]
        found = [each for each in sets if (each.undone_at is None if request.import_id is None else each.id == request.import_id)]
        if not found:
            raise NotFound("deck.import_unknown", field="import_id")
        if found[0].undone_at is not None:
            raise Conflict("deck.undone", field="import_id")
        newer = [each for each in sets if each.id > found[0].id and each.undone_at is None]
        if newer:
            raise Conflict("deck.newer_import", field="import_id", newer=newer[-1].id)
        return tariff, found[0]

    def _view(self, row: RateSet) -> ImportView:
        written, ended = self._store.rates.sizes(row.id)
        operator = None if row.operator_id is None else self._store.operators.get(row.operator_id)
        return ImportView(
            id=row.id,
            source=row.source,
            at=stamp(row.activated_at) or "",
            rates=written,
            ended=ended,
            operator="" if operator is None else operator.login,
            undone_at=stamp(row.undone_at),
        )

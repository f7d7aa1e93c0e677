"""What was written into a tariff, and the undoing of it: what it wrote counts no more, what it ended counts again. And the other way round.

A price that was changed by hand after the import stays as it was changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from appliance.billing.rate_deck import RateDeck
from appliance.errors import Conflict, NotFound
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Steps, let_go
from appliance.services.prices.price_desk import CHANGE, PriceDesk, Work
from appliance.services.prices.rate_writing import RateWriting
from appliance.services.prices.rates import EDIT, REMOVAL
from appliance.store.rates import NewRate, Rate, RateSet
from appliance.store.tariffs import Tariff
from appliance.wire.decks import ImportList, ImportPage, ImportView, RedoImport, UndoImport
from appliance.wire.rates import RatesChanged

IMPORT = "import"
"""What the source of an import's set begins with."""
UNDOABLE = (IMPORT, "margin", "percent")
"""The sources of sets that can be taken back whole: imports, what the margin radar mended, changes by a percentage."""
BY_HAND = (EDIT, REMOVAL)
"""These as well, whatever was written after them: what stands in the place of a price stays there."""

PAGE = 500  # versions read at once: a few milliseconds of the store's thread
MOST = 500


class DeckHistory:
    """`undo` and `redo` are given in steps (services/ground/stepwise)."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, desk: PriceDesk, writing: RateWriting) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._desk = desk
        self._writing = writing

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

    def redo(self, actor: Actor, request: RedoImport) -> Steps[RatesChanged]:
        """Write what was undone once more, as a set of its own.

        Conflict deck.tariff_changed; NotFound deck.import_unknown; UserError prices.stopped.
        """
        tariff, written = self._written(actor, request)
        undone = next((each for each in written if each.id == request.import_id and each.undone_at is not None), None)
        if undone is None:
            raise NotFound("deck.import_unknown", field="import_id")
        work = self._desk.begin(CHANGE, actor, tariff.reseller_id, (tariff.id, tariff.name))
        return (yield from self._desk.follow(work, self._redone(actor, tariff, undone, work)))

    def _redone(self, actor: Actor, tariff: Tariff, undone: RateSet, work: Work) -> Steps[RatesChanged]:
        rates = self._store.rates
        basis, edition = self._room.hot.prices.book.deck(tariff.id), rates.edition(tariff.id)
        ended: dict[tuple[str, int], None] = {}

        def replaced(page: Sequence[Rate]) -> None:
            for each in page:
                for row in basis.versions(each.prefix):
                    if (row.profile.band, row.profile.valid_from_at) == (each.band, each.valid_from_at):
                        ended[each.prefix, row.id] = None

        def of_set(after: int) -> Sequence[Rate]:
            return rates.of_set(undone.id, after, PAGE)

        count = yield from self._pages(of_set, replaced)
        yield from self._pages(
            lambda after: rates.ended_by(undone.id, after, PAGE), lambda page: ended.update(dict.fromkeys((each.prefix, each.id) for each in page))
        )
        with self._room.changes.unit():
            set_id = rates.open_set(tariff.id, undone.source, self._room.clock.utcnow(), actor.operator_id)

        def anew() -> Iterator[list[NewRate]]:
            after = 0
            while page := of_set(after):
                after = page[-1].id
                yield [NewRate(*each[3:]) for each in page]

        gone = list(ended)
        pages = [gone[at : at + PAGE] for at in range(0, len(gone), PAGE)]
        deck = yield from self._writing.write(work, tariff.id, set_id, basis, anew(), pages, count + len(gone))
        with self._room.changes.unit():
            if not self._writing.same(tariff.id, basis, edition):
                raise Conflict("deck.tariff_changed", field="tariff", tariff=tariff.name)
            self._writing.activate(actor, "rates.redo_import", tariff.id, set_id, deck, (count, len(gone)))
        work.import_id, work.changed = set_id, count
        yield partial(let_go, gone)
        return RatesChanged(added=count, removed=len(ended), import_id=set_id)

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

    def _written(self, actor: Actor, request: UndoImport | RedoImport) -> tuple[Tariff, Sequence[RateSet]]:
        tariff = self._lookups.tariff(actor, request.tariff, request.reseller, "tariffs.write")
        if tariff.archived_at is not None or not self._access.may(actor, "tariffs.write", tariff.reseller_id):
            raise NotFound("tariff.unknown", field="tariff", tariff=request.tariff)
        return tariff, [each for each in self._store.rates.sets(tariff.id) if each.activated_at is not None]

    def _asked(self, actor: Actor, request: UndoImport) -> tuple[Tariff, RateSet]:
        tariff, written = self._written(actor, request)
        by_hand = next((each for each in written if each.id == request.import_id and each.source in BY_HAND), None)
        if by_hand is not None:
            if by_hand.undone_at is not None:
                raise Conflict("deck.undone", field="import_id")
            return tariff, by_hand
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

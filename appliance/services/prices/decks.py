"""Import of rate decks: looked at first, then written in chunks as an inactive set and made valid by one short write.

The law of this file: nothing counts before the last step, and then all of it. The memory that calls are rated by is built
beside and swapped after that step's commit. Whoever changed the tariff's rates meanwhile wins: the import is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec

from appliance.billing.rate_deck import RateDeck
from appliance.errors import Conflict, Forbidden, NotFound, UserError
from appliance.services.ground import columns as col
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Pace, Steps, let_go
from appliance.services.prices.deck_file import read_file
from appliance.services.prices.deck_history import IMPORT
from appliance.services.prices.deck_last import Key, LastRead, key_of
from appliance.services.prices.deck_process import Frames, ask
from appliance.services.prices.deck_profiles import DeckProfiles, merged
from appliance.services.prices.deck_reading import Job, Prepared, prepare
from appliance.services.prices.tariffs import Tariffs
from appliance.store.rates import NewRate
from appliance.store.resellers import Reseller
from appliance.store.tariffs import Tariff
from appliance.wire import codec
from appliance.wire.decks import DeckAnswers, DeckApply, DeckPreview, DeckView, ProfileList, ProfilePage, ProfileRemove
from appliance.wire.shapes import Done

FEWEST, MOST = 120, 1000  # versions written, or ended, in one unit of work: fewer would only make more commits
UNIT_SECONDS = 0.006  # what a unit is to take on this disk and beside what else runs: more, and the next is smaller


class Decks:
    """`preview` and `apply` are given in steps (services/ground/stepwise)."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, tariffs: Tariffs) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._tariffs = tariffs
        self._profiles = DeckProfiles(room)
        self._program: list[str] | None = None
        self._last = LastRead(room.clock)

    def read_apart(self, program: list[str]) -> None:
        """From now on files are read in a process of its own (a server: calls come first). `program` starts this program."""
        self._program = program

    # requests -------------------------------------------------------------------------------------------------------
    def preview(self, actor: Actor, request: DeckPreview) -> Steps[DeckView]:
        """What the file holds and what it would change; nothing is written."""
        job, deck = self._asked(actor, request, writes=False)
        found = yield from self._reading(job, request, deck)
        return found.outcome.view

    def apply(self, actor: Actor, request: DeckApply, stay: Sequence[str] = ()) -> Steps[DeckView]:
        """Write it; the prices of the prefixes `stay` are left as they are.

        Conflict deck.changed_since_preview, deck.tariff_changed; UserError deck.no_column, deck.nothing.
        """
        job, basis = self._asked(actor, request, writes=True)
        job = msgspec.structs.replace(job, stay=list(stay)) if stay else job
        found = yield from self._reading(job, request, basis)
        seen = found.outcome.view
        if seen.missing:
            raise UserError("deck.no_column", field="columns", missing=", ".join(seen.missing))
        if not seen.rates:
            raise UserError("deck.nothing", field="content", refused=seen.problem_count)
        if request.fingerprint is not None and request.fingerprint != seen.fingerprint:
            raise Conflict("deck.changed_since_preview", field="fingerprint")
        with self._room.changes.unit():
            row = self._tariff(actor, job)
            source = f"{IMPORT} {request.file}".strip()[:200]
            set_id = self._store.rates.open_set(row.id, source, self._room.clock.utcnow(), actor.operator_id)
        yield None
        deck = yield from self._written(row.id, set_id, basis, found)
        sizes: tuple[int, int] = yield partial(self._sizes, set_id)
        with self._room.changes.unit():
            known = not job.tariff_id or self._room.hot.prices.book.deck(row.id) is basis
            if not known or self._store.rates.edition(row.id) != found.outcome.edition:
                raise Conflict("deck.tariff_changed", field="tariff", tariff=row.name)
            self._activate(actor, row, set_id, deck, sizes)
            self._style(actor, row, request.increment_style)
            if request.profile is not None:
                self._profiles.save(job.reseller_id, request.profile, found.outcome.learned)
        rows = basis.rows()
        del basis, deck
        yield partial(let_go, rows, found.new, found.ended)
        return msgspec.structs.replace(seen, applied=True, import_id=set_id)

    def forget(self) -> None:
        """Let go of a file that was looked at and never written; a job of the server's asks it now and then."""
        self._last.forget()

    def profiles(self, actor: Actor, request: ProfileList) -> ProfilePage:
        """The saved ways of reading of a reseller."""
        reseller = self._lookups.reseller(actor, request.reseller, "tariffs.read")
        return ProfilePage(self._profiles.list(reseller.id))

    def remove_profile(self, actor: Actor, request: ProfileRemove) -> Done:
        """Forget one."""
        with self._room.changes.unit():
            reseller = self._lookups.reseller(actor, request.reseller, "tariffs.write")
            self._profiles.remove(reseller.id, request.name)
            return Done()

    # steps ----------------------------------------------------------------------------------------------------------
    def _asked(self, actor: Actor, request: DeckPreview, *, writes: bool) -> tuple[Job, RateDeck]:
        """What is to be done, and the rates that the tariff has now."""
        reseller, row = self._own(actor, request)
        if request.increment_style is not None:
            col.choice("first-next", "total")(request.increment_style, "increment_style")
        kept = None if request.profile is None else self._profiles.find(reseller.id, request.profile)
        said = DeckAnswers(**{field: getattr(request, field) for field in DeckAnswers.__struct_fields__})
        bands = [] if row is None else list(dict.fromkeys(band.name for band in self._store.tariffs.bands(row.id)))
        job = Job(
            folder=str(self._store.folder),
            tariff_id=0 if row is None else row.id,
            reseller_id=reseller.id,
            tariff=str(request.tariff) if row is None else row.name,
            reseller=reseller.name,
            currency=reseller.currency if row is None else row.currency,
            derived=row is not None and row.base_id is not None,
            timezone=reseller.timezone if row is None else row.timezone or reseller.timezone,
            bands=bands,
            now=self._room.clock.utcnow(),
            answers=merged(said, kept),
            show=request.show,
            writes=writes,
            path=_path(actor, request),
        )
        return job, RateDeck() if row is None else self._room.hot.prices.book.deck(row.id)

    def _reading(self, job: Job, request: DeckPreview, deck: RateDeck) -> Steps[Prepared | Frames]:
        """The file read on another thread, or what was read of it a moment ago. A file on the server's disk may be another by then."""
        program, content = self._program, request.content or b""
        edition = self._store.rates.edition(job.tariff_id)
        if program is None:
            here: Prepared = yield lambda: prepare(content if job.path is None else read_file(job.path), job, deck, edition)
            return here
        if job.path is not None:
            apart: Frames = yield partial(ask, program, job, content)
            return apart
        key: Key = yield partial(key_of, job, content)
        kept = self._last.taken(key, edition) if job.writes else None
        if kept is not None:
            return kept
        found: Frames = yield partial(ask, program, msgspec.structs.replace(job, writes=True), content)
        if not job.writes:
            self._last.keep(key, found)
        return found

    def _own(self, actor: Actor, request: DeckPreview) -> tuple[Reseller, Tariff | None]:
        """The reseller and its tariff; None for a name that is to be made. What a reseller buys by is not its own to change."""
        if isinstance(request.tariff, int):
            row = self._store.tariffs.get(request.tariff)
            if row is None or row.archived_at is not None:
                raise NotFound("tariff.unknown", field="tariff", tariff=request.tariff)
            self._access.need(actor, "tariffs.write", row.reseller_id, what="tariff")
            return self._lookups.reseller(actor, row.reseller_id, "tariffs.write"), row
        reseller = self._lookups.reseller(actor, request.reseller, "tariffs.write")
        col.name(request.tariff, "tariff")
        row = self._store.tariffs.find(reseller.id, request.tariff)
        buying = None if reseller.tariff_id is None else self._store.tariffs.get(reseller.tariff_id)
        if row is None and buying is not None and buying.name == request.tariff:
            raise NotFound("tariff.unknown", field="tariff", tariff=request.tariff)
        return reseller, row

    def _tariff(self, actor: Actor, job: Job) -> Tariff:
        """The tariff, made where it was missing."""
        reseller = self._store.resellers.get(job.reseller_id)
        assert reseller is not None  # nobody deletes one
        if not job.tariff_id:
            return self._tariffs.make(actor, reseller, {"name": job.tariff})
        row = self._store.tariffs.get(job.tariff_id)
        if row is None or row.archived_at is not None:
            raise NotFound("tariff.unknown", field="tariff", tariff=job.tariff)
        return row

    def _written(self, tariff_id: int, set_id: int, basis: RateDeck, found: Prepared | Frames) -> Steps[RateDeck]:
        """Versions and endings, a chunk a unit of work; the deck of afterwards, built beside."""
        rates = self._store.rates
        deck: RateDeck = yield basis.copy
        pace, clock = Pace(FEWEST, MOST, UNIT_SECONDS), self._room.clock
        for written in found.new:
            versions: list[NewRate] = yield partial(_versions, written)
            done = 0
            while done < len(versions):
                begun, part = clock.monotonic(), versions[done : done + pace.count]
                with self._room.changes.unit():
                    rates.add(set_id, tariff_id, part)
                    first = rates.last_id() - len(part) + 1
                done += len(part)
                pace.took(len(part), clock.monotonic() - begun)
                yield partial(_add, deck, part, first)
        for ending in found.ended:
            ended: list[tuple[str, int]] = yield partial(_decoded, ending)
            done = 0
            while done < len(ended):
                begun, gone = clock.monotonic(), ended[done : done + pace.count]
                with self._room.changes.unit():
                    rates.withdraw(set_id, (rate_id for _, rate_id in gone))
                done += len(gone)
                pace.took(len(gone), clock.monotonic() - begun)
                yield partial(deck.remove, gone)
        yield deck.ordered
        return deck

    def _sizes(self, set_id: int) -> tuple[int, int]:
        """How much was written and ended: counted on another thread, for it is all durable by then."""
        with self._store.reader() as tables:
            return tables.rates.sizes(set_id)

    def _activate(self, actor: Actor, row: Tariff, set_id: int, deck: RateDeck, sizes: tuple[int, int]) -> None:
        """The one short write."""
        rates = self._store.rates
        rates.activate(set_id, self._room.clock.utcnow())
        self._room.hot.prices.offer(row.id, deck, rates.edition(row.id))
        written, ended = sizes
        self._audit.noted(actor, "decks.apply", "tariff", row.id, rate_set=set_id, written=written, ended=ended)
        self._room.changes.note("rate", row.id)

    def _style(self, actor: Actor, row: Tariff, style: str | None) -> None:
        fresh = self._store.tariffs.get(row.id)
        if style is not None and fresh is not None:
            self._tariffs.change(actor, fresh, {"increment_style": style})


def _versions(chunk: bytes | list[Any]) -> list[NewRate]:
    """As the store takes them: the same fields in the same order."""
    return list(map(NewRate._make, _decoded(chunk)))


def _add(deck: RateDeck, versions: list[NewRate], first: int) -> None:
    deck.add((number, *version) for number, version in enumerate(versions, first))


def _decoded(chunk: bytes | list[Any]) -> list[Any]:
    """A chunk as it came: JSON from the process that read the file."""
    return codec.decode(chunk, list) if isinstance(chunk, bytes) else chunk


def _path(actor: Actor, request: DeckPreview) -> str | None:
    """A path is for the folder's owner alone, who reads the disk anyway."""
    if (request.content is None) is (request.path is None):
        raise UserError("deck.content_or_path", field="content")
    if request.path is not None and not actor.owner_of_folder:
        raise Forbidden("deck.path_forbidden", field="path")
    return request.path

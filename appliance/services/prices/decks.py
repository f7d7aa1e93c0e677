"""Import of rate decks: looked at first, then written in chunks as an inactive set and made valid by one short write.

The law of this file: nothing counts before the last step, and then all of it (`rate_writing.py`). Whoever changed the tariff's
rates meanwhile wins: the import is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import msgspec

from appliance.billing.rate_deck import RateDeck
from appliance.errors import Conflict, Forbidden, NotFound, UserError
from appliance.services.ground import columns as col
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Steps, let_go
from appliance.services.prices.deck_file import read_file
from appliance.services.prices.deck_history import IMPORT
from appliance.services.prices.deck_last import Key, LastRead, key_of
from appliance.services.prices.deck_process import Frames, ask
from appliance.services.prices.deck_profiles import DeckProfiles, checked, merged
from appliance.services.prices.deck_reading import Job, Prepared, prepare
from appliance.services.prices.price_desk import IMPORT as IMPORTING
from appliance.services.prices.price_desk import PriceDesk, Work
from appliance.services.prices.rate_writing import RateWriting
from appliance.services.prices.tariffs import Tariffs
from appliance.store.resellers import Reseller
from appliance.store.tariffs import Tariff
from appliance.wire.decks import DeckAnswers, DeckApply, DeckPreview, DeckView, ProfileList, ProfilePage, ProfileRemove
from appliance.wire.shapes import ById, Done


class Decks:
    """`preview` and `apply` are given in steps (services/ground/stepwise); `desk` tells of what is being written, `writing` writes it."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, tariffs: Tariffs) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._tariffs = tariffs
        self.desk = PriceDesk(room, access)
        self.writing = RateWriting(room, audit)
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

    def apply(self, actor: Actor, request: DeckApply) -> Steps[DeckView]:
        """Write it, as a work that can be asked about and stopped.

        Conflict deck.changed_since_preview, deck.tariff_changed; UserError deck.no_column, deck.nothing, prices.stopped.
        """
        work = self._work(actor, request)
        return (yield from self.desk.follow(work, self._applied(actor, request, work)))

    def take(self, actor: Actor, request: DeckApply, stay: Sequence[str] = ()) -> Steps[DeckView]:
        """The same as a part of something greater; the prices of the prefixes `stay` are left as they are."""
        return (yield from self._applied(actor, request, self._work(actor, request), stay))

    def _work(self, actor: Actor, request: DeckApply) -> Work:
        reseller, row = self._own(actor, request)
        tariff = (None, str(request.tariff)) if row is None else (row.id, row.name)
        return self.desk.begin(IMPORTING, actor, reseller.id, tariff, request.file)

    def _applied(self, actor: Actor, request: DeckApply, work: Work, stay: Sequence[str] = ()) -> Steps[DeckView]:
        job, basis = self._asked(actor, request, writes=True)
        job = msgspec.structs.replace(job, stay=list(stay)) if stay else job
        found = yield from self._reading(job, request, basis)
        seen = found.outcome.view
        _checked(seen, request)
        if request.profile is not None:
            checked(request.profile, found.outcome.learned)  # before anything is written: a tariff may be made for it
        work.at("writing", 0, _versions(seen))
        with self._room.changes.unit():
            row = self._tariff(actor, job)
            source = f"{IMPORT} {request.file}".strip()[:200]
            set_id = self._store.rates.open_set(row.id, source, self._room.clock.utcnow(), actor.operator_id)
        yield None
        try:
            deck = yield from self.writing.write(work, row.id, set_id, basis, found.new, found.ended, _versions(seen))
        except UserError:
            self._unmade(actor, row, made=not job.tariff_id)
            yield None  # a step of its own, which stays: what a refusal ends is undone
            raise
        sizes: tuple[int, int] = yield partial(self.writing.sizes, set_id)
        with self._room.changes.unit():
            known = not job.tariff_id or self._room.hot.prices.book.deck(row.id) is basis
            if not known or self._store.rates.edition(row.id) != found.outcome.edition:
                raise Conflict("deck.tariff_changed", field="tariff", tariff=row.name)
            self.writing.activate(actor, "decks.apply", row.id, set_id, deck, sizes)
            self._style(actor, row, request.increment_style)
            if request.profile is not None:
                self._profiles.save(job.reseller_id, request.profile, found.outcome.learned)
        work.tariff_id, work.import_id = row.id, set_id
        work.added, work.changed, work.removed, work.unchanged = seen.added, seen.changed, seen.removed, seen.unchanged
        work.left_out = sum(problem.refused for problem in seen.problems)
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

    def _unmade(self, actor: Actor, row: Tariff, *, made: bool) -> None:
        """A tariff that was made for prices that never came is taken away again, unless somebody uses it by now."""
        if made:
            with suppress(Conflict):
                self._tariffs.archive(actor, ById(row.id))

    def _style(self, actor: Actor, row: Tariff, style: str | None) -> None:
        fresh = self._store.tariffs.get(row.id)
        if style is not None and fresh is not None:
            self._tariffs.change(actor, fresh, {"increment_style": style})


def _versions(seen: DeckView) -> int:
    """About how many versions are written and ended: one that changes is both."""
    return seen.added + 2 * seen.changed + seen.removed


def _checked(seen: DeckView, request: DeckApply) -> None:
    """Refuses what was not shown so, or comes to nothing."""
    if seen.missing:
        raise UserError("deck.no_column", field="columns", missing=", ".join(seen.missing))
    if not seen.rates:
        raise UserError("deck.nothing", field="content", refused=seen.problem_count)
    if request.fingerprint is not None and request.fingerprint != seen.fingerprint:
        raise Conflict("deck.changed_since_preview", field="fingerprint")


def _path(actor: Actor, request: DeckPreview) -> str | None:
    """A path is for the folder's owner alone, who reads the disk anyway."""
    if (request.content is None) is (request.path is None):
        raise UserError("deck.content_or_path", field="content")
    if request.path is not None and not actor.owner_of_folder:
        raise Forbidden("deck.path_forbidden", field="path")
    return request.path

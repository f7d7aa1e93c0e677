"""Moving in: `move.preview` looks, `move.apply` writes, as often as it takes until the cut-over.

Law: a preview is the very writing, undone part by part; so what it refuses is what would be refused. Nothing is written while a row is
refused that nobody agreed to leave. What the files hold is counted apart from what is written, and both must agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from appliance.errors import Conflict, Forbidden, UserError
from appliance.i18n import say
from appliance.money import check_currency, format_amount
from appliance.services.ground import columns as col
from appliance.services.ground.access import Actor
from appliance.services.ground.passwords import Hashes
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Pace, Steps, finish
from appliance.services.ground.web_address import address_of
from appliance.services.moving.desk import PERMISSION, MoveDesk, Work
from appliance.services.moving.feed import END, Feed, Head
from appliance.services.moving.past import Past
from appliance.services.moving.rate_book import COLUMNS
from appliance.services.moving.records import FROM, KINDS, Count, Gathered, Job, OldCall, Refusal
from appliance.services.moving.writing import Whole, Writer, wholes
from appliance.services.prices.deck_history import IMPORT
from appliance.store.resellers import Reseller
from appliance.wire import codec
from appliance.wire.decks import DeckApply
from appliance.wire.moving import MoveApply, MovePreview, MoveRefused, MoveTotal, MoveView

if TYPE_CHECKING:
    from appliance.services.nouns import Nouns

V = TypeVar("V")
UNIT_SECONDS = 0.006
FEW_CUSTOMERS, FEW_CALLS = 5, 120
"""Written in one unit of work at least: fewer would only make more commits."""

MOST_FILES = 50
MOST_TOLD = 1000
INVOICES = "invoice"
"""The series that goes on."""

MONEY = frozenset({"customers", "invoices", "calls"})


class _Undone(Exception):
    """What a rehearsal ends its part by."""


class Moves:
    """Both operations are in steps; only the folder's owner may, since files are read from the server's disk."""

    def __init__(self, room: Room, nouns: Nouns) -> None:
        self._room = room
        self._store = room.store
        self._nouns = nouns
        self.desk = MoveDesk(room, nouns.access)
        self.past = Past(room, nouns.access, nouns.lookups, nouns.audit)

    def preview(self, actor: Actor, request: MovePreview) -> Steps[MoveView]:
        """What would be moved; nothing is written. Conflict move.under_way."""
        run = self._run("preview", actor, request)
        return (yield from self.desk.follow(run.work, self._preview(run)))

    def apply(self, actor: Actor, request: MoveApply) -> Steps[MoveView]:
        """Move it. Conflict move.refused, move.totals_differ, move.cut_over_before, move.under_way; UserError move.stopped."""
        run = self._run("apply", actor, request)
        return (yield from self.desk.follow(run.work, self._apply(run, request)))

    def forget_files(self) -> None:
        """Files that were sent and not touched for a day; a job of the server's asks it now and then."""
        finish(self.desk.uploads.remove(self.desk.uploads.old()))

    def _preview(self, run: Run) -> Steps[MoveView]:
        try:
            yield from run.read()
            yield from run.rehearse()
        finally:
            run.close()
        return run.view(applied=False, cut_over=False)

    def _apply(self, run: Run, request: MoveApply) -> Steps[MoveView]:
        try:
            yield from run.read()
            yield from run.rehearse()
            refused = run.refused_count()
            if refused and not request.leave_refused:
                raise Conflict("move.refused", field="leave_refused", count=refused)
            if not all(total.agree for total in run.totals()):
                raise Conflict("move.totals_differ")
            run.again()
            yield from run.write()
        finally:
            run.close()
        done = run.view(applied=True, cut_over=False)
        with self._room.changes.unit():
            run.finish(cut_over=request.cut_over and done.agree)
        return run.view(applied=True, cut_over=request.cut_over and done.agree)

    def _run(self, what: str, actor: Actor, request: MovePreview) -> Run:
        if request.files and not actor.owner_of_folder:
            raise Forbidden("access.forbidden", permission="move.apply")
        reseller = self._nouns.lookups.reseller(actor, request.reseller, PERMISSION)
        col.choice(*FROM)(request.source, "source")
        col.timezone()(request.timezone, "timezone")
        files = [str(Path(file).expanduser()) for file in request.files] + self.desk.uploads.paths(actor, request.uploads)
        if not 0 < len(files) <= MOST_FILES:
            raise UserError("field.too_many", field="files", most=MOST_FILES)
        if request.currency:
            check_currency(request.currency, "currency")
        if request.tariff:
            self._nouns.lookups.tariff(actor, request.tariff, request.reseller, "tariffs.read")
        run = Run(self._room, self._nouns, actor, reseller, request, files)
        run.work = self.desk.begin(what, actor, reseller.id, request)
        run.work.halt = run.halt
        return run


class Run:
    """One move, from the reading of its files to what is told of it."""

    work: Work

    def __init__(self, room: Room, nouns: Nouns, actor: Actor, reseller: Reseller, request: MovePreview, files: list[str]) -> None:
        self._room = room
        self._store = room.store
        self._nouns = nouns
        self._actor = actor
        self._reseller = reseller
        self._request = request
        self._files = files
        self._source = request.source + (f"/{request.agent}" if request.agent else "")
        known = self._store.moving.source(self._source)
        if known is not None and known.cut_over_at is not None:
            raise Conflict("move.cut_over_before", field="source", source=self._source)
        if known is not None and known.reseller_id != reseller.id:
            raise Conflict("move.other_reseller", field="reseller", source=self._source)
        self._feed: Feed | None = None
        self._head = Head()
        self._gathered = Gathered("")
        self._wholes: list[Whole] = []
        self._own: dict[str, list[str]] = {}
        self._writer = self._fresh()

    def _fresh(self) -> Writer:
        return Writer(self._room, self._nouns, self._actor, self._reseller, self._source, self._gathered.currency, self._request)

    def halt(self) -> None:
        """What a thread reads ends, so that it waits no longer."""
        if self._feed is not None:
            self._feed.halt()

    def close(self) -> None:
        """Nothing more is read."""
        if self._feed is not None:
            self._feed.close()

    # reading -------------------------------------------------------------------------------------------------------
    def read(self) -> Steps[None]:
        """The files up to their calls. UserError move.currency_unknown where neither they nor the request say one."""
        asked = self._request
        zone = asked.timezone or "UTC"
        ZoneInfo(zone)
        currency = asked.currency or (self._reseller.currency if asked.source == "csv" else "")
        job = Job(self._files, asked.source, currency, asked.agent, zone)
        self._feed = yield partial(Feed, self._room.program, job)
        assert self._feed is not None
        self._head = yield self._feed.head
        assert self._head.gathered is not None  # else it raised
        self._gathered = self._head.gathered
        if not self._gathered.currency:
            raise UserError("move.currency_unknown", field="currency")
        self._wholes = yield partial(wholes, self._gathered)
        self._writer = self._fresh()

    def again(self) -> None:
        """After the rehearsal, the writing itself."""
        since = self._writer.since.found
        self._writer = self._fresh()
        self._writer.since.found.extend(each for each in since if each.kind == "tariff")

    # rehearsing ----------------------------------------------------------------------------------------------------
    def rehearse(self) -> Steps[None]:
        """Each customer written and undone; the reasons stay. Hashing is left out: it is costly and refuses nothing."""
        plain = _NoHashes()
        yield from self._since_prices()
        for portion in self._paced(self._wholes, "looking"):
            with self._room.changes.unit():
                try:
                    with self._room.changes.part():
                        self._tariffs(portion)
                        for whole in portion:
                            self._writer.whole(whole, plain, "")
                        raise _Undone
                except _Undone:
                    pass
            yield None
        for numbers in self._paced(self._gathered.numbers, "looking"):
            with self._room.changes.unit():
                try:
                    with self._room.changes.part():
                        for number in numbers:
                            self._writer.number(number, rehearsal=True)
                        raise _Undone
                except _Undone:
                    pass
            yield None
        found = self._gathered.found
        for kind in ("tariffs", "rates", "calls"):
            gone = self._gone(kind, self._gathered.refused)
            count = found.get(kind, Count())
            self._writer.moved[kind] = [count.rows - gone.rows, count.micros - gone.micros]

    def _since_prices(self) -> Steps[None]:
        """Prices of moved tariffs that were set here since; they are a tariff's together."""
        for old in self._gathered.tariffs:
            known = self._store.moving.found(self._source, "tariff", old.key)
            row = None if known is None else self._store.tariffs.get(known)
            if row is None or row.archived_at is not None or not old.rates:
                continue
            prefixes: list[str] = yield partial(self._own_prefixes, row.id)
            if prefixes and not self._writer.since.taken("tariff", old.key, row.name, "prices", str(len(prefixes)), ""):
                self._own[old.key] = prefixes

    def _own_prefixes(self, tariff_id: int) -> list[str]:
        with self._store.reader() as tables:
            return tables.moving.own_prefixes(tariff_id, f"{IMPORT} {self._source}")

    def _paced(self, items: list[V], phase: str, fewest: int = FEW_CUSTOMERS) -> Iterator[list[V]]:
        """Portions that hold the store's thread for about `UNIT_SECONDS`."""
        pace, clock, done = Pace(fewest, fewest * 10, UNIT_SECONDS), self._room.clock, 0
        while done < len(items):
            begun, portion = clock.monotonic(), items[done : done + pace.count]
            self.work.at(phase, done, len(items))
            yield portion
            pace.took(len(portion), clock.monotonic() - begun)
            done += len(portion)

    # writing -------------------------------------------------------------------------------------------------------
    def write(self) -> Steps[None]:
        """Tariffs with their rates, customers with what is theirs, incoming numbers, then calls."""
        with self._room.changes.unit():
            self._store.moving.put_source(self._source, self._reseller.id, self._room.clock.utcnow(), None)
            self._tariffs(None)
        yield from self._rates()
        address = address_of(self._room, self._reseller)
        for portion in self._paced(self._wholes, "writing"):
            hashes: Hashes = yield partial(self._hashes, portion)
            with self._room.changes.unit():
                for whole in portion:
                    self._writer.whole(whole, hashes, address)
        for numbers in self._paced(self._gathered.numbers, "numbers"):
            with self._room.changes.unit():
                for number in numbers:
                    self._writer.number(number, rehearsal=False)
            yield None
        yield from self._calls()

    def _hashes(self, portion: list[Whole]) -> Hashes:
        hashes = Hashes()
        with self._store.reader() as tables:
            pairs = []
            for each in (login for whole in portion for login in whole.logins if login.password):
                row = tables.web_logins.find(self._reseller.id, each.login)
                pairs.append((each.password, None if row is None else row.password_hash))
        hashes.prepare(pairs)
        return hashes

    def _tariffs(self, portion: list[Whole] | None) -> None:
        """The tariffs by key, made where they are missing: all, or those that a portion of customers pays by."""
        wanted = None if portion is None else {whole.customer.tariff for whole in portion}
        moving, tariffs = self._store.moving, self._writer.tariffs
        for old in self._gathered.tariffs:
            if wanted is not None and old.key not in wanted:
                continue
            known = moving.found(self._source, "tariff", old.key)
            row = None if known is None else self._store.tariffs.get(known)
            if row is None or row.archived_at is not None:
                name = old.name if self._store.tariffs.find(self._reseller.id, old.name) is None else f"{old.name[:150]} ({self._source})"
                values = {"name": name, "increment_style": self._head.style}
                row = self._nouns.tariffs.make(self._actor, self._reseller, dict(values), self._gathered.currency, None)
                moving.keep(self._source, "tariff", old.key, row.id)
            tariffs[old.key] = row.name
        if wanted is None:
            self._writer.moved["tariffs"] = [len(self._gathered.tariffs), 0]

    def _rates(self) -> Steps[None]:
        """Each tariff's rates as a rate deck: the whole list, compared with what is there."""
        assert self._feed is not None
        written = 0
        for at, old in enumerate(self._gathered.tariffs):
            if not old.rates:
                continue
            self.work.at("prices", at, len(self._gathered.tariffs))
            deck: bytes = yield self._feed.next
            request = DeckApply(
                tariff=self._writer.tariffs[old.key], reseller=self._reseller.id, content=deck, file=self._source, header_row=1, delimiter=";",
                encoding="utf-8", decimal=".", columns={name: index for index, name in enumerate(COLUMNS, 1)}, duplicates="first", keep=False, show=0,
            )  # fmt: skip
            try:
                done = yield from self._nouns.decks.take(self._actor, request, self._own.get(old.key, ()))
            except UserError as error:
                said = {name: str(value) for name, value in error.parameters.items()}
                self._writer.refused.extend(Refusal("rates", old.name[:64], "", 0, error.code, said) for _ in range(old.rates))
                continue
            written += done.rates
            for problem in done.problems:
                if problem.refused:
                    self._writer.refused.append(Refusal("rates", old.name[:64], "", problem.line, "move.rate", {"reason": problem.reason}))
        self._writer.moved["rates"] = [written, 0]

    def _calls(self) -> Steps[None]:
        """Old calls, a portion a unit of work."""
        assert self._feed is not None
        count = [0, 0]
        self._writer.moved["calls"] = count
        total = self._gathered.found.get("calls", Count()).rows
        while True:
            self.work.at("calls", count[0], total)
            body: bytes = yield self._feed.next
            if body == END:
                return
            calls: list[OldCall] = yield partial(codec.decode, body, list[OldCall])
            for portion in self._paced(calls, "calls", FEW_CALLS):
                with self._room.changes.unit():
                    self._store.moving.add_calls(self._rows(portion, count))
                yield None

    def _rows(self, calls: list[OldCall], count: list[int]) -> Iterable[tuple[int, str, str, int, int, str, str, str, int, str]]:
        source, currency = self._source, self._gathered.currency
        for key, customer, started, seconds, caller, number, name, amount in (
            (each.key, each.customer, each.started_at, each.seconds, each.caller, each.number, each.destination, each.amount) for each in calls
        ):
            customer_id = self._writer.ids.get(customer)
            if customer_id is None:
                self._writer.refused.append(Refusal("calls", key[:64], "", 0, "move.customer_refused", {"customer": customer[:64]}, amount))
                continue
            count[0] += 1
            count[1] += amount
            yield customer_id, source, key, started, seconds, caller, number, name, amount, currency

    def finish(self, *, cut_over: bool) -> None:
        """Invoices that the files have no more are settled; the series of numbers goes on; the cut-over is kept."""
        moving, now = self._store.moving, self._room.clock.utcnow()
        there = {each.key for each in self._gathered.invoices}
        for row in moving.unsettled(self._source):
            if row.old_key not in there:
                moving.invoices.update(row.id, {"settled_at": now})
        documents, last = self._store.documents, self._gathered.last_invoice
        if last and not documents.last_hash(self._reseller.id, INVOICES) and documents.last_number(self._reseller.id, INVOICES) < last:
            documents.start_at(self._reseller.id, INVOICES, last)
        moving.put_source(self._source, self._reseller.id, now, now if cut_over else None)
        self._nouns.audit.noted(
            self._actor, "move.apply", "reseller", self._reseller.id, source=self._source, cut_over=cut_over,
            customers=self._writer.moved.get("customers", [0])[0],
        )  # fmt: skip

    # telling -------------------------------------------------------------------------------------------------------
    def refused_count(self) -> int:
        """Rows that are not moved."""
        return len(self._gathered.refused) + sum(each.rows for each in self._gathered.untold.values()) + len(self._writer.refused)

    def _gone(self, kind: str, refused: list[Refusal]) -> Count:
        mine = [each.micros for each in refused if each.kind == kind]
        untold = self._gathered.untold.get(kind, Count()) if refused is self._gathered.refused else Count()
        return Count(len(mine) + untold.rows, sum(mine) + untold.micros)

    def totals(self) -> list[MoveTotal]:
        """Found against moved and refused, by kind. Broken pieces of files that are of no kind are a kind of their own."""
        told = []
        for kind in (*KINDS, "files"):
            count = self._gathered.found.get(kind, Count())
            moved = self._writer.moved.get(kind, [0, 0])
            early, late = self._gone(kind, self._gathered.refused), self._gone(kind, self._writer.refused)
            rows, micros = early.rows + late.rows, early.micros + late.micros
            agree = count.rows == moved[0] + rows and (kind not in MONEY or count.micros == moved[1] + micros)
            if not count.rows and not moved[0]:
                continue
            if kind not in MONEY:
                told.append(MoveTotal(kind, count.rows, moved[0], rows, agree))
                continue
            sums = (format_amount(count.micros), format_amount(moved[1]), format_amount(micros))
            told.append(MoveTotal(kind, count.rows, moved[0], rows, agree, self._gathered.currency, *sums))
        return told

    def view(self, *, applied: bool, cut_over: bool) -> MoveView:
        """All that is told. After writing, the balances in the books are part of what must agree."""
        totals, gathered = self.totals(), self._gathered
        agree = all(total.agree for total in totals)
        if applied:
            agree = agree and self._writer.opened == self._writer.moved.get("customers", [0, 0])[1]
        documents = self._store.documents
        last = documents.last_number(self._reseller.id, INVOICES)
        if not applied and not documents.last_hash(self._reseller.id, INVOICES):
            last = max(last, gathered.last_invoice)
        refused = [_told(each) for each in (*gathered.refused, *self._writer.refused)[:MOST_TOLD]]
        return MoveView(
            self._request.source, self._reseller.name, gathered.currency, applied, cut_over, agree, totals, self._writer.customers, refused,
            self.refused_count(), gathered.apart, self._writer.links if applied else [], last + 1 if gathered.last_invoice else None,
            self._writer.since.found[:MOST_TOLD], len(self._writer.since.found),
        )  # fmt: skip


def _told(each: Refusal) -> MoveRefused:
    reason = say(UserError(each.code, **each.parameters))
    return MoveRefused(each.kind, each.key, Path(each.file).name, each.line, each.code, reason)


class _NoHashes(Hashes):
    """In a rehearsal no password is hashed."""

    def same(self, kept: str | None, password: str) -> bool:
        """Whether it is the same is not asked."""
        return kept is not None

    def fresh(self, password: str) -> str:
        """A text in the place of a hash; it is undone."""
        return "rehearsal"

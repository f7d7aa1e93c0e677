"""Call records for operators: pages by filter, sums, one with everything, a file (product.md S9).

Law: an operator sees records of the resellers and shops that the grants reach; of their money what customers paid and
what the own house paid for the call, never what a house above paid; whole numbers only where the role reads persons.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from appliance.billing.number import DEFAULT
from appliance.clock import rfc3339
from appliance.errors import NotFound, UserError
from appliance.money import format_amount
from appliance.services.calls import call_sheet
from appliance.services.calls.call_record import heard_itself
from appliance.services.calls.recalculation import recorded_exchange
from appliance.services.ground import cells
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.explanation_sight import bounded
from appliance.services.ground.hot_prices import HotPrices
from appliance.services.ground.listing import cdr_view
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import moment, stamp
from appliance.services.ground.persons import cut_number
from appliance.services.ground.reading import Reading
from appliance.services.ground.room import Room
from appliance.services.ground.shown_in import ShownIn
from appliance.store.call_search import Found, Sum, Wanted
from appliance.store.nouns import Nouns
from appliance.wire.calls import EchoView
from appliance.wire.cdrs import (
    Attempt,
    CdrExport,
    CdrFilter,
    CdrList,
    CdrPage,
    CdrRow,
    CdrTotals,
    CdrView,
    CdrWorkbook,
    CsvText,
    CurrencyFigures,
)
from appliance.wire.operation import XLSX
from appliance.wire.shapes import Binary, ById

LONGEST_PAGE = 1000
LONGEST_SEARCH = 40
EXPORT_ROWS = 500  # in one part of a file
DIRECTIONS = ("out", "in", "on_net", "service", "test")
RESULT_WORDS = {"answered": (200, 300), "failed": (300, 700)}


Attempts = list[Attempt]


class Sight(NamedTuple):
    """What somebody may know of the money and persons in records; None: of all resellers."""

    cost: frozenset[int] | None
    tops: tuple[int, ...]  # the own houses: topmost resellers whose costs may be known
    person: frozenset[int] | None
    person_shops: frozenset[int]


class Cdrs:
    """`list`, `totals` and `export` give a `Reading`."""

    def __init__(self, room: Room, access: Access, lookups: Lookups) -> None:
        self._store = room.store
        self._hot = room.hot
        self._access = access
        self._lookups = lookups

    # requests ------------------------------------------------------------------------------------------------------
    def list(self, actor: Actor, request: CdrList) -> Reading:
        """A page, the newest first."""
        wanted, sight = self.wanted(actor, request), self.sight(actor)
        limit = max(1, min(request.limit, LONGEST_PAGE))
        shown = ShownIn(self._hot.prices, request.in_currency)

        def run(tables: Nouns) -> CdrPage:
            found = tables.call_search.page(wanted, request.after, limit + 1)
            rows = found[:limit]
            views = _rows(tables, rows, sight)
            if shown:
                views = _shown(tables, rows, views, ShownIn(_prices(tables), shown.currency))
            return CdrPage(views, rows[-1].id if len(found) > limit else 0)

        return Reading(run)

    def totals(self, actor: Actor, request: CdrFilter) -> Reading:
        """What all records of the filter come to."""
        wanted, sight = self.wanted(actor, request), self.sight(actor)

        def run(tables: Nouns) -> CdrTotals:
            sums = tables.call_search.sums(wanted)
            return CdrTotals(
                calls=sum(each.calls for each in sums),
                answered=sum(each.answered for each in sums),
                duration_ms=sum(each.duration_ms for each in sums),
                billed_seconds=sum(each.billed_seconds for each in sums),
                money=_money(sums, sight, tables.call_search.paid_in_all(wanted, sight.tops)),
            )

        return Reading(run, slow=True)

    def export(self, actor: Actor, request: CdrExport) -> Reading:
        """All records of the filter as comma-separated values."""
        wanted, sight = self.wanted(actor, request), self.sight(actor)

        def lines(tables: Nouns) -> Iterator[str]:
            yield cells.lines([CdrRow.__struct_fields__])
            for part in _in_parts(tables, wanted, sight):
                yield cells.lines([getattr(row, name) for name in CdrRow.__struct_fields__] for row in part)

        return Reading(lambda tables: CsvText("".join(lines(tables))), lines, "calls.csv")

    def workbook(self, actor: Actor, request: CdrWorkbook) -> Reading:
        """All records of the filter as a spreadsheet."""
        wanted, sight = self.wanted(actor, request), self.sight(actor)

        def parts(tables: Nouns) -> Iterator[bytes]:
            return call_sheet.parts(_in_parts(tables, wanted, sight))

        return Reading(lambda tables: Binary("calls.xlsx", XLSX, b"".join(parts(tables))), parts, "calls.xlsx")

    def get(self, actor: Actor, request: ById) -> CdrView:
        """One record with everything the actor may know; NotFound "call.unknown"."""
        line = self._store.cdrs.line(request.id)
        if line is None:
            raise NotFound("call.unknown", field="id")
        self._access.need(actor, "calls.read", line.reseller_id, line.customer_id, what="call")
        sight = self.sight(actor)
        charges = self._store.calls.charges(line.id)
        levels = {each.level for each in charges if each.reseller_id is None or _in(each.reseller_id, sight.cost)}
        record = self._store.calls.get(line.id)
        trunk = None if record is None or record.trunk_id is None else self._store.trunks.get(record.trunk_id)
        carrier = trunk is not None and _in(trunk.reseller_id, sight.cost)
        whole = _whole(sight, line.reseller_id, line.customer_id)
        plain = cdr_view(line._replace(charges=tuple(each for each in line.charges if each.level in levels)))
        fields = msgspec.structs.asdict(plain)
        fields["charges"] = [msgspec.structs.replace(each, explanation=bounded(self._store, each.explanation, sight.cost)) for each in plain.charges]
        if carrier:
            fields["cost"] = format_amount(self._store.cost_corrections.current(line.id))
        else:
            paid = next((each for each in charges if each.reseller_id in sight.tops), None)
            fields.update(trunk=None, trunk_call_id="", cost=format_amount(paid.amount_micros) if paid else "0.00")
            fields["cost_currency"] = paid.currency if paid else None
        if not whole:
            fields.update({name: cut_number(fields[name]) for name in ("caller", "dialled", "normalised")}, callee="", source="", user_agent="")
        return CdrView(
            **fields,
            reseller=line.reseller,
            callee_endpoint=line.callee_endpoint,
            late_ms=line.late_ms,
            amount=format_amount(line.amount_micros),
            attempts=self._attempts(line.attempts) if carrier else [],
            costs=format_amount(self._store.corrections.current([line.id]).get((line.id, 0), line.amount_micros)),
            echo=_echo(line.media, plain.direction),
        )

    # rules -----------------------------------------------------------------------------------------------------------
    def wanted(self, actor: Actor, request: CdrFilter) -> Wanted:
        """The filter in rows' ids, bounded to what the actor may see. UserError, NotFound, Forbidden name the field."""
        lookups = self._lookups
        resellers, shops = self._scope(actor)
        if request.reseller is not None:
            branch = self._store.resellers.branch(lookups.reseller(actor, request.reseller, "calls.read").id)
            resellers, shops = tuple(each for each in branch if resellers is None or each in resellers), ()
        customer = endpoint = trunk = None
        if request.customer is not None:
            customer = lookups.customer(actor, request.customer, request.reseller, "calls.read", archived=True).id
        if request.endpoint is not None:
            endpoint = lookups.endpoint(actor, request.endpoint, "calls.read", archived=True)[0].id
        if request.trunk is not None:
            trunk = lookups.trunk(actor, request.trunk, "trunks.read").id
        if request.direction and request.direction not in DIRECTIONS:
            raise UserError("field.not_a_choice", field="direction", choices=", ".join(DIRECTIONS))
        return Wanted(
            resellers,
            shops,
            customer,
            endpoint,
            trunk,
            request.destination or None,
            _digits(request.prefix, "prefix"),
            self._numbers(actor, request.number),
            _results(request.result),
            request.cause or None,
            request.direction or None,
            moment(request.since, "since"),
            moment(request.until, "until"),
        )

    def sight(self, actor: Actor) -> Sight:
        """What the actor may know of records that he sees."""
        cost = self._access.reach(actor, "costs.read")
        tops: tuple[int, ...] = ()
        if cost is not None:
            parents = {each: row.parent_id for each in cost if (row := self._store.resellers.get(each)) is not None}
            tops = tuple(sorted(each for each, parent in parents.items() if parent not in cost))
        return Sight(cost, tops, self._access.reach(actor, "calls.person"), self._access.shops(actor, "calls.person"))

    def _scope(self, actor: Actor) -> tuple[tuple[int, ...] | None, tuple[int, ...]]:
        """Resellers and, outside of them, shops whose records the actor sees; (None, ()): all there are, nobody's too."""
        reach = self._access.reach(actor, "calls.read")
        root = self._store.resellers.root()
        if reach is None or (root is not None and root.id in reach):
            return None, ()
        shops = []
        for each in sorted(self._access.shops(actor, "calls.read")):
            row = self._store.customers.get(each)
            if row is not None and row.reseller_id not in reach:
                shops.append(each)
        return tuple(sorted(reach)), tuple(shops)

    def _numbers(self, actor: Actor, text: str) -> tuple[str, ...]:
        """A number as it may stand in records: as typed, and as the actor's own dial plan makes it."""
        digits = _digits(text, "number")
        if not digits:
            return ()
        home = self._access.home(actor)
        reseller = None if home is None else self._hot.resellers.get(home)
        plan = (reseller.dial_plan if reseller is not None else None) or DEFAULT
        return tuple(dict.fromkeys(each for each in (digits, plan.normalise(text.strip())) if each.isdigit()))

    def _attempts(self, text: str | None) -> Attempts:
        found = []
        for each in json.loads(text) if text else []:
            trunk = None if each["trunk"] is None else self._store.trunks.get(each["trunk"])
            found.append(Attempt(None if trunk is None else trunk.name, each["status"]))
        return found


def _echo(media: str | None, direction: str) -> EchoView | None:
    """What a call of the echo number heard and gave back."""
    if direction != "service":
        return None
    counted = json.loads(media) if media else {}
    echo = (counted.get("echo_in", 0), counted.get("echo_back", 0))
    return EchoView(*echo, heard_itself(echo))


def _digits(text: str, field: str) -> str:
    digits = "".join(letter for letter in text if letter.isascii() and letter.isdigit())
    if len(text) > LONGEST_SEARCH or (text.strip() and not digits):
        raise UserError("field.not_digits", field=field)
    return digits


def _results(text: str) -> tuple[tuple[int, int], ...]:
    """`answered`, `failed`, `4xx` or `486` as a range of codes."""
    word = text.strip().lower()
    if not word:
        return ()
    if word in RESULT_WORDS:
        return (RESULT_WORDS[word],)
    if len(word) == 3 and word[0] in "123456" and (word.endswith("xx") or word.isdigit()):
        low = int(word[0]) * 100 if word.endswith("xx") else int(word)
        return ((low, low + 100 if word.endswith("xx") else low + 1),)
    raise UserError("field.not_a_choice", field="result", choices="answered, failed, 4xx, 486")


def _in(reseller: int | None, reach: frozenset[int] | None) -> bool:
    return reach is None or reseller in reach


def _whole(sight: Sight, reseller: int | None, customer: int | None) -> bool:
    """Whether numbers are shown whole."""
    return _in(reseller, sight.person) or customer in sight.person_shops


def _rows(tables: Nouns, rows: Sequence[Found], sight: Sight) -> list[CdrRow]:
    strange = [row.id for row in rows if not _in(row.trunk_reseller_id, sight.cost)]
    paid = tables.call_search.paid_by(strange, sight.tops)
    return [_row(row, sight, paid.get(row.id)) for row in rows]


def _row(row: Found, sight: Sight, paid: tuple[int, str] | None) -> CdrRow:
    carrier = row.trunk is not None and _in(row.trunk_reseller_id, sight.cost)
    whole = _whole(sight, row.reseller_id, row.customer_id)
    known = sight.cost is None or bool(sight.cost)
    cost, currency = (row.cost_micros, row.cost_currency) if carrier else paid or (0, None)
    return CdrRow(
        id=row.id,
        started_at=rfc3339(row.started_at),
        answered_at=stamp(row.answered_at),
        duration_ms=row.duration_ms,
        billed_seconds=row.billed_seconds,
        reseller=row.reseller,
        customer=row.customer,
        endpoint=row.endpoint,
        caller=row.caller if whole else cut_number(row.caller),
        dialled=row.dialled if whole else cut_number(row.dialled),
        normalised=row.normalised if whole else cut_number(row.normalised),
        destination=row.destination,
        prefix=row.prefix,
        trunk=row.trunk if carrier else None,
        result=row.result,
        cause=row.cause,
        ended_by=row.ended_by,
        amount=format_amount(row.amount_micros),
        currency=row.currency,
        cost=format_amount(cost) if known else None,
        cost_currency=currency if known else None,
        direction=row.direction,
        emergency=bool(row.emergency),
    )


def _money(sums: Sequence[Sum], sight: Sight, paid: dict[str, int]) -> list[CurrencyFigures]:
    """By currency: what customers paid, what the own house paid, and the difference where the role knows costs."""
    sales: dict[str, int] = {}
    costs = dict(paid)
    for each in sums:
        if each.currency is not None:
            sales[each.currency] = sales.get(each.currency, 0) + each.amount_micros
        if each.cost_currency is not None and each.trunk_reseller_id is not None and _in(each.trunk_reseller_id, sight.cost):
            costs[each.cost_currency] = costs.get(each.cost_currency, 0) + each.cost_micros
    return figures(sales, costs if sight.cost is None or sight.cost else None)


def figures(sales: dict[str, int], costs: dict[str, int] | None) -> list[CurrencyFigures]:
    """Micros by currency as the wire has them; `costs` None: not to be known."""
    return [
        CurrencyFigures(
            currency,
            format_amount(sales.get(currency, 0)),
            None if costs is None else format_amount(costs.get(currency, 0)),
            None if costs is None else format_amount(sales.get(currency, 0) - costs.get(currency, 0)),
        )
        for currency in sorted({*sales, *(costs or {})})
        if sales.get(currency) or (costs or {}).get(currency) or currency in sales
    ]


def _in_parts(tables: Nouns, wanted: Wanted, sight: Sight) -> Iterator[list[CdrRow]]:
    """All records of a filter, some at a time."""
    part: list[Found] = []
    for row in tables.call_search.every(wanted, EXPORT_ROWS):
        part.append(row)
        if len(part) == EXPORT_ROWS:
            yield _rows(tables, part, sight)
            part = []
    if part:
        yield _rows(tables, part, sight)


def _prices(tables: Nouns) -> HotPrices:
    """The rates of exchange alone, over the connection that reads the page: it may be another thread's."""
    prices = HotPrices(tables)
    prices.load_exchange()
    return prices


def _shown(tables: Nouns, rows: Sequence[Found], views: Sequence[CdrRow], shown: ShownIn) -> list[CdrRow]:
    """With what they cost in the viewer's currency: by the rate that a charge recorded where it has one."""
    told = tables.call_search.explanations([row.id for row in rows if row.currency not in (None, shown.currency)])
    converted = []
    for row, view in zip(rows, views, strict=True):
        recorded = recorded_exchange(told[row.id]) if row.id in told else None
        named = {"amount": (view.amount, view.currency), "cost": (view.cost, view.cost_currency)}
        converted.append(msgspec.structs.replace(view, converted=shown.amounts(named, row.started_at, recorded)))
    return converted

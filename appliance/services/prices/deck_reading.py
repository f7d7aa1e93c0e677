"""A deck's bytes into what they mean for one tariff, and the view of that. Touches no store: it runs on any thread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct

from appliance.billing.deck_cells import UNITS
from appliance.billing.deck_difference import Change, Difference, Version, difference
from appliance.billing.deck_guess import Given, Layout, Row, layout_of
from appliance.billing.deck_import import DUPLICATES, Deck, DeckRate, Problem, Wish, increments_text, read_deck
from appliance.billing.rate_deck import RateDeck
from appliance.errors import UserError
from appliance.i18n import sentence
from appliance.money import format_amount, format_percent, parse_percent
from appliance.services.ground.moments import stamp
from appliance.services.prices.deck_file import Sheet, read_sheets
from appliance.services.prices.deck_profiles import learned
from appliance.wire.decks import DeckAnswers, DeckDifference, DeckGuess, DeckLine, DeckProblem, DeckView, SheetView

RISE_PERCENT = "10"
MOST_SHOWN = 10_000
CHUNK = 1_000
"""Versions that are written in one unit of work: few enough that no call waits."""

SAMPLE_ROWS, SAMPLE_CELLS, SAMPLE_TEXT = 30, 50, 120
T = TypeVar("T")


class Job(Struct, frozen=True):
    """What is to be done with a file's bytes, for a tariff as it stands. `tariff_id` 0: it is to be made. `path`: the bytes lie there.

    `folder` is the data folder and `writes` whether the versions are wanted and not only the view. `stay`: prefixes that are left as they are.
    """

    folder: str
    tariff_id: int
    reseller_id: int
    tariff: str
    reseller: str
    currency: str
    derived: bool
    timezone: str
    bands: list[str]
    now: int
    answers: DeckAnswers
    show: int
    writes: bool
    path: str | None = None
    stay: list[str] = []


class Outcome(Struct, frozen=True):
    """What was found. `learned` are the answers with what was guessed; `edition` is that of the rates it was compared with."""

    view: DeckView
    learned: DeckAnswers
    edition: int


class Prepared(NamedTuple):
    """The outcome, and in chunks what is to be written: versions, and (prefix, rate id) of those that end."""

    outcome: Outcome
    new: list[list[Version]]
    ended: list[list[tuple[str, int]]]


def prepare(data: bytes, job: Job, current: RateDeck, edition: int) -> Prepared:
    """Read, check and compare. UserError for what was said wrongly and for files that are no deck at all."""
    answers = job.answers
    given, wish = _given(answers), _wish(answers, job)
    rise_ppm = parse_percent(answers.rise_percent or RISE_PERCENT, "rise_percent")
    sheets = read_sheets(data, sheet=answers.sheet, delimiter=answers.delimiter, encoding=answers.encoding)
    sheet, layout = max(((each, layout_of(each.rows, given)) for each in sheets), key=_promising)
    deck = read_deck(sheet.rows, layout, wish)
    rates, compared = _but(job.stay, deck.rates, current)
    found = difference(rates, compared, job.now, derived=job.derived, keep=bool(answers.keep), rise_ppm=rise_ppm)
    outcome = Outcome(_view(sheet, layout, deck, found, job), learned(answers, sheet, layout), edition)
    if not job.writes:
        return Prepared(outcome, [], [])
    found.new.sort(key=_prefix)  # in the order of the index that they go into, and of the endings' key: each page is touched once
    found.ended.sort(key=_rate_id)
    return Prepared(outcome, list(chunks(found.new)), list(chunks(found.ended)))


def _but(stay: list[str], rates: Sequence[DeckRate], current: RateDeck) -> tuple[Sequence[DeckRate], RateDeck]:
    """Both without some prefixes."""
    if not stay:
        return rates, current
    left, apart = frozenset(stay), current.copy()
    apart.remove((prefix, row.id) for prefix in stay if prefix in current for row in current.versions(prefix))
    return [rate for rate in rates if rate.prefix not in left], apart


def _prefix(version: Version) -> str:
    return str(version[0])


def _rate_id(ending: tuple[str, int]) -> int:
    return ending[1]


def chunks(items: list[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Slices of at most that size."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def zone_of(name: str) -> tzinfo:
    """The time zone of that name; UTC where it is empty or unknown."""
    try:
        return ZoneInfo(name) if name else UTC
    except (OSError, ValueError):
        return UTC


def _promising(candidate: tuple[Sheet, Layout]) -> tuple[bool, int]:
    """Of several sheets the one that has prefixes and prices, and then the longest."""
    sheet, layout = candidate
    return "prefix" in layout.columns and "price" in layout.columns, len(sheet.rows)


def _given(answers: DeckAnswers) -> Given:
    for field, value, known in (
        ("decimal", answers.decimal, (".", ",")),
        ("dates", answers.dates, ("day-first", "month-first")),
        ("price_unit", answers.price_unit, tuple(UNITS)),
        ("duplicates", answers.duplicates, DUPLICATES),
    ):
        if value is not None and value not in known:
            raise UserError("field.not_a_choice", field=field, choices=" ".join(known))
    columns = None
    if answers.columns is not None:
        columns = {role: wanted if isinstance(wanted, list) else [wanted] for role, wanted in answers.columns.items()}
    return Given(answers.header_row, columns, answers.decimal, answers.dates, answers.price_unit)


def _wish(answers: DeckAnswers, job: Job) -> Wish:
    by_name: Mapping[str, tuple[int, int]] = {
        name: increments_text(text, f"increments_for.{name}") for name, text in (answers.increments_for or {}).items()
    }
    return Wish(
        None if answers.increments is None else increments_text(answers.increments, "increments"),
        by_name,
        answers.duplicates or DUPLICATES[0],
        zone_of(job.timezone),
        job.bands,
        job.currency,
    )


# what is shown ------------------------------------------------------------------------------------------------------
def _view(sheet: Sheet, layout: Layout, deck: Deck, changed: Difference, job: Job) -> DeckView:
    """What a person sees of it; lists are cut at `show`, problems at MOST_SHOWN."""
    most = max(0, min(job.show, MOST_SHOWN))
    problems = sorted([*deck.problems, *changed.problems], key=lambda problem: (problem.line, not problem.refused))
    listed = [_problem(problem) for problem in problems[:MOST_SHOWN]]
    if deck.missing:
        line = sheet.rows[layout.header][0] if layout.header >= 0 else 1
        listed.insert(0, _problem(Problem(line, "deck.no_column", {"missing": ", ".join(deck.missing)})))
    return DeckView(
        tariff=job.tariff,
        reseller=job.reseller,
        currency=job.currency,
        new_tariff=not job.tariff_id,
        guessed=_guess(sheet, layout),
        rows=deck.rows,
        rates=len(deck.rates),
        problems=listed,
        problem_count=max(len(problems), len(listed)),
        added=changed.added,
        changed=changed.changed,
        removed=changed.removed,
        unchanged=changed.unchanged,
        rises=[_difference(change) for change in changed.rises[:most]],
        rise_count=len(changed.rises),
        differences=[_difference(change) for change in changed.changes[:most]],
        missing=list(deck.missing),
        remarks=[_line(row) for row in deck.remarks[:most]],
        sample=[_line(row) for row in sheet.rows[:SAMPLE_ROWS]],
        fingerprint=changed.fingerprint(),
    )


def _guess(sheet: Sheet, layout: Layout) -> DeckGuess:
    return DeckGuess(
        kind=sheet.kind,
        encoding=sheet.encoding,
        delimiter=sheet.delimiter,
        sheet=sheet.name,
        sheets=[SheetView(each.name, each.hidden) for each in sheet.sheets],
        header_row=sheet.rows[layout.header][0] if layout.header >= 0 else 0,
        columns={role: [column + 1 for column in found] for role, found in sorted(layout.columns.items(), key=lambda each: each[1])},
        headers=[name.strip()[:SAMPLE_TEXT] for name in layout.names[:SAMPLE_CELLS]],
        decimal=layout.decimal,
        dates=layout.dates,
        price_unit=layout.price_unit,
    )


def _problem(problem: Problem) -> DeckProblem:
    parameters = dict(problem.parameters)
    micros = parameters.pop("micros", None)
    if isinstance(micros, int):
        parameters["price"] = format_amount(micros)
    return DeckProblem(problem.line, sentence(problem.code, parameters), problem.code, problem.refused)


def _difference(change: Change) -> DeckDifference:
    rise = change.rise_ppm()
    return DeckDifference(
        what=change.what,
        prefix=change.prefix,
        destination=change.destination,
        before=None if change.before_micros is None else format_amount(change.before_micros),
        after=None if change.after_micros is None else format_amount(change.after_micros),
        percent=None if rise is None else format_percent(rise // 100 * 100),
        line=change.line,
        valid_from=stamp(change.valid_from_at),
    )


def _line(row: Row) -> DeckLine:
    line, cells = row
    return DeckLine(line, [cell[:SAMPLE_TEXT] for cell in cells[:SAMPLE_CELLS]])

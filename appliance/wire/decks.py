"""Rate decks: a file of prices read, checked, compared with a tariff, and written once it is confirmed (product.md P3).

Columns and rows count from 1. A field left out is guessed, or taken from the profile where one is named.
"""

from __future__ import annotations

from appliance.wire.shapes import Ref, Request, View

ColumnRef = int | str
"""A column by its number or by what stands in its header."""


class DeckAnswers(Request, frozen=True, kw_only=True):
    """How a file is to be read; what a profile keeps. Null: guessed, or as usual.

    `columns` names the column of each field (see `billing.deck_words.ROLES`); `header_row` 0: there is none.
    `dates` is day-first or month-first; `price_unit` minute, second or cents (of a minute). `increments` ("60/6") stands where a row says
    none, `increments_for` does so for destinations whose name contains a text. `duplicates` is first, last, lowest or highest.
    `keep`: what the file does not name stays; otherwise the file is the whole list. Price rises above `rise_percent` are shown.
    """

    sheet: ColumnRef | None = None
    header_row: int | None = None
    columns: dict[str, ColumnRef | list[ColumnRef]] | None = None
    delimiter: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    dates: str | None = None
    price_unit: str | None = None
    increments: str | None = None
    increments_for: dict[str, str] | None = None
    duplicates: str | None = None
    rise_percent: str | None = None
    keep: bool | None = None


class DeckPreview(DeckAnswers, frozen=True, kw_only=True):
    """Read a file and compare it with a tariff; nothing is changed.

    The file is `content` (base64 in JSON) or, for the folder's owner alone, a `path` on the server; `file` is its name
    for the history. A tariff that is missing will be a base tariff in the reseller's currency. `increment_style`
    (first-next or total) becomes the tariff's own: a deck of the other kind says "90/60" and means a total.
    `show`: how many differences and rises are listed.
    """

    tariff: Ref
    reseller: Ref | None = None
    content: bytes | None = None
    path: str | None = None
    file: str = ""
    profile: str | None = None
    increment_style: str | None = None
    show: int = 1000


class DeckApply(DeckPreview, frozen=True, kw_only=True):
    """Write it. With the `fingerprint` of a preview exactly what was shown is written, or nothing.

    `profile` keeps the answers under that name.
    """

    fingerprint: str | None = None


class SheetView(View, frozen=True):
    """A sheet of the file."""

    name: str
    hidden: bool


class DeckGuess(View, frozen=True):
    """How the file was read: guessed where it was not said. `delimiter` and `encoding` are empty for a spreadsheet."""

    kind: str
    encoding: str
    delimiter: str
    sheet: str
    sheets: list[SheetView]
    header_row: int
    columns: dict[str, list[int]]
    headers: list[str]
    decimal: str
    dates: str
    price_unit: str


class DeckProblem(View, frozen=True):
    """What to look at in one line. `refused`: nothing of the line (or that prefix of it) is imported."""

    line: int
    reason: str
    code: str
    refused: bool = True


class DeckDifference(View, frozen=True):
    """One prefix that differs; `what` is added, changed or removed. Prices are per minute; `percent` how far it rose or fell."""

    what: str
    prefix: str
    destination: str
    before: str | None
    after: str | None
    percent: str | None = None
    line: int = 0
    valid_from: str | None = None


class DeckLine(View, frozen=True):
    """A line of the file as it stands there."""

    line: int
    cells: list[str]


class DeckView(View, frozen=True):
    """What a file holds and what it would change, or has changed where `applied`.

    `rows` are lines with data, `rates` the prefixes they come to. `problem_count`, `rise_count`: how many there are where not all are listed.
    `missing`: fields that no column was found for, without which nothing can be imported.
    """

    tariff: str
    reseller: str
    currency: str
    new_tariff: bool
    guessed: DeckGuess
    rows: int
    rates: int
    problems: list[DeckProblem]
    problem_count: int
    added: int
    changed: int
    removed: int
    unchanged: int
    rises: list[DeckDifference]
    rise_count: int
    differences: list[DeckDifference]
    missing: list[str]
    remarks: list[DeckLine]
    sample: list[DeckLine]
    fingerprint: str
    applied: bool = False
    import_id: int | None = None


class ProfileList(Request, frozen=True):
    """The saved ways of reading decks of a reseller."""

    reseller: Ref | None = None


class ProfileRemove(Request, frozen=True):
    """Forget one."""

    name: str
    reseller: Ref | None = None


class ProfileView(View, frozen=True):
    """A saved way of reading."""

    name: str
    answers: DeckAnswers


class ProfilePage(View, frozen=True):
    """All of them, by name."""

    profiles: list[ProfileView]


class ImportList(Request, frozen=True):
    """What was written into a tariff, newest first: imports, edits, removals."""

    tariff: Ref
    reseller: Ref | None = None
    limit: int = 50


class ImportView(View, frozen=True):
    """One of them. `rates` versions were written, `ended` were ended by it; `undone_at` set: as if it had never been."""

    id: int
    source: str
    at: str
    rates: int
    ended: int
    operator: str
    undone_at: str | None


class ImportPage(View, frozen=True):
    """A tariff's imports and edits."""

    imports: list[ImportView]


class UndoImport(Request, frozen=True):
    """Undo an import: what it wrote counts no more, what it ended counts again. Later changes stay. Without an id: the newest.

    By its id an edit or a removal is undone as well."""

    tariff: Ref
    import_id: int | None = None
    reseller: Ref | None = None


class RedoImport(Request, frozen=True):
    """Write what was undone once more: it counts as an import, edit or removal of its own."""

    tariff: Ref
    import_id: int
    reseller: Ref | None = None

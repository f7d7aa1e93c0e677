"""Rows of a rate deck into rates and problems (money.md, Imports). Pure: the rows are text already, nothing is written.

The law of this file: what cannot be read for certain is refused by line with its reason, and the rest goes on. A field
that the deck does not carry stays open (None), so that comparing leaves it as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from typing import NamedTuple

from appliance.billing.deck_cells import LONGEST_SECONDS, BlockedCell, count_of, flag_of, increments_of, moment_of, price_of
from appliance.billing.deck_guess import ESSENTIAL, Layout, Row
from appliance.billing.deck_prefixes import LONGEST, Fault, between, fault, prefixes_of
from appliance.billing.deck_words import ALWAYS, ANYBODY
from appliance.billing.rate_deck import Profile
from appliance.errors import UserError

DUPLICATES = ("first", "last", "lowest", "highest")
MOST_RATES = 2_000_000
LONGEST_NAME = 200
_OPEN = Profile(None, None, None, None, None, None, None, None, None, "", None, None)

_TERMS = (
    "first_increment", "next_increment", "minimum_seconds", "free_below_seconds", "free_seconds", "grace", "connection_fee", "minimum_charge",
    "maximum_charge", "blocked", "band", "valid_from", "valid_until",
)  # fmt: skip
"""Fields whose cells make a Profile."""


class Problem(NamedTuple):
    """What to look at in a line; `refused`: nothing of the line, or of the prefix it names, is in the rates."""

    line: int
    code: str
    parameters: dict[str, object]
    refused: bool = True


class DeckRate(NamedTuple):
    """One prefix of a deck. Fields that are None were not said; prices are micros per minute."""

    line: int
    prefix: str
    destination: str | None
    price_micros: int
    profile: Profile


class Deck(NamedTuple):
    """What a sheet holds. `rows` counts lines with data, `remarks` are the lines that are neither: headings, footnotes."""

    rows: int
    rates: list[DeckRate]
    problems: list[Problem]
    remarks: list[Row]
    missing: tuple[str, ...]


class Wish(NamedTuple):
    """What the cells alone do not say. `zone`: where a date's midnight is; `bands`: names of the tariff's time bands."""

    increments: tuple[int, int] | None = None
    increments_for: Mapping[str, tuple[int, int]] = {}
    duplicates: str = "first"
    zone: tzinfo = UTC
    bands: Sequence[str] = ()
    currency: str = ""


def read_deck(rows: Sequence[Row], layout: Layout, wish: Wish) -> Deck:
    """Every line after the header."""
    missing = tuple(role for role in ESSENTIAL if role not in layout.columns)
    if missing:
        return Deck(0, [], [], [], missing)
    return _Reading(rows, layout, wish).deck()


def increments_text(text: str, field: str) -> tuple[int, int]:
    """What somebody typed: "60/6", or "30" for 30/30. UserError deck.increments."""
    found = increments_of(text)
    if found is None or isinstance(found, Fault):
        raise UserError("deck.increments", field=field, text=text[:40])
    first, following = found
    return first, first if following is None else following


class _Reading:
    """One pass over the rows. Cells that repeat are worked out once."""

    def __init__(self, rows: Sequence[Row], layout: Layout, wish: Wish) -> None:
        self._rows = rows
        self._layout = layout
        self._wish = wish
        self._problems: list[Problem] = []
        self._prices: dict[str, tuple[int, bool] | BlockedCell | Fault] = {}
        self._profiles: dict[tuple[str, ...], Profile | Fault] = {}
        self._names: dict[tuple[str, ...], str | None] = {}
        self._shared: dict[Profile, Profile] = {_OPEN: _OPEN}
        one = layout.one
        self._prefix, self._price, self._until, self._country = one("prefix"), one("price"), one("prefix_until"), one("country_code")
        self._first_price, self._origin, self._gone = one("price_first"), one("origin"), one("discontinued")
        self._destination = layout.columns.get("destination", ())
        self._terms = tuple((role, column) for role in _TERMS if (column := one(role)) >= 0)
        self._width = len(layout.names)
        self._header = [name.strip() for name in layout.names]
        self._header_price = self._header[self._price] if self._price < len(self._header) else None
        self._choosy = max(self._first_price, self._origin, self._gone) >= 0

    def deck(self) -> Deck:
        """Lines, then the prefixes that stand in more than one."""
        found: list[DeckRate] = []
        remarks: list[Row] = []
        count = 0
        for line, cells in self._rows[self._layout.header + 1 :]:
            prefix, price = _cell(cells, self._prefix), _cell(cells, self._price)
            if not (prefix and price) or price == self._header_price:
                kind = self._kind(cells, prefix, price)
                if kind != "data":
                    if kind == "remark":
                        remarks.append((line, cells))
                    continue
            count += 1
            rates = self._line(line, cells, prefix, price)
            if isinstance(rates, Fault):
                self._problems.append(Problem(line, rates.code, rates.parameters))
                continue
            found += rates
            if len(found) > MOST_RATES:
                raise UserError("deck.too_many_rates", most=MOST_RATES)
        self._remark_on_layout()
        rates = self._without_duplicates(found)
        self._problems.sort(key=lambda problem: problem.line)
        return Deck(count, rates, self._problems, remarks, ())

    def _kind(self, cells: list[str], prefix: str, price: str) -> str:
        """Data, or a blank line, or one that has neither prefix nor price, or the header said again."""
        if prefix and price:
            return "remark" if self._width and [cell.strip() for cell in cells] == self._header else "data"
        filled = sum(1 for cell in cells if cell.strip())
        if not filled:
            return "blank"
        if not prefix and self._country >= 0 and price:
            return "data"
        alone = filled == 1 and not prefix.lstrip("+").isdigit()
        return "remark" if alone or not (prefix or price) else "data"

    # one line ---------------------------------------------------------------------------------------------------
    def _line(self, line: int, cells: list[str], prefix: str, text: str) -> list[DeckRate] | Fault:
        if self._width and len(cells) > self._width and any(cell.strip() for cell in cells[self._width :]):
            return fault("deck.row_too_long", cells=len(cells), columns=self._width)
        prefixes = self._prefixes(cells, prefix)
        if isinstance(prefixes, Fault):
            return prefixes
        name = self._name(cells)
        if isinstance(name, Fault):
            return name
        price = self._prices.get(text)
        if price is None:
            price = self._prices[text] = price_of(text, self._layout.decimal, self._layout.price_unit)
        if isinstance(price, Fault):
            return price
        terms = self._profile(cells)
        if isinstance(terms, Fault):
            return terms
        wrong = self._refused(cells, price) if self._choosy else None
        if wrong is not None:
            return wrong
        if isinstance(price, BlockedCell):
            micros, terms = 0, self._share(terms._replace(blocked=1))
        else:
            micros = price[0]
            if price[1]:
                self._problems.append(Problem(line, "deck.price_rounded", {"text": text[:40], "micros": micros}, False))
        if name and self._wish.increments_for:
            terms = self._by_name(name, terms)
        return [DeckRate(line, prefix, name, micros, terms) for prefix in prefixes]

    def _prefixes(self, cells: list[str], text: str) -> list[str] | Fault:
        country = _cell(cells, self._country).lstrip("+") if self._country >= 0 else ""
        until = _cell(cells, self._until) if self._until >= 0 else ""
        if text.isdigit() and text.isascii() and len(text) <= LONGEST and text[0] != "0":
            found: list[str] | Fault = [text]
        elif not text and country:
            found = [""]
        else:
            found = prefixes_of(text)
        if isinstance(found, Fault):
            return found
        if until and until != text:
            last = prefixes_of(until)
            if isinstance(last, Fault) or len(found) > 1 or len(last) > 1 or len(last[0]) != len(found[0]):
                return last if isinstance(last, Fault) else fault("deck.range_wrong", first=text[:40], last=until[:40])
            if last[0] != found[0]:
                found = between(found[0], last[0])
                if isinstance(found, Fault):
                    return found
        if not country:
            return found
        head = prefixes_of(country)
        if isinstance(head, Fault) or len(head) > 1:
            return fault("deck.prefix_not_digits", text=country[:60])
        joined = [head[0] + prefix for prefix in found]
        longest = max(joined, key=len)
        return joined if len(longest) <= LONGEST else fault("deck.prefix_too_long", text=longest[:60])

    def _refused(self, cells: list[str], price: tuple[int, bool] | BlockedCell) -> Fault | None:
        """Rows that mean something a rate cannot say."""
        if self._gone >= 0:
            gone = flag_of(_cell(cells, self._gone))
            if gone is True or isinstance(gone, Fault):
                return fault("deck.discontinued")
        if self._origin >= 0:
            origin = _cell(cells, self._origin)
            if origin.casefold() not in ANYBODY:
                return fault("deck.by_caller", text=origin[:60])
        if self._first_price >= 0 and not isinstance(price, BlockedCell):
            text = _cell(cells, self._first_price)
            first = price_of(text, self._layout.decimal, self._layout.price_unit) if text else price
            if isinstance(first, Fault):
                return first
            if first != price:
                return fault("deck.first_interval_price", text=text[:40])
        return None

    def _name(self, cells: list[str]) -> str | None | Fault:
        columns = self._destination
        if not columns:
            return None
        if len(columns) == 1:
            key: tuple[str, ...] = (cells[columns[0]],) if columns[0] < len(cells) else ("",)
        else:
            key = tuple([cells[column] if column < len(cells) else "" for column in columns])
        known = self._names.get(key, self)
        if known is not self:
            return known  # type: ignore[return-value]
        parts = [" ".join(part.split()) for part in key]
        parts = [
            part for index, part in enumerate(parts) if part and not any(other.casefold().startswith(part.casefold()) for other in parts[index + 1 :])
        ]
        name: str | None = " ".join(parts)[:LONGEST_NAME] or None
        if name is not None and name.replace(".", "", 1).replace(",", "", 1).isdigit() and not name.isdigit():
            return fault("deck.destination_number", text=name[:40])
        self._names[key] = name
        return name

    # the fields that many rates share -------------------------------------------------------------------------------
    def _profile(self, cells: list[str]) -> Profile | Fault:
        width = len(cells)
        key = tuple([cells[column] if column < width else "" for _, column in self._terms])
        known = self._profiles.get(key)
        if known is None:
            known = self._profiles[key] = self._worked_out({role: text.strip() for (role, _), text in zip(self._terms, key, strict=True)})
        return known

    def _worked_out(self, texts: dict[str, str]) -> Profile | Fault:
        values: dict[str, object] = {}
        for read in (self._increments, self._amounts, self._seconds, self._when):
            wrong = read(texts, values)
            if wrong is not None:
                return wrong
        if "blocked" in texts:
            blocked = flag_of(texts["blocked"])
            if isinstance(blocked, Fault):
                return blocked
            values["blocked"] = int(blocked)
        return self._share(_OPEN._replace(**values))  # type: ignore[arg-type]

    def _share(self, profile: Profile) -> Profile:
        return self._shared.setdefault(profile, profile)

    def _increments(self, texts: dict[str, str], values: dict[str, object]) -> Fault | None:
        first, following = increments_of(texts.get("first_increment", "") or " "), increments_of(texts.get("next_increment", ""))
        if texts.get("first_increment") == "0":
            first = (0, None)  # nothing at once: every second counts by the next increment
        for each in (first, following):
            if isinstance(each, Fault):
                return each
        assert not isinstance(first, Fault)
        assert not isinstance(following, Fault)
        pair = following if following is not None and following[1] is not None else first if first is not None and first[1] is not None else None
        if pair is not None:
            values["first_increment"], values["next_increment"] = pair
        elif first is not None or following is not None:
            one = first[0] if first is not None else following[0] if following is not None else 1
            values["first_increment"] = one
            values["next_increment"] = following[0] if following is not None else max(one, 1)
        elif self._wish.increments is not None:
            values["first_increment"], values["next_increment"] = self._wish.increments
        return None

    def _by_name(self, name: str, terms: Profile) -> Profile:
        """Increments that were said by a part of the destination's name, the longest part first."""
        folded = name.casefold()
        for part in sorted(self._wish.increments_for, key=len, reverse=True):
            if part.casefold() in folded:
                first, following = self._wish.increments_for[part]
                return self._share(terms._replace(first_increment=first, next_increment=following))
        return terms

    def _amounts(self, texts: dict[str, str], values: dict[str, object]) -> Fault | None:
        for role, field in (
            ("connection_fee", "connection_fee_micros"),
            ("minimum_charge", "minimum_charge_micros"),
            ("maximum_charge", "maximum_charge_micros"),
        ):
            text = texts.get(role, "")
            if text:
                amount = price_of(text, self._layout.decimal)
                if isinstance(amount, (Fault, BlockedCell)):
                    return fault("deck.amount_unclear", text=text[:40], field=role)
                values[field] = amount[0]
        least, most = values.get("minimum_charge_micros", 0), values.get("maximum_charge_micros")
        if isinstance(most, int) and isinstance(least, int) and most < least:
            return fault("deck.maximum_below_minimum")
        return None

    def _seconds(self, texts: dict[str, str], values: dict[str, object]) -> Fault | None:
        for role in ("minimum_seconds", "free_below_seconds", "free_seconds", "grace"):
            seconds = count_of(texts.get(role, ""))
            if isinstance(seconds, Fault):
                return seconds
            if role == "grace":
                if seconds:
                    return fault("deck.grace", text=texts["grace"][:40])
            elif seconds is not None:
                values[role] = min(seconds, LONGEST_SECONDS)
        return None

    def _when(self, texts: dict[str, str], values: dict[str, object]) -> Fault | None:
        for role, field in (("valid_from", "valid_from_at"), ("valid_until", "valid_until_at")):
            moment = moment_of(texts.get(role, ""), self._layout.dates, self._wish.zone, until=role == "valid_until")
            if isinstance(moment, Fault):
                return moment
            if moment is not None:
                values[field] = moment
        since, until = values.get("valid_from_at"), values.get("valid_until_at")
        if isinstance(since, int) and isinstance(until, int) and until <= since:
            return fault("deck.validity")
        band = texts.get("band", "")
        if band.casefold() not in ALWAYS:
            known = {each.casefold().replace("-", "").replace(" ", ""): each for each in self._wish.bands}
            found = known.get(band.casefold().replace("-", "").replace(" ", ""))
            if found is None:
                return fault("deck.band_unknown", text=band[:40])
            values["band"] = found
        return None

    # the whole ------------------------------------------------------------------------------------------------------
    def _remark_on_layout(self) -> None:
        line = self._rows[self._layout.header][0] if self._layout.header >= 0 else 1
        for name in self._layout.twice:
            self._problems.append(Problem(line, "deck.header_twice", {"name": name.strip()[:60]}, False))
        if self._wish.currency and self._layout.currency and self._layout.currency != self._wish.currency:
            parameters: dict[str, object] = {"currency": self._layout.currency, "tariff_currency": self._wish.currency}
            self._problems.append(Problem(line, "deck.currency_differs", parameters, False))

    def _without_duplicates(self, rates: list[DeckRate]) -> list[DeckRate]:
        """One rate for a prefix, time band and first day; which of two stays is `wish.duplicates`."""
        kept: dict[object, DeckRate] = {}
        for rate in rates:
            profile = rate.profile
            key: object = rate.prefix if not profile.band and profile.valid_from_at is None else (rate.prefix, profile.band, profile.valid_from_at)
            other = kept.setdefault(key, rate)
            if other is rate:
                continue
            if other[2:] == rate[2:]:
                self._problems.append(Problem(rate.line, "deck.twice_same", {"prefix": rate.prefix, "other": other.line}, False))
                continue
            stays, goes = (rate, other) if self._rather(rate, other) else (other, rate)
            kept[key] = stays
            self._problems.append(Problem(goes.line, "deck.twice", {"prefix": rate.prefix, "other": stays.line}))
        return list(kept.values())

    def _rather(self, rate: DeckRate, other: DeckRate) -> bool:
        wanted = self._wish.duplicates
        if wanted == "lowest":
            return rate.price_micros < other.price_micros
        return rate.price_micros > other.price_micros if wanted == "highest" else wanted == "last"


def _cell(cells: list[str], column: int) -> str:
    return cells[column].strip() if 0 <= column < len(cells) else ""

"""One language as documents and e-mails use it: sentences, plurals, and how amounts, dates and numbers are written.

`words("es")` gives the same object every time. Nothing here is global: the language is whoever's the paper is for.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from appliance import i18n
from appliance.money import currency_decimals, format_amount, round_ratio

if TYPE_CHECKING:
    from babel import Locale

MINUS = "\u2212"
NO_BLANK = "\u00a0"
ISOLATE = "\u2066{}\u2069"  # left-to-right isolate: a number keeps its order inside Arabic text
APART = "\u2068{}\u2069"  # first-strong isolate


class Words:
    """One language. `_` and `plural` take English literals, which `packaging/messages.py` collects for the translators."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.right_to_left = language in i18n.RIGHT_TO_LEFT
        self._sentences = i18n.catalogue(language)
        self._plurals = i18n.plurals(language)

    def _(self, text: str, **places: object) -> str:
        """The English sentence in this language, its places filled in."""
        found = self._sentences.get(text) or text
        return i18n.fill(found, places) if places else found

    def plural(self, one: str, many: str, number_of: int, **places: object) -> str:
        """The form that fits the number; `{n}` is the number as people write it."""
        forms = self._plurals.get(one, (one, many))
        form = i18n.plural_form(self.language, number_of) if forms != (one, many) else int(number_of != 1)
        return i18n.fill(forms[min(form, len(forms) - 1)], {"n": self.count(number_of), **places})

    @property
    def locale(self) -> Locale:
        """Babel's locale."""
        return _locale(self.language)

    def isolate(self, text: str) -> str:
        """The text kept in its own direction inside a sentence that is written from the right."""
        return ISOLATE.format(text) if self.right_to_left else text

    def apart(self, text: str) -> str:
        """The text in its own direction, whichever that is: a date beside words of another script."""
        return APART.format(text) if self.right_to_left else text

    def count(self, number_of: int) -> str:
        """1204 as `1,204`."""
        return self.decimal(str(number_of))

    def decimal(self, plain: str) -> str:
        """A plain decimal text ("-1250.50") with this language's signs, no digit lost."""
        minus = MINUS if plain.startswith("-") else ""
        whole, _point, fraction = plain.removeprefix("-").partition(".")
        groups = re.sub(r"(?<=\d)(?=(\d{3})+$)", self._sign("group", ","), whole) if len(whole) > 3 else whole
        return f"{minus}{groups}{self.decimal_sign}{fraction}" if fraction else f"{minus}{groups}"

    @property
    def decimal_sign(self) -> str:
        """What stands before the decimals."""
        return self._sign("decimal", ".")

    def _sign(self, name: str, usual: str) -> str:
        symbols = self.locale.number_symbols.get("latn", self.locale.number_symbols)
        return str(symbols.get(name, usual))

    def amount(self, micros: int, currency: str) -> str:
        """`−1,250.00`: at least the currency's decimals, further ones only where they count."""
        return self.decimal(format_amount(micros, currency_decimals(currency)))

    def money(self, micros: int, currency: str) -> str:
        """`−1,250.00 EUR`."""
        return f"{self.amount(micros, currency)}{NO_BLANK}{currency}"

    def percent(self, ppm: int) -> str:
        """`21 %` of parts per million."""
        return f"{self.decimal(format_amount(ppm * 100, 0))}{NO_BLANK}%"

    def day(self, at: int, timezone: str) -> str:
        """The date of a moment (ms since 1970 UTC) in a zone."""
        from babel.dates import format_date

        return format_date(_local(at, timezone), "medium", locale=self.locale)

    def iso_day(self, on: str) -> str:
        """An ISO date as people write it."""
        return self.calendar_day(date.fromisoformat(on))

    def short_moment(self, at: int, timezone: str) -> str:
        """`2026-01-31 14:05`, the same in every language: for tables of thousands of rows."""
        return f"{_local(at, timezone):%Y-%m-%d %H:%M}"

    def calendar_day(self, on: date) -> str:
        """A date as people write it."""
        from babel.dates import format_date

        return format_date(on, "medium", locale=self.locale)

    def month(self, text: str) -> str:
        """`2026-03` as "March 2026"."""
        from babel.dates import format_skeleton

        return str(format_skeleton("yMMMM", date(int(text[:4]), int(text[5:7]), 1), locale=self.locale))

    def moment(self, at: int, timezone: str) -> str:
        """Date and minutes of a moment in a zone."""
        from babel.dates import format_time

        return f"{self.day(at, timezone)} {format_time(_local(at, timezone).time(), 'short', locale=self.locale)}".replace("\u202f", NO_BLANK)

    def clock(self, at: int, timezone: str) -> str:
        """The minutes of a moment in a zone, without its date."""
        from babel.dates import format_time

        return str(format_time(_local(at, timezone).time(), "short", locale=self.locale)).replace("\u202f", NO_BLANK)

    def rounded(self, micros: int, currency: str) -> int:
        """An amount to the currency's own decimals, as paper shows it."""
        return round_ratio(micros, 1, currency_decimals(currency))

    def country(self, code: str) -> str:
        """The country's name, or the code where it is none."""
        return str(self.locale.territories.get(code.upper(), code)) if code else ""

    def number(self, digits: str) -> str:
        """A number as people dial it, `+31 20 123 4567`, where it is one of the world's; else its digits."""
        bare = digits.removeprefix("+")
        if len(bare) < 8 or not bare.isdigit():
            return digits
        import phonenumbers

        try:
            parsed = phonenumbers.parse(f"+{bare}", None)
        except phonenumbers.NumberParseException:
            return digits
        international = phonenumbers.PhoneNumberFormat.INTERNATIONAL
        return str(phonenumbers.format_number(parsed, international)) if phonenumbers.is_valid_number(parsed) else digits


@cache
def _locale(language: str) -> Locale:
    from babel import Locale

    return Locale.parse(language)


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _local(at: int, timezone: str) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(_zone(timezone))


@cache
def words(language: str) -> Words:
    """The language that has a catalogue and is nearest to the one named."""
    return Words(i18n.known(language))

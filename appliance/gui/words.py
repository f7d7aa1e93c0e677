"""The person's language in the console: sentences, plurals, and how amounts, numbers and times are written.

The English sentence is the key of the catalogue (`_("Add payment")`); places are named and filled after translation. The
language is one for the program: `use` is called before a window is built, and a switch builds the window anew.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from appliance import i18n
from appliance.money import MICROS, currency_decimals, format_amount, parse_amount

if TYPE_CHECKING:
    from babel import Locale

MINUS = "\u2212"
NARROW_BLANK = "\u202f"
NO_BLANK = "\u00a0"

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_DECIMAL = re.compile(r"-?\d+\.\d+")
_ISOLATE = "\u2066{}\u2069"  # left-to-right isolate: a number keeps its order inside Arabic text


class _Chosen:
    language = i18n.FALLBACK


def languages() -> list[tuple[str, str]]:
    """(code, own name) of the languages the console speaks, English first."""
    codes = sorted(i18n.languages(), key=lambda code: (code != i18n.FALLBACK, code))
    return [(code, own_name(code)) for code in codes]


def own_name(code: str) -> str:
    """`Español` of `es`; a language that has no catalogue, whose locale the built program lacks, by its name in the language in use."""
    if i18n.known(code) != re.split("[-_]", code.lower())[0]:
        return str(locale().languages.get(code, code))
    name = _locale(code).get_display_name(code) or code
    return name[:1].upper() + name[1:]


def use(language: str) -> None:
    """Speak this language from now on; one without a catalogue is English."""
    _Chosen.language = i18n.known(language)


def language() -> str:
    """The code of the language in use."""
    return _Chosen.language


def right_to_left() -> bool:
    """Whether the language in use is written from the right."""
    return _Chosen.language in i18n.RIGHT_TO_LEFT


def _(text: str, **places: object) -> str:
    """The sentence in the person's language, its `{places}` filled in."""
    said = i18n.catalogue(_Chosen.language).get(text, text)
    return i18n.fill(said, places) if places else said


def plural(one: str, many: str, number_of: int, **places: object) -> str:
    """The form of the sentence that fits the number; `{n}` is the number as people write it."""
    forms = i18n.plurals(_Chosen.language).get(one)
    if forms:
        said = forms[min(i18n.plural_form(_Chosen.language, number_of), len(forms) - 1)]
    else:
        said = one if number_of == 1 else many
    return i18n.fill(said, {"n": count(number_of), **places})


@cache
def _locale(code: str) -> Locale:
    from babel import Locale

    return Locale.parse(code)


def locale() -> Locale:
    """Babel's locale of the language in use."""
    return _locale(_Chosen.language)


def isolate(text: str) -> str:
    """The text kept in its own direction: a number or an address inside a sentence of an Arabic window."""
    return _ISOLATE.format(text) if right_to_left() else text


def apart(text: str) -> str:
    """The text in its own direction, whichever that is: a date beside words of another script."""
    return f"\u2068{text}\u2069" if right_to_left() else text


def count(number_of: int) -> str:
    """1204 as `1,204`."""
    from babel.numbers import format_decimal

    return format_decimal(number_of, locale=locale())


def money(amount: str | int | None, currency: str | None) -> str:
    """`−1,250.00 EUR`: of a decimal text of the wire, or of micros. At least the currency's decimals, further ones only where they count."""
    if amount is None or amount == "":
        return ""
    micros = parse_amount(amount) if isinstance(amount, str) else amount
    code = currency or ""
    text = _decimal(format_amount(abs(micros), currency_decimals(code)))
    said = f"{MINUS if micros < 0 else ''}{text}{NO_BLANK + code if code else ''}"
    return isolate(said)


def _decimal(plain: str) -> str:
    """A plain decimal text with the locale's grouping and sign, no digit lost."""
    whole, _point, fraction = plain.partition(".")
    symbols = locale().number_symbols.get("latn", locale().number_symbols)
    groups = re.sub(r"(?<=\d)(?=(\d{3})+$)", str(symbols.get("group", ",")), whole) if len(whole) > 3 else whole
    return f"{groups}{symbols.get('decimal', '.')}{fraction}" if fraction else groups


def decimal_point() -> str:
    """What stands before the decimals in the language in use."""
    symbols = locale().number_symbols.get("latn", locale().number_symbols)
    return str(symbols.get("decimal", "."))


def plain_amount(amount: str) -> str:
    """A wire amount as it is typed: no grouping, the locale's decimal sign."""
    return amount.replace(".", decimal_point())


def parse_money(text: str) -> str:
    """The wire's decimal text of what a person typed: "12,5", "12.50", "1 250", "1.250,00". ValueError where it is none or unclear.

    With both signs the last is the decimal one. A single sign that is the locale's own decimal sign is decimal; another single
    sign is grouping only where exactly three digits follow it.
    """
    typed = re.sub(r"[\s\u00a0\u202f'’]", "", text).replace(MINUS, "-")
    typed = typed.translate(str.maketrans("٠١٢٣٤٥٦٧٨٩٫٬", "0123456789.,"))
    if not re.fullmatch(r"-?[\d.,]*\d[\d.,]*", typed):
        raise ValueError(text)
    point = max(typed.rfind("."), typed.rfind(","))
    if point >= 0:
        sign = typed[point]
        alone = typed.count(".") + typed.count(",") == 1
        grouping = (alone and sign != decimal_point() and len(typed) - point == 4 and typed[:point].lstrip("-") not in ("", "0")) or (
            not alone and typed.count(sign) > 1
        )
        whole = typed if grouping else typed[:point]
        digits = re.sub(r"[.,]", "", whole)
        typed = digits if grouping else f"{digits or '0'}.{typed[point + 1 :] or '0'}"
    return format_amount(parse_amount(typed), 2)


def number(digits: str | None) -> str:
    """A number as people dial it, `+31 20 123 4567`, where it is one of the world's; else its digits."""
    if not digits:
        return ""
    bare = digits.removeprefix("+")
    if len(bare) < 8 or not bare.isdigit():
        return isolate(digits)
    return isolate(_known(bare)[0] or digits)


def country_of(digits: str | None) -> str:
    """The two letters of the country that a number is of, "" for none: inner numbers, those of no country, and what is no number."""
    bare = (digits or "").removeprefix("+")
    return _known(bare)[1] if len(bare) >= 8 and bare.isdigit() else ""


def country_name(country: str) -> str:
    """A country by its two letters, in the person's language."""
    return str(locale().territories.get(country, ""))


@lru_cache(4096)
def _known(bare: str) -> tuple[str, str]:
    """(the number of these digits, its country's two letters), "" where the world has none such."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(f"+{bare}", None)
    except phonenumbers.NumberParseException:
        return "", ""
    region = phonenumbers.region_code_for_number(parsed)
    if region is None or not phonenumbers.is_valid_number_for_region(parsed, region):
        return "", ""
    international = str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
    return international, region if region.isalpha() else ""


def number_full(digits: str) -> str:
    """The same with the country that it is of, where the world has such a number: for tool tips."""
    return " · ".join(filter(None, (number(digits), country_name(country_of(digits)))))


def _local(text: str) -> datetime:
    moment_of = datetime.fromisoformat(text)
    return (moment_of if moment_of.tzinfo else moment_of.replace(tzinfo=UTC)).astimezone()


def moment(text: str | None) -> str:
    """A moment of the wire in the computer's zone, short: date and minutes."""
    if not text:
        return ""
    from babel.dates import format_datetime

    return format_datetime(_local(text).replace(tzinfo=None), "short", locale=locale())


def moment_full(text: str | None) -> str:
    """The same with seconds, and the zone: for tool tips."""
    if not text:
        return ""
    from babel.dates import format_datetime

    at = _local(text)
    offset = at.strftime("%z")
    return f"{format_datetime(at.replace(tzinfo=None), 'medium', locale=locale())} UTC{offset[:3]}:{offset[3:5]}"


def day(text: str | None) -> str:
    """A date of the wire, or the date of a moment, in the person's order."""
    if not text:
        return ""
    from babel.dates import format_date

    of = date.fromisoformat(text) if len(text) == 10 else _local(text).date()
    return format_date(of, "medium", locale=locale())


def duration(seconds: int | float | None) -> str:
    """`3 min 20 s`; hours where there are some."""
    if seconds is None:
        return ""
    whole = int(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return _("{hours} h {minutes} min", hours=count(hours), minutes=minutes)
    if minutes:
        return _("{minutes} min {seconds} s", minutes=minutes, seconds=left)
    return _("{seconds} s", seconds=left)


def percent(text: str) -> str:
    """`12.5 %` of a wire percentage."""
    micros = parse_amount(text)
    sign = MINUS if micros < 0 else ""
    return isolate(f"{sign}{_decimal(format_amount(abs(micros), 0))}{NO_BLANK}%")


def place(text: str) -> str:
    """What the server put into a sentence, as this person reads it: a moment or a day in their order and zone, a decimal with their sign."""
    if _MOMENT.fullmatch(text):
        return apart(moment(text))
    if _DAY.fullmatch(text):
        return apart(day(text))
    return plain_amount(text) if _DECIMAL.fullmatch(text) else text


def micros(text: str) -> int:
    """Millionths of a wire amount, for sums and colours; 0 of an empty one."""
    return parse_amount(text) if text else 0


def negative(text: str) -> bool:
    """Whether a wire amount is below zero."""
    return micros(text) < 0


def whole_units(amount_micros: int) -> float:
    """Micros as a number for a chart's axis, never for money."""
    return amount_micros / MICROS

"""The prefixes that one cell of a deck means: a code, a list, ranges, patterns, codes glued with signs.

The law of this file: what could mean two things is refused with the reason, never guessed silently. A country code
cannot be the start of a range of shorter codes, so "387-33829" is 38733829, while "4477-4479" is three codes.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST = 15  # digits of an international number (E.164); a longer code is a ruined one
MOST_IN_A_RANGE = 1_000  # a longer range is covered by the fewest prefixes instead
MOST_IN_A_CELL = 20_000
CATCH_ALL = frozenset({"defaultprefix", "default", "*", ".*", "^.*", "all other", "all others"})

_ZONES = (("2", "12345689"), ("3", "578"), ("4", "2"), ("5", "09"), ("6", "789"), ("8", "0235789"), ("9", "679"))
_ZONES_OF_THREE = frozenset(f"{zone}{digit}" for zone, digits in _ZONES for digit in digits)
"""First two digits of country codes of three digits; what begins otherwise, and not with 1 or 7, has two."""

_SCIENTIFIC = re.compile(r"^\d+([.,]\d+)?\s*[eE]\s*\+?\d+$")
_WHOLE_FLOAT = re.compile(r"^(\d+)[.,]0+$")
_GROUPED = re.compile(r"^\d{1,3}([,.]\d{3})+$")
_ITEM = re.compile(r"^\d[\d\s().-]*$")
_SEPARATORS = re.compile(r"[,;/|&\n\r\t、،]+|\s+(?:and|und|y|et|e|en)\s+")
_RANGE_WORDS = re.compile(r"\s*(?:–|—|‐|‑|−|~|\.\.+|\s(?:to|bis|hasta|a|au|until|thru|through)\s)\s*", re.IGNORECASE)
_CLASS = {"X": "0123456789", "Z": "123456789", "N": "23456789"}


class Fault(NamedTuple):
    """Why a cell is refused: a key of the message catalogue and what fills its text."""

    code: str
    parameters: dict[str, object]


def fault(code: str, **parameters: object) -> Fault:
    """A reason."""
    return Fault(code, parameters)


def calling_code(digits: str) -> str:
    """The country code that an international number begins with (ITU-T E.164); "" where it is too short to tell."""
    if digits[:1] in ("1", "7"):
        return digits[0]
    if len(digits) < 2 or digits[0] == "0":
        return ""
    if digits[:2] not in _ZONES_OF_THREE:
        return digits[:2]
    return digits[:3] if len(digits) >= 3 else ""


def is_calling_code(digits: str) -> bool:
    """Whether these digits are a whole country code and nothing more."""
    return digits != "" and calling_code(digits) == digits


def prefixes_of(cell: str) -> list[str] | Fault:
    """Prefixes in the order of the cell, none twice; at least one."""
    text = cell.strip().strip("'\"`").strip()
    if text.casefold() in CATCH_ALL:
        return [""]
    if not text:
        return fault("deck.no_prefix")
    if _SCIENTIFIC.match(text):
        return fault("deck.prefix_scientific", text=text)
    whole = _WHOLE_FLOAT.match(text)
    if whole:
        text = whole[1]
    if _GROUPED.match(text) and not _one_country(re.split(r"[,.]", text)):
        return fault("deck.prefix_list_or_number", text=text)
    if _is_pattern(text):
        return _checked(_pattern(text), text)
    return _list(text)


def between(first: str, last: str) -> list[str] | Fault:
    """The codes from one to another of the same length; "4477" to "9" is to 4479."""
    if len(last) < len(first):
        last = first[: len(first) - len(last)] + last
    if len(first) != len(last) or last < first or len(first) > LONGEST:
        return fault("deck.range_wrong", first=first[:40], last=last[:40])
    count = int(last) - int(first) + 1
    if count <= MOST_IN_A_RANGE:
        return [str(code).zfill(len(first)) for code in range(int(first), int(last) + 1)]
    return _cover(first, last)


def _cover(first: str, last: str) -> list[str]:
    """The fewest prefixes that all numbers from `first` to `last` begin with and no others."""
    if first == last:
        return [first]
    digits = len(first)
    if first == "0" * digits and last == "9" * digits:
        return [""]
    found: list[str] = []
    for digit in range(int(first[0]), int(last[0]) + 1):
        low = first[1:] if str(digit) == first[0] else "0" * (digits - 1)
        high = last[1:] if str(digit) == last[0] else "9" * (digits - 1)
        found += [f"{digit}{rest}" for rest in _cover(low, high)]
    return found


def _checked(found: list[str] | Fault, text: str) -> list[str] | Fault:
    if isinstance(found, Fault):
        return found
    cleaned: dict[str, None] = {}
    for code in found:
        short = without_access_code(code)
        if short and not (short.isascii() and short.isdigit()):
            return fault("deck.prefix_not_digits", text=text[:60])
        if len(short) > LONGEST:
            return fault("deck.prefix_too_long", text=short[:60])
        cleaned[short] = None
    if not cleaned:
        return fault("deck.no_prefix")
    if len(cleaned) > MOST_IN_A_CELL:
        return fault("deck.too_many_prefixes", most=MOST_IN_A_CELL)
    return list(cleaned)


def without_access_code(code: str) -> str:
    """Without a leading 00 or 011 (no country code begins with 0)."""
    if code[:2] == "00" and len(code) > 2:
        return code[2:]
    return code[3:] if code[:3] == "011" and len(code) > 3 else code


def _one_country(items: list[str]) -> bool:
    """Whether all items stand below one country code, so that a list of codes is meant."""
    codes = {calling_code(item) for item in items}
    return len(codes) == 1 and "" not in codes


# lists and ranges ---------------------------------------------------------------------------------------------------
def _list(text: str) -> list[str] | Fault:
    found: list[str] = []
    head = ""
    body = _RANGE_WORDS.sub("-", text.replace("+", "").replace("(0)", "").strip("()[]{} "))
    for raw in _SEPARATORS.split(body):
        item = raw.strip().strip("()").strip()
        if not item:
            continue
        if not _ITEM.match(item):
            return fault("deck.prefix_not_digits", text=text[:60])
        codes, head = _item(item, head)
        if isinstance(codes, Fault):
            return codes
        found += codes
        if len(found) > MOST_IN_A_CELL:
            return fault("deck.too_many_prefixes", most=MOST_IN_A_CELL)
    return _checked(found, text)


def _item(item: str, head: str) -> tuple[list[str] | Fault, str]:
    """Codes of one item, and the country code that the items after it may leave out ("61 38,39", "1-829,809")."""
    words = [word for word in re.split(r"[\s().]+", re.sub(r"\s*-\s*", "-", item)) if word.strip("-")]
    if len(words) > 1:
        first = words[0].strip("-")
        if is_calling_code(first):
            rest = "".join(words[1:]) if "-" not in words[1] else words[1] if len(words) == 2 else ""
            if not rest:
                return fault("deck.prefix_unclear", text=item[:60]), head
            codes = _dashed(rest.strip("-"), first)
            return codes, first
        if all("-" not in word for word in words) and _one_country(words):
            return words, ""
        return fault("deck.prefix_unclear", text=item[:60]), head
    word = words[0].strip("-")
    if head and not (word.startswith(head) and len(word) > len(head) + 1):
        return _dashed(word, head), head
    parts = word.split("-")
    if len(parts) == 2 and is_calling_code(parts[0]) and _joins(parts[0], parts[1]):
        return [parts[0] + parts[1]], parts[0]
    return _dashed(word, ""), head


def _joins(code: str, rest: str) -> bool:
    """Whether a dash after a country code joins it with what follows instead of making a range."""
    return len(rest) != len(code) or rest < code


def _dashed(word: str, head: str) -> list[str] | Fault:
    """A code, or a range; `head` goes before both ends where they do not have it."""
    parts = word.split("-")
    if len(parts) == 1:
        return [head + parts[0]]
    if len(parts) == 2 and parts[0] and parts[1]:
        first, last = parts
        if len(last) > len(first):
            return fault("deck.range_wrong", first=head + first, last=head + last)
        found = between(first, last)
        return found if isinstance(found, Fault) else [head + code for code in found]
    if len(parts) > 2 and is_calling_code(parts[0]) and not head:
        return ["".join(parts)]
    return fault("deck.prefix_unclear", text=word[:60])


# patterns -----------------------------------------------------------------------------------------------------------
def _is_pattern(text: str) -> bool:
    if text[:1] in ("_", "^") or "[" in text:
        return True
    return bool(re.search(r"\d[XZNxzn.*!]+$", text))


def _pattern(text: str) -> list[str] | Fault:
    """Of an Asterisk pattern (_447[7-9]XX.) or a regular expression (^93.*): what every number that fits begins with."""
    body = text.lstrip("_^").rstrip("$").replace("\\d", "X").replace("\\+", "").replace("+", "").replace("?:", "")
    body = re.sub(r"(\[0-9\]|X|x|\.|\*|!|\{\d*,?\d*\})+$", "", body).strip("()")
    options = _SEPARATORS.split(body) if "," in body and "[" not in body else body.split("|")
    found: list[str] = []
    for option in options:
        codes = _expanded(re.sub(r"(\[0-9\]|X|x|\.|\*|!)+$", "", option.strip()), text)
        if isinstance(codes, Fault):
            return codes
        found += codes
    return found


def _expanded(body: str, text: str) -> list[str] | Fault:
    codes = [""]
    place = 0
    while place < len(body):
        sign = body[place]
        if sign == "[":
            end = body.find("]", place)
            choices = _class(body[place + 1 : end]) if end > place else ""
            place = end
        else:
            choices = sign if sign.isascii() and sign.isdigit() else _CLASS.get(sign.upper(), "")
        if not choices:
            return fault("deck.pattern_unclear", text=text[:60])
        codes = [code + choice for code in codes for choice in choices]
        if len(codes) > MOST_IN_A_CELL:
            return fault("deck.too_many_prefixes", most=MOST_IN_A_CELL)
        place += 1
    return codes


def _class(inside: str) -> str:
    """The digits of "7-9" or "0,35-8"; "" where it says anything else."""
    body = inside.replace(",", "").replace("|", "")
    found = ""
    for match in re.finditer(r"(\d)-(\d)|(\d)|(.)", body):
        if match[4] is not None:
            return ""
        found += match[3] if match[3] is not None else "".join(str(digit) for digit in range(int(match[1]), int(match[2]) + 1))
    return "".join(dict.fromkeys(found))

"""Numbers that fraud likes: the list that comes with the program, and which country a number is of."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

from appliance import paths

FILE = "high_risk.csv"
KINDS = ("premium", "satellite", "network", "overseas", "fraud")
DEAR = frozenset({"premium", "satellite", "network"})
"""Kinds that are blocked for new customers, and have a floor of their own in the fuse. The others are named, and no more."""

SHORTEST = 7
"""Digits of the shortest whole international number."""

_TWO_DIGITS = frozenset(
    [
        "20",
        "27",
        "30",
        "31",
        "32",
        "33",
        "34",
        "36",
        "39",
        "40",
        "41",
        "43",
        "44",
        "45",
        "46",
        "47",
        "48",
        "49",
        "51",
        "52",
        "53",
        "54",
        "55",
        "56",
        "57",
        "58",
        "60",
        "61",
        "62",
        "63",
        "64",
        "65",
        "66",
        "81",
        "82",
        "84",
        "86",
        "90",
        "91",
        "92",
        "93",
        "94",
        "95",
        "98",
    ]
)
"""Country codes of two digits (ITU-T E.164 Annex); 1 and 7 have one, all others three."""


class Risk(NamedTuple):
    """One line of the list."""

    prefix: str
    kind: str
    area: str


@cache
def high_risk() -> dict[str, Risk]:
    """The list by prefix."""
    found: dict[str, Risk] = {}
    for line in (paths.resources() / FILE).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "prefix,")):
            prefix, kind, area = line.split(",", 2)
            found[prefix] = Risk(prefix, kind, area)
    return found


@cache
def _longest() -> int:
    return max(map(len, high_risk()))


@lru_cache(maxsize=4096)  # a call asks three times, and people call the same numbers
def risk_of(number: str) -> Risk | None:
    """The longest prefix of a normalised number that is on the list; what is too short to be a number abroad is not."""
    if len(number) < SHORTEST:
        return None
    listed = high_risk()
    for length in range(min(_longest(), len(number)), 1, -1):
        risk = listed.get(number[:length])
        if risk is not None:
            return risk
    return None


def country_code(number: str) -> str:
    """The country code of a normalised number, "" where it is too short to have one."""
    if number[:1] in ("1", "7"):
        return number[:1]
    return number[:2] if number[:2] in _TWO_DIGITS else number[:3] if len(number) >= 3 else ""

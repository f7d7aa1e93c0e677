#!/usr/bin/env python3
"""Make resources/sample_decks/world.csv: the world's calling codes with prices of our own.

Which prefixes there are comes from the metadata of phonenumbers, names of countries from Babel. The prices are made
by a formula from the country's code, so that the deck is the same whenever it is made; no carrier ever asked them.

    python packaging/sample_deck.py
"""

from __future__ import annotations

import csv
import random
import re
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path

import phonenumbers
from babel import Locale
from phonenumbers import PhoneMetadata

DECK = Path(__file__).resolve().parents[1] / "resources" / "sample_decks" / "world.csv"
COLUMNS = ("prefix", "destination", "price_per_minute", "connection_fee", "first_increment", "next_increment")
SAMPLES = 40
DEEPEST = 3  # digits of a mobile prefix after the country's code
WORLDWIDE = {
    "800": ("International freephone", "0.0000"), "808": ("International shared cost", "0.2500"), "870": ("Inmarsat", "5.9000"),
    "878": ("Universal personal numbers", "0.4900"), "881": ("Satellite networks", "4.9000"), "882": ("International networks", "2.9000"),
    "883": ("International networks", "1.9000"), "979": ("International premium rate", "3.5000"),
}  # fmt: skip


def price(region: str, mobile: bool) -> str:
    """Ten-thousandths of a unit a minute, from 0.0060 up; calls to mobiles cost more."""
    seed = zlib.crc32(region.encode())
    fixed = 60 + seed % 97 * (seed // 97 % 11)
    return f"{(fixed + 90 + seed % 700 if mobile else fixed) / 10_000:.4f}"


def digits_of(pattern: str, longest: int = 5) -> Iterator[str]:
    """The shortest digit strings that the pattern matches whole."""
    compiled = re.compile(pattern)
    waiting = deque([""])
    while waiting:
        text = waiting.popleft()
        if text and compiled.fullmatch(text):
            yield text
        elif len(text) < longest:
            waiting += [text + digit for digit in "0123456789"]


def kinds(patterns: Mapping[str, re.Pattern[str]], start: str, lengths: list[int], chance: random.Random) -> set[str]:
    """Kinds of numbers that begin so, found by trying."""
    found = set()
    for length in lengths:
        for _ in range(SAMPLES if length > len(start) else 0):
            national = start + "".join(chance.choices("0123456789", k=length - len(start)))
            found |= {kind for kind, pattern in patterns.items() if pattern.fullmatch(national)}
            if len(found) > 1:
                return found
    return found


def mobile_prefixes(region: str, lead: str) -> list[str]:
    """Prefixes after the country's code below which only mobiles were found."""
    metadata = PhoneMetadata.metadata_for_region(region)
    described = {kind: what for kind, what in (("mobile", metadata.mobile), ("fixed", metadata.fixed_line)) if what is not None}
    patterns = {kind: re.compile(what.national_number_pattern) for kind, what in described.items() if what.national_number_pattern}
    lengths = sorted({length for what in described.values() for length in what.possible_length if length > 0})
    chance = random.Random(zlib.crc32(region.encode()))
    found: list[str] = []
    waiting = [lead] if lead else list("0123456789")
    while waiting:
        start = waiting.pop(0)
        seen = kinds(patterns, start, lengths, chance)
        if seen == {"mobile"}:
            found.append(start)
        elif "mobile" in seen and len(start) < len(lead) + DEEPEST:
            waiting += [start + digit for digit in "0123456789"]
    return found


def rows() -> Iterator[tuple[str, str, str, str, int, int]]:
    """Every row of the deck, unsorted."""
    names = Locale("en").territories
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        if str(code) in WORLDWIDE:
            name, cost = WORLDWIDE[str(code)]
            yield str(code), name, cost, "0", 1, 1
            continue
        for place, region in enumerate(regions):
            metadata = PhoneMetadata.metadata_for_region(region)
            if metadata is None:
                continue
            name = names.get(region, region)
            leads = [""] if place == 0 else list(digits_of(metadata.leading_digits)) if metadata.leading_digits else []
            for lead in leads:
                mobiles = mobile_prefixes(region, lead) if code != 1 else []  # in North America a number does not tell
                if mobiles != [lead]:
                    yield f"{code}{lead}", name, price(region, False), "0", 1, 1
                for mobile in mobiles:
                    yield f"{code}{mobile}", f"{name} mobile", price(region, True), "0", 1, 1


def main() -> None:
    """Write the deck."""
    found: dict[str, tuple[str, str, str, str, int, int]] = {}
    for row in rows():
        found.setdefault(row[0], row)
    for prefix in sorted(found, key=len, reverse=True):  # what the next shorter prefix says already need not stand
        shorter = next((found[prefix[:cut]] for cut in range(len(prefix) - 1, 0, -1) if prefix[:cut] in found), None)
        if shorter is not None and shorter[1:] == found[prefix][1:]:
            del found[prefix]
    with DECK.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(found[prefix] for prefix in sorted(found))
    print(f"{len(found)} prefixes")


if __name__ == "__main__":
    main()

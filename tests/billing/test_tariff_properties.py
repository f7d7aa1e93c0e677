"""Any chain of tariffs with any versions: what the book asks is what a slow reading of the specification asks."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from appliance.billing.rate import Blocked, Price, Rate
from appliance.billing.schedule import TimeBand
from appliance.billing.tariff import Tariff, TariffBook

NIGHT = TimeBand("night", 3, 0, 720)  # the first half of Thursday, on which the moments of this file lie
NOON = 43_200_000
PREFIXES = ["", "3", "31", "312", "3120", "4"]
NUMBERS = ["31201234567", "3161234567", "44", "320"]


class Version(NamedTuple):
    """One rate as the test sees it; None follows the base."""

    prefix: str
    price: int | None
    fee: int | None
    band: str
    since: int | None
    until: int | None
    blocked: int | None


versions = st.builds(
    Version,
    prefix=st.sampled_from(PREFIXES),
    price=st.one_of(st.none(), st.integers(0, 999_999)),
    fee=st.one_of(st.none(), st.integers(0, 99_999)),
    band=st.sampled_from(["", "", "night"]),
    since=st.one_of(st.none(), st.integers(1, NOON)),
    until=st.one_of(st.none(), st.just(2 * NOON)),
    blocked=st.sampled_from([None, None, 0, 1]),
)
levels = st.lists(st.tuples(st.integers(-200_000, 900_000), st.lists(versions, max_size=8)), min_size=1, max_size=3)


def half_up(exact: Fraction) -> int:
    """To whole micros."""
    return int((exact + Fraction(1, 2)) // 1)


def slow(chain: list[tuple[int, list[Version]]], number: str, at: int) -> tuple[str, int, int, bool] | None:
    """(prefix, price, fee, blocked) by reading the whole list at every level, the base first."""
    found: tuple[str, int, int, bool] | None = None
    for depth, (markup, own) in enumerate(chain):
        followed = None
        if found is not None:
            raised = [max(half_up(micros * Fraction(1_000_000 + markup, 1_000_000)), 0) for micros in found[1:3]]
            followed = (found[0], raised[0], raised[1], found[3])
        fits = [
            (len(each.prefix), bool(each.band), each.since is not None, each.since or 0, index, each)
            for index, each in enumerate(own)
            if number.startswith(each.prefix)
            and (not each.band or at < NOON)
            and (each.since is None or each.since <= at)
            and (each.until is None or at < each.until)
        ]
        best = max(fits, default=None, key=lambda fit: fit[:5])
        if best is None or (followed is not None and len(best[5].prefix) < len(followed[0])):
            found = followed
            continue
        rate = best[5]
        blocked = bool(rate.blocked) if rate.blocked is not None else followed is not None and followed[3]
        if rate.price is None and followed is None and not blocked:
            found = None
            continue
        assert depth == 0 or followed is not None or rate.price is not None or blocked
        found = (
            rate.prefix,
            rate.price if rate.price is not None else followed[1] if followed is not None else 0,
            rate.fee if rate.fee is not None else followed[2] if followed is not None else 0,
            blocked,
        )
    return found


@given(levels, st.sampled_from(NUMBERS), st.integers(0, 2 * NOON - 1))
def test_the_book_asks_what_the_whole_list_says(chain: list[tuple[int, list[Version]]], number: str, at: int) -> None:
    book = TariffBook()
    rate_id = 0
    for level, (markup, own) in enumerate(chain):
        base = None if level == 0 else level
        book.put(Tariff(level + 1, f"level {level}", "EUR", base_id=base, markup_ppm=markup if level else 0, bands=(NIGHT,) if level == 0 else ()))
        rows = []
        for each in own:
            rate_id += 1
            rows.append(Rate(
                rate_id, each.prefix, None, each.price, each.fee, band=each.band, valid_from_at=each.since, valid_until_at=each.until,
                blocked=each.blocked,
            ))  # fmt: skip
        book.set_rates(level + 1, rows)
    expected = slow([(0 if level == 0 else markup, own) for level, (markup, own) in enumerate(chain)], number, at)
    found = book.price(len(chain), number, at)
    price = found.price if isinstance(found, Blocked) else found
    if expected is None:
        assert not isinstance(price, Price)
        return
    assert isinstance(price, Price)
    assert (price.prefix, price.price_micros, price.connection_fee_micros, isinstance(found, Blocked)) == expected

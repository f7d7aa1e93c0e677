"""A deck against what a tariff has: what is written, what ends, what people are shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from appliance.billing.deck_difference import Difference, difference
from appliance.billing.deck_import import DeckRate
from appliance.billing.rate import Rate
from appliance.billing.rate_deck import Profile, RateDeck

NOW = 1_750_000_000_000
DAY = 86_400_000
BARE = Profile(None, None, None, None, None, None, None, None, None, "", None, None)


def said(prefix: str, price: int, destination: str | None = None, line: int = 1, **more: object) -> DeckRate:
    return DeckRate(line, prefix, destination, price, BARE._replace(**more))  # type: ignore[arg-type]


def have(*rates: tuple[str, int], **more: object) -> RateDeck:
    return RateDeck(Rate(index, prefix, "there", price, **more) for index, (prefix, price) in enumerate(rates, 1))  # type: ignore[arg-type]


def counts(found: Difference) -> tuple[int, int, int, int]:
    return found.added, found.changed, found.removed, found.unchanged


def written(current: RateDeck, found: Difference) -> RateDeck:
    """The deck as it is once the difference is."""
    deck = current.copy()
    newest = max((row.id for prefix in deck.prefixes() for row in deck.versions(prefix)), default=0)
    deck.add((number, *version) for number, version in enumerate(found.new, newest + 1))
    deck.remove(found.ended)
    return deck


def test_added_changed_removed_unchanged() -> None:
    current = have(("31", 100), ("32", 200), ("33", 300))
    found = difference([said("31", 100), said("32", 250), said("34", 400)], current, NOW)
    assert counts(found) == (1, 1, 1, 1)
    assert [(change.what, change.prefix, change.before_micros, change.after_micros) for change in found.changes] == [
        ("changed", "32", 200, 250),
        ("added", "34", None, 400),
        ("removed", "33", 300, None),
    ]
    assert sorted(found.ended) == [("32", 2), ("33", 3)]
    after = written(current, found)
    assert sorted(after.prefixes()) == ["31", "32", "34"]


def test_kept_is_what_the_deck_does_not_name() -> None:
    found = difference([said("31", 100)], have(("31", 100), ("32", 200)), NOW, keep=True)
    assert (counts(found), found.ended) == ((0, 0, 0, 1), [])


def test_what_the_deck_does_not_say_stays_as_it_is() -> None:
    current = have(("31", 100), connection_fee_micros=7, first_increment=60, next_increment=60)
    found = difference([said("31", 150)], current, NOW)
    assert Rate(0, *found.new[0])[3:8] == (150, 7, 60, 60, 0)  # type: ignore[arg-type]
    assert found.new[0][1] == "there"
    found = difference([said("31", 100, "Netherlands")], current, NOW)
    assert (counts(found), found.new[0][1]) == ((0, 1, 0, 0), "Netherlands")


def test_a_new_rate_of_a_base_tariff_is_settled_and_of_a_derived_one_is_open() -> None:
    assert difference([said("31", 150)], RateDeck(), NOW).new == [("31", "", 150, 0, 1, 1, 0, 0, 0, 0, None, 0, "", None, None)]
    open_ones = ("31", None, 150, None, None, None, None, None, None, None, None, None, "", None, None)
    assert difference([said("31", 150)], RateDeck(), NOW, derived=True).new == [open_ones]


def test_an_empty_field_in_the_store_is_its_default() -> None:
    current = RateDeck([Rate(1, "31", None, 100)])
    assert counts(difference([said("31", 100, connection_fee_micros=0, first_increment=1, next_increment=1, blocked=0)], current, NOW)) == (
        0,
        0,
        0,
        1,
    )


def test_a_price_of_the_future_stands_beside_the_present_one() -> None:
    current = have(("31", 100))
    found = difference([said("31", 150, valid_from_at=NOW + DAY)], current, NOW)
    assert (counts(found), found.ended) == ((0, 1, 0, 0), [])
    after = written(current, found)
    assert [after.match("31", "", at).price_micros for at in (NOW, NOW + 2 * DAY)] == [100, 150]  # type: ignore[union-attr]
    again = difference([said("31", 150, valid_from_at=NOW + DAY)], after, NOW)
    assert counts(again) == (0, 0, 0, 1)
    moved = difference([said("31", 160, valid_from_at=NOW + 2 * DAY)], after, NOW)
    assert [prefix for prefix, _ in moved.ended] == ["31"]
    back = difference([said("31", 100)], after, NOW)
    assert (counts(back), len(back.ended)) == ((0, 1, 0, 0), 1)


def test_a_longer_prefix_of_the_future_is_told() -> None:
    found = difference([said("31", 100), said("3197", 900, valid_from_at=NOW + DAY, line=9)], have(("31", 100)), NOW)
    assert [(problem.line, problem.code) for problem in found.problems] == [(9, "deck.later")]
    assert [(change.prefix, change.before_micros) for change in found.rises] == [("3197", 100)]


def test_present_and_future_prices_of_one_prefix() -> None:
    found = difference([said("31", 100, valid_from_at=NOW - DAY), said("31", 150, valid_from_at=NOW + DAY)], RateDeck(), NOW)
    assert (counts(found), len(found.new)) == ((1, 0, 0, 0), 2)


def test_a_past_day_is_now_and_an_equal_price_is_no_change() -> None:
    assert counts(difference([said("31", 100, valid_from_at=NOW - DAY)], have(("31", 100)), NOW)) == (0, 0, 0, 1)
    current = have(("31", 100), valid_from_at=NOW - 2 * DAY)
    found = difference([said("31", 150)], current, NOW)
    assert written(current, found).match("31", "", NOW).price_micros == 150  # type: ignore[union-attr]


def test_what_is_over_is_neither_removed_nor_changed() -> None:
    current = have(("31", 100), valid_until_at=NOW - DAY)
    assert counts(difference([], current, NOW)) == (0, 0, 0, 0)
    assert counts(difference([said("31", 100)], current, NOW)) == (1, 0, 0, 0)


def test_bands_are_compared_apart() -> None:
    current = RateDeck([Rate(1, "31", "", 100), Rate(2, "31", "", 200, band="peak")])
    found = difference([said("31", 100), said("31", 250, band="peak")], current, NOW)
    assert (counts(found), found.ended) == ((0, 1, 0, 1), [("31", 2)])
    found = difference([said("31", 100)], current, NOW)
    assert (counts(found), found.ended) == ((0, 0, 1, 1), [("31", 2)])


def test_rises_above_the_threshold_are_shown() -> None:
    current = have(("31", 100), ("32", 100), ("33", 0), ("34", 100))
    rates = [said("31", 110), said("32", 111), said("33", 1), said("34", 50), said("3412", 100), said("3413", 200)]
    assert [change.prefix for change in difference(rates, current, NOW).rises] == ["32", "33", "3413"]


def test_what_was_blocked_by_hand_stays_so() -> None:
    current = have(("31", 100), blocked=1)
    found = difference([said("31", 150)], current, NOW)
    assert found.new[0][11] == 1
    assert [problem.code for problem in found.problems] == ["deck.still_blocked"]
    found = difference([said("31", 150, blocked=0)], current, NOW)
    assert (found.new[0][11], found.problems) == (0, [])


def test_the_fingerprint_tells_one_difference_from_another() -> None:
    current = have(("31", 100))
    first, second = (difference([said("31", price)], current, NOW).fingerprint() for price in (150, 151))
    assert first != second
    assert first == difference([said("31", 150)], current, NOW).fingerprint()


prefixes = st.text("0123456789", min_size=1, max_size=4)
profiles = st.builds(
    lambda fee, first, blocked, since: BARE._replace(connection_fee_micros=fee, first_increment=first, blocked=blocked, valid_from_at=since),
    st.sampled_from([None, 0, 5]),
    st.sampled_from([None, 1, 60]),
    st.sampled_from([None, 0, 1]),
    st.sampled_from([None, None, NOW - DAY, NOW + DAY]),
)
rates = st.builds(DeckRate, st.just(1), prefixes, st.sampled_from([None, "", "x"]), st.integers(0, 5), profiles)
decks = st.lists(rates, max_size=12, unique_by=lambda rate: (rate.prefix, rate.profile.valid_from_at))


@given(decks, decks, st.booleans(), st.booleans())
def test_writing_the_difference_leaves_none(first: list[DeckRate], second: list[DeckRate], derived: bool, keep: bool) -> None:
    """After the first deck and the second, the second again changes nothing, and each of its prices is what counts."""
    deck = written(RateDeck(), difference(first, RateDeck(), NOW, derived=derived))
    found = difference(second, deck, NOW, derived=derived, keep=keep)
    named = {rate.prefix for rate in second}
    after = written(deck, found)
    again = difference(second, after, NOW, derived=derived, keep=keep)
    assert (again.new, again.ended) == ([], [])
    assert again.unchanged == len(named)
    for prefix in named:
        at_once = [rate for rate in second if rate.prefix == prefix and (rate.profile.valid_from_at or 0) <= NOW]
        if at_once:
            latest = max(at_once, key=lambda rate: rate.profile.valid_from_at or 0)
            row = after.match(prefix, "", NOW)
            assert row is not None
            assert (row.prefix, row.price_micros) == (prefix, latest.price_micros)
    if not keep:
        assert set(after.prefixes()) == named

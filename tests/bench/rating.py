"""What rating and credit control cost. Run: python -m tests.bench.rating. Prints microseconds; budgets in brackets."""

from __future__ import annotations

import random
from collections.abc import Callable
from timeit import repeat

from appliance.billing.credit import CreditBook, Meter
from appliance.billing.explanation import explain
from appliance.billing.rate import Price, Rate
from appliance.billing.rating import Rules, Terms, charge
from appliance.billing.tariff import Tariff, TariffBook

PREFIXES = 500_000
CALLS = 200


def _microseconds(work: Callable[[], object], times: int, units: int = 1) -> str:
    """The best of five rounds, with one decimal."""
    best = min(repeat(work, number=times, repeat=5))
    return f"{best * 1_000_000 / times / units:8.2f} us"


def _terms(first: int, next_: int) -> Terms:
    return Terms(Price(1, 1, "31", "Netherlands", 123_400, 50_000, first, next_), Rules(1, "retail", "EUR"))


def _rating() -> None:
    terms = _terms(60, 6)
    print(_microseconds(lambda: charge(terms, 187_654), 20_000), "rate one call at one level [20]")
    print(_microseconds(lambda: explain(terms, 187_654), 20_000), "its explanation")


def _whole_call() -> None:
    """Three levels from look-up to explanation, as a call's end has it."""
    book = TariffBook()
    book.put(Tariff(1, "base", "EUR"))
    book.set_rates(1, [Rate(number, str(number), f"to {number}", 10_000 + number, 0, 60, 6) for number in range(100, 1000)])
    book.put(Tariff(2, "to-sub", "EUR", base_id=1, markup_ppm=100_000))
    book.put(Tariff(3, "retail", "EUR", base_id=2, markup_ppm=250_000))
    numbers = [f"{number}{number:08d}" for number in range(100, 1000, 7)]

    def rate_them() -> None:
        for number in numbers:
            for tariff_id in (3, 2, 1):
                terms = book.terms(tariff_id, number, 0)
                assert isinstance(terms, Terms)
                explain(terms, 187_654, charge(terms, 187_654))

    print(_microseconds(rate_them, 10, len(numbers)), "look up, rate and explain a call at three levels [60]")


def _look_up() -> None:
    chance = random.Random(1)
    prefixes: set[str] = set()
    while len(prefixes) < PREFIXES:
        prefixes.add(str(chance.randrange(1, 10 ** chance.randrange(2, 9))))
    book = TariffBook()
    book.put(Tariff(1, "base", "EUR"))
    book.set_rates(1, [Rate(index, prefix, f"to {prefix[:3]}", chance.randrange(50_000)) for index, prefix in enumerate(prefixes, 1)])
    book.put(Tariff(2, "to-sub", "EUR", base_id=1, markup_ppm=100_000))
    book.put(Tariff(3, "retail", "EUR", base_id=2, markup_ppm=250_000))
    book.add_rates(3, [Rate(PREFIXES + 1, "3197", None, 50_000)])
    numbers = [str(chance.randrange(10**10, 10**12)) for _ in range(2_000)]
    deck = book.deck(1)

    def match() -> None:
        for number in numbers:
            deck.match(number, "", 0)

    print(_microseconds(match, 3, len(numbers)), "longest of 500,000 prefixes [3]")
    for tariff_id, name in ((1, "base"), (3, "derived twice")):

        def look_up(tariff_id: int = tariff_id) -> None:
            for number in numbers:
                book.price(tariff_id, number, 0)

        print(_microseconds(look_up, 3, len(numbers)), "price of a number by 500,000 prefixes,", name)


def _credit(funds: int, name: str, warning_ms: int) -> None:
    book = CreditBook(lambda account: funds, warning_ms)
    terms = _terms(60, 6)
    for call in range(CALLS):
        assert book.admit(call, [Meter(0, 0, terms)], call * 37) is None
        book.answer(call, call * 37)
    now = CALLS * 37
    account = book._accounts[0]

    def horizon() -> None:
        book._touch(account)
        book.next_moment()

    def whole_call() -> None:
        if book.admit(CALLS, [Meter(0, 0, terms)], now) is None:
            book.answer(CALLS, now)
        book.next_moment()
        if book.has(CALLS):
            book.finish(CALLS, now)
            book.set_funds(0, funds, now)
        book.next_moment()

    print(_microseconds(horizon, 200), f"horizon of {CALLS} calls on one account, {name} [200]")
    print(_microseconds(whole_call, 200), f"admit, answer, finish beside them, {name}")


def main() -> None:
    """All of it."""
    _rating()
    _whole_call()
    _look_up()
    _credit(10_000_000_000, "far from the end", 60_000)
    _credit(CALLS * 300_000, "just before the warning", 60_000)
    _credit(CALLS * 173_400 + 900_000, "near the end", 0)


if __name__ == "__main__":
    main()

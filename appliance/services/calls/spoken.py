"""What a phone is told of its account: the names of announcements that say it (`packaging/announcements.py`), and in writing."""

from __future__ import annotations

from appliance.billing.admission import Refuse
from appliance.money import format_amount

BALANCE = "balance"
SPOKEN_CURRENCIES = frozenset({"EUR", "USD", "GBP"})
LANGUAGES = ("en", "es", "ar", "nl", "fr", "pt", "de")
CENT = 10_000


def balance_words(micros: int, currency: str) -> tuple[str, ...]:
    """Announcements one after the other: the beginning, the figures, the currency where it has one."""
    text = plain(micros)
    named = {"-": "minus", ".": "point"}
    figures = tuple(named.get(each, each) for each in text)
    return (BALANCE, *figures, *((currency.lower(),) if currency in SPOKEN_CURRENCIES else ()))


def plain(micros: int) -> str:
    """Whole cents, rounded down towards what can be spent."""
    return format_amount(micros // CENT * CENT)


def told_balance(micros: int, currency: str) -> Refuse:
    """The answer to a phone that asks: nobody is called, and whoever hears nothing reads it."""
    return Refuse("normal", 480, "Balance " + plain(micros) + " " + currency, detail=BALANCE)


def language_of(*wanted: str) -> str:
    """The first that announcements are spoken in, English else."""
    return next((each[:2].lower() for each in wanted if each[:2].lower() in LANGUAGES), "en")

"""The file read by a process of its own, as a server does."""

from __future__ import annotations

import pytest

from appliance.errors import EnvironmentFault, UserError
from appliance.paths import program
from tests.services.decks.conftest import Importing
from tests.services.decks.files import SIMPLE


def test_the_process_says_what_we_would_have_said(shop: Importing) -> None:
    shop.import_(SIMPLE)
    deck = "Code,Destination,Rate\n31,Netherlands,0.5\n33,France,0.02\n3E+8,Nowhere,0.1\n"
    here = shop.preview(deck)
    shop.nouns.decks.read_apart(program())
    assert shop.preview(deck) == here
    done = shop.import_(deck, fingerprint=here.fingerprint, profile="weekly")
    assert (done.added, done.changed, done.removed) == (1, 1, 2)
    assert shop.in_store() == shop.in_memory()
    assert [shop.price(number) for number in ("31201234567", "331", "44123")] == ["0.50", "0.02", "no_rate"]
    shop.undo()
    assert shop.in_store() == shop.in_memory()
    assert shop.price("44123") == "0.02"


def test_its_refusals_are_ours(shop: Importing) -> None:
    shop.nouns.decks.read_apart(program())
    with pytest.raises(UserError) as caught:
        shop.preview(SIMPLE, columns={"prefix": 9})
    assert (caught.value.code, caught.value.field, caught.value.parameters["column"]) == ("deck.no_such_column", "columns.prefix", "9")


def test_a_process_that_fails_is_a_fault_of_the_machine(shop: Importing) -> None:
    shop.nouns.decks.read_apart([*program(), "no-such-command"])
    with pytest.raises(EnvironmentFault, match=r"deck\.reader_failed"):
        shop.preview(SIMPLE)
    shop.nouns.decks.read_apart(["/no/such/program"])
    with pytest.raises(EnvironmentFault, match=r"deck\.reader_failed"):
        shop.preview(SIMPLE)

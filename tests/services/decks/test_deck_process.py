"""The file read by a process of its own, as a server does."""

from __future__ import annotations

import pytest

from appliance.errors import EnvironmentFault, UserError
from appliance.paths import program
from appliance.services.prices import decks
from appliance.services.prices.deck_process import Frames, ask
from appliance.services.prices.deck_reading import Job
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


def test_what_was_looked_at_is_not_read_again_unless_something_changed(shop: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def asking(program: list[str], job: Job, data: bytes) -> Frames:
        asked.append(job.writes)
        return ask(program, job, data)

    monkeypatch.setattr(decks, "ask", asking)
    shop.nouns.decks.read_apart(program())
    seen = shop.preview(SIMPLE)
    shop.import_(SIMPLE, fingerprint=seen.fingerprint)
    assert asked == [True]
    shop.preview(SIMPLE, keep=True)
    shop.import_(SIMPLE)  # asked in another way
    assert len(asked) == 3
    other = "Code,Destination,Rate\n31,Netherlands,0.7\n"
    shop.preview(other)
    shop.import_("Code,Destination,Rate\n31,Netherlands,0.8\n")  # other rates since, and another file
    shop.import_(other)
    assert len(asked) == 6
    assert shop.price("31201234567") == "0.70"
    shop.nouns.decks.forget()

"""Import of decks: looked at, written, kept, undone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from appliance.errors import Conflict, Forbidden, NotFound, UserError
from appliance.services.ground.stepwise import Steps, finish
from appliance.wire.decks import DeckApply, DeckPreview, DeckView, ImportList, ProfileList, ProfileRemove
from appliance.wire.rates import PriceRequest, RateFields, RatesSet
from tests.services.decks.conftest import Importing
from tests.services.decks.files import SIMPLE, workbook


def counts(view: object) -> tuple[int, ...]:
    return tuple(getattr(view, name) for name in ("rows", "rates", "added", "changed", "removed", "unchanged"))


def test_a_preview_changes_nothing(shop: Importing) -> None:
    seen = shop.preview(SIMPLE + "3.87E+11,Bosnia,0.2\n")
    assert counts(seen) == (4, 3, 3, 0, 0, 0)
    assert (seen.tariff, seen.reseller, seen.currency, seen.new_tariff, seen.applied) == ("cost", "root", "EUR", True, False)
    assert [(problem.line, problem.code, problem.refused) for problem in seen.problems] == [(5, "deck.prefix_scientific", True)]
    assert "3.87E+11" in seen.problems[0].reason
    assert seen.guessed.columns == {"prefix": [1], "destination": [2], "price": [3]}
    assert seen.sample[1].cells == ["31", "Netherlands", "0.0100"]
    assert shop.store.tariffs.find(1, "cost") is None


def test_an_import_makes_the_tariff_and_calls_are_rated_by_it(shop: Importing) -> None:
    done = shop.import_(SIMPLE, file="rates.csv")
    assert (counts(done), done.applied) == ((3, 3, 3, 0, 0, 0), True)
    assert [shop.price(number) for number in ("31201234567", "3197123456", "4420123456", "49301234")] == ["0.01", "0.30", "0.02", "no_rate"]
    assert shop.in_store() == shop.in_memory()
    history = shop.nouns.deck_history.list(shop.owner, ImportList(tariff="cost")).imports
    assert [(each.id, each.source, each.rates, each.ended, each.undone_at) for each in history] == [(done.import_id, "import rates.csv", 3, 0, None)]
    assert shop.import_(SIMPLE).unchanged == 3
    assert shop.verified()


def test_the_difference_is_written_and_nothing_else(shop: Importing) -> None:
    shop.import_(SIMPLE)
    before = shop.in_store()
    done = shop.import_("Code,Destination,Rate\n31,Netherlands,0.0100\n44,UK,0.05\n33,France,0.02\n")
    assert counts(done) == (3, 3, 1, 1, 1, 1)
    assert [(each.what, each.prefix, each.before, each.after, each.percent) for each in done.differences] == [
        ("changed", "44", "0.02", "0.05", "150"),
        ("added", "33", None, "0.02", None),
        ("removed", "3197", "0.30", None, None),
    ]
    assert [each.prefix for each in done.rises] == ["44"]
    assert before[0] in shop.in_store()
    assert [shop.price(number) for number in ("3197123456", "4420123456", "331")] == ["0.01", "0.05", "0.02"]
    assert shop.in_store() == shop.in_memory()


def test_keep_adds_to_what_is_there(shop: Importing) -> None:
    shop.import_(SIMPLE)
    done = shop.import_("Code,Rate\n33,0.02\n", keep=True)
    assert counts(done) == (1, 1, 1, 0, 0, 0)
    assert [shop.price(number) for number in ("31201234567", "331")] == ["0.01", "0.02"]
    assert shop.in_store() == shop.in_memory()


def test_prices_derived_from_it_follow_at_once(selling: Importing) -> None:
    assert selling.price("31201234567", "retail") == "0.0125"
    selling.import_("Code,Rate\n31,0.02\n3197,0.10\n", "carrier-cost")
    assert [selling.price(number, "retail") for number in ("31201234567", "3197123456")] == ["0.025", "0.05"]


def test_a_deck_of_a_derived_tariff_is_its_overrides(selling: Importing) -> None:
    done = selling.import_("Code,Rate\n3120,0.5\n", "retail")
    assert counts(done) == (1, 1, 1, 0, 1, 0)
    assert [selling.price(number, "retail") for number in ("31201234567", "3197123456")] == ["0.50", "0.0125"]
    row = selling.grid("retail", only="overridden").rates[0]
    assert (row.prefix, row.destination, row.inherited_price) == ("3120", "Netherlands", "0.0125")


def test_what_changed_since_the_preview_is_not_written(shop: Importing) -> None:
    shop.import_(SIMPLE)
    deck = "Code,Rate\n31,0.5\n"
    seen = shop.preview(deck)
    shop.nouns.rates.set(shop.owner, RatesSet(tariff="cost", rates=[RateFields(prefix="44", price_per_minute="0.09")]))
    assert shop.import_(deck, fingerprint=shop.preview(deck).fingerprint).applied
    with pytest.raises(Conflict, match=r"deck\.changed_since_preview"):
        shop.import_(deck, fingerprint=seen.fingerprint)


def _begun(steps: Steps[DeckView]) -> None:
    """The file is read and the set opened; what comes next asks for nothing."""
    work = next(steps)
    assert work is not None
    assert steps.send(work()) is None


def test_who_changes_the_tariff_during_an_import_wins(shop: Importing) -> None:
    shop.import_(SIMPLE)
    steps = shop.nouns.decks.apply(shop.owner, DeckApply(tariff="cost", content=b"Code,Rate\n31,0.5\n"))
    _begun(steps)
    shop.nouns.rates.set(shop.owner, RatesSet(tariff="cost", rates=[RateFields(prefix="44", price_per_minute="0.09")]))
    before = shop.in_store()
    with pytest.raises(Conflict, match=r"deck\.tariff_changed"):
        finish(steps)
    assert shop.in_store() == shop.in_memory() == before
    assert [shop.price(number) for number in ("31201234567", "4420123456")] == ["0.01", "0.09"]


def test_a_change_in_the_same_unit_is_not_lost(shop: Importing) -> None:
    """The deck that was built beside lacks what another wrote after the activation, before the commit."""
    shop.import_(SIMPLE)
    with shop.services.changes.unit():
        shop.import_("Code,Rate\n31,0.5\n", keep=True)
        shop.nouns.rates.set(shop.owner, RatesSet(tariff="cost", rates=[RateFields(prefix="44", price_per_minute="0.09")]))
    assert shop.in_store() == shop.in_memory()
    assert [shop.price(number) for number in ("31201234567", "4420123456")] == ["0.50", "0.09"]


def test_an_import_that_fails_leaves_nothing_that_counts(shop: Importing) -> None:
    shop.import_(SIMPLE)
    before = shop.in_store()
    steps = shop.nouns.decks.apply(shop.owner, DeckApply(tariff="cost", content=b"Code,Rate\n31,0.5\n"))
    _begun(steps)
    steps.close()
    assert shop.in_store() == shop.in_memory() == before
    assert len(shop.nouns.deck_history.list(shop.owner, ImportList(tariff="cost")).imports) == 1


def test_nothing_to_import_is_refused(shop: Importing) -> None:
    for content, code in (("Code,Rate\n3.8E+7,0.1\n44,y\n", "deck.nothing"), ("Dear Sir,\nbye\n", "deck.no_column")):
        with pytest.raises(UserError) as caught:
            shop.import_(content)
        assert caught.value.code == code
        seen = shop.preview(content)
        assert seen.rates == 0
        assert seen.problems
    assert shop.store.tariffs.find(1, "cost") is None


# undo -----------------------------------------------------------------------------------------------------------------
def test_an_import_is_undone(shop: Importing) -> None:
    shop.import_(SIMPLE)
    before = shop.in_store()
    done = shop.import_("Code,Destination,Rate\n44,UK,0.05\n33,France,0.02\n")
    undone = shop.undo()
    assert (undone.removed, undone.added) == (2, 3)
    assert shop.in_store() == shop.in_memory() == before
    history = shop.nouns.deck_history.list(shop.owner, ImportList(tariff="cost")).imports
    assert (history[0].id, history[0].undone_at is None) == (done.import_id, False)
    with pytest.raises(Conflict, match=r"deck\.undone"):
        shop.undo(import_id=done.import_id)
    shop.undo()
    assert shop.in_store() == shop.in_memory() == []
    with pytest.raises(NotFound, match=r"deck\.import_unknown"):
        shop.undo()


def test_a_later_change_by_hand_outlives_the_undo(shop: Importing) -> None:
    shop.import_(SIMPLE)
    shop.import_("Code,Destination,Rate\n31,Netherlands,0.5\n44,UK,0.05\n")
    shop.nouns.rates.set(shop.owner, RatesSet(tariff="cost", rates=[RateFields(prefix="44", price_per_minute="0.09")]))
    shop.undo()
    assert [shop.price(number) for number in ("31201234567", "3197123456", "4420123456")] == ["0.01", "0.30", "0.09"]
    assert shop.in_store() == shop.in_memory()
    assert len([row for row in shop.in_store() if row[0] == "44"]) == 1


def test_an_older_import_waits_for_the_newer_one(shop: Importing) -> None:
    first = shop.import_(SIMPLE)
    shop.import_("Code,Rate\n44,0.05\n")
    with pytest.raises(Conflict, match=r"deck\.newer_import"):
        shop.undo(import_id=first.import_id)


# answers ----------------------------------------------------------------------------------------------------------------
def test_answers_are_kept_in_a_profile(shop: Importing) -> None:
    odd = "Weekly rates of the carrier;;;\nA;B;C;D\n0,3;31;Netherlands;x\n0,02;44;UK;x\n"
    said = {"header_row": 2, "columns": {"price": "A", "prefix": "B", "destination": 3}, "increments": "60/60", "profile": "weekly"}
    seen = shop.preview(odd, **said)
    assert (seen.rates, shop.nouns.decks.profiles(shop.owner, ProfileList()).profiles) == (2, [])
    shop.import_(odd, **said)
    kept = shop.nouns.decks.profiles(shop.owner, ProfileList()).profiles
    assert [each.name for each in kept] == ["weekly"]
    assert kept[0].answers.columns == {"price": "A", "prefix": "B", "destination": "C"}
    assert (kept[0].answers.decimal, kept[0].answers.delimiter, kept[0].answers.increments) == (",", ";", "60/60")
    done = shop.import_(odd.replace("A;B;C;D", "B;D;A;C").replace("0,3;31;Netherlands;x", "31;x;0,4;Netherlands"), profile="weekly", header_row=2)
    assert done.guessed.columns == {"prefix": [1], "price": [3], "destination": [4]}
    shop.nouns.decks.remove_profile(shop.owner, ProfileRemove("weekly"))
    with pytest.raises(NotFound):
        shop.nouns.decks.remove_profile(shop.owner, ProfileRemove("weekly"))


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"decimal": ";"}, "decimal"),
        ({"dates": "year-first"}, "dates"),
        ({"price_unit": "hour"}, "price_unit"),
        ({"duplicates": "some"}, "duplicates"),
        ({"increments": "often"}, "increments"),
        ({"increments_for": {"UK": "often"}}, "increments_for.UK"),
        ({"increment_style": "odd"}, "increment_style"),
        ({"rise_percent": "much"}, "rise_percent"),
        ({"sheet": 2, "columns": {"prefix": 9}}, "columns.prefix"),
    ],
)
def test_wrong_answers_name_their_field(shop: Importing, said: dict[str, object], field: str) -> None:
    with pytest.raises(UserError) as caught:
        shop.preview(SIMPLE, **said)
    assert caught.value.field == field


def test_the_increment_style_is_the_tariffs_own(shop: Importing) -> None:
    shop.import_("Code,Rate,Increments\n31,0.6,90/60\n", increment_style="total")
    found = shop.nouns.prices.price(shop.owner, _asking(91))
    assert getattr(found, "billed_seconds", None) == 120
    shop.import_("Code,Rate,Increments\n31,0.6,90/60\n", increment_style="first-next")
    assert getattr(shop.nouns.prices.price(shop.owner, _asking(91)), "billed_seconds", None) == 150


def _asking(seconds: int) -> PriceRequest:
    return PriceRequest(number="31201234567", seconds=seconds, tariff="cost")


def test_the_sheet_with_prices_is_taken(shop: Importing) -> None:
    rates = [["Prefix", "Country", "Rate"], *[[3100 + number, "NL", number / 100] for number in range(1, 30)]]
    notes = [[f"Note {number}"] for number in range(60)]
    seen = shop.preview(workbook(("Notes", notes), ("Rates", rates), ("Last year", rates[:5]), hidden=["Last year"]))
    assert (seen.guessed.sheet, seen.rates, seen.guessed.kind) == ("Rates", 29, "xlsx")


# who may ----------------------------------------------------------------------------------------------------------------
def test_a_path_is_for_the_folders_owner(selling: Importing, tmp_path: Path) -> None:
    file = tmp_path / "deck.csv"
    file.write_text(SIMPLE)
    assert finish(selling.nouns.decks.preview(selling.owner, DeckPreview(tariff="new", path=str(file)))).rates == 3
    with pytest.raises(Forbidden):
        finish(selling.nouns.decks.preview(selling.operator("owner"), DeckPreview(tariff="new", path=str(file))))
    with pytest.raises(UserError, match=r"deck\.content_or_path"):
        finish(selling.nouns.decks.preview(selling.owner, DeckPreview(tariff="new")))
    with pytest.raises(NotFound, match=r"tariff\.unknown"):
        selling.preview(SIMPLE, "to-sub-one", reseller="Sub One")


def test_an_operator_imports_and_the_audit_log_says_so(selling: Importing) -> None:
    actor = selling.operator("owner")
    done = selling.import_(SIMPLE, "new", actor)
    row = selling.store.rates.set_of(done.import_id or 0)
    assert row is not None
    assert row.operator_id == actor.operator_id
    noted = [each for each in selling.store.audit.of("tariff", row.tariff_id) if each.operation == "decks.apply"]
    assert [json.loads(each.after or "{}")["written"] for each in noted] == [3]

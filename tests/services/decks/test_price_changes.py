"""Many prices by a percentage, and prices that are being written: shown first, stopped with nothing changed, told how they ended, undone."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import Conflict, NotFound, UserError
from appliance.services.ground.stepwise import Steps, finish
from appliance.services.prices.price_changes import _Rule
from appliance.wire.decks import DeckApply, ImportList, RedoImport
from appliance.wire.price_work import PricesChange, PricesChanged, PricesPreview, PriceWork, PriceWorkStop
from appliance.wire.rates import RateFields, RatesRemove, RatesSet
from tests.services.decks.conftest import Importing

DECK = "Code,Destination,Rate\n31,Netherlands,0.0125\n316,Netherlands mobile,0.20\n44,UK,0.02\n"


def many(count: int) -> str:
    return "Code,Rate\n" + "".join(f"9{number:05d},0.{number % 9 + 1}\n" for number in range(count))


def preview(shop: Importing, tariff: str = "cost", percentage: str = "10", **more: Any) -> PricesChanged:
    return finish(shop.nouns.pricing.price_changes.preview(shop.owner, PricesPreview(tariff=tariff, percentage=percentage, **more)))


def change(shop: Importing, tariff: str = "cost", percentage: str = "10", **more: Any) -> PricesChanged:
    seen = preview(shop, tariff, percentage, **more)
    return finish(
        shop.nouns.pricing.price_changes.change(shop.owner, PricesChange(tariff=tariff, percentage=percentage, edition=seen.edition, **more))
    )


def works(shop: Importing) -> list[PriceWork]:
    return shop.nouns.pricing.price_desk.list(shop.owner).works


def interrupted(shop: Importing, steps: Steps[Any], phase: str, meanwhile: Callable[[PriceWork], object]) -> Any:
    """All steps; some way into a phase something else happens."""
    result: object = None
    happened = False
    while True:
        try:
            work = steps.send(result)
        except StopIteration as end:
            return end.value
        newest = next(iter(works(shop)), None)
        if not happened and newest is not None and newest.phase == phase and newest.done:
            happened = True
            meanwhile(newest)
        result = None if work is None else work()


def stop(shop: Importing, found: list[PriceWork]) -> Callable[[PriceWork], object]:
    """What stops a work, and keeps how far it was."""
    return lambda work: (found.append(work), shop.nouns.pricing.price_desk.stop(shop.owner, PriceWorkStop(work.id)))


def prices(shop: Importing, tariff: str = "cost") -> dict[str, str]:
    return {row.prefix: row.price_per_minute for row in shop.grid(tariff).rates}


def test_all_or_some_change_as_they_were_shown_and_come_back(shop: Importing) -> None:
    shop.import_(DECK)
    before = shop.in_store()
    seen = preview(shop, rounding="up-3")
    assert (seen.prices, seen.changed, [line.price_per_minute for line in seen.lines]) == (3, 3, ["0.014", "0.22", "0.022"])
    assert shop.in_store() == before
    done = change(shop, rounding="up-3")
    assert prices(shop) == {"31": "0.014", "316": "0.22", "44": "0.022"}
    assert (done.changed, shop.in_store()) == (3, shop.in_memory())
    assert shop.nouns.deck_history.list(shop.owner, ImportList(tariff="cost")).imports[0].source == "percent 10"
    shop.undo(import_id=done.import_id)
    assert shop.in_store() == shop.in_memory() == before
    change(shop, search="nether", percentage="-50")
    assert prices(shop) == {"31": "0.00625", "316": "0.10", "44": "0.02"}
    change(shop, prefixes=["44"], percentage="100")
    assert prices(shop) == {"31": "0.00625", "316": "0.10", "44": "0.04"}


def test_what_is_removed_is_one_fact_that_comes_back_as_it_was(shop: Importing) -> None:
    shop.import_(many(1_500))
    fields = RateFields(prefix="900007", minimum_charge="0.5", free_seconds=3, valid_until="2030-01-01T00:00:00Z")
    shop.nouns.rates.set(shop.owner, RatesSet(tariff="cost", rates=[fields]))
    before = shop.in_store()
    gone = finish(shop.nouns.rates.remove(shop.owner, RatesRemove(tariff="cost", prefixes=[f"9{number:05d}" for number in range(1_400)])))
    assert (gone.removed, len(shop.in_store())) == (1_400, 100)
    newest = shop.nouns.deck_history.list(shop.owner, ImportList(tariff="cost")).imports[0]
    assert (newest.id, newest.source, newest.ended) == (gone.import_id, "removal", 1_400)
    shop.nouns.rates.set(shop.owner, RatesSet(tariff="cost", rates=[RateFields(prefix="900009", price_per_minute="7")]))
    kept = next(row for row in shop.in_store() if "900009" in row)
    back = shop.undo(import_id=gone.import_id)
    assert (back.added, shop.in_store()) == (1_399, shop.in_memory()), "what was written there since stays"
    assert [row for row in shop.in_store() if "900009" not in row] == [row for row in before if "900009" not in row]
    assert kept in shop.in_store()
    with pytest.raises(Conflict, match=r"deck\.undone"):
        shop.undo(import_id=gone.import_id)


def test_whoever_writes_while_prices_are_removed_wins(shop: Importing) -> None:
    shop.import_(DECK)
    steps = shop.nouns.rates.remove(shop.owner, RatesRemove(tariff="cost", prefixes=["31", "44"]))
    next(steps)
    shop.nouns.rates.set(shop.owner, RatesSet(tariff="cost", rates=[RateFields(prefix="44", price_per_minute="0.09")]))
    before = shop.in_store()
    with pytest.raises(Conflict, match=r"deck\.tariff_changed"):
        finish(steps)
    assert shop.in_store() == before == shop.in_memory()


@pytest.mark.parametrize("source", ["import", "percent", "edit", "removal"])
def test_what_was_undone_is_written_once_more(shop: Importing, source: str) -> None:
    shop.import_(DECK)
    number = {
        "import": lambda: shop.import_("Code,Rate\n31,0.5\n49,0.1\n").import_id,
        "percent": lambda: change(shop).import_id,
        "edit": lambda: shop.nouns.rates.set(shop.owner, RatesSet(tariff="cost", rates=[RateFields(prefix="31", price_per_minute="0.9")])).import_id,
        "removal": lambda: finish(shop.nouns.rates.remove(shop.owner, RatesRemove(tariff="cost", prefixes=["31"]))).import_id,
    }[source]()
    after = said(shop)
    shop.undo(import_id=number)
    assert said(shop) != after
    again = finish(shop.nouns.deck_history.redo(shop.owner, RedoImport(tariff="cost", import_id=number or 0)))
    assert said(shop) == after and shop.in_store() == shop.in_memory()
    newest = shop.nouns.deck_history.list(shop.owner, ImportList(tariff="cost")).imports[0]
    assert (newest.id, newest.source.split()[0].rstrip(":")) == (again.import_id, source)
    with pytest.raises(NotFound):
        finish(shop.nouns.deck_history.redo(shop.owner, RedoImport(tariff="cost", import_id=again.import_id or 0)))


def said(shop: Importing) -> list[tuple[object, ...]]:
    """What counts, whichever set it came by."""
    return [row[:3] for row in shop.in_store()]


def test_a_derived_tariff_gets_overrides_that_an_undo_takes_away(selling: Importing) -> None:
    selling.import_(DECK, tariff="carrier-cost")
    tariff = next(row for row in selling.store.tariffs.list() if row.base_id is not None and row.archived_at is None).name
    before = selling.in_store(tariff), prices(selling, tariff)
    done = change(selling, tariff)
    assert done.changed == 3 and len(selling.in_store(tariff)) == 3
    selling.undo(tariff, done.import_id)
    assert (selling.in_store(tariff), prices(selling, tariff)) == before


def test_blocked_prices_stay_and_losses_are_told(selling: Importing) -> None:
    cost = next(trunk.cost_tariff_id for trunk in selling.store.trunks.list() if trunk.cost_tariff_id is not None)
    tariff = next(row for row in selling.store.tariffs.list() if row.base_id == cost and row.reseller_id == 1).name
    selling.nouns.rates.set(selling.owner, RatesSet(tariff=tariff, rates=[RateFields(prefix="3190", price_per_minute="0.5", blocked=True)]))
    seen = preview(selling, tariff, "-99")
    assert seen.losing > 0 and seen.losing == sum(line.loss for line in seen.lines)
    assert "3190" not in [line.row.prefix for line in seen.lines]


def test_what_was_shown_or_nothing(shop: Importing) -> None:
    shop.import_(DECK)
    seen = preview(shop)
    shop.nouns.rates.set(shop.owner, RatesSet(tariff="cost", rates=[RateFields(prefix="44", price_per_minute="0.09")]))
    for more, code in (
        ({"edition": seen.edition}, "deck.changed_since_preview"),
        ({"edition": preview(shop).edition, "percentage": "0"}, "prices.none_changes"),
        ({"edition": preview(shop).edition, "percentage": "-101"}, "prices.below_nothing"),
        ({"edition": preview(shop).edition, "rounding": "down-2"}, "tariff.price_rounding"),
        ({"edition": preview(shop).edition, "only": "cheap"}, "field.not_a_choice"),
    ):
        with pytest.raises(UserError) as caught:
            finish(shop.nouns.pricing.price_changes.change(shop.owner, PricesChange(**{"tariff": "cost", "percentage": "10", **more})))
        assert caught.value.code == code
    assert prices(shop)["44"] == "0.09"


def test_whoever_changes_the_tariff_meanwhile_wins(shop: Importing) -> None:
    shop.import_(DECK)
    request = PricesChange(tariff="cost", percentage="10", edition=preview(shop).edition)
    steps = shop.nouns.pricing.price_changes.change(shop.owner, request)
    remove = RatesRemove(tariff="cost", prefixes=["44"])
    with pytest.raises(Conflict, match=r"deck\.tariff_changed"):
        interrupted(shop, steps, "looking", lambda _work: finish(shop.nouns.rates.remove(shop.owner, remove)))
    assert set(prices(shop)) == {"31", "316"} and works(shop)[0].state == "failed"


@pytest.mark.parametrize("phase", ["looking", "writing"])
def test_a_change_that_is_stopped_changes_nothing(shop: Importing, phase: str) -> None:
    shop.import_(many(900))
    before = shop.in_store()
    steps = shop.nouns.pricing.price_changes.change(shop.owner, PricesChange(tariff="cost", percentage="10", edition=preview(shop).edition))
    found: list[PriceWork] = []
    with pytest.raises(UserError, match=r"prices\.stopped"):
        interrupted(shop, steps, phase, stop(shop, found))
    running = found[0]
    assert (running.what, running.state, 0 < running.done < running.total) == ("change", "running", True)
    ended = works(shop)[0]
    assert (ended.state, ended.import_id, ended.reason, ended.code) == ("stopped", None, "Stopped. Nothing was changed.", "prices.stopped")
    assert shop.in_store() == shop.in_memory() == before


def test_an_import_that_is_stopped_leaves_no_tariff_behind(shop: Importing) -> None:
    steps = shop.nouns.decks.apply(shop.owner, DeckApply(tariff="cost", content=many(900).encode(), file="november.csv"))
    found: list[PriceWork] = []
    with pytest.raises(UserError, match=r"prices\.stopped"):
        interrupted(shop, steps, "writing", stop(shop, found))
    assert found[0].file == "november.csv" and found[0].tariff_id is None
    assert works(shop)[0].state == "stopped"
    assert shop.store.tariffs.find(1, "cost") is None


def test_an_import_tells_how_it_ended_to_whoever_asks_later(shop: Importing) -> None:
    done = shop.import_(DECK, file="october.csv")
    shop.nouns.pricing.price_desk.stop(shop.owner, PriceWorkStop(works(shop)[0].id))  # too late: what counts stays
    ended = works(shop)[0]
    assert (ended.state, ended.import_id, ended.added, ended.tariff, ended.file) == ("ready", done.import_id, 3, "cost", "october.csv")
    assert ended.ended_at is not None and ended.operator
    with pytest.raises(NotFound, match=r"prices\.work_unknown"):
        shop.nouns.pricing.price_desk.stop(shop.owner, PriceWorkStop(99))
    for number in range(30):
        shop.import_(f"Code,Rate\n31,0.{number + 10}\n")
    assert len(works(shop)) == 20


@given(st.integers(0, 10**9), st.integers(-1_000_000, 5_000_000), st.integers(0, 6), st.sampled_from(["half-up", "up"]))
def test_prices_are_rounded_once(micros: int, ppm: int, decimals: int, mode: str) -> None:
    exact = Decimal(micros) * (1_000_000 + ppm) / 1_000_000 / 1_000_000
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_CEILING if mode == "up" else ROUND_HALF_UP)
    assert _Rule(ppm, decimals, mode).of(micros) == int(rounded * 1_000_000)

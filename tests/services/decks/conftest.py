"""A root that sells, and a shop that imports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.services.ground.access import Actor
from appliance.services.ground.stepwise import finish
from appliance.wire.decks import DeckApply, DeckPreview, DeckView, UndoImport
from appliance.wire.rates import GridPage, GridRequest, NoPrice, PriceRequest, RatesChanged
from tests.services.nouns.described import Described, example


class Importing(Described):
    """Imports in one step, as the command does where no server runs."""

    def preview(self, content: bytes | str, tariff: str | int = "cost", actor: Actor | None = None, **more: Any) -> DeckView:
        return finish(self.nouns.decks.preview(actor or self.owner, DeckPreview(tariff=tariff, content=_bytes(content), **more)))

    def import_(self, content: bytes | str, tariff: str | int = "cost", actor: Actor | None = None, **more: Any) -> DeckView:
        return finish(self.nouns.decks.apply(actor or self.owner, DeckApply(tariff=tariff, content=_bytes(content), **more)))

    def undo(self, tariff: str = "cost", import_id: int | None = None) -> RatesChanged:
        return finish(self.nouns.deck_history.undo(self.owner, UndoImport(tariff=tariff, import_id=import_id)))

    def price(self, number: str, tariff: str = "cost") -> str:
        """What a minute costs, or why it costs nothing."""
        found = self.nouns.prices.price(self.owner, PriceRequest(number=number, seconds=60, tariff=tariff))
        return found.error if isinstance(found, NoPrice) else found.amount

    def grid(self, tariff: str = "cost", actor: Actor | None = None, **more: Any) -> GridPage:
        return self.nouns.price_grid.page(actor or self.owner, GridRequest(tariff=tariff, **more))

    def in_store(self, tariff: str = "cost") -> list[tuple[object, ...]]:
        """What counts, as the store has it."""
        row = self.nouns.lookups.tariff(self.owner, tariff, None, "tariffs.read")
        return sorted((rate.prefix, rate.price_micros, rate.destination, rate.id) for rate in self.store.rates.active(row.id))

    def in_memory(self, tariff: str = "cost") -> list[tuple[object, ...]]:
        """The same as calls are rated by."""
        row = self.nouns.lookups.tariff(self.owner, tariff, None, "tariffs.read")
        deck = self.services.hot.prices.book.deck(row.id)
        return sorted((each.prefix, each.price_micros, each.destination, each.id) for prefix in deck.prefixes() for each in deck.versions(prefix))


def _bytes(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Importing]:
    """Only the root."""
    one = Importing(tmp_path / "data")
    one.apply({"tollhouse": 1, "resellers": [example()["resellers"][0]]})
    yield one
    one.store.close()


@pytest.fixture
def selling(tmp_path: Path) -> Iterator[Importing]:
    """The contract's example: carrier-cost, two tariffs derived from it, a sub-reseller, a trunk and a route."""
    one = Importing(tmp_path / "data")
    one.apply(example())
    yield one
    one.store.close()

"""A fresh data folder and its store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.clock import SteppedClock
from appliance.store.store import Store
from tests.store.shop import Shop, shop_in


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(folder: Path, clock: SteppedClock) -> Iterator[Store]:
    with Store(folder, clock) as opened:
        yield opened


@pytest.fixture
def shop(store: Store) -> Shop:
    return shop_in(store)

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.money.billed import Billed


@pytest.fixture
def billed(tmp_path: Path) -> Iterator[Billed]:
    """A shop whose customer is taxed by usage."""
    one = Billed(tmp_path / "data")
    yield one
    one.shop.store.close()


@pytest.fixture
def prepaid(tmp_path: Path) -> Iterator[Billed]:
    """A shop whose customer is taxed when he pays."""
    one = Billed(tmp_path / "data", point="payment", limit="0")
    yield one
    one.shop.store.close()

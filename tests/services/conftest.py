from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """An empty appliance whose server has begun."""
    one = Shop(tmp_path / "data")
    one.start()
    yield one
    one.store.close()

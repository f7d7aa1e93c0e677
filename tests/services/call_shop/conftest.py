from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.call_shop.counter import Counter


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    """A call shop on its first day."""
    one = Counter(tmp_path / "data")
    yield one
    one.base.store.close()

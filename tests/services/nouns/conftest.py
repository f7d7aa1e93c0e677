"""An empty shop, and the contract's example applied to one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.nouns.described import Described, example, opened


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Described]:
    with opened(tmp_path / "data") as one:
        yield one


@pytest.fixture
def described(empty: Described) -> Described:
    empty.apply(example())
    return empty

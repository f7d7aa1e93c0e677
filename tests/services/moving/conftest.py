"""A shop that others move into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.services.ground.stepwise import finish
from appliance.wire.moving import MoveApply, MovePreview, MoveView
from tests.services.moving.dumps import Cell, mysql, written
from tests.services.nouns.described import Described

SHOP: dict[str, Any] = {
    "tollhouse": 1,
    "resellers": [
        {"name": "root", "currency": "EUR", "sip_domain": "sip.example.test", "web_hosts": ["my.example.test"], "number_range": "1000000-1999999",
         "timezone": "Europe/Amsterdam"},
    ],
    "trunks": [{"name": "carrier", "host": "127.0.0.1"}],
}  # fmt: skip


class MovingShop(Described):
    """With the two operations, finished at once."""

    def preview(self, files: list[str], source: str, **asked: Any) -> MoveView:
        return finish(self.nouns.moves.preview(self.owner, MovePreview(files=files, source=source, trunk="carrier", **asked)))

    def move(self, files: list[str], source: str, **asked: Any) -> MoveView:
        return finish(self.nouns.moves.apply(self.owner, MoveApply(files=files, source=source, trunk="carrier", **asked)))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[MovingShop]:
    one = MovingShop(tmp_path / "data")
    one.apply(SHOP)
    yield one
    one.store.close()


@pytest.fixture
def dumped(tmp_path: Path) -> Callable[[dict[str, list[dict[str, Cell]]]], list[str]]:
    """Writes the tables into a dump; its path in a list."""
    return lambda tables: [written(tmp_path, "dump.sql", mysql(tables))]

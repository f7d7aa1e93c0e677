"""Moving in through the table of operations, as the command asks it, and beside a server by a child that reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from appliance.api.auth import Asked
from appliance.api.bindings import Later, bind, operation
from appliance.errors import EnvironmentFault, Forbidden, UserError
from appliance.paths import program
from appliance.services.ground.access import Actor, Grant, folder_owner
from appliance.wire import codec
from tests.api.moving_script import MOVING_SCRIPT
from tests.services.moving.conftest import SHOP, MovingShop
from tests.services.moving.dumps import ASTPP, CSV, mysql, written


@pytest.fixture
def moving(tmp_path: Path) -> Any:
    shop = MovingShop(tmp_path / "data")
    shop.apply(SHOP)
    yield shop
    shop.store.close()


def run(shop: MovingShop, actor: Actor, name: str, request: dict[str, Any]) -> Any:
    said = bind(shop.services)[name](Asked(actor), codec.decode(codec.encode(request), operation(name).request))
    while isinstance(said, Later):
        result = said.work()
        said = result if said.then is None else said.then(result)
    return codec.decode(codec.encode(said), dict)


def test_the_operations_in_their_order(moving: MovingShop, tmp_path: Path) -> None:
    files = [written(tmp_path, name, text) for name, text in CSV.items()]
    replies = {}
    for name, request in MOVING_SCRIPT:
        asked = {**request, "files": files, "trunk": "carrier"} if "files" in request else request
        replies[name] = run(moving, folder_owner(), name, asked)
    assert not replies["move.preview"]["applied"] and replies["move.apply"]["applied"]
    assert replies["old_calls.list"]["calls"][0]["number"] == "43123"
    assert replies["old_invoices.list"]["invoices"][0]["open"] == "2.00"
    assert replies["old_invoices.settle"]["settled_at"]


def test_only_the_folders_owner_names_files(moving: MovingShop) -> None:
    root = moving.store.resellers.root()
    assert root is not None
    owner = Actor("owner", 1, (Grant("owner", reseller_id=root.id),))
    for name, request in MOVING_SCRIPT[:2]:
        with pytest.raises(Forbidden):
            run(moving, owner, name, request)


def test_a_child_reads_beside_a_server(moving: MovingShop, tmp_path: Path) -> None:
    """The same is found; what ends the reading is told as if it had been read here."""
    files = [written(tmp_path, "dump.sql", mysql(ASTPP))]
    here = run(moving, folder_owner(), "move.preview", {"files": files, "source": "astpp", "trunk": "carrier"})
    moving.services.room.program = tuple(program())
    assert run(moving, folder_owner(), "move.preview", {"files": files, "source": "astpp", "trunk": "carrier"}) == here
    done = run(moving, folder_owner(), "move.apply", {"files": files, "source": "astpp", "trunk": "carrier"})
    assert done["agree"] and {each["kind"]: each["moved"] for each in done["totals"]}["calls"] == 2
    with pytest.raises(UserError, match=r"move\.nothing_found"):
        run(moving, folder_owner(), "move.preview", {"files": files, "source": "magnus"})
    with pytest.raises(EnvironmentFault, match=r"file\.unreadable"):
        run(moving, folder_owner(), "move.preview", {"files": [str(tmp_path / "none")], "source": "astpp"})
    moving.services.room.program = ("/nowhere/tollhouse",)
    with pytest.raises(EnvironmentFault, match=r"move\.reader_failed"):
        run(moving, folder_owner(), "move.preview", {"files": files, "source": "astpp"})

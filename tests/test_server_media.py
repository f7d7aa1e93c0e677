"""The relay is there before the first call that wants it, and is not started for shops that never will."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from appliance.server_media import begin_ahead
from appliance.sip.media import RelayMedia
from appliance.sip.settings import EngineSettings
from tests.services.shop import Shop


class Relay(RelayMedia):
    """Counts how often it was begun."""

    def __init__(self) -> None:
        self.begun = 0

    def begin(self) -> None:
        self.begun += 1


@pytest.mark.parametrize(
    ("trunk", "endpoint", "wanted"),
    [
        ({}, {}, True),  # at 192.0.2.50
        ({"host": "carrier.example"}, {}, True),
        ({"media": "never"}, {}, False),
        ({"disabled": 1}, {}, False),
        ({"host": "10.1.2.3"}, {}, False),
        ({"host": "10.1.2.3"}, {"media": "always"}, True),
        ({"host": "10.1.2.3", "media": "always"}, {}, True),
    ],
)
def test_the_relay_is_begun_where_sound_will_pass_it(tmp_path: Path, trunk: dict[str, Any], endpoint: dict[str, Any], wanted: bool) -> None:
    shop = Shop(tmp_path / "data")
    root = shop.reseller()
    made = shop.trunk(root, "out")
    customer = shop.customer(root, "Ann", shop.tariff(root, "retail"), shop.account(root, "Ann"))
    shop.endpoint(customer, "1000001", **endpoint)
    if trunk:
        with shop.services.changes.unit():
            shop.store.trunks.update(made, trunk)
            shop.services.changes.note("trunk", made)
    relay = Relay()
    begin_ahead(relay, shop.services.hot, EngineSettings().local_networks)
    assert relay.begun == wanted
    shop.store.close()

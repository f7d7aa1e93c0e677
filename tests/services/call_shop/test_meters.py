"""Live figures of booths: what a card shows between two events."""

from __future__ import annotations

from time import process_time

from appliance.wire.booths import BoothList
from tests.services.call_shop.counter import LEIDEN, LONDON, Counter


def test_rows_of_running_calls(counter: Counter) -> None:
    counter.begin_shift()
    card = counter.sit(counter.one, mode="deposit", deposit="1.00")
    counter.base.answer(counter.base.begin(counter.one, LEIDEN))
    counter.base.run(125.4)
    row = counter.nouns.meters.rows()[counter.one]
    assert row.owner == (counter.simple.root, counter.shop)
    assert (row.view.total, row.view.left, row.view.left_seconds, row.view.warn) == ("0.90", "0.10", 54, True)
    assert (row.view.call.seconds, row.view.call.money, row.view.call.country, row.view.call.state) == (125, "0.90", "NL", "answered")
    counter.base.run(10)
    again = counter.nouns.meters.rows()[counter.one]
    assert again.key == row.key and again.view.call.seconds == 135  # nothing new but what a screen counts itself
    assert card.session is not None
    counter.base.run(100)
    assert counter.nouns.meters.rows() == {}


def test_sixty_booths_cost_little(counter: Counter) -> None:
    for at in range(58):
        booth = counter.base.endpoint(counter.shop, f"10001{at:02d}", registered=True)
        counter.sit(booth)
        counter.base.answer(counter.base.begin(booth, LONDON))
    counter.base.run(30)
    assert len(counter.nouns.meters.rows()) == 58
    assert len(counter.nouns.booths.list(counter.clerk, BoothList(counter.shop)).booths) == 60
    began = process_time()
    for _ in range(5):
        counter.nouns.meters.rows()
    assert (process_time() - began) / 5 < 0.05  # 5 % of a core, once a second

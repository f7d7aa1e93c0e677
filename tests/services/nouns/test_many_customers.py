"""Many customers changed at once: counted first, each whole, refusals told, stopped in the middle, and set back where nobody touched them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from appliance.errors import Conflict, Forbidden, NotFound, UserError
from appliance.services.ground.access import Actor, Grant
from appliance.services.ground.stepwise import finish
from appliance.services.people import many
from appliance.wire.customers import CustomerUpdate
from appliance.wire.many import ManyBack, ManyChange, ManyPreview, ManyView
from tests.services.nouns.described import Described

COUNT = 230
SHOP: dict[str, Any] = {
    "tollhouse": 1,
    "resellers": [{"name": "root", "currency": "EUR", "number_range": "1000000-1999999"}],
    "tariffs": [{"name": "plain"}, {"name": "business"}],
    "customers": [
        {
            "name": f"{'Harbour' if number % 2 else 'Hill'} {number}", "tariff": "plain", "language": "en",
            "credit_account": {"name": f"a{number}", "currency": "EUR", "credit_limit": "10"},
            "endpoints": [{"number": f"10{number:05d}", "password": None}],
        }
        for number in range(COUNT)
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Described]:
    """One shop for all: each test sets back what it changed."""
    one = Described(tmp_path_factory.mktemp("many") / "data")
    one.apply(SHOP)
    yield one
    one.store.close()


def counts(view: ManyView) -> tuple[int, int, int, int]:
    return view.customers, view.customers_changed, view.endpoints, view.endpoints_changed


def test_all_that_a_search_finds_are_counted_changed_and_set_back(whole: Described) -> None:
    nouns, owner = whole.nouns.many_customers, whole.owner
    wanted: dict[str, Any] = {"search": "harbour", "tariff": "business", "credit_limit": "25", "endpoint_max_calls": 2}
    first = next(row for row in whole.store.customers.list() if row.name == "Harbour 1")
    whole.nouns.customers.update(owner, CustomerUpdate(id=first.id, tariff="business"))
    before = whole.export()
    seen = finish(nouns.preview(owner, ManyPreview(**wanted)))
    half = COUNT // 2
    assert counts(seen) == (half, half, half, half)
    assert seen.fields == {"tariff": half - 1, "credit_limit": half, "endpoint_max_calls": half}
    assert [(each.currency, each.before, each.after) for each in seen.limits] == [("EUR", f"{half * 10}.00", f"{half * 25}.00")]
    assert (seen.lines[0].customer, seen.lines[0].field, seen.lines[0].before, seen.lines[0].after) == ("Harbour 1", "credit_limit", "10.00", "25.00")
    assert len(seen.lines) == many.MOST_LINES and whole.export() == before
    with pytest.raises(Conflict, match=r"many\.other_count"):
        finish(nouns.change(owner, ManyChange(**wanted, expected=half - 1)))
    done = finish(nouns.change(owner, ManyChange(**wanted, expected=half)))
    assert (counts(done), done.fields, done.limits, done.refused) == (counts(seen), seen.fields, seen.limits, [])
    again = finish(nouns.preview(owner, ManyPreview(**wanted)))
    assert (again.customers_changed, again.endpoints_changed, again.fields) == (0, 0, {})
    back = finish(nouns.back(owner, ManyBack(done.edit)))
    assert (back.back, back.left) == (half - 1 + half + half, 0) and whole.export() == before
    with pytest.raises(NotFound, match=r"many\.gone"):
        finish(nouns.back(owner, ManyBack(done.edit)))
    whole.nouns.customers.update(owner, CustomerUpdate(id=first.id, tariff="plain"))


def test_what_somebody_changed_meanwhile_is_not_set_back(whole: Described) -> None:
    nouns, owner = whole.nouns.many_customers, whole.owner
    ids = [row.id for row in list(whole.store.customers.list())[:3]]
    done = finish(nouns.change(owner, ManyChange(customers=ids, language="nl", endpoint_disabled=True)))
    assert counts(done) == (3, 3, 3, 3)
    whole.nouns.customers.update(owner, CustomerUpdate(id=ids[0], language="fr"))
    back = finish(nouns.back(owner, ManyBack()))  # the last of one's own
    assert (back.back, back.left) == (5, 1)
    assert [whole.store.customers.get(each).language for each in ids] == ["fr", "en", "en"]  # type: ignore[union-attr]
    whole.nouns.customers.update(owner, CustomerUpdate(id=ids[0], language="en"))


def test_refusals_are_told_and_keep_nothing_else(whole: Described) -> None:
    nouns, owner = whole.nouns.many_customers, whole.owner
    first, second = (row.id for row in list(whole.store.customers.list())[:2])
    wanted: dict[str, Any] = {"customers": [first, 99_999, second], "payment_terms_days": 30}
    seen, done = finish(nouns.preview(owner, ManyPreview(**wanted))), finish(nouns.change(owner, ManyChange(**wanted)))
    for view in (seen, done):
        assert [each.code for each in view.refused] == ["customer.unknown"] and view.refused_count == 1 and view.customers_changed == 2
    for wrong, field in (({"payment_terms_days": -4}, "payment_terms_days"), ({"endpoint_media": "sideways"}, "endpoint_media")):
        with pytest.raises(UserError) as caught:  # once, and not for each of them
            finish(nouns.preview(owner, ManyPreview(customers=[first], **wrong)))
        assert caught.value.field == field
    unknown = finish(nouns.preview(owner, ManyPreview(customers=[first], tariff="none")))
    assert [(each.customer, each.code) for each in unknown.refused] == [("Hill 0", "tariff.unknown")]
    assert (finish(nouns.back(owner, ManyBack(done.edit))).back) == 2


def test_stopped_in_the_middle_what_was_done_can_be_set_back(whole: Described) -> None:
    nouns, owner = whole.nouns.many_customers, whole.owner
    steps = nouns.change(owner, ManyChange(search="", disabled=True))
    while sum(bool(row.disabled) for row in whole.store.customers.list()) < 5:
        next(steps)
    steps.close()
    some = sum(bool(row.disabled) for row in whole.store.customers.list())
    assert 5 <= some < COUNT
    assert finish(nouns.back(owner, ManyBack())).back == some
    assert not any(row.disabled for row in whole.store.customers.list())


def test_who_may_and_for_how_long(whole: Described) -> None:
    nouns, owner = whole.nouns.many_customers, whole.owner
    with pytest.raises(UserError, match=r"many\.nothing"):
        finish(nouns.preview(owner, ManyPreview(search="h")))
    clerk = Actor("tom", 2, (Grant("clerk", reseller_id=1),))
    with pytest.raises(Forbidden):
        finish(nouns.preview(clerk, ManyPreview(language="nl")))
    mira = Actor("mira", 1, (Grant("owner", reseller_id=1),))
    one = next(iter(whole.store.customers.list())).id
    done = finish(nouns.change(mira, ManyChange(customers=[one], language="de")))
    with pytest.raises(NotFound, match=r"many\.gone"):
        finish(nouns.back(owner, ManyBack(done.edit)))  # somebody else's
    whole.clock.advance(many.KEPT_MS / 1000 + 1)
    with pytest.raises(NotFound, match=r"many\.gone"):
        finish(nouns.back(mira, ManyBack(done.edit)))
    for _each in range(many.MOST_KEPT + 1):
        last = finish(nouns.change(mira, ManyChange(customers=[one], language="nl" if _each % 2 else "fr")))
    assert len(nouns._kept) == many.MOST_KEPT and finish(nouns.back(mira, ManyBack(last.edit))).back == 1

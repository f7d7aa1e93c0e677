"""PINs: one's own by password or by a code on paper, a colleague's made void by a supervisor, wrong ones shut for a while."""

from __future__ import annotations

import pytest

from appliance.errors import Forbidden, NotFound, UserError
from appliance.services.ground.access import Actor
from appliance.services.ground.passwords import Hashes, hasher
from appliance.wire.bills import Approval, BillDiscount
from appliance.wire.shops import PinCode, PinSet
from tests.services.call_shop.counter import LEIDEN, PIN, Counter

PASSWORD = "correct horse battery"


def with_password(counter: Counter, actor: Actor) -> Actor:
    with counter.base.services.changes.unit():
        counter.base.store.operators.update(actor.operator_id, {"password_hash": hasher().hash(PASSWORD)})
    return actor


def set_pin(counter: Counter, actor: Actor, request: PinSet) -> None:
    counter.nouns.approvals.set(actor, request, counter.nouns.approvals.ahead_of_set(request))


def discount(counter: Counter, bill: int, pin: str) -> None:
    request = BillDiscount(bill, "regular", amount="0.10", approval=Approval("boss", pin))
    counter.nouns.bills.discount(counter.clerk, request, counter.nouns.approvals.ahead(request.approval))


def test_everybody_sets_and_changes_the_own_pin(counter: Counter) -> None:
    for actor in (with_password(counter, counter.clerk), with_password(counter, counter.boss)):
        for pin in ("2468", "13579"):
            set_pin(counter, actor, PinSet(pin, actor.name, PASSWORD))
            kept = counter.base.store.till_documents.pin(actor.operator_id)
            assert kept is not None and Hashes().same(kept.pin_hash, pin)
        with pytest.raises(Forbidden, match=r"sign_in\.wrong"):
            set_pin(counter, actor, PinSet("1111", actor.name, "wrong"))
    for pin in ("123", "1" * 13, "12a4", "١٢٣٤"):
        with pytest.raises(UserError, match=r"pin\.invalid"):
            set_pin(counter, counter.clerk, PinSet(pin, "clerk", PASSWORD))


def test_a_supervisor_voids_a_pin_and_gives_a_code_that_is_good_once_and_for_one(counter: Counter) -> None:
    other = counter.person("sam", "supervisor", PIN)
    made = counter.nouns.approvals.code(counter.boss, PinCode(counter.shop, "sam"))
    assert counter.base.store.till_documents.pin(other.operator_id) is None
    with pytest.raises(UserError, match=r"operator\.code_wrong"):  # another's paper
        set_pin(counter, counter.clerk, PinSet("2468", "clerk", code=made.code))
    set_pin(counter, other, PinSet("2468", "sam", code=made.code))
    with pytest.raises(UserError, match=r"operator\.code_wrong"):
        set_pin(counter, other, PinSet("1357", "sam", code=made.code))
    kept = counter.base.store.till_documents.pin(other.operator_id)
    assert kept is not None and Hashes().same(kept.pin_hash, "2468")


def test_a_code_is_for_a_supervisor_to_give_and_for_the_own_people(counter: Counter) -> None:
    with pytest.raises((Forbidden, NotFound)):
        counter.nouns.approvals.code(counter.clerk, PinCode(counter.shop, "boss"))
    other = counter.base.customer(counter.simple.root, "Other", counter.simple.retail, counter.account, call_shop=1)
    counter.person("stranger", "clerk", shop=other)
    for login in ("stranger", "nobody"):
        with pytest.raises(NotFound, match=r"operator\.unknown"):
            counter.nouns.approvals.code(counter.boss, PinCode(counter.shop, login))


def test_wrong_pins_shut_for_longer_and_longer(counter: Counter) -> None:
    counter.begin_shift()
    card = counter.sit(counter.one)
    counter.talk(counter.one, LEIDEN, 10)
    bill = counter.bill_of(card)
    for seconds in (60, 120):
        for _ in range(5):
            with pytest.raises(Forbidden, match=r"approval\.wrong"):
                discount(counter, bill, "0000")
        with pytest.raises(Forbidden) as shut:
            discount(counter, bill, PIN)  # the right one is no better for now
        assert (shut.value.code, shut.value.parameters["seconds"]) == ("approval.shut", seconds)
        counter.base.clock.advance(seconds + 1)
    discount(counter, bill, PIN)
    assert counter.bill(bill).discounts == "-0.10"

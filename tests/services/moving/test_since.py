"""A second move: what was changed here meanwhile stays, unless the person who moves takes the old system's word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from appliance.services.ground.passwords import Hashes
from appliance.services.ground.stepwise import finish
from appliance.wire.credit_accounts import CreditAccountUpdate
from appliance.wire.customers import CustomerUpdate, WebLoginSet
from appliance.wire.decks import DeckApply
from appliance.wire.description import TrunkNumberEntry
from appliance.wire.endpoints import EndpointUpdate
from appliance.wire.moving import MoveView
from appliance.wire.rates import PriceRequest, PriceView, RateFields, RatesSet
from tests.services.moving.conftest import MovingShop
from tests.services.moving.dumps import written

FILES = {
    "people.csv": "customer,name,balance,credit_limit,tariff,email,phone\n17,Harbour,5.00,0,Basic,old@example.test,31201\n18,Hill,-1.50,20,Basic,,\n",
    "phones.csv": "customer,user,password,display_name\n17,6000001,old-plain,Quay\n17,6000002,second,\n",
    "logins.csv": "customer,login,password\n17,harbour,a good one\n",
    "prices.csv": "tariff,prefix,price\nBasic,44,0.60\nBasic,49,0.10\nBasic,33,0.20\n",
    "numbers.csv": "number,endpoint\n4930111222,6000001\n",
}


def files(folder: Path, **other: str) -> list[str]:
    return [written(folder, name, other.get(name.partition(".")[0], text)) for name, text in FILES.items()]


def later(folder: Path) -> list[str]:
    """The old system a week on: another phone number, name on the phone, password, price, and a better limit."""
    return files(
        folder,
        people=FILES["people.csv"].replace("31201", "31999").replace("Basic,,", "Basic,hill@example.test,").replace("-1.50,20", "-1.50,25"),
        phones=FILES["phones.csv"].replace("Quay", "Dock").replace("second", "third"),
        logins=FILES["logins.csv"].replace("a good one", "a newer one"),
        prices=FILES["prices.csv"].replace("0.60", "0.70").replace("0.10", "0.11"),
    )


def told(view: MoveView) -> list[tuple[str, str, str, str, str]]:
    return [(each.kind, each.name, each.field, each.here, each.there) for each in view.changed]


@pytest.fixture
def changed(shop: MovingShop, tmp_path: Path) -> MovingShop:
    """Moved once, then worked with: each thing that a move writes was changed here in one field."""
    assert shop.move(files(tmp_path), "csv").agree
    nouns, owner = shop.nouns, shop.owner
    first, second = shop.store.customers.list()
    nouns.customers.update(owner, CustomerUpdate(id=first.id, email="new@example.test", disabled=True))
    nouns.credit_accounts.update(owner, CreditAccountUpdate(id=second.credit_account_id, credit_limit="99"))
    quay, other = shop.store.endpoints.list()
    nouns.endpoints.update(owner, EndpointUpdate(id=quay.id, password="typed here", max_calls=3))
    nouns.web_logins.set(owner, WebLoginSet(customer=first.id, login="harbour", password="chosen by himself"))
    nouns.rates.set(owner, RatesSet(tariff="Basic", rates=[RateFields(prefix="44", price_per_minute="0.05")]))
    trunk = shop.store.trunks.find("carrier")
    assert trunk is not None
    with shop.services.changes.unit():
        nouns.trunks.put_number(owner, trunk, TrunkNumberEntry(did="4930111222", endpoint=other.number))
    return shop


EXPECTED = [
    ("tariff", "Basic", "prices", "1", ""),
    ("customer", "Harbour", "email", "new@example.test", "old@example.test"),
    ("customer", "Harbour", "disabled", "1", "0"),
    ("endpoint", "6000001", "max_calls", "3", ""),
    ("endpoint", "6000001", "password", "", ""),
    ("web_login", "harbour", "password", "", ""),
    ("customer", "Hill", "credit_limit", "99.00", "25.00"),
    ("number", "4930111222", "endpoint", "6000002", "6000001"),
]


def test_what_was_changed_here_is_told_and_stays(changed: MovingShop, tmp_path: Path) -> None:
    seen = changed.preview(later(tmp_path), "csv")
    assert told(seen) == EXPECTED and seen.changed_count == len(EXPECTED) and not any(each.taken for each in seen.changed)
    done = changed.move(later(tmp_path), "csv")
    assert done.agree and told(done) == EXPECTED
    first, second = changed.store.customers.list()
    person, account = changed.store.people.get(first.person_id), changed.store.accounts.get(second.credit_account_id)
    assert person is not None and account is not None
    # what nobody touched here follows the old system, in the same customer
    assert (person.email, person.phone, first.disabled) == ("new@example.test", "31999", 1)
    assert account.credit_limit_micros == 99_000_000
    quay, other = changed.store.endpoints.list()
    assert (quay.display_name, quay.max_calls, changed.nouns.secrets.reveal(quay)) == ("Dock", 3, "typed here")
    assert changed.nouns.secrets.reveal(other) == "third"
    login, did = changed.store.web_logins.find(1, "harbour"), changed.store.trunks.find_did("4930111222")
    assert login is not None and did is not None
    assert Hashes().same(login.password_hash, "chosen by himself") and did.endpoint_id == other.id
    assert [price(changed, number) for number in ("441", "491", "331")] == ["0.05", "0.11", "0.20"]
    assert told(changed.preview(later(tmp_path), "csv")) == EXPECTED  # it is still so, however often one moves
    assert changed.verified()


def test_the_old_systems_word_is_taken_where_somebody_says_so(changed: MovingShop, tmp_path: Path) -> None:
    seen = changed.preview(later(tmp_path), "csv")
    chosen = [each.id for each in seen.changed if each.field in ("email", "prices")]
    again = changed.preview(later(tmp_path), "csv", take=chosen)
    assert [each.id for each in again.changed if each.taken] == chosen
    changed.move(later(tmp_path), "csv", take=chosen)
    first, _ = changed.store.customers.list()
    person = changed.store.people.get(first.person_id)
    assert person is not None and (person.email, first.disabled) == ("old@example.test", 1)
    assert price(changed, "441") == "0.70"
    left = [each for each in EXPECTED if each[2] not in ("email", "prices")]
    assert told(changed.preview(later(tmp_path), "csv")) == left
    changed.move(later(tmp_path), "csv", take=["*"])
    assert told(changed.preview(later(tmp_path), "csv")) == []
    quay, _ = changed.store.endpoints.list()
    assert (quay.max_calls, changed.nouns.secrets.reveal(quay)) == (None, "old-plain")


def test_nothing_is_told_where_nothing_was_touched(shop: MovingShop, tmp_path: Path) -> None:
    shop.move(files(tmp_path), "csv")
    assert told(shop.move(later(tmp_path), "csv")) == []
    assert price(shop, "441") == "0.70"


def test_a_whole_deck_imported_here_and_prices_taken_away_stay(shop: MovingShop, tmp_path: Path) -> None:
    shop.move(files(tmp_path), "csv")
    deck = DeckApply(tariff="Basic", content=b"prefix;price\n44;0.01\n49;0.10\n", file="carrier.csv")
    finish(shop.nouns.decks.apply(shop.owner, deck))
    seen = shop.preview(later(tmp_path), "csv")
    assert told(seen) == [("tariff", "Basic", "prices", "2", "")]  # 44 is another, 33 is gone; 49 is as it came
    shop.move(later(tmp_path), "csv")
    assert price(shop, "441") == "0.01" and price(shop, "491") == "0.11"
    with pytest.raises(AssertionError):
        price(shop, "331")


def test_a_person_who_is_forgotten_is_not_in_what_was_written(changed: MovingShop) -> None:
    first, _ = changed.store.customers.list()
    moving = changed.store.moving
    assert moving.written("csv", "customer", "17") and moving.written("csv", "endpoint", "6000001") and moving.written("csv", "web_login", "harbour")
    with changed.services.changes.unit():
        changed.store.people.erase(first.id, 1)
    gone: list[Any] = [moving.written("csv", kind, key) for kind, key in (("customer", "17"), ("endpoint", "6000001"), ("web_login", "harbour"))]
    assert gone == [None] * 3 and moving.written("csv", "customer", "18")


def price(shop: MovingShop, number: str) -> str:
    view = shop.nouns.prices.price(shop.owner, PriceRequest(number=number, seconds=60, tariff="Basic"))
    assert isinstance(view, PriceView)
    return view.amount

"""What was put out of use comes back whole: what it let go is given back, but for what somebody else has by then."""

from __future__ import annotations

import pytest

from appliance.errors import Conflict, NotFound
from appliance.services.ground.access import Actor, Grant
from appliance.services.ground.put_away import SECRETS_MS
from appliance.services.keeping.retention import Retention
from appliance.store.verify import verify
from appliance.wire.allowances import BundleCreate, BundleGive, BundleTake
from appliance.wire.customers import CustomerCreate, CustomerUpdate, NewEndpoint, NewWebLogin
from appliance.wire.endpoints import EndpointCreate
from appliance.wire.fees import FeeSet
from appliance.wire.numbers import NumberSell
from appliance.wire.operators import GrantFields, OperatorCreate
from appliance.wire.privacy import PersonErase
from appliance.wire.resellers import ResellerCreate
from appliance.wire.routes import RouteSet
from appliance.wire.shapes import ById
from appliance.wire.tariffs import TariffCreate
from appliance.wire.taxes import TaxCreate
from appliance.wire.trunks import TrunkCreate, TrunkNumber, TrunkUpdate
from tests.services.nouns.described import Described

DAY = 86_400
DID = "31201234567"
MICROS = 1_000_000


def alice(shop: Described) -> int:
    row = shop.store.customers.find(1, "Alice Shop")
    assert row is not None
    return row.id


def rings(shop: Described) -> str | None:
    did = shop.store.trunks.find_did(DID)
    row = None if did is None or did.endpoint_id is None else shop.store.endpoints.get(did.endpoint_id)
    return None if row is None else row.number


def empty_purse(shop: Described) -> None:
    """What an archived customer must have: nothing."""
    row = shop.store.customers.get(alice(shop))
    assert row is not None
    with shop.services.changes.unit():
        balance = shop.store.accounts.balance(row.credit_account_id)
        opening = shop.services.ledger.account(1, "opening", "EUR")
        shop.services.ledger.post(shop.clock.utcnow(), "adjustment", [(row.credit_account_id, -balance), (opening, balance)])


def test_a_phone_comes_back_with_its_password_and_its_incoming_numbers(described: Described) -> None:
    nouns, owner = described.nouns, described.owner
    phone = described.store.endpoints.find("1000001")
    assert phone is not None
    secrets = list(described.store.endpoints.secrets(phone.id))
    nouns.endpoints.archive(owner, ById(phone.id))
    assert rings(described) is None and not list(described.store.endpoints.secrets(phone.id))
    gone = described.store.endpoints.get(phone.id)
    assert gone is not None and gone.password_sealed is None and phone.id not in described.services.room.hot.endpoints, "it cannot register"
    with pytest.raises(Conflict) as stale:
        nouns.endpoints.restore(owner, ById(phone.id, gone.version - 1))
    assert stale.value.code == "store.changed_meanwhile"
    assert nouns.endpoints.restore(owner, ById(phone.id, gone.version)).left == []
    assert (rings(described), nouns.endpoints.reveal(owner, ById(phone.id)).password) == ("1000001", "secret-1")
    assert list(described.store.endpoints.secrets(phone.id)) == secrets and phone.id in described.services.room.hot.endpoints
    assert nouns.endpoints.restore(owner, ById(phone.id)).left == [], "twice is harmless"
    with pytest.raises(Conflict):
        nouns.endpoints.create(owner, EndpointCreate("Alice Shop", number="1000001"))
    assert described.verified()


def test_a_password_is_kept_for_thirty_days_and_a_number_for_whoever_has_it(described: Described) -> None:
    nouns, owner = described.nouns, described.owner
    phone = described.store.endpoints.find("1000001")
    assert phone is not None
    nouns.endpoints.archive(owner, ById(phone.id))
    described.clock.advance(SECRETS_MS / 1000 + DAY)
    assert Retention(described.services.room).run()["passwords"] == 1
    nouns.endpoints.restore(owner, ById(phone.id))
    assert nouns.endpoints.reveal(owner, ById(phone.id)).password is None and rings(described) == "1000001"
    other = nouns.endpoints.create(owner, EndpointCreate("Alice Shop")).endpoint
    nouns.endpoints.archive(owner, ById(phone.id))
    trunk = described.store.trunks.find("carrier")
    assert trunk is not None
    nouns.trunks.update(owner, TrunkUpdate(trunk.id, numbers=[TrunkNumber(DID, other.number)]))
    assert nouns.endpoints.restore(owner, ById(phone.id)).left == [DID] and rings(described) == other.number
    nouns.endpoints.archive(owner, ById(phone.id))
    described.clock.advance(400 * DAY)
    nouns.endpoints.create(owner, EndpointCreate("Alice Shop", number="1000001"))
    with pytest.raises(Conflict) as refused:
        nouns.endpoints.restore(owner, ById(phone.id))
    assert refused.value.code == "number.taken"


def test_a_customer_comes_back_with_phones_and_pages_and_pays_for_no_day_between(described: Described) -> None:
    nouns, owner, who = described.nouns, described.owner, alice(described)
    nouns.endpoints.create(owner, EndpointCreate("Alice Shop"))
    fee = nouns.fees.set(owner, FeeSet("Alice Shop", "line", "31.00", starts_on="2026-01-01"))
    empty_purse(described)
    account = nouns.customers.get(owner, ById(who)).credit_account_id
    nouns.customers.archive(owner, ById(who))
    nouns.fees.taking.run()
    given_back = described.store.accounts.balance(account)
    assert given_back > 0, "days of this month"
    assert nouns.customers.restore(owner, ById(who)).left == []
    assert described.store.accounts.balance(account) == 0, "the same days are paid again"
    view = nouns.customers.get(owner, ById(who))
    assert [each.number for each in view.endpoints] == ["1000001", "1000000"] and not view.web_logins[0].disabled
    assert rings(described) == "1000001" and view.archived_at is None
    nouns.fees.taking.run()
    assert described.store.accounts.balance(account) == 0, "once"
    nouns.customers.archive(owner, ById(who))
    nouns.fees.taking.run()
    assert described.store.accounts.balance(account) == given_back
    described.clock.advance(100 * DAY)
    nouns.customers.restore(owner, ById(who))
    taken = {each.month for each in described.store.fees.months(fee.id)}
    assert not {"2026-02", "2026-03"} & taken and "2026-04" in taken, "three months between cost nothing"
    assert described.verified() and verify(described.store.database).ok


def test_a_customer_whose_name_number_or_tariff_is_gone(described: Described) -> None:
    nouns, owner, who = described.nouns, described.owner, alice(described)
    empty_purse(described)
    nouns.customers.archive(owner, ById(who))
    made = nouns.customers.create(owner, CustomerCreate("Alice Shop", endpoint=NewEndpoint(), web_login=NewWebLogin("al")))
    with pytest.raises(Conflict) as taken:
        nouns.customers.restore(owner, ById(who))
    assert taken.value.code == "customer.name_taken"
    nouns.customers.update(owner, CustomerUpdate(made.id, name="Another Alice", tariff="carrier-cost"))
    described.clock.advance(400 * DAY)
    nouns.endpoints.create(owner, EndpointCreate("Another Alice", number="1000001"))
    tariff = described.store.tariffs.find(1, "retail")
    assert tariff is not None
    nouns.tariffs.archive(owner, ById(tariff.id))
    with pytest.raises(Conflict) as needed:
        nouns.customers.restore(owner, ById(who))
    assert (needed.value.code, needed.value.parameters["name"]) == ("restore.needs_first", "retail")
    nouns.tariffs.restore(owner, ById(tariff.id))
    assert nouns.customers.restore(owner, ById(who)).left == ["1000001"], "somebody else has that number"
    nouns.customers.archive(owner, ById(who))
    nouns.privacy.erase(owner, PersonErase(who, "Alice Shop", "asked"))
    with pytest.raises(NotFound):
        nouns.customers.restore(owner, ById(who))
    assert described.store.database.value("SELECT count(*) FROM put_away WHERE kind <> 'trunk'", ()) == 0


def test_a_trunk_comes_back_with_its_numbers_and_those_they_were_sold_to(described: Described) -> None:
    nouns, owner = described.nouns, described.owner
    sub = described.store.resellers.find("Sub One")
    assert sub is not None and sub.credit_account_id is not None
    made = nouns.trunks.create(owner, TrunkCreate("second", "192.0.2.9", numbers=[TrunkNumber("311"), TrunkNumber("312", "1000001")]))
    nouns.trunks.sales.sell(owner, NumberSell("311", "Sub One", setup_fee="5", monthly_fee="3.10"))
    before = described.store.accounts.balance(sub.credit_account_id)
    nouns.trunks.archive(owner, ById(made.id))
    returned = described.store.accounts.balance(sub.credit_account_id)
    assert returned > before and described.store.trunks.find_did("311") is None
    assert nouns.trunks.get(owner, ById(made.id)).archived_at is not None
    carrier = described.store.trunks.find("carrier")
    assert carrier is not None
    nouns.trunks.update(owner, TrunkUpdate(carrier.id, numbers=[TrunkNumber("312")]))
    assert nouns.trunks.restore(owner, ById(made.id)).left == ["312"]
    assert described.store.accounts.balance(sub.credit_account_id) == before, "the days that are left, and no set-up"
    assert [each.did for each in nouns.trunks.get(owner, ById(made.id)).numbers] == ["311"]
    assert list(described.store.number_sales.of("311")) == [sub.id]
    nouns.trunks.archive(owner, ById(made.id))
    nouns.trunks.create(owner, TrunkCreate("second", "192.0.2.10"))
    with pytest.raises(Conflict) as taken:
        nouns.trunks.restore(owner, ById(made.id))
    assert taken.value.code == "trunk.name_taken"
    assert described.verified()


def test_a_reseller_comes_back_with_tariffs_trunks_routes_and_operators(described: Described) -> None:
    nouns, owner = described.nouns, described.owner
    made = nouns.resellers.create(
        owner, ResellerCreate("far", parent="root", number_range="5000000-5999999", own_trunks_allowed=True, tariff="to-sub-one")
    )
    mine = nouns.tariffs.create(owner, TariffCreate("own", reseller="far", currency="EUR"))
    nouns.tariffs.create(owner, TariffCreate("below", reseller="far", base="own", markup_percent="10"))
    nouns.trunks.create(owner, TrunkCreate("far carrier", "192.0.2.9", reseller="far", cost_tariff="own", numbers=[TrunkNumber("319")]))
    nouns.routes.set(owner, RouteSet("49", reseller="far", trunks=["far carrier"]))
    nouns.operators.create(owner, OperatorCreate("far away", password="a good password", grants=[GrantFields("manager", reseller="far")]))
    before = {each.name for each in described.store.tariffs.list(made.id)}
    nouns.resellers.archive(owner, ById(made.id))
    assert not list(described.store.tariffs.list(made.id)) and described.store.trunks.find("far carrier") is None
    with pytest.raises(Conflict) as needed:
        nouns.tariffs.restore(owner, ById(mine.id))
    assert needed.value.code == "restore.needs_first"
    assert nouns.resellers.get(owner, ById(made.id)).archived_at is not None
    assert nouns.resellers.restore(owner, ById(made.id)).left == []
    assert {each.name for each in described.store.tariffs.list(made.id)} == before
    assert described.store.trunks.find("far carrier") is not None and described.store.trunks.find_did("319") is not None
    assert [(each.prefix, len(list(described.store.routes.trunks(each.id)))) for each in described.store.routes.list(made.id)] == [("49", 1)]
    assert [each.role for each in described.store.operators.grants() if each.reseller_id == made.id] == ["manager"]
    assert nouns.resellers.get(owner, ById(made.id)).balance == "0.00" and described.verified()
    with pytest.raises(NotFound):
        nouns.resellers.restore(Actor("stranger", 0, (Grant("manager", 2),)), ById(made.id))


def test_bundles_taxes_and_what_was_taken_from_a_customer(described: Described) -> None:
    nouns, owner = described.nouns, described.owner
    bundles, taxes = nouns.pricing.bundles, nouns.money.taxes
    home = bundles.create(owner, BundleCreate("home", ["31"], 100))
    held = bundles.give(owner, BundleGive(customer="Alice Shop", bundle="home")).bundles[0]
    assert bundles.take(owner, BundleTake(held.id)).bundles == []
    again = bundles.give_again(owner, BundleTake(held.id)).bundles
    assert [(each.id, each.until) for each in again] == [(held.id, None)]
    with pytest.raises(NotFound):
        bundles.give_again(owner, BundleTake(held.id))
    bundles.take(owner, BundleTake(held.id))
    bundles.archive(owner, ById(home.id))
    with pytest.raises(Conflict) as gone:
        bundles.give_again(owner, BundleTake(held.id))
    assert gone.value.code == "restore.needs_first"
    bundles.restore(owner, ById(home.id))
    assert bundles.give_again(owner, BundleTake(held.id)).bundles
    rate = taxes.create(owner, TaxCreate("VAT", "21", country="NL"))
    taxes.archive(owner, ById(rate.id))
    other = taxes.create(owner, TaxCreate("VAT 2", "20", country="NL"))
    with pytest.raises(Conflict) as taken:
        taxes.restore(owner, ById(rate.id))
    assert taken.value.code == "tax.country_taken"
    taxes.archive(owner, ById(other.id))
    assert taxes.restore(owner, ById(rate.id)).id == rate.id

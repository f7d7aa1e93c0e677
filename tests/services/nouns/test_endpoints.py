"""Endpoints, customers and their numbers, as a screen asks for them."""

from __future__ import annotations

import pytest

from appliance.errors import Conflict, NotFound, UserError
from appliance.services.ground.passwords import ha1
from appliance.store.bindings import Binding
from appliance.wire.customers import CustomerCreate, CustomerUpdate, NewCreditAccount, NewEndpoint, NewWebLogin, WebLoginSet
from appliance.wire.endpoints import EndpointCreate, EndpointUpdate
from appliance.wire.payments import PaymentList, PaymentRefund
from appliance.wire.resellers import ResellerUpdate
from appliance.wire.shapes import ById, Listing
from appliance.wire.trunks import TrunkNumber, TrunkUpdate
from tests.services.nouns.described import Described


def new_endpoint(shop: Described, **fields: object) -> str:
    return shop.nouns.endpoints.create(shop.owner, EndpointCreate("Alice Shop", **fields)).endpoint.number  # type: ignore[arg-type]


def test_a_customer_is_made_whole_in_one_form(described: Described) -> None:
    made = described.nouns.customers.create(
        described.owner,
        CustomerCreate(
            "Bob",
            first_name="Bob",
            tariff="retail",
            credit_account=NewCreditAccount(credit_limit="5"),
            endpoint=NewEndpoint(),
            web_login=NewWebLogin(),
        ),
    )
    number = made.endpoints[0].number
    assert number == "1000000"
    assert (made.credit_account, made.credit_limit, made.balance, made.web_logins[0].login) == ("Bob", "5.00", "0.00", number)
    assert set(made.passwords) == {number}
    secret = described.nouns.endpoints.reveal(described.owner, ById(made.endpoints[0].id))
    assert secret.password == made.passwords[number]
    login = described.nouns.customers.create(
        described.owner, CustomerCreate("Cas", endpoint=NewEndpoint(password="typed"), web_login=NewWebLogin("cas"))
    )
    assert (login.web_logins[0].login, login.passwords) == ("cas", {"cas": "typed"})
    assert described.verified()


def test_a_fault_in_the_form_makes_nothing(described: Described) -> None:
    with pytest.raises(Conflict):
        described.nouns.customers.create(described.owner, CustomerCreate("Bob", endpoint=NewEndpoint(number="1000001")))
    assert described.store.customers.find(1, "Bob") is None
    assert described.nouns.credit_accounts.find(1, "Bob") is None


def test_the_next_free_number_fills_gaps(described: Described) -> None:
    assert [new_endpoint(described) for _ in range(3)] == ["1000000", "1000002", "1000003"]


def test_a_full_range_says_so(described: Described) -> None:
    described.apply({"tollhouse": 1, "resellers": [{"name": "root", "number_range": "5550000-5550001"}]})
    assert [new_endpoint(described), new_endpoint(described)] == ["5550000", "5550001"]
    with pytest.raises(Conflict) as raised:
        new_endpoint(described)
    assert raised.value.code == "number.range_full"


def test_a_released_number_rests_for_a_year(described: Described) -> None:
    number = new_endpoint(described)
    row = described.store.endpoints.find(number)
    assert row is not None
    described.store.begin()
    described.store.bindings.save(Binding(row.id, "sip:x@192.0.2.1", "192.0.2.1:5060", "udp", "0", "c", 1, 1000, "[]", "", 0, "", 0, 0, 0, 2**45))
    described.store.commit()
    described.nouns.trunks.update(described.owner, TrunkUpdate(1, numbers=[TrunkNumber("31200000000", number)]))
    described.nouns.endpoints.archive(described.owner, ById(row.id))
    assert described.store.bindings.of(row.id, 0) == []
    assert described.nouns.trunks.get(described.owner, ById(1)).numbers[0].endpoint is None
    assert described.services.hot.login(number, "sip.example.test") is None
    assert new_endpoint(described) == "1000002"
    with pytest.raises(Conflict) as raised:
        new_endpoint(described, number=number)
    assert raised.value.code == "number.resting"
    described.clock.advance(366 * 86400)
    assert new_endpoint(described, number=number) == number
    assert described.nouns.endpoints.get(described.owner, ById(row.id)).archived_at is not None


def test_calls_hear_of_changes_at_once(described: Described) -> None:
    number = new_endpoint(described, password="first")
    row = described.store.endpoints.find(number)
    assert row is not None
    login = described.services.hot.login(number, "sip.example.test")
    assert login is not None and login.ha1_md5 == ha1(number, "sip.example.test", "first")[0]
    described.nouns.endpoints.update(described.owner, EndpointUpdate(row.id, password="second", max_calls=1, disabled=True))
    login, known = described.services.hot.login(number, "sip.example.test"), described.services.hot.by_number(number)
    assert login is not None and login.ha1_md5 == ha1(number, "sip.example.test", "second")[0]
    assert known is not None and (known.max_calls, known.disabled) == (1, True)


def test_a_lost_update_is_refused(described: Described) -> None:
    seen = described.nouns.endpoints.get(described.owner, ById(1))
    described.nouns.endpoints.update(described.owner, EndpointUpdate(1, seen.version, max_calls=3))
    with pytest.raises(Conflict):
        described.nouns.endpoints.update(described.owner, EndpointUpdate(1, seen.version, max_calls=4))
    customer = described.nouns.customers.get(described.owner, ById(1))
    described.nouns.customers.update(described.owner, CustomerUpdate(1, customer.version, phone="1"))
    with pytest.raises(Conflict):
        described.nouns.customers.update(described.owner, CustomerUpdate(1, customer.version, phone="2"))


def test_a_new_sip_domain_keeps_phones_registered_by_the_old(described: Described) -> None:
    seen = described.nouns.resellers.update(described.owner, ResellerUpdate(1, sip_domain="sip.new.test"))
    assert (seen.sip_domain, seen.old_sip_domains, len(seen.warnings)) == ("sip.new.test", ["sip.example.test"], 1)
    for realm in ("sip.example.test", "sip.new.test"):
        login = described.services.hot.login("1000001", realm)
        assert login is not None and login.ha1_md5 == ha1("1000001", realm, "secret-1")[0]
    with pytest.raises(Conflict):
        described.nouns.resellers.update(described.owner, ResellerUpdate(2, sip_domain="sip.example.test"))
    described.nouns.endpoints.update(described.owner, EndpointUpdate(1, password="another"))
    assert described.services.hot.login("1000001", "sip.example.test") is None
    assert described.apply(described.export()).changed == {}


def test_a_customer_leaves_when_its_money_is_settled(described: Described) -> None:
    with pytest.raises(Conflict) as raised:
        described.nouns.customers.archive(described.owner, ById(1))
    assert raised.value.code == "account.not_settled"
    described.apply(
        {"tollhouse": 1, "customers": [{"name": "Bob", "endpoints": [{"number": "1000009"}], "web_logins": [{"login": "bob", "password": None}]}]}
    )
    bob = described.store.customers.find(1, "Bob")
    assert bob is not None
    described.nouns.customers.archive(described.owner, ById(bob.id))
    assert described.store.endpoints.find("1000009") is None
    assert [customer.name for customer in described.nouns.customers.list(described.owner, Listing()).customers] == ["Alice Shop"]
    assert described.nouns.customers.get(described.owner, ById(bob.id)).archived_at is not None
    with pytest.raises(NotFound):
        described.nouns.customers.update(described.owner, CustomerUpdate(bob.id, disabled=True))
    described.apply({"tollhouse": 1, "customers": [{"name": "Bob", "credit_account": {"name": "bob anew"}}]})
    assert described.verified()


def test_search_finds_name_company_number_and_mail(described: Described) -> None:
    described.apply({"tollhouse": 1, "customers": [{"name": "Bob", "company": "Bakery", "email": "b@x.test", "endpoints": [{"number": "1000777"}]}]})
    for words, found in (("bak", ["Bob"]), ("777", ["Bob"]), ("B@X", ["Bob"]), ("alice", ["Alice Shop"]), ("zzz", []), ("o", ["Alice Shop", "Bob"])):
        assert [each.name for each in described.nouns.customers.list(described.owner, Listing(search=words)).customers] == found


def test_lists_go_on_page_by_page(described: Described) -> None:
    described.apply({"tollhouse": 1, "customers": [{"name": f"C{count}"} for count in range(7)]})
    after, seen = 0, []
    while True:
        page = described.nouns.customers.list(described.owner, Listing(after=after, limit=3))
        seen += [each.name for each in page.customers]
        after = page.next
        if not after:
            break
    assert seen == ["Alice Shop", *(f"C{count}" for count in range(7))]


def test_a_web_login_is_unique_in_the_reseller(described: Described) -> None:
    described.apply({"tollhouse": 1, "customers": [{"name": "Bob"}, {"name": "Sue", "reseller": "Sub One"}]})
    described.nouns.web_logins.set(described.owner, WebLoginSet("Sue", "alice", "Sub One", "a password"))
    with pytest.raises(Conflict):
        described.nouns.web_logins.set(described.owner, WebLoginSet("Bob", "alice", password="a password"))
    seen = described.nouns.web_logins.set(described.owner, WebLoginSet("Alice Shop", "alice", disabled=True))
    assert seen.disabled


def test_call_shops_only_where_the_reseller_may(described: Described) -> None:
    described.apply({"tollhouse": 1, "resellers": [{"name": "Sub One", "call_shop_allowed": False}]})
    with pytest.raises(UserError) as raised:
        described.nouns.customers.create(described.owner, CustomerCreate("Booths", reseller="Sub One", call_shop=True))
    assert raised.value.field == "call_shop"


def test_an_account_paid_out_lets_its_customer_go(described: Described) -> None:
    described.apply({"tollhouse": 1, "customers": [{"name": "Bob"}]})
    bob = described.store.customers.find(1, "Bob")
    assert bob is not None
    from appliance.wire.payments import PaymentRecord

    described.nouns.payments.record(described.owner, PaymentRecord("5", customer="Bob"))
    with pytest.raises(Conflict):
        described.nouns.customers.archive(described.owner, ById(bob.id))
    (payment,) = described.nouns.payments.list(described.owner, PaymentList(customer="Bob")).payments
    described.nouns.payments.refund(described.owner, PaymentRefund(payment.id))
    described.nouns.customers.archive(described.owner, ById(bob.id))
    assert len(described.nouns.payments.list(described.owner, PaymentList(customer=bob.id)).payments) == 2


def test_who_says_that_a_number_may_be_shown_is_kept(described: Described) -> None:
    nouns, owner = described.nouns, described.owner
    made = nouns.endpoints.create(owner, EndpointCreate("Alice Shop", caller_number="31101234567")).endpoint
    nouns.endpoints.update(owner, EndpointUpdate(made.id, display_name="Desk"))
    nouns.endpoints.update(owner, EndpointUpdate(made.id, caller_number="31107654321"))
    nouns.endpoints.update(owner, EndpointUpdate(made.id, caller_number=""))
    kept = [(each.number, each.verified_by, each.method) for each in described.store.numbers.verified("endpoint", made.id)]
    assert kept == [("31101234567", owner.name, "operator"), ("31107654321", owner.name, "operator")]

"""Forgetting a person: nothing of him is left in any table, and the books and call records stay whole."""

from __future__ import annotations

import pytest

from appliance.store.bindings import Binding, Past
from appliance.store.calls import CdrPerson
from appliance.store.endpoints import Secret
from appliance.store.store import Store
from appliance.store.verify import verify
from tests.store.shop import START, Shop, cdr_of, customer_in, record_call

TRACES = ("alice", "example", "31201112233", "1 street", "nl1", "regular", "192.0.2.1", "201234567", "phone/1.0", "out-1", "call-1@")


def live_everywhere(store: Store, shop: Shop) -> int:
    """Calls, phones, sign-ins, mails and audit of Alice; and a neighbour who called her. The neighbour's id."""
    with store.write():
        for number in range(1, 6):
            record_call(store, shop, number)
        end = shop.endpoint
        store.endpoints.update(
            end, {"forwarding": '{"always":"31201112233"}', "addresses": '["192.0.2.1"]', "emergency_address": "1 Street", "password_sealed": b"s"}
        )
        store.endpoints.put_secret(Secret(end, "root.test", "a" * 32, "b" * 64, None))
        store.bindings.save(
            Binding(end, "sip:1000001@192.0.2.1", "192.0.2.1:5060", "udp", "udp:0", "c@192.0.2.1", 1, 1000, "[]", "", 0, "phone/1.0", 0, 1, 1, 2)
        )
        store.bindings.remember(Past(end, "sip:1000001@192.0.2.1", "192.0.2.1:5060/udp", "phone/1.0", 1, 2))
        store.numbers.verify("customer", shop.customer, "31201112233", START, "alice", "call")
        store.numbers.verify("endpoint", end, "31201112233", START, "alice", "call")
        login = store.web_logins.insert(customer_id=shop.customer, reseller_id=shop.root, login="alice", created_at=START)
        store.sessions.insert(token_hash="h", kind="web_login", subject_id=login, created_at=1, seen_at=1, expires_at=9, source="192.0.2.1")
        store.outbox.put(START, "welcome", "alice@example.test", b"Dear Alice", customer_id=shop.customer)
        for kind, row_id in (("customer", shop.customer), ("endpoint", end), ("web_login", login)):
            store.audit.insert(
                at=1,
                operator_id=None,
                who="owner",
                operation="x",
                object_kind=kind,
                object_id=row_id,
                before='{"name":"Alice"}',
                after='{"phone":"31201112233"}',
            )
        bob_account = store.accounts.insert(kind="credit", reseller_id=shop.root, name="bob", currency="EUR", created_at=START)
        bob = customer_in(store, shop.root, "Bob", shop.tariff, bob_account)
        store.people.update(
            store.customers.get(bob).person_id,
            {  # type: ignore[union-attr]
                "first_name": "Bob",
                "last_name": "B",
                "email": "",
                "phone": "",
                "address": "",
                "vat_number": None,
                "description": "",
            },
        )
        cdr, _ = cdr_of(shop, 50)
        store.calls.insert_cdr(
            cdr._replace(
                customer_id=bob, endpoint_id=None, callee_endpoint_id=end, amount_micros=0, cost_micros=0, trunk_id=None, direction="on_net"
            ),
            CdrPerson(50, "bobs-call", "2000000", "1000001", "1000001", "out-1x", "198.51.100.7:5060/udp", "bobphone", "192.0.2.1:5060/udp"),
        )
    return bob


def everything(store: Store) -> str:
    """All text of all tables but the documents' own numbers, lower case."""
    tables = [name for _, name, kind, *_ in store.database.fetch("PRAGMA table_list") if kind == "table" and not name.startswith("sqlite_")]
    return "\n".join(repr(row) for table in tables for row in store.database.fetch(f"SELECT * FROM {table}") if table != "trunk").lower()


def test_nothing_of_him_is_left_and_the_books_are_whole(store: Store, shop: Shop) -> None:
    bob = live_everywhere(store, shop)
    before = everything(store)
    assert all(trace in before for trace in TRACES)
    facts = [store.database.fetch(f"SELECT * FROM {table}") for table in ("cdr", "charge", "entry", "posting", "payment")]
    with store.write():
        assert store.people.erase(shop.customer, START) == 6
    after = everything(store)
    assert [trace for trace in TRACES if trace in after] == []
    assert facts == [store.database.fetch(f"SELECT * FROM {table}") for table in ("cdr", "charge", "entry", "posting", "payment")]
    assert verify(store.database).ok
    line = store.cdrs.line(3)
    assert line is not None and (line.dialled, line.normalised, line.caller, line.customer) == (
        "31",
        "31",
        "",
        f"erased-{store.customers.get(shop.customer).person_id}",
    )  # type: ignore[union-attr]
    bobs = store.cdrs.line(50)
    assert bobs is not None and (bobs.caller, bobs.source, bobs.user_agent, bobs.call_id) == (
        "2000000",
        "198.51.100.7:5060/udp",
        "bobphone",
        "bobs-call",
    )
    assert store.customers.find(shop.root, "Bob").id == bob  # type: ignore[union-attr]


def test_twice_is_harmless_and_the_name_is_free(store: Store, shop: Shop) -> None:
    live_everywhere(store, shop)
    with store.write():
        store.people.erase(shop.customer, START)
        whole = everything(store)
        store.people.erase(shop.customer, START + 1)
        assert store.people.get(store.customers.get(shop.customer).person_id).erased_at == START  # type: ignore[union-attr]
        account = store.accounts.insert(kind="credit", reseller_id=shop.root, name="alice", currency="EUR", created_at=START)
        customer_in(store, shop.root, "Alice Shop", shop.tariff, account)
    assert "alice" not in whole


def test_an_account_shared_with_somebody_else_keeps_its_name(store: Store, shop: Shop) -> None:
    with store.write():
        customer_in(store, shop.root, "Partner", shop.tariff, shop.credit)
        store.people.erase(shop.customer, START)
    assert store.accounts.get(shop.credit).name == "alice"  # type: ignore[union-attr]


def test_it_goes_with_its_unit(store: Store, shop: Shop) -> None:
    live_everywhere(store, shop)
    before = everything(store)
    with pytest.raises(RuntimeError), store.write():
        store.people.erase(shop.customer, START)
        raise RuntimeError
    assert everything(store) == before


def test_retention_cuts_old_calls_in_portions(store: Store, shop: Shop) -> None:
    with store.write():
        for number in range(1, 26):
            record_call(store, shop, number)
    with store.write():
        assert [store.people.cut_calls(START + 21, 8) for _ in range(4)] == [8, 8, 4, 0]
    assert {line.caller for line in store.cdrs.lines() if line.started_at < START + 21} == {""}
    assert {line.caller for line in store.cdrs.lines() if line.started_at >= START + 21} == {"1000001"}
    assert verify(store.database).ok

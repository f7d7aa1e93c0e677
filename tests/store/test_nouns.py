"""Nouns: by natural key, in order, streamed; the ledger's refusals; bindings and their history."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.clock import SteppedClock
from appliance.errors import Conflict
from appliance.store.bindings import Binding
from appliance.store.cdrs import CdrFilter
from appliance.store.endpoints import Secret
from appliance.store.ledger import Unbalanced
from appliance.store.rates import NewRate
from appliance.store.requests import Seen
from appliance.store.store import Store
from appliance.store.verify import verify
from tests.store.shop import START, Shop, cdr_of, customer_in, live_of, record_call


def test_natural_keys(store: Store, shop: Shop) -> None:
    assert store.resellers.root().id == shop.root  # type: ignore[union-attr]
    assert store.resellers.find("sub").id == shop.sub  # type: ignore[union-attr]
    assert store.resellers.find_domain("sub.test").id == shop.sub  # type: ignore[union-attr]
    assert store.resellers.branch(shop.root) == (shop.root, shop.sub)
    assert [each.id for each in store.resellers.children(shop.root)] == [shop.sub]
    assert store.customers.find(shop.root, "Alice Shop").id == shop.customer  # type: ignore[union-attr]
    assert store.customers.find(shop.sub, "Alice Shop") is None
    assert store.endpoints.find("1000001").id == shop.endpoint  # type: ignore[union-attr]
    assert [each.id for each in store.endpoints.find_auth("1000001")] == [shop.endpoint]
    assert store.tariffs.find(shop.root, "retail").id == shop.tariff  # type: ignore[union-attr]
    assert store.trunks.find("carrier").id == shop.trunk  # type: ignore[union-attr]
    assert store.accounts.find(shop.root, "credit", "alice", "EUR").id == shop.credit  # type: ignore[union-attr]
    assert store.accounts.find(shop.root, "credit", "alice", "USD") is None


def test_numbers_rest(store: Store, shop: Shop) -> None:
    assert store.numbers.next_free(shop.root, "1000000", "1000002", START) == "1000000"
    with store.write():
        store.numbers.assign("1000000", shop.root, shop.endpoint, START)
        assert store.numbers.next_free(shop.root, "1000000", "1000002", START) == "1000002"
        store.numbers.assign("1000002", shop.root, shop.endpoint, START)
        assert store.numbers.next_free(shop.root, "1000000", "1000002", START) is None
        store.numbers.release("1000002", START, START + 100)
        assert store.numbers.next_free(shop.root, "1000000", "1000002", START + 99) is None
    assert store.numbers.next_free(shop.root, "1000000", "1000002", START + 100) == "1000002"
    assert store.numbers.next_free(shop.root, "0001", "0009", START) == "0001"


def test_rate_sets_count_when_active_and_can_be_undone(store: Store, shop: Shop) -> None:
    def prices() -> dict[str, int | None]:
        return {rate.prefix: rate.price_micros for rate in store.rates.active(shop.tariff)}

    with store.write():
        change = store.rates.open_set(shop.tariff, "import", START)
        store.rates.add(change, shop.tariff, [NewRate("31", "Netherlands", 20000), NewRate("32", "Belgium", 30000)])
        store.rates.withdraw(change, [shop.rate])
        assert prices() == {"31": 10000}
        store.rates.activate(change, START)
        assert prices() == {"31": 20000, "32": 30000}
        assert [rate.price_micros for rate in store.rates.at_prefix(shop.tariff, "31")] == [20000]
        store.rates.undo(change, START)
        assert prices() == {"31": 10000}
    assert [each.undone_at for each in store.rates.sets(shop.tariff)] == [START, None]


def test_a_session_a_code_and_a_request_are_used_once(store: Store) -> None:
    with store.write():
        store.sessions.insert(token_hash="t", kind="operator", subject_id=1, created_at=1, seen_at=1, expires_at=100)
        store.sessions.touch("t", 5, 200)
        assert store.sessions.find("t").expires_at == 200  # type: ignore[union-attr]
        store.sessions.insert_code("c", "setup", None, 1, 100)
        assert store.sessions.open_code("setup", 50) is not None and store.sessions.open_code("setup", 100) is None
        assert store.sessions.use_code("c", "reset", 50) is None
        assert store.sessions.use_code("c", "setup", 100) is None
        assert store.sessions.use_code("c", "setup", 50) is not None
        assert store.sessions.use_code("c", "setup", 51) is None
        store.requests.add(Seen("r", None, "payments.record", "h", "{}", 1))
        with pytest.raises(Conflict), store.savepoint():
            store.requests.add(Seen("r", None, "payments.record", "h", "{}", 1))
        assert store.sessions.forget_expired(300) == 2 and store.requests.forget(2) == 1


def test_document_numbers_have_no_gaps(store: Store, shop: Shop) -> None:
    with store.write():
        assert [store.documents.next_number(shop.root, "2026") for _ in range(3)] == [1, 2, 3]
    with pytest.raises(RuntimeError), store.write():
        assert store.documents.next_number(shop.root, "2026") == 4
        raise RuntimeError
    with store.write():
        assert store.documents.next_number(shop.root, "2026") == 4


def test_the_change_log_only_grows(store: Store) -> None:
    with store.write():
        assert [store.changes.add(1, "call", "[1]"), store.changes.add(2, "call", "[2]")] == [1, 2]
        assert store.changes.forget(100) == 2
        assert store.changes.add(3, "call", "[3]") == 3
    assert store.changes.last() == 3 and store.changes.first() == 3
    assert [each.ids for each in store.changes.after(0)] == ["[3]"]


def test_secrets_of_several_realms(store: Store, shop: Shop) -> None:
    with store.write():
        store.endpoints.put_secret(Secret(shop.endpoint, "old.test", "a", "b", None))
        store.endpoints.put_secret(Secret(shop.endpoint, "new.test", "c", "d", None))
        store.endpoints.end_secret(shop.endpoint, "old.test", 50)
        store.endpoints.put_secret(Secret(shop.endpoint, "new.test", "e", "f", None))
    assert {each.realm: (each.ha1_md5, each.ends_at) for each in store.endpoints.secrets()} == {"old.test": ("a", 50), "new.test": ("e", None)}
    with store.write():
        assert store.endpoints.forget_ended_secrets(51) == 1 and store.endpoints.remove_secrets(shop.endpoint) == 1


# bindings -------------------------------------------------------------------------------------------------------
def binding(shop: Shop, port: int, at: int, expires_at: int) -> Binding:
    return Binding(
        shop.endpoint,
        f"sip:1000001@192.0.2.1:{port}",
        f"192.0.2.1:{port}",
        "udp",
        "udp:0",
        "c",
        at,
        1000,
        "[]",
        "",
        0,
        "phone",
        0,
        at,
        at,
        expires_at,
    )


def test_a_refreshed_binding_keeps_since(store: Store, shop: Shop) -> None:
    with store.write():
        store.bindings.save(binding(shop, 5060, 10, 100))
        store.bindings.save(binding(shop, 5060, 50, 200))
    (row,) = store.bindings.of(shop.endpoint, 150)
    assert (row.since_at, row.refreshed_at, row.expires_at, row.cseq) == (10, 50, 200, 50)
    assert store.bindings.of(shop.endpoint, 200) == []
    (line,) = store.bindings.lines(150)
    assert (line.endpoint, line.customer, line.transport, line.expires_at) == ("1000001", "Alice Shop", "udp", 200)


def test_what_ends_becomes_history(store: Store, shop: Shop) -> None:
    with store.write():
        store.bindings.save(binding(shop, 5060, 10, 100))
        store.bindings.save(binding(shop, 5061, 20, 300))
        assert store.bindings.end_expired(100) == 1
        store.bindings.end(shop.endpoint, ("sip:1000001@192.0.2.1:5061", "", 0, ""), 150)
        store.bindings.end(shop.endpoint, ("sip:nobody", "", 0, ""), 150)
    assert list(store.bindings.all(0)) == []
    assert [(each.from_at, each.until_at) for each in store.bindings.history(shop.endpoint, 0, 1000)] == [(10, 100), (20, 150)]
    assert [(each.from_at, each.until_at) for each in store.bindings.history(shop.endpoint, 100, 140)] == [(20, 150)]
    with store.write():
        assert store.bindings.forget_history(101) == 1


# calls ----------------------------------------------------------------------------------------------------------
def test_records_by_filter_and_in_portions(store: Store, shop: Shop) -> None:
    with store.write():
        other = customer_in(store, shop.sub, "Bob", shop.tariff, shop.sub_credit)
        for number in range(1, 21):
            record_call(store, shop, number)
        for number in range(21, 26):
            cdr, person = cdr_of(shop, number, amount=0, cost=0, result=402)
            store.calls.insert_cdr(
                cdr._replace(
                    reseller_id=shop.sub, customer_id=other, endpoint_id=None, answered_at=None, duration_ms=0, billed_seconds=0, cause="no_funds"
                ),
                person,
            )

    def ids(which: CdrFilter, **how: object) -> list[int]:
        return [line.id for line in store.cdrs.lines(which, **how)]  # type: ignore[arg-type]

    assert ids(CdrFilter(customer_id=other)) == [21, 22, 23, 24, 25]
    assert ids(CdrFilter(endpoint_id=shop.endpoint), limit=2) == [1, 2]
    assert ids(CdrFilter(trunk_id=99)) == []
    assert ids(CdrFilter(resellers=(shop.sub,))) == [21, 22, 23, 24, 25] and ids(CdrFilter(resellers=())) == []
    assert ids(CdrFilter(from_at=START + 5, until_at=START + 8)) == [5, 6, 7]
    assert ids(CdrFilter(results=(402, 486))) == [21, 22, 23, 24, 25] == ids(CdrFilter(causes=("no_funds",))) == ids(CdrFilter(answered=False))
    assert ids(CdrFilter(answered=True, emergency=False), after_id=18) == [19, 20]
    assert ids(CdrFilter(), newest_first=True, after_id=3) == [2, 1]
    assert store.cdrs.count(CdrFilter(customer_id=shop.customer)) == (20, 20 * 15000)
    assert store.cdrs.newest_started() == START + 25
    (line,) = store.cdrs.by_call_id("call-7@192.0.2.1")
    assert line.id == 7 and line.charges[0].party == "Alice Shop" and line.charges[0].tariff == "retail" and line.trunk == "carrier"


def test_running_calls_of_a_dead_run_are_found(store: Store, shop: Shop) -> None:
    assert store.calls.next_id() == 1
    with store.write():
        store.calls.insert_live(live_of(shop, 5))
        store.calls.update_answered(5, shop.trunk, 7, 8, "{}", "{}")
        store.calls.update_record(5, '{"a":1}')
        store.calls.update_dialogs(5, '{"b":1}')
        run = store.runs.start(START, 0)
        store.calls.insert_live(live_of(shop, 6)._replace(run_id=run))
        store.runs.beat(run, START + 5, 5)
    assert store.calls.next_id() == 7
    (left,) = store.calls.live(not_run=run)
    assert (left.id, left.trunk_id, left.answered_mono_ms, left.record, left.dialogs) == (5, shop.trunk, 8, '{"a":1}', '{"b":1}')
    assert [each.id for each in store.calls.live(run)] == [6] and len(list(store.calls.live())) == 2
    assert [each.id for each in store.runs.unended()] == [shop.run, run]
    with store.write():
        store.runs.end(shop.run, START)
    assert [each.id for each in store.runs.unended()] == [run]


# the ledger -----------------------------------------------------------------------------------------------------
def test_an_entry_that_may_not_be_is_refused(store: Store, shop: Shop) -> None:
    dollars = None
    with store.write():
        dollars = store.accounts.ensure(shop.root, "cash", "", "USD", START).id
    bad = [
        ((shop.credit, 1),),
        ((shop.credit, 1), (shop.cash, -2)),
        ((shop.credit, 0), (shop.cash, 0)),
        ((shop.credit, 1), (999, -1)),
        ((shop.credit, 1), (dollars, -1)),
        ((shop.credit, 1 << 61), (shop.cash, -(1 << 61))),
    ]
    for postings in bad:
        with pytest.raises(Unbalanced), store.write():
            store.ledger.post(START, "adjustment", postings)
    assert verify(store.database).ok
    assert len(list(store.ledger.lines())) == 4


def test_an_entry_may_touch_an_account_twice(store: Store, shop: Shop) -> None:
    with store.write():
        entry, balances = store.ledger.post(START, "adjustment", ((shop.credit, 5), (shop.credit, -3), (shop.revenue, -2)))
    assert balances == [1_000_000_005, 1_000_000_002, -2]
    assert [each.balance_after_micros for each in store.ledger.postings(entry)] == balances
    assert verify(store.database).ok


def test_a_reversal_names_its_entry_once(store: Store, shop: Shop) -> None:
    with store.write():
        entry, _ = store.ledger.post(START, "adjustment", ((shop.credit, 5), (shop.revenue, -5)), reference="gift")
        back, _ = store.ledger.post(START, "reversal", ((shop.credit, -5), (shop.revenue, 5)), reverses=entry)
        with pytest.raises(Conflict), store.savepoint():
            store.ledger.post(START, "reversal", ((shop.credit, -5), (shop.revenue, 5)), reverses=entry)
    assert store.ledger.reversal_of(entry).id == back  # type: ignore[union-attr]
    assert store.ledger.with_reference("adjustment", "gift").id == entry  # type: ignore[union-attr]


def test_lines_name_accounts_for_people(store: Store, shop: Shop) -> None:
    with store.write():
        record_call(store, shop, 9)
    lines = list(store.ledger.lines(from_at=START + 1))
    assert [(line.account, line.kind, line.amount_micros) for line in lines] == [
        ("alice", "call", -2500),
        ("revenue", "call", 2500),
        ("carrier_cost", "cost", 1500),
        ("carrier", "cost", -1500),
    ]
    assert {(line.call, line.call_id) for line in lines} == {(9, "call-9@192.0.2.1")}
    assert [line.account for line in store.ledger.lines(account_id=shop.sub_credit)] == ["reseller:sub"]
    assert [line.posting for line in store.ledger.lines(after_posting=lines[0].posting, limit=2)] == [lines[1].posting, lines[2].posting]
    balances = {each.account: each for each in store.accounts.balances()}
    assert balances["alice"].balance_micros == 999_997_500 and balances["alice"].owner == "Alice Shop"
    assert balances["reseller:sub"].owner == "sub" and list(store.accounts.balances([shop.sub])) == []


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(-(10**12), 10**12).filter(bool), st.booleans(), st.booleans()), min_size=1, max_size=25))
def test_any_run_of_entries_proves_itself(tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[int, bool, bool]]) -> None:
    """Balances are sums of postings after any entries, some of them undone with their savepoint."""
    with Store(tmp_path_factory.mktemp("ledger") / "data", SteppedClock()) as store, store.write():
        from tests.store.shop import shop_in

        shop = shop_in(store)
        expected = 1_000_000_000
        for amount, undone, split in moves:
            half = amount // 2
            sides = ((shop.revenue, -half), (shop.cash, half - amount)) if split and half and half != amount else ((shop.cash, -amount),)
            try:
                with store.savepoint():
                    store.ledger.post(START, "adjustment", ((shop.credit, amount), *sides))
                    if undone:
                        raise InterruptedError
                    expected += amount
            except InterruptedError:
                pass
        assert store.accounts.balance(shop.credit) == expected
        faults = store.database.fetch(
            "SELECT count(*) FROM account a WHERE a.balance_micros <> (SELECT coalesce(sum(amount_micros), 0) FROM posting WHERE account_id = a.id)"
        )
        assert faults == [(0,)]

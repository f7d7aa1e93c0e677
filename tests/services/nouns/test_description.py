"""The description file: the contract's example, twice, and out again."""

from __future__ import annotations

from tests.services.nouns.described import Described, example


def test_the_contracts_example_is_created(empty: Described) -> None:
    done = empty.apply(example())
    assert done.created == {
        "credit_accounts": 1,
        "customers": 1,
        "endpoints": 1,
        "numbers": 1,
        "opening_balances": 2,
        "operators": 1,
        "rates": 2,
        "resellers": 2,
        "routes": 1,
        "tariffs": 4,
        "trunks": 1,
        "web_logins": 1,
    }
    assert (done.changed, done.passwords) == ({}, {})
    assert empty.balance("alice") == 10_000_000
    assert empty.balance("reseller:Sub One") == 100_000_000
    assert empty.verified()


def test_applied_twice_it_changes_nothing(described: Described) -> None:
    before = described.export()
    audits = len(list(described.store.audit.list(limit=10_000)))
    done = described.apply(example())
    assert (done.created, done.passwords) == ({}, {})
    assert done.changed == {}
    assert described.export() == before
    assert len(list(described.store.audit.list(limit=10_000))) == audits


def test_what_is_exported_applies_to_nothing_new(described: Described) -> None:
    exported = described.export()
    done = described.apply(exported)
    assert (done.created, done.changed) == ({}, {})
    assert "secret-1" not in str(exported)
    assert "walk on water" not in str(exported)

"""One person's export, his erasure, and what an authority is told."""

from __future__ import annotations

import json

import pytest

from appliance.errors import Conflict, Forbidden, NotFound, UserError
from appliance.services.ground.access import Actor, Grant, folder_owner
from appliance.services.ground.stepwise import finish
from appliance.store.bindings import Past
from appliance.store.verify import verify
from appliance.wire.audit import AuditList, AuditPage
from appliance.wire.privacy import DisclosureRequest, PersonErase
from appliance.wire.shapes import ById
from tests.services.shop import Shop, Simple

OWNER = folder_owner()
PERIOD = {"since": "2025-12-31", "until": "2026-02-01", "asker": "Police Utrecht 17/26", "reason": "order of the court"}


def lived(shop: Shop) -> Simple:
    """Alice made a call, and had a phone at an address."""
    simple = Simple(shop)
    call = shop.answer(shop.begin(simple.alice, "442079460001"), simple.trunk)
    shop.clock.advance(30)
    shop.end(call, trunk=simple.trunk)
    now = shop.clock.utcnow()
    with shop.services.changes.unit():
        shop.store.bindings.remember(Past(simple.alice, "sip:1000001@192.0.2.7", "192.0.2.7:5060/udp", "phone", now - 1000, now))
        shop.store.database.execute("UPDATE cdr_person SET source = '192.0.2.7:5060/udp', caller = '1000001'")
    return simple


def settle(shop: Shop, simple: Simple) -> None:
    """What Alice has left is taken out."""
    with shop.services.changes.unit():
        left = shop.store.accounts.balance(simple.account)
        shop.services.ledger.post(
            shop.clock.utcnow(), "adjustment", [(simple.account, -left), (shop.services.ledger.account(simple.root, "adjustment", "EUR"), left)]
        )


def test_a_person_is_given_everything_and_no_secret(shop: Shop) -> None:
    simple = lived(shop)
    made = finish(shop.services.nouns.privacy.export(OWNER, ById(simple.customer)))
    told = json.loads(made.content)
    assert made.content_type == "application/json"
    assert told["person"][0]["name"] == "Alice" and told["endpoints"][0]["number"] == "1000001"
    assert told["calls"][0]["dialled"] == "442079460001" and told["calls"][0]["started_at"].startswith("2026-01-01T")
    assert told["account"][0]["name"] == "alice" and "." in told["account"][0]["balance"]
    assert told["earlier_registrations"][0]["source"] == "192.0.2.7:5060/udp"
    for secret in ("password", "hash", "sealed", "ha1", "totp"):
        assert secret not in made.content.decode().replace("passwords", "")
    assert next(iter(shop.store.audit.of("customer", simple.customer))).operation == "customers.person"


def test_erasure_waits_for_the_balance_and_keeps_the_books(shop: Shop) -> None:
    simple = lived(shop)
    privacy, store = shop.services.nouns.privacy, shop.store
    with pytest.raises(UserError, match="name_differs"):
        privacy.erase(OWNER, PersonErase(simple.customer, "Alicia", "he asked"))
    with pytest.raises(UserError, match="say_why"):
        privacy.erase(OWNER, PersonErase(simple.customer, "Alice", "  "))
    with pytest.raises(Conflict, match="not_settled"):
        privacy.erase(OWNER, PersonErase(simple.customer, "Alice", "he asked"))
    assert store.cdrs.line(1).dialled == "442079460001"  # type: ignore[union-attr]
    settle(shop, simple)
    assert privacy.erase(OWNER, PersonErase(simple.customer, "Alice", "he asked")).calls == 1
    line = store.cdrs.line(1)
    assert line is not None and (line.dialled, line.caller, line.source) == ("44", "", "")
    assert verify(store.database).ok
    kept = next(iter(store.audit.of("erasure", simple.customer)))
    assert "he asked" in str(kept.after) and "Alice" not in str(kept.after)
    again = store.customers.get(simple.customer)
    assert again is not None and privacy.erase(OWNER, PersonErase(simple.customer, again.name, "again")).calls >= 0
    assert simple.alice not in shop.services.hot.endpoints


def test_an_authority_is_told_of_a_number_and_of_an_address(shop: Shop) -> None:
    lived(shop)
    disclose = shop.services.nouns.privacy.disclose
    by_number = finish(disclose(OWNER, DisclosureRequest(number="+44 20 7946 0001", **PERIOD)))
    assert [(each.customer, each.endpoint, each.dialled) for each in by_number.calls] == [("Alice", "1000001", "442079460001")]
    of_phone = finish(disclose(OWNER, DisclosureRequest(number="1000001", **PERIOD)))
    assert of_phone.holders == ["Alice"] and len(of_phone.calls) == 1 and len(of_phone.registrations) == 1
    by_address = finish(disclose(OWNER, DisclosureRequest(address="192.0.2.7", **PERIOD)))
    assert len(by_address.calls) == 1 and by_address.registrations[0].contact == "sip:1000001@192.0.2.7"
    nobody = finish(disclose(OWNER, DisclosureRequest(address="192.0.2.70", **PERIOD)))
    assert not nobody.calls and not nobody.registrations
    earlier = finish(disclose(OWNER, DisclosureRequest(number="1000001", **{**PERIOD, "since": "2025-11-01", "until": "2025-12-01"})))
    assert not earlier.calls and not earlier.registrations
    page = shop.services.nouns.audit_log.list(OWNER, AuditList(operation="disclosures.")).run(shop.store)
    assert isinstance(page, AuditPage)
    acts = page.acts
    assert len(acts) == 5 and acts[-1].id == by_number.audit
    assert acts[-1].after is not None and acts[-1].after["asker"] == PERIOD["asker"] and acts[-1].after["reason"] == PERIOD["reason"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({}, "number_or_address"),
        ({"number": "1", "address": "192.0.2.1"}, "number_or_address"),
        ({"number": "+"}, "disclosure.number"),
        ({"address": "192.0.2.%"}, "disclosure.address"),
        ({"number": "1", "until": "2025-12-31"}, "disclosure.period"),
        ({"number": "1", "asker": ""}, "say_why"),
        ({"number": "1", "reason": "x" * 501}, "field.wrong_text"),
        ({"number": "1", "since": "yesterday"}, "time.invalid"),
    ],
)
def test_what_is_wrongly_asked_is_refused_and_not_looked_up(shop: Shop, changed: dict[str, str], code: str) -> None:
    with pytest.raises(UserError, match=code.replace(".", r"\.")):
        finish(shop.services.nouns.privacy.disclose(OWNER, DisclosureRequest(**{**PERIOD, **changed})))
    assert not list(shop.store.audit.of("disclosure", 0))


def test_only_an_owner_may(shop: Shop) -> None:
    simple = lived(shop)
    privacy = shop.services.nouns.privacy
    manager = Actor("manager", 2, (Grant("manager", reseller_id=simple.root),))
    with pytest.raises((Forbidden, NotFound)):
        privacy.erase(manager, PersonErase(simple.customer, "Alice", "x"))
    with pytest.raises((Forbidden, NotFound)):
        finish(privacy.export(manager, ById(simple.customer)))
    with pytest.raises((Forbidden, NotFound)):
        finish(privacy.disclose(manager, DisclosureRequest(number="1", **PERIOD)))

"""Who waits to become a customer, and where customers are signed in: seen and decided by those who may."""

from __future__ import annotations

import json

import pytest

from appliance.errors import NotFound
from appliance.services.ground.access import Actor, Grant, folder_owner
from appliance.services.ground.moments import stamp
from appliance.services.people.customers import WAITING
from appliance.services.people.registration import TERMS
from appliance.services.people.web_sign_in import Place
from appliance.wire.customers import CustomerCreate, CustomerUpdate, NewEndpoint, NewWebLogin, WebLoginSet
from appliance.wire.registration import WaitingApprove, WaitingList, WaitingRefuse
from appliance.wire.shapes import ById
from appliance.wire.web_sessions import WebSessionEnd, WebSessionList
from tests.services.nouns.described import Described

OWNER = folder_owner()


def stranger(one: Described) -> Actor:
    sub = one.services.store.resellers.find("Sub One")
    assert sub is not None
    return Actor("sub", 9, (Grant("owner", reseller_id=sub.id),))


def registered(one: Described, name: str) -> int:
    """A customer as the confirmed form makes it where somebody has to decide; its id."""
    asked = CustomerCreate(name, email=f"{name.lower()}@example.test", country="NL", disabled=True, endpoint=NewEndpoint(), web_login=NewWebLogin())
    made = one.nouns.customers.create(OWNER, asked)
    with one.services.changes.unit():
        one.store.settings.put(WAITING, json.dumps(stamp(one.clock.utcnow())), f"customer:{made.id}")
        one.store.settings.put(TERMS, json.dumps({"version": "2026-1", "at": stamp(one.clock.utcnow())}), f"customer:{made.id}")
    one.clock.advance(60)
    return made.id


def waiting(one: Described, actor: Actor = OWNER) -> list[str]:
    return [each.name for each in one.nouns.doors.registration_queue.waiting(actor, WaitingList()).waiting]


def test_who_waits_is_let_in(described: Described) -> None:
    zoe, bob = registered(described, "Zoe"), registered(described, "Bob")
    first = described.nouns.doors.registration_queue.waiting(OWNER, WaitingList()).waiting[0]
    assert (first.name, first.email, first.agreed, first.reseller) == ("Zoe", "zoe@example.test", "2026-1", "root") and first.number
    assert waiting(described) == ["Zoe", "Bob"], "who waits longest comes first"
    assert [each.code for each in described.nouns.alerts.list(OWNER).alerts].count("alert.registration_waits") == 2
    before = len(list(described.store.outbox.newest()))
    described.nouns.doors.registration_queue.approve(OWNER, WaitingApprove(zoe))
    assert waiting(described) == ["Bob"] and not described.nouns.customers.get(OWNER, ById(zoe)).disabled
    assert len(list(described.store.outbox.newest())) == before + 1, "the details went to the mailbox"
    with pytest.raises(NotFound, match=r"registration\.not_waiting"):
        described.nouns.doors.registration_queue.approve(OWNER, WaitingApprove(zoe))
    described.nouns.doors.registration_queue.refuse(OWNER, WaitingRefuse(bob, "no such person"))
    assert waiting(described) == [] and described.nouns.customers.get(OWNER, ById(bob)).archived_at is not None
    told = [each.after or "" for each in described.store.audit.of("customer", bob) if each.operation == "registration.refuse"]
    assert len(told) == 1 and "no such person" in told[0]


def test_who_is_enabled_elsewhere_waits_no_more(described: Described) -> None:
    zoe = registered(described, "Zoe")
    described.nouns.customers.update(OWNER, CustomerUpdate(zoe, disabled=False))
    assert waiting(described) == []


def test_another_resellers_queue_is_not_seen(described: Described) -> None:
    zoe, actor = registered(described, "Zoe"), stranger(described)
    queue = described.nouns.doors.registration_queue
    assert waiting(described, actor) == []
    for work in (
        lambda: queue.waiting(actor, WaitingList("root")),
        lambda: queue.approve(actor, WaitingApprove(zoe)),
        lambda: queue.refuse(actor, WaitingRefuse(zoe)),
    ):
        with pytest.raises(NotFound):
            work()
    assert waiting(described) == ["Zoe"]


def test_sign_ins_are_seen_and_ended(described: Described) -> None:
    described.nouns.web_logins.set(OWNER, WebLoginSet("Alice Shop", "alice-2", password="another password"))
    root = described.store.resellers.root()
    assert root is not None
    for login, count in (("alice", 2), ("alice-2", 1)):
        row = described.store.web_logins.find(root.id, login)
        assert row is not None
        for _ in range(count):
            described.nouns.web_sign_ins.begin(row, root, Place("192.0.2.1", "Firefox", "", "https://my.example.test"))
            described.clock.advance(1)
    lists = described.nouns.doors.web_sessions
    found = lists.list(OWNER, WebSessionList("Alice Shop")).sessions
    assert [each.login for each in found] == ["alice-2", "alice", "alice"] and found[0].client == "Firefox"
    assert all(len(each.key) == 16 for each in found), "what is shown is good for nothing"
    assert lists.end(OWNER, WebSessionEnd("Alice Shop", "alice", key=found[1].key)).ended == 1
    with pytest.raises(NotFound, match=r"web_session\.unknown"):
        lists.end(OWNER, WebSessionEnd("Alice Shop", "alice", key=found[0].key))
    assert lists.end(OWNER, WebSessionEnd("Alice Shop", "alice")).ended == 1
    assert [each.login for each in lists.list(OWNER, WebSessionList("Alice Shop")).sessions] == ["alice-2"]
    with pytest.raises(NotFound, match=r"web_login\.unknown"):
        lists.end(OWNER, WebSessionEnd("Alice Shop", "nobody"))
    with pytest.raises(NotFound):
        lists.list(stranger(described), WebSessionList(1))

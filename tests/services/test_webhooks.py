"""Webhooks: what happened stands in the queue with what caused it, is told once, rests, is given up, and waits in bounds."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from appliance.errors import Forbidden, NotFound, UserError
from appliance.server_webhooks import WebhookSender
from appliance.services import webhooks
from appliance.services.ground.access import Actor, Grant, folder_owner
from appliance.services.webhooks import WAITS_SECONDS, WebhookSet
from appliance.webhook_post import signature
from appliance.wire.customers import CustomerCreate
from appliance.wire.payments import PaymentRecord
from appliance.wire.shapes import ById, Listing
from appliance.wire.webhooks import DeliveryList, WebhookCreate, WebhookUpdate
from tests.services.shop import Shop, rate

OWNER = folder_owner()
URL = "https://erp.example.test/tollhouse"


class Told:
    """A shop with one customer and a webhook."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.set: WebhookSet = shop.services.nouns.doors.webhooks
        shop.start()
        self.root = shop.reseller()
        cost = shop.tariff(self.root, "cost", rate("31", "0.01"))
        retail = shop.tariff(self.root, "retail", rate("31", "0.60"))
        self.account = shop.account(self.root, "al", balance="10.00")
        self.customer = shop.customer(self.root, "Al", retail, self.account)
        self.endpoint = shop.endpoint(self.customer, "1000001", registered=True)
        shop.route(self.root, "31", shop.trunk(self.root, "carrier", cost))

    def hook(self, *events: str, name: str = "ERP") -> int:
        made = self.set.create(OWNER, WebhookCreate(name, URL, list(events)))
        self.secret = made.secret
        return made.made.id

    def bodies(self, hook: int, state: str = "") -> list[dict[str, Any]]:
        page = self.set.deliveries(OWNER, DeliveryList(hook, state))
        return [json.loads(each.body) for each in reversed(page.deliveries)]

    def pay(self, amount: str) -> None:
        self.shop.services.nouns.payments.record(OWNER, PaymentRecord(customer="Al", amount=amount, method="cash", request_id=f"pay {amount}"))


@pytest.fixture
def told(shop: Shop) -> Told:
    return Told(shop)


def test_a_call_and_a_payment_are_told_once_with_what_they_came_to(told: Told) -> None:
    told.pay("1.00")  # before anybody listened
    hook = told.hook("call.ended", "payment.recorded", "customer.registered")
    call = told.shop.begin(told.endpoint, "31612345678")
    told.shop.answer(call)
    assert told.bodies(hook) == []  # a call that runs is no event
    told.shop.run(60)
    told.shop.end(call)
    told.pay("5.00")
    first, second = told.bodies(hook)
    assert (first["event"], first["data"]["call"], first["data"]["amount"], first["data"]["seconds"]) == ("call.ended", call, "0.60", 60)
    assert (second["event"], second["data"]["credit"], second["data"]["customer"]) == ("payment.recorded", "5.00", "Al")
    assert "31612345678" not in json.dumps([first, second])  # nobody's numbers leave
    with told.shop.services.changes.unit():
        told.shop.services.changes.note("call", call)
    assert len(told.bodies(hook)) == 2


def test_what_is_undone_is_not_told(told: Told) -> None:
    hook = told.hook("payment.recorded")
    with pytest.raises(RuntimeError), told.shop.services.changes.unit():
        told.pay("5.00")
        raise RuntimeError("the rest failed")
    assert told.bodies(hook) == []


def test_a_fault_in_telling_undoes_no_payment(told: Told, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    told.hook("payment.recorded")
    monkeypatch.setattr(told.set, "_put", lambda hook, event: 1 / 0)
    before = told.shop.balance(told.account)
    told.pay("5.00")
    assert told.shop.balance(told.account) == before + 5_000_000
    assert "could not be put into the queue" in caplog.text


def test_a_try_that_fails_comes_again_and_is_given_up_at_last(told: Told) -> None:
    hook = told.hook("payment.recorded")
    told.pay("5.00")
    for wait in WAITS_SECONDS:
        message = told.set.due()
        assert message is not None
        told.set.settled(message.id, "HTTP 500")
        assert told.set.due() is None
        told.shop.clock.advance(wait + 1)
    last = told.set.due()
    assert last is not None
    told.set.settled(last.id, "HTTP 500")
    assert told.set.due() is None
    view = told.set.list(OWNER, Listing()).webhooks[0]
    assert (view.waiting, view.dead, view.error) == (0, 1, "HTTP 500")
    again = told.set.resend(OWNER, ById(last.id))
    assert (again.state, again.tries) == ("waiting", 0)
    message = told.set.due()
    assert message is not None
    told.set.settled(message.id, "")
    assert told.set.deliveries(OWNER, DeliveryList(hook)).deliveries[0].state == "sent"


def test_one_that_does_not_answer_holds_up_no_other(told: Told) -> None:
    slow, good = told.hook("payment.recorded"), told.hook("payment.recorded", name="Books")
    for amount in ("1.00", "2.00", "3.00"):
        told.pay(amount)
    first = told.set.due()
    assert first is not None
    told.set.settled(first.id, "no answer in time")
    went = []
    while (message := told.set.due()) is not None:
        told.set.settled(message.id, "")
        went.append(message.id)
    assert len(told.bodies(good, "sent")) == 3 and len(told.bodies(slow, "waiting")) == 3 and len(went) == 3


def test_a_new_address_is_tried_at_once(told: Told) -> None:
    hook = told.hook("payment.recorded")
    told.pay("5.00")
    first = told.set.due()
    assert first is not None
    told.set.settled(first.id, "HTTP 404")
    assert told.set.due() is None
    told.set.update(OWNER, WebhookUpdate(hook, url="https://erp.example.test/right"))
    again = told.set.due()
    assert again is not None and (again.id, again.url) == (first.id, "https://erp.example.test/right")


def test_the_queue_is_bounded_and_says_what_it_lost(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "MOST_WAITING", 2)
    hook = told.hook("payment.recorded")
    for amount in ("1.00", "2.00", "3.00", "4.00"):
        told.pay(amount)
    view = told.set.list(OWNER, Listing()).webhooks[0]
    assert (view.waiting, view.dropped) == (2, 2)
    with pytest.raises(UserError, match="full"):
        told.set.test(OWNER, ById(hook))


def test_the_signature_is_over_the_moment_and_the_body(told: Told) -> None:
    told.hook("payment.recorded")
    told.pay("5.00")
    message = told.set.due()
    assert message is not None
    moment = int(message.headers["Tollhouse-Signature"].partition(",")[0].removeprefix("t="))
    assert message.headers["Tollhouse-Signature"] == signature(told.secret, moment, message.body)
    assert message.headers["Tollhouse-Signature"] != signature(told.secret, moment + 1, message.body)
    assert told.secret.encode() not in (told.shop.folder / "tollhouse.db").read_bytes()


def test_one_is_told_of_its_own_branch_alone_and_by_who_may(told: Told) -> None:
    sub = told.shop.reseller("sub", parent=told.root)
    below = Actor("sub owner", 9, (Grant("owner", reseller_id=sub),))
    made = told.set.create(below, WebhookCreate("mine", URL, ["payment.recorded"], reseller=sub))
    told.pay("5.00")
    assert told.bodies(made.made.id) == []
    hook = told.hook("payment.recorded")
    for fault, work in (
        (NotFound, lambda: told.set.deliveries(below, DeliveryList(hook))),
        (NotFound, lambda: told.set.update(below, WebhookUpdate(hook, disabled=True))),
        (Forbidden, lambda: told.set.archive(Actor("till", 8, (Grant("read-only", reseller_id=told.root),)), ById(hook))),
    ):
        with pytest.raises(fault):
            work()
    assert [each.id for each in told.set.list(below, Listing()).webhooks] == [made.made.id]


@pytest.mark.parametrize("url", ["http://erp.example.test/", "https://", "ftp://erp.example.test/", "https://user:pw@erp.example.test/", "erp", ""])
def test_an_address_that_is_none_is_refused(told: Told, url: str) -> None:
    with pytest.raises(UserError, match="url"):
        told.set.create(OWNER, WebhookCreate("ERP", url, ["call.ended"]))


def test_changes_count_at_once(told: Told) -> None:
    hook = told.hook("payment.recorded")
    told.set.update(OWNER, WebhookUpdate(hook, disabled=True))
    told.pay("1.00")
    told.set.update(OWNER, WebhookUpdate(hook, disabled=False, events=["call.ended"]))
    told.pay("2.00")
    assert told.bodies(hook) == []
    for events in ([], ["money.printed"]):
        with pytest.raises(UserError):
            told.set.update(OWNER, WebhookUpdate(hook, events=events))
    told.set.archive(OWNER, ById(hook))
    with pytest.raises(NotFound):
        told.set.test(OWNER, ById(hook))


class Now:
    """A deferred that has fired."""

    def __init__(self, value: object) -> None:
        self.value = value

    def addCallback(self, work: Callable[[Any], object]) -> Now:  # noqa: N802
        made = work(self.value)
        self.value = made.value if isinstance(made, Now) else made
        return self

    def addCallbacks(self, work: Callable[[Any], object], failed: Callable[[Any], object]) -> Now:  # noqa: N802
        return self.addCallback(work)


def test_the_sender_sends_what_waits_one_after_the_other(told: Told) -> None:
    hook = told.hook("payment.recorded")
    sent: list[bytes] = []

    def in_thread(work: Callable[..., object], message: webhooks.Outgoing) -> Now:
        sent.append(message.body)
        return Now("" if len(sent) != 2 else "HTTP 503")

    sender = WebhookSender(told.shop.services, in_thread, lambda work: Now(work()))
    sender.follow(0.0)
    for amount in ("1.00", "2.00", "3.00"):
        told.pay(amount)
    assert [json.loads(each)["data"]["credit"] for each in sent] == ["1.00", "2.00"]  # then it rests
    told.shop.clock.advance(WAITS_SECONDS[0] + 1)
    sender.look()
    assert [json.loads(each)["data"]["credit"] for each in sent][2:] == ["2.00", "3.00"]  # in their order
    assert len(told.bodies(hook, "sent")) == 3


class Later:
    """A deferred that fires when the test says so."""

    def __init__(self) -> None:
        self.work: list[Callable[[Any], object]] = []

    def addCallback(self, work: Callable[[Any], object]) -> Later:  # noqa: N802
        self.work.append(work)
        return self

    def addCallbacks(self, work: Callable[[Any], object], failed: Callable[[Any], object]) -> Later:  # noqa: N802
        return self.addCallback(work)

    def fire(self, value: object) -> None:
        for each in self.work:
            made = each(value)
            value = made.value if isinstance(made, Now) else made


def test_programs_are_told_side_by_side_and_each_in_its_order(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.server_webhooks.SIDE_BY_SIDE", 3)
    hooks = [told.hook("payment.recorded", name=name) for name in ("slow", "one", "two", "three")]
    under_way: list[tuple[webhooks.Outgoing, Later]] = []

    def in_thread(work: Callable[..., object], message: webhooks.Outgoing) -> Later:
        under_way.append((message, Later()))
        return under_way[-1][1]

    sender = WebhookSender(told.shop.services, in_thread, lambda work: Now(work()))
    sender.follow(0.0)
    for amount in ("1.00", "2.00", "3.00"):
        told.pay(amount)
    assert [each.webhook for each, _ in under_way] == hooks[:3]  # no more than so many, one each
    slow, *rest = under_way
    told_of: dict[int, list[str]] = {}
    del under_way[:]
    while rest:  # everybody but the slow one answers, again and again
        for message, waiting in rest:
            told_of.setdefault(message.webhook, []).append(json.loads(message.body)["data"]["credit"])
            waiting.fire("")
        rest, under_way[:] = list(under_way), []
    assert told_of == {each: ["1.00", "2.00", "3.00"] for each in hooks[1:]}
    slow[1].fire("no answer in time")
    assert under_way == [] and len(told.bodies(hooks[0], "waiting")) == 3
    told.shop.clock.advance(WAITS_SECONDS[0] + 1)
    sender.look()
    assert [json.loads(message.body)["data"]["credit"] for message, _ in under_way] == ["1.00"]


def test_what_a_program_cannot_take_steps_aside_after_some_tries(told: Told) -> None:
    told.hook("payment.recorded")
    told.pay("1.00")
    told.pay("2.00")
    went = []
    for wait in (*WAITS_SECONDS[:3], 301):
        message = told.set.due()
        assert message is not None
        went.append(json.loads(message.body)["data"]["credit"])
        told.set.settled(message.id, "HTTP 400")
        told.shop.clock.advance(wait + 1)
    later = told.set.due()
    assert later is not None and json.loads(later.body)["data"]["credit"] == "2.00" and went == ["1.00"] * 4


def look(shop: Shop) -> None:
    """The job that looks for what began or ended."""
    shop.services.nouns.doors.trunk_outages.step()
    if shop.store.in_unit:
        shop.commit()


def test_a_trunk_is_told_down_and_up_once_each(told: Told) -> None:
    shop = told.shop
    hook = told.hook("trunk.down", "trunk.up")
    trunk = shop.trunk(told.root, "other", register=1)

    def said(registered: bool, reason: str = "") -> None:
        with shop.services.changes.unit():
            shop.services.trunk_states.told(trunk, registered, reason, shop.clock.utcnow())
        look(shop)

    said(True)
    for reason in ("403 Forbidden", "403 Forbidden", "no answer"):
        said(False, reason)
        shop.clock.advance(30)
    said(True)
    said(True)
    assert [(each["event"], each["data"]) for each in told.bodies(hook)] == [
        ("trunk.down", {"trunk": "other", "reason": "registration", "detail": "403 Forbidden"}),
        ("trunk.up", {"trunk": "other", "seconds": 90}),
    ]
    said(False, "no answer")
    shop.crash()
    shop.start()
    told.set = shop.services.nouns.doors.webhooks
    look(shop)  # nothing is known yet, so nothing is told
    said(False, "no answer")
    assert len(told.bodies(hook)) == 3
    with shop.services.changes.unit():
        shop.store.trunks.update(trunk, {"disabled": 1})
        shop.services.changes.note("trunk", trunk)
    look(shop)
    last = shop.store.trunk_outages.newest(trunk)
    assert last is not None and last.ended_at is not None and len(told.bodies(hook)) == 3  # switched off is not mended


def test_a_trunk_that_rests_is_down_until_a_call_shows_that_it_is_well(told: Told) -> None:
    shop = told.shop
    hook = told.hook("trunk.down", "trunk.up")
    trunk = next(iter(shop.services.hot.trunks))

    def failing(times: int) -> None:
        for _ in range(times):
            call = shop.begin(told.endpoint, "31612345678")
            shop.end(call, "refused", "server", 503, trunk)

    failing(12)
    shop.clock.advance(3600)  # its rest is over, and no call has shown anything
    look(shop)
    failing(1)
    assert [each["event"] for each in told.bodies(hook)] == ["trunk.down"]
    call = shop.begin(told.endpoint, "31612345678")
    shop.answer(call, trunk)
    shop.run(5)
    shop.end(call, trunk=trunk)
    down, up = told.bodies(hook)
    assert (down["data"]["reason"], up["event"]) == ("rests", "trunk.up") and up["data"]["seconds"] >= 3600


def test_new_customers_and_those_who_registered_are_two_events(told: Told) -> None:
    hook = told.hook("customer.created", "customer.registered")
    told.shop.clock.advance(1)
    own = told.shop.services.nouns.customers.create(OWNER, CustomerCreate("Bo"))
    assert [(each["event"], each["data"]["customer"]) for each in told.bodies(hook)] == [("customer.created", "Bo")]
    with told.shop.services.changes.unit():
        told.shop.services.changes.note("registration", own.id)
    assert [each["event"] for each in told.bodies(hook)] == ["customer.created", "customer.registered"]
    while (message := told.set.due()) is not None:
        told.set.settled(message.id, "")
    told.shop.clock.advance(40 * 86_400)
    told.set.forget_old()
    with told.shop.services.changes.unit():
        told.shop.services.changes.note("customer", own.id)
    assert told.bodies(hook) == []  # what was told long ago is not told again

"""The change stream: what is heard and by whom, resuming, slow and dead readers, running calls by the second."""

from __future__ import annotations

from appliance.api import event_stream
from appliance.services.ground.access import Actor, Grant
from appliance.wire.booths import SessionOpen
from tests.api.served import Served


def test_a_change_is_told_with_its_sequence_once_it_is_durable(served: Served) -> None:
    listener = served.listen("owner")
    assert [name for name, _, _ in listener.events()] == ["ready"]
    customer = served.shop.customer(served.root.root, "Carol", served.root.retail, served.root.account)
    assert listener.heard() == []
    served.pass_time(0.1)
    assert listener.events("change") == [("change", str(served.shop.services.changes.last_sequence), {"kind": "customer", "ids": [customer]})]


def test_nobody_listens_without_a_sign_in(served: Served) -> None:
    assert served.ask("", "GET", "/events").status == 401
    assert served.ask("wrong", "GET", "/events").json["code"] == "access.sign_in"
    assert len(served.streams) == 0


def test_after_a_break_the_reader_hears_what_was_missed(served: Served) -> None:
    first = served.listen("owner")
    served.shop.customer(served.root.root, "one", served.root.retail, served.root.account)
    served.pass_time(0.1)
    last = first.last_id()
    first.hang_up()
    missed = [served.shop.customer(served.root.root, f"while away {each}", served.root.retail, served.root.account) for each in range(3)]
    second = served.listen("owner", last)
    assert second.heard() == [("customer", [each]) for each in missed]
    more = served.shop.customer(served.root.root, "live again", served.root.retail, served.root.account)
    served.pass_time(0.1)
    assert second.heard()[-1] == ("customer", [more])
    ids = [int(identity) for _, identity, _ in second.events("change")]
    assert ids == sorted(set(ids))
    assert "reset" not in second.text


def test_a_long_absence_is_replayed_in_pages(served: Served) -> None:
    last = served.listen("owner").last_id()
    for each in range(event_stream.REPLAY_PAGE + 20):
        with served.shop.services.changes.unit():
            served.shop.services.changes.note("setting", each + 1)
    listener = served.listen("owner", last)
    assert [ids[0] for _, ids in listener.heard()] == list(range(1, event_stream.REPLAY_PAGE + 21))


def test_what_is_not_kept_any_more_is_said_by_a_reset(served: Served) -> None:
    last = served.listen("owner").last_id()
    served.shop.customer(served.root.root, "one", served.root.retail, served.root.account)
    served.shop.customer(served.root.root, "two", served.root.retail, served.root.account)
    with served.shop.store.write():
        served.shop.store.changes.forget(served.shop.clock.utcnow() + 1)
    newest = served.shop.services.changes.last_sequence
    assert served.listen("owner", last).events() == [("reset", str(newest), {"sequence": newest})]
    assert served.listen("owner", str(newest + 1000)).events("reset"), "a store that was restored knows less than its reader"
    assert served.listen("owner", str(newest)).events() == [], "nothing was missed"


def test_an_operator_of_a_sub_reseller_hears_of_its_own_alone(served: Served) -> None:
    owner, sub, other = (served.listen(name) for name in ("owner", "sub", "other"))
    carol = served.shop.customer(served.root.root, "Carol", served.root.retail, served.root.account)
    dave = served.shop.customer(served.sub, "Dave", served.sub_retail, served.bob_account)
    served.shop.endpoint(dave, "2000002")
    served.shop.trunk(served.root.root, "secret carrier")
    alice_call = served.call(served.root.alice, "442079460001")
    bob_call = served.call(served.bob, "442079460001")
    served.pass_time(0.1)
    assert ("customer", [carol]) in owner.heard()
    assert ("customer", [dave]) in owner.heard()
    heard = dict(sub.heard())
    assert heard["customer"] == [dave]
    assert heard["call"] == [bob_call]
    assert heard["balance"] == [served.bob_account]
    assert "trunk" not in heard
    assert other.heard() == []
    assert {alice_call, bob_call} <= set(dict(owner.heard())["call"])


def test_what_was_missed_is_filtered_as_well(served: Served) -> None:
    last = served.listen("sub").last_id()
    served.shop.customer(served.root.root, "Carol", served.root.retail, served.root.account)
    dave = served.shop.customer(served.sub, "Dave", served.sub_retail, served.bob_account)
    assert served.listen("sub", last).heard() == [("customer", [dave])]
    assert served.listen("other", last).heard() == []


def test_a_shops_supervisor_hears_of_the_shop(served: Served) -> None:
    served.actors["shop"] = Actor("shop", 9, (Grant("supervisor", shop_id=served.bob_customer),))
    listener = served.listen("shop")
    served.call(served.root.alice, "442079460001")
    call = served.call(served.bob, "442079460001")
    served.pass_time(0.1)
    assert listener.heard() == [("call", [call])]


def test_grants_that_change_count_from_then_on(served: Served) -> None:
    listener = served.listen("other")
    served.actors["other"] = Actor("other", 3, (Grant("manager", reseller_id=served.sub),))
    with served.shop.services.changes.unit():
        served.shop.services.changes.note("operator", 3)
    served.pass_time(0.1)
    dave = served.shop.customer(served.sub, "Dave", served.sub_retail, served.bob_account)
    served.pass_time(0.1)
    assert listener.heard()[-1] == ("customer", [dave])
    del served.actors["other"]
    with served.shop.services.changes.unit():
        served.shop.services.changes.note("operator", 3)
    served.pass_time(0.1)
    assert len(served.streams) == 0


def test_a_token_that_is_good_no_more_ends_the_stream(served: Served) -> None:
    served.listen("sub")
    del served.actors["sub"]
    served.pass_time(event_stream.CHECK_SECONDS + 1)
    assert len(served.streams) == 0


def test_a_heartbeat_comes_while_nothing_happens(served: Served) -> None:
    listener = served.listen("owner")
    served.pass_time(10.5)
    assert listener.text.count("\n:\n") == 5


def test_running_calls_are_told_each_second_as_far_as_they_changed(served: Served) -> None:
    listener, sub = served.listen("owner"), served.listen("sub")
    served.pass_time(1.1)
    assert listener.events("live") == []
    waiting = served.shop.begin(served.root.alice, "442079460001")
    call = served.shop.answer(served.shop.begin(served.bob, "442079460002"), served.root.trunk)
    served.pass_time(1.1)
    (first,) = (data for _, _, data in listener.events("live"))
    assert [row["id"] for row in first["calls"]] == [waiting, call]
    assert (first["gone"], first["count"]) == ([], 2)
    assert first["money_per_second"] == {"EUR": "0.000275"}
    (mine,) = (data for _, _, data in sub.events("live"))
    assert [row["id"] for row in mine["calls"]] == [call]
    listener.clear()
    served.shop.clock.advance(60)
    served.pass_time(1.1)
    (second,) = (data for _, _, data in listener.events("live"))
    assert [row["id"] for row in second["calls"]] == [call], "the call that waits is as it was"
    listener.clear()
    served.shop.end(call, trunk=served.root.trunk)
    served.shop.end(waiting, "cancelled", status=487)
    served.pass_time(2)
    assert [(data["gone"], data["count"]) for _, _, data in listener.events("live")] == [([waiting, call], 0)]


def test_a_clerk_sees_no_whole_numbers_of_running_calls(served: Served) -> None:
    clerk, owner = served.listen("clerk"), served.listen("owner")
    served.shop.begin(served.root.alice, "442079460001")
    served.pass_time(1.1)
    assert clerk.events("live")[0][2]["calls"][0]["dialled"] == "44207946****"
    assert owner.events("live")[0][2]["calls"][0]["dialled"] == "442079460001"


def test_a_slow_reader_is_told_later_and_misses_nothing(served: Served) -> None:
    listener = served.listen("owner")
    listener.clear()
    listener.transport.producer.pauseProducing()
    made = [served.shop.customer(served.root.root, f"c{each}", served.root.retail, served.root.account) for each in range(3)]
    call = served.call(served.root.alice, "442079460001")
    served.pass_time(3)
    assert listener.text == ""
    listener.transport.producer.resumeProducing()
    assert [ids[0] for kind, ids in listener.heard() if kind == "customer"] == made
    assert ("call", [call]) in listener.heard()
    dave = served.shop.customer(served.root.root, "Dave", served.root.retail, served.root.account)
    served.pass_time(0.1)
    assert listener.heard()[-1] == ("customer", [dave])


def test_a_reader_that_stands_still_is_dropped(served: Served) -> None:
    listener = served.listen("owner")
    listener.transport.producer.pauseProducing()
    served.pass_time(event_stream.STALL_SECONDS + 2)
    assert listener.transport.disconnecting or listener.transport.disconnected


def test_streams_are_bounded(served: Served) -> None:
    listeners = [served.listen("owner") for _ in range(event_stream.MOST_OF_ONE)]
    assert served.ask("owner", "GET", "/events").json["code"] == "server.too_many_streams"
    assert served.listen("sub").events("ready")
    listeners[0].hang_up()
    assert served.listen("owner").events("ready")


def test_without_readers_nothing_ticks(served: Served) -> None:
    listener = served.listen("owner")
    served.pass_time(1.1)
    listener.hang_up()
    assert served.reactor.getDelayedCalls() == []


def test_a_burst_beyond_all_bounds_is_read_from_the_log(served: Served) -> None:
    listener = served.listen("owner")
    for each in range(event_stream.MOST_PENDING + 5):
        with served.shop.services.changes.unit():
            served.shop.services.changes.note("setting", each + 1)
    served.pass_time(0.1)
    assert [ids[0] for _, ids in listener.heard()] == list(range(1, event_stream.MOST_PENDING + 6))


def test_a_clerk_hears_the_meters_of_his_booths_and_not_what_the_shop_pays(served: Served) -> None:
    shop = served.shop
    tariff = shop.tariff(served.sub, "booths", base=served.sub_retail, markup_ppm=1_000_000)
    with shop.services.changes.unit():
        shop.store.customers.update(served.bob_customer, {"call_shop": 1, "booth_tariff_id": tariff})
        shop.services.changes.note("customer", served.bob_customer)
    served.actors["clerk of the shop"] = clerk = Actor("clerk", 9, (Grant("clerk", shop_id=served.bob_customer),))
    shop.services.nouns.call_shop.sessions.open(clerk, SessionOpen(served.bob))
    listener = served.listen("clerk of the shop")
    call = shop.answer(shop.begin(served.bob, "442079460001"))
    served.pass_time(1.5)
    live = [data for _, _, data in listener.events("live")][-1]
    assert live["calls"] == [] and live["booths"][0]["booth"] == served.bob and live["booths"][0]["call"]["number"] == "442079460001"
    shop.end(call)
    served.pass_time(1.5)
    live = [data for _, _, data in listener.events("live")][-1]
    assert live["booths"] == [] and live["booths_gone"] == [served.bob]

"""The phones' door: questions of the engine answered from the services, its facts recorded, over a restart too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.errors import EnvironmentFault
from appliance.services.ground.access import folder_owner
from appliance.sip.facts import BindingsChanged, CallAnswered, CallEnded, CallRinging, DialogState, RouteFailed, TrunkRegistered, Unbridged
from appliance.sip.policy import Admitted, Announcement, Binding, CallRequest, Cut, Flow, ListenerAddress, MediaCounters, Refused
from appliance.switch import Switch
from appliance.switch_flows import targets_of
from appliance.switch_spoken import put_together, ready_made
from tests.services.shop import Shop, Simple

LISTENERS = [ListenerAddress("udp", "192.0.2.9", 5060), ListenerAddress("tcp", "192.0.2.9", 5060), ListenerAddress("udp", "2001:db8::9", 5060)]
OWNER = folder_owner()
PHONE = Flow("udp", 0, "192.0.2.1", 5062)


class Door:
    """A switch over a small shop, its units of work as the pump makes them."""

    def __init__(self, folder: Path) -> None:
        self.shop = Shop(folder)
        self.shop.start()
        self.it = Simple(self.shop)
        self.switch = Switch(self.shop.services, LISTENERS)

    def restart(self) -> None:
        self.shop.crash()
        self.shop.start()
        self.switch = Switch(self.shop.services, LISTENERS)

    def admit(self, dialled: str, **other: object) -> Admitted | Refused:
        given: dict[str, object] = {"endpoint": self.it.alice, **other}
        request = CallRequest("c1@phone", dialled, "1000001", "Alice", False, PHONE, "a phone", **given)  # type: ignore[arg-type]
        answer = self.switch.admit(request, self.shop.clock.monotonic())
        self.end_batch()
        return answer

    def tell(self, *facts: object) -> None:
        self.switch.begin(quick=False)
        self.switch.record(facts, self.shop.clock.monotonic())  # type: ignore[arg-type]
        self.end_batch()

    def end_batch(self) -> None:
        if self.switch.needs_commit():
            self.switch.commit()
            self.switch.committed()

    def dialog(self, flow: Flow = PHONE) -> DialogState:
        return DialogState("c1", "ours", "theirs", "sip:a@b", "sip:c@d", "sip:c@192.0.2.1:5062", 3, ("<sip:p1;lr>",), flow)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    one = Door(tmp_path / "data")
    yield one
    one.shop.store.close()


def binding(door: Door, contact: str = "sip:1000001@192.0.2.1:5062", flow: Flow = PHONE, **other: object) -> Binding:
    now = door.shop.clock.monotonic()
    given: dict[str, object] = {"expires": now + 600.0, "refreshed": now, **other}
    return Binding(door.it.alice, contact, flow, "reg-1", 7, **given)  # type: ignore[arg-type]


def test_a_call_by_a_trunk_becomes_a_route_and_its_facts_a_record(door: Door) -> None:
    admitted = door.admit("+442079460001")
    assert isinstance(admitted, Admitted)
    (route,) = admitted.routes
    (target,) = route.targets
    assert (target.uri, target.flow) == ("sip:442079460001@192.0.2.50", Flow("udp", 0, "192.0.2.50", 5060))
    assert (route.trunk, route.realm_domain, route.caller.number, route.caller.anonymous) == (door.it.trunk, "192.0.2.50", "", True)
    now = door.shop.clock.monotonic()
    door.tell(RouteFailed(admitted.call, 99, 503, now), CallRinging(admitted.call, now))
    assert door.shop.calls.running[admitted.call].state == "ringing"
    door.tell(CallAnswered(admitted.call, door.it.trunk, None, "192.0.2.50:5060/udp", "b-leg", door.dialog(), door.dialog(), now))
    door.shop.clock.advance(2)
    counters = MediaCounters(True, 200, 3, 12)
    door.tell(CallEnded(admitted.call, 200, "normal", "callee", door.it.trunk, "b-leg", "192.0.2.50:5060/udp", counters, door.shop.clock.monotonic()))
    cdr, person = door.shop.store.calls.get(admitted.call), door.shop.store.calls.person(admitted.call)
    assert cdr is not None and person is not None
    assert (cdr.result, cdr.ended_by, cdr.billed_seconds) == (200, "callee", 2)
    assert cdr.media == '{"relayed":true,"packets":200,"loss":3,"jitter":12}'
    assert cdr.attempts == '[{"trunk":99,"status":503}]'
    assert (person.source, person.callee, person.trunk_call_id, person.call_id) == ("192.0.2.1:5062/udp", "192.0.2.50:5060/udp", "b-leg", "c1@phone")
    door.shop.verify()


def test_refusals_have_their_status(door: Door) -> None:
    refused = door.admit("81312345678")
    assert isinstance(refused, Refused) and refused.status == 404
    assert door.shop.store.calls.get(1).cause == "no_rate"  # type: ignore[union-attr]


def test_limits_of_credit_reach_the_engine(door: Door) -> None:
    door.shop.pay(door.it.account, "-9.97", door.it.root)
    admitted = door.admit("4930123456")
    assert isinstance(admitted, Admitted)
    assert door.switch.next_limit() is None
    now = door.shop.clock.monotonic()
    door.tell(CallAnswered(admitted.call, door.it.trunk, None, "", "", door.dialog(), door.dialog(), now))
    assert door.switch.next_limit() == pytest.approx(now + 3.0)
    assert door.switch.limits_reached(now + 2.9) == ()
    assert door.switch.limits_reached(now + 3.0) == (Cut(admitted.call, "credit"),)
    assert door.switch.tones_due(now + 3.0) == ()


def test_an_emergency_call_says_that_it_is_one_and_where(door: Door) -> None:
    shop = door.shop
    phone = shop.endpoint(door.it.customer, "1000002", emergency_address="Dock 7,\nRotterdam", caller_number="31101234567")
    for number in range(2):
        shop.trunk(door.it.root, f"rescue {number}", emergency=1)
    admitted = door.admit("112", endpoint=phone, emergency=True)
    assert isinstance(admitted, Admitted)
    said = (("Priority", "emergency"), ("Subject", "Emergency call from Dock 7, Rotterdam"))
    assert [(route.headers, route.caller.number) for route in admitted.routes] == [(said, "31101234567")] * 2
    admitted = door.admit("112", emergency=True)
    assert isinstance(admitted, Admitted) and admitted.routes[0].headers == said[:1]
    with shop.services.changes.unit():
        shop.store.trunks.update(admitted.routes[0].trunk, {"emergency_location": 1})
        shop.services.changes.note("trunk", admitted.routes[0].trunk)
    admitted = door.admit("112", endpoint=phone, emergency=True)
    assert isinstance(admitted, Admitted)
    assert [route.headers for route in admitted.routes] == [said[:1], said], "as a document to the carrier that takes one"
    assert "<ca:LOC>Dock 7, Rotterdam</ca:LOC>" in admitted.routes[0].location and "pres:31101234567@" in admitted.routes[0].location
    assert admitted.routes[1].location == ""


def test_a_gateway_is_known_by_its_address_and_called_there(door: Door) -> None:
    switch, shop = door.switch, door.shop
    assert switch.gateway_of(PHONE, "", "") is None and switch.gateways() == frozenset()
    office = shop.endpoint(door.it.customer, "1000002", addresses='["198.51.100.0/28", "198.51.100.200:5070", "2001:db8::7"]')
    inside, own = Flow("udp", 0, "198.51.100.3", 40000), Flow("udp", 0, "198.51.100.200", 5070)
    for user in ("", "31201234567", "extension17", "1000002"):
        assert switch.gateway_of(inside, user, "") == office and switch.gateway_of(own, user, "") == office
    assert switch.gateway_of(inside, "1000001", "") is None and switch.gateway_of(inside, "", "1000001") is None
    assert switch.gateway_of(own, "1000001", "1000001") == office, "its own port is its own whatever it says"
    assert switch.gateway_of(own._replace(port=5071), "", "") is None and switch.gateway_of(PHONE, "", "") is None
    assert switch.gateways() == {"198.51.100.200", "2001:db8::7"}
    admitted = door.admit("1000002")
    assert isinstance(admitted, Admitted)
    assert [(each.uri, each.flow) for each in admitted.routes[0].targets] == [
        ("sip:1000002@198.51.100.200:5070", Flow("udp", 0, "198.51.100.200", 5070)),
        ("sip:1000002@[2001:db8::7]:5060", Flow("udp", 2, "2001:db8::7", 5060)),
    ]
    with shop.services.changes.unit():
        shop.store.endpoints.update(office, {"addresses": '["198.51.100.0/28"]'})
        shop.services.changes.note("endpoint", office)
    assert switch.gateway_of(own, "", "") is None and switch.gateway_of(inside, "", "") == office
    refused = door.admit("1000002")
    assert isinstance(refused, Refused) and refused.status == 480, "a network is no address to call"


def test_whose_request_it_is(door: Door) -> None:
    switch, trunk = door.switch, door.it.trunk
    own, other = Flow("udp", 0, "192.0.2.50", 5060), Flow("udp", 0, "192.0.2.50", 5099)
    assert switch.trunk_of(own, "1000001", "1000001") == trunk
    assert switch.trunk_of(other, "31201234567", "") == trunk
    assert switch.trunk_of(other, "1000001", "") is None
    assert switch.trunk_of(other, "31201234567", "1000001") is None
    assert switch.trunk_of(PHONE, "31201234567", "") is None
    with door.shop.services.changes.unit():
        door.shop.store.trunks.update(trunk, {"tls_name": "sip.carrier.example"})
        door.shop.services.changes.note("trunk", trunk)
    secure = Flow("tls", 0, "198.51.100.9", 40000, 7)
    shown = {secure: ("edge.carrier.example", "sip.carrier.example"), secure._replace(connection=8): ("carrier.example",)}
    switch.certificate_names = lambda flow: shown.get(flow, ())
    assert switch.trunk_of(secure, "1000001", "") == trunk, "a name that is proved is the trunk's at any address, whatever it says"
    assert switch.trunk_of(secure._replace(connection=8), "31201234567", "") is None
    assert switch.trunk_of(secure._replace(connection=9), "31201234567", "") is None
    with door.shop.services.changes.unit():
        door.shop.store.trunks.update(trunk, {"disabled": 1})
        door.shop.services.changes.note("trunk", trunk)
    assert switch.trunk_of(secure, "31201234567", "") is None
    assert switch.domains() == {"sip.root.test"}
    assert switch.realm("SIP.root.test", "x") == "sip.root.test"
    credential = switch.credential("1000001", "sip.root.test")
    assert credential is not None and (credential.endpoint, credential.number, credential.disabled) == (door.it.alice, "1000001", False)
    assert switch.credential("1000001", "elsewhere.test") is None


def test_a_restart_forgets_no_binding(door: Door) -> None:
    stream = Flow("tcp", 1, "192.0.2.2", 40000, 17)
    both = (
        binding(door, path=("<sip:edge;lr>",), instance="urn:x", reg_id=1, q=500, natted=True, user_agent="A phone"),
        binding(door, "sip:1@192.0.2.2;transport=tcp", stream),
    )
    door.tell(BindingsChanged(door.it.alice, both, both, (), door.shop.clock.monotonic()))
    assert door.switch.bindings(door.it.alice) == both
    door.shop.clock.advance(100)
    door.restart()
    after = sorted(door.switch.bindings(door.it.alice), key=lambda each: each.contact, reverse=True)
    now = door.shop.clock.monotonic()
    assert [each.expires - now for each in after] == [pytest.approx(500.0, abs=0.01)] * 2
    same = {each.contact: each for each in both}
    for each in after:
        was = same[each.contact]
        assert (each.call_id, each.cseq, each.path, each.instance, each.reg_id, each.q, each.natted, each.user_agent) == (
            was.call_id, was.cseq, was.path, was.instance, was.reg_id, was.q, was.natted, was.user_agent)  # fmt: skip
    # the connection died with the run: where the phone listens, as its contact says
    assert {each.flow for each in after} == {PHONE, stream._replace(port=5060, connection=0)}
    assert [line.endpoint for line in door.shop.services.registrations.lines()] == ["1000001", "1000001"]
    door.shop.clock.advance(501)
    assert door.switch.bindings(door.it.alice) == ()


def test_a_stream_stays_the_same_within_a_run(door: Door) -> None:
    stream = binding(door, flow=Flow("tcp", 1, "192.0.2.2", 40000, 17))
    door.tell(BindingsChanged(door.it.alice, (stream,), (stream,), (), door.shop.clock.monotonic()))
    door.switch.failed(OSError())
    assert door.switch.bindings(door.it.alice)[0].flow.connection == 17


def test_a_phone_with_two_flows_is_rung_once(door: Door) -> None:
    """RFC 5626 5.3: one flow of an instance at a time, the one refreshed last; two phones are two."""
    now, stream = door.shop.clock.monotonic(), Flow("tcp", 1, "192.0.2.2", 40000, 17)
    old = binding(door, instance="<urn:uuid:1>", reg_id=1, refreshed=now - 30)
    new = binding(door, flow=stream, instance="<urn:uuid:1>", reg_id=2)
    apart = binding(door, path=("<sip:edge;lr>",), flow=stream._replace(connection=18), instance="<urn:uuid:1>", reg_id=3, refreshed=now - 60)
    other = binding(door, "sip:1@192.0.2.3", instance="<urn:uuid:2>", reg_id=1)
    plain = binding(door, "sip:1@192.0.2.4", instance="<urn:uuid:2>")
    all_five = (old, new, apart, other, plain)
    door.tell(BindingsChanged(door.it.alice, all_five, all_five, (), now))
    targets = targets_of(door.switch.bindings(door.it.alice))
    assert [(target.flow, target.others) for target in targets] == [(stream, (PHONE,)), (PHONE, ()), (PHONE, ())]
    assert [target.uri for target in targets[1:]] == ["sip:1@192.0.2.3", "sip:1@192.0.2.4"]


def test_two_flows_of_one_phone_are_remembered_as_two(door: Door) -> None:
    """RFC 5626: one contact, two reg-ids; and the same address inside two homes. One is taken away, the other stays."""
    now, inside = door.shop.clock.monotonic(), "sip:1000001@192.168.1.2:5060"
    homes = [binding(door, inside, Flow("udp", 0, f"198.51.100.{n}", 5060), natted=True) for n in (1, 2)]
    flows = [binding(door, flow=Flow("udp", 0, "192.0.2.1", 5062 + n), instance="<urn:uuid:1>", reg_id=n) for n in (1, 2)]
    every = (*homes, *flows)
    door.tell(BindingsChanged(door.it.alice, every, every, (), now))
    door.restart()
    kept = door.switch.bindings(door.it.alice)
    assert sorted((each.reg_id, each.flow) for each in kept) == sorted((each.reg_id, each.flow) for each in every)
    left = tuple(each for each in kept if each.reg_id != 1 and each.flow.host != "198.51.100.2")
    gone = tuple(each for each in kept if each not in left)
    door.tell(BindingsChanged(door.it.alice, left, (), gone, door.shop.clock.monotonic()))
    door.restart()
    assert {(each.reg_id, each.flow.host) for each in door.switch.bindings(door.it.alice)} == {(0, "198.51.100.1"), (2, "192.0.2.1")}
    assert len(list(door.shop.store.bindings.history(door.it.alice, 0, 1 << 60))) == 2


def test_calls_between_ipv4_and_ipv6_without_a_relay_are_an_alert(door: Door) -> None:
    alerts = door.shop.services.nouns.alerts
    alerts.unbridged = lambda: door.switch.unbridged
    for call in (1, 2):
        door.tell(Unbridged(call, door.shop.clock.monotonic()))
    (said,) = [each for each in alerts.list(OWNER).alerts if each.code == "alert.unbridged"]
    assert said.parameters["count"] == "2" and "[::]" in said.text
    door.shop.clock.advance(86_401)
    assert "alert.unbridged" not in {each.code for each in alerts.list(OWNER).alerts}


def test_streams_of_contacts_that_are_gone_are_forgotten(door: Door) -> None:
    now, stream = door.shop.clock.monotonic(), Flow("tcp", 1, "192.0.2.2", 40000, 17)
    kept: tuple[Binding, ...] = ()
    for port in range(40_000, 40_020):
        one = (binding(door, f"sip:1@192.0.2.2:{port};transport=tcp", stream._replace(port=port)),)
        door.tell(BindingsChanged(door.it.alice, one, one, kept, now))
        kept = one
    assert door.switch._flows._connections == {door.it.alice: {("sip:1@192.0.2.2:40019;transport=tcp", "", 0, ""): 17}}
    door.tell(BindingsChanged(door.it.alice, (), (), kept, now))
    assert door.switch._flows._connections == {}


def test_ended_bindings_become_history(door: Door) -> None:
    began = door.shop.clock.utcnow()
    one = binding(door)
    door.tell(BindingsChanged(door.it.alice, (one,), (one,), (), door.shop.clock.monotonic()))
    door.shop.clock.advance(60)
    again = binding(door)
    door.tell(BindingsChanged(door.it.alice, (again,), (), (), door.shop.clock.monotonic()))
    door.shop.clock.advance(60)
    door.tell(BindingsChanged(door.it.alice, (), (), (again,), door.shop.clock.monotonic()))
    (past,) = door.shop.store.bindings.history(door.it.alice, 0, 1 << 60)
    assert (past.from_at, past.until_at, past.source) == (began, began + 120_000, "192.0.2.1:5062/udp")
    assert door.switch.bindings(door.it.alice) == ()


def test_a_refresh_writes_one_row(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    both = (binding(door), binding(door, "sip:1@192.0.2.2:5062"))
    door.tell(BindingsChanged(door.it.alice, both, both, (), door.shop.clock.monotonic()))
    door.switch.bindings(door.it.alice)
    table, saved = door.shop.store.bindings, []
    save = table.save
    monkeypatch.setattr(table, "save", lambda row: (saved.append(row.contact), save(row)))
    door.shop.clock.advance(30.0004)
    fresh = binding(door, both[1].contact)
    door.tell(BindingsChanged(door.it.alice, (both[0], fresh), (), (), door.shop.clock.monotonic()))
    assert saved == [fresh.contact]
    assert [row.contact for row in table.of(door.it.alice, door.shop.clock.utcnow())] == [both[0].contact, fresh.contact]


def test_bindings_that_run_out_become_history_by_the_job(door: Door) -> None:
    one = binding(door)
    door.tell(BindingsChanged(door.it.alice, (one,), (one,), (), door.shop.clock.monotonic()))
    door.shop.clock.advance(700)
    door.shop.services.jobs.run(door.shop.clock.monotonic())
    door.end_batch()
    assert len(list(door.shop.store.bindings.history(door.it.alice, 0, 1 << 60))) == 1
    assert list(door.shop.store.bindings.all(0)) == []


def test_dialogs_come_back_on_the_listeners_of_the_next_run(door: Door) -> None:
    admitted = door.admit("442079460001")
    assert isinstance(admitted, Admitted)
    there = Flow("tcp", 1, "192.0.2.50", 5060, 44)
    door.tell(CallAnswered(admitted.call, door.it.trunk, None, "", "", door.dialog(), door.dialog(there), door.shop.clock.monotonic()))
    door.shop.crash()
    door.shop.start()
    door.switch = Switch(door.shop.services, list(reversed(LISTENERS)))
    ((caller, callee),) = door.switch.orphans(door.shop.recovered.dialogs)
    assert (caller.flow, callee.flow) == (PHONE._replace(listener=2), there._replace(connection=0))
    assert (caller.local_cseq, caller.route_set) == (3, ("<sip:p1;lr>",))


def test_a_batch_that_writes_nothing_opens_and_leaves_no_unit(door: Door) -> None:
    door.switch.begin(quick=False)
    assert not door.switch.needs_commit()
    assert not door.shop.store.in_unit
    told: list[BaseException | None] = []
    door.shop.services.changes.begin()
    door.switch.after_commit.append(told.append)
    assert not door.switch.needs_commit()
    assert (told, door.shop.store.in_unit) == ([None], False)


def test_a_forked_call_and_its_callers_name(door: Door) -> None:
    bob = door.shop.endpoint(door.it.customer, "1000002", display_name="Bob", registered=True)
    admitted = door.admit("1000001", endpoint=bob)
    assert isinstance(admitted, Refused) and admitted.status == 480
    contacts = (binding(door), binding(door, "sip:1000001@192.0.2.3:5064"))
    door.tell(BindingsChanged(door.it.alice, contacts, contacts, (), door.shop.clock.monotonic()))
    admitted = door.admit("1000001", endpoint=bob)
    assert isinstance(admitted, Admitted)
    (route,) = admitted.routes
    assert [target.uri for target in route.targets] == [each.contact for each in contacts]
    assert (route.caller.number, route.caller.display, route.realm_domain, route.trunk) == ("1000002", "Bob", "sip.root.test", None)


def test_a_host_name_is_left_to_the_engine_and_odd_digits_are_escaped(door: Door) -> None:
    with door.shop.services.changes.unit():
        door.shop.store.trunks.update(door.it.trunk, {"host": "carrier.example", "port": 5070, "transport": "tcp", "prepend": "#9 "})
        door.shop.services.changes.note("trunk", door.it.trunk)
    admitted = door.admit("442079460001")
    assert isinstance(admitted, Admitted)
    (target,) = admitted.routes[0].targets
    assert (target.uri, target.flow, target.host, target.port) == (
        "sip:%239%20442079460001@carrier.example:5070;transport=tcp",
        None,
        "carrier.example",
        5070,
    )


@pytest.mark.parametrize(
    ("host", "transport", "uri", "asked"),
    [
        ("carrier.example", "udp", "sip:442079460001@carrier.example", (None, 0, "")),
        ("carrier.example", "tls", "sip:442079460001@carrier.example;transport=tls", (None, 0, "tls")),
        ("192.0.2.50", "tcp", "sip:442079460001@192.0.2.50;transport=tcp", (5060, 0, "tcp")),
        ("192.0.2.50", "tls", "sip:442079460001@192.0.2.50;transport=tls", (5061, 0, "tls")),
    ],
)
def test_port_0_is_as_dns_says(door: Door, host: str, transport: str, uri: str, asked: tuple[int | None, int, str]) -> None:
    """RFC 3263 4: without a port a name is asked for its services, an address has the transport's own port."""
    with door.shop.services.changes.unit():
        door.shop.store.trunks.update(door.it.trunk, {"host": host, "port": 0, "transport": transport})
        door.shop.services.changes.note("trunk", door.it.trunk)
    admitted = door.admit("442079460001")
    assert isinstance(admitted, Admitted)
    (target,) = admitted.routes[0].targets
    assert (target.uri, target.flow and target.flow.port, target.port, target.transport) == (uri, *asked)
    assert [(config.port, config.transport) for config in door.switch.trunk_configs()] == [asked[1:]]


def test_an_emergency_call_is_admitted_while_the_commit_thread_has_the_database(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    rescue = door.shop.trunk(door.it.root, "rescue", emergency=1)
    request = CallRequest("c1@phone", "442079460001", "1000001", "", False, PHONE, "a phone", endpoint=door.it.alice)
    first = door.switch.admit(request, door.shop.clock.monotonic())
    assert isinstance(first, Admitted)
    assert door.switch.needs_commit()
    with monkeypatch.context() as patched:

        def touched(*_: object) -> None:
            raise AssertionError("the connection is in other hands")

        for name in ("_execute",):
            patched.setattr(door.shop.store.database, name, touched, raising=True)
        urgent = CallRequest("c2@phone", "112", "1000001", "", False, PHONE, "a phone", endpoint=door.it.alice, emergency=True)
        second = door.switch.admit(urgent, door.shop.clock.monotonic())
    assert isinstance(second, Admitted) and second.routes[0].trunk == rescue
    door.switch.commit()
    door.switch.committed()
    now = door.shop.clock.monotonic()
    door.tell(CallAnswered(second.call, rescue, None, "", "", door.dialog(), door.dialog(), now))
    assert door.shop.store.calls.get_live(second.call) is not None
    door.shop.clock.advance(5)
    door.tell(CallEnded(second.call, 200, "normal", "caller", rescue, "", "", None, door.shop.clock.monotonic()))
    cdr = door.shop.store.calls.get(second.call)
    assert cdr is not None and (cdr.duration_ms, cdr.emergency) == (5000, 1)
    door.shop.verify()


def test_what_is_registered_is_known_at_the_start(door: Door) -> None:
    one = binding(door)
    door.tell(BindingsChanged(door.it.alice, (one,), (one,), (), door.shop.clock.monotonic()))
    door.restart()
    assert list(door.switch.stored_bindings()) == [door.it.alice]
    (config,) = door.switch.trunk_configs()
    assert (config.trunk, config.host, config.register_seconds, config.addresses) == (door.it.trunk, "192.0.2.50", 0, ())


def test_news_of_a_trunk_alone_is_recorded(door: Door) -> None:
    """An outage is a row, though what the carrier says of our registration is kept in memory."""
    shop, trunk = door.shop, door.it.trunk
    shop.services.nouns  # noqa: B018  whoever follows the trunks is there from its first use
    with shop.services.changes.unit():
        shop.store.trunks.update(trunk, {"register": 1})
        shop.services.changes.note("trunk", trunk)
    now = shop.clock.monotonic()
    door.tell(TrunkRegistered(trunk, 0, "403 Forbidden", now))
    assert [(each.trunk_id, each.detail) for each in shop.store.trunk_outages.open()] == [(trunk, "403 Forbidden")]
    door.tell(TrunkRegistered(trunk, 0, "403 Forbidden", now))
    assert not shop.store.in_unit, "nothing new is nothing to commit"
    door.tell(TrunkRegistered(trunk, 600, "", now))
    assert list(shop.store.trunk_outages.open()) == []


def test_sentences_for_phones_are_put_together_once_in_both_codecs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = tmp_path / "resources" / "announcements" / "en"
    words.mkdir(parents=True)
    for name, frames in (("balance", 3), ("1", 1)):
        (words / f"{name}.ul").write_bytes(name[:1].encode() * 80 * frames)
        (words / f"{name}.g729").write_bytes(name[:1].encode() * 10 * frames)
    monkeypatch.setattr("appliance.paths.resources", lambda: tmp_path / "resources")
    made = put_together(tmp_path, "en", ("balance", "1"))
    assert made is not None and made.seconds == 0.04 and made.g729
    assert Path(made.file).read_bytes() == b"b" * 240 + b"1" * 80
    assert Path(made.file).with_suffix(".g729").read_bytes() == b"b" * 30 + b"1" * 10
    (words / "1.g729").unlink()
    assert put_together(tmp_path, "en", ("balance", "1")) == made, "kept"
    assert put_together(tmp_path, "en", ("1", "balance")) == Announcement(str(tmp_path / "spoken" / "en-1-balance.ul"), 0.04), (
        "one word has G.711 alone"
    )
    assert put_together(tmp_path, "en", ("nothing",)) is None and ready_made("en", "nothing") is None
    assert ready_made("en", "balance") == Announcement(str(words / "balance.ul"), 0.03, True)


def test_answers_and_registrations_wait_for_the_disk_and_what_begins_or_ends_nothing_does_not(door: Door) -> None:
    def unit(*facts: object) -> tuple[bool, bool]:
        door.switch.begin(quick=True)
        door.switch.record(facts, door.shop.clock.monotonic())  # type: ignore[arg-type]
        assert door.switch.needs_commit()
        found = door.switch.quick(), door.switch.lasting()
        door.switch.commit()
        door.switch.committed()
        door.switch.sync()
        return found

    now = door.shop.clock.monotonic()
    door.switch.begin(quick=True)
    request = CallRequest("c1@phone", "442079460001", "1000001", "Alice", False, PHONE, "a phone", endpoint=door.it.alice)
    admitted = door.switch.admit(request, now)
    assert isinstance(admitted, Admitted)
    assert unit() == (True, False)
    assert unit(CallAnswered(admitted.call, door.it.trunk, None, "", "", door.dialog(), door.dialog(), now)) == (True, True)
    door.shop.clock.advance(5)
    ended = CallEnded(admitted.call, 200, "normal", "caller", door.it.trunk, "", "", None, door.shop.clock.monotonic())
    assert unit(ended) == (True, False)
    contact = binding(door)
    assert unit(BindingsChanged(door.it.alice, (contact,), (contact,), (), now)) == (True, True)
    door.switch.between()
    door.shop.services.changes.begin()
    door.shop.services.heartbeat.start()
    assert unit() == (False, False)
    broken = EnvironmentFault("database.disk_error", path="x", detail="y")
    door.switch.unsynced(broken)
    assert unit(BindingsChanged(door.it.alice, (), (), (), now)) == (False, True) and door.switch.store_fault is broken

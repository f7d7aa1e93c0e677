"""Our registration at carriers: credentials, refresh, failure and back-off, keep-alive, change and removal."""

from __future__ import annotations

from itertools import pairwise

from appliance.sip.facts import TrunkRegistered
from appliance.sip.message import Request
from appliance.sip.policy import Flow, ListenerAddress
from appliance.sip.trunk import TrunkConfig
from tests.sip.simulation import Home, Phone, World

CONFIG = TrunkConfig(1, "10.0.0.9", 5090, username="shop", password="pass", domain="carrier.test", register_seconds=600)


class Registrar(Phone):
    """A carrier that asks for digest once and then grants `granted` seconds; `status` refuses."""

    def __init__(self, world: World, host: str = "10.0.0.9", port: int = 5090) -> None:
        super().__init__(world, host, port, "carrier")
        self.status = 200
        self.granted = 300
        self.heard: list[tuple[str, str]] = []

    def on_request(self, tx, request: Request, flow, now: float) -> None:
        self.requests.append(request)
        if request.method != "REGISTER":
            tx.reply(200, now)
        elif request.get("Authorization") is None:
            tx.reply(401, now, None, (("WWW-Authenticate", 'Digest realm="carrier", nonce="n1", algorithm=MD5, qop="auth"'),))
        elif self.status != 200:
            extra = (("Min-Expires", "900"),) if self.status == 423 else ()
            tx.reply(self.status, now, None, extra)
        else:
            contact = request.get("Contact") or ""
            self.heard.append((request.uri, request.get("Expires") or ""))
            tx.reply(200, now, None, (("Contact", f"{contact};expires={self.granted}"),))


def build(config: TrunkConfig = CONFIG) -> tuple[World, Home, Registrar]:
    world = World()
    home, carrier = Home(world), Registrar(world)
    home.engine.update_trunks([config], world.now)
    home.pump()
    world.run(1)
    return world, home, carrier


def told(home: Home) -> list[tuple[int, str]]:
    return [(fact.expires_seconds, fact.reason) for fact in home.told(TrunkRegistered)]


def test_registers_with_credentials_and_refreshes() -> None:
    world, home, carrier = build()
    assert carrier.heard == [("sip:carrier.test", "600")]
    assert carrier.requests[-1].to.uri == "sip:shop@carrier.test"
    assert told(home) == [(300, "")]
    world.run(260)
    assert len(carrier.heard) == 2
    assert told(home) == [(300, "")]
    line = home.engine._trunks.line(1)
    assert line is not None
    assert line.registered_until > world.now
    assert "sip:10.0.0.1:5060" not in (carrier.requests[-1].get("Contact") or "")
    assert "sip:shop@10.0.0.1:5060" in (carrier.requests[-1].get("Contact") or "")


def test_a_refusal_is_told_with_the_next_try_which_comes_later_and_later() -> None:
    world, home, carrier = build()
    carrier.status = 403
    world.run(300)
    assert told(home)[0] == (300, "") and set(told(home)[1:]) == {(0, "403 Forbidden")}
    failures = [fact for fact in home.told(TrunkRegistered) if not fact.expires_seconds]
    assert failures[0].retry_seconds == 30.0
    tried = len(carrier.requests)
    world.run(29)
    carrier.status = 200
    world.run(130)
    assert len(carrier.requests) > tried
    assert told(home)[-1] == (300, "")


def test_a_silent_carrier() -> None:
    world = World()
    home = Home(world)
    home.engine.update_trunks([CONFIG], world.now)
    home.pump()
    world.run(40)
    assert told(home) == [(0, "timeout")]
    carrier = Registrar(world)
    world.run(40)
    assert carrier.heard


def test_an_interval_too_brief() -> None:
    world = World()
    home, carrier = Home(world), Registrar(world)
    carrier.status = 423
    home.engine.update_trunks([CONFIG], world.now)
    home.pump()
    world.run(0.011)
    carrier.status = 200
    world.run(1)
    assert carrier.heard[-1][1] == "900"


def test_keep_alive_and_reachability() -> None:
    world, home, carrier = build(TrunkConfig(1, "10.0.0.9", 5090, keepalive_seconds=30))
    world.run(95)
    assert [request.method for request in carrier.requests] == ["OPTIONS"] * 3
    line = home.engine._trunks.line(1)
    assert line is not None
    assert line.reachable is True
    carrier.silent = True
    world.run(70)
    assert line.reachable is False


def test_the_way_to_a_carrier_that_we_are_registered_at_is_kept_open() -> None:
    """A router forgets a silent mapping after 30 s, and with it the calls that come in (RFC 5626 4.4)."""
    world, home, carrier = build()
    carrier.granted = 3600
    sent: list[float] = []
    plain = home.engine.layer.send

    def send(flow: Flow, data: bytes) -> None:
        if data == b"\r\n\r\n":
            assert (flow.host, flow.port) == ("10.0.0.9", 5090)
            sent.append(world.now)
        plain(flow, data)

    home.engine.layer.send = send
    world.run(240)
    pauses = [after - before for before, after in pairwise(sent)]
    assert len(sent) >= 9 and all(20 <= pause <= 25.1 for pause in pauses)
    carrier.status = 403
    world.run(600)
    before = len(sent)
    world.run(600)
    assert len(sent) == before, "who is not registered expects no calls"
    home.engine.update_trunks([], world.now)
    world.run(100)
    assert home.leaks() == {}


def test_a_lost_connection_to_a_carrier_is_registered_anew_but_not_again_and_again() -> None:
    """Calls come to us over it; a carrier that closes each one at once comes by one of its own."""
    world, home, carrier = build()
    line = home.engine._trunks.line(1)
    assert line is not None and line.flow is not None and len(carrier.heard) == 1
    for seconds, registered in ((0, 1), (10, 1), (60, 2), (1, 2)):
        world.run(seconds)
        home.engine.connection_lost(line.flow, world.now)
        home.engine.connection_lost(line.flow._replace(port=5999), world.now)
        home.pump()
        world.run(1)
        assert len(carrier.heard) == registered
    home.engine.update_trunks([], world.now)
    home.pump()
    world.run(100)
    assert home.leaks() == {}


def test_a_changed_trunk_begins_anew_and_a_removed_one_says_so() -> None:
    world, home, carrier = build()
    home.engine.update_trunks([CONFIG], world.now)
    home.pump()
    world.run(1)
    assert len(carrier.heard) == 1
    home.engine.update_trunks([TrunkConfig(1, "10.0.0.9", 5090, username="shop", password="new", register_seconds=600)], world.now)
    home.pump()
    world.run(1)
    assert ("sip:carrier.test", "0") in carrier.heard
    assert ("sip:10.0.0.9", "600") in carrier.heard
    home.engine.update_trunks([], world.now)
    home.pump()
    world.run(100)
    assert carrier.heard[-1] == ("sip:10.0.0.9", "0")
    assert home.leaks() == {}


def test_a_new_public_address_registers_anew() -> None:
    world, home, carrier = build()
    home.engine.update_listeners([ListenerAddress("udp", "10.0.0.1", 5060, public_host="203.0.113.9")], world.now)
    home.pump()
    world.run(1)
    assert len(carrier.heard) == 2


def test_a_carrier_by_name() -> None:
    world = World()
    home, carrier = Home(world), Registrar(world)
    home.engine.update_trunks([TrunkConfig(1, "carrier.test", 5090, username="shop", register_seconds=600)], world.now)
    home.pump()
    for question in home.questions:
        home.engine.located(question, ["10.0.0.9"] if question.kind == "A" else [], world.now)
    home.pump()
    world.run(1)
    assert carrier.heard == [("sip:carrier.test", "600")]


def test_the_address_a_carrier_sees_us_under_is_told() -> None:
    world = World()
    home, _ = Home(world), Registrar(world)
    seen: list[tuple[int, str, int]] = []
    home.engine.watch_address(lambda listener, host, port: seen.append((listener, host, port)))
    home.engine.update_trunks([CONFIG], world.now)
    home.pump()
    world.run(1)
    assert seen == [(0, "10.0.0.1", 5060)]

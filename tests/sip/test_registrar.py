"""REGISTER as RFC 3261 10.3, RFC 3327 and RFC 5626 have it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.sip.facts import BindingsChanged
from appliance.sip.message import Request, Response
from appliance.sip.policy import Credential, Flow
from appliance.sip.registrar import MAX_CONTACTS, Registrar
from tests.sip.registering import FLOW, REALM, Endpoints, register


class Desk:
    """One endpoint and its registrar."""

    def __init__(self, max_bindings: int = 5) -> None:
        self.endpoints = Endpoints()
        self.credential: Credential = self.endpoints.add("1001", "secret", max_bindings=max_bindings)
        self.registrar = Registrar(self.endpoints)
        self.cseq = 0

    def send(self, request: Request, now: float = 0.0, flow: Flow = FLOW) -> tuple[Response, BindingsChanged | None]:
        response, fact = self.registrar.handle(request, flow, self.credential, now, "1001", "t")
        self.endpoints.apply(fact)
        return response, fact

    def register(self, *contacts: str, expires: int | None = None, now: float = 0.0, **more) -> Response:
        self.cseq += 1
        more.setdefault("cseq", self.cseq)
        flow = more.pop("flow", FLOW)
        return self.send(register(*contacts, expires=expires, **more), now, flow)[0]

    @property
    def contacts(self) -> list[str]:
        return [binding.contact for binding in self.endpoints.bindings(1)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_binding_is_made(desk: Desk) -> None:
    response, fact = desk.send(register("sip:1001@192.0.2.50:5060", expires=600, more=(("User-Agent", "Phone 1"),)), 100.0)
    assert (response.status, response.get("Contact"), response.to.tag) == (200, "<sip:1001@192.0.2.50:5060>;expires=600", "t")
    assert fact is not None
    assert fact.removed == ()
    (binding,) = fact.added
    assert (binding.contact, binding.flow, binding.expires, binding.user_agent) == ("sip:1001@192.0.2.50:5060", FLOW, 700.0, "Phone 1")
    assert (binding.q, binding.natted, binding.refreshed, binding.call_id, binding.cseq) == (1000, False, 100.0, "reg1", 1)


def test_a_refresh_changes_only_times(desk: Desk) -> None:
    desk.register("sip:1001@192.0.2.50", expires=600)
    response, fact = desk.send(register("sip:1001@192.0.2.50", expires=600, cseq=2), 300.0)
    assert fact is not None
    assert (fact.added, fact.removed) == ((), ())
    assert fact.bindings[0].expires == 900.0
    assert response.get("Contact") == "<sip:1001@192.0.2.50>;expires=600"


# What Contact and Expires say, and the seconds that come of it (None: 423).
EXPIRES = [
    ("<sip:a@192.0.2.50>", None, 3600),
    ("<sip:a@192.0.2.50>", 120, 120),
    ("<sip:a@192.0.2.50>;expires=300", 120, 300),
    ("<sip:a@192.0.2.50>;expires=99999999999999", None, 7200),
    ("<sip:a@192.0.2.50>;expires=soon", 120, 120),
    ("<sip:a@192.0.2.50>;expires=soon", None, 3600),
    ("<sip:a@192.0.2.50>;expires=59", None, None),
    ("<sip:a@192.0.2.50>", 1, None),
    ("<sip:a@192.0.2.50>;expires=60", 1, 60),
]


@pytest.mark.parametrize(("contact", "expires", "seconds"), EXPIRES)
def test_expires(desk: Desk, contact: str, expires: int | None, seconds: int | None) -> None:
    response = desk.register(contact, expires=expires)
    if seconds is None:
        assert (response.status, response.get("Min-Expires")) == (423, "60")
        assert desk.contacts == []
    else:
        assert response.get("Contact") == f"<sip:a@192.0.2.50>;expires={seconds}"


def test_a_query_lists_and_changes_nothing(desk: Desk) -> None:
    desk.register("sip:a@192.0.2.50", "sip:b@192.0.2.51", expires=600)
    response, fact = desk.send(register(cseq=9), 100.5)
    assert fact is None
    assert response.all("Contact") == ["<sip:a@192.0.2.50>;expires=500", "<sip:b@192.0.2.51>;expires=500"]


def test_expired_bindings_are_gone(desk: Desk) -> None:
    desk.register("sip:a@192.0.2.50", expires=600)
    assert desk.register(now=600.0).all("Contact") == []


def test_zero_takes_one_away(desk: Desk) -> None:
    desk.register("sip:a@192.0.2.50", "sip:b@192.0.2.51")
    response, fact = desk.send(register("<sip:a@192.0.2.50>;expires=0", cseq=2))
    assert fact is not None
    assert [binding.contact for binding in fact.removed] == ["sip:a@192.0.2.50"]
    assert len(response.all("Contact")) == 1
    assert desk.contacts == ["sip:b@192.0.2.51"]


def test_a_star_takes_all_away(desk: Desk) -> None:
    desk.register("sip:a@192.0.2.50", "sip:b@192.0.2.51")
    assert desk.register("*", expires=0).all("Contact") == []
    assert desk.contacts == []


@pytest.mark.parametrize(("contacts", "expires"), [(("*",), None), (("*",), 60), (("*", "sip:a@192.0.2.50"), 0)])
def test_a_star_must_stand_alone_with_zero(desk: Desk, contacts: tuple[str, ...], expires: int | None) -> None:
    desk.register("sip:a@192.0.2.50")
    assert desk.register(*contacts, expires=expires).status == 400
    assert desk.contacts == ["sip:a@192.0.2.50"]


@pytest.mark.parametrize("contact", ["sip:a@192.0.2.50", "*"])
def test_order_within_a_call_id(desk: Desk, contact: str) -> None:
    desk.register("sip:a@192.0.2.50", cseq=5)
    expires = 0 if contact == "*" else 600
    assert desk.register(contact, expires=expires, cseq=5).status == 500
    assert desk.register(contact, expires=expires, cseq=4).status == 500
    assert desk.register(contact, expires=expires, cseq=4, call_id="other").status == 200


def test_one_fault_changes_nothing(desk: Desk) -> None:
    desk.register("sip:a@192.0.2.50", cseq=5)
    assert desk.register("sip:b@192.0.2.51", "sip:a@192.0.2.50", cseq=5).status == 500
    assert desk.register("sip:b@192.0.2.51", "mailto:a@example.com", cseq=6).status == 416
    assert desk.contacts == ["sip:a@192.0.2.50"]


def test_one_more_replaces_the_one_refreshed_longest_ago() -> None:
    desk = Desk(max_bindings=2)
    desk.register("sip:a@192.0.2.50", now=1.0)
    desk.register("sip:b@192.0.2.51", now=2.0)
    desk.register("sip:a@192.0.2.50", now=3.0)
    _, fact = desk.send(register("sip:c@192.0.2.52", cseq=9), 4.0)
    assert fact is not None
    assert [binding.contact for binding in fact.removed] == ["sip:b@192.0.2.51"]
    assert desk.contacts == ["sip:a@192.0.2.50", "sip:c@192.0.2.52"]


def test_contacts_that_are_the_same_uri(desk: Desk) -> None:
    desk.register("sip:%61@HOST.example.com;transport=UDP")
    desk.register("sip:a@host.example.com;transport=udp")
    assert desk.contacts == ["sip:a@host.example.com;transport=udp"]
    desk.register("sip:a@host.example.com;transport=tcp")
    assert len(desk.contacts) == 2


INSTANCE = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-000a95a0e128>"'


def test_instance_and_reg_id_name_a_binding(desk: Desk) -> None:
    supported = (("Supported", "path, outbound"),)
    response = desk.register(f"<sip:a@192.0.2.50>;{INSTANCE};reg-id=1", more=supported)
    assert response.get("Require") == "outbound"
    assert response.get("Contact") == f"<sip:a@192.0.2.50>;expires=3600;{INSTANCE};reg-id=1"
    desk.register(f"<sip:a@192.0.2.50:49999>;{INSTANCE};reg-id=1", call_id="after-reboot", more=supported)
    assert desk.contacts == ["sip:a@192.0.2.50:49999"]
    desk.register(f"<sip:a@192.0.2.50:49999>;{INSTANCE};reg-id=2", call_id="second-flow", more=supported)
    assert len(desk.contacts) == 2
    desk.register(f"<sip:a@192.0.2.50:49999>;{INSTANCE};reg-id=1;expires=0", call_id="after-reboot", more=supported)
    assert [binding.reg_id for binding in desk.endpoints.bindings(1)] == [2], "one flow is taken back, the other stays"


def test_reg_id_without_instance_says_nothing(desk: Desk) -> None:
    response = desk.register("<sip:a@192.0.2.50>;reg-id=1", more=(("Supported", "outbound"),))
    assert (response.get("Contact"), response.get("Require")) == ("<sip:a@192.0.2.50>;expires=3600", None)


def test_two_reg_ids_in_one_request_are_400(desk: Desk) -> None:
    response = desk.register(f"<sip:a@192.0.2.50>;{INSTANCE};reg-id=1", f"<sip:b@192.0.2.50>;{INSTANCE};reg-id=2")
    assert response.status == 400


@pytest.mark.parametrize("reg_id", ["0", "x", "99999999999"])
def test_reg_ids_that_are_none(desk: Desk, reg_id: str) -> None:
    assert desk.register(f"<sip:a@192.0.2.50>;{INSTANCE};reg-id={reg_id}").status == 400


@pytest.mark.parametrize(
    ("text", "q"), [("0.5", 500), ("1", 1000), ("1.0", 1000), ("0", 0), ("0.333", 333), ("0.3339", 333), ("", 1000), ("x", 1000)]
)
def test_q(desk: Desk, text: str, q: int) -> None:
    response = desk.register(f"<sip:a@192.0.2.50>;q={text}")
    assert desk.endpoints.bindings(1)[0].q == q
    assert ("q=" in (response.get("Contact") or "")) == (q != 1000)


def test_path_is_kept_and_told(desk: Desk) -> None:
    path = "<sip:p1.example.com;lr>, <sip:p2.example.com;lr>"
    response = desk.register("sip:a@192.0.2.50", more=(("Path", path), ("Supported", "path")))
    assert response.all("Path") == ["<sip:p1.example.com;lr>", "<sip:p2.example.com;lr>"]
    assert desk.endpoints.bindings(1)[0].path == ("<sip:p1.example.com;lr>", "<sip:p2.example.com;lr>")


def test_the_address_of_record_must_be_the_senders(desk: Desk) -> None:
    assert desk.register("sip:a@192.0.2.50", number="1002").status == 403
    assert desk.register("sip:a@192.0.2.50", number="%31001").status == 200


def test_a_disabled_endpoint_is_403() -> None:
    desk = Desk()
    desk.credential = desk.endpoints.add("1001", "x", disabled=True)
    assert desk.register("sip:a@192.0.2.50").status == 403


def test_too_many_contacts(desk: Desk) -> None:
    assert desk.register(*[f"sip:{n}@192.0.2.50" for n in range(MAX_CONTACTS + 1)]).status == 400


def test_too_long_a_contact(desk: Desk) -> None:
    assert desk.register(f"sip:{'a' * 600}@192.0.2.50").status == 400


def test_a_phone_behind_nat(desk: Desk) -> None:
    flow = Flow("udp", 0, "198.51.100.7", 40123)
    request = register("sip:1001@192.168.1.20:5060")
    request.set("Via", "SIP/2.0/UDP 192.168.1.20:5060;branch=z9hG4bK1;rport=40123;received=198.51.100.7")
    _, fact = desk.send(request, 0.0, flow)
    assert fact is not None
    assert (fact.bindings[0].natted, fact.bindings[0].flow) == (True, flow)


def test_a_new_flow_is_news(desk: Desk) -> None:
    desk.register("sip:a@192.0.2.50")
    _, fact = desk.send(register("sip:a@192.0.2.50", cseq=2), 0.0, FLOW._replace(port=5099))
    assert fact is not None
    assert (len(fact.added), len(fact.removed)) == (1, 1)


def test_ipv6(desk: Desk) -> None:
    flow = Flow("udp", 0, "2001:db8::5", 5060)
    request = register("sip:a@[2001:db8::5]:5060")
    request.set("Via", "SIP/2.0/UDP [2001:db8::5];branch=z9hG4bK1")
    response, fact = desk.send(request, 0.0, flow)
    assert fact is not None
    assert not fact.bindings[0].natted
    assert response.get("Contact") == "<sip:a@[2001:db8::5]:5060>;expires=3600"
    assert f"sip:{REALM}" == request.uri


def behind(address: str, call_id: str, cseq: int) -> tuple[Request, Flow]:
    """A REGISTER of a phone that says 192.168.1.2, seen from `address`."""
    request = register("sip:1001@192.168.1.2", cseq=cseq, call_id=call_id)
    request.set("Via", "SIP/2.0/UDP 192.168.1.2;branch=z9hG4bK1;rport")
    return request, Flow("udp", 0, address, 40000)


def test_two_homes_with_the_same_private_address(desk: Desk) -> None:
    for address, call_id in (("198.51.100.1", "home"), ("198.51.100.2", "office")):
        request, flow = behind(address, call_id, 1)
        assert desk.send(request, 0.0, flow)[0].status == 200
    assert [binding.flow.host for binding in desk.endpoints.bindings(1)] == ["198.51.100.1", "198.51.100.2"]


def test_a_phone_that_moves_takes_its_binding_along(desk: Desk) -> None:
    for address, cseq in (("198.51.100.1", 1), ("198.51.100.2", 2)):
        request, flow = behind(address, "home", cseq)
        assert desk.send(request, 0.0, flow)[0].status == 200
    assert [binding.flow.host for binding in desk.endpoints.bindings(1)] == ["198.51.100.2"]


def test_what_is_too_long_or_odd(desk: Desk) -> None:
    assert desk.register("sip:a@192.0.2.50", more=(("Path", "<sip:" + "p" * 600 + ".example;lr>"),)).status == 400
    assert desk.register('<sip:a@192.0.2.50>;+sip.instance="' + "x" * 200 + '"').status == 400
    assert desk.contacts == []


def test_a_stored_contact_that_is_no_sip_uri_is_left_alone(desk: Desk) -> None:
    desk.register("sip:a@192.0.2.50")
    stored = desk.endpoints.bindings(1)[0]
    desk.endpoints.held[1] = (replace(stored, contact="odd"),)
    desk.register("sip:a@192.0.2.50")
    assert desk.contacts == ["odd", "sip:a@192.0.2.50"]

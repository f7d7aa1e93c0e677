"""The API's door, driven with bytes as a browser or a thief would send them; services are stand-ins."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web.test.requesthelper import DummyRequest

from appliance.api.auth import Asked
from appliance.api.bindings import Later
from appliance.api.request_reading import Routes
from appliance.api.site import Api, Exclusive
from appliance.errors import Conflict, EnvironmentFault, Forbidden, NotFound, UserError
from appliance.http_common import MOST_BODY, MOST_CONNECTIONS, Door
from appliance.i18n import sentence
from appliance.services.ground.access import Actor
from appliance.wire.operations import OPERATIONS, PREFIX
from appliance.wire.shapes import Done
from tests.api.served import Served

OWNER = Actor("owner", 1)
asked: list[tuple[Asked, Any]] = []


def at_once(work: Callable[[], object]) -> Deferred[object]:
    return maybeDeferred(work)


def answer(reply: object) -> Callable[[Asked, Any], object]:
    def bound(who: Asked, request: Any) -> object:
        asked.append((who, request))
        if isinstance(reply, Exception):
            raise reply
        return reply

    return bound


def door(reply: object = Done(5), exclusive: Exclusive = at_once) -> Door:
    asked.clear()
    bound = dict.fromkeys(OPERATIONS, answer(reply))
    return Door(Api(bound, exclusive, lambda token, **_: OWNER if token == "good" else None), "api", Clock())


def send(site: Door, *parts: bytes) -> StringTransport:
    protocol = site.buildProtocol(None)
    transport = StringTransport()
    protocol.makeConnection(transport)
    for part in parts:
        protocol.dataReceived(part)
    return transport


def ask(site: Door, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], Any]:
    lines = [f"{method} {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    head, _, content = send(site, "\r\n".join(lines).encode() + body).value().partition(b"\r\n\r\n")
    status, *rest = head.decode().split("\r\n")
    return (
        int(status.split()[1]),
        {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)},
        json.loads(content) if content else None,
    )


def test_healthz_needs_nobody() -> None:
    assert ask(door(), "GET", "/healthz")[::2] == (200, {"ok": True})


def test_places_of_the_path_and_the_query_are_fields() -> None:
    site = door()
    assert ask(site, "GET", f"{PREFIX}/customers/7?version=3", authorization="Bearer good")[0] == 200
    who, request = asked[0]
    assert (who.actor, who.token, request.id, request.version) == (OWNER, "good", 7, 3)
    assert ask(site, "PATCH", f"{PREFIX}/customers/7", b'{"name": "Al"}', authorization="Bearer good")[0] == 200
    assert (asked[1][1].id, asked[1][1].name) == (7, "Al")


def test_the_body_cannot_name_another_than_the_path() -> None:
    assert ask(door(), "PATCH", f"{PREFIX}/customers/7", b'{"id": 8}', authorization="Bearer good")[0] == 200
    assert asked[0][1].id == 7


def test_who_has_not_signed_in_is_nobody() -> None:
    ask(door(), "GET", f"{PREFIX}/customers", authorization="Bearer bad")
    assert asked[0][0].actor is None
    with pytest.raises(UserError, match=r"access\.sign_in"):
        asked[0][0].signed_in()


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFound("customer.unknown"), 404, "customer.unknown"),
        (Forbidden("access.forbidden", permission="x"), 403, "access.forbidden"),
        (Conflict("store.changed_meanwhile", what="customer", id=1), 409, "store.changed_meanwhile"),
        (UserError("amount.zero", field="amount"), 422, "amount.zero"),
        (UserError("access.sign_in"), 401, "access.sign_in"),
        (EnvironmentFault("database.full", path="x", detail="y"), 503, "database.full"),
        (ValueError("a bug with a secret"), 500, "program.fault"),
    ],
)
def test_errors_are_problems(error: Exception, status: int, code: str) -> None:
    got, headers, problem = ask(door(error), "GET", f"{PREFIX}/customers")
    assert (got, problem["status"], problem["code"]) == (status, status, code)
    assert headers["content-type"] == "application/problem+json"
    assert "secret" not in json.dumps(problem)
    assert problem["detail"]
    if isinstance(error, UserError) and error.field:
        assert problem["field"] == error.field


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/", b"", 404, "request.no_such_path"),
        ("GET", f"{PREFIX}/nothing", b"", 404, "request.no_such_path"),
        ("GET", f"{PREFIX}/customers/7/8/9", b"", 404, "request.no_such_path"),
        ("PUT", f"{PREFIX}/customers", b"", 405, "request.wrong_method"),
        ("GET", f"{PREFIX}/customers/seven", b"", 400, "request.wrong_value"),
        ("GET", f"{PREFIX}/customers?colour=1", b"", 400, "request.unknown_field"),
        ("POST", f"{PREFIX}/payments", b"{", 400, "request.not_json"),
        ("POST", f"{PREFIX}/payments", b"", 400, "request.missing_field"),
    ],
)
def test_what_is_wrongly_asked_never_reaches_a_service(method: str, path: str, body: bytes, status: int, code: str) -> None:
    got, _, problem = ask(door(), method, path, body)
    assert (got, problem["code"]) == (status, code)
    assert not asked


def test_a_refusal_is_in_the_language_asked_for_or_the_operators_own() -> None:
    spaniard = Actor("mira", 1, language="es")
    refused = Forbidden("sign_in.wrong", field="password")
    bound = dict.fromkeys(OPERATIONS, answer(refused))
    site = Door(Api(bound, at_once, lambda token, **_: spaniard if token == "good" else None), "api", Clock())
    path = f"{PREFIX}/customers/7"
    told = {code: sentence("sign_in.wrong", {}, code) for code in ("en", "es", "ar")}
    assert len(set(told.values())) == 3
    bearer = {"authorization": "Bearer good"}
    assert ask(site, "GET", path, **bearer, **{"accept-language": "ar"})[2]["detail"] == told["ar"]
    bound.update(dict.fromkeys(OPERATIONS, lambda asked, request: (asked.signed_in(), answer(refused)(asked, request))))
    assert ask(site, "GET", path, **bearer)[2]["detail"] == told["es"]
    assert ask(site, "GET", path)[2]["detail"] == sentence("access.sign_in", {}, "en")
    assert ask(site, "POST", "/api/v1/nowhere", **{"accept-language": "es-AR"})[2]["detail"] == sentence(
        "request.no_such_path", {"path": "/api/v1/nowhere"}, "es"
    )


def test_every_reply_protects_the_browser() -> None:
    for path in ("/healthz", f"{PREFIX}/customers", "/nothing"):
        headers = ask(door(), "GET", path)[1]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["server"] == "tollhouse", "which library answers is nobody's business"
        assert "'none'" in headers["content-security-policy"]


def test_a_body_without_end_is_refused_before_it_is_read() -> None:
    announced = send(door(), f"POST {PREFIX}/payments HTTP/1.1\r\nHost: x\r\nContent-Length: {MOST_BODY + 1}\r\n\r\n".encode())
    assert announced.value().startswith(b"HTTP/1.1 413")
    assert announced.disconnecting
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    chunked = send(door(), f"POST {PREFIX}/payments HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode(), *[chunk] * 33)
    assert chunked.value().startswith(b"HTTP/1.1 413")
    assert not asked


def test_connections_are_bounded() -> None:
    site = door()
    open_ones = [site.buildProtocol(None) for _ in range(MOST_CONNECTIONS)]
    assert all(open_ones)
    assert site.buildProtocol(None) is None


def test_a_reply_nobody_waits_for_is_dropped() -> None:
    waiting: list[tuple[Callable[[], object], Deferred[object]]] = []

    def later(work: Callable[[], object]) -> Deferred[object]:
        done: Deferred[object] = Deferred()
        waiting.append((work, done))
        return done

    site = door(exclusive=later)
    protocol = site.buildProtocol(None)
    transport = StringTransport()
    protocol.makeConnection(transport)
    protocol.dataReceived(f"GET {PREFIX}/customers HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    protocol.connectionLost(Failure(ConnectionDone()))
    work, done = waiting[0]
    done.callback(work())
    assert site.connections == 0
    assert not transport.value()


def test_long_work_is_done_in_a_thread_and_finished_in_a_unit_of_its_own() -> None:
    order: list[str] = []

    def exclusive(work: Callable[[], object]) -> Deferred[object]:
        order.append("unit")
        return maybeDeferred(work)

    def in_thread(work: Callable[[], object]) -> Deferred[object]:
        order.append("thread")
        return maybeDeferred(work)

    later = Later(lambda: 20, lambda result: Done(result + 1))
    api = Api(dict.fromkeys(OPERATIONS, answer(later)), exclusive, lambda token, **_: None, in_thread)
    assert ask(Door(api, "api", Clock()), "GET", f"{PREFIX}/customers")[2] == {"id": 21}
    assert order == ["unit", "thread", "unit"]


def test_work_that_can_stop_takes_no_step_after_the_line_is_gone() -> None:
    for name, steps in (("invoices.run", 2), ("decks.apply", 4)):
        taken: list[int] = []
        waiting: list[Deferred[object]] = []

        def in_thread(work: Callable[[], object], waiting: list[Deferred[object]] = waiting) -> Deferred[object]:
            waiting.append(Deferred())
            return waiting[-1]

        def step(_result: object, taken: list[int] = taken) -> object:
            taken.append(1)
            return Done(1) if len(taken) == 4 else Later(lambda: None, step)

        operation = OPERATIONS[name]
        api = Api({name: answer(Later(lambda: None, step))}, maybeDeferred, lambda token, **_: None, in_thread)
        request = DummyRequest([])
        api.answer(request, operation, lambda: None, None)  # type: ignore[arg-type]
        waiting.pop().callback(None)
        request.processingFailed(Failure(ConnectionDone()))
        while waiting:
            waiting.pop().callback(None)
        assert len(taken) == steps, name


def test_no_two_operations_share_a_way_in_and_each_is_found() -> None:
    routes = Routes()
    for operation in OPERATIONS.values():
        found = routes.find(operation.method, PREFIX + operation.path.replace("{id}", "7"))
        assert found is not None
        assert found[0] is operation


def test_the_self_check_and_what_is_known_of_a_person_come_through_the_door(served: Served) -> None:
    found = served.ask("owner", "GET", "/server/check")
    assert found.status == 200 and {each["name"] for each in found.json["lines"]} >= {"clock", "disk", "books"}
    assert served.ask("clerk", "GET", "/server/check").status == 403
    person = served.ask("owner", "POST", f"/customers/{served.root.customer}/person")
    assert person.status == 200 and person.json["content_type"] == "application/json"
    assert served.ask("clerk", "POST", f"/customers/{served.root.customer}/person").status == 403

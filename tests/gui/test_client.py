"""The line to the server: how requests are written, what becomes of answers, retries, pinned certificates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from pytestqt.qtbot import QtBot

from appliance.clock import SystemClock
from appliance.gui import words
from appliance.gui.client import Client, Reply, read, rows_field, written
from appliance.gui.server_watch import ServerWatch
from appliance.i18n import sentence
from appliance.wire import codec
from appliance.wire.cdrs import CdrList
from appliance.wire.customers import CustomerPage, CustomerUpdate
from appliance.wire.operations import OPERATIONS
from appliance.wire.payments import PaymentRecord, PaymentView
from appliance.wire.problem import CONTENT_TYPE, Problem
from appliance.wire.shapes import ById, Listing
from tests.gui.loopback_http import Asked, Given, Loopback, certificate
from tests.gui.people import customer, page

Make = Callable[..., Loopback]


@pytest.fixture
def listening() -> Iterator[Make]:
    made: list[Loopback] = []

    def make(answer: Callable[[Asked], Given], **options: Any) -> Loopback:
        made.append(Loopback(answer, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


MakeClient = Callable[..., Client]


@pytest.fixture
def client_of(qtbot: QtBot) -> Iterator[MakeClient]:
    """Lines that are taken down as the program does it: by Qt, never by the collector."""
    made: list[Client] = []
    numbers = iter(range(1, 100))

    def make(url: str, pin: str = "") -> Client:
        made.append(Client(url, pin, make_id=lambda: f"id-{next(numbers)}"))
        return made[-1]

    yield make
    for each in made:
        each.deleteLater()
    qtbot.wait(10)


def outcome(qtbot: QtBot, reply: Reply) -> Any:
    got: list[Any] = []
    reply.done.connect(got.append)
    reply.failed.connect(got.append)
    qtbot.waitUntil(lambda: bool(got))
    return got[0]


def test_path_query_and_body_are_made_of_the_table() -> None:
    assert written(OPERATIONS["customers.get"], ById(7)) == ("/api/v1/customers/7", None)
    assert written(OPERATIONS["customers.list"], Listing(search="a&b ü", archived=True)) == (
        "/api/v1/customers?search=a%26b%20%C3%BC&archived=true",
        None,
    )
    path, body = written(OPERATIONS["customers.update"], CustomerUpdate(id=7, version=2, name="Anna"))
    assert path == "/api/v1/customers/7"
    assert codec.decode(body or b"", dict[str, Any]) == {"version": 2, "name": "Anna"}
    assert written(OPERATIONS["customers.archive"], ById(7, 3))[0] == "/api/v1/customers/7?version=3"


def test_rows_of_a_page_are_its_first_list() -> None:
    assert rows_field(CustomerPage) == "customers"


def test_view_comes_back_with_the_token_sent(qtbot: QtBot, client_of: MakeClient, listening: Make) -> None:
    server = listening(lambda asked: Given(body=codec.encode(page())))
    client = client_of(server.url)
    client.token = "secret"
    view = outcome(qtbot, client.call("customers.list"))
    assert view == page()
    assert server.asked[0].headers["authorization"] == "Bearer secret"


def test_problem_comes_back_whole(qtbot: QtBot, client_of: MakeClient, listening: Make) -> None:
    problem = Problem(status=422, code="customer.name_taken", detail="There is a customer Anna already.", field="name")
    server = listening(lambda asked: Given(422, codec.encode(problem), CONTENT_TYPE))
    client = client_of(server.url)
    assert outcome(qtbot, client.call("customers.get", ById(1))) == problem


def test_a_problem_is_said_as_this_person_writes_moments() -> None:
    until = {"account": "Pier", "until": "2026-03-11T23:00:00.000Z"}
    body = codec.encode(Problem(status=409, code="invoice.nothing", detail=sentence("invoice.nothing", until), parameters=until))
    found = read(OPERATIONS["invoices.preview"], 409, body)
    assert isinstance(found, Problem) and "2026-03-11T" not in found.detail and words.moment(until["until"]) in found.detail
    other = codec.encode(Problem(status=409, code="invoice.nothing", detail="Its own words.", parameters=until))
    untouched = read(OPERATIONS["invoices.preview"], 409, other)
    assert isinstance(untouched, Problem) and untouched.detail == "Its own words."


def test_answer_of_another_version_is_said(qtbot: QtBot, client_of: MakeClient, listening: Make) -> None:
    server = listening(lambda asked: Given(body=b'{"nothing": 1}'))
    client = client_of(server.url)
    problem = outcome(qtbot, client.call("customers.get", ById(1)))
    assert problem.code == "console.not_understood"


def test_payment_is_sent_again_with_the_same_request_id(qtbot: QtBot, client_of: MakeClient, listening: Make) -> None:
    view = PaymentView(1, "2026-01-01T00:00:00Z", "payment", "Anna", "Anna", "cash", "5.00", "0.00", "5.00", "EUR", "", "", None, 1, "5.00")
    answers = iter([Given(drop=True), Given(body=codec.encode(view))])
    server = listening(lambda asked: next(answers))
    client = client_of(server.url)
    assert outcome(qtbot, client.call("payments.record", PaymentRecord("5"))).id == 1
    ids = [codec.decode(asked.body, dict[str, Any])["request_id"] for asked in server.asked]
    assert ids == ["id-1", "id-1"]


def test_change_without_request_id_is_not_sent_twice(qtbot: QtBot, client_of: MakeClient, listening: Make) -> None:
    server = listening(lambda asked: Given(drop=True))
    client = client_of(server.url)
    problem = outcome(qtbot, client.call("customers.update", CustomerUpdate(id=1, name="A")))
    assert problem.code == "console.no_line"
    assert len(server.asked) == 1


def test_lost_session_is_told_once(qtbot: QtBot, client_of: MakeClient, listening: Make) -> None:
    server = listening(lambda asked: Given(401, codec.encode(Problem(status=401, code="access.sign_in", detail="Sign in first.")), CONTENT_TYPE))
    client = client_of(server.url)
    client.token = "old"
    told: list[int] = []
    client.signed_out.connect(lambda: told.append(1))
    outcome(qtbot, client.call("customers.get", ById(1)))
    outcome(qtbot, client.call("customers.get", ById(1)))
    assert told == [1]


def test_unknown_certificate_is_shown_and_nothing_sent(qtbot: QtBot, client_of: MakeClient, listening: Make, tmp_path: Path) -> None:
    context, print_ = certificate(tmp_path, "one")
    server = listening(lambda asked: Given(body=codec.encode(customer())), context=context)
    client = client_of(server.url)
    shown: list[str] = []
    client.certificate_unknown.connect(shown.append)
    problem = outcome(qtbot, client.call("customers.get", ById(1)))
    assert problem.code == "console.certificate"
    assert shown == [print_]
    assert server.asked == []
    client.pinning.accept(print_)
    assert outcome(qtbot, client.call("customers.get", ById(1))).name == "Anna de Vries"


def test_changed_certificate_is_refused(qtbot: QtBot, client_of: MakeClient, listening: Make, tmp_path: Path) -> None:
    old = certificate(tmp_path, "old")[1]
    context, new = certificate(tmp_path, "new")
    server = listening(lambda asked: Given(body=codec.encode(customer())), context=context)
    client = client_of(server.url, old)
    shown: list[str] = []
    client.certificate_unknown.connect(shown.append)
    assert outcome(qtbot, client.call("customers.get", ById(1))).code == "console.certificate"
    assert shown == [new]
    assert server.asked == []


def test_away_is_known_within_three_seconds_and_back_again(qtbot: QtBot, client_of: MakeClient, listening: Make) -> None:
    def serving(port: int = 0) -> tuple[Loopback, list[bool]]:
        gone: list[bool] = []
        return listening(lambda asked: Given(body=b'{"ok":true}', drop=bool(gone)), port=port), gone

    server, gone = serving()
    watch = ServerWatch(client_of(server.url), SystemClock())
    watch.start()
    qtbot.waitUntil(lambda: any(asked.path == "/healthz" for asked in server.asked))
    clock, taken = SystemClock(), [4.0]
    while min(taken) >= 3 and len(taken) < 4:  # a busy machine may be late once
        began = clock.monotonic()
        with qtbot.waitSignal(watch.away):
            server.close()
            gone.append(True)  # lines that are open already are served on
        taken.append(clock.monotonic() - began)
        with qtbot.waitSignal(watch.back):
            server, gone = serving(server.port)
        assert server.asked
    assert min(taken) < 3
    watch.stop()


def test_an_id_in_a_query_is_told_from_a_name() -> None:
    """All is text in a URL: an endpoint's number and the id of another endpoint would be the same."""
    path, _body = written(OPERATIONS["cdrs.list"], CdrList(customer=5, endpoint="1000001", limit=7))
    assert path.partition("?")[2] == "customer=id%3A5&endpoint=1000001&limit=7"


def test_an_answer_that_comes_when_its_line_is_gone_is_nobodys(qtbot: QtBot, listening: Make) -> None:
    server = listening(lambda asked: Given(body=codec.encode(page())))
    client = Client(server.url, make_id=lambda: "id")
    network = client.call("customers.list").network
    assert network is not None
    with qtbot.captureExceptions() as raised:
        shiboken6.delete(client)
        network.finished.emit()
        qtbot.wait(10)
    assert raised == []

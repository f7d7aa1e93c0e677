"""Every operation of the table, once, against real services: JSON in, the declared reply out; nobody else may."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from appliance.api.auth import Asked
from appliance.api.bindings import Bound, Later, bind, operation
from appliance.clock import SteppedClock
from appliance.errors import EnvironmentFault, Forbidden, NotFound, UserError
from appliance.services.access import Actor, Grant, folder_owner
from appliance.services.services import Services
from appliance.services.settings import Settings
from appliance.store.calls import Cdr, CdrPerson
from appliance.store.store import Store
from appliance.wire import codec
from appliance.wire.calls import HangUp, RunningCalls
from appliance.wire.operations import ANYONE, OPERATIONS
from appliance.wire.server import ServerStatus
from appliance.wire.shapes import Done

BUSINESS = {"name": "root", "currency": "EUR", "sip_domain": "sip.example.test"}
DESCRIBED = '{"tollhouse": 1, "customers": [{"reseller": "root", "name": "Al", "company": "Al & Co"}]}'

# In the order that one needs another. What stands in `<…>` is taken from an earlier reply: `<operation:field.field>`.
SCRIPT: list[tuple[str, dict[str, Any]]] = [
    ("operators.redeem", {"code": "<setup>", "login": "owner", "password": "correct horse battery", "business": BUSINESS}),
    ("operators.sign_in", {"login": "owner", "password": "correct horse battery"}),
    ("tariffs.create", {"name": "cost", "currency": "EUR"}),
    ("tariffs.update", {"id": "<tariffs.create:id>", "on_net_price": "0.01"}),
    ("tariffs.get", {"id": "<tariffs.create:id>"}),
    ("tariffs.list", {}),
    (
        "rates.set",
        {
            "tariff": "cost",
            "rates": [{"prefix": "31", "destination": "NL", "price_per_minute": "0.02"}, {"prefix": "32", "price_per_minute": "0.03"}],
        },
    ),
    ("rates.remove", {"tariff": "cost", "prefixes": ["32"]}),
    ("rates.list", {"tariff": "cost"}),
    ("tariffs.price_list", {"id": "<tariffs.create:id>", "format": "csv"}),
    ("rates.grid", {"tariff": "cost", "search": "31"}),
    ("decks.preview", {"tariff": "deck", "content": "Q29kZSxSYXRlCjMxLDAuMDEKNDQsMC4wMgo="}),
    ("decks.apply", {"tariff": "deck", "content": "Q29kZSxSYXRlCjMxLDAuMDEKNDQsMC4wMgo=", "profile": "weekly"}),
    ("decks.profiles", {}),
    ("decks.remove_profile", {"name": "weekly"}),
    ("rates.imports", {"tariff": "deck"}),
    ("rates.undo_import", {"tariff": "deck"}),
    ("resellers.list", {}),
    ("tariffs.create", {"name": "for sub", "base": "cost", "markup_percent": "10"}),
    ("resellers.create", {"name": "sub", "parent": "root", "sip_domain": "sub.example.test", "number_range": "2000000-2999999", "tariff": "for sub"}),
    ("resellers.update", {"id": "<resellers.create:id>", "language": "nl"}),
    ("resellers.get", {"id": "<resellers.create:id>"}),
    ("resellers.archive", {"id": "<resellers.create:id>"}),
    ("credit_accounts.create", {"name": "al", "currency": "EUR", "credit_limit": "5"}),
    ("credit_accounts.update", {"id": "<credit_accounts.create:id>", "credit_limit": "7.50"}),
    ("credit_accounts.get", {"id": "<credit_accounts.create:id>"}),
    ("credit_accounts.list", {}),
    ("customers.create", {"name": "Al", "tariff": "cost", "credit_account": "al"}),
    ("customers.update", {"id": "<customers.create:id>", "first_name": "Albert"}),
    ("customers.get", {"id": "<customers.create:id>"}),
    ("customers.list", {"search": "al"}),
    ("customers.set_web_login", {"customer": "Al", "login": "al", "password": "a good password"}),
    ("endpoints.create", {"customer": "Al"}),
    ("endpoints.update", {"id": "<endpoints.create:endpoint.id>", "max_calls": 2}),
    ("endpoints.get", {"id": "<endpoints.create:endpoint.id>"}),
    ("endpoints.list", {}),
    ("endpoints.reveal", {"id": "<endpoints.create:endpoint.id>"}),
    ("endpoints.sheet", {"id": "<endpoints.create:endpoint.id>", "with_password": True}),
    ("messages.send_details", {"endpoint": "<endpoints.create:endpoint.number>", "recipient": "al@example.test"}),
    ("messages.get", {"id": "<messages.send_details:id>"}),
    ("messages.retry", {"id": "<messages.send_details:id>"}),
    ("messages.test", {"recipient": "owner@example.test"}),
    ("messages.list", {"state": "waiting"}),
    ("messages.set_template", {"name": "test", "language": "en", "subject": "Hello", "text": "From {brand}"}),
    ("messages.templates", {}),
    ("messages.preview", {"name": "details", "language": "en", "endpoint": "<endpoints.create:endpoint.number>"}),
    (
        "trunks.create",
        {
            "name": "carrier",
            "host": "192.0.2.1",
            "cost_tariff": "cost",
            "numbers": [{"did": "31201234567", "endpoint": "<endpoints.create:endpoint.number>"}],
        },
    ),
    ("trunks.update", {"id": "<trunks.create:id>", "max_calls": 5}),
    ("trunks.get", {"id": "<trunks.create:id>"}),
    ("trunks.list", {}),
    ("routes.set", {"prefix": "", "trunks": ["carrier"]}),
    ("routes.list", {}),
    ("routes.remove", {"id": "<routes.set:id>"}),
    ("trunks.remove_number", {"did": "31201234567"}),
    ("trunks.archive", {"id": "<trunks.create:id>"}),
    ("calls.price", {"number": "31201234567", "seconds": 90, "customer": "Al"}),
    ("payments.record", {"customer": "Al", "amount": "10.00", "request_id": "one"}),
    ("receipts.pdf", {"id": "<payments.record:id>"}),
    ("payments.refund", {"payment": "<payments.record:id>", "amount": "2.50"}),
    ("payments.record", {"customer": "Al", "amount": "1.00", "request_id": "two"}),
    ("payments.reverse", {"payment": "<payments.record:id>"}),
    ("payments.list", {"customer": "Al"}),
    ("payments.totals", {"kind": "payment"}),
    ("payments.preview", {"customer": "Al", "amount": "5"}),
    ("credit_accounts.adjust", {"account": "al", "amount": "-7.50", "reason": "closing"}),
    ("balances.list", {}),
    ("operators.create", {"login": "clerk", "grants": [{"role": "clerk", "reseller": "root"}]}),
    ("operators.update", {"id": "<operators.create:id>", "name": "Cleo"}),
    ("operators.list", {}),
    ("operators.reset", {"login": "clerk"}),
    ("exchange_rates.set", {"base": "EUR", "quote": "USD", "rate": "1.10"}),
    ("exchange_rates.list", {}),
    ("settings.set", {"values": {"sip.check_uri": False}}),
    ("settings.list", {}),
    ("description.export", {}),
    ("description.apply", {"text": DESCRIBED}),
    ("audit.list", {}),
    ("books.verify", {}),
    ("backups.make", {"file": "one.zip"}),
    ("cdrs.list", {"customer": "Al"}),
    ("cdrs.totals", {}),
    ("cdrs.export", {"since": "2026-01-01"}),
    ("cdrs.get", {"id": 1}),
    ("statistics.today", {}),
    ("resellers.statistics", {}),
    ("alerts.list", {}),
    ("bindings.list", {"search": "al"}),
    ("ledger.list", {"account": "al"}),
    ("ledger.list", {}),
    ("api_tokens.create", {"name": "a program", "scopes": ["customers.read"]}),
    ("api_tokens.list", {}),
    ("api_tokens.revoke", {"id": "<api_tokens.create:made.id>"}),
    ("calls.list", {}),
    ("calls.hang_up", {"id": 7}),
    ("server.status", {}),
    ("endpoints.archive", {"id": "<endpoints.create:endpoint.id>"}),
    ("customers.archive", {"id": "<customers.create:id>"}),
    ("tariffs.create", {"name": "short-lived", "currency": "EUR"}),
    ("tariffs.archive", {"id": "<tariffs.create:id>"}),
    ("operators.sign_out", {}),
]


class Live:
    """A running server as far as operations ask it."""

    def status(self) -> ServerStatus:
        return ServerStatus("1", True, "2026-01-01T00:00:00Z", ["udp:127.0.0.1:5060"], "http://127.0.0.1:80", 1, 2)

    def running_calls(self, actor: Actor) -> RunningCalls:
        return RunningCalls([])

    def hang_up(self, actor: Actor, request: HangUp) -> Done:
        return Done(request.id or 0)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    clock = SteppedClock()
    numbers = count()
    with Store(tmp_path / "data", clock) as store:
        yield Services(store, clock, Settings(), lambda size: next(numbers).to_bytes(size, "big"))


def filled(value: Any, replies: dict[str, Any], setup: str) -> Any:
    if isinstance(value, dict):
        return {name: filled(each, replies, setup) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(each, replies, setup) for each in value]
    if not isinstance(value, str) or not value.startswith("<"):
        return value
    if value == "<setup>":
        return setup
    name, _, path = value.strip("<>").partition(":")
    found = replies[name]
    for part in path.split("."):
        found = found[part]
    return found


def run(bound: Bound, asked: Asked, name: str, request: Any) -> Any:
    """As a door does it: the request from JSON, the reply into JSON and read back as what the table declares."""
    said = bound(asked, codec.decode(codec.encode(request), operation(name).request))
    while isinstance(said, Later):
        result = said.work()
        said = result if said.then is None else said.then(result)
    reply = codec.encode(said)
    declared = operation(name).reply
    codec.decode(reply, declared[0] if isinstance(declared, tuple) else declared)
    return codec.decode(reply, dict)


def test_every_operation_does_what_its_row_says(services: Services) -> None:
    bound = bind(services, Live())
    replies: dict[str, Any] = {}
    setup = services.nouns.operators.setup_code()
    begun = services.clock.utcnow()
    with services.changes.unit():  # a call that nobody could make
        record = Cdr(
            1, None, begun, None, begun, 0, 0, 0, None, None, None, None, None, None, None, 404, "no such number", "server", 0, None, None, 0, None,
            None, 0, 0, "in",
        )  # fmt: skip
        services.store.calls.insert_cdr(record, CdrPerson(1, "call@host", "", "1", "1", "", "192.0.2.1:5060/udp", "phone", ""))
    for name, request in SCRIPT:
        token = replies.get("operators.sign_in", {}).get("token", "")
        asked = Asked(None if operation(name).permission == ANYONE else folder_owner(), "127.0.0.1", token)
        replies[name] = run(bound[name], asked, name, filled(request, replies, setup))
    assert {name for name, _ in SCRIPT} == set(OPERATIONS), "an operation that no test runs"
    assert replies["calls.price"]["amount"] == "0.03"
    assert replies["books.verify"] == {"ok": True, "faults": [], "entries": 5, "calls": 1, "charges": 0}
    assert services.nouns.sign_ins.actor_of(replies["operators.sign_in"]["token"]) is None


def test_the_table_and_the_bindings_hold_the_same_names(services: Services) -> None:
    assert set(bind(services)) == set(bind(services, Live())) == set(OPERATIONS)


@pytest.mark.parametrize("name", sorted(name for name, row in OPERATIONS.items() if row.permission != ANYONE))
def test_nobody_gets_in_without_a_sign_in(services: Services, name: str) -> None:
    if name == "operators.sign_out":
        return  # ends whatever the token began, and says nothing of it
    request = {key: value for step, body in SCRIPT if step == name for key, value in body.items()}
    request = {key: 1 if isinstance(value, str) and value.startswith("<") else value for key, value in request.items() if key != "numbers"}
    with pytest.raises(UserError, match=r"access\.sign_in"):
        run(bind(services, Live())[name], Asked(None), name, request)


@pytest.mark.parametrize(
    "name", ["description.apply", "description.export", "backups.make", "settings.set", "operators.create", "operators.reset", "audit.list"]
)
def test_a_clerk_is_refused_what_is_the_owners(services: Services, name: str) -> None:
    bound = bind(services, Live())
    setup = services.nouns.operators.setup_code()
    run(bound["operators.redeem"], Asked(None), "operators.redeem", filled(SCRIPT[0][1], {}, setup))
    root = services.store.resellers.root()
    assert root is not None
    clerk = Actor("clerk", 2, (Grant("clerk", reseller_id=root.id),))
    request = next(body for step, body in SCRIPT if step == name)
    with pytest.raises((Forbidden, NotFound)):
        run(bound[name], Asked(clerk), name, request)


def test_without_a_server_what_lives_is_refused(services: Services) -> None:
    for name in (name for name, row in OPERATIONS.items() if row.live):
        with pytest.raises(EnvironmentFault, match=r"server\.not_running"):
            bind(services)[name](Asked(folder_owner()), None)


def test_a_repeated_request_id_pays_once(services: Services) -> None:
    bound = bind(services, Live())
    replies: dict[str, Any] = {}
    setup = services.nouns.operators.setup_code()
    for name, request in SCRIPT[: [name for name, _ in SCRIPT].index("payments.record") + 1]:
        replies[name] = run(bound[name], Asked(folder_owner()), name, filled(request, replies, setup))
    again = run(
        bound["payments.record"], Asked(folder_owner()), "payments.record", dict(SCRIPT)["payments.record"] | {"amount": "10.00", "request_id": "one"}
    )
    assert again == replies["payments.record"]

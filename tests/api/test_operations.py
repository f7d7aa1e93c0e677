"""Every operation of the table, once, against real services: JSON in, the declared reply out; nobody else may."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from appliance.api.auth import Asked
from appliance.api.bindings import Bound, Later, bind, operation
from appliance.clock import SteppedClock
from appliance.errors import EnvironmentFault, Forbidden, NotFound, UserError
from appliance.services.ground.access import Actor, Grant, folder_owner
from appliance.services.ground.settings import Settings
from appliance.services.people.second_factor import digits_at
from appliance.services.services import Services
from appliance.store.calls import Cdr, CdrPerson, Charge
from appliance.store.store import Store
from appliance.wire import codec
from appliance.wire.operations import ANYONE, OPERATIONS
from tests.api.doors_script import DOORS_SCRIPT, SUMMARY_SCRIPT
from tests.api.guard_script import GUARD_SCRIPT, happened
from tests.api.live_double import Live
from tests.api.moving_script import MOVING_SCRIPT
from tests.api.shop_script import NEEDS_A_CALL, SHOP_SCRIPT

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
    ("rates.change_many_preview", {"tariff": "cost", "percentage": "10"}),
    ("rates.change_many", {"tariff": "cost", "percentage": "10", "edition": "<rates.change_many_preview:edition>"}),
    ("rates.undo_import", {"tariff": "cost", "import_id": "<rates.change_many:import_id>"}),
    ("rates.redo_import", {"tariff": "cost", "import_id": "<rates.change_many:import_id>"}),
    ("rates.undo_import", {"tariff": "cost", "import_id": "<rates.redo_import:import_id>"}),
    ("rates.writing", {}),
    ("rates.stop_writing", {"id": "<rates.writing:works.0.id>"}),
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
    ("resellers.create", {"name": "other", "parent": "root", "sip_domain": "other.example.test", "number_range": "3000000-3999999"}),
    ("resellers.set_registration", {"reseller": "other", "policy": "by_hand", "terms_version": "2026-1"}),
    ("resellers.registration", {"reseller": "other"}),
    ("resellers.move", {"id": 2, "parent": "other", "tariff": "retail"}),
    ("resellers.archive", {"id": 2}),
    ("resellers.restore", {"id": 2}),
    ("credit_accounts.create", {"name": "al", "currency": "EUR", "credit_limit": "5"}),
    ("credit_accounts.update", {"id": "<credit_accounts.create:id>", "credit_limit": "7.50"}),
    ("credit_accounts.get", {"id": "<credit_accounts.create:id>"}),
    ("credit_accounts.list", {}),
    ("customers.create", {"name": "Al", "tariff": "cost", "credit_account": "al"}),
    ("customers.update", {"id": "<customers.create:id>", "first_name": "Albert"}),
    ("customers.get", {"id": "<customers.create:id>"}),
    ("customers.list", {"search": "al"}),
    *GUARD_SCRIPT,
    ("customers.set_web_login", {"customer": "Al", "login": "al", "password": "a good password"}),
    ("customers.web_code", {"customer": "Al", "login": "al"}),
    ("customers.set_spending", {"id": "<customers.create:id>", "alert_below": "2.50", "month_cap": "100"}),
    ("customers.spending", {"id": "<customers.create:id>"}),
    ("customers.overview", {"id": "<customers.create:id>"}),
    ("customers.update", {"id": "<customers.create:id>", "email": "al@example.test"}),
    ("messages.count", {"search": "al"}),
    ("messages.letter_preview", {"customer": "Al", "texts": {"en": {"subject": "Hello {first_name}", "text": "{balance}"}}}),
    ("messages.send_letter", {"customers": ["<customers.create:id>"], "request_id": "letter"}),
    ("messages.letters", {}),
    ("messages.of_customer", {"id": "<customers.create:id>"}),
    ("online_payments.list", {"customer": "Al"}),
    ("cdrs.print", {"customer": "Al"}),
    ("endpoints.create", {"customer": "Al"}),
    ("endpoints.update", {"id": "<endpoints.create:endpoint.id>", "max_calls": 2}),
    ("endpoints.get", {"id": "<endpoints.create:endpoint.id>"}),
    ("endpoints.list", {"customer": "Al", "archived": True}),
    ("endpoints.reveal", {"id": "<endpoints.create:endpoint.id>"}),
    ("endpoints.sheet", {"id": "<endpoints.create:endpoint.id>", "with_password": True}),
    *DOORS_SCRIPT,
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
    ("trunks.test_call", {"id": "<trunks.create:id>", "number": "31201234567"}),
    ("calls.trace", {"id": 1}),
    ("refusals.list", {}),
    ("refusals.trace", {"id": 1}),
    ("trunks.test_state", {"id": "<trunks.test_call:id>"}),
    ("numbers.list", {}),
    ("numbers.put", {"did": "31201234567", "monthly_fee": "1.00"}),
    ("numbers.sell", {"did": "31201234567", "reseller": "other", "monthly_fee": "2.00"}),
    ("numbers.take_back", {"did": "31201234567", "reseller": "other"}),
    ("trunks.remove_number", {"did": "31201234567"}),
    ("carriers.pay", {"trunk": "carrier", "amount": "10"}),
    ("carriers.list", {}),
    ("carriers.compare", {"trunk": "carrier", "content": "TnVtYmVyLFN0YXJ0LFNlY29uZHMsQ29zdAozMSwyMDI2LTAxLTAxIDAwOjAwOjAwLDEsMC4wMQo="}),
    ("trunks.archive", {"id": "<trunks.create:id>"}),
    ("trunks.restore", {"id": "<trunks.create:id>"}),
    ("calls.price", {"number": "31201234567", "seconds": 90, "customer": "Al"}),
    ("tariffs.set_bands", {"tariff": "cost", "bands": [{"name": "night", "weekdays": [1, 7], "starts": "22:00", "ends": "24:00"}]}),
    ("tariffs.bands", {"tariff": "cost"}),
    ("tariffs.set_tiers", {"tariff": "cost", "tiers": [{"from_minutes": 100, "discount_percent": "10"}]}),
    ("tariffs.tiers", {"tariff": "cost"}),
    ("tariffs.what_if", {"tariff": "cost", "rates": [{"prefix": "31", "price_per_minute": "0.03"}]}),
    ("special_rates.set", {"customer": "Al", "rates": [{"prefix": "316", "price_per_minute": "0.01"}]}),
    ("special_rates.list", {"customer": "Al"}),
    ("special_rates.remove", {"customer": "Al", "prefixes": ["316"]}),
    ("bundles.create", {"name": "home", "prefixes": ["31"], "minutes": 100}),
    ("bundles.update", {"id": "<bundles.create:id>", "minutes": 200}),
    ("bundles.get", {"id": "<bundles.create:id>"}),
    ("bundles.list", {}),
    ("bundles.give", {"customer": "Al", "bundle": "home"}),
    ("bundles.held", {"customer": "Al"}),
    ("bundles.take", {"id": 1}),
    ("bundles.give_again", {"id": 1}),
    ("bundles.take", {"id": 1}),
    ("bundles.archive", {"id": "<bundles.create:id>"}),
    ("bundles.restore", {"id": "<bundles.create:id>"}),
    ("margins.list", {"margin_percent": "10"}),
    ("margins.mend", {"margin_percent": "10"}),
    ("calls.explain", {"number": "31201234567", "customer": "Al"}),
    ("cdrs.corrections", {"id": 1}),
    ("cdrs.rerate_preview", {"prices": "then"}),
    ("disputes.open", {"subject": "never called", "calls": [1], "note": "he says so"}),
    ("disputes.update", {"id": "<disputes.open:id>", "state": "refused", "outcome": "he did"}),
    ("disputes.get", {"id": "<disputes.open:id>"}),
    ("disputes.list", {"state": "refused"}),
    ("disputes.evidence", {"id": "<disputes.open:id>"}),
    ("disputes.print", {"id": "<disputes.open:id>"}),
    ("cdrs.recost_preview", {}),
    ("cdrs.recost", {"prices": "then"}),
    ("commissions.set", {"reseller": "other", "percent": "10"}),
    ("commissions.list", {"month": "2025-12"}),
    ("commissions.pay", {"month": "2025-12"}),
    ("cdrs.rerate", {"prices": "now", "tariff": "cost"}),
    ("cdrs.refund", {"id": 2}),
    ("payments.record", {"customer": "Al", "amount": "10.00", "request_id": "one"}),
    ("receipts.pdf", {"id": "<payments.record:id>"}),
    ("payments.refund", {"payment": "<payments.record:id>", "amount": "2.50"}),
    ("payments.record", {"customer": "Al", "amount": "1.00", "request_id": "two"}),
    ("payments.reverse", {"payment": "<payments.record:id>"}),
    ("payments.list", {"customer": "Al"}),
    ("payments.totals", {"kind": "payment"}),
    ("payments.preview", {"customer": "Al", "amount": "5"}),
    ("credit_accounts.adjust", {"account": "al", "amount": "-7.50", "reason": "closing"}),
    ("taxes.create", {"name": "VAT", "percent": "21", "country": "NL"}),
    ("taxes.change", {"id": "<taxes.create:id>", "country": ""}),
    ("taxes.list", {}),
    ("taxes.of", {"customer": "Al"}),
    ("invoices.set_layout", {"prefix": "R-", "reminder_days": [3, 9]}),
    ("invoices.layout", {}),
    ("invoices.preview_layout", {"prefix": "S-", "note": "Thank you"}),
    ("customers.update", {"id": "<customers.create:id>", "vat_number": "NL123456789B01"}),
    ("taxes.check", {"customer": "Al", "valid": True, "how": "VIES"}),
    ("fees.set", {"customer": "Al", "name": "line", "amount": "3.00"}),
    ("fees.list", {"customer": "Al"}),
    ("fees.stop", {"id": "<fees.set:id>"}),
    ("fees.run", {}),
    ("fees.set", {"customer": "Al", "name": "rent", "amount": "6.00"}),
    ("invoices.preview", {"customer": "Al"}),
    ("invoices.make", {"customer": "Al"}),
    ("invoices.get", {"id": "<invoices.make:id>"}),
    ("invoices.list", {"state": "open"}),
    ("invoices.print", {"id": "<invoices.make:id>", "format": "xml"}),
    ("invoices.aging", {}),
    ("invoices.run", {"until": "2026-01-01"}),
    ("payments.record", {"customer": "Al", "amount": "5.00", "request_id": "three"}),
    ("invoices.release", {"payment": "<payments.record:id>", "invoice": "<invoices.make:id>"}),
    ("invoices.allocate", {"payment": "<payments.record:id>", "invoice": "<invoices.make:id>"}),
    ("invoices.allocations", {"payment": "<payments.record:id>"}),
    ("invoices.credit", {"id": "<invoices.make:id>", "reason": "a gift", "net": "1.00"}),
    ("taxes.archive", {"id": "<taxes.create:id>"}),
    ("taxes.restore", {"id": "<taxes.create:id>"}),
    ("taxes.report", {"since": "2026-01-01", "until": "2026-02-01"}),
    ("statements.get", {"customer": "Al", "since": "2026-01-01", "until": "2026-02-01"}),
    ("statements.print", {"customer": "Al", "since": "2026-01-01", "until": "2026-02-01", "format": "csv"}),
    ("vouchers.make", {"name": "winter", "amount": "5", "count": 2}),
    ("vouchers.list", {}),
    ("vouchers.sheet", {"id": "<vouchers.make:id>", "format": "csv"}),
    ("vouchers.cancel", {"id": "<vouchers.make:id>", "serial": 1}),
    ("approvals.set_limit", {"role": "clerk", "what": "payment", "amount": "100"}),
    ("approvals.limits", {}),
    ("approvals.list", {}),
    ("credit_accounts.create", {"name": "other", "currency": "EUR", "tax_point": "usage"}),
    ("credit_accounts.adjust", {"account": "other", "amount": "2", "reason": "a gift"}),
    ("credit_accounts.transfer", {"source": "other", "target": "al", "amount": "0.10"}),
    ("ledger.move", {"source": "cash", "target": "bank:card", "amount": "1"}),
    ("bank.import", {"content": "ZGF5O2Ftb3VudAoyMDI2LTAxLTAxOzEuMDAKMjAyNi0wMS0wMjsyLjAwCg==", "columns": {"date": "day", "amount": "amount"}}),
    ("bank.lines", {}),
    ("bank.confirm", {"line": 1, "customer": "Al"}),
    ("bank.ignore", {"line": 2}),
    ("credit_accounts.adjust", {"account": "al", "amount": "-20", "reason": "lost"}),
    ("credit_accounts.write_off", {"account": "al", "reason": "gone"}),
    ("ledger.accounts", {}),
    ("ledger.trial_balance", {}),
    ("ledger.close", {"until": "2025-12-01"}),
    ("ledger.closes", {}),
    ("balances.list", {}),
    ("operators.create", {"login": "clerk", "grants": [{"role": "clerk", "reseller": "root"}]}),
    ("operators.update", {"id": "<operators.create:id>", "name": "Cleo", "email": "cleo@example.test"}),
    *SUMMARY_SCRIPT,
    ("operators.list", {}),
    ("operators.reset", {"login": "clerk"}),
    ("exchange_rates.set", {"base": "EUR", "quote": "USD", "rate": "1.10"}),
    ("exchange_rates.list", {}),
    ("exchange_rates.import", {"content": "RGF0ZSwgVVNELCAKMDkgTWF5IDIwMjUsIDEuMTI1MiwgCg=="}),
    ("exchange_rates.convert", {"amount": "10", "base": "EUR", "quote": "USD"}),
    ("settings.set", {"values": {"sip.check_uri": False}}),
    ("settings.list", {}),
    ("description.export", {}),
    ("description.apply", {"text": DESCRIBED}),
    ("audit.list", {"kind": "customer", "search": "OWN", "since": "2026-01-01"}),
    ("audit.list", {}),
    ("audit.export", {"operation": "customers."}),
    ("books.verify", {}),
    ("backups.make", {"file": "one.zip"}),
    ("cdrs.list", {"customer": "Al"}),
    ("cdrs.totals", {}),
    ("cdrs.export", {"since": "2026-01-01"}),
    ("cdrs.workbook", {"since": "2026-01-01"}),
    ("cdrs.get", {"id": 1}),
    ("statistics.today", {}),
    ("resellers.statistics", {}),
    ("statistics.calls", {"by": "customer"}),
    ("resellers.account", {"id": 1}),
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
    ("endpoints.restore", {"id": "<endpoints.create:endpoint.id>"}),
    ("customers.archive", {"id": "<customers.create:id>"}),
    ("customers.restore", {"id": "<customers.create:id>"}),
    ("customers.archive", {"id": "<customers.create:id>"}),
    ("server.check", {}),
    ("customers.person", {"id": "<customers.create:id>"}),
    ("customers.change_many_preview", {"customers": ["<customers.create:id>"], "language": "nl", "endpoint_max_calls": 7}),
    ("customers.change_many", {"customers": ["<customers.create:id>"], "language": "nl", "endpoint_max_calls": 7, "expected": 1}),
    ("customers.change_back", {}),
    (
        "disclosures.make",
        {"number": "+31 20 1234567", "since": "2026-01-01", "until": "2026-02-01", "asker": "Police Utrecht, 2026/17", "reason": "a court's order"},
    ),
    ("customers.erase", {"id": "<customers.create:id>", "name": "Al", "reason": "he asked for it"}),
    ("tariffs.create", {"name": "short-lived", "currency": "EUR"}),
    ("tariffs.archive", {"id": "<tariffs.create:id>"}),
    ("tariffs.restore", {"id": "<tariffs.create:id>"}),
    ("session.view", {}),
    ("session.set_password", {"password": "correct horse battery", "new_password": "another horse battery"}),
    ("second_factor.offer", {}),
    ("second_factor.confirm", {"password": "another horse battery", "secret": "<second_factor.offer:secret>", "code": "<digits:now>"}),
    ("second_factor.end", {"password": "another horse battery"}),
    ("backups.start_copy", {"folder": "<elsewhere>"}),
    *SHOP_SCRIPT,
    ("operators.sign_out", {}),
]


OF_ONESELF = frozenset({"session.view", "session.set_password", "second_factor.offer", "second_factor.confirm", "second_factor.end"})
"""What only a person who has signed in can ask."""


def charged_call(services: Services) -> None:
    """Al's phone talked a minute: 0.02."""
    now, store = services.clock.utcnow(), services.store
    customer = store.customers.find(1, "Al")
    assert customer is not None
    with services.changes.unit():
        call = Cdr(
            2, None, now, now, now, 60_000, 0, 60, 1, customer.id, None, None, None, "31", "NL", 200, "normal", "caller", 0, None, "EUR", 20_000,
            None, None, 0, 0, "out",
        )  # fmt: skip
        store.calls.insert_cdr(call, CdrPerson(2, "two@host", "1", "31201234567", "31201234567", "", "192.0.2.1:5060/udp", "phone", ""))
        revenue = services.ledger.account(1, "revenue", "EUR")
        entry = services.ledger.post(now, "call", [(customer.credit_account_id, -20_000), (revenue, 20_000)], reference="call", call_id=2, level=0)
        paid = Charge(2, 0, customer.credit_account_id, customer.id, None, customer.tariff_id, None, 60, 20_000, "EUR", entry, '{"why": "moved in"}')
        store.calls.insert_charge(paid)


# What needs another day or a second person: run by a test of its own.
APART: list[tuple[str, dict[str, Any]]] = [
    ("vouchers.redeem", {"customer": "Al", "code": "0"}),
    ("approvals.decide", {"id": 1, "approve": True}),
    ("taxes.check_online", {"customer": "Al"}),
    *((name, {"id": 1}) for name in ("invoices.remind", "invoices.send", "registration.approve", "registration.refuse")),
    *MOVING_SCRIPT,
    *NEEDS_A_CALL,
]


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    clock = SteppedClock()
    with Store(tmp_path / "data", clock) as store:
        yield Services(store, clock, Settings(), Random(7).randbytes)


def filled(value: Any, replies: dict[str, Any], setup: str) -> Any:
    if isinstance(value, dict):
        return {name: filled(each, replies, setup) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(each, replies, setup) for each in value]
    if not isinstance(value, str) or not value.startswith("<"):
        return value
    if value == "<setup>":
        return setup
    if value == "<elsewhere>":
        return replies[value]
    name, _, path = value.strip("<>").partition(":")
    found = replies[name]
    for part in path.split("."):
        found = found[int(part) if part.isdigit() else part]
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


def play(services: Services, folder: Path, around: Callable[[str, Any, Callable[[Any], Any]], Any] = lambda name, request, ask: ask(request)) -> Any:
    """The whole script; the replies by operation. `around` is what asks each: (operation, request, how it is asked) -> reply."""
    elsewhere = folder / "nas"
    elsewhere.mkdir()
    bound = bind(services, Live())
    replies: dict[str, Any] = {"<elsewhere>": str(elsewhere)}
    setup = services.nouns.operators.setup_code()
    begun = services.clock.utcnow()
    with services.changes.unit():  # a call that nobody could make
        record = Cdr(
            1, None, begun, None, begun, 0, 0, 0, None, None, None, None, None, None, None, 404, "no such number", "server", 0, None, None, 0, None,
            None, 0, 0, "in",
        )  # fmt: skip
        services.store.calls.insert_cdr(record, CdrPerson(1, "call@host", "", "1", "1", "", "192.0.2.1:5060/udp", "phone", ""))
    for name, request in SCRIPT:
        if name == "cdrs.rerate":
            charged_call(services)
        happened(services, name)
        token = replies.get("operators.sign_in", {}).get("token", "")
        actor = services.nouns.actor_of(token) if name in OF_ONESELF else folder_owner()
        asked = Asked(None if operation(name).permission == ANYONE else actor, "127.0.0.1", token)
        replies[name] = around(name, filled(request, replies, setup), lambda request: run(bound[name], asked, name, request))  # noqa: B023
        if name == "second_factor.offer":
            replies["digits"] = {"now": digits_at(replies[name]["secret"], services.clock.utcnow() // 30_000)}
    return replies


def test_every_operation_does_what_its_row_says(services: Services, tmp_path: Path) -> None:
    replies = play(services, tmp_path)
    assert {name for name, _ in [*SCRIPT, *APART]} == set(OPERATIONS), "an operation that no test runs"
    assert replies["calls.price"]["amount"] == "0.03"
    assert (replies["books.verify"]["ok"], replies["books.verify"]["faults"], replies["books.verify"]["calls"]) == (True, [], 2)
    assert services.nouns.sign_ins.actor_of(replies["operators.sign_in"]["token"]) is None


def test_the_table_and_the_bindings_hold_the_same_names(services: Services) -> None:
    assert set(bind(services)) == set(bind(services, Live())) == set(OPERATIONS)


@pytest.mark.parametrize("name", sorted(name for name, row in OPERATIONS.items() if row.permission != ANYONE))
def test_nobody_gets_in_without_a_sign_in(services: Services, name: str) -> None:
    request = {key: value for step, body in [*SCRIPT, *APART] if step == name for key, value in body.items()}
    texts = {each.name for each in msgspec.structs.fields(operation(name).request) if each.type is str}
    named = {key: "1" if key in texts else 1 for key, value in request.items() if isinstance(value, str) and value.startswith("<")}
    named |= {key: [1] for key, value in request.items() if isinstance(value, list) and str(value[0]).startswith("<")}
    request = {key: named.get(key, value) for key, value in request.items() if key != "numbers"}
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
    for name in ("operators.redeem", "tariffs.create", "credit_accounts.create", "customers.create", "payments.record"):
        request = next(body for each, body in SCRIPT if each == name)
        replies[name] = run(bound[name], Asked(folder_owner()), name, filled(request, replies, setup))
    again = run(
        bound["payments.record"], Asked(folder_owner()), "payments.record", dict(SCRIPT)["payments.record"] | {"amount": "10.00", "request_id": "one"}
    )
    assert again == replies["payments.record"]


def test_what_needs_another_day_or_a_second_person(services: Services) -> None:
    bound = bind(services, Live())
    replies: dict[str, Any] = {}
    setup = services.nouns.operators.setup_code()
    for wanted in ("operators.redeem", "tariffs.create", "credit_accounts.create", "customers.create", "vouchers.make", "vouchers.sheet"):
        request = next(body for name, body in SCRIPT if name == wanted)
        replies[wanted] = run(bound[wanted], Asked(folder_owner()), wanted, filled(request, replies, setup))
    code = base64.b64decode(replies["vouchers.sheet"]["content"]).decode("utf-8-sig").splitlines()[1].split(",")[2]
    redeemed = run(bound["vouchers.redeem"], Asked(folder_owner()), "vouchers.redeem", {"customer": "Al", "code": code})
    assert redeemed["gross"] == "5.00"
    run(bound["customers.update"], Asked(folder_owner()), "customers.update", {"id": replies["customers.create"]["id"], "email": "al@example.test"})
    run(bound["fees.set"], Asked(folder_owner()), "fees.set", {"customer": "Al", "name": "more", "amount": "90.00"})
    invoice = run(bound["invoices.make"], Asked(folder_owner()), "invoices.make", {"customer": "Al"})
    services.clock.advance(40 * 86_400)  # type: ignore[attr-defined]
    reminded = run(bound["invoices.remind"], Asked(folder_owner()), "invoices.remind", {"id": invoice["id"]})
    assert (reminded["state"], reminded["reminded"]) == ("overdue", 1)
    assert run(bound["invoices.send"], Asked(folder_owner()), "invoices.send", {"id": invoice["id"]})["number"] == invoice["number"]
    run(bound["customers.update"], Asked(folder_owner()), "customers.update", {"id": replies["customers.create"]["id"], "vat_number": "NL001B01"})
    run(bound["settings.set"], Asked(folder_owner()), "settings.set", {"values": {"taxes.vat_service": "https://vat.example"}})
    services.nouns.money.vat_service.fetch = lambda url: b'{"isValid": true, "requestIdentifier": "W1"}'
    looked_up = run(bound["taxes.check_online"], Asked(folder_owner()), "taxes.check_online", {"customer": "Al"})
    assert (looked_up["valid"], looked_up["how"]) == (True, "VIES W1")
    run(bound["approvals.set_limit"], Asked(folder_owner()), "approvals.set_limit", {"role": "owner", "what": "payment", "amount": "1"})
    owner = services.nouns.operators.known(1)
    with pytest.raises(UserError, match=r"approval\.needed"):
        run(bound["payments.record"], Asked(owner), "payments.record", {"customer": "Al", "amount": "2"})
    decided = run(bound["approvals.decide"], Asked(folder_owner()), "approvals.decide", {"id": 1, "approve": True})
    assert decided["state"] == "approved"
    assert run(bound["books.verify"], Asked(folder_owner()), "books.verify", {})["faults"] == []

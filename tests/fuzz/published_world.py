"""What makes the shop of `published_api` lived in: calls that were made, a move from another system, a second person, a letter with an invoice.

After it every operation was answered with 200 at least once, but for `NEVER`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from tests.helpers.phone import Phone, peers
from tests.services.moving.dumps import CSV

Ask = Callable[[str, dict[str, Any]], tuple[int, Any]]

NEVER = {
    "taxes.check_online",  # asks the European Union's service
    "invoices.remind",  # an invoice has to be overdue by days
    "fuses.release", "bans.lift", "bans.allow",  # nobody is stopped while the guard is off
    "bills.forgive",  # a call of a booth
    "registration.approve", "registration.refuse",  # somebody has to come by the web pages
    "session.view", "session.set_password", "second_factor.offer", "second_factor.confirm", "second_factor.end",  # end what the token may
    "operators.sign_out", "backups.start_copy",
    "messages.retry",  # what waits may have been sent by then
}  # fmt: skip

TALKER, FRIEND = "6100001", "6100002"
SECRET = "phone-secret-1"


def lived_in(ask: Ask, sip_port: int) -> None:
    """All of it; what was refused is the asker's to notice."""
    _people(ask)
    _calls(ask, sip_port)
    _money(ask)
    _move(ask)


def _people(ask: Ask) -> None:
    ask("customers.create", {"name": "Talker", "tariff": "retail", "email": "talker@example.test"})
    for number in (TALKER, FRIEND):
        ask("endpoints.create", {"customer": "Talker", "number": number, "password": SECRET})
    ask("tariffs.create", {"name": "house", "currency": "EUR"})
    _, tariff = ask("tariffs.list", {"search": "house"})
    ask("tariffs.update", {"id": tariff["tariffs"][0]["id"], "on_net_price": "0.60"})
    _, talker = ask("customers.list", {"search": "talker@"})
    ask("customers.update", {"id": talker["customers"][0]["id"], "tariff": "house"})
    ask("payments.record", {"customer": "Talker", "amount": "25.00", "request_id": "talker pays"})


def _calls(ask: Ask, sip_port: int) -> None:
    """One that its caller ends, one that the operator ends, and a phone that may not register."""
    _, root = ask("resellers.list", {"search": "root"})
    domain = next(each["sip_domain"] for each in root["resellers"] if each["parent"] is None)
    with peers() as loop:
        phones = [Phone(loop, ("127.0.0.1", sip_port), number, SECRET, domain=domain, frequency=440.0) for number in (TALKER, FRIEND)]
        stranger = Phone(loop, ("127.0.0.1", sip_port), TALKER, "not the secret", domain=domain, frequency=440.0)
        assert all(phone.register() for phone in phones) and not stranger.register()
        phones[0].call_answered(FRIEND).hang_up()
        running = phones[0].call_answered(FRIEND)
        _, calls = ask("calls.list", {})
        ask("calls.hang_up", {"id": calls["calls"][0]["id"]})
        assert running.wait("ended", 10)
    _, found = ask("cdrs.list", {"customer": "Talker"})
    charged = found["cdrs"][-1]["id"]
    ask("calls.trace", {"id": charged})
    ask("cdrs.refund", {"id": charged, "request_id": "talker call"})
    ask("cdrs.corrections", {"id": charged})
    _, dispute = ask("disputes.open", {"subject": "never called", "calls": [charged], "request_id": "talker says"})
    for name in ("disputes.get", "disputes.evidence", "disputes.print"):
        ask(name, {"id": dispute["id"]})
    ask("disputes.update", {"id": dispute["id"], "state": "refused", "outcome": "he did"})
    _, refused = ask("refusals.list", {})
    ask("refusals.trace", {"id": refused["refusals"][0]["id"]})


def _money(ask: Ask) -> None:
    ask("fees.set", {"customer": "Talker", "name": "line", "amount": "3.00"})
    _, invoice = ask("invoices.make", {"customer": "Talker", "request_id": "talker invoice"})
    ask("invoices.send", {"id": invoice["id"]})
    _, vouchers = ask("vouchers.make", {"name": "fair", "amount": "5", "count": 1, "request_id": "fair"})
    _, sheet = ask("vouchers.sheet", {"id": vouchers["id"], "format": "csv"})
    code = base64.b64decode(sheet["content"]).decode("utf-8-sig").splitlines()[1].split(",")[2]
    ask("vouchers.redeem", {"customer": "Talker", "code": code, "request_id": "fair 1"})
    _second_person(ask)


def _second_person(ask: Ask) -> None:
    """A bookkeeper asks for more than he may, and the owner agrees."""
    ask("approvals.set_limit", {"role": "accountant", "what": "payment", "amount": "1"})
    _, made = ask("operators.create", {"login": "bookkeeper", "grants": [{"role": "accountant", "reseller": "root"}]})
    ask("operators.redeem", {"code": made["code"], "login": "bookkeeper", "password": "a bookkeeper's password"})
    ask("operators.sign_in", {"login": "bookkeeper", "password": "a bookkeeper's password"})
    ask("payments.record", {"customer": "Talker", "amount": "2.00", "request_id": "above"})
    ask("operators.sign_in", {"login": "owner", "password": "correct horse battery"})
    _, waiting = ask("approvals.list", {})
    ask("approvals.decide", {"id": waiting["approvals"][0]["id"], "approve": True, "request_id": "agreed"})


def _move(ask: Ask) -> None:
    ask("move.upload", {"name": "left.csv", "content": base64.b64encode(b"customer;name\n").decode()})
    ask("move.discard", {})
    files = []
    for name, text in CSV.items():
        _, sent = ask("move.upload", {"name": name, "content": base64.b64encode(text.encode()).decode()})
        files.append(sent["id"])
    asked = {"source": "csv", "uploads": files, "trunk": "carrier"}
    ask("move.preview", asked)
    ask("move.apply", {**asked, "leave_refused": True})
    for name in ("move.state", "move.result", "move.stop"):
        ask(name, {})
    ask("old_calls.list", {"customer": "Dörte & Co"})
    _, old = ask("old_invoices.list", {"customer": "Ed"})
    ask("old_invoices.settle", {"id": old["invoices"][0]["id"]})

"""Call records, ledger, registrations, figures and alerts over HTTP, as far as each asker may know them."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from appliance.errors import EnvironmentFault
from appliance.services.ground.access import Actor, Grant
from appliance.services.statistics import beginnings
from appliance.wire.operation import XLSX
from tests.api.served import Served
from tests.services.shop import binding


@pytest.fixture
def calls(served: Served) -> dict[str, int]:
    """Two of Alice (root), one of Bob (sub), one refused. 30 s to 44 cost 0.005 + 0.001 at the carrier."""
    made = {
        "alice": served.call(served.root.alice, "442079460001"),
        "bob": served.call(served.bob, "442079460002"),
        "later": served.call(served.root.alice, "31201234567", 61),
    }
    served.shop.attempt(served.root.alice, "9999")
    made["refused"] = made["later"] + 1
    return made


def ids(served: Served, query: str = "", token: str = "owner") -> list[int]:
    answer = served.ask(token, "GET", f"/cdrs{query}")
    assert answer.status == 200, answer.content
    return [row["id"] for row in answer.json["cdrs"]]


def test_the_newest_comes_first_and_pages_follow(served: Served, calls: dict[str, int]) -> None:
    assert ids(served) == sorted(calls.values(), reverse=True)
    page = served.ask("owner", "GET", "/cdrs?limit=3").json
    assert page["next"] == page["cdrs"][-1]["id"] == calls["bob"]
    last = served.ask("owner", "GET", f"/cdrs?limit=3&after={page['next']}").json
    assert ([row["id"] for row in last["cdrs"]], last["next"]) == ([calls["alice"]], 0)


def test_each_filter_keeps_what_it_says(served: Served, calls: dict[str, int]) -> None:
    everything = sorted(calls.values(), reverse=True)
    alice = [calls["refused"], calls["later"], calls["alice"]]
    for query, expected in (
        ("?customer=Alice", alice),
        ("?endpoint=1000001", alice),
        (f"?customer=id:{served.root.customer}", alice),
        (f"?endpoint=id%3A{served.root.alice}", alice),
        ("?reseller=sub", [calls["bob"]]),
        ("?reseller=root", everything),
        ("?reseller=other", []),
        ("?destination=to%2044", [calls["bob"], calls["alice"]]),
        ("?prefix=4420", [calls["bob"], calls["alice"]]),
        ("?number=%2B44%2020%207946%200002", [calls["bob"]]),
        ("?number=0044207946", [calls["bob"], calls["alice"]]),
        ("?trunk=carrier", [calls["later"], calls["bob"], calls["alice"]]),
        ("?result=answered", [calls["later"], calls["bob"], calls["alice"]]),
        ("?result=failed", [calls["refused"]]),
        ("?result=4xx", [calls["refused"]]),
        ("?result=404", [calls["refused"]]),
        ("?result=2xx&customer=Alice&prefix=31", [calls["later"]]),
        ("?cause=normal", [calls["later"], calls["bob"], calls["alice"]]),
        ("?direction=out", everything),
        ("?direction=in", []),
        ("?since=2025-12-31&until=2026-01-02", everything),
        ("?since=2026-01-02", []),
        ("?since=2026-01-01T00:00:59Z", [calls["refused"], calls["later"]]),
    ):
        assert ids(served, query) == expected, query


def test_a_wrong_filter_names_its_field(served: Served) -> None:
    for query, status, field in (
        ("?result=sometimes", 422, "result"),
        ("?direction=up", 422, "direction"),
        ("?number=nobody", 422, "number"),
        ("?since=yesterday", 422, "since"),
        ("?customer=Nobody", 404, "customer"),
        ("?trunk=none", 404, "trunk"),
        ("?limit=many", 400, "limit"),
    ):
        answer = served.ask("owner", "GET", f"/cdrs{query}")
        assert (answer.status, answer.json["field"]) == (status, field), query


def test_a_sub_reseller_sees_its_own_records_and_its_own_side_of_the_money(served: Served, calls: dict[str, int]) -> None:
    assert ids(served, token="sub") == [calls["bob"]]
    assert ids(served, token="other") == []
    (row,) = served.ask("sub", "GET", "/cdrs").json["cdrs"]
    assert (row["amount"], row["cost"], row["trunk"]) == ("0.0099", "0.0066", None)
    (row,) = served.ask("owner", "GET", "/cdrs?reseller=sub").json["cdrs"]
    assert (row["amount"], row["cost"], row["trunk"]) == ("0.0099", "0.006", "carrier")
    assert served.ask("sub", "GET", f"/cdrs/{calls['alice']}").status == 404
    assert served.ask("sub", "GET", "/cdrs?customer=1").status == 404
    assert served.ask("sub", "GET", "/cdrs?reseller=root").status == 404


def test_one_record_tells_everything_that_its_reader_may_know(served: Served, calls: dict[str, int]) -> None:
    whole = served.ask("owner", "GET", f"/cdrs/{calls['bob']}").json
    assert [(each["level"], each["party"], each["amount"]) for each in whole["charges"]] == [(0, "Bob", "0.0099"), (1, "sub", "0.0066")]
    assert (whole["cost"], whole["trunk"], whole["reseller"]) == ("0.006", "carrier", "sub")
    told = whole["charges"][0]["explanation"]
    assert (told["prefix"], told["billed_seconds"], told["price_per_minute"], told["amount"]) == ("44", 30, "0.0165", "0.0099")
    mine = served.ask("sub", "GET", f"/cdrs/{calls['bob']}").json
    assert [each["level"] for each in mine["charges"]] == [0, 1]
    assert (mine["cost"], mine["trunk"], mine["trunk_call_id"]) == ("0.0066", None, "")
    clerk = served.ask("clerk", "GET", f"/cdrs/{calls['bob']}").json
    assert [each["level"] for each in clerk["charges"]] == [0]
    assert (clerk["dialled"], clerk["source"], clerk["cost"]) == ("44207946****", "", "0.00")
    assert served.ask("owner", "GET", "/cdrs/999").json["code"] == "call.unknown"


def test_a_clerk_sees_neither_costs_nor_whole_numbers(served: Served, calls: dict[str, int]) -> None:
    row = served.ask("clerk", "GET", "/cdrs?limit=1&result=answered").json["cdrs"][0]
    assert (row["cost"], row["trunk"], row["dialled"]) == (None, None, "3120123****")
    totals = served.ask("clerk", "GET", "/cdrs/totals").json
    assert totals["money"] == [{"currency": "EUR", "sales": "0.0674", "cost": None, "margin": None}]


def test_totals_are_the_sum_of_the_list(served: Served, calls: dict[str, int]) -> None:
    totals = served.ask("owner", "GET", "/cdrs/totals").json
    assert (totals["calls"], totals["answered"], totals["duration_ms"], totals["billed_seconds"]) == (4, 3, 121_000, 180)
    assert totals["money"] == [{"currency": "EUR", "sales": "0.0674", "cost": "0.052", "margin": "0.0154"}]
    mine = served.ask("sub", "GET", "/cdrs/totals").json
    assert mine["money"] == [{"currency": "EUR", "sales": "0.0099", "cost": "0.0066", "margin": "0.0033"}]
    assert served.ask("owner", "GET", "/cdrs/totals?number=442079460002").json["calls"] == 1


def test_the_file_has_all_rows_of_the_filter(served: Served, calls: dict[str, int]) -> None:
    answer = served.ask("owner", "GET", "/cdrs/export?result=answered")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "calls.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [int(row["id"]) for row in rows] == [calls["later"], calls["bob"], calls["alice"]]
    assert rows[1]["amount"] == "0.0099"
    assert len(list(csv.reader(io.StringIO(served.ask("other", "GET", "/cdrs/export").content.decode())))) == 1


def test_a_file_of_a_slow_reader_waits_for_it(served: Served, calls: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.services.calls.cdrs.EXPORT_ROWS", 1)
    from tests.api.served import Listener

    protocol = Listener.__new__(Listener)
    from twisted.internet.testing import StringTransport

    protocol.protocol, protocol.transport = served.door.buildProtocol(None), StringTransport()
    protocol.protocol.makeConnection(protocol.transport)
    waiting: list[object] = []
    monkeypatch.setattr(served.reads, "work", lambda job: (waiting.append((done := _deferred()[0], job)), done)[1])
    protocol.protocol.dataReceived(b"GET /api/v1/cdrs/export HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer owner\r\n\r\n")
    for _ in range(2):
        done, job = waiting.pop()  # type: ignore[misc]
        done.callback(job())
    protocol.transport.producer.pauseProducing()
    done, job = waiting.pop()  # type: ignore[misc]
    done.callback(job())
    assert not waiting, "nothing is read while the transport is full"
    protocol.transport.producer.resumeProducing()
    assert len(waiting) == 1
    protocol.hang_up()
    done, job = waiting.pop()  # type: ignore[misc]
    done.callback(job())
    assert not waiting


def _deferred() -> tuple[object]:
    from twisted.internet.defer import Deferred

    return (Deferred(),)


def test_the_ledger_of_an_account_the_newest_first(served: Served, calls: dict[str, int]) -> None:
    page = served.ask("owner", "GET", "/ledger?customer=Alice&limit=2").json
    assert [(row["kind"], row["call"], row["amount"], row["account"]) for row in page["postings"]] == [
        ("call", calls["later"], "-0.05", "alice"),
        ("call", calls["alice"], "-0.0075", "alice"),
    ]
    assert page["postings"][0]["balance_after"] == "9.9425"
    rest = served.ask("owner", "GET", f"/ledger?account=alice&after={page['next']}").json
    assert [row["kind"] for row in rest["postings"]] == ["opening"]
    assert rest["next"] == 0
    assert [row["kind"] for row in served.ask("owner", "GET", "/ledger?account=alice&kind=opening").json["postings"]] == ["opening"]


def test_whole_books_are_for_those_who_may_read_them(served: Served, calls: dict[str, int]) -> None:
    owner = served.ask("owner", "GET", "/ledger").json["postings"]
    assert {row["reseller"] for row in owner} == {"root", "sub"}
    assert served.ask("sub", "GET", "/ledger").status == 403
    served.actors["sub owner"] = Actor("sub owner", 8, (Grant("owner", reseller_id=served.sub),))
    assert {row["reseller"] for row in served.ask("sub owner", "GET", "/ledger").json["postings"]} == {"sub"}
    assert served.ask("sub", "GET", "/ledger?account=alice&reseller=root").status == 404


def test_registrations_by_page_and_reach(served: Served) -> None:
    now = served.shop.clock.utcnow()
    with served.shop.services.changes.unit():
        for endpoint, contact in ((served.root.alice, "sip:a@192.0.2.1"), (served.root.alice, "sip:a@192.0.2.2"), (served.bob, "sip:b@192.0.2.3")):
            served.shop.store.bindings.save(binding(endpoint, contact, now))
        served.shop.store.bindings.save(binding(served.bob, "sip:gone@192.0.2.4", now - 10_000_000, 60))
    page = served.ask("owner", "GET", "/bindings?limit=1").json
    assert [(row["endpoint"], row["contact"]) for row in page["bindings"]] == [("1000001", "sip:a@192.0.2.1"), ("1000001", "sip:a@192.0.2.2")]
    rest = served.ask("owner", "GET", f"/bindings?limit=1&after={page['next']}").json
    assert [(row["customer"], row["contact"]) for row in rest["bindings"]] == [("Bob", "sip:b@192.0.2.3")]
    assert rest["next"] == 0
    for query, token, count in (
        ("", "sub", 1),
        ("", "other", 0),
        ("?search=alice", "owner", 2),
        ("?customer=Bob&reseller=sub", "owner", 1),
        ("?reseller=sub", "owner", 1),
        ("?endpoint=1000001", "owner", 2),
    ):
        assert len(served.ask(token, "GET", f"/bindings{query}").json["bindings"]) == count, query


def test_the_figures_of_today_and_the_month(served: Served, calls: dict[str, int]) -> None:
    served.shop.begin(served.bob, "442079460003")
    told = served.ask("owner", "GET", "/statistics/today").json
    assert (told["reseller"], told["running"], told["online"]) == ("root", 1, 0)
    assert told["today"] == told["month"] | {"since": told["today"]["since"]}
    # Alice paid 0.0575 and the sub-reseller 0.0066; the carrier had 0.052 of it.
    assert told["today"] == {
        "since": "2026-01-01T00:00:00.000Z",
        "calls": 4,
        "answered": 3,
        "minutes": "2.0",
        "money": [{"currency": "EUR", "sales": "0.0641", "cost": "0.052", "margin": "0.0121"}],
    }
    mine = served.ask("sub", "GET", "/statistics/today").json
    assert (mine["reseller"], mine["running"], mine["today"]["calls"]) == ("sub", 1, 1)
    assert mine["today"]["money"] == [{"currency": "EUR", "sales": "0.0099", "cost": "0.0066", "margin": "0.0033"}]
    served.shop.clock.advance(86_400)
    tomorrow = served.ask("owner", "GET", "/statistics/today").json
    assert (tomorrow["today"]["calls"], tomorrow["month"]["calls"]) == (0, 4)


def test_what_each_direct_sub_reseller_brings(served: Served, calls: dict[str, int]) -> None:
    told = served.ask("owner", "GET", "/resellers/statistics").json
    assert [row["reseller"] for row in told["resellers"]] == ["sub", "other"]
    sub, other = told["resellers"]
    assert (sub["calls"], sub["minutes"], sub["spend"], sub["cost"], sub["profit"]) == (1, "0.5", "0.0066", "0.006", "0.0006")
    assert (other["calls"], other["spend"], other["profit"]) == (0, "0.00", "0.00")
    assert served.ask("owner", "GET", "/resellers/statistics?since=2026-01-02").json["resellers"][0]["calls"] == 0
    assert served.ask("sub", "GET", "/resellers/statistics").json["resellers"] == []
    assert served.ask("sub", "GET", "/resellers/statistics?reseller=root").status == 404


def test_days_and_months_begin_at_midnight_where_the_business_is() -> None:
    noon = 1_767_225_600_000 + 43_200_000  # 2026-01-01T12:00Z
    assert beginnings(noon, "UTC") == (1_767_225_600_000, 1_767_225_600_000)
    assert beginnings(noon, "Europe/Amsterdam")[0] == 1_767_225_600_000 - 3_600_000
    assert beginnings(noon, "no such zone") == beginnings(noon, "UTC")


def codes(served: Served, token: str = "owner") -> list[str]:
    return [each["code"] for each in served.ask(token, "GET", "/alerts").json["alerts"]]


def test_what_is_wrong_is_told_to_whom_it_concerns(served: Served) -> None:
    assert codes(served) == ["alert.no_emergency_trunk"]
    served.shop.trunk(served.root.root, "sos", emergency=1, register=1)
    assert codes(served) == []
    states = served.shop.services.trunk_states
    with served.shop.services.changes.unit():
        states.told(2, registered=False, reason="403 Forbidden", at=served.shop.clock.utcnow())
    (alert,) = served.ask("owner", "GET", "/alerts").json["alerts"]
    assert (alert["kind"], alert["id"], alert["severity"]) == ("trunk", 2, "error")
    assert "sos" in alert["text"]
    assert "403 Forbidden" in alert["text"]
    assert codes(served, "sub") == []
    with served.shop.services.changes.unit():
        states.told(2, registered=True, reason="", at=served.shop.clock.utcnow())
    assert codes(served) == []
    served.shop.account(served.root.root, "poor", "1.50")
    served.shop.account(served.sub, "subs poor", "0.50", limit="0.10")
    served.shop.account(served.root.root, "never used")
    (alert,) = served.ask("owner", "GET", "/alerts").json["alerts"]
    assert (alert["code"], alert["parameters"]) == ("alert.accounts_low", {"count": "2", "names": "subs poor, poor"})
    assert [alert["parameters"]["names"] for alert in served.ask("sub", "GET", "/alerts").json["alerts"]] == ["subs poor"]


def test_backups_that_are_old_or_missing_are_told(served: Served) -> None:
    served.shop.trunk(served.root.root, "sos", emergency=1)
    served.shop.clock.advance(2 * 86_400)
    assert codes(served) == ["alert.no_backup"]
    assert codes(served, "clerk") == []
    served.shop.services.nouns.alerts.copy_fault = lambda: ""
    assert codes(served) == []
    served.shop.services.nouns.alerts.copy_fault = lambda: "the disk is gone"
    assert codes(served) == ["alert.copy_failed"]
    served.shop.services.nouns.alerts.copy_fault = lambda: None
    folder: Path = served.shop.folder / "backups"
    folder.mkdir()
    file = folder / "one.zip"
    file.write_bytes(b"")
    import os

    now = served.shop.clock.utcnow() / 1000
    os.utime(file, (now, now))
    assert codes(served) == []
    served.shop.clock.advance(8 * 86_400)
    assert codes(served) == ["alert.backup_old"]


def test_a_long_read_that_finds_no_room_says_so(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(job: object, slow: bool = False) -> object:
        from twisted.internet.defer import fail

        return fail(EnvironmentFault("server.busy"))

    monkeypatch.setattr(served.reads, "work", full)
    answer = served.ask("owner", "GET", "/cdrs")
    assert (answer.status, answer.json["code"]) == (503, "server.busy")


def test_a_spreadsheet_of_all_that_is_filtered(served: Served, calls: dict[str, int]) -> None:
    answer = served.ask("owner", "GET", "/cdrs/workbook?customer=Alice")
    assert answer.status == 200 and answer.headers["content-type"] == XLSX
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content))["Calls"]
    heads, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    lines = [dict(zip(heads, row, strict=True)) for row in rows]
    assert [line["id"] for line in lines] == [calls["refused"], calls["later"], calls["alice"]]
    assert (lines[2]["dialled"], lines[2]["amount"], lines[2]["billed_seconds"]) == ("442079460001", 0.0075, 30)
    assert isinstance(lines[2]["started_at"], datetime)

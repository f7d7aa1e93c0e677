"""A till's signing device: a sale never waits for it, paper does; what it said is kept, printed, proved, and missed aloud."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from appliance.errors import Conflict, Forbidden, NotFound, UserError
from appliance.services.call_shop.signing import asked
from appliance.services.keeping.verify import check
from appliance.wire.bills import BillSettled
from appliance.wire.shapes import ById
from appliance.wire.shifts import ShiftClose, ShiftCount, ShiftReportMake
from appliance.wire.shops import ExceptionsRequest
from appliance.wire.tills import PrintJobList, ReceiptList, TillUpdate
from tests.helpers.signing_device import SigningDevice, signs
from tests.services.call_shop.counter import LEIDEN, Counter


def sale(counter: Counter) -> BillSettled:
    card = counter.sit(counter.one)
    counter.talk(counter.one, LEIDEN, 10)
    return counter.pay(counter.bill_of(card), ("cash", "1.00"))


def with_device(counter: Counter, address: str, seconds: int = 2) -> None:
    counter.nouns.tills.update(counter.owner, TillUpdate(counter.till, signing_address=address, signing_seconds=seconds))


def asked_and_settled(counter: Counter) -> int:
    """What the server does beside its calls: asks whatever waits, till nothing does; how often."""
    times = 0
    while found := list(counter.nouns.signing.next(frozenset())):
        for _, ask, wanted in found:
            outcome = asked(ask, wanted)
            with counter.base.services.changes.unit():
                counter.nouns.signing.settle(ask.document_id, outcome)
            times += 1
    return times


def printable(counter: Counter) -> list[int]:
    return [job.id for job in counter.nouns.queue.list(counter.clerk, PrintJobList(counter.till)).jobs]


def paper(counter: Counter, job: int | None) -> str:
    return counter.nouns.queue.bytes(counter.clerk, ById(job))().content.decode("cp858", "replace")


def test_the_sale_is_done_and_its_paper_waits_for_the_signature(counter: Counter) -> None:
    with SigningDevice() as device:
        with_device(counter, device.address)
        counter.begin_shift()
        done = sale(counter)
        assert done.bill.state == "paid" and printable(counter) == []
        with pytest.raises(Conflict, match=r"print_job\.not_signed_yet"):
            paper(counter, done.print_job)
        counter.base.crash()  # the server dies before the device was asked
        counter.base.start()
        assert asked_and_settled(counter) == 1 and printable(counter) == [done.print_job]
        facts = device.asked[0]
        assert (facts["ask"], facts["series"], facts["number"], facts["total"], facts["currency"]) == ("sign", "receipt", 1, "0.30", "EUR")
        assert facts["lines"][0]["text"] == "to 31" and LEIDEN not in str(facts)
        assert facts["taxes"] == [{"percent": "21", "gross": "0.30", "tax": "0.05"}]
        text = paper(counter, done.print_job)
        assert f"SIG-1-{facts['hash'][:8]}" in text and "TSE 7" in text and "Not signed" not in text
    view = counter.nouns.receipts.list(counter.clerk, ReceiptList(counter.shop)).receipts[0]
    assert (view.signing, view.signing_device, view.hash) == ("signed", "TSE 7", facts["hash"])
    assert list(counter.nouns.signing.alarms(counter.boss)) == []
    counter.sound()


def dead_end() -> str:
    """Where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/sign"


@pytest.mark.parametrize(
    ("reply", "state", "says"),
    [
        (lambda facts: {**signs(facts), "hash": "another"}, "wrong", "wrong answer."),
        (lambda facts: {**signs(facts), "signature": "\x1b@ drawer"}, "wrong", "wrong answer."),
        (lambda facts: {**signs(facts), "signature": " "}, "wrong", "wrong answer."),
        (lambda facts: {**signs(facts), "qr": "x" * 1001}, "wrong", "wrong answer."),
        (lambda facts: b"\xff not JSON", "wrong", "wrong answer."),
        (lambda facts: b"x" * 70_000, "wrong", "wrong answer."),
        (None, "silent", "did not"),
    ],
    ids=["another hash", "control characters", "nothing", "too long", "no JSON", "too large", "gone"],
)
def test_a_device_that_does_not_sign_is_told_on_paper_as_an_event_and_as_an_alarm(counter: Counter, reply: Any, state: str, says: str) -> None:
    with SigningDevice(reply or signs) as device:
        with_device(counter, dead_end() if reply is None else device.address)
        counter.begin_shift()
        done = sale(counter)
        assert asked_and_settled(counter) == 1
    text = " ".join(paper(counter, done.print_job).split())
    assert "Not signed: the signing device" in text and says in text
    events = counter.nouns.events.list(counter.boss, ExceptionsRequest(counter.shop)).events
    assert [(each.kind, each.reason.partition(":")[0]) for each in events] == [("not_signed", "receipt 1")]
    assert [(till.name, shop) for till, shop, _ in counter.nouns.signing.alarms(counter.boss)] == [("front", "Shop")]
    alerts = counter.base.services.nouns.alerts.list(counter.owner).alerts
    assert [each.kind for each in alerts if each.code == "alert.signing_device"] == ["till"]
    assert counter.nouns.receipts.list(counter.clerk, ReceiptList(counter.shop)).receipts[0].signing == state
    counter.sound()


def test_a_slow_device_costs_its_time_and_no_more(counter: Counter) -> None:
    with SigningDevice() as device:
        device.reply = lambda facts: (device.release.wait(20), signs(facts))[1]
        with_device(counter, device.address, seconds=1)
        counter.begin_shift()
        done = sale(counter)
        begun = time.monotonic()
        assert asked_and_settled(counter) == 1
        assert 0.9 <= time.monotonic() - begun < 10
        assert "device did not" in " ".join(paper(counter, done.print_job).split())


def test_an_http_fault_is_a_wrong_answer(counter: Counter) -> None:
    with SigningDevice() as device:
        device.status = 500
        with_device(counter, device.address)
        answer = counter.nouns.signing.test(counter.owner, ById(counter.till))()
        assert (answer.state, answer.error) == ("wrong", "HTTP 500")
        device.status = 200
        answer = counter.nouns.signing.test(counter.owner, ById(counter.till))()
        assert (answer.state, answer.device, device.asked[-1]["ask"]) == ("signed", "TSE 7", "test")


def test_documents_are_signed_in_their_order_and_the_z_report_too(counter: Counter) -> None:
    with SigningDevice() as device:
        with_device(counter, device.address)
        shift = counter.begin_shift()
        for _ in range(3):
            sale(counter)
        counter.nouns.shifts.report(counter.boss, ShiftReportMake(shift.id))
        counter.nouns.shifts.count(counter.clerk, ShiftCount(shift.id, {"EUR": {"100": 1}}))
        counter.nouns.shifts.close(counter.clerk, ShiftClose(shift.id))
        assert asked_and_settled(counter) == 4
    assert [(each["series"], each["number"]) for each in device.asked] == [("receipt", 1), ("receipt", 2), ("receipt", 3), ("z", 1)]
    hashes = [each["hash"] for each in device.asked[:3]]
    assert [each["previous"] for each in device.asked[:3]] == ["", *hashes[:2]]


def test_what_it_said_is_fixed_and_proved(counter: Counter) -> None:
    with SigningDevice() as device:
        with_device(counter, device.address)
        counter.begin_shift()
        sale(counter)
        asked_and_settled(counter)
    counter.sound()
    database = counter.base.store.database
    for change in ("UPDATE till_signature SET signature = 'other'", "DELETE FROM till_signature"):
        with counter.base.services.changes.unit():
            for (name,) in database.fetch("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'till_signature%'"):
                database.execute(f"DROP TRIGGER {name}")
            database.change(change, ())
        assert "verify.till_signature" in {fault.code for fault in check(counter.base.store).faults}


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/",
        "http://8.8.8.8/",
        "http://device.local/",
        "ftp://127.0.0.1/",
        "127.0.0.1:80",
        "http://0.0.0.0/",
        "http://a@10.0.0.1/",
        "http://[::ffff:8.8.8.8]/",
    ],
)
def test_only_what_is_near_can_be_asked(counter: Counter, address: str) -> None:
    with pytest.raises(UserError, match=r"signing\.address"):
        with_device(counter, address)


def test_the_address_is_the_owners_to_say(counter: Counter) -> None:
    for actor in (counter.boss, counter.clerk):
        with pytest.raises((Forbidden, NotFound)):
            counter.nouns.tills.update(actor, TillUpdate(counter.till, signing_address="http://127.0.0.1:1/"))
    with pytest.raises(UserError, match=r"signing\.none"):
        counter.nouns.signing.test(counter.owner, ById(counter.till))

"""Paper: what waits for a printer, what the printer is sent, copies, names that were forgotten."""

from __future__ import annotations

import pytest

from appliance.errors import Conflict, NotFound
from appliance.wire.shapes import ById
from appliance.wire.shifts import ShiftClose, ShiftCount
from appliance.wire.shops import ExceptionsRequest, ShopUpdate
from appliance.wire.tills import PrinterTest, PrintJobDone, PrintJobList, ReceiptStrip, Reprint, TillCreate, TillUpdate
from tests.services.call_shop.counter import LEIDEN, LONDON, Counter


def sale(counter: Counter, **how: object) -> int:
    card = counter.sit(counter.one, **how)
    counter.talk(counter.one, LONDON, 90.5)
    counter.talk(counter.one, LEIDEN, 10)
    done = counter.pay(counter.bill_of(card), ("cash", "1.00"))
    assert done.print_job is not None
    return int(done.print_job)


def queue(counter: Counter) -> list[tuple[int, str, bool]]:
    return [(job.id, job.kind, job.kick) for job in counter.nouns.queue.list(counter.clerk, PrintJobList(counter.till)).jobs]


def test_a_receipt_waits_until_it_is_delivered_whatever_happens(counter: Counter) -> None:
    counter.begin_shift()
    job = sale(counter)
    assert queue(counter) == [(job, "document", True)]
    counter.nouns.queue.done(counter.clerk, PrintJobDone(job, "failed", "out of paper"))
    counter.base.crash()
    counter.base.start()
    waiting = counter.nouns.queue.list(counter.clerk, PrintJobList(counter.till)).jobs[0]
    assert (waiting.id, waiting.tries, waiting.error, waiting.number) == (job, 1, "out of paper", 1)
    for _ in range(2):  # a retry of the confirmation finds it done
        assert counter.nouns.queue.done(counter.clerk, PrintJobDone(job, "delivered")).state == "delivered"
    assert queue(counter) == []
    with pytest.raises(Conflict, match=r"print_job\.done"):
        counter.nouns.queue.done(counter.clerk, PrintJobDone(job, "cancelled"))


def test_the_printer_is_sent_the_bill(counter: Counter) -> None:
    counter.begin_shift()
    counter.nouns.shops.update(
        counter.owner, ShopUpdate(counter.shop, receipt_name="Pier Calls", receipt_head="1 Quay St", receipt_foot="Come again", tax_number="NL 1")
    )
    file = counter.nouns.queue.bytes(counter.clerk, ById(sale(counter)))()
    assert file.content_type == "application/octet-stream"
    text = file.content.decode("cp858", "replace")
    for part in (
        "Pier Calls",
        "1 Quay St",
        "NL 1",
        LONDON,
        "to 44",
        "1:31",
        "0.04",
        LEIDEN,
        "0.30",
        "0.34",
        "Rounding",
        "0.35 EUR",
        "1.00",
        "0.65",
        "Come again",
    ):
        assert part in text, part
    assert b"\x1bp" in file.content and b"\x1dV" in file.content  # the drawer's kick and the cut
    assert b"\x1d(k" in file.content  # a QR code by the printer itself


def test_a_copy_is_marked_and_told(counter: Counter) -> None:
    counter.begin_shift()
    sale(counter)
    document = counter.base.store.till_documents.find(counter.shop, "receipt", 1)
    job = counter.nouns.reprints.reprint(counter.clerk, Reprint(document.id, counter.till))
    assert job.copy and not job.kick and b"Copy" in counter.nouns.queue.bytes(counter.clerk, ById(job.id))().content
    events = counter.nouns.events.list(counter.boss, ExceptionsRequest(counter.shop)).events
    assert [(each.kind, each.reason) for each in events] == [("reprint", "receipt 1")]
    strip = counter.nouns.reprints.pdf(counter.clerk, ReceiptStrip(document.id))()
    assert strip.name == "receipt-1.pdf" and strip.content.startswith(b"%PDF")


def test_no_printer_no_jobs_and_qt_prints_a_pdf(counter: Counter) -> None:
    counter.begin_shift()
    counter.nouns.tills.update(counter.boss, TillUpdate(counter.till, printer="none"))
    card = counter.sit(counter.one)
    counter.talk(counter.one, LEIDEN, 1)
    assert counter.pay(counter.bill_of(card), ("cash", "1.00")).print_job is None
    with pytest.raises(Conflict, match=r"till\.no_printer"):
        counter.nouns.tills.test_page(counter.clerk, PrinterTest(counter.till))
    counter.nouns.tills.update(counter.boss, TillUpdate(counter.till, printer="qt", columns=32))
    assert counter.nouns.queue.bytes(counter.clerk, ById(sale(counter)))().content.startswith(b"%PDF")


def test_what_was_forgotten_is_not_printed_and_the_chain_still_proves(counter: Counter) -> None:
    counter.begin_shift()
    job = sale(counter)
    with counter.base.services.changes.unit():
        counter.base.store.database.change("UPDATE cdr_person SET dialled = '4420', normalised = '4420'", ())
    content = counter.nouns.queue.bytes(counter.clerk, ById(job))().content
    assert LONDON.encode() not in content and b"4420 " in content
    counter.sound()


def test_a_report_and_a_test_page_are_paper_too(counter: Counter) -> None:
    shift = counter.begin_shift()
    sale(counter)
    counter.nouns.shifts.count(counter.clerk, ShiftCount(shift.id, {"EUR": {"100": 1}}))
    z = counter.nouns.shifts.close(counter.clerk, ShiftClose(shift.id))
    text = counter.nouns.queue.bytes(counter.clerk, ById(z.print_job))().content.decode("cp858", "replace")
    for part in ("Z report", "No. 1", "Sales", "2 x Calls", "0.34", "Expected", "100.35", "Difference", "-0.35"):
        assert part in text, part
    page = counter.nouns.tills.test_page(counter.clerk, PrinterTest(counter.till, kick=True))
    assert b"Test page" in counter.nouns.queue.bytes(counter.clerk, ById(page.id))().content


def test_another_shops_paper_is_not_there(counter: Counter) -> None:
    counter.begin_shift()
    job = sale(counter)
    other = counter.base.customer(counter.simple.root, "Other", counter.simple.retail, counter.account, call_shop=1)
    stranger = counter.person("stranger", "clerk", shop=other)
    till = counter.nouns.tills.create(counter.owner, TillCreate(other, "theirs")).id
    for act in (
        lambda: counter.nouns.queue.bytes(stranger, ById(job)),
        lambda: counter.nouns.queue.done(stranger, PrintJobDone(job, "cancelled")),
        lambda: counter.nouns.receipts.get(stranger, ById(1)),
        lambda: counter.nouns.queue.list(stranger, PrintJobList(counter.till)),
        lambda: counter.nouns.reprints.reprint(stranger, Reprint(1, till)),
    ):
        with pytest.raises(NotFound):
            act()

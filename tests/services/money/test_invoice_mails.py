"""Invoices, credit notes and reminders by e-mail: the PDF goes with them, drawn when the message leaves."""

from __future__ import annotations

import io
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from pypdf import PdfReader

from appliance.errors import Conflict
from appliance.services.mail.outbox import whole
from appliance.wire.invoices import InvoiceCredit, InvoiceSend, Remind
from tests.services.money.billed import DAY, Billed


def letters(billed: Billed) -> list[EmailMessage]:
    """All that waits, as it would leave."""
    outbox = billed.shop.services.nouns.messages.outbox
    found = []
    for waiting in outbox.due():
        letter = message_from_bytes(whole(waiting).data, _class=EmailMessage, policy=SMTP)
        assert isinstance(letter, EmailMessage)
        found.append(letter)
        outbox.sent(waiting.id)
    return found


def paper_of(letter: EmailMessage) -> tuple[str, str]:
    """(file name, text of the PDF)."""
    (paper,) = letter.iter_attachments()
    content = paper.get_content()
    return str(paper.get_filename()), "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def address(billed: Billed) -> None:
    customer = billed.shop.store.customers.get(billed.simple.customer)
    assert customer is not None
    billed.put("people", customer.person_id, email="alice@example.test")


def test_a_document_goes_out_with_its_pdf(billed: Billed) -> None:
    billed.call()
    address(billed)
    seen = billed.invoice()
    (letter,) = letters(billed)
    assert letter["To"] == "alice@example.test" and seen.number in letter["Subject"]
    name, said = paper_of(letter)
    assert name == f"invoice-{seen.number}.pdf" and seen.number in said and "0.73" in said
    plain = letter.get_body(("plain",))
    assert plain is not None and "0.73" in plain.get_content()
    billed.money.credit_notes.credit(billed.owner, InvoiceCredit(seen.id, reason="Wrong number"))
    (letter,) = letters(billed)
    name, said = paper_of(letter)
    assert name.startswith("credit_note-") and "Wrong number" in said
    billed.shop.verify()


def test_a_reminder_carries_the_invoice_again(billed: Billed) -> None:
    billed.call()
    seen = billed.invoice()
    address(billed)
    billed.shop.clock.advance(40 * DAY)
    billed.money.reminders.remind(billed.owner, Remind(seen.id))
    (letter,) = letters(billed)
    assert paper_of(letter)[0] == f"invoice-{seen.number}.pdf"


def test_nobody_is_written_to_without_an_address_or_against_the_setting(billed: Billed) -> None:
    billed.call()
    first = billed.invoice()
    with pytest.raises(Conflict, match=r"invoice\.no_address"):
        billed.money.invoice_mails.send(billed.owner, InvoiceSend(first.id))
    address(billed)
    with billed.shop.services.changes.unit():
        billed.shop.services.nouns.configuration.put(billed.owner, "documents.email_invoices", False)
    billed.call()
    billed.invoice()
    assert letters(billed) == []
    billed.money.invoice_mails.send(billed.owner, InvoiceSend(first.id))
    assert len(letters(billed)) == 1


def test_a_paper_that_cannot_be_drawn_keeps_the_message(billed: Billed) -> None:
    billed.call()
    address(billed)
    billed.invoice()
    (waiting,) = billed.shop.services.nouns.messages.outbox.due()

    def broken() -> None:
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        whole(waiting._replace(paper=broken))  # type: ignore[arg-type]
    assert len(letters(billed)) == 1

"""A till's signing device: told each document's facts before it is printed, and what it answers kept beside the document.

Law: a sale never waits for a device: the document is written, numbered and chained first, and only its paper is held until the
device has answered or its time is over. Devices hear of documents one after the other, in their order; the outcome is written
once, with a hash over the document's own. A device that does not answer is an event and an alarm, and the paper says it.

The protocol (ARCHITECTURE, "A till's signing device"): POST, JSON both ways; the answer repeats the document's hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from appliance import signing_device
from appliance.clock import rfc3339
from appliance.errors import UserError
from appliance.money import format_amount, format_percent
from appliance.services.call_shop.places import READ, WRITE, Place, Places
from appliance.services.ground.access import Actor
from appliance.services.ground.room import Room
from appliance.store.till_documents import Document
from appliance.store.till_signatures import Signature
from appliance.store.tills import Till
from appliance.wire.shapes import ById
from appliance.wire.tills import SigningTest

SIGNED, SILENT, WRONG = "signed", "silent", "wrong"
SERIES = frozenset({"receipt", "z"})
"""What is signed: whatever a guest gets or would have got, and the shift's last report."""
LONGEST = {"device": 100, "signature": 1000, "qr": 1000}


class Answer(msgspec.Struct, frozen=True):
    """What a device answers. `hash`: the document's, as it was asked; `signature` is printed, `qr` drawn as a code."""

    hash: str
    signature: str
    qr: str = ""
    device: str = ""


class Ask(NamedTuple):
    """What the server asks next, in a thread: `body` to `address`, within `seconds`."""

    document_id: int
    address: str
    seconds: int
    body: bytes


class Outcome(NamedTuple):
    """What came of asking."""

    state: str
    answer: Answer | None
    error: str


def asked(ask: Ask, wanted: str, send: Callable[[str, bytes, float], bytes] = signing_device.ask) -> Outcome:
    """Ask the device. Blocks up to its seconds: for a thread. `wanted`: the hash that the answer must repeat."""
    try:
        answer = msgspec.json.decode(send(ask.address, ask.body, ask.seconds), type=Answer)
    except (signing_device.NoAnswer, UserError) as error:
        return Outcome(SILENT, None, str(error)[:200])
    except signing_device.WrongAnswer as error:
        return Outcome(WRONG, None, str(error)[:200])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Outcome(WRONG, None, str(error)[:200])
    if answer.hash != wanted:
        return Outcome(WRONG, None, "the hash is not the document's")
    for name, longest in LONGEST.items():
        text = getattr(answer, name)
        if len(text) > longest or not text.isprintable():
            return Outcome(WRONG, None, f"{name} is too long, or has what cannot be printed")
    if not answer.signature.strip():
        return Outcome(WRONG, None, "there is no signature")
    return Outcome(SIGNED, answer, "")


def sealed(document_hash: str, state: str, at: int, device: str, signature: str, qr: str, error: str) -> str:
    """The hash that closes over a document and what its device said."""
    said = json.dumps([state, at, device, signature, qr, error], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{document_hash}\n{said}".encode()).hexdigest()


class Signing:
    """`wanted` is for whoever issues documents; `next` and `settle` for the server, which asks in between."""

    def __init__(self, room: Room, places: Places) -> None:
        self._room = room
        self._store = room.store
        self._places = places

    def wanted(self, till_id: int | None, series: str) -> Till | None:
        """The till whose device signs documents of that series."""
        till = None if till_id is None or series not in SERIES else self._store.tills.get(till_id)
        return till if till is not None and till.signing_address else None

    def wait(self, document_id: int, till: Till) -> None:
        """Inside the unit of work of the document."""
        self._store.till_signatures.wait(document_id, till.id, till.signing_address, till.signing_seconds)

    def state(self, document_id: int) -> Signature | None:
        """What is known of a document's signature; None where it needs none."""
        return self._store.till_signatures.get(document_id)

    # the server --------------------------------------------------------------------------------------------------------
    def next(self, busy: frozenset[int]) -> Iterator[tuple[int, Ask, str]]:
        """(till, what to ask, the document's hash) of each till that has something waiting and is not busy."""
        for row in self._store.till_signatures.next():
            document = self._store.till_documents.get(row.document_id)
            if document is not None and row.till_id not in busy:
                place = self._places.of(document.shop_id)
                yield row.till_id, Ask(row.document_id, row.address, row.seconds, _body(place, document, self._till(row.till_id))), document.hash

    def settle(self, document_id: int, outcome: Outcome) -> None:
        """Write down what the device said, once; inside an open unit of work."""
        document = self._store.till_documents.get(document_id)
        if document is None:
            return
        now, answer = self._room.clock.utcnow(), outcome.answer
        said = ("", "", "") if answer is None else (answer.device, answer.signature, answer.qr)
        closed = sealed(document.hash, outcome.state, now, *said, outcome.error)
        device, signature, qr = said
        first = self._store.till_signatures.settle(
            document_id, state=outcome.state, at=now, device=device, signature=signature, qr=qr, error=outcome.error, hash=closed
        )
        if not first:
            return
        if outcome.state != SIGNED:
            self._store.till_documents.note(
                shop_id=document.shop_id,
                at=now,
                kind="not_signed",
                till_id=document.till_id,
                shift_id=document.shift_id,
                operator_id=document.operator_id,
                bill_id=document.bill_id,
                document_id=document.id,
                currency=self._places.of(document.shop_id).currency,
                reason=f"{document.series} {document.number}: {outcome.error}",
            )
        self._room.changes.note("till_receipt", document.id)
        self._room.changes.note("till", document.till_id or 0)
        for job in self._store.tills.jobs_of(document.id):
            self._room.changes.note("print_job", job)

    def alarms(self, actor: Actor) -> Iterator[tuple[Till, str, str]]:
        """(till, shop's name, why) of each till in use whose device did not sign its latest document."""
        for place in self._places.shops(actor, READ):
            for till in self._store.tills.of(place.id):
                newest = self._store.till_signatures.newest(till.id) if till.signing_address else None
                if newest is not None and newest.state != SIGNED:
                    yield till, place.shop.name, newest.error

    # settings ----------------------------------------------------------------------------------------------------------
    def test(self, actor: Actor, request: ById) -> Callable[[], SigningTest]:
        """Ask a till's device to sign nothing but a test; asked when called, and may be called in a thread."""
        place, till = self._places.till(actor, request.id, WRITE, "id")
        if not till.signing_address:
            raise UserError("signing.none", field="id", till=till.name)
        now = self._room.clock.utcnow()
        proof = hashlib.sha256(f"test {till.id} {now}".encode()).hexdigest()
        facts = {**_head(place, till), "ask": "test", "at": rfc3339(now), "hash": proof}
        ask = Ask(0, till.signing_address, till.signing_seconds, msgspec.json.encode(facts))
        begun = self._room.clock.monotonic()

        def work() -> SigningTest:
            outcome = asked(ask, proof)
            answer = outcome.answer or Answer("", "")
            took = int((self._room.clock.monotonic() - begun) * 1000)
            return SigningTest(outcome.state, answer.device, answer.signature, answer.qr, outcome.error, took)

        return work

    def _till(self, till_id: int) -> Till:
        row = self._store.tills.get(till_id)
        assert row is not None  # foreign key
        return row


def _head(place: Place, till: Till) -> dict[str, object]:
    return {"tollhouse": 1, "shop": place.settings.receipt_name or place.shop.name, "till": till.name, "currency": place.currency}


def _body(place: Place, document: Document, till: Till) -> bytes:
    """The document's facts: amounts as decimal texts; of a call its destination and length, never its number."""
    kept = json.loads(document.content)
    taxes = [] if document.series != "receipt" else kept.get("taxes", [])
    payments = [] if document.series != "receipt" else kept.get("payments", [])
    facts = {
        **_head(place, till),
        "ask": "sign",
        "tax_number": kept.get("tax_number", place.settings.tax_number),
        "series": document.series,
        "number": document.number,
        "kind": document.kind,
        "at": rfc3339(document.at),
        "total": format_amount(kept.get("total", 0)),
        "rounding": format_amount(kept.get("rounding", 0)),
        "taxes": [{"percent": format_percent(ppm), "gross": format_amount(gross), "tax": format_amount(tax)} for ppm, gross, tax in taxes],
        "payments": [
            {"kind": kind, "method": method, "amount": format_amount(amount), "currency": currency} for kind, method, amount, currency, _ in payments
        ],
        "lines": [
            {"kind": kind, "text": text or destination, "quantity": quantity, "amount": format_amount(amount), "tax_percent": format_percent(ppm)}
            for _, kind, text, quantity, amount, ppm, _, _, _, _, destination in kept.get("lines", [])
        ],
        "of": kept.get("of", 0),
        "previous": document.previous,
        "hash": document.hash,
    }
    return msgspec.json.encode(facts)

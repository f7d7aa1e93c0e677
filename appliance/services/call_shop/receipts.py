"""What a till issues: numbered by series, chained by hash, one chain a shop (callshop.md, Receipts).

Law: a document is issued in the unit of work of what it is about; its content is kept as canonical JSON and names calls
and persons by id alone, so that somebody can be forgotten while the chain still proves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from itertools import islice

from appliance.clock import rfc3339
from appliance.errors import NotFound
from appliance.money import format_amount
from appliance.services.call_shop.cards import Cards
from appliance.services.call_shop.places import READ, Place, Places
from appliance.services.call_shop.signing import Signing
from appliance.services.ground.access import Actor
from appliance.services.ground.moments import moment
from appliance.services.ground.room import Room
from appliance.services.mail.brand import brand_of
from appliance.store.till_documents import Document
from appliance.wire.bills import ReceiptRef
from appliance.wire.shapes import ById
from appliance.wire.tills import ReceiptList, ReceiptPage, ReceiptView

RECEIPT, X, Z = "receipt", "x", "z"
MOST = 500


def canonical(content: Mapping[str, object]) -> str:
    """The one way in which content is written: keys sorted, no blanks, whole numbers."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def chained(previous: str, content: str) -> str:
    """The hash that closes over a document and all before it."""
    return hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()


class TillReceipts:
    """`issue` is for services; the rest for screens."""

    def __init__(self, room: Room, places: Places, cards: Cards, signing: Signing) -> None:
        self._room = room
        self._signing = signing
        self._store = room.store
        self._places = places
        self._cards = cards

    def issue(
        self,
        actor: Actor,
        place: Place,
        series: str,
        kind: str,
        content: Mapping[str, object],
        *,
        till_id: int | None = None,
        shift_id: int | None = None,
        bill_id: int | None = None,
        language: str = "",
    ) -> Document:
        """The next document of a series, at the end of the shop's chain; inside the open unit of work."""
        documents, now = self._store.till_documents, self._room.clock.utcnow()
        last = documents.last(place.id)
        number = documents.next_number(place.id, series)
        head = {
            "shop": place.id,
            "series": series,
            "number": number,
            "kind": kind,
            "at": now,
            "till": till_id,
            "shift": shift_id,
            "bill": bill_id,
            "clerk": actor.operator_id,
            "currency": place.currency,
        }
        signer = self._signing.wanted(till_id, series)
        if signer is not None:
            head["signing"] = 1
        text, previous = canonical({**content, **head}), "" if last is None else last.hash
        row_id = documents.insert(
            shop_id=place.id,
            position=1 if last is None else last.position + 1,
            series=series,
            number=number,
            kind=kind,
            at=now,
            till_id=till_id,
            shift_id=shift_id,
            bill_id=bill_id,
            operator_id=actor.operator_id,
            language=language,
            content=text,
            previous=previous,
            hash=chained(previous, text),
        )
        if signer is not None:
            self._signing.wait(row_id, signer)
        self._room.changes.note("till_receipt", row_id)
        row = documents.get(row_id)
        assert row is not None
        return row

    def found(self, actor: Actor, document_id: int, permission: str = READ, field: str = "id") -> tuple[Place, Document]:
        """One document within reach."""
        row = self._store.till_documents.get(document_id)
        if row is None:
            raise NotFound("receipt.unknown", field=field, receipt=document_id)
        try:
            return self._places.shop(actor, row.shop_id, permission), row
        except NotFound:
            raise NotFound("receipt.unknown", field=field, receipt=document_id) from None

    def get(self, actor: Actor, request: ById) -> ReceiptView:
        """One document."""
        place, row = self.found(actor, request.id)
        return self.view(place, row)

    def list(self, actor: Actor, request: ReceiptList) -> ReceiptPage:
        """Newest first."""
        place = self._places.shop(actor, request.shop, READ)
        documents = self._store.till_documents
        if request.number is not None:
            one = documents.find(place.id, request.series or RECEIPT, request.number)
            return ReceiptPage([] if one is None else [self.view(place, one)])
        since, until = moment(request.since, "since"), moment(request.until, "until")
        limit = max(1, min(request.limit, MOST))
        rows = (
            row
            for row in documents.newest(place.id, request.after or None, request.series, request.shift)
            if (since is None or row.at >= since) and (until is None or row.at < until)
        )
        found = list(islice(rows, limit + 1))
        return ReceiptPage([self.view(place, row) for row in found[:limit]], found[limit - 1].id if len(found) > limit else 0)

    def view(self, place: Place, row: Document) -> ReceiptView:
        """The row with names."""
        till = None if row.till_id is None else self._store.tills.get(row.till_id)
        signed = self._signing.state(row.id)
        return ReceiptView(
            id=row.id,
            shop_id=row.shop_id,
            series=row.series,
            number=row.number,
            kind=row.kind,
            at=rfc3339(row.at),
            till="" if till is None else till.name,
            shift=row.shift_id,
            bill=row.bill_id,
            clerk=self._cards.login(row.operator_id),
            total=format_amount(json.loads(row.content).get("total", 0)),
            currency=place.currency,
            previous=row.previous,
            hash=row.hash,
            link=self.link(place, row),
            signing="" if signed is None else signed.state,
            signature="" if signed is None else signed.signature,
            signing_device="" if signed is None else signed.device,
            signing_error="" if signed is None else signed.error,
        )

    def link(self, place: Place, row: Document) -> str:
        """What the QR code holds: the bill on the reseller's web page, or (where it has none) what proves the document."""
        web = brand_of(self._room, place.reseller).web_address
        if web:
            return f"{web}bill/{row.id}-{row.hash[:16]}"
        return f"tollhouse:{place.id}/{row.series}/{row.number}/{rfc3339(row.at)}/{row.hash[:32]}"


def ref(row: Document) -> ReceiptRef:
    """A document as a bill names it."""
    return ReceiptRef(row.id, row.number, row.kind, rfc3339(row.at))

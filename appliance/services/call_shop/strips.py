"""From a stored document to the paper of a till: its content with names and numbers as they are kept now."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from appliance.documents.drawing import ESCPOS
from appliance.documents.strip import Strip, StripFigure, StripLine, StripPayment
from appliance.money import parse_amount
from appliance.services.call_shop.cards import Cards
from appliance.services.call_shop.places import Place
from appliance.services.call_shop.receipts import TillReceipts
from appliance.services.call_shop.signing import Signing
from appliance.services.ground.room import Room
from appliance.services.mail.papers import PDF, drawn
from appliance.store.till_documents import Document
from appliance.store.tills import Job, Till
from appliance.wire.shapes import Binary

BYTES = "application/octet-stream"
QT = "qt"


class Strips:
    """Gathers on the store's thread; what it gives draws when it is called, and may be called in another."""

    def __init__(self, room: Room, cards: Cards, receipts: TillReceipts, signing: Signing) -> None:
        self._room = room
        self._store = room.store
        self._cards = cards
        self._receipts = receipts
        self._signing = signing

    def job(self, place: Place, till: Till, job: Job, document: Document | None) -> Callable[[], Binary]:
        """A print job for its till: bytes for a thermal printer, or a PDF where Qt prints."""
        look: dict[str, Any] = {
            "columns": till.columns,
            "code_page": till.code_page,
            "cutter": bool(till.cutter),
            "native_qr": bool(till.native_qr),
            "kick": bool(job.kick),
        }
        if document is not None:
            content = self._content(place, document, copy=bool(job.copy), **look)
        else:
            content = Strip(
                job.kind, at=self._room.clock.utcnow(), timezone=place.timezone, shop=_name(place), till=till.name, currency=place.currency, **look
            )
        language, room = job.language or place.language, self._room
        name = f"{job.kind}-{job.id}"
        if till.printer == QT and job.kind != "drawer":
            return lambda: Binary(f"{name}.pdf", PDF, drawn(room, content, language, "strip"))
        return lambda: Binary(f"{name}.bin", BYTES, drawn(room, content, language, ESCPOS))

    def pdf(self, place: Place, document: Document, columns: int, language: str) -> Callable[[], Binary]:
        """A document as a PDF strip, marked as a copy."""
        content, room = self._content(place, document, copy=True, columns=columns), self._room
        spoken = language or document.language or place.language
        name = f"{document.series}-{document.number}.pdf"
        return lambda: Binary(name, PDF, drawn(room, content, spoken, "strip"))

    def _content(self, place: Place, document: Document, **look: Any) -> Strip:
        kept = json.loads(document.content)
        till = None if document.till_id is None else self._store.tills.get(document.till_id)
        settings, signed = place.settings, self._signing.state(document.id)
        return Strip(
            document.kind,
            number=document.number,
            at=document.at,
            timezone=place.timezone,
            shop=_name(place),
            head=settings.receipt_head,
            foot=settings.receipt_foot,
            tax_number=kept.get("tax_number", ""),
            till="" if till is None else till.name,
            clerk=self._cards.login(document.operator_id),
            bill=document.bill_id or 0,
            of=kept.get("of", 0),
            currency=kept["currency"],
            lines=self._lines(kept.get("lines", [])),
            exact_micros=kept.get("exact", 0),
            total_micros=kept.get("total", 0),
            rounding_micros=kept.get("rounding", 0),
            lost_micros=kept.get("lost", 0),
            taxes=tuple((ppm, gross, tax) for ppm, gross, tax in kept.get("taxes", [])) if document.series == "receipt" else (),
            payments=tuple(StripPayment(*each) for each in kept.get("payments", [])) if document.series == "receipt" else (),
            figures=() if document.series == "receipt" else _figures(kept),
            opened=kept.get("opened", 0),
            closed=kept.get("closed", 0),
            bills=kept.get("bills", 0),
            receipts=tuple(kept.get("receipts", [])),
            link=self._receipts.link(place, document),
            hash=document.hash,
            signing="" if signed is None else signed.state,
            signing_device="" if signed is None else signed.device,
            signature="" if signed is None else signed.signature,
            signing_qr="" if signed is None else signed.qr,
            **look,
        )

    def _lines(self, kept: list[list[Any]]) -> tuple[StripLine, ...]:
        numbers = self._store.bills.dialled([line[6] for line in kept if line[6]])
        return tuple(
            StripLine(kind, text, quantity, amount, numbers.get(cdr, ("", ""))[0], destination, at, duration)
            for _, kind, text, quantity, amount, _, cdr, at, duration, _, destination in kept
        )


def _figures(kept: dict[str, Any]) -> tuple[StripFigure, ...]:
    """The lines of a report by section."""
    found = [StripFigure(section, key, count, amount) for section in ("sales", "taxes", "losses") for key, count, amount in kept[section]]
    for key, count, amount in kept["payments"]:
        found.append(StripFigure("payments", key, count, amount, currency=key.rsplit(" ", 1)[-1]))
    for currency, *amounts in kept["cash"]:
        for key, text in zip(("opened", "received", "paid_out", "expected", "counted", "difference"), amounts, strict=True):
            if text:
                found.append(StripFigure("cash", key, 0, parse_amount(text), currency))
    found += [StripFigure("events", key, count, amount) for key, count, amount in kept["events"]]
    return tuple(found)


def _name(place: Place) -> str:
    return place.settings.receipt_name or place.shop.name

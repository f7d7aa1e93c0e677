"""The evidence of a dispute as one PDF (product.md P19): what `disputes.evidence` tells, on paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from appliance.documents.evidence import (
    Evidence,
    EvidenceCall,
    EvidenceCharge,
    EvidenceCorrection,
    EvidenceMedia,
    EvidenceNote,
    EvidencePhone,
    EvidenceStep,
)
from appliance.money import parse_amount
from appliance.services.ground.access import Actor
from appliance.services.ground.moments import moment
from appliance.services.ground.room import Room
from appliance.services.mail.brand import seller_of
from appliance.services.mail.messages import Messages
from appliance.services.mail.papers import PDF, checked_paper, drawn
from appliance.services.prices.disputes import Disputes
from appliance.wire import disputes as wire
from appliance.wire.shapes import Binary, ById
from appliance.words import words


class DisputePapers:
    """The paper is drawn in a thread where there is one."""

    def __init__(self, room: Room, disputes: Disputes, messages: Messages) -> None:
        self._room = room
        self._store = room.store
        self._disputes = disputes
        self._messages = messages

    def print(self, actor: Actor, request: wire.EvidencePrint) -> Callable[[], Binary]:
        """Draws it when called, and may be called in a thread."""
        paper = checked_paper(self._room, request.paper, "documents.paper")
        known = self._disputes.evidence(actor, ById(request.id))
        row = self._store.disputes.get(request.id)
        assert row is not None  # it has evidence
        seller = self._store.resellers.get(row.reseller_id)
        customer = None if row.customer_id is None else self._store.customers.get(row.customer_id)
        assert seller is not None  # foreign key
        spoken = words(self._messages.language_of(customer, seller, request.language))
        content = Evidence(
            sender=seller_of(self._room, seller),
            number=row.id,
            subject=row.subject,
            against=row.against,
            customer=known.dispute.customer or "",
            state=row.state,
            currency=row.currency,
            disputed_micros=parse_amount(known.dispute.disputed),
            held_micros=row.held_micros,
            outcome=row.outcome,
            opened_at=row.opened_at,
            closed_at=row.closed_at or 0,
            made_at=self._room.clock.utcnow(),
            timezone=(customer.timezone if customer is not None else "") or seller.timezone or "UTC",
            notes=tuple(EvidenceNote(_at(note.at), note.who, note.text) for note in known.dispute.notes),
            calls=tuple(_call(each) for each in known.calls),
        )
        return lambda: Binary(f"dispute-{row.id}.pdf", PDF, drawn(self._room, content, spoken.language, paper))


def _call(known: wire.CallEvidence) -> EvidenceCall:
    call, media = known.call, known.media
    return EvidenceCall(
        id=call.id,
        started_at=_at(call.started_at),
        answered_at=_at(call.answered_at),
        ended_at=_at(call.ended_at),
        duration_ms=call.duration_ms,
        caller=call.caller,
        dialled=call.dialled,
        normalised=call.normalised,
        destination=call.destination or "",
        customer=call.customer or "",
        endpoint=call.endpoint or "",
        trunk=call.trunk or "",
        result=call.result,
        cause=call.cause,
        ended_by=call.ended_by,
        call_id=call.call_id,
        charges=tuple(
            EvidenceCharge(
                each.level,
                each.party,
                parse_amount(each.amount),
                each.currency,
                dict(each.explanation) if isinstance(each.explanation, Mapping) else {},
            )
            for each in call.charges
        ),
        corrections=tuple(
            EvidenceCorrection(_at(each.at), each.level, each.kind, parse_amount(each.before), parse_amount(each.after), each.currency, each.note)
            for each in known.corrections
        ),
        ladder=tuple(EvidenceStep(step.seconds, step.sent, step.peer, step.title) for step in known.ladder),
        media=None if media is None else _media(media),
        phones=tuple(EvidencePhone(each.contact, each.source, each.user_agent, _at(each.since), _at(each.until)) for each in known.registrations),
    )


def _media(told: Mapping[str, Any]) -> EvidenceMedia:
    packets, loss, jitter = (int(told.get(name, 0)) for name in ("packets", "loss", "jitter"))
    return EvidenceMedia(bool(told.get("relayed")), packets, loss, jitter, told.get("mos"))


def _at(text: str | None) -> int:
    """A moment that this program wrote; 0 for none."""
    return (moment(text, "at") or 0) if text else 0

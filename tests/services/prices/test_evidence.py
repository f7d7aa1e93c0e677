"""The evidence of a dispute on paper: the call, each level's explanation, the messages, media, registrations; kept when the dispute is opened."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from appliance.errors import NotFound
from appliance.services.ground.access import Actor, folder_owner
from appliance.wire.corrections import CallRefund
from appliance.wire.disputes import DisputeOpen, EvidencePrint
from appliance.wire.shapes import ById
from appliance.wire.traces import CallTrace, TraceStep
from tests.services.prices.test_allowances import talk
from tests.services.shop import Shop, Simple, binding

OWNER = folder_owner()
STEPS = [
    TraceStep(0.0, False, "udp:192.0.2.7:5060", "INVITE (SDP)", ""),
    TraceStep(0.004, True, "udp:192.0.2.7:5060", "407 Proxy Authentication Required", ""),
    TraceStep(0.021, True, "udp:198.51.100.9:5060", "INVITE (SDP)", ""),
    TraceStep(2.4, False, "udp:198.51.100.9:5060", "200 OK (SDP)", ""),
]


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def opened(shop: Shop, it: Simple) -> int:
    disputes = shop.services.nouns.pricing.disputes
    call = talk(shop, it, "4930123456", 61)
    with shop.services.changes.unit():
        shop.store.bindings.save(binding(it.alice, "sip:1000001@192.0.2.7:5060", shop.clock.utcnow()))
    disputes.trace = lambda actor, request: CallTrace(request.id, "", STEPS, "", b"")
    view = disputes.open(OWNER, DisputeOpen("Never called Berlin", [call], held="0.61", note="He says the phone was off.", request_id="d1"))

    def gone(actor: Actor, request: ById) -> CallTrace | None:
        raise NotFound("trace.gone", field="id")

    disputes.trace = gone
    return view.id


def test_the_evidence_is_one_paper_with_all_that_is_known(shop: Shop) -> None:
    it = Simple(shop)
    dispute = opened(shop, it)
    pricing = shop.services.nouns.pricing
    (call,) = pricing.disputes.get(OWNER, ById(dispute)).calls
    pricing.refunds.refund(OWNER, CallRefund(call, "0.10", note="half of it"))
    known = pricing.disputes.evidence(OWNER, ById(dispute))
    assert [step.title for step in known.calls[0].ladder] == [step.title for step in STEPS]  # kept, though memory has lost it
    paper = pricing.dispute_papers.print(OWNER, EvidencePrint(dispute))()
    said = text_of(paper.content)
    for wanted in (
        "Never called Berlin", "He says the phone was off.", "What customer Alice pays", "61 seconds", "0.61 EUR", "Put right later", "0.51 EUR",
        "407 Proxy Authentication Required", "198.51.100.9", "Registrations of the phone", "to 49", "Page 1 of 2",
    ):  # fmt: skip
        assert wanted in said, wanted


@pytest.mark.parametrize("language", ["es", "ar", "en"])
def test_it_is_drawn_in_each_language_and_without_what_was_not_kept(shop: Shop, language: str) -> None:
    it = Simple(shop)
    call = talk(shop, it, "442071234567", 5)
    pricing = shop.services.nouns.pricing
    dispute = pricing.disputes.open(OWNER, DisputeOpen("x" * 180, [call], against="carrier"))
    paper = pricing.dispute_papers.print(OWNER, EvidencePrint(dispute.id, language, "Letter"))()
    assert paper.content.startswith(b"%PDF")
    assert len(PdfReader(io.BytesIO(paper.content)).pages) >= 2

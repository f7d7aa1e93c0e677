"""How a call sounded, as one figure: the E-model of ITU-T G.107, by what the relay counted.

The law of this file: no I/O. What is not measured has its usual value: a quiet room, a good handset, no echo, losses
that come one by one. So the figure judges the line, never the phone.
"""

from __future__ import annotations

from typing import NamedTuple

FEWEST_PACKETS = 50  # a second of voice; less tells nothing
BASE = 93.2  # G.107 table 3: what is left of 100 with all values at their usual ones
CODING_MS = 20.0  # a packet is gathered before it leaves
BUFFER_MS = 40.0  # the least that a phone holds back; twice the jitter where that is more


class Codec(NamedTuple):
    """G.113 appendix I: how much worse than G.711 it is without loss (Ie), and how well it bears loss (Bpl)."""

    impairment: float
    robustness: float


PLAIN = Codec(0.0, 25.1)  # G.711 with concealment; taken for every codec that is not named here
CODECS = {3: Codec(20.0, 43.0), 4: Codec(15.0, 16.1), 18: Codec(11.0, 19.0)}  # by RTP payload type (RFC 3551): GSM, G.723.1, G.729


def mean_opinion(packets: int, lost: int, jitter_ms: float, round_trip_ms: float, payload_type: int = 0) -> float | None:
    """The mean opinion score of one direction, 1.0 to 4.5 (G.107 annex B), rounded to hundredths; None: too little was heard.

    `packets` came and `lost` did not; `round_trip_ms` between the parties, 0 where nobody told.
    """
    if packets < FEWEST_PACKETS:
        return None
    share = 100.0 * max(lost, 0) / (packets + max(lost, 0))
    codec = CODECS.get(payload_type, PLAIN)
    delay = round_trip_ms / 2 + CODING_MS + max(BUFFER_MS, 2 * jitter_ms)
    late = 0.024 * delay + (0.11 * (delay - 177.3) if delay > 177.3 else 0.0)  # G.107 annex, Id by one-way delay
    worn = codec.impairment + (95.0 - codec.impairment) * share / (share + codec.robustness)
    return opinion_of(BASE - late - worn)


def opinion_of(rating: float) -> float:
    """Annex B of G.107: the rating factor R as a score."""
    if rating <= 0:
        return 1.0
    if rating >= 100:
        return 4.5
    return round(max(1.0, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6), 2)

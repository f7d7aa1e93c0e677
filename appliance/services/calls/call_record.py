"""A running call: what its CDR will say and what each level pays by, as it lives in memory and in `live_call`.

`CallRecord` is what survives a crash: JSON in the live row, written at admission and at the answer. `LiveCall` is the
same call with what only a running server needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from appliance.billing.credit import Meter
from appliance.billing.rate import Price, Step
from appliance.billing.rating import Rules, Terms
from appliance.money import Exchange
from appliance.services.ground.allowances import Taken
from appliance.services.ground.hot import BilledLevel
from appliance.services.ground.limits import Party

CALLING, RINGING, ANSWERED = "calling", "ringing", "answered"


class Attempt(NamedTuple):
    """A new call as its door describes it. `source` is address:port/transport; exactly one of endpoint and trunk is set."""

    call_id: str
    dialled: str
    caller: str
    anonymous: bool
    source: str
    user_agent: str
    endpoint: int | None = None
    trunk: int | None = None
    emergency: bool = False
    display: str = ""
    to_number: str = ""  # of a trunk's call: the number in its To


class Place(NamedTuple):
    """One place to try: an endpoint of ours, or a trunk with the number it is to be asked for.

    `caller` is the number shown, empty for none; `asserted`: the trunk is trusted with the true one; `domain` is what
    From and To carry towards an endpoint; `diversion` the number that sent the call on, and why; `ring_seconds` how long
    this place may ring, 0 for as long as any.
    """

    endpoint: int | None
    trunk: int | None
    number: str
    caller: str
    display: str = ""
    anonymous: bool = False
    asserted: bool = False
    domain: str = ""
    diversion: tuple[str, str] = ("", "")
    ring_seconds: float = 0.0


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """The call may go on: `places` in order. `tone_seconds` 0: no low-credit tone. `service`: "echo"
    where we answer the call ourselves."""

    call: int
    places: tuple[Place, ...]
    media: str = "auto"
    codecs: tuple[str, ...] = ()
    ring_seconds: float = 180.0
    tone_seconds: float = 0.0
    service: str = ""
    forwards: bool = False  # ask again if the place does not take it


class Heard(NamedTuple):
    """What the relay counted of a call: packets of both sides, lost ones, the larger jitter; of an echo, packets in and back."""

    relayed: bool
    packets: int
    loss: int
    jitter_ms: int
    echo_in: int = 0
    echo_back: int = 0
    callee_packets: int | None = None  # of those, from the callee's side; None: not told apart
    mos: float | None = None  # mean opinion score of the worse direction, 1.0 to 4.5; None: not measured
    round_trip_ms: int = 0  # between the parties; 0: not measured


class Denied(NamedTuple):
    """The call may not go on; its record is written. `status` and `phrase` are for the phone, `cause` as on the CDR."""

    status: int
    phrase: str
    cause: str
    said: tuple[str, ...] = ()  # announcements that a phone hears first
    language: str = ""
    call: int | None = None  # its record's id


class Ended(msgspec.Struct, frozen=True, gc=False):
    """How a call ended, as its door tells it. `status`: as the caller saw it."""

    call: int
    status: int
    cause: str
    ended_by: str  # caller | callee | server | operator
    trunk: int | None
    trunk_call_id: str
    callee: str
    media: Heard | None
    at: float


class PaidBy(msgspec.Struct, array_like=True, gc=False):
    """One level that is billed: who pays, to whom, by which terms (`Price`, `Rules`, `Exchange` as lists of their fields)."""

    level: int
    account: int
    customer: int | None
    reseller: int | None
    seller: int
    terms: msgspec.Raw
    taken: Taken | None = None  # bundle and volume tier, at the customer's level


class CallRecord(msgspec.Struct, array_like=True, gc=False):
    """What is known of a call that runs. `normalised` is the number that is rated; ids are of rows."""

    call_id: str
    started_at: int
    caller: str
    dialled: str
    normalised: str
    source: str
    user_agent: str
    direction: str  # out | in | on_net | service (answered by us) | test (of a trunk)
    emergency: bool = False
    reseller: int | None = None
    customer: int | None = None
    endpoint: int | None = None
    callee_endpoint: int | None = None
    prefix: str | None = None
    destination: str | None = None
    paid_by: tuple[PaidBy, ...] = ()
    trunk: int | None = None  # the one that answered, or is being tried, or that it came in by
    trunk_call_id: str = ""
    callee: str = ""
    attempts: tuple[tuple[int | None, int], ...] = ()  # routes that failed: trunk and SIP status
    answered_at: int | None = None
    uncertain: bool = False  # the wall clock could not be believed at its start
    session: int | None = None  # of the booth it was made in


def paid_by(meters: Sequence[Meter], payers: Sequence[BilledLevel], taken: Taken | None) -> tuple[PaidBy, ...]:
    """Who pays, by the terms that were admitted; `taken` by the customer's level, before money."""
    return tuple(
        [
            PaidBy(
                meter.level,
                meter.account_id,
                payer.customer_id,
                payer.reseller_id,
                payer.seller_id,
                terms_text(meter.terms),
                taken if meter.level == 0 else None,
            )
            for meter in meters
            for payer in payers
            if payer.level == meter.level
        ]
    )


class LiveCall:
    """A running call in memory. `answered` is the engine's time in seconds, None before the answer."""

    __slots__ = ("answered", "before", "begun", "call", "delay_ms", "echo", "meters", "parties", "places", "record", "recorded", "state")

    def __init__(self, call: int, record: CallRecord, meters: tuple[Meter, ...], parties: tuple[Party, ...], places: tuple[int, ...] = ()) -> None:
        self.call = call
        self.record = record
        self.meters = meters
        self.parties = parties  # where it is counted
        self.places = places  # trunks in the order they are tried
        self.answered: float | None = None
        self.begun: float | None = None  # our try at the present trunk, the engine's time
        self.delay_ms: int | None = None  # from there to the first ringing
        self.state = CALLING
        self.before: tuple[Attempt, Any] | None = None  # and the plan, where an endpoint may yet send the call on
        self.echo: tuple[int, int] | None = None  # of an echo: packets that came in and went back
        self.recorded = True  # False: an emergency call whose row could not be written


ECHO_PACKETS = 25
"""Half a second of sound, come in and gone back."""


def heard_itself(echo: tuple[int, int] | None) -> bool:
    """Whether the caller of the echo number must have heard itself."""
    return echo is not None and min(echo) >= ECHO_PACKETS


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(CallRecord).decode


def to_text(record: CallRecord) -> str:
    """For `live_call.record`."""
    return _encode(record).decode()


def from_text(text: str) -> CallRecord:
    """From `live_call.record`."""
    return _decode(text)


class _StoredTerms(msgspec.Struct, array_like=True, gc=False):
    price: tuple[int, int, str, str, int, int, int, int, int, int, int, int, int | None, bool, str, int | None, int | None, tuple[Step, ...]]
    rules: Rules
    exchange: Exchange | None = None
    split: bool = False  # by time bands: they are not kept, the book is asked for them anew


_PRICE_FIELDS = Price.__slots__
_decode_terms = msgspec.json.Decoder(_StoredTerms).decode
_known: dict[Terms, msgspec.Raw] = {}
_MOST_KNOWN = 2_000


def terms_text(terms: Terms) -> msgspec.Raw:
    """Terms as they are kept; those that many calls share are written out once."""
    raw = _known.get(terms)
    if raw is None:
        price = terms.price
        fields = tuple(getattr(price, name) for name in _PRICE_FIELDS)
        raw = msgspec.Raw(_encode((fields, terms.rules, terms.exchange, terms.timeline is not None)))
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        if terms.timeline is None and terms.exchange is None:
            _known[terms] = raw
    return raw


def terms_of(raw: msgspec.Raw, again: Callable[[Rules, str], object]) -> Terms:
    """Kept terms made ready again. `again(rules, currency)` is what the tariff says of the call now: where the call is
    split by time bands, theirs are taken from it."""
    stored = _decode_terms(raw)
    terms = Terms(Price(*stored.price), stored.rules, stored.exchange)
    if stored.split:
        now = again(stored.rules, terms.currency)
        if isinstance(now, Terms) and now.timeline is not None:
            return Terms(terms.price, stored.rules, stored.exchange, now.timeline)
    return terms

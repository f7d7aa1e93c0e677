"""The evidence for a dispute on paper: what it is about, then each call with its record, how its price came about, what was said, media, the phone.

Explanations are those kept with the charges (`billing/explanation.py`); nothing is worked out here but the parts of a sum that is printed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from appliance.documents.invoice import duration
from appliance.documents.paper import BODY, HEADING, LEADING, MM, SMALL, TITLE, Paper
from appliance.documents.parties import Sender
from appliance.money import parse_amount
from appliance.words import Words

ROW = SMALL * LEADING + 3
LABEL = 38 * MM
MOST_STEPS = 200
MICROS, MINUTE = 1_000_000, 60


class EvidenceNote(NamedTuple):
    """What somebody wrote at a moment (ms since 1970 UTC)."""

    at: int
    who: str
    text: str


class EvidenceCharge(NamedTuple):
    """What one party pays. `level` -1 is a booth's guest, 0 the customer, then the resellers; `explanation` as it was kept."""

    level: int
    party: str
    amount_micros: int
    currency: str
    explanation: dict[str, Any]


class EvidenceCorrection(NamedTuple):
    """A charge put right later; `kind` is refund or rerate."""

    at: int
    level: int
    kind: str
    before_micros: int
    after_micros: int
    currency: str
    note: str


class EvidenceStep(NamedTuple):
    """One SIP message: seconds since the first, whether we sent it, the peer, the message's first line."""

    seconds: float
    sent: bool
    peer: str
    title: str


class EvidencePhone(NamedTuple):
    """A registration of the phone around the call; `until_at` 0: it still held."""

    contact: str
    source: str
    user_agent: str
    since_at: int
    until_at: int


class EvidenceMedia(NamedTuple):
    """What the relay counted: packets of both sides, lost ones, the larger jitter; the mean opinion score (1.0 to 4.5), None: not measured."""

    relayed: bool
    packets: int
    loss: int
    jitter_ms: int
    mos: float | None = None


class EvidenceCall(NamedTuple):
    """One call. Moments are ms since 1970 UTC (0: never)."""

    id: int
    started_at: int
    answered_at: int
    ended_at: int
    duration_ms: int
    caller: str
    dialled: str
    normalised: str
    destination: str
    customer: str
    endpoint: str
    trunk: str
    result: int
    cause: str
    ended_by: str
    call_id: str
    charges: tuple[EvidenceCharge, ...]
    corrections: tuple[EvidenceCorrection, ...]
    ladder: tuple[EvidenceStep, ...]
    media: EvidenceMedia | None
    phones: tuple[EvidencePhone, ...]


class Evidence(NamedTuple):
    """The whole; `against` is customer or carrier, `state` open, accepted, refused or settled."""

    sender: Sender
    number: int
    subject: str
    against: str
    customer: str
    state: str
    currency: str
    disputed_micros: int
    held_micros: int
    outcome: str
    opened_at: int
    closed_at: int
    made_at: int
    timezone: str
    notes: tuple[EvidenceNote, ...]
    calls: tuple[EvidenceCall, ...]


def pdf(evidence: Evidence, words: Words, paper_name: str) -> bytes:
    """All of it as one PDF; each call begins on a page of its own."""
    title = words._("Evidence for dispute {number}", number=evidence.number)
    with Paper(paper_name, words, title=title, author=evidence.sender.name) as paper:
        sender = evidence.sender
        paper.foot = [sender.name, words._("Dispute {number}: {subject}", number=evidence.number, subject=evidence.subject[:80])]
        _head(paper, evidence, title)
        for call in evidence.calls:
            paper.turn()
            _call(paper, call, evidence.timezone)
        return paper.pdf()


def _head(paper: Paper, evidence: Evidence, title: str) -> None:
    words, zone, currency = paper.words, evidence.timezone, evidence.currency
    paper.logo(evidence.sender.logo)
    paper.put(evidence.sender.name, colour="muted", most_lines=2)
    paper.down(4 * MM)
    paper.put(title, size=TITLE, strong=True)
    paper.put(evidence.subject, size=HEADING, most_lines=4)
    paper.down(6 * MM)
    states = {"open": words._("Open"), "accepted": words._("Accepted"), "refused": words._("Refused"), "settled": words._("Settled")}
    whom = {"customer": words._("The customer, who will not pay"), "carrier": words._("The carrier, whom we will not pay")}
    for label, value in (
        (words._("With whom"), whom.get(evidence.against, evidence.against)),
        (words._("Customer"), evidence.customer),
        (words._("State"), states.get(evidence.state, evidence.state)),
        (words._("Disputed"), words.money(evidence.disputed_micros, currency)),
        (words._("Held back"), words.money(evidence.held_micros, currency) if evidence.held_micros else ""),
        (words._("Opened"), words.moment(evidence.opened_at, zone)),
        (words._("Closed"), words.moment(evidence.closed_at, zone) if evidence.closed_at else ""),
        (words._("Outcome"), evidence.outcome),
        (words._("Calls"), words.count(len(evidence.calls))),
        (words._("Printed"), words.moment(evidence.made_at, zone)),
        (words._("Time zone"), zone),
    ):
        if value:
            paper.pair(label, value, LABEL)
            paper.down(1.5)
    if evidence.notes:
        _section(paper, words._("Notes"))
    for note in evidence.notes:
        paper.put(f"{words.moment(note.at, zone)}  {note.who}", size=SMALL, colour="muted", most_lines=1)
        paper.put(note.text)
        paper.down(2 * MM)


def _call(paper: Paper, call: EvidenceCall, zone: str) -> None:
    words = paper.words
    paper.put(words._("Call {number}", number=call.id), size=TITLE, strong=True)
    paper.put(words.moment(call.started_at, zone), colour="muted")
    paper.down(4 * MM)
    called = words.number(call.normalised) if call.normalised else ""
    talked = f"{duration((call.duration_ms + 999) // 1000)} ({_exact(words, call.duration_ms)} s)" if call.answered_at else ""
    for label, value, plain in (
        (words._("Caller"), call.caller, True),
        (words._("Dialled"), call.dialled, True),
        (words._("Number called"), called if called != call.dialled else "", True),
        (words._("Destination"), call.destination, False),
        (words._("Customer"), call.customer, False),
        (words._("Phone"), call.endpoint, True),
        (words._("Trunk"), call.trunk, False),
        (words._("Began"), _second(words, call.started_at, zone), True),
        (words._("Answered"), _second(words, call.answered_at, zone), True),
        (words._("Ended"), _second(words, call.ended_at, zone), True),
        (words._("Duration"), talked, True),
        (words._("SIP answer"), str(call.result) if call.result else "", True),
        (words._("Ended by"), _ender(words, call), False),
        ("Call-ID", call.call_id, True),
    ):
        if value:
            paper.pair(label, value, LABEL, plain=plain)
            paper.down(1)
    for charge in call.charges:
        _charge(paper, charge)
    _corrections(paper, call, zone)
    _ladder(paper, call)
    _media(paper, call)
    _phones(paper, call, zone)


# what it costs ------------------------------------------------------------------------------------------------------
def _charge(paper: Paper, charge: EvidenceCharge) -> None:
    words = paper.words
    if charge.level < 0:
        said = words._("What the guest pays at the till")
    elif charge.level == 0:
        said = words._("What customer {name} pays", name=charge.party)
    else:
        said = words._("What reseller {name} pays", name=charge.party)
    _section(paper, said)
    for text, amount in explained(charge.explanation, words):
        _line(paper, text, amount)
    _line(paper, words._("Charged to {name}", name=charge.party), words.money(charge.amount_micros, charge.currency), strong=True)


def explained(told: Mapping[str, Any], words: Words) -> list[tuple[str, str]]:
    """The steps from the number called to the charge, each with the amount it adds, or ""."""
    if "prefix" not in told:
        on_net = told.get("why") == "on_net" or not told
        return [(words._("Calls between own numbers cost nothing here.") if on_net else words._("This call has no price of its own."), "")]
    return [*_found(told, words), *_time(told, words), *_cost(told, words)]


def _found(told: Mapping[str, Any], words: Words) -> list[tuple[str, str]]:
    places = {"tariff": told.get("tariff", ""), "prefix": words.isolate(str(told["prefix"])), "destination": str(told.get("destination", ""))}
    if told.get("why") == "override":
        found = [words._("Tariff {tariff} has a price of its own for prefix {prefix}, {destination}.", **places)]
    else:
        found = [words._("Tariff {tariff}: the longest prefix that fits the number is {prefix}, {destination}.", **places)]
    if told.get("band"):
        found.append(words._("At that time of the week the band {band} holds.", band=told["band"]))
    found.append(words._("The price is {price} a minute.", price=_money(told, "price_per_minute", words)))
    return [(said, "") for said in found]


def _time(told: Mapping[str, Any], words: Words) -> list[tuple[str, str]]:
    increments = told.get("increments", {})
    first, following = int(increments.get("first", 1)), int(increments.get("next", 1))
    how = {"up": words._("rounded up"), "down": words._("rounded down"), "nearest": words._("rounded to the nearest")}
    rounding = how.get(str(told.get("rounding", {}).get("duration", "up")), "")
    exact = words.isolate(_exact(words, int(told.get("duration_ms", 0))))
    seconds = duration(int(told.get("seconds", 0)))
    found = [words._("The call lasted {exact} s, {how} to whole seconds: {duration}.", exact=exact, how=rounding, duration=seconds)]
    if told.get("free_below_seconds"):
        found.append(words._("Calls shorter than {duration} cost nothing.", duration=duration(int(told["free_below_seconds"]))))
    if told.get("minimum_seconds"):
        found.append(words._("At least {duration} are counted.", duration=duration(int(told["minimum_seconds"]))))
    if told.get("free_seconds"):
        found.append(words._("The first {duration} are free.", duration=duration(int(told["free_seconds"]))))
    if (first, following) != (1, 1) and str(increments.get("style", "")) == "total":
        found.append(words._("Time counts in steps: {first} s at least, and the whole in steps of {next} s.", first=first, next=following))
    elif (first, following) != (1, 1):
        said = words._(
            "Time counts in steps: the first {first} s, then each {next} s. A step that has begun counts whole.", first=first, next=following
        )
        found.append(said)
    found.append(words._("Billed: {duration}.", duration=words.plural("{n} second", "{n} seconds", int(told.get("billed_seconds", 0)))))
    return [(said, "") for said in found]


def _exact(words: Words, duration_ms: int) -> str:
    """Seconds to the millisecond, with the language's decimal sign: 61.000 is sixty-one thousand in some."""
    return words.decimal(f"{duration_ms / 1000:.3f}")


def _cost(told: Mapping[str, Any], words: Words) -> list[tuple[str, str]]:
    currency, billed = str(told.get("currency", "")), int(told.get("billed_seconds", 0))
    if int(told.get("seconds", 0)) < max(1, int(told.get("free_below_seconds", 0))):
        return [(words._("So short a call costs nothing."), "")]
    found: list[tuple[str, str]] = []
    if Decimal(str(told.get("connection_fee", "0"))):
        found.append((words._("Connection fee"), _money(told, "connection_fee", words)))
    for span in told.get("spans") or [{"seconds": billed, "price_per_minute": told["price_per_minute"]}]:
        seconds, price = int(span["seconds"]), str(span["price_per_minute"])
        said = words._("{seconds} s × {price} a minute ÷ 60", seconds=seconds, price=words.isolate(words.money(parse_amount(price), currency)))
        if span.get("band"):
            said = words._("{band}: {calculation}", band=span["band"], calculation=said)
        part = int((Decimal(price) * seconds / MINUTE * MICROS).to_integral_value())
        found.append((said, words.money(part, currency)))
    if "minimum_charge" in told:
        found.append((words._("A call costs at least {amount}.", amount=_money(told, "minimum_charge", words)), ""))
    if "maximum_charge" in told:
        found.append((words._("A call costs at most {amount}.", amount=_money(told, "maximum_charge", words)), ""))
    rate = told.get("exchange")
    if isinstance(rate, Mapping):
        said = words._(
            "The tariff is in {base}, the account in {quote}: 1 {base} is {rate} {quote} by the rate of {day}.",
            base=rate.get("from", ""),
            quote=rate.get("to", ""),
            rate=words.isolate(str(rate.get("rate", ""))),
            day=rate.get("valid_on", ""),
        )
        found.append((said, ""))
    return found


def _money(told: Mapping[str, Any], key: str, words: Words) -> str:
    return words.money(parse_amount(str(told[key])), str(told.get("currency", "")))


def _corrections(paper: Paper, call: EvidenceCall, zone: str) -> None:
    words = paper.words
    if call.corrections:
        _section(paper, words._("Put right later"))
    kinds = {"refund": words._("Refund"), "rerate": words._("Priced again")}
    for each in call.corrections:
        before, after = words.money(each.before_micros, each.currency), words.money(each.after_micros, each.currency)
        said = f"{words.moment(each.at, zone)}  {kinds.get(each.kind, each.kind)}: {before}"
        _line(paper, f"{said}. {each.note}" if each.note else said, after)


# what was said ------------------------------------------------------------------------------------------------------
def _ladder(paper: Paper, call: EvidenceCall) -> None:
    words = paper.words
    _section(paper, words._("SIP messages"))
    if not call.ladder:
        paper.put(words._("The messages of this call were not kept. Those of a call are kept where its dispute is opened soon after it."), size=SMALL)
        return
    places = (0.0, 17 * MM, 17 * MM + 0.30 * paper.width, 17 * MM + 0.60 * paper.width, paper.width)
    heads = (words._("Second"), words._("From"), words._("To"), words._("Message"))
    _table(paper, heads, places, [
        (f"{step.seconds:.3f}", *(("Tollhouse", step.peer) if step.sent else (step.peer, "Tollhouse")), step.title)
        for step in call.ladder[:MOST_STEPS]
    ])  # fmt: skip


def _media(paper: Paper, call: EvidenceCall) -> None:
    words = paper.words
    _section(paper, words._("Media"))
    media = call.media
    if media is None or not media.relayed:
        paper.put(words._("Sound did not pass this server, so there are no counters of it."), size=SMALL)
        return
    for label, value in (
        (words._("Packets of both sides"), words.count(media.packets)),
        (words._("Packets lost"), words.count(media.loss)),
        (words._("Jitter"), f"{media.jitter_ms} ms"),
        (words._("Quality (MOS, at most 4.5)"), "" if media.mos is None else words.decimal(f"{media.mos:.2f}")),
    ):
        if value:
            paper.pair(label, value, LABEL, plain=True)


def _phones(paper: Paper, call: EvidenceCall, zone: str) -> None:
    words = paper.words
    if not call.phones:
        return
    _section(paper, words._("Registrations of the phone around the call"))
    places = (0.0, 0.36 * paper.width, 0.58 * paper.width, 0.79 * paper.width, paper.width)
    heads = (words._("Phone"), words._("From where"), words._("Since"), words._("Until"))
    rows = []
    for each in call.phones:
        until = words.short_moment(each.until_at, zone) if each.until_at else words._("still registered")
        rows.append((each.user_agent or each.contact, each.source, words.short_moment(each.since_at, zone), until))
    _table(paper, heads, places, rows)


# parts --------------------------------------------------------------------------------------------------------------
def _section(paper: Paper, said: str) -> None:
    if not paper.fits(14 * MM):
        paper.turn()
    else:
        paper.down(5 * MM)
    paper.put(said, size=HEADING, strong=True, most_lines=2)
    paper.rule()
    paper.down(2 * MM)


def _line(paper: Paper, said: str, amount: str, *, strong: bool = False) -> None:
    edge = paper.width * 0.76
    height = len(paper.lines(said, edge, strong=strong, most_lines=4)) * BODY * LEADING + 2
    if not paper.fits(height):
        paper.turn()
    paper.text(said, 0, edge, strong=strong, most_lines=4)
    if amount:
        paper.text(amount, edge + 6, paper.width, strong=strong, align="end", plain=True)
    paper.down(height)


def _table(paper: Paper, heads: Sequence[str], places: Sequence[float], rows: Sequence[Sequence[str]]) -> None:
    def row(cells: Sequence[str], *, head: bool = False) -> None:
        for number, cell in enumerate(cells):
            start, end = places[number], places[number + 1] - 6
            paper.cell(cell, start, end, size=SMALL, strong=head, colour="muted" if head else "text", plain=not head)
        paper.down(ROW)

    row(heads, head=True)
    for cells in rows:
        if not paper.fits(ROW):
            paper.turn()
            row(heads, head=True)
        row(cells)


def _second(words: Words, at: int, zone: str) -> str:
    if not at:
        return ""
    return f"{words.short_moment(at, zone)}:{at // 1000 % 60:02d}.{at % 1000:03d}"


def _ender(words: Words, call: EvidenceCall) -> str:
    who = {
        "caller": words._("the caller"),
        "callee": words._("the number called"),
        "server": words._("the server"),
        "operator": words._("an operator"),
    }.get(call.ended_by, call.ended_by)
    causes = {
        "normal": words._("Hung up"),
        "busy": words._("Busy"),
        "no_answer": words._("No answer"),
        "cancelled": words._("Cancelled"),
        "refused": words._("Refused"),
        "no_rate": words._("No price"),
        "blocked": words._("Blocked"),
        "no_funds": words._("No funds"),
        "fuse": words._("Stopped by the guard"),
        "cap": words._("Monthly limit"),
        "own_cap": words._("Spending cap"),
        "spend": words._("Daily limit"),
        "barred": words._("Not allowed"),
        "high_risk": words._("High risk"),
        "credit": words._("Credit ran out"),
        "limit": words._("Limit reached"),
        "timeout": words._("Timed out"),
        "silence": words._("No sound"),
        "session_timer": words._("Phone was gone"),
        "shutdown": words._("Server stopped"),
        "crash": words._("Server failed"),
    }
    cause = causes.get(call.cause, call.cause)
    return f"{cause} · {who}" if who else cause

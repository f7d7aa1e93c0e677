"""Where an endpoint wants its calls when it does not take them: always, busy, no answer, not registered (sip.md, Calls).

Law: whoever forwards pays, and shows its own number; a chain of forwards ends after five, and never comes back to itself.
"""

from __future__ import annotations

import json
from typing import NamedTuple

import msgspec

from appliance.errors import UserError
from appliance.services.ground.columns import Sql

ALWAYS, BUSY, NO_ANSWER, UNREGISTERED, REDIRECTED = "always", "busy", "no_answer", "unregistered", "redirected"
KINDS = (ALWAYS, BUSY, NO_ANSWER, UNREGISTERED)
DEFAULT_SECONDS, SHORTEST_SECONDS, LONGEST_SECONDS = 20, 5, 120
MOST_HOPS = 5
LONGEST_NUMBER = 32

#: As Diversion says it (RFC 5806), and as the cause of History-Info (RFC 4458).
SAID = {
    ALWAYS: ("unconditional", 302), BUSY: ("user-busy", 486), NO_ANSWER: ("no-answer", 408), UNREGISTERED: ("unavailable", 503),
    REDIRECTED: ("deflection", 480),
}  # fmt: skip
_REASONS = {480: NO_ANSWER, 486: BUSY, 600: BUSY, 603: BUSY, 408: UNREGISTERED, 0: UNREGISTERED, -1: UNREGISTERED}


class Forwarding(NamedTuple):
    """Numbers as the endpoint would dial them, "" for none."""

    always: str = ""
    busy: str = ""
    no_answer: str = ""
    unregistered: str = ""
    no_answer_seconds: int = DEFAULT_SECONDS

    @property
    def later(self) -> bool:
        """Whether a call that was put to the endpoint may yet go on."""
        return bool(self.busy or self.no_answer or self.unregistered)


def forwarding_of(text: str) -> Forwarding | None:
    """From its column; None where nothing is forwarded."""
    if text == "{}":
        return None
    found = Forwarding(**json.loads(text))
    return found if found.always or found.later else None


def after(forwarding: Forwarding | None, may_redirect: bool, status: int, contact: str) -> tuple[str, str]:
    """Reason and number for a call that the endpoint did not take, ("", "") for none. `contact`: whom a 3xx named."""
    if 300 <= status < 400:
        return (REDIRECTED, contact) if may_redirect and contact else ("", "")
    reason = _REASONS.get(status, "")
    number = getattr(forwarding, reason) if forwarding is not None and reason else ""
    return (reason, number) if number else ("", "")


def reason_of(status: int) -> str:
    """Why an endpoint did not take a call, as forwarding says it; "" where its status says nothing of the kind."""
    return _REASONS.get(status, UNREGISTERED if status >= 500 else "")


def column(value: object, field: str) -> Sql:
    """The column of what a request or a description says; null forwards nothing. UserError field.not_digits, forwarding.seconds."""
    said = msgspec.to_builtins(value) if value is not None else {}
    if not isinstance(said, dict):
        raise UserError("field.not_digits", field=field)
    kept: dict[str, object] = {}
    for kind in KINDS:
        number = str(said.get(kind) or "").strip()
        plain = number.removeprefix("+").replace("*", "").replace("#", "")
        if number and not (plain.isascii() and plain.isdigit() and len(number) <= LONGEST_NUMBER):
            raise UserError("field.not_digits", field=f"{field}.{kind}")
        if number:
            kept[kind] = number
    seconds = said.get("no_answer_seconds", DEFAULT_SECONDS)
    if not isinstance(seconds, int) or not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
        raise UserError("forwarding.seconds", field=f"{field}.no_answer_seconds", least=SHORTEST_SECONDS, most=LONGEST_SECONDS)
    if seconds != DEFAULT_SECONDS:
        kept["no_answer_seconds"] = seconds
    return json.dumps(kept, sort_keys=True)

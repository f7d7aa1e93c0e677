"""Moments on the wire: RFC 3339 in UTC, or a plain ISO date."""

from __future__ import annotations

from datetime import date

from appliance.clock import parse_rfc3339, rfc3339
from appliance.errors import UserError


def stamp(at: int | None) -> str | None:
    """RFC 3339, or None."""
    return None if at is None else rfc3339(at)


def moment(text: str | None, field: str) -> int | None:
    """Milliseconds since 1970 of an RFC 3339 time or an ISO date (its midnight, UTC); UserError "time.invalid"."""
    if text is None:
        return None
    try:
        return parse_rfc3339(text)
    except (ValueError, OverflowError):
        raise UserError("time.invalid", field=field, text=text[:64]) from None


def day(text: str, field: str) -> str:
    """An ISO date, checked; UserError "date.invalid"."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise UserError("date.invalid", field=field, text=text[:64]) from None

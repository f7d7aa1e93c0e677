"""Proving the books: the store's proofs, and every charge worked out again from what it says of itself.

A charge's explanation holds all that made it (price, increments, rounding, exchange), so that the formula can be done
again without the tariffs of today. Spans of time bands are added up as they stand in it.
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

from appliance.errors import UserError
from appliance.money import parse_amount, round_ratio
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.room import Room
from appliance.store.nouns import Nouns
from appliance.store.store import Reader
from appliance.store.verify import verify
from appliance.wire.verify import FaultView, Findings, VerifyRequest

MOST_FAULTS = 1000
MINUTE_SECONDS = 60


class Verify:
    """For the folder's owner and accountants; reads alone."""

    def __init__(self, room: Room, access: Access) -> None:
        self._room = room
        self._access = access

    def verify(self, actor: Actor, request: VerifyRequest) -> Findings:
        """Every fault named. Runs on a connection of its own; a long one belongs in a thread."""
        self._access.need(actor, "books.verify", None)
        with self._room.store.reader() as tables:
            return check(tables, deep=request.deep)


def check(tables: Nouns, *, deep: bool = True) -> Findings:
    """The same over any connection, a command's beside a running server included."""
    report = verify(tables.database)
    faults = [FaultView(fault.code, fault.what, list(fault.ids)) for fault in report.faults]
    if deep and not any(fault.code == "verify.file" for fault in report.faults):
        faults += _charges(tables)
    return Findings(not faults, faults, report.entries, report.calls, report.charges)


def verify_folder(folder: Path, *, deep: bool = True) -> Findings:
    """The same over a folder, beside a running server or without one; EnvironmentFault where it cannot be read."""
    with Reader(folder) as tables:
        return check(tables, deep=deep)


def _charges(tables: Nouns) -> list[FaultView]:
    found: list[FaultView] = []
    for call, level, amount, billed, explanation in tables.calls.told():
        fault = _recomputed(call, level, amount, billed, explanation)
        if fault is not None:
            found.append(fault)
            if len(found) >= MOST_FAULTS:
                break
    return found


def _recomputed(call: int, level: int, amount: int, billed: int, explanation: str) -> FaultView | None:
    try:
        told = json.loads(explanation)
        if "price_per_minute" not in told:  # a charge of another kind: moved in, on-net without a price
            return None
        expected = worked_out(told)
    except (ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError, UserError):
        return FaultView("verify.explanation", f"call {call}, level {level}: its explanation cannot be read", [call])
    if expected != (billed, amount):
        what = f"call {call}, level {level}: charged {amount} for {billed} s, its explanation comes to {expected[1]} for {expected[0]} s"
        return FaultView("verify.charge_amount", what, [call])
    return None


def worked_out(told: dict[str, object]) -> tuple[int, int]:
    """(billed seconds, micros) from an explanation: the formula of money.md, done again."""
    rounding = _mapping(told["rounding"])
    duration_ms = _number(told["duration_ms"])
    billed = _billed(told, _mapping(told["increments"]), duration_ms, str(rounding["duration"]))
    if billed is None:
        return 0, 0
    spans = told.get("spans")
    if isinstance(spans, list):
        stretches = sum(_number(each["seconds"]) * parse_amount(str(each["price_per_minute"])) for each in spans)
    else:
        stretches = billed * parse_amount(str(told["price_per_minute"]))
    cost = stretches  # micros a minute times seconds
    if "bundle_seconds" not in told:  # else the fee and the minimum are covered
        cost += parse_amount(str(told["connection_fee"])) * MINUTE_SECONDS
        cost = max(cost, parse_amount(str(told.get("minimum_charge", "0"))) * MINUTE_SECONDS)
    if "maximum_charge" in told:
        cost = min(cost, parse_amount(str(told["maximum_charge"])) * MINUTE_SECONDS)
    numerator, denominator = 1, MINUTE_SECONDS
    if "exchange" in told:
        rate = Fraction(str(_mapping(told["exchange"])["rate"]))  # "1.0837" or "10000/10837"
        numerator, denominator = rate.numerator, MINUTE_SECONDS * rate.denominator
    return billed, round_ratio(cost * numerator, denominator, _number(rounding["decimals"]), str(rounding["mode"]))


def _billed(told: dict[str, object], increments: dict[str, object], duration_ms: int, rounding: str) -> int | None:
    """Billed seconds; None where the call is free altogether."""
    seconds = (duration_ms + {"up": 999, "down": 0, "nearest": 500}[rounding]) // 1000
    if seconds <= 0 or seconds < _number(told.get("free_below_seconds", 0)):
        return None
    charged = max(seconds, _number(told.get("minimum_seconds", 0))) - _number(told.get("free_seconds", 0))
    first, following = _number(increments["first"]), max(_number(increments["next"]), 1)
    if charged <= 0:
        return 0
    if charged <= first:
        return first
    if increments["style"] == "total":
        return -(-charged // following) * following
    return first - (first - charged) // following * following


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(value)
    return value


def _mapping(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError(value)
    return value

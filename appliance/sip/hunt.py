"""Hunting: which failures lead to the next route, which answer a search ends with, and what it is called in the record.

sip.md, Calls, Where: "The next is tried on 401/407 that our credentials do not satisfy, 402, 403, 408, 429, 5xx, 3 s
without any reply, or an ICMP error, as long as no SDP of this leg has reached the caller; all else ends the search."
"""

from __future__ import annotations

from appliance.sip.leg_events import Fail

SILENT = 0  # no reply at all
UNREACHABLE = -1  # ICMP or a connection that failed

_TRIED_NEXT = frozenset((SILENT, UNREACHABLE, 401, 402, 403, 407, 408, 429))
#: RFC 3261 16.7 step 6: a response that tells the caller more is preferred within its class.
_TELLING = {486: 0, 480: 2, 408: 3, 487: 4}


def tries_next(status: int, emergency: bool) -> bool:
    """Whether the next route is to be tried after this failure. An emergency call tries them all."""
    return status in _TRIED_NEXT or 500 <= status < 600 or emergency


def best_of(failures: list[Fail]) -> Fail:
    """The answer that stands for a fork (RFC 3261 16.7 step 6): 6xx first, else the lowest class."""
    return min(failures, key=_rank)


def _rank(failure: Fail) -> tuple[int, int]:
    status = failure.status
    if status >= 600:
        return 0, status
    if status <= 0:
        return 9, 0
    # A 503 of one branch must not hide what another says; 4xx before 5xx as the classes have it.
    return status // 100, _TELLING.get(status, 1)


def seen_by_caller(failure: Fail, trunk: bool) -> tuple[int, str]:
    """Status and reason for the caller. What a carrier thinks of us (401-403, 407) and where it would send us stay hidden."""
    status = failure.status
    if status in (SILENT, 408):
        return 408, "Request Timeout"
    if 300 <= status < 400 or (status == UNREACHABLE and not trunk):
        return 480, "Temporarily Unavailable"  # a phone that is away; 503 would say that we are (RFC 3261 21.5.4)
    if status == UNREACHABLE or status in (401, 407) or (trunk and status in (402, 403)):
        return 503, "Service Unavailable"
    if trunk and status == 503:
        return 503, "Service Unavailable"
    return status, failure.reason


def cause_of(status: int) -> str:
    """The cause of a call that failed with this status, in the words of the record."""
    if status in (486, 600):
        return "busy"
    if status == 480:
        return "no_answer"
    if status in (408, 504):
        return "timeout"
    if status == 487:
        return "cancelled"
    return "refused"

"""How a call ended, where it went and what it was, in words."""

from __future__ import annotations

from typing import Any

from appliance.gui.column import State
from appliance.gui.words import _, number

FIRST_FINAL = 200
LAST_GOOD = 299


def state(view: Any) -> State:
    """The outcome of a record (its `result` and `cause`) as a badge."""
    answered = FIRST_FINAL <= view.result <= LAST_GOOD
    if answered:
        cut = view.cause in {"credit", "limit", "fuse", "cap", "own_cap", "spend", "crash", "silence", "timeout", "session_timer", "shutdown"}
        return State(_("Answered") if not cut else cause(view.cause), "warning" if cut else "good")
    harmless = view.cause in {"busy", "no_answer", "cancelled"}
    return State(cause(view.cause), "muted" if harmless else "danger")


def cause(code: str) -> str:
    """Why a call ended, short."""
    known = {
        "normal": _("Hung up"),
        "busy": _("Busy"),
        "no_answer": _("No answer"),
        "cancelled": _("Cancelled"),
        "refused": _("Refused"),
        "no_rate": _("No price"),
        "blocked": _("Blocked"),
        "no_funds": _("No funds"),
        "fuse": _("Stopped by the guard"),
        "cap": _("Monthly limit"),
        "own_cap": _("Spending cap"),
        "spend": _("Daily limit"),
        "barred": _("Not allowed"),
        "high_risk": _("High risk"),
        "credit": _("Credit ran out"),
        "limit": _("Limit reached"),
        "timeout": _("Timed out"),
        "silence": _("No sound"),
        "session_timer": _("Phone was gone"),
        "shutdown": _("Server stopped"),
        "crash": _("Server failed"),
    }
    return known.get(code, code)


def cause_sentence(view: Any) -> str:
    """Why and by whom a call ended, as a sentence."""
    sentences = {
        "busy": _("The number called was busy."),
        "no_answer": _("Nobody answered."),
        "cancelled": _("The caller gave up before an answer."),
        "refused": _("The call was refused."),
        "no_rate": _("No price was found for this number, so the call was refused."),
        "blocked": _("Calls to this number are blocked by the tariff."),
        "no_funds": _("There was not enough money for the call."),
        "fuse": _("The guard stopped this customer's calls. Somebody must look at them and release the fuse."),
        "cap": _("The most that this customer may spend in a month is used up."),
        "own_cap": _("The cap that this customer set for himself is used up. He can raise it on his web page."),
        "spend": _("The most that may be spent in a day is used up."),
        "barred": _("This number is not among those that may be called."),
        "high_risk": _("Fraud likes numbers of this kind. They are blocked until somebody allows them to the customer."),
        "credit": _("The credit ran out during the call."),
        "limit": _("A limit on calls or time was reached."),
        "timeout": _("The other side did not answer in time."),
        "silence": _("There was no sound from either side, so the call was ended."),
        "session_timer": _("A phone was not reachable any more during the call."),
        "shutdown": _("The server was stopped during the call."),
        "crash": _("The server failed during the call. It is charged up to the last moment that was recorded."),
    }
    if view.cause != "normal":
        return sentences.get(view.cause, str(view.cause))
    return {
        "caller": _("The caller hung up."),
        "callee": _("The called side hung up."),
        "operator": _("An operator hung up."),
        "server": _("The server ended the call."),
    }.get(view.ended_by, _("The call ended."))


def ended_by(code: str) -> str:
    """Who ended it."""
    known = {"caller": _("Caller"), "callee": _("Called side"), "server": _("Server"), "operator": _("Operator")}
    return known.get(code, code)


def direction(code: str) -> str:
    """Where a call goes."""
    return {"out": _("Out"), "in": _("In"), "on_net": _("Between own numbers")}.get(code, code)


def status_sentence(status: int) -> str:
    """What a SIP code of a failed route means; 0 is silence, below it a dead line."""
    known = {
        403: _("refused the call"),
        404: _("does not know the number"),
        408: _("did not answer in time"),
        480: _("could not reach the number"),
        486: _("said busy"),
        487: _("the call was cancelled"),
        488: _("could not agree on a codec"),
        500: _("had a fault of its own"),
        502: _("had a fault behind it"),
        503: _("had no capacity"),
        600: _("said busy everywhere"),
        603: _("declined"),
    }
    if status < 0:
        return _("could not be reached")
    if status == 0:
        return _("was silent")
    return known.get(status, _("answered with SIP code {status}", status=status))


def called(view: Any) -> str:
    """The number called as people dial it: the normalised one where there is one."""
    return number(view.normalised or view.dialled)


def running_state(code: str) -> State:
    """How far a running call is."""
    known = {"calling": (_("Calling"), "muted"), "ringing": (_("Ringing"), "accent"), "answered": (_("Talking"), "good")}
    return State(*known.get(code, (code, "muted")))

"""How a trunk and a route are told in words."""

from __future__ import annotations

from appliance.gui.column import State
from appliance.gui.words import _, count, duration, isolate, moment_full, percent
from appliance.wire.trunks import TrunkHealth, TrunkView


def state(view: TrunkView) -> State:
    """Whether calls can go over it, as far as we know."""
    if view.archived_at is not None:
        return State(_("Archived"))
    if view.disabled:
        return State(_("Disabled"))
    if not view.register:
        return State(_("Ready"), "good")
    if view.registered is None:
        return State(_("Registering"), "accent")
    return State(_("Registered"), "good") if view.registered else State(_("Not registered"), "danger")


def state_sentence(view: TrunkView) -> str:
    """The same as a sentence, with the carrier's reason."""
    if view.disabled:
        return _("It is disabled: no calls go out and none are taken.")
    if not view.register:
        return _("It needs no registration: calls are sent to its address.")
    if view.registered is None:
        return _("We have asked the carrier to register us and have not heard from it yet.")
    if view.registered:
        return _("We are registered at the carrier since {moment}.", moment=moment_full(view.since))
    reason = view.reason or _("no answer")
    text = _(
        "The carrier does not register us since {moment}: {reason}. Check user name, password and host.",
        moment=moment_full(view.since),
        reason=reason,
    )
    again = _("We try again at {moment}.", moment=moment_full(view.next_try)) if view.next_try else ""
    return f"{text} {again}".rstrip()


def rest_sentences(view: TrunkView) -> list[str]:
    """That it rests, and until when."""
    health = view.health
    if health is None or health.resting_until is None:
        return []
    return [
        _(
            "It rests until {moment}: {failed} of its last {calls} calls failed. Others are tried before it; the next call over it is the test.",
            moment=moment_full(health.resting_until),
            failed=count(health.failed),
            calls=count(health.calls),
        )
    ]


def health_facts(health: TrunkHealth) -> list[tuple[str, str]]:
    """What a trunk did of late."""
    return [
        (_("Calls over it"), count(health.calls)),
        (_("Answered"), f"{count(health.answered)} ({percent(str(health.asr_percent))})"),
        (_("Failed at the carrier"), count(health.failed)),
        (_("Mean length of a call"), duration(health.acd_seconds)),
        (_("Until it rings"), _("{seconds} s", seconds=f"{health.pdd_ms / 1000:.1f}") if health.pdd_ms is not None else _("Not known")),
        (_("Very short calls"), count(health.short)),
        (_("Calls without sound"), _("{dead} of {heard} heard", dead=count(health.dead), heard=count(health.heard))),
    ]


def address(view: TrunkView) -> str:
    """Host, port and transport, short where usual."""
    port = "" if view.port in (0, 5060) else f":{view.port}"
    transport = "" if view.transport == "udp" else f" ({view.transport.upper()})"
    return isolate(f"{view.host}{port}{transport}")


def prefix(text: str) -> str:
    """A route's prefix; the empty one serves all other numbers."""
    return isolate(text) if text else _("All other numbers")


def order(code: str) -> str:
    """How a route's trunks are tried."""
    known = {"priority": _("In this order"), "cost": _("Cheapest first"), "weight": _("Shared by weight")}
    return known.get(code, code)


def orders() -> list[tuple[str, str]]:
    """(code, text)."""
    return [(code, order(code)) for code in ("priority", "cost", "weight")]

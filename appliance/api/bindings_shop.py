"""The operations of call shops and the services behind them: a part of the one table (`bindings`).

Where a request may end a running call first, its calls are hung up, their end is waited for in a thread, and only then
is it asked for: so that a bill never misses a call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from appliance.errors import Conflict, UserError
from appliance.services.ground.access import Actor
from appliance.services.services import Services

Bound = Callable[..., object]
By = Callable[[Callable[..., object]], Bound]
MakeLater = Callable[..., object]

IN_CALL = "booth.in_call"
WAIT_SECONDS = 0.02
MOST_WAITS = 250


def by_name(services: Services, by: By, later: MakeLater, end_call: Callable[[int], None] | None) -> dict[str, Bound]:
    """Everything but what is read at length. `end_call` hangs a call up; None where none can run."""
    shop = services.nouns.call_shop
    table: dict[str, Bound] = {}
    for noun, service, verbs in (
        ("shops", shop.shops, "list get update"),
        ("chains", shop.chains, "list set remove"),
        ("booths", shop.booths, "list get update"),
        ("booth_sessions", shop.sessions, "list get open update top_up transfer"),
        ("bills", shop.bills, "list get open add_goods add_item remove_line discount forgive split join"),
        ("bills", shop.checkout, "quote refund"),
        ("goods", shop.goods, "list create update archive restore"),
        ("tills", shop.tills, "list create update archive restore open_drawer test_page"),
        ("print_jobs", shop.queue, "list done"),
        ("shifts", shop.shifts, "list get open move count close report"),
        ("till_receipts", shop.receipts, "list get"),
    ):
        table.update({f"{noun}.{verb}": by(getattr(service, verb)) for verb in verbs.split()})
    table.update(
        {
            "shops.prices": by(shop.prices.find),
            "booths.tablet_code": by(shop.tablets.code),
            "booths.tablets": by(shop.tablets.list),
            "booths.end_tablets": by(shop.tablets.end),
            "shops.exceptions": by(shop.events.list),
            "pins.set": by(shop.approvals.set),
            "pins.code": by(shop.approvals.code),
            "booth_sessions.join": by(shop.bills.join_session),
            "booth_sessions.set_state": by(_after(services, later, end_call, shop.checkout.running_in, shop.sessions.set_state)),
            "booth_sessions.hang_up": by(lambda actor, request: _hang_up(services, end_call, actor, request)),
            "bills.pay": by(_after(services, later, end_call, shop.checkout.running, shop.checkout.pay, shop.checkout.after_call)),
            "bills.write_off": by(_after(services, later, end_call, shop.checkout.running, shop.checkout.write_off)),
            "tills.test_signing": by(lambda actor, request: later(shop.signing.test(actor, request))),
            "print_jobs.bytes": by(lambda actor, request: later(shop.queue.bytes(actor, request))),
            "till_receipts.reprint": by(shop.reprints.reprint),
            "till_receipts.pdf": by(lambda actor, request: later(shop.reprints.pdf(actor, request))),
        }
    )
    return table


def _after(
    services: Services,
    later: MakeLater,
    end_call: Callable[[int], None] | None,
    running: Callable[[Actor, int], list[int]],
    method: Callable[..., object],
    told: Callable[[Actor, int, UserError], UserError] = lambda actor, bill, refused: refused,  # noqa: ARG005
) -> Callable[..., object]:
    """The method, once the calls that run there are over and on the bill. A request that would be refused anyway ends none.

    `told`: what is said where it is refused after its calls were ended.
    """

    def ended(actor: Actor, request: Any, *ahead: object) -> object:
        calls = running(actor, request.id) if request.hang_up and end_call is not None else []
        if not calls or end_call is None:
            return method(actor, request, *ahead)
        _rehearse(services, lambda: method(actor, request, *ahead))
        for call in calls:
            end_call(call)

        def wait() -> None:
            pause = threading.Event()
            for _ in range(MOST_WAITS):
                if not any(call in services.calls.running for call in calls):
                    return
                pause.wait(WAIT_SECONDS)

        def then(_: object) -> object:
            try:
                return method(actor, request, *ahead)
            except UserError as refused:
                raise told(actor, request.id, refused) from refused

        return later(wait, then)

    return ended


def _rehearse(services: Services, work: Callable[[], object]) -> None:
    """Whatever refuses it beside the running call is said before that call is ended; nothing of it stays."""
    try:
        with services.changes.part():
            work()
            raise _Undone
    except Conflict as refused:
        if refused.code != IN_CALL:
            raise
    except _Undone:
        pass


class _Undone(Exception):
    """Ends a rehearsal."""


def _hang_up(services: Services, end_call: Callable[[int], None] | None, actor: Actor, request: Any) -> object:
    sessions = services.nouns.call_shop.sessions
    call = sessions.hang_up(actor, request)
    if call is not None and end_call is not None:
        end_call(call)
    return sessions.done(call)

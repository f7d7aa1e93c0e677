"""ONE table: each operation of the wire and the service method behind it.

A bound method is called as `(asked, request)` on the thread that owns the store, inside no unit of work of its own;
services open theirs. What takes long and touches no connection of the writer's is given back as `Later`, so that no call
waits for it. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from appliance.api import bindings_shop
from appliance.api.auth import Asked
from appliance.api.bindings_doors import door_bindings
from appliance.api.bindings_guard import guard_bindings
from appliance.api.bindings_keeping import keeping_bindings
from appliance.api.bindings_money import money_readings, money_table
from appliance.api.bindings_moving import moving_bindings
from appliance.api.bindings_prices import price_bindings
from appliance.api.bindings_web import web_bindings
from appliance.errors import EnvironmentFault, UserError
from appliance.paths import program
from appliance.services.ground.access import Actor
from appliance.services.ground.listing import Listing
from appliance.services.ground.reading import Reading
from appliance.services.ground.stepwise import Steps
from appliance.services.keeping.export import text
from appliance.services.keeping.verify import verify_folder
from appliance.services.nouns import Nouns
from appliance.services.people.sign_in import SignIns
from appliance.services.services import Services
from appliance.wire.backups import BackupRequest
from appliance.wire.calls import HangUp, RunningCalls
from appliance.wire.description import DescriptionText, ExportRequest
from appliance.wire.operations import OPERATIONS, Operation
from appliance.wire.records import Balances
from appliance.wire.server import ServerStatus
from appliance.wire.shapes import ById, Done
from appliance.wire.traces import CallTrace, RefusalList, RefusalPage
from appliance.wire.trunks import TestCallView, TrunkTestCall
from appliance.wire.verify import VerifyRequest

Bound = Callable[..., object]
"""`(asked, request)`, and for some `(asked, request, what was done ahead)` (services/calls/ahead.py)."""


class Later(NamedTuple):
    """Work for another thread; what `then` makes of its result, on the store's thread again, is the reply, or another Later."""

    work: Callable[[], Any]
    then: Callable[[Any], object] | None = None


class Traces(Protocol):
    """What was said in the last calls, and by phones that did not get in."""

    def call(self, actor: Actor, request: ById) -> CallTrace:
        """Of a call; NotFound trace.gone."""
        ...

    def refusals(self, actor: Actor, request: RefusalList) -> RefusalPage:
        """Registrations and calls that did not get in."""
        ...

    def refusal(self, actor: Actor, request: ById) -> CallTrace:
        """Of one of these; NotFound trace.gone."""
        ...


class Live(Protocol):
    """What only a running server can answer (`appliance.server`)."""

    def status(self) -> ServerStatus:
        """What the server says of itself."""
        ...

    def running_calls(self, actor: Actor) -> RunningCalls:
        """The calls that run now."""
        ...

    def hang_up(self, actor: Actor, request: HangUp) -> Done:
        """End a call on both sides; NotFound call.unknown."""
        ...

    def end_booth_call(self, call: int) -> None:
        """End a booth's call on both sides; whoever asks was allowed to."""
        ...

    def test_call(self, actor: Actor, request: TrunkTestCall) -> TestCallView:
        """Place a test call over a trunk."""
        ...

    @property
    def traces(self) -> Traces:
        """What was said of late."""
        ...

    def test_state(self, actor: Actor, request: ById) -> TestCallView:
        """How a test call stands; NotFound trial.unknown."""
        ...


def bind(services: Services, live: Live | None = None, *, long_reads: bool = False) -> Mapping[str, Bound]:
    """Every operation by name. Without `live` those that need a running server are refused with server.not_running.

    `long_reads`: the caller runs a `Reading` itself; else it is run at once, on the services' own connection.
    """
    table = {**_by_noun(services.nouns), **_by_name(services), **_readings(services, long_reads=long_reads)}
    table.update(money_table(services.nouns.money, _by, Later, _stepped))
    table.update(guard_bindings(services.nouns, _by))
    table.update(moving_bindings(services.nouns, _by, _stepped))
    table.update(web_bindings(services.nouns.web, _by, _stepped, Later))
    table.update(keeping_bindings(services.nouns, _by, _stepped))
    table.update(door_bindings(services.nouns.doors, _by, _stepped))
    table.update(bindings_shop.by_name(services, _by, Later, None if live is None else live.end_booth_call))
    if live is None:
        table.update({name: _not_running for name, operation in OPERATIONS.items() if operation.live})
    else:
        there = live
        services.nouns.decks.read_apart(program())
        services.nouns.pricing.disputes.trace = there.traces.call
        table.update(
            {
                "calls.list": _by(lambda actor, request: there.running_calls(actor)),
                "calls.hang_up": _by(there.hang_up),
                "calls.trace": _by(there.traces.call),
                "refusals.list": _by(there.traces.refusals),
                "refusals.trace": _by(there.traces.refusal),
                "trunks.test_call": _by(there.test_call),
                "trunks.test_state": _by(there.test_state),
                "server.status": _by(lambda actor, request: there.status()),
            }
        )
    return table


def _by(method: Callable[..., object]) -> Bound:
    """A method `(actor, request)` of a service."""
    return lambda asked, request, *ahead: method(asked.signed_in(), request, *ahead)


def _by_noun(nouns: Nouns) -> dict[str, Bound]:
    """What is called the same on the wire and in the service."""
    table: dict[str, Bound] = {}
    for noun, service, verbs in (
        ("customers", nouns.customers, "list get create update archive restore"),
        ("endpoints", nouns.endpoints, "list get create update archive restore reveal"),
        ("credit_accounts", nouns.credit_accounts, "list get create update adjust"),
        ("resellers", nouns.resellers, "list get create update archive restore"),
        ("tariffs", nouns.tariffs, "list get create update archive restore"),
        ("rates", nouns.rates, "list set"),
        ("decks", nouns.decks, "profiles remove_profile"),
        ("trunks", nouns.trunks, "list get create update archive restore remove_number"),
        ("routes", nouns.routes, "list set remove"),
        ("payments", nouns.payments, "list totals preview record reverse refund"),
        ("messages", nouns.messages, "list get retry send_details test preview"),
        ("operators", nouns.operators, "list create update reset"),
        ("exchange_rates", nouns.exchange_rates, "list set"),
        ("settings", nouns.configuration, "list set"),
        ("api_tokens", nouns.api_tokens, "list create revoke"),
    ):
        table.update({f"{noun}.{verb}": _by(getattr(service, verb)) for verb in verbs.split()})
    return table


def _by_name(services: Services) -> dict[str, Bound]:
    """All others that are no `Reading`."""
    nouns = services.nouns
    listing = Listing(services.store)
    return {
        "customers.set_web_login": _by(nouns.web_logins.set),
        "calls.price": _by(nouns.prices.price),
        "decks.preview": _by(lambda actor, request: _stepped(nouns.decks.preview(actor, request))),
        "decks.apply": _by(lambda actor, request: _stepped(nouns.decks.apply(actor, request))),
        "rates.grid": _by(nouns.price_grid.page),
        "rates.change_many_preview": _by(lambda actor, request: _stepped(nouns.pricing.price_changes.preview(actor, request))),
        "rates.change_many": _by(lambda actor, request: _stepped(nouns.pricing.price_changes.change(actor, request))),
        "rates.writing": _by(lambda actor, request: nouns.pricing.price_desk.list(actor)),
        "rates.stop_writing": _by(nouns.pricing.price_desk.stop),
        "rates.imports": _by(nouns.deck_history.list),
        "rates.remove": _by(lambda actor, request: _stepped(nouns.rates.remove(actor, request))),
        "rates.undo_import": _by(lambda actor, request: _stepped(nouns.deck_history.undo(actor, request))),
        "rates.redo_import": _by(lambda actor, request: _stepped(nouns.deck_history.redo(actor, request))),
        "balances.list": _by(lambda actor, request: _balances(services, listing, actor)),
        "cdrs.get": _by(nouns.cdrs.get),
        "alerts.list": _by(lambda actor, request: nouns.alerts.list(actor)),
        "operators.redeem": lambda asked, request, *ahead: nouns.operators.redeem(request, *ahead),
        "operators.sign_in": lambda asked, request, *ahead: nouns.sign_ins.sign_in(request, asked.source, *ahead),
        "operators.sign_out": lambda asked, request: _sign_out(nouns.sign_ins, asked),
        "session.view": lambda asked, request: nouns.own_account.view(asked.signed_in(), asked.token),
        "session.set_password": lambda asked, request: _stepped(nouns.own_account.set_password(asked.signed_in(), request, asked.token)),
        "second_factor.offer": _by(nouns.own_account.offer),
        "second_factor.confirm": _by(lambda actor, request: _stepped(nouns.own_account.confirm(actor, request))),
        "second_factor.end": _by(lambda actor, request: _stepped(nouns.own_account.end(actor, request))),
        "description.apply": _by(lambda actor, request: _apply(nouns, actor, request)),
        "description.export": _by(lambda actor, request: _export(services, actor, request)),
        "books.verify": _by(lambda actor, request: _verify(services, actor, request)),
        "backups.make": _by(lambda actor, request: _backup(nouns, actor, request)),
        "backups.start_copy": _by(lambda actor, request: _stepped(nouns.backups.start_copy(actor, request))),
        "messages.templates": _by(nouns.templates.list),
        "messages.set_template": _by(nouns.templates.set),
        "tariffs.price_list": _by(lambda actor, request: _stepped(nouns.price_lists.make(actor, request))),
        "receipts.pdf": _by(lambda actor, request: Later(nouns.receipts.pdf(actor, request))),
        "endpoints.sheet": _by(lambda actor, request: Later(nouns.sheets.pdf(actor, request))),
    }


def _readings(services: Services, *, long_reads: bool) -> dict[str, Bound]:
    """What may take long and reads alone."""

    def read(method: Callable[[Actor, Any], Reading]) -> Bound:
        if long_reads:
            return _by(method)
        return lambda asked, request: method(asked.signed_in(), request).run(services.store)

    nouns = services.nouns
    return {
        "shops.statistics": read(nouns.call_shop.statistics.read),
        "cdrs.list": read(nouns.cdrs.list),
        "cdrs.totals": read(nouns.cdrs.totals),
        "cdrs.export": read(nouns.cdrs.export),
        "cdrs.workbook": read(nouns.cdrs.workbook),
        "statistics.today": read(lambda actor, request: nouns.statistics.today(actor, request, _running(services))),
        "resellers.statistics": read(nouns.statistics.resellers),
        "resellers.account": read(nouns.reselling.own.account),
        "statistics.calls": read(nouns.reselling.figures.read),
        "summaries.get": read(nouns.doors.summaries.get),
        "bindings.list": read(nouns.binding_list.list),
        "audit.list": read(nouns.audit_log.list),
        "audit.export": read(nouns.audit_log.export),
        "ledger.list": read(nouns.ledger_book.list),
        **price_bindings(nouns, _by, Later, _stepped, read),
        **{name: read(method) for name, method in money_readings(nouns.money).items()},
    }


def _balances(services: Services, listing: Listing, actor: Actor) -> Balances:
    return Balances(list(listing.balances(services.calls.reserved(), services.nouns.access.reach(actor, "accounts.read"))))


def _sign_out(sign_ins: SignIns, asked: Asked) -> Done:
    asked.signed_in()
    sign_ins.sign_out(asked.token)
    return Done()


def _apply(nouns: Nouns, actor: Actor, request: DescriptionText) -> Later:
    nouns.access.need(actor, "description.apply", None)
    return Later(lambda: nouns.description.prepare(request.text.encode()), lambda prepared: nouns.description.apply_prepared(actor, prepared))


def _export(services: Services, actor: Actor, request: ExportRequest) -> Later:
    services.nouns.access.need(actor, "description.export", None)

    def write() -> DescriptionText:
        with services.store.reader() as tables, tables.snapshot():
            return DescriptionText(text(tables, rates=request.rates))

    return Later(write)


def _verify(services: Services, actor: Actor, request: VerifyRequest) -> Later:
    services.nouns.access.need(actor, "books.verify", None)
    return Later(lambda: verify_folder(services.store.folder, deep=request.deep))


def _backup(nouns: Nouns, actor: Actor, request: BackupRequest) -> Later:
    nouns.access.need(actor, "backups.make", None)
    place = nouns.backups.place(actor, request)
    return Later(lambda: nouns.backups.write(place), lambda made: nouns.backups.noted(actor, made))


def _stepped(steps: Steps[object]) -> object:
    """Long work of a service: a step on the store's thread, then what it gives for another thread, and so on."""

    def advance(result: object) -> object:
        try:
            work = steps.send(result)
        except StopIteration as end:
            return end.value
        return Later(work or _nothing, advance)

    return advance(None)


def _nothing() -> None:
    """A breath between two steps: others get their turn."""


def _running(services: Services) -> dict[int, int]:
    """Calls that run now, by reseller (0: of none)."""
    found: dict[int, int] = {}
    for live in services.calls.running.values():
        reseller = live.record.reseller or 0
        found[reseller] = found.get(reseller, 0) + 1
    return found


def _not_running(asked: Asked, request: object) -> object:
    raise EnvironmentFault("server.not_running")


def operation(name: str) -> Operation:
    """The operation of that name; UserError operation.unknown."""
    found = OPERATIONS.get(name)
    if found is None:
        raise UserError("operation.unknown", name=name)
    return found

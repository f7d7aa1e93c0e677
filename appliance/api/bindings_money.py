"""The rows of `operations_money` and the service method behind each; part of `bindings.bind`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from appliance.services.ground.access import Actor
from appliance.services.ground.reading import Reading
from appliance.services.ground.stepwise import Steps
from appliance.services.money_nouns import MoneyNouns

Bound = Callable[..., object]
Wrap = Callable[[Callable[..., object]], Bound]


def money_table(
    nouns: MoneyNouns, by: Wrap, later: Callable[[Callable[[], object]], object], stepped: Callable[[Steps[Any]], object]
) -> dict[str, Bound]:
    """Every operation that is no `Reading`; `by`, `later` and `stepped` are the ways in which bindings call a service."""
    table: dict[str, Bound] = {}
    for noun, service, verbs in (
        ("taxes", nouns.taxes, "list create change archive restore of check"),
        ("fees", nouns.fees, "list set stop run"),
        ("invoices", nouns.invoices, "list get preview make"),
        ("vouchers", nouns.vouchers, "list redeem cancel"),
        ("approvals", nouns.approvals, "limits set_limit list decide"),
        ("bank", nouns.bank, "lines confirm ignore"),
        ("carriers", nouns.carriers, "list pay"),
        ("credit_accounts", nouns.moves, "write_off transfer"),
    ):
        table.update({f"{noun}.{verb}": by(getattr(service, verb)) for verb in verbs.split()})
    table.update(
        {
            "taxes.check_online": by(lambda actor, request: stepped(nouns.vat_service.check(actor, request))),
            "invoices.run": by(lambda actor, request: stepped(nouns.invoices.run(actor, request))),
            "invoices.credit": by(nouns.credit_notes.credit),
            "invoices.print": by(lambda actor, request: later(nouns.invoice_prints.make(actor, request))),
            "invoices.aging": by(nouns.allocations.aging),
            "invoices.send": by(nouns.invoice_mails.send),
            "invoices.remind": by(nouns.reminders.remind),
            "invoices.allocations": by(nouns.allocations.list),
            "invoices.allocate": by(nouns.allocations.allocate),
            "invoices.release": by(nouns.allocations.release),
            "invoices.layout": by(nouns.layouts.get),
            "invoices.set_layout": by(nouns.layouts.set),
            "invoices.preview_layout": by(lambda actor, request: later(nouns.invoice_samples.preview(actor, request))),
            "statements.print": by(lambda actor, request: later(nouns.statements.print(actor, request))),
            "vouchers.make": by(lambda actor, request: stepped(nouns.vouchers.make(actor, request))),
            "vouchers.sheet": by(lambda actor, request: later(nouns.vouchers.sheet(actor, request))),
            "ledger.move": by(nouns.moves.move),
            "bank.import": by(lambda actor, request: stepped(nouns.bank.load(actor, request))),
            "ledger.accounts": by(nouns.trial_balances.accounts),
            "ledger.close": by(lambda actor, request: stepped(nouns.trial_balances.close(actor, request))),
            "ledger.closes": by(nouns.trial_balances.closes),
        }
    )
    return table


def money_readings(nouns: MoneyNouns) -> dict[str, Callable[[Actor, Any], Reading]]:
    """What may take long and reads alone."""
    return {
        "taxes.report": nouns.taxes.report,
        "statements.get": nouns.statements.get,
        "carriers.compare": nouns.carriers.compare,
        "ledger.trial_balance": nouns.trial_balances.trial,
    }

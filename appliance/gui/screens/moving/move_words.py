"""What systems, kinds of row, phases and fields of a move are called."""

from __future__ import annotations

from appliance.gui import words
from appliance.gui.words import _, count, money, plural
from appliance.wire.moving import MoveChanged, MoveView, MoveWork

CSV, ASTPP, MAGNUS, A2BILLING = SOURCES = ("csv", "astpp", "magnus", "a2billing")
APPLY = "apply"


def sources() -> dict[str, str]:
    """{system: its name}."""
    return {ASTPP: "ASTPP", MAGNUS: "MagnusBilling", A2BILLING: "A2Billing", CSV: _("Files of your own (CSV)")}


def wanted(source: str) -> str:
    """Which files that system needs."""
    if source == CSV:
        return _("A CSV file for each: customers, phones, logins, prices, incoming numbers, open invoices, old calls. First lines name the columns.")
    base = {ASTPP: "astpp", MAGNUS: "mbilling", A2BILLING: "mya2billing"}[source]
    program = "mysqldump, pg_dump" if source == A2BILLING else "mysqldump"
    return _("A dump of the database {name}, made by {program}. It may be packed with gzip.", name=base, program=program)


def kind(name: str) -> str:
    """A kind of row, as a total names it."""
    return {
        "customers": _("Customers"),
        "endpoints": _("Endpoints"),
        "web_logins": _("Web logins"),
        "tariffs": _("Tariffs"),
        "rates": _("Prices"),
        "numbers": _("Incoming numbers"),
        "invoices": _("Open invoices"),
        "calls": _("Old calls"),
        "files": _("Unreadable"),
    }.get(name, name)


def thing(change: MoveChanged) -> str:
    """What was changed here: its kind and name."""
    named = {
        "customer": _("Customer {name}", name=change.name),
        "endpoint": _("Endpoint {name}", name=change.name),
        "web_login": _("Web login {name}", name=change.name),
        "tariff": _("Tariff {name}", name=change.name),
        "number": _("Incoming number {name}", name=change.name),
    }
    return named.get(change.kind, change.name)


def field(name: str) -> str:
    """A field that a move writes."""
    return {
        "first_name": _("First name"),
        "last_name": _("Last name"),
        "company": _("Company"),
        "email": _("E-mail"),
        "phone": _("Phone"),
        "address": _("Address"),
        "country": _("Country"),
        "vat_number": _("VAT number"),
        "description": _("Description"),
        "language": _("Language"),
        "currency": _("Currency"),
        "max_calls": _("Calls at once"),
        "disabled": _("State"),
        "tariff": _("Tariff"),
        "credit_limit": _("Credit limit"),
        "auth_name": _("User name"),
        "display_name": _("Display name"),
        "caller_number": _("Caller number"),
        "password": _("Password"),
        "endpoint": _("Endpoint"),
        "prices": _("Prices"),
    }.get(name, name)


def value(change: MoveChanged, text: str, *, here: bool) -> str:
    """How such a field reads, here or there."""
    if change.field == "password":
        return _("Chosen here") if here else _("The old one")
    if change.field == "prices":
        return plural("{n} price set here", "{n} prices set here", int(text or 0)) if here else _("Those of the old system")
    if change.field == "disabled":
        return _("Disabled") if text == "1" else _("Enabled")
    return text or _("None")


def phase(work: MoveWork) -> str:
    """What is being done, and how far it is."""
    named = {
        "reading": _("The files are being read…"),
        "looking": _("Customers are being looked at…"),
        "prices": _("Prices are being written…"),
        "writing": _("Customers are being written…"),
        "numbers": _("Incoming numbers are being written…"),
        "calls": _("Old calls are being written…"),
    }.get(work.phase, work.phase)
    if not work.total:
        return named
    return named + "  " + _("{done} of {total}", done=count(work.done), total=count(work.total))


def summary(view: MoveView) -> str:
    """What would be moved, in a sentence or two; or what was."""
    fresh = sum(each.what == "created" for each in view.customers)
    again = len(view.customers) - fresh
    parts = []
    if fresh:
        parts.append(
            plural("{n} customer came in.", "{n} customers came in.", fresh)
            if view.applied
            else plural("{n} customer comes in.", "{n} customers come in.", fresh)
        )
    if again:
        parts.append(
            plural("{n} was brought up to date.", "{n} were brought up to date.", again)
            if view.applied
            else plural("{n} is brought up to date.", "{n} are brought up to date.", again)
        )
    if not view.customers:
        parts.append(_("No customer can be moved."))
    total = next((each for each in view.totals if each.kind == "customers"), None)
    if total is not None and total.moved_amount is not None:
        parts.append(_("Their balances come to {money}.", money=money(total.moved_amount, total.currency)))
    if view.next_invoice is not None:
        parts.append(_("The next invoice has number {number}.", number=words.isolate(str(view.next_invoice))))
    return " ".join(parts)


def size(number_of: int) -> str:
    """Bytes as a person reads them."""
    if number_of < 1024 * 1024:
        return _("{n} KB", n=count(max(1, number_of // 1024)))
    return _("{n} MB", n=count(number_of // (1024 * 1024)))

"""The audit log in words: what was done, to what kind of thing, and which field of it, as a person says it.

Law: what has no words of its own is shown by its plain name, so that nothing is ever left out.
"""

from __future__ import annotations

from appliance.clock import rfc3339
from appliance.gui.desk import Place
from appliance.gui.words import _, moment, plain_amount
from appliance.money import format_amount, format_percent
from appliance.wire.audit import AuditView

PAGES = {
    "customer": "customer",
    "shop": "customer",
    "reseller": "reseller",
    "tariff": "tariff",
    "trunk": "trunk",
    "invoice": "invoice",
    "dispute": "dispute",
    "call": "call",
}
"""Kinds of things that have a page of their own, by that page's name."""


def kinds() -> dict[str, str]:
    """{kind of thing: what it is called}."""
    return {
        "customer": _("Customer"),
        "endpoint": _("Endpoint"),
        "web_login": _("Web login"),
        "account": _("Credit account"),
        "payment": _("Payment"),
        "monthly_fee": _("Monthly fee"),
        "tariff": _("Tariff"),
        "bundle": _("Bundle"),
        "reseller": _("Reseller"),
        "trunk": _("Trunk"),
        "route": _("Routes"),
        "call": _("Call"),
        "invoice": _("Invoice"),
        "voucher": _("Voucher"),
        "dispute": _("Dispute"),
        "tax": _("Tax"),
        "shop": _("Shop"),
        "booth": _("Booth"),
        "till": _("Till"),
        "goods": _("Goods"),
        "operator": _("Operator"),
        "setting": _("Settings"),
        "api_token": _("API tokens"),
        "webhook": _("Webhooks"),
        "exchange_rate": _("Exchange rates"),
        "bank_statement": _("Bank statements"),
        "bank_line": _("Bank statements"),
        "print_job": _("Receipt"),
        "close": _("Books"),
        "rerating": _("Calls"),
        "entry": _("Account"),
        "chain": _("Shop"),
        "erasure": _("Customer"),
        "disclosure": _("Security"),
        "approval": _("Waiting for approval"),
        "backup": _("Second copy"),
        "letter": _("Messages"),
        "ban": _("Shut out"),
    }


def choices() -> list[tuple[str, str]]:
    """(kind, word) to filter by, in the order of their words; of several kinds with one word the first."""
    found: dict[str, str] = {}
    for kind, text in kinds().items():
        found.setdefault(text, kind)
    return sorted(((kind, text) for text, kind in found.items()), key=lambda each: each[1].casefold())


def _verbs() -> dict[str, str]:
    """{last part of an act's name: what was done}."""
    return {
        "create": _("Added"),
        "make": _("Made"),
        "update": _("Changed"),
        "change": _("Changed"),
        "set": _("Changed"),
        "put": _("Changed"),
        "archive": _("Archived"),
        "restore": _("Restored"),
        "remove": _("Removed"),
        "revoke": _("Revoked"),
        "payment": _("Payment"),
        "refund": _("Refund"),
        "reversal": _("Reversal"),
        "sign_in": _("Signed in"),
        "send": _("Sent"),
        "test": _("Test"),
    }


def _acts() -> dict[str, str]:
    """{act: what was done}, where that is more than its last part says."""
    return {**_acts_to_e(), **_acts_from_f()}


def _acts_to_e() -> dict[str, str]:
    return {
        "approvals.decide": _("Approve"),
        "approvals.ask": _("Waiting for approval"),
        "approvals.set_limit": _("Limits"),
        "backups.make": _("Back up now"),
        "backups.start_copy": _("Second copy"),
        "bank.ignore": _("Ignored"),
        "bank.import": _("Import statement"),
        "bans.allow": _("Allowed"),
        "bans.lift": _("Release"),
        "booths.end_tablets": _("End its tablets"),
        "booths.tablet_code": _("Tablet"),
        "brands.set": _("Brand"),
        "bundles.give": _("Give bundle"),
        "bundles.end": _("Ended"),
        "bundles.give_again": _("Give bundle"),
        "bundles.take": _("Take bundle away"),
        "carriers.pay": _("Add carrier payment"),
        "cdrs.refund": _("Refund this call"),
        "cdrs.recost": _("Work the carriers' cost out again"),
        "cdrs.rerate": _("Price calls again"),
        "commissions.pay": _("Credit the month"),
        "commissions.set": _("Set its commission"),
        "credit_accounts.adjust": _("Credit or debit"),
        "credit_accounts.open": _("Opened"),
        "credit_accounts.transfer": _("Transfer"),
        "credit_accounts.write_off": _("Written off"),
        "customers.erase": _("Forget customer"),
        "customers.person": _("Save all that is known"),
        "customers.set_fee": _("Monthly fee"),
        "customers.set_spending": _("Spending"),
        "customers.set_web_login": _("Web login"),
        "customers.web_code": _("Code on paper"),
        "decks.apply": _("Import"),
        "disputes.open": _("Open dispute"),
        "endpoints.reveal": _("Password shown"),
        "endpoints.set_password": _("New password"),
        "endpoints.sheet": _("Settings sheet"),
        "exchange_rates.import": _("Import"),
    }


def _acts_from_f() -> dict[str, str]:
    return {
        "fees.stop": _("Stop fee"),
        "fuses.release": _("Release"),
        "invoices.allocate": _("Set a payment against it"),
        "invoices.make": _("Make invoice"),
        "invoices.release": _("Take the payment off"),
        "invoices.remind": _("Send reminder"),
        "invoices.set_layout": _("Layout and numbers"),
        "ledger.close": _("Close books"),
        "ledger.move": _("Transfer"),
        "limits.set": _("Limits"),
        "margins.mend": _("Mend all"),
        "messages.send_details": _("Send details"),
        "messages.send_letter": _("Write e-mail"),
        "move.apply": _("Import"),
        "numbers.sell": _("Sell to sub-reseller"),
        "numbers.take_back": _("Take back"),
        "old_invoices.settle": _("Paid"),
        "operators.reset": _("Give one-time code"),
        "pins.code": _("New PIN for a colleague"),
        "print_jobs.cancel": _("Cancelled"),
        "provisioning.create": _("Set up by a link"),
        "rates.redo_import": _("Redo"),
        "rates.set": _("Change price"),
        "rates.undo_import": _("Undo import"),
        "receipts.pdf": _("Receipt"),
        "registration.approve": _("Approve"),
        "registration.refuse": _("Refuse"),
        "resellers.assign_tariff": _("Assign tariff"),
        "resellers.move": _("Move"),
        "second_factor.confirm": _("Second factor"),
        "second_factor.end": _("Take the second factor off"),
        "session.set_password": _("New password"),
        "special_rates.begin": _("Special rates"),
        "summaries.receive": _("Daily summary"),
        "tariffs.set_bands": _("Time bands"),
        "tariffs.set_tiers": _("Volume tiers"),
        "taxes.check": _("VAT number checked"),
        "trunks.put_number": _("Edit number"),
        "trunks.remove_number": _("Removed"),
        "trunks.test_call": _("Test call"),
        "vouchers.cancel": _("Cancel unused"),
        "vouchers.make": _("Make vouchers"),
        "vouchers.sheet": _("Print sheet"),
        "web.end_second_factor": _("Take the second factor off"),
        "web.register": _("Added"),
        "web_sessions.end": _("Ended"),
    }


def _fields() -> dict[str, str]:
    """{field, without its unit: what it is called}."""
    return {
        "name": _("Name"),
        "first_name": _("First name"),
        "last_name": _("Last name"),
        "company": _("Company"),
        "phone": _("Phone"),
        "email": _("E-mail"),
        "address": _("Address"),
        "country": _("Country"),
        "language": _("Language"),
        "timezone": _("Time zone"),
        "currency": _("Currency"),
        "credit_limit": _("Credit limit"),
        "description": _("Description"),
        "disabled": _("Disabled"),
        "max_calls": _("Calls at once"),
        "did": _("Number"),
        "number": _("Number"),
        "price": _("Price a minute"),
        "fee": _("Monthly fee"),
        "amount": _("Amount"),
        "reason": _("Reason"),
        "note": _("Note"),
        "role": _("Role"),
        "login": _("Login"),
        "markup": _("Markup"),
        "retail_markup": _("Retail markup"),
        "state": _("State"),
        "method": _("Method"),
        "reference": _("Reference"),
        "tax": _("Tax"),
        "vat_number": _("VAT number"),
        "caller_number": _("Caller number"),
        "media": _("Media"),
        "events": _("Events"),
        "tariff": _("Tariff"),
        "reseller": _("Reseller"),
        "customer": _("Customer"),
        "endpoint": _("Endpoint"),
        "trunk": _("Trunk"),
        "credit_account": _("Credit account"),
        "call_shop": _("Call shop"),
        "minutes": _("Minutes"),
        "prefixes": _("Prefixes"),
        "username": _("User name"),
        "transport": _("Transport"),
        "addresses": _("Addresses"),
        "rounding": _("Rounding"),
        "month": _("Month"),
        "file": _("File"),
        "operator": _("Operator"),
        "created": _("Made"),
        "ends_on": _("Ends"),
        "order": _("Order"),
        **_secrets(),
    }


def _secrets() -> dict[str, str]:
    """Of `_fields`: what proves who somebody is."""
    return {
        "password": _("Password"),
        "password_hash": _("Password"),
        "password_sealed": _("Password"),
        "certificate_sealed": _("Our certificate"),
        "certificate_name": _("Our certificate"),
        "certificate_until": _("Good until"),
    }


FLAGS = frozenset({"disabled", "call_shop", "register", "emergency", "trusted", "blocked", "must_change", "may_have_resellers", "own_trunks_allowed"})
UNITS = ("_micros", "_ppm", "_at", "_id")


def act_text(view: AuditView) -> str:
    """What was done."""
    last = view.operation.rpartition(".")[2]
    own = _acts().get(view.operation) or _verbs().get(last)
    return own or (_("Changed") if last.startswith("set_") else view.operation)


def kind_text(kind: str) -> str:
    """What kind of thing it was done to."""
    return kinds().get(kind) or kind.replace("_", " ").capitalize()


def thing_text(view: AuditView) -> str:
    """The kind and the name of the thing, by its number where it has no name."""
    name = view.subject or (str(view.object_id) if view.object_id else "")
    return " · ".join(each for each in (kind_text(view.kind), name) if each)


def page_of(view: AuditView) -> Place | None:
    """Where the thing is, where it has a page and was not removed since."""
    named = view.kind in {"invoice", "dispute", "call"} or view.subject
    return Place(PAGES[view.kind], view.object_id) if view.kind in PAGES and view.object_id and named else None


def field_text(name: str) -> str:
    """What a field is called."""
    plain = _without_unit(name)
    return _fields().get(name) or _fields().get(plain) or plain.replace("_", " ").capitalize()


def value_text(name: str, value: object) -> str:
    """A value of the log as it is read: amounts, percentages and moments by the field's unit."""
    if value is None or value == "":
        return ""
    if isinstance(value, int) and name in FLAGS:
        return _("Yes") if value else _("No")
    if isinstance(value, int) and not isinstance(value, bool):
        if name.endswith("_micros"):
            return plain_amount(format_amount(value))
        if name.endswith("_ppm"):
            return f"{format_percent(value)} %"
        if name.endswith("_at"):
            return moment(rfc3339(value))
    return str(value)


def _without_unit(name: str) -> str:
    for unit in UNITS:
        if name.endswith(unit):
            return name.removesuffix(unit)
    return name

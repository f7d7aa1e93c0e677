"""E-mail in words: which template it is, what became of it, what may stand in a wording."""

from __future__ import annotations

from typing import Any

from appliance.gui.column import State
from appliance.gui.words import _
from appliance.wire.messages import MessageView


def template_words() -> dict[str, str]:
    """{template: what a person calls it}."""
    return {
        "details": _("Registration and phone settings"),
        "web_password": _("Password of the web page"),
        "web_confirm": _("Confirm an e-mail address"),
        "web_new_place": _("Sign-in from a new place"),
        "letter": _("Letter to customers"),
        "price_rise": _("Price rise"),
        "balance_low": _("Low balance"),
        "invoice": _("Invoice"),
        "credit_note": _("Credit note"),
        "reminder": _("Payment reminder"),
        "fee_waiting": _("Monthly fee waits for money"),
        "fee_suspended": _("Number suspended for its fee"),
        "fee_resumed": _("Number works again"),
        "payments_page": _("Payments page of the web"),
        "fuse": _("Calls stopped for safety"),
        "test": _("Test message"),
        "summary": _("Daily summary"),
    }


def template_word(name: str) -> str:
    """What a person calls this template or kind of message."""
    return template_words().get(name, name.replace("_", " "))


def state_words() -> list[tuple[str, str]]:
    """(state, word) of messages."""
    return [("waiting", _("Waiting")), ("sent", _("Sent")), ("failed", _("Given up"))]


def message_state(view: Any) -> State:
    """What became of a message; a letter to nobody's address has a state of its own."""
    if view.state == "":
        return State(_("No address"), "muted")
    word = dict(state_words()).get(view.state, view.state)
    if view.state == "waiting" and view.error:
        return State(_("Tried in vain"), "warning")
    return State(word, {"sent": "good", "failed": "danger"}.get(view.state, "accent"))


def may_retry(view: MessageView | None) -> bool:
    """Whether sending it now could help."""
    return view is not None and view.state in ("waiting", "failed")


def field_words() -> dict[str, str]:
    """{field of a wording: what stands there}."""
    return {
        "customer": _("Name of the customer"),
        "name": _("Name"),
        "first_name": _("First name"),
        "last_name": _("Last name"),
        "company": _("Company"),
        "number": _("Number"),
        "user": _("User name of the phone"),
        "password": _("Password of the phone"),
        "server": _("Server"),
        "port": _("Port"),
        "transport": _("Transport"),
        "realm": _("Realm"),
        "web_address": _("Address of the web page"),
        "login": _("Login of the web page"),
        "web_password": _("Password of the web page"),
        "brand": _("Our name"),
        "brand_address": _("Our address"),
        "brand_phone": _("Our phone"),
        "brand_email": _("Our e-mail address"),
        "server_name": _("E-mail server"),
        "reason": _("Reason"),
        "link": _("Link"),
        "time": _("Time"),
        "source": _("Internet address"),
        "client": _("Browser"),
        "fee": _("Monthly fee"),
        "amount": _("Amount"),
        "days": _("Days"),
        "balance": _("Balance"),
        "threshold": _("Amount below which it warns"),
        "tariff": _("Tariff"),
        "from": _("Valid from"),
        "count": _("How many"),
        "prices": _("List of prices"),
        "reference": _("Payment reference"),
        "currency": _("Currency"),
        "bank_name": _("Bank"),
        "iban": _("IBAN"),
        "bic": _("BIC"),
        "vouchers": _("Where vouchers are sold"),
        "total": _("Total"),
        "open": _("Still open"),
        "issued_on": _("Date"),
        "due_on": _("Due"),
        "invoice": _("Number of the invoice"),
        "level": _("Level of the reminder"),
        "business": _("Business"),
        "day": _("Day"),
        "figures": _("Calls and money"),
        "shops": _("Call shops"),
        "trunks": _("Trunks that did not work"),
        "stops": _("Stopped customers"),
        "low": _("Money ends soon"),
        "carriers": _("Money at the carriers"),
        "backup": _("Newest backup"),
    }

"""Welcome credit: given once to a confirmed mailbox and telephone, to so many a day, and never for dear destinations (web.md, Pages).

Law: who was welcomed is known by a hash alone, also after the person was forgotten, so that nobody is welcomed twice.
"""

from __future__ import annotations

from collections.abc import Callable

from appliance.money import parse_amount
from appliance.services.ground.access import folder_owner
from appliance.services.ground.room import Room
from appliance.services.money.credit_accounts import CreditAccounts
from appliance.wire.credit_accounts import CreditAccountAdjust
from appliance.wire.registration import RegistrationRules

DAY_MS = 86_400_000
PER_SOURCE = 1
"""Customers that are welcomed from one network address in a day."""

RISK_WAIT_MS = 365 * DAY_MS


class Welcome:
    """`give` in the unit of work that makes the customer."""

    def __init__(self, room: Room, accounts: CreditAccounts) -> None:
        self._room = room
        self._store = room.store
        self._accounts = accounts
        self.wait_for_risk: Callable[[int, int], None] = lambda customer_id, until_at: None

    def source(self, address: str) -> str:
        """A network address as it is kept in a link."""
        return self._hash(f"source {address}")

    def give(self, rules: RegistrationRules, reseller_id: int, customer_id: int, email: str, phone: str, source: str) -> bool:
        """Whether the new customer was given anything."""
        micros = parse_amount(rules.welcome_credit)
        if micros <= 0:
            return False
        now = self._room.clock.utcnow()
        contacts = [self._hash(f"{reseller_id} mail {plain_mailbox(email)}")]
        digits = "".join(each for each in phone if each.isdecimal())
        if digits:
            contacts.append(self._hash(f"{reseller_id} phone {digits}"))
        if any(self._store.web_money.welcomed(each) for each in contacts):
            return False
        from_here, today = self._store.web_money.welcomes_since(now - DAY_MS, reseller_id, source)
        if today >= rules.welcome_a_day or from_here >= PER_SOURCE:
            return False
        row = self._store.customers.get(customer_id)
        assert row is not None  # made just now
        request = CreditAccountAdjust(row.credit_account_id, rules.welcome_credit, reason="welcome credit", request_id=f"welcome-{customer_id}")
        self._accounts.adjust(folder_owner("web:registration"), request)
        for each in contacts:
            self._store.web_money.welcome(each, reseller_id, customer_id, source, now, micros)
        self.wait_for_risk(customer_id, now + RISK_WAIT_MS)
        return True

    def _hash(self, text: str) -> str:
        """Under a key of this folder, so that the hashes of all telephone numbers are of no use elsewhere."""
        return self._room.sealer.mark(f"welcome {text}")


def plain_mailbox(email: str) -> str:
    """The mailbox behind an address: one that has many names is one mailbox."""
    local, _at, domain = email.strip().lower().rpartition("@")
    local = local.partition("+")[0]
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"

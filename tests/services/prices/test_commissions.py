"""Commissions of sub-resellers: of what a month's calls cost them, once, after the month."""

from __future__ import annotations

import pytest

from appliance.errors import Conflict, UserError
from appliance.services.ground.access import folder_owner
from appliance.wire.commissions import CommissionList, CommissionPay, CommissionSet
from appliance.wire.corrections import CallRefund
from tests.services.shop import Shop, Simple, micros

OWNER = folder_owner()
DAY = 86_400


def test_a_month_is_credited_once_when_it_is_over(shop: Shop) -> None:
    it = Simple(shop)
    sub = shop.reseller("Sub", it.root, it.retail, balance="20.00")
    customer = shop.customer(sub, "Bob", shop.tariff(sub, "sub retail", base=it.retail), shop.account(sub, "bob", "10"))
    phone = shop.endpoint(customer, "1000500")
    for number in ("4930123456", "4930123457"):
        call = shop.answer(shop.begin(phone, number), it.trunk)
        shop.run(60)
        shop.end(call)
    shop.services.nouns.pricing.refunds.refund(OWNER, CallRefund(call, all_levels=True))
    row = shop.store.resellers.get(sub)
    assert row is not None and row.credit_account_id is not None
    before = shop.balance(row.credit_account_id)
    assert before == micros("19.40")
    commissions = shop.services.nouns.pricing.commissions
    assert commissions.list(OWNER, CommissionList("2026-01")).commissions == []
    assert commissions.set(OWNER, CommissionSet("Sub", "12.5")).percent == "12.5"
    (seen,) = commissions.list(OWNER, CommissionList("2026-01")).commissions
    assert (seen.reseller, seen.calls, seen.amount, seen.paid_at) == ("Sub", "0.60", "0.08", None)
    with pytest.raises(Conflict, match=r"commission\.month_runs"):
        commissions.pay(OWNER, CommissionPay("2026-01"))
    shop.clock.advance(40 * DAY)
    done = commissions.pay(OWNER, CommissionPay("2026-01"))
    assert (done.paid, done.commissions[0].amount, bool(done.commissions[0].paid_at)) == (1, "0.08", True)
    assert shop.balance(row.credit_account_id) == before + micros("0.08")
    commissions.set(OWNER, CommissionSet("Sub", "50"))
    again = commissions.pay(OWNER, CommissionPay("2026-01"))
    assert (again.paid, again.commissions[0].percent) == (0, "12.5")  # as it was worked out then
    assert shop.balance(row.credit_account_id) == before + micros("0.08")
    shop.verify()


def test_what_makes_no_sense_is_refused(shop: Shop) -> None:
    it = Simple(shop)
    shop.reseller("Sub", it.root, it.retail)
    commissions = shop.services.nouns.pricing.commissions
    for reseller, percent, code in (
        ("root", "5", r"commission\.of_root"),
        ("Sub", "101", r"commission\.percent"),
        ("Sub", "-1", r"commission\.percent"),
    ):
        with pytest.raises(UserError, match=code):
            commissions.set(OWNER, CommissionSet(reseller, percent))
    with pytest.raises(UserError, match=r"commission\.month "):
        commissions.list(OWNER, CommissionList("2026-13"))

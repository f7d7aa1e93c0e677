"""Payments, refunds and reversals: each once, with its tax, and the books whole after every one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import Conflict, NotFound, UserError
from appliance.money import format_amount, parse_amount
from appliance.wire.credit_accounts import CreditAccountAdjust
from appliance.wire.payments import PaymentList, PaymentPreview, PaymentRecord, PaymentRefund, PaymentReverse
from tests.services.nouns.described import Described, opened


def record(shop: Described, amount: str = "12.10", **fields: str) -> int:
    return shop.nouns.payments.record(shop.owner, PaymentRecord(amount, customer="Alice Shop", **fields)).id  # type: ignore[arg-type]


def taxed(shop: Described, tax: str = "21") -> None:
    shop.apply({"tollhouse": 1, "customers": [{"name": "Alice Shop", "tax": tax}]})


def test_a_payment_is_credit_at_once(described: Described) -> None:
    heard: list[int] = []
    described.services.ledger.on_funds(lambda account, balance, limit: heard.append(balance))
    seen = described.nouns.payments.record(
        described.owner, PaymentRecord("5.00", customer="Alice Shop", method="card", reference="R1", note="thanks")
    )
    assert (seen.kind, seen.gross, seen.tax, seen.credit, seen.balance_after) == ("payment", "5.00", "0.00", "5.00", "15.00")
    assert heard == [15_000_000]
    assert described.balance("alice") == 15_000_000
    assert described.verified()


def test_tax_is_split_off_where_the_payment_is_its_point(described: Described) -> None:
    taxed(described)
    seen = described.nouns.payments.record(described.owner, PaymentRecord("12.10", customer="Alice Shop"))
    assert (seen.gross, seen.tax, seen.credit, seen.balance_after) == ("12.10", "2.10", "10.00", "20.00")
    described.apply({"tollhouse": 1, "customers": [{"name": "Alice Shop", "credit_account": {"name": "alice", "tax_point": "usage"}}]})
    assert described.nouns.payments.record(described.owner, PaymentRecord("12.10", customer="Alice Shop")).tax == "0.00"
    assert described.verified()


def test_a_retry_pays_once_and_another_content_is_refused(described: Described) -> None:
    first = described.nouns.payments.record(described.owner, PaymentRecord("5.00", customer="Alice Shop", request_id="abc"))
    again = described.nouns.payments.record(described.owner, PaymentRecord("5.00", customer="Alice Shop", request_id="abc"))
    assert again == first
    assert described.balance("alice") == 15_000_000
    with pytest.raises(Conflict) as raised:
        described.nouns.payments.record(described.owner, PaymentRecord("6.00", customer="Alice Shop", request_id="abc"))
    assert raised.value.code == "request.id_used"


def test_a_reversal_takes_all_of_it_back_once(described: Described) -> None:
    taxed(described)
    payment = record(described)
    back = described.nouns.payments.reverse(described.owner, PaymentReverse(payment, note="typed twice"))
    assert (back.kind, back.gross, back.tax, back.credit, back.reverses) == ("reversal", "-12.10", "-2.10", "-10.00", payment)
    assert described.balance("alice") == 10_000_000
    for wrong in (payment, back.id):
        with pytest.raises(Conflict):
            described.nouns.payments.reverse(described.owner, PaymentReverse(wrong))
    with pytest.raises(Conflict):
        described.nouns.payments.refund(described.owner, PaymentRefund(payment))
    assert described.verified()


def test_refunds_give_back_parts_and_their_tax_and_never_more(described: Described) -> None:
    taxed(described)
    payment = record(described)
    part = described.nouns.payments.refund(described.owner, PaymentRefund(payment, "6.05", method="bank"))
    assert (part.kind, part.gross, part.tax, part.credit) == ("refund", "-6.05", "-1.05", "-5.00")
    with pytest.raises(UserError) as raised:
        described.nouns.payments.refund(described.owner, PaymentRefund(payment, "6.06"))
    assert (raised.value.code, raised.value.parameters["left"]) == ("payment.refund_too_large", "6.05")
    rest = described.nouns.payments.refund(described.owner, PaymentRefund(payment))
    assert (rest.gross, rest.tax) == ("-6.05", "-1.05")
    with pytest.raises(Conflict):
        described.nouns.payments.reverse(described.owner, PaymentReverse(payment))
    assert described.balance("alice") == 10_000_000
    assert described.verified()


@pytest.mark.parametrize("amount", ["0", "-1", "1,5", "1e3", "", "99999999999999"])
def test_wrong_amounts_are_refused(described: Described, amount: str) -> None:
    with pytest.raises(UserError) as raised:
        record(described, amount)
    assert raised.value.field == "amount"
    assert described.balance("alice") == 10_000_000


def test_who_pays_must_be_named_once(described: Described) -> None:
    for request in (PaymentRecord("1"), PaymentRecord("1", customer="Alice Shop", account="alice")):
        with pytest.raises(UserError) as raised:
            described.nouns.payments.record(described.owner, request)
        assert raised.value.code == "payment.name_customer_or_account"
    for request in (PaymentRecord("1", customer="Nobody"), PaymentRecord("1", account="nothing"), PaymentRecord("1", account=10_000)):
        with pytest.raises(NotFound):
            described.nouns.payments.record(described.owner, request)


def test_a_reseller_pays_its_parent(described: Described) -> None:
    seen = described.nouns.payments.record(described.owner, PaymentRecord("50", account="reseller:Sub One", method="bank"))
    assert (seen.customer, seen.balance_after) == (None, "150.00")


def test_the_list_is_newest_first_and_goes_on(described: Described) -> None:
    made = [record(described, f"{count}.00") for count in range(1, 6)]
    page = described.nouns.payments.list(described.owner, PaymentList(customer="Alice Shop", limit=3))
    assert [each.id for each in page.payments] == made[:1:-1]
    rest = described.nouns.payments.list(described.owner, PaymentList(customer="Alice Shop", limit=3, after=page.next))
    assert ([each.id for each in rest.payments], rest.next) == (made[1::-1], 0)


def test_an_adjustment_has_a_reason_and_happens_once(described: Described) -> None:
    request = CreditAccountAdjust("alice", "-2.50", "dropped calls", request_id="x")
    assert described.nouns.credit_accounts.adjust(described.owner, request).balance == "7.50"
    assert described.nouns.credit_accounts.adjust(described.owner, request).balance == "7.50"
    with pytest.raises(UserError):
        described.nouns.credit_accounts.adjust(described.owner, CreditAccountAdjust("alice", "1", " "))
    assert described.verified()


@given(
    gross=st.integers(min_value=1, max_value=10**10),
    tax=st.sampled_from(["0", "8.5", "21", "19", "100", "exempt"]),
    parts=st.lists(st.integers(min_value=1, max_value=10**6), max_size=5),
)
def test_any_payment_refunded_in_any_parts_leaves_nothing(tmp_path_factory: pytest.TempPathFactory, gross: int, tax: str, parts: list[int]) -> None:
    with opened(tmp_path_factory.mktemp("shop")) as shop:
        shop.apply({"tollhouse": 1, "resellers": [{"name": "root"}], "customers": [{"name": "A", "tax": tax, "credit_account": {"name": "a"}}]})
        seen = shop.nouns.payments.record(shop.owner, PaymentRecord(format_amount(gross), customer="A"))
        assert parse_amount(seen.gross) == parse_amount(seen.tax) + parse_amount(seen.credit) == gross
        left = gross
        for part in parts:
            take = left * part // 10**6
            if 0 < take < left:
                shop.nouns.payments.refund(shop.owner, PaymentRefund(seen.id, format_amount(take)))
                left -= take
        shop.nouns.payments.refund(shop.owner, PaymentRefund(seen.id))
        assert shop.balance("a") == 0
        assert shop.verified()


def test_a_preview_says_what_would_be_written_and_writes_nothing(described: Described) -> None:
    taxed(described)
    payments = described.nouns.payments
    seen = payments.preview(described.owner, PaymentPreview("12.10", customer="Alice Shop"))
    assert (seen.gross, seen.tax, seen.credit, seen.tax_percent) == ("12.10", "2.10", "10.00", "21")
    assert (seen.balance_before, seen.balance_after) == ("10.00", "20.00")
    assert described.balance("alice") == 10_000_000
    payment = record(described)
    seen = payments.preview(described.owner, PaymentPreview("6.05", payment=payment, refund=True))
    assert (seen.gross, seen.tax, seen.credit, seen.balance_after) == ("-6.05", "-1.05", "-5.00", "15.00")
    assert payments.preview(described.owner, PaymentPreview(payment=payment)).balance_after == "10.00"
    payments.reverse(described.owner, PaymentReverse(payment))
    for again in (PaymentPreview(payment=payment), PaymentPreview(payment=payment, refund=True)):
        with pytest.raises(Conflict):
            payments.preview(described.owner, again)
    with pytest.raises(UserError):
        payments.preview(described.owner, PaymentPreview("0", customer="Alice Shop"))


def test_lists_and_totals_are_filtered_alike(described: Described) -> None:
    payments = described.nouns.payments
    first = record(described, "5.00", method="card", reference="R-1")
    record(described, "7.00", note="in person")
    payments.refund(described.owner, PaymentRefund(first, "2.00"))

    def found(**fields: str) -> list[str]:
        wanted = PaymentList(**fields)  # type: ignore[arg-type]
        rows = payments.list(described.owner, wanted).payments
        assert sum(total.count for total in payments.totals(described.owner, wanted).totals) == len(rows)
        return [row.gross for row in rows]

    assert found() == ["-2.00", "7.00", "5.00"]
    assert found(kind="refund") == ["-2.00"]
    assert found(method="card") == ["-2.00", "5.00"]
    assert found(search="r-1") == ["-2.00", "5.00"]
    assert found(search="PERSON") == ["7.00"]
    assert found(search="alice s") == ["-2.00", "7.00", "5.00"]
    today = payments.list(described.owner, PaymentList()).payments[0].at[:10]
    assert found(since=today) == ["-2.00", "7.00", "5.00"]
    assert found(until=today) == []
    (total,) = payments.totals(described.owner, PaymentList()).totals
    assert (total.currency, total.gross, total.credit) == ("EUR", "10.00", "10.00")
    assert payments.list(described.owner, PaymentList()).payments[2].given_back == "2.00"

"""Bills as screens see them: lines, tax, what is due by card and in cash."""

from __future__ import annotations

from appliance.billing.shop import CALL_LINE, DISCOUNT_LINE, FORGIVEN_LINE, Taxed, settle, smallest, taxes, to_unit
from appliance.clock import rfc3339
from appliance.money import format_amount, format_percent
from appliance.services.call_shop.cards import Cards
from appliance.services.call_shop.places import Place, Places
from appliance.services.call_shop.receipts import ref
from appliance.services.call_shop.tabs import Standing, Tabs, sold
from appliance.services.ground.access import Actor
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room
from appliance.store.bills import Bill, Line, Payment
from appliance.wire.bills import BillLine, BillPayment, BillSummary, BillView, TaxLine


class BillViews:
    """Reads alone."""

    def __init__(self, room: Room, places: Places, cards: Cards, tabs: Tabs) -> None:
        self._room = room
        self._store = room.store
        self._places = places
        self._cards = cards
        self._tabs = tabs

    def view(self, actor: Actor, place: Place, bill: Bill) -> BillView:
        """One bill with everything."""
        store = self._store
        open_now = bill.state == "open"
        lines = store.bills.lines(bill.id, removed=True)
        live = [line for line in lines if line.removed_at is None]
        family = store.bills.joined(bill.id)
        payments = store.bills.payments(family)
        standing = self._tabs.standing(bill) if open_now else None
        exact = sum(line.amount_micros for line in live)
        paid = standing.paid_micros if standing is not None else sum(each.value_micros for each in payments)
        due = standing.due_micros if standing is not None else 0
        sessions = store.booths.open_on(bill.id)
        booths = dict.fromkeys(self._cards.booth_name(each.endpoint_id) for one in family for each in store.booths.of_bill(one))
        documents = [document for each in family for document in store.till_documents.of_bill(each)]
        costs = self._places.sees_costs(actor, place)
        taxed = taxes(sold(live), place.decimals)
        cost = sum(line.cost_micros for line in live)
        return BillView(
            id=bill.id,
            shop_id=place.id,
            shop=place.shop.name,
            state=bill.state,
            currency=bill.currency,
            opened_at=rfc3339(bill.opened_at),
            opened_by=self._cards.login(bill.opened_by),
            settled_at=stamp(bill.settled_at),
            settled_by=self._cards.login(bill.settled_by),
            reason=bill.reason,
            language=bill.language,
            booths=list(booths),
            sessions=[each.id for each in sessions],
            running=any(self._cards.meters.runs(each) for each in sessions),
            lines=self._lines(lines, costs),
            calls=_sum(live, CALL_LINE),
            goods=_sum(live, "goods", "item"),
            discounts=_sum(live, DISCOUNT_LINE, FORGIVEN_LINE),
            exact=format_amount(exact),
            total=format_amount(bill.total_micros if not open_now else to_unit(exact, smallest(place.decimals))),
            rounding=format_amount(bill.rounding_micros),
            taxes=[_tax(each) for each in taxed],
            payments=[self._payment(each) for each in payments],
            paid=format_amount(paid),
            due_card=format_amount(to_unit(due, smallest(place.decimals))),
            due_cash=format_amount(settle(due, place.decimals, place.settings.rounding_micros).payable_micros),
            lost=format_amount(bill.lost_micros),
            refunded=format_amount(bill.refunded_micros),
            receipts=[ref(each) for each in documents],
            cost=format_amount(cost) if costs else None,
            margin=format_amount(exact - sum(each.tax_micros for each in taxed) - cost) if costs else None,
        )

    def _payment(self, row: Payment) -> BillPayment:
        return BillPayment(
            rfc3339(row.at),
            row.kind,
            row.method,
            format_amount(row.amount_micros),
            row.currency,
            format_amount(row.value_micros),
            self._cards.login(row.operator_id),
        )

    def standing(self, bill: Bill) -> Standing:
        """How an open bill stands."""
        return self._tabs.standing(bill)

    def summary(self, bill: Bill) -> BillSummary:
        """A bill in a list."""
        sessions = self._store.booths.of_bill(bill.id)
        documents = [each for each in self._store.till_documents.of_bill(bill.id) if each.kind in ("sale", "loss")]
        total = bill.total_micros if bill.state != "open" else self._store.bills.sum(bill.id)
        return BillSummary(
            id=bill.id,
            state=bill.state,
            currency=bill.currency,
            opened_at=rfc3339(bill.opened_at),
            settled_at=stamp(bill.settled_at),
            booths=list(dict.fromkeys(self._cards.booth_name(each.endpoint_id) for each in sessions)),
            note=", ".join(filter(None, (self._store.booths.guest(each.id) for each in sessions))),
            total=format_amount(total),
            receipt=documents[0].number if documents else None,
            settled_by=self._cards.login(bill.settled_by),
        )

    def _lines(self, lines: list[Line], costs: bool) -> list[BillLine]:
        numbers = self._store.bills.dialled([line.cdr_id for line in lines if line.cdr_id is not None])
        booths: dict[int, str] = {}
        found = []
        for line in lines:
            if line.session_id is not None and line.session_id not in booths:
                session = self._store.booths.session(line.session_id)
                booths[line.session_id] = "" if session is None else self._cards.booth_name(session.endpoint_id)
            number, normalised = numbers.get(line.cdr_id or 0, ("", ""))
            found.append(
                BillLine(
                    id=line.id,
                    kind=line.kind,
                    at=rfc3339(line.at),
                    text=line.text,
                    booth=booths.get(line.session_id or 0, ""),
                    number=number,
                    destination=line.destination,
                    country=self._cards.meters.country(normalised) if normalised else "",
                    seconds=line.duration_ms // 1000,
                    billed_seconds=line.seconds,
                    quantity=line.quantity,
                    amount=format_amount(line.amount_micros),
                    tax_percent=format_percent(line.tax_ppm),
                    line=line.line_id,
                    call=line.cdr_id,
                    clerk=self._cards.login(line.operator_id),
                    reason=line.reason,
                    removed=line.removed_at is not None,
                    cost=format_amount(line.cost_micros) if costs else None,
                )
            )
        return found


def _tax(row: Taxed) -> TaxLine:
    net = row.gross_micros - row.tax_micros
    return TaxLine(format_percent(row.tax_ppm), format_amount(row.gross_micros), format_amount(net), format_amount(row.tax_micros))


def _sum(lines: list[Line], *kinds: str) -> str:
    return format_amount(sum(line.amount_micros for line in lines if line.kind in kinds))

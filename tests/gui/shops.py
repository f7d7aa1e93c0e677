"""A shop with booths, tills, bills and shifts as the server would show them."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.wire.bills import BillLine, BillPayment, BillSettled, BillView, Quote, ReceiptRef, TaxLine
from appliance.wire.booths import BoothCall, BoothPage, BoothView, SessionView
from appliance.wire.shifts import CashFigures, CashLine, ReportLine, ShiftReport, ShiftView
from appliance.wire.shops import Approver, ShopPage, ShopView
from appliance.wire.tills import GoodsPage, GoodsView, ReceiptPage, ReceiptView, TillPage, TillView
from tests.gui.fake_client import FakeClient

AT = "2026-11-23T10:00:00Z"
NOTES = ["0.05", "0.10", "0.20", "0.50", "1.00", "2.00", "5.00", "10.00", "20.00", "50.00"]


def shop(**changed: Any) -> ShopView:
    made = ShopView(
        7,
        1,
        "Harbour Calls",
        "Harbour Telecom",
        None,
        "EUR",
        2,
        "NL",
        "en",
        "booths",
        "40",
        "Harbour Calls",
        "Quay 1\nRotterdam",
        "Thank you",
        "NL001234567B01",
        "21",
        "0.05",
        NOTES,
        {"USD": "0.90"},
        10,
        "2.00",
        60,
        ["90"],
        False,
        "412.60",
        1800,
        1,
        1,
        [Approver("sara", "Sara Supervisor", True)],
        True,
    )
    return msgspec.structs.replace(made, **changed)


def till(**changed: Any) -> TillView:
    made = TillView(3, 1, 7, "Harbour Calls", "Front", "file", "/tmp/x", 42, "CP858", True, True, True, True, 11, "carl", 0, False)
    return msgspec.structs.replace(made, **changed)


def session(booth: int = 1, **changed: Any) -> SessionView:
    made = SessionView(
        100 + booth,
        1,
        booth,
        f"Booth {booth}",
        7,
        200 + booth,
        "open",
        "postpaid",
        "",
        "en",
        "EUR",
        AT,
        "carl",
        None,
        None,
        "",
        None,
        None,
        0,
        0,
        "0.00",
        "0.00",
        None,
        None,
    )
    return msgspec.structs.replace(made, **changed)


def call(**changed: Any) -> BoothCall:
    made = BoothCall(55, "answered", "233244123456", "Ghana mobile MTN", "GH", AT, AT, 187, "1.24", "0.40", "0.00", 60, 1, None)
    return msgspec.structs.replace(made, **changed)


def booth(number: int, state: str = "closed", **changed: Any) -> BoothView:
    made = BoothView(number, 1, 7, "Harbour Calls", f"Booth {number}", number, f"10000{number:02d}", state, "", True, False, [], False, None, None)
    return msgspec.structs.replace(made, **changed)


def floor() -> BoothPage:
    """Twelve booths in every state there is."""
    booths = [
        booth(1, "in_call", session=session(1, note="Mrs. Amoah", calls=2, total="3.79", state="open"), call=call()),
        booth(
            2,
            "in_call",
            session=session(2, mode="deposit", deposit="5.00", left="0.31", left_seconds=41, calls=1, total="4.69", note="blue jacket"),
            call=call(number="919812345678", destination="India mobile Maharashtra and Goa", country="IN", seconds=702),
        ),
        booth(3, "open", session=session(3, mode="deposit", deposit="10.00", left="7.45", calls=3, total="2.55")),
        booth(4),
        booth(5, registered=False),
        booth(6, "to_pay", session=session(6, state="locked", note="A very long name of a guest who came with family", calls=4, total="1268.40")),
        booth(7, "paused", session=session(7, state="paused", total="0.60", calls=1)),
        booth(8, "out_of_order", reason="Handset is broken"),
        booth(
            9,
            "in_call",
            session=session(9, money_limit="3.00", left="3.00", total="0.00"),
            call=call(state="ringing", answered_at=None, seconds=0, money="0.00"),
        ),
        booth(10),
        booth(11),
        booth(12, name="Cabin at the window, upstairs"),
    ]
    return BoothPage(booths, AT)


def line(identity: int, kind: str = "call", amount: str = "1.24", **changed: Any) -> BillLine:
    made = BillLine(
        identity,
        kind,
        AT,
        "Ghana mobile MTN" if kind == "call" else "Cola",
        "Booth 6",
        "233244123456" if kind == "call" else "",
        "Ghana mobile MTN" if kind == "call" else "",
        "GH" if kind == "call" else "",
        187 if kind == "call" else 0,
        187 if kind == "call" else 0,
        1,
        amount,
        "21",
        None,
        55 if kind == "call" else None,
        "carl",
        "",
        False,
        None,
    )
    return msgspec.structs.replace(made, **changed)


def bill(**changed: Any) -> BillView:
    made = BillView(
        206,
        7,
        "Harbour Calls",
        "open",
        "EUR",
        AT,
        "carl",
        None,
        "",
        "",
        "en",
        ["Booth 6"],
        [106],
        False,
        [line(1), line(2, amount="0.84", number="31612345678", destination="Netherlands mobile"), line(3, "goods", "1.50")],
        "2.08",
        "1.50",
        "0.00",
        "3.58",
        "3.58",
        "0.02",
        [TaxLine("21", "3.58", "2.96", "0.62")],
        [],
        "0.00",
        "3.58",
        "3.60",
        "0.00",
        "0.00",
        [],
    )
    return msgspec.structs.replace(made, **changed)


def quote(request: Any) -> Quote:
    """A quote of 3.60 in cash, 3.58 by card."""
    given = sum(round(float(each.amount) * 100) for each in request.tenders)
    change = given - 360
    return Quote(
        "EUR",
        "3.58",
        "0.02",
        "3.60",
        f"{given / 100:.2f}",
        f"{max(0, -change) / 100:.2f}",
        f"{max(0, change) / 100:.2f}",
        {"5.00": 1, "1.00": 1, "0.20": 2} if change > 0 else {},
    )


def settled(change: str = "0.00", **changed: Any) -> BillSettled:
    receipt = ReceiptRef(900, 1204, "sale", AT)
    paid = bill(state="paid", payments=[BillPayment(AT, "payment", "cash", "10.00", "EUR", "10.00", "carl")], receipts=[receipt])
    made = BillSettled(paid, receipt, change, {"5.00": 1, "1.00": 1, "0.20": 2} if change != "0.00" else {}, 31)
    return msgspec.structs.replace(made, **changed)


def shift(**changed: Any) -> ShiftView:
    cash = [CashFigures("EUR", "100.00", None, None, None, None, None), CashFigures("USD", "0.00", None, None, None, None, None)]
    made = ShiftView(11, 1, 7, 3, "Front", "carl", AT, None, "", "", cash, 0, True, [CashLine(1, AT, "float", "100.00", "EUR", "carl", "", None)])
    return msgspec.structs.replace(made, **changed)


def counted(difference: str = "-0.05") -> ShiftView:
    return shift(counts=1, cash=[CashFigures("EUR", "100.00", "41.20", "6.40", "134.80", "134.75", difference)])


def report(kind: str = "z") -> ShiftReport:
    return ShiftReport(
        901,
        18,
        kind,
        AT,
        counted(),
        "EUR",
        14,
        [ReportLine("call", 31, "48.20"), ReportLine("goods", 6, "9.00"), ReportLine("discount", 1, "-1.00")],
        [ReportLine("21", 2100, "9.75")],
        [ReportLine("cash payment EUR", 12, "41.20"), ReportLine("card payment EUR", 2, "15.00")],
        [ReportLine("walk_out", 1, "2.10")],
        [ReportLine("drawer carl", 2, "0.00"), ReportLine("discount carl", 1, "-1.00")],
        "0.04",
        "56.20",
        44,
    )


def goods() -> GoodsPage:
    return GoodsPage(
        [
            GoodsView(1, 1, 7, "Cola", "5449000000996", "1.50", "EUR", "21", None, 24, False),
            GoodsView(2, 1, 7, "Print, A4", "", "0.20", "EUR", "21", "0.03", None, False),
        ]
    )


def receipts() -> ReceiptPage:
    kinds = ["z", "sale", "refund", "sale", "deposit"]
    return ReceiptPage(
        [
            ReceiptView(
                900 - at,
                7,
                "z" if kind == "z" else "receipt",
                1204 - at,
                kind,
                AT,
                "Front",
                11,
                None if kind == "z" else 206,
                "carl",
                "3.60",
                "EUR",
                "a",
                "b",
                "http://x/1",
            )
            for at, kind in enumerate(kinds)
        ]
    )


def answer(server: FakeClient, **changed: Any) -> None:
    """A server with this shop."""
    server.answer("shops.list", ShopPage([changed.get("shop", shop())]))
    server.answer("shops.get", changed.get("shop", shop()))
    server.answer("tills.list", TillPage([changed.get("till", till())]))
    server.answer("booths.list", changed.get("floor", floor()))
    server.answer("bills.get", changed.get("bill", bill()))
    server.answer("bills.quote", quote)
    server.answer("goods.list", goods())
    server.answer("till_receipts.list", receipts())
    server.answer("shifts.get", shift())

"""The operations of call shops: booths, sessions, bills, tills, shifts, goods, receipts (callshop.md).

Permissions: shop.read looks, till.use is a clerk's work, till.approve a supervisor's, shop.write sets up, shop.figures sees
statistics and exceptions.
"""

from __future__ import annotations

from appliance.wire import bills, booths, shifts, shops, tills
from appliance.wire.operation import SIGNED_IN, Operation
from appliance.wire.operators import OneTimeCode
from appliance.wire.shapes import Binary, ById, Done, Listing, Restored

_READ, _USE, _APPROVE, _WRITE, _FIGURES = "shop.read", "till.use", "till.approve", "shop.write", "shop.figures"

SHOP = (
    Operation("shops.list", "GET", "/shops", shops.ShopList, shops.ShopPage, _READ),
    Operation("shops.get", "GET", "/shops/{id}", ById, shops.ShopView, _READ),
    Operation("shops.update", "PATCH", "/shops/{id}", shops.ShopUpdate, shops.ShopView, _WRITE),
    Operation("shops.prices", "GET", "/shops/{id}/prices", shops.GuestPriceRequest, shops.GuestPrices, _READ),
    Operation("shops.statistics", "GET", "/shops/statistics", shops.ShopStatisticsRequest, shops.ShopStatistics, _FIGURES),
    Operation("shops.exceptions", "GET", "/shops/exceptions", shops.ExceptionsRequest, shops.Exceptions, _FIGURES),
    Operation("chains.list", "GET", "/chains", Listing, shops.ChainPage, "customers.read"),
    Operation("chains.set", "PUT", "/chains", shops.ChainSet, shops.ChainView, "customers.write"),
    Operation("chains.remove", "DELETE", "/chains/{id}", ById, Done, "customers.write"),
    Operation("pins.set", "POST", "/pins", shops.PinSet, Done, SIGNED_IN),
    Operation("pins.code", "POST", "/pins/code", shops.PinCode, OneTimeCode, _APPROVE),
    Operation("booths.list", "GET", "/booths", booths.BoothList, booths.BoothPage, _READ),
    Operation("booths.get", "GET", "/booths/{id}", ById, booths.BoothView, _READ),
    Operation("booths.update", "PATCH", "/booths/{id}", booths.BoothUpdate, booths.BoothView, _APPROVE),
    Operation("booths.tablet_code", "POST", "/booths/{id}/tablet", ById, booths.TabletCode, _USE),
    Operation("booths.tablets", "GET", "/booths/{id}/tablets", ById, booths.TabletPage, _USE),
    Operation("booths.end_tablets", "DELETE", "/booths/{id}/tablets", ById, Done, _USE),
    Operation("booth_sessions.list", "GET", "/booth-sessions", booths.SessionList, booths.SessionPage, _READ),
    Operation("booth_sessions.get", "GET", "/booth-sessions/{id}", ById, booths.SessionView, _READ),
    Operation("booth_sessions.open", "POST", "/booth-sessions", booths.SessionOpen, booths.BoothView, _USE),
    Operation("booth_sessions.update", "PATCH", "/booth-sessions/{id}", booths.SessionUpdate, booths.BoothView, _USE),
    Operation("booth_sessions.set_state", "POST", "/booth-sessions/{id}/state", booths.SessionState, booths.BoothView, _USE),
    Operation("booth_sessions.top_up", "POST", "/booth-sessions/{id}/top-up", booths.SessionTopUp, booths.BoothView, _USE),
    Operation("booth_sessions.transfer", "POST", "/booth-sessions/{id}/transfer", booths.SessionTransfer, booths.BoothView, _USE),
    Operation("booth_sessions.join", "POST", "/booth-sessions/{id}/join", booths.SessionJoin, bills.BillView, _USE),
    Operation("booth_sessions.hang_up", "POST", "/booth-sessions/{id}/hang-up", booths.SessionHangUp, Done, _USE, live=True),
    Operation("bills.list", "GET", "/bills", bills.BillList, bills.BillPage, _READ),
    Operation("bills.get", "GET", "/bills/{id}", ById, bills.BillView, _READ),
    Operation("bills.open", "POST", "/bills", bills.BillOpen, bills.BillView, _USE),
    Operation("bills.add_goods", "POST", "/bills/{id}/goods", bills.BillAdd, bills.BillView, _USE),
    Operation("bills.add_item", "POST", "/bills/{id}/items", bills.BillAddItem, bills.BillView, _USE),
    Operation("bills.remove_line", "POST", "/bills/{id}/remove-line", bills.BillRemove, bills.BillView, _USE),
    Operation("bills.discount", "POST", "/bills/{id}/discount", bills.BillDiscount, bills.BillView, _USE),
    Operation("bills.forgive", "POST", "/bills/{id}/forgive", bills.BillForgive, bills.BillView, _USE),
    Operation("bills.split", "POST", "/bills/{id}/split", bills.BillSplit, bills.BillView, _USE),
    Operation("bills.join", "POST", "/bills/{id}/join", bills.BillJoin, bills.BillView, _USE),
    Operation("bills.quote", "POST", "/bills/{id}/quote", bills.BillQuote, bills.Quote, _READ),
    Operation("bills.pay", "POST", "/bills/{id}/pay", bills.BillPay, bills.BillSettled, _USE),
    Operation("bills.write_off", "POST", "/bills/{id}/write-off", bills.BillLoss, bills.BillSettled, _USE),
    Operation("bills.refund", "POST", "/bills/{id}/refund", bills.BillRefund, bills.BillSettled, _USE),
    Operation("goods.list", "GET", "/goods", tills.GoodsList, tills.GoodsPage, _READ),
    Operation("goods.create", "POST", "/goods", tills.GoodsCreate, tills.GoodsView, _APPROVE),
    Operation("goods.update", "PATCH", "/goods/{id}", tills.GoodsUpdate, tills.GoodsView, _APPROVE),
    Operation("goods.archive", "DELETE", "/goods/{id}", ById, Done, _APPROVE),
    Operation("goods.restore", "POST", "/goods/{id}/restore", ById, Restored, _APPROVE),
    Operation("tills.list", "GET", "/tills", tills.TillList, tills.TillPage, _READ),
    Operation("tills.create", "POST", "/tills", tills.TillCreate, tills.TillView, _WRITE),
    Operation("tills.update", "PATCH", "/tills/{id}", tills.TillUpdate, tills.TillView, _APPROVE),
    Operation("tills.archive", "DELETE", "/tills/{id}", ById, Done, _WRITE),
    Operation("tills.restore", "POST", "/tills/{id}/restore", ById, Restored, _WRITE),
    Operation("tills.open_drawer", "POST", "/tills/{id}/drawer", tills.DrawerOpen, tills.PrintJobView, _USE),
    Operation("tills.test_page", "POST", "/tills/{id}/test-page", tills.PrinterTest, tills.PrintJobView, _USE),
    Operation("tills.test_signing", "POST", "/tills/{id}/test-signing", ById, tills.SigningTest, _WRITE),
    Operation("print_jobs.list", "GET", "/print-jobs", tills.PrintJobList, tills.PrintJobPage, _READ),
    Operation("print_jobs.bytes", "POST", "/print-jobs/{id}/bytes", ById, Binary, _USE),
    Operation("print_jobs.done", "POST", "/print-jobs/{id}/done", tills.PrintJobDone, tills.PrintJobView, _USE),
    Operation("shifts.list", "GET", "/shifts", shifts.ShiftList, shifts.ShiftPage, _USE),
    Operation("shifts.get", "GET", "/shifts/{id}", ById, shifts.ShiftView, _USE),
    Operation("shifts.open", "POST", "/shifts", shifts.ShiftOpen, shifts.ShiftView, _USE),
    Operation("shifts.move", "POST", "/shifts/{id}/move", shifts.CashMove, shifts.ShiftView, _USE),
    Operation("shifts.count", "POST", "/shifts/{id}/count", shifts.ShiftCount, shifts.ShiftView, _USE),
    Operation("shifts.close", "POST", "/shifts/{id}/close", shifts.ShiftClose, shifts.ShiftReport, _USE),
    Operation("shifts.report", "POST", "/shifts/{id}/report", shifts.ShiftReportMake, shifts.ShiftReport, _USE),
    Operation("till_receipts.list", "GET", "/till-receipts", tills.ReceiptList, tills.ReceiptPage, _READ),
    Operation("till_receipts.get", "GET", "/till-receipts/{id}", ById, tills.ReceiptView, _READ),
    Operation("till_receipts.reprint", "POST", "/till-receipts/{id}/reprint", tills.Reprint, tills.PrintJobView, _USE),
    Operation("till_receipts.pdf", "POST", "/till-receipts/{id}/pdf", tills.ReceiptStrip, Binary, _USE),
)

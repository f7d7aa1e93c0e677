"""Moving in, and what of it can be looked at."""

from __future__ import annotations

from appliance.wire import moving
from appliance.wire.operation import FOLDER_OWNER, Operation

MOVING = (
    Operation("move.preview", "POST", "/move/preview", moving.MovePreview, moving.MoveView, FOLDER_OWNER),
    Operation("move.apply", "POST", "/move/apply", moving.MoveApply, moving.MoveView, FOLDER_OWNER),
    Operation("old_calls.list", "GET", "/old-calls", moving.OldCallList, moving.OldCallPage, "calls.read"),
    Operation("old_invoices.list", "GET", "/old-invoices", moving.OldInvoiceList, moving.OldInvoicePage, "invoices.read"),
    Operation("old_invoices.settle", "POST", "/old-invoices/{id}/settle", moving.OldInvoiceSettle, moving.OldInvoiceView, "payments.record"),
)

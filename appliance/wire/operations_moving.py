"""Moving in, and what of it can be looked at."""

from __future__ import annotations

from appliance.wire import moving
from appliance.wire.operation import Nothing, Operation
from appliance.wire.shapes import Done

_OWNER = "description.apply"

MOVING = (
    Operation("move.preview", "POST", "/move/preview", moving.MovePreview, moving.MoveView, _OWNER),
    Operation("move.apply", "POST", "/move/apply", moving.MoveApply, moving.MoveView, _OWNER),
    Operation("move.upload", "POST", "/move/files", moving.MoveUpload, moving.MoveFile, _OWNER),
    Operation("move.discard", "POST", "/move/discard", moving.MoveDiscard, Done, _OWNER),
    Operation("move.state", "GET", "/move", Nothing, moving.MoveState, _OWNER),
    Operation("move.result", "GET", "/move/result", Nothing, moving.MoveView, _OWNER),
    Operation("move.stop", "POST", "/move/stop", Nothing, Done, _OWNER),
    Operation("old_calls.list", "GET", "/old-calls", moving.OldCallList, moving.OldCallPage, "calls.read"),
    Operation("old_invoices.list", "GET", "/old-invoices", moving.OldInvoiceList, moving.OldInvoicePage, "invoices.read"),
    Operation("old_invoices.settle", "POST", "/old-invoices/{id}/settle", moving.OldInvoiceSettle, moving.OldInvoiceView, "payments.record"),
)

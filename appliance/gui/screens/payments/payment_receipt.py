"""The receipt of a payment: made by the server, shown, saved, printed."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.words import _
from appliance.wire.documents import ReceiptPrint
from appliance.wire.payments import PaymentView
from appliance.wire.shapes import Binary


def show_receipt(desk: Desk, owner: QWidget, payment: PaymentView) -> None:
    """Ask for it and open it. The server draws its number at the first print and marks later ones as copies."""

    def came(document: Any) -> None:
        from appliance.gui.widgets.document_view import DocumentDialog

        assert isinstance(document, Binary)
        DocumentDialog(desk, owner, _("Receipt of payment {number}", number=payment.id), document).open()

    operation.run(owner, desk.client, "receipts.pdf", ReceiptPrint(payment.id), on_done=came)

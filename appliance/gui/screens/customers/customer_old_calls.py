"""The calls that a customer made in another system, before he was moved in: looked at, never charged."""

from __future__ import annotations

from appliance.gui.column import Column
from appliance.gui.desk import Desk
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.words import _
from appliance.wire.moving import OldCallList


def old_calls_list(desk: Desk, customer_id: int) -> ListPage:
    """The newest first, as the other system recorded them."""
    columns = [
        Column("started_at", _("When"), "moment", width=140),
        Column("caller", _("From"), "number", width=132),
        Column("number", _("To"), "number", width=152),
        Column("destination", _("Destination"), width=150, grows=True),
        Column("seconds", _("Talked"), "duration", width=96),
        Column("amount", _("Price"), "money", width=98, currency="currency"),
    ]
    model = PageModel(desk.client, "old_calls.list", OldCallList(customer=customer_id), columns)
    empty = Empty(_("No calls came with this customer from the other system."))
    return ListPage(desk, model, title=_("Earlier calls"), empty=empty, memory_name="customer.old_calls", embedded=True, bare=True)

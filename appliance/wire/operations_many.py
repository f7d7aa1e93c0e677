"""Many customers at once."""

from __future__ import annotations

from appliance.wire import many
from appliance.wire.operation import Operation

MANY = (
    Operation("customers.change_many_preview", "POST", "/customers/change-many/preview", many.ManyPreview, many.ManyView, "customers.write"),
    Operation("customers.change_many", "POST", "/customers/change-many", many.ManyChange, many.ManyView, "customers.write"),
    Operation("customers.change_back", "POST", "/customers/change-back", many.ManyBack, many.ManyDone, "customers.write"),
)

"""From a name that stands in a record to the page of that customer."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk, Place
from appliance.gui.words import _
from appliance.wire.customers import CustomerList, CustomerPage


def open_customer(owner: QWidget, desk: Desk, name: str) -> None:
    """Go to the customer of that name, archived ones too; several of one name are shown as a list."""

    def found(page: CustomerPage) -> None:
        same = [view for view in page.customers if view.name == name]
        if len(same) == 1:
            desk.go(Place("customer", same[0].id))
        elif same:
            desk.go(Place("customers", filters={"search": name}))
        else:
            desk.toast(_("{name} is not among the customers any more.", name=name))

    operation.run(owner, desk.client, "customers.list", CustomerList(search=name, archived=True), on_done=found)

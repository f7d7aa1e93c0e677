"""Who owes what on invoices, by how long it is overdue."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.gui.column import Column
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.invoices import invoice_forms
from appliance.gui.screens.parts.call_customer import open_customer
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.words import _, micros, money, plural
from appliance.wire.invoices import Aging, AgingRequest


class AgingScreen(Screen):
    """Worst first; an account opens the overdue invoices' customer."""

    kinds = frozenset({"invoice", "payment"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        parts = (
            ("not_due", _("Not due yet")),
            ("days_30", _("1 to 30 days")),
            ("days_60", _("31 to 60 days")),
            ("days_90", _("61 to 90 days")),
            ("older", _("Older")),
            ("total", _("Total")),
        )

        def amount(name: str) -> object:
            return lambda view: getattr(view, name) if name == "total" or micros(getattr(view, name)) else None

        columns = [Column(lambda view: view.customer or view.account, _("Customer"), width=190, grows=True)]
        columns += [Column(amount(name), text, "money", width=118, currency="currency") for name, text in parts]  # type: ignore[arg-type]
        model = PageModel(desk.client, "invoices.aging", AgingRequest(), columns)
        none = Empty(_("Nobody owes anything on invoices."), _("Invoices"), lambda: desk.go(Place("invoices")), "invoices.list")
        self.list = ListPage(desk, model, title=_("Who owes what"), empty=none, totals=lambda loaded: owed_text(loaded.rows), memory_name="aging")
        self.list.opened.connect(lambda _view: self._customer())
        self.list.selected.connect(self.verbs_changed)
        self.list.model.loaded.connect(self.verbs_changed)
        self.body.addWidget(self.list)

    def title(self) -> str:
        return _("Who owes what")

    def refresh(self) -> None:
        self.list.refresh()

    def verbs(self) -> list[Action]:
        one = self.list.current() is not None
        overdue = Place("invoices", filters={"state": "overdue"})
        return [
            Action("aging.customer", _("Open customer"), self._customer, "Ctrl+O", "user", enabled=one, primary=True, operation="customers.list"),
            Action("aging.overdue", _("Overdue invoices"), lambda: self.desk.go(overdue), "Ctrl+Shift+G", "invoices", operation="invoices.list"),
            Action("aging.statement", _("Statement of account"), self._statement, "Ctrl+Shift+S", "sheet", operation="statements.print"),
        ]

    def _statement(self) -> None:
        invoice_forms.make_statement(self.desk, self)

    def _customer(self) -> None:
        view: Aging | None = self.list.current()
        if view is not None and view.customer:
            open_customer(self, self.desk, view.customer)


def owed_text(rows: Sequence[Aging]) -> str:
    """The footer: what is owed in all and what of it is late, by currency."""
    parts = [plural("{n} account", "{n} accounts", len(rows))]
    for currency in dict.fromkeys(each.currency for each in rows):
        total = sum(micros(each.total) for each in rows if each.currency == currency)
        late = total - sum(micros(each.not_due) for each in rows if each.currency == currency)
        parts.append(_("{total} in all, {late} of it overdue", total=money(total, currency), late=money(late, currency)))
    return "   ·   ".join(parts)

"""Taxes by name: what is put on invoices or split off payments, by the customer's country or chosen for a customer."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QLineEdit, QWidget

from appliance.errors import UserError
from appliance.gui import words
from appliance.gui.column import Column, State
from appliance.gui.desk import Desk
from appliance.gui.people import countries
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.archiving import archive, restore
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.list_page import Filter, ListPage
from appliance.gui.widgets.plain import button, column
from appliance.gui.words import _
from appliance.money import format_amount
from appliance.wire.taxes import TaxChange, TaxCreate, TaxList, TaxView


def typed_percent(text: str) -> str:
    """`21,5 %` as the wire's `21.5`; ValueError with a sentence where it is none."""
    bare = text.replace("%", "").strip()
    try:
        amount = words.micros(words.parse_money(bare))
    except (ValueError, UserError) as error:
        raise ValueError(_("This is not a percentage.")) from error
    if not 0 <= amount <= words.micros("100"):
        raise ValueError(_("A tax is from 0 to 100 %."))
    return format_amount(amount, 0)


class TaxSettings(QWidget):
    """The list with its actions."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.desk = desk
        names = dict(countries())
        columns = [
            Column("name", _("Name"), width=180, grows=True),
            Column("percent", _("Rate"), "percent", width=90),
            Column(lambda view: names.get(view.country, view.country) or _("All other countries"), _("Of customers in"), width=190),
            Column(lambda view: State(_("Archived")) if view.archived_at else State(_("In use"), "good"), _("State"), "state", width=110),
        ]
        why = _("There are no taxes yet: nothing is put on invoices and nothing is split off payments.")
        self.list = ListPage(
            desk,
            PageModel(desk.client, "taxes.list", TaxList(), columns),
            title=_("Taxes"),
            empty=Empty(why, _("Add tax"), self.add, "taxes.create"),
            filters=[Filter("archived", _("Taxes"), [(True, _("Archived too"))])],
            embedded=True,
        )
        self.edit_button = button(_("&Edit"), self.edit)
        self.archive_button = button(_("&Archive"), self.archive)
        for part in (self.archive_button, self.edit_button, button(_("Add &tax"), self.add, "primary")):
            self.list.extra.addWidget(part)
        self.setLayout(column(self.list, gap=""))
        self.list.opened.connect(lambda _view: self.edit())
        self.list.selected.connect(self._fit)
        self._fit()
        self.list.refresh()

    def refresh(self) -> None:
        """Ask again."""
        self.list.refresh()

    def add(self) -> None:
        """A new rate."""
        self._open(_("Add tax"), _("Add tax"), "taxes.create", None)

    def edit(self) -> None:
        """Name, rate or country of the chosen one; what was printed and paid keeps the rate it was made with."""
        view: TaxView | None = self.list.current()
        if view is not None and view.archived_at is None:
            self._open(_("Edit {name}", name=view.name), _("Save"), "taxes.change", view)

    def archive(self) -> None:
        """Out of use, or back into it: what was printed and paid stays as it is."""
        view: TaxView | None = self.list.current()
        if view is None:
            return
        if view.archived_at is None:
            archive(self.desk, self, "taxes", view.id, view.name, _("{name} is archived", name=view.name), self.refresh)
        else:
            restore(self.desk, self, "taxes", view.id, view.name, self.refresh)

    # parts ---------------------------------------------------------------------------------------------------------
    def _open(self, title: str, verb: str, name: str, view: TaxView | None) -> None:
        form = Form()
        form.text("name", _("&Name"), required=True, placeholder=_("VAT 21 %"), help=_("As it stands on papers."))
        rate = QLineEdit()
        rate.setMaximumWidth(120)
        rate.setPlaceholderText("21")
        form.add(
            "percent", _("&Percent"), rate, lambda: typed_percent(rate.text()), lambda value: rate.setText(words.plain_amount(value)), required=True
        )
        form.pick("country", _("Of customers in"), [("", _("All other countries")), *countries()[1:]], search=True)
        if view is not None:
            form.fill({"name": view.name, "percent": format_amount(words.micros(view.percent), 0), "country": view.country})

        def request(values: dict[str, Any]) -> TaxCreate | TaxChange | None:
            if view is None:
                return TaxCreate(**values)
            return TaxChange(id=view.id, version=view.version, **values) if values else None

        FormDialog(
            self.desk.client,
            self,
            title=title,
            form=form,
            verb=verb,
            operation=name,
            request=request,
            on_done=lambda _view: self.refresh(),
            changed_only=view is not None,
        ).open()

    def _fit(self) -> None:
        view: TaxView | None = self.list.current()
        alive = view is not None and view.archived_at is None
        self.edit_button.setEnabled(alive)
        self.archive_button.setEnabled(view is not None)
        self.archive_button.setText(_("&Archive") if alive or view is None else _("Restore"))

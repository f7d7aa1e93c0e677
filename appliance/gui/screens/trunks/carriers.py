"""The accounts with carriers: what was paid, what calls cost, how long the money lasts; payments to them, and their lists of calls."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog

from appliance.gui.column import Column, State
from appliance.gui.desk import Desk, Place
from appliance.gui.people import currencies
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.parts.payment_form import methods
from appliance.gui.screens.trunks.carrier_compare import compare_calls, read_list
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.widgets.open_form import open_form
from appliance.gui.widgets.verb_menu import verb_menu
from appliance.gui.words import _, micros, money, plural
from appliance.wire.carriers import CarrierAccount, CarrierList, CarrierPay

DAY_HOURS = 24


def hours_words(account: CarrierAccount) -> str:
    """How long the money lasts at usual traffic."""
    if account.hours_left is None:
        return ""
    days, hours = divmod(account.hours_left, DAY_HOURS)
    if days:
        return plural("{n} day", "{n} days", days)
    return plural("{n} hour", "{n} hours", hours)


def usage_words(account: CarrierAccount) -> str:
    """What that is reckoned by."""
    return _("By the traffic of the last seven days: {amount} an hour", amount=money(account.per_hour, account.currency))


def account_state(account: CarrierAccount) -> State:
    """Whether somebody must pay soon."""
    if account.low:
        return State(_("Runs dry soon"), "danger")
    if micros(account.balance) < 0:
        return State(_("Owed"), "warning")
    return State(_("Enough"), "good") if account.hours_left is not None else State(_("Not prepaid"))


class CarriersScreen(Screen):
    """One line a trunk and currency. The balance is an estimate: the carrier's own books decide."""

    kinds = frozenset({"carrier", "trunk"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        columns = [
            Column("trunk", _("Trunk"), width=170, grows=True),
            Column(account_state, _("State"), "state", width=150),
            Column("balance", _("Estimated balance"), "money", width=122, currency="currency"),
            Column(hours_words, _("Lasts for"), width=100, tip=usage_words),
            Column("per_hour", _("Used an hour"), "money", width=108, currency="currency", shown=False),
            Column("paid", _("Paid"), "money", width=104, currency="currency"),
            Column("cost", _("Cost of calls"), "money", width=104, currency="currency"),
        ]
        none = _("No carrier was paid yet and no call cost anything. Record what you pay a carrier to see how long it lasts.")
        self.list = ListPage(
            desk,
            PageModel(desk.client, "carriers.list", CarrierList(), columns),
            title=self.title(),
            empty=Empty(none, _("Add carrier payment"), self._pay, "carriers.pay"),
            totals=lambda loaded: totals_text(loaded.rows),
            memory_name="carriers",
            menu=verb_menu(self),
        )
        self.list.opened.connect(lambda _account: self._trunk())
        self.list.selected.connect(self.verbs_changed)
        self.list.model.loaded.connect(self.verbs_changed)
        self.body.addWidget(self.list)

    def title(self) -> str:
        return _("Carrier accounts")

    def refresh(self) -> None:
        self.list.refresh()

    def verbs(self) -> list[Action]:
        one = self.list.current() is not None
        return [
            Action("carriers.pay", _("Add carrier payment"), self._pay, "Ctrl+N", "add", primary=True, operation="carriers.pay"),
            Action(
                "carriers.compare", _("Compare its call list"), self._compare, "Ctrl+I", "import", enabled=one, group=1, operation="carriers.compare"
            ),
            Action("carriers.trunk", _("Open trunk"), self._trunk, "Ctrl+O", "trunks", enabled=one, group=1, operation="trunks.get"),
        ]

    # what is done --------------------------------------------------------------------------------------------------
    def _pay(self) -> None:
        account: CarrierAccount | None = self.list.current()
        form = Form()
        form.choice("trunk", _("&Trunk"), self.desk.client, "trunks.list", required=True)
        with form.row():
            form.money("amount", _("&Amount"), required=True, help=_("Below zero: what the carrier gave back."))
            form.pick("currency", _("Cu&rrency"), currencies(_("As its prices")), search=True)
        form.pick("method", _("&Method"), [each for each in methods() if each[0] != "voucher"])
        form.text("reference", _("Re&ference"))
        form.text("note", _("N&ote"))
        form.fill({"method": "bank"})
        if account is not None:
            form.fill({"trunk": (account.trunk_id, account.trunk), "currency": account.currency})

        def request(values: dict[str, Any]) -> CarrierPay:
            return CarrierPay(**(values | {"currency": values["currency"] or None}))

        def done(view: CarrierAccount) -> None:
            self.desk.toast(_("Paid; the balance with {trunk} is {balance}", trunk=view.trunk, balance=money(view.balance, view.currency)))
            self.refresh()

        open_form(self.desk, self, _("Add carrier payment"), form, "carriers.pay", request, done, verb=_("Add payment"))

    def _compare(self) -> None:
        account: CarrierAccount | None = self.list.current()
        if account is None:
            return
        folder = self.desk.memory.get("carrier_folder") or QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
        dialog = QFileDialog(
            self, _("Call list of {trunk}", trunk=account.trunk), str(folder), ";;".join((_("Tables (*.csv *.txt)"), _("All files (*)")))
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda chosen: self.compare(account, chosen))
        dialog.open()

    def compare(self, account: CarrierAccount, file: str) -> None:
        """Read the file's head, ask which column is which, and compare."""
        found = read_list(self.desk, file)
        if found is not None:
            compare_calls(self.desk, self, account, found)

    def _trunk(self) -> None:
        account: CarrierAccount | None = self.list.current()
        if account is not None:
            self.desk.go(Place("trunk", account.trunk_id))


def totals_text(accounts: list[CarrierAccount]) -> str:
    """The footer: what lies with carriers, and what is owed, by currency."""
    parts = [plural("{n} account", "{n} accounts", len(accounts))]
    for currency in dict.fromkeys(each.currency for each in accounts):
        total = sum(micros(each.balance) for each in accounts if each.currency == currency)
        parts.append(_("{amount} with carriers", amount=money(total, currency)))
    return "   ·   ".join(parts)

"""Reports: the trial balance, the accounts of the ledger, tax, months that are closed, and what sub-resellers bring."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import msgspec
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QWidget

from appliance.gui import operation, words
from appliance.gui.column import Column, State
from appliance.gui.desk import Desk, Place
from appliance.gui.people import countries
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.parts.call_filters import CUSTOM, bounds, midnight, periods, today
from appliance.gui.screens.reports.report_words import account_kind, account_purpose, tax_category
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.widgets.page import Tab, ThingPage
from appliance.gui.words import _, micros, money, percent, plural
from appliance.wire.books import AccountList, CloseView, MonthClose, TrialBalance, TrialRequest
from appliance.wire.operation import Nothing
from appliance.wire.problem import Problem
from appliance.wire.statistics import ResellerFigures, ResellerStatisticsRequest
from appliance.wire.taxes import TaxReport, TaxReportRow

LAST_MONTH, ALL_TIME = "last_month", "all"
ASKED_MS = 250


class PeriodList(ListPage):
    """A report of a period: a list with the period at the end of its filter line."""

    def __init__(
        self,
        desk: Desk,
        model: PageModel,
        *,
        name: str,
        title: str,
        empty: str,
        totals: Callable[[PageModel], str] | None = None,
        usual: str = LAST_MONTH,
        all_time: bool = True,
    ) -> None:
        self._desk = desk
        self.period = QComboBox()
        self.period.setAccessibleName(_("Period"))
        for each, text in reversed(periods()):
            if each != CUSTOM and (all_time or each != ALL_TIME):
                self.period.addItem(text, each)
        self.period.setCurrentIndex(self.period.findData(usual))
        super().__init__(desk, model, title=title, empty=Empty(empty), totals=totals, memory_name=name, embedded=True)
        self.period.currentIndexChanged.connect(lambda _at: self.model.ask(self._filtered()))
        self.extra.addWidget(self.period)

    def _filtered(self) -> Any:
        now = today(self._desk.clock)
        since, until = bounds(str(self.period.currentData()), now)
        if since is not None and until is None and not isinstance(self._plain_request, TrialRequest):
            until = tomorrow(now)
        return msgspec.structs.replace(super()._filtered(), since=since, until=until)


def tomorrow(now: date) -> str:
    """The moment after today, for reports that need an end."""
    return midnight(now + timedelta(1))


class ReportsScreen(Screen):
    """One tab a report; those that the person may not ask are not there."""

    kinds = frozenset({"payment", "invoice", "close", "account", "call"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        tabs = [
            ("ledger.trial_balance", Tab("trial", _("Trial balance"), self._trial)),
            ("ledger.accounts", Tab("accounts", _("Accounts"), self._accounts)),
            ("taxes.report", Tab("tax", _("Tax"), self._tax)),
            ("ledger.closes", Tab("closes", _("Closed months"), self._closes)),
            ("resellers.statistics", Tab("resellers", _("Resellers"), self._resellers)),
        ]
        self.page = ThingPage(desk.theme, [tab for name, tab in tabs if desk.may(name)])
        self.page.show_head(_("Reports"), "", State(""), [])
        self.body.addWidget(self.page)
        self.page.tab_changed.connect(lambda _name: self.verbs_changed.emit())
        self.page.open_tab(place.tab)

    def title(self) -> str:
        return _("Reports")

    def refresh(self) -> None:
        for built in self.page.built.values():
            if isinstance(built, ListPage):
                built.refresh()

    def on_changes(self, changes: Mapping[str, frozenset[int]]) -> None:
        """A report is of what was when it was asked; only a close changes it under one's eyes."""
        if "close" in changes:
            self.refresh()

    def verbs(self) -> list[Action]:
        return [
            Action("reports.refresh", _("Ask again"), self.refresh, "", "refresh", primary=True, operation="ledger.accounts"),
            Action("reports.close", _("Close books"), self._close, "", "archive", dangerous=True, group=2, operation="ledger.close"),
        ]

    # reports -------------------------------------------------------------------------------------------------------
    def _trial(self) -> QWidget:
        columns = [
            Column(lambda row: account_kind(row.kind), _("Account"), width=170, grows=True),
            Column("name", _("Name"), width=130),
            Column("reseller", _("Reseller"), width=140),
            Column(lambda row: row.debit if micros(row.debit) else None, _("Debit"), "money", width=124, currency="currency"),
            Column(lambda row: row.credit if micros(row.credit) else None, _("Credit"), "money", width=124, currency="currency"),
            Column("balance", _("Balance"), "money", width=124, currency="currency"),
        ]
        model = PageModel(self.desk.client, "ledger.trial_balance", TrialRequest(), columns)
        none = _("Nothing was booked in this period.")
        made = PeriodList(self.desk, model, name="reports.trial", title=_("Trial balance"), empty=none, totals=trial_text, usual=ALL_TIME)
        made.refresh()
        return made

    def _accounts(self) -> QWidget:
        columns = [
            Column(lambda row: account_kind(row.kind), _("Account"), width=160),
            Column("name", _("Name"), width=150),
            Column(lambda row: account_purpose(row.kind), _("What it holds"), width=220, grows=True),
            Column("balance", _("Balance"), "money", width=130, currency="currency"),
        ]
        model = PageModel(self.desk.client, "ledger.accounts", AccountList(), columns)
        made = ListPage(
            self.desk,
            model,
            title=_("Accounts"),
            empty=Empty(_("The ledger has no accounts yet.")),
            totals=lambda loaded: plural("{n} account", "{n} accounts", len(loaded.rows)),
            memory_name="reports.accounts",
            embedded=True,
            bare=True,
        )
        made.refresh()
        return made

    def _tax(self) -> QWidget:
        names = dict(countries())

        def amount(of: str, title: str) -> Column:
            return Column(of, title, "money", width=124, currency="currency")

        def source(row: TaxReportRow) -> str:
            return _("Payments") if row.from_payments else _("Invoices")

        columns = [
            Column(lambda row: names.get(row.country, row.country) or _("All other countries"), _("Country"), width=150, grows=True),
            Column(lambda row: " · ".join(filter(None, (percent(row.percent), tax_category(row.category)))), _("Rate"), width=150),
            Column(source, _("From"), width=100),
            Column("count", _("Number"), "count", width=80),
            amount("net", _("Net")),
            amount("tax", _("Tax")),
            amount("gross", _("Gross")),
        ]
        model = PageModel(self.desk.client, "taxes.report", TaxReport("", ""), columns)
        none = _("Nothing was taxed in this period.")
        made = PeriodList(self.desk, model, name="reports.tax", title=_("Tax"), empty=none, totals=tax_text, all_time=False)
        made.refresh()
        return made

    def _closes(self) -> QWidget:
        columns = [
            Column("until", _("Closed up to"), "moment", width=150),
            Column("closed_at", _("Closed"), "moment", width=150),
            Column("closed_by", _("By"), width=120),
            Column("note", _("Note"), width=200, grows=True),
        ]
        empty = Empty(_("No month is closed yet. In closed months nothing is booked any more."), _("Close books"), self._close, "ledger.close")
        model = PageModel(self.desk.client, "ledger.closes", Nothing(), columns)
        made = ListPage(self.desk, model, title=_("Closed months"), empty=empty, memory_name="reports.closes", embedded=True, bare=True)
        made.refresh()
        return made

    def _resellers(self) -> QWidget:
        columns = [
            Column("reseller", _("Reseller"), width=180, grows=True),
            Column("calls", _("Calls"), "count", width=90),
            Column("answered", _("Answered"), "count", width=90),
            Column(minutes, _("Talked"), "duration", width=110),
            Column("spend", _("Paid to us"), "money", width=120, currency="currency"),
            Column("cost", _("Cost"), "money", width=110, currency="currency"),
            Column("profit", _("Profit"), "money", width=110, currency="currency"),
        ]
        model = PageModel(self.desk.client, "resellers.statistics", ResellerStatisticsRequest(), columns)
        none = _("No sub-reseller had calls in this period.")
        made = PeriodList(self.desk, model, name="reports.resellers", title=_("Resellers"), empty=none)
        made.opened.connect(lambda view: self.desk.go(Place("reseller", view.id)))
        made.refresh()
        return made

    # closing -------------------------------------------------------------------------------------------------------
    def _close(self) -> None:
        def done(view: CloseView) -> None:
            self.desk.toast(_("The books are closed up to {day}", day=words.moment(view.until)))
            self.refresh()

        FormDialog(
            self.desk.client,
            self,
            title=_("Close the books for good"),
            form=CloseForm(self.desk),
            verb=_("Close books"),
            operation="ledger.close",
            request=lambda values: MonthClose(midnight(date.fromisoformat(values["until"])), values["note"]),
            on_done=done,
            dangerous=True,
        ).open()


class CloseForm(Form):
    """The day; under it what is closed by it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.note(_("Nothing is booked before that day any more, and it cannot be opened again. What comes late is booked on the day it comes."))
        self.date("until", _("Everything &before"), help=_("The first day that stays open."))
        self.text("note", _("&Note"))
        self.effect = self.note(_("Adding up…"))
        self._soon = QTimer(self, singleShot=True, interval=ASKED_MS)
        self._soon.timeout.connect(self.ask)
        self.fill({"until": today(desk.clock).replace(day=1).isoformat()})
        self.field("until").dateChanged.connect(lambda _day: self._soon.start())  # type: ignore[attr-defined]
        self.ask()

    def ask(self) -> None:
        """What would be closed."""
        wanted = TrialRequest(until=midnight(date.fromisoformat(self._fields["until"].read())))
        operation.run(self, self._desk.client, "ledger.trial_balance", wanted, on_done=self._came, on_problem=self._refused)

    def _came(self, page: TrialBalance) -> None:
        booked: dict[str, int] = {}
        for row in page.rows:
            booked[row.currency] = booked.get(row.currency, 0) + micros(row.credit)
        if not booked:
            self.effect.setText(_("Nothing was booked before that day."))
            return
        sums = ", ".join(money(amount, currency) for currency, amount in booked.items())
        whole = not any(micros(amount) for amount in page.sums.values())
        said = _("Debits and credits are equal.") if whole else _("Debits and credits differ: the server will refuse.")
        self.effect.setText(_("{sums} of credits up to that day are closed.", sums=sums) + " " + said)

    def _refused(self, problem: Problem) -> None:
        self.effect.setText(problem.detail)


def minutes(view: ResellerFigures) -> int:
    """What was talked, in seconds."""
    return micros(view.minutes) * 60 // micros("1")


def trial_text(model: PageModel) -> str:
    """The footer: whether the books are whole."""
    sums: Mapping[str, str] = model.page.sums if model.page is not None else {}
    wrong = [money(amount, currency) for currency, amount in sums.items() if micros(amount)]
    if wrong:
        return _("The books are not whole: debits and credits differ by {sums}.", sums=", ".join(wrong))
    return _("Debits and credits are equal.")


def tax_text(model: PageModel) -> str:
    """The footer: tax by currency, and whether the tax accounts moved by as much."""
    page = model.page
    rows: list[TaxReportRow] = model.rows
    parts = []
    for currency in dict.fromkeys(each.currency for each in rows):
        total = sum(micros(each.tax) for each in rows if each.currency == currency)
        parts.append(_("Tax {tax}", tax=money(total, currency)))
        posted = micros(page.posted.get(currency, "0"))
        if posted != total:
            parts.append(_("the tax accounts moved by {posted}", posted=money(posted, currency)))
    return "   ·   ".join(parts)

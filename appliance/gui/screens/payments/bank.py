"""Bank statements: a file is read, each line is proposed to somebody, and booked when a person says so."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, QTimer
from PySide6.QtWidgets import QComboBox, QFileDialog

from appliance.gui import operation
from appliance.gui.column import Column, State
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.parts.payment_form import customer_line
from appliance.gui.table_model import PageModel
from appliance.gui.widgets import confirm
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.list_page import Filter, ListPage
from appliance.gui.widgets.long_work import LongWork
from appliance.gui.widgets.open_form import open_form
from appliance.gui.words import _, count, isolate, micros, money, plural
from appliance.wire.bank import BankConfirm, BankIgnore, BankImport, BankImported, BankLine, BankList, BankProposal

APPEARS_MS = 500
MOST_BYTES = 32 * 1024 * 1024
SHOWN_FAULTS = 8


def line_state(line: BankLine) -> State:
    """What became of a line."""
    if line.state == "booked":
        return State(_("Booked"), "good")
    if line.state == "ignored":
        return State(_("Ignored"))
    if micros(line.amount) <= 0:
        return State(_("Went out"))
    return State(_("Proposed"), "accent") if line.proposals else State(_("Unknown payer"), "warning")


def why_word(why: str) -> str:
    """How it is known whose money it is."""
    known = {
        "reference": _("by its reference"),
        "invoice": _("by the invoice's number"),
        "iban": _("paid from this account before"),
        "amount": _("by the amount"),
    }
    return known.get(why, why)


def proposal_text(proposal: BankProposal) -> str:
    """Whose money it seems to be, and why."""
    who = proposal.customer or proposal.account
    invoice = _("invoice {number}", number=proposal.invoice) if proposal.invoice else ""
    return " · ".join(filter(None, (who, invoice, why_word(proposal.why))))


class BankLines(ListPage):
    """The list has no "all": its first state, what waits, is the usual one."""

    def _filter(self, each: Filter) -> QComboBox:
        made = super()._filter(each)
        made.blockSignals(True)
        made.removeItem(0)
        made.blockSignals(False)
        return made

    def _narrowed(self) -> bool:
        return self.filters["state"].currentIndex() > 0


class BankScreen(Screen):
    """Lines that wait first; those that were booked or ignored by the filter."""

    kinds = frozenset({"bank_line", "invoice"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        columns = [
            Column("booked_on", _("Day"), "day", width=110),
            Column("amount", _("Amount"), "money", width=116, currency="currency"),
            Column("name", _("Name"), width=140),
            Column(line_state, _("State"), "state", width=140),
            Column(lambda line: proposal_text(line.proposals[0]) if line.proposals else "", _("Whose it seems to be"), width=200, grows=True),
            Column("text", _("Text"), width=170),
            Column(lambda line: isolate(line.iban), _("Account"), width=170, shown=False),
        ]
        model = PageModel(desk.client, "bank.lines", BankList(), columns)
        none = _("No line waits. Import a statement: CAMT, MT940 or CSV, as the bank gives it.")
        self.list = BankLines(
            desk,
            model,
            title=_("Bank statements"),
            empty=Empty(none, _("Import statement"), self._choose, "bank.import"),
            filters=[Filter("state", _("State"), [("waiting", _("Waiting")), ("booked", _("Booked")), ("ignored", _("Ignored"))])],
            memory_name="bank",
        )
        self.list.selected.connect(self.verbs_changed)
        self.list.model.loaded.connect(self.verbs_changed)
        self.list.opened.connect(lambda _line: self._confirm())
        self.body.addWidget(self.list)

    def title(self) -> str:
        return _("Bank statements")

    def refresh(self) -> None:
        self.list.refresh()

    def verbs(self) -> list[Action]:
        line: BankLine | None = self.list.current()
        waits = line is not None and line.state == "waiting"
        came_in = waits and line is not None and micros(line.amount) > 0
        ignored = line is not None and line.state == "ignored"
        return [
            Action("bank.import", _("Import statement"), self._choose, "Ctrl+N", "import", primary=True, operation="bank.import"),
            Action("bank.confirm", _("Book as payment"), self._confirm, "Ctrl+E", "good", enabled=came_in, group=1, operation="bank.confirm"),
            Action(
                "bank.ignore",
                _("Let it wait again") if ignored else _("Ignore line"),
                self._ignore,
                "Ctrl+D",
                "undo" if ignored else "disable",
                enabled=waits or ignored,
                group=1,
                operation="bank.ignore",
            ),
        ]

    # what is done --------------------------------------------------------------------------------------------------
    def _choose(self) -> None:
        folder = self.desk.memory.get("bank_folder") or QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
        kinds = _("Bank statements") + " (*.xml *.camt *.sta *.mt940 *.940 *.swi *.csv *.txt);;" + _("All files") + " (*)"
        dialog = QFileDialog(self, _("Import statement"), str(folder), kinds)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda chosen: self.read(Path(chosen)))
        dialog.open()

    def read(self, file: Path) -> None:
        """Send this file to the server, or say why not."""
        try:
            if file.stat().st_size > MOST_BYTES:
                self.desk.toast(_("The file is larger than {most} MB.", most=MOST_BYTES // (1024 * 1024)))
                return
            content = file.read_bytes()
        except OSError as error:
            self.desk.toast(_("The file could not be read: {reason}", reason=error.strerror or str(error)))
            return
        self.desk.memory.put("bank_folder", str(file.parent))
        work = LongWork(
            self.desk,
            self,
            title=_("Import statement"),
            text=file.name,
            name="bank.import",
            request=BankImport(content, file.name),
            on_done=self._read,
            told=import_said,
        )
        QTimer.singleShot(APPEARS_MS, work, work.open)

    def _read(self, came: BankImported) -> None:
        said = import_said(came)
        if came.faults:
            faults = "\n".join(came.faults[:SHOWN_FAULTS])
            more = _("{faults} lines could not be read:", faults=count(len(came.faults)))
            confirm.tell(self, _("Statement is read"), f"{said}\n{more}\n{faults}")
        else:
            self.desk.toast(said)
        self.refresh()

    def _confirm(self) -> None:
        line: BankLine | None = self.list.current()
        if line is not None and line.state == "waiting" and micros(line.amount) > 0 and self.desk.may("bank.confirm"):
            book_line(self.desk, self, line)

    def _ignore(self) -> None:
        line: BankLine | None = self.list.current()
        if line is None:
            return
        again = line.state == "ignored"

        def undo() -> None:
            operation.run(self, self.desk.client, "bank.ignore", BankIgnore(line.id, not again), on_done=lambda _line: self.refresh())

        def done(_line: BankLine) -> None:
            self.desk.toast(_("The line waits again") if again else _("The line is ignored"), undo)
            self.refresh()

        operation.run(self, self.desk.client, "bank.ignore", BankIgnore(line.id, again), on_done=done)


def import_said(came: BankImported) -> str:
    """How many lines came in."""
    said = plural("{n} new line", "{n} new lines", came.new)
    return said + ", " + plural("{n} was there before", "{n} were there before", came.known) if came.known else said


OTHER = -1


def book_line(desk: Desk, owner: Screen, line: BankLine) -> FormDialog:
    """The line as a payment of whom it is proposed to, or of another customer."""
    form = Form()
    form.note(" · ".join(filter(None, (line.name, isolate(line.iban) if line.iban else "", line.text))))
    choices = [(at, proposal_text(each)) for at, each in enumerate(line.proposals)]
    whose = form.pick("whose", _("&Whose money it is"), [*choices, (OTHER, _("Another customer"))])
    form.choice("customer", _("&Customer"), desk.client, "customers.list", show=customer_line, required=True)

    def fit() -> None:
        form.show_field("customer", whose.currentData() == OTHER)

    whose.currentIndexChanged.connect(fit)
    fit()

    def request(values: dict[str, int]) -> BankConfirm:
        at = values["whose"]
        if at == OTHER:
            return BankConfirm(line.id, customer=values["customer"])
        proposal = line.proposals[at]
        return BankConfirm(line.id, account=proposal.account_id, invoice=proposal.invoice_id)

    def done(_line: BankLine) -> None:
        desk.toast(_("{amount} is booked", amount=money(line.amount, line.currency)))
        owner.refresh()

    return open_form(
        desk,
        owner,
        _("Book {amount}", amount=money(line.amount, line.currency)),
        form,
        "bank.confirm",
        request,
        done,
        verb=_("Book payment"),
    )

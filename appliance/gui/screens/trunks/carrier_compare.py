"""A carrier's list of calls against ours: which column is which, and the difference call by call."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtWidgets import QTabBar, QWidget

from appliance.gui.column import Column, State
from appliance.gui.desk import Desk, Place
from appliance.gui.people import time_zones
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.long_work import LongWork
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.gui.widgets.pick_box import PickBox
from appliance.gui.widgets.plain import column, label
from appliance.gui.widgets.rows_list import RowsList
from appliance.gui.words import _, count, isolate, money, plural
from appliance.wire.carriers import CarrierAccount, CarrierCompare, CarrierComparison, CarrierDifference

MOST_BYTES = 64 * 1024 * 1024
HEAD_BYTES = 5000
SIZE = (940, 560)
USUAL = {
    "number": ("number", "called number", "called", "destination number", "dialled", "dst", "callee", "b number"),
    "started": ("started", "start", "start time", "setup time", "connect time", "date", "time", "datetime"),
    "seconds": ("seconds", "duration", "billed", "billed seconds", "billsec", "duration (s)", "billed duration"),
    "cost": ("cost", "amount", "charge", "price", "total", "cost eur", "billed amount"),
}


class CallFile(NamedTuple):
    """A list as it was read: its bytes and the names of its columns."""

    name: str
    content: bytes
    header: list[str]


def header_of(content: bytes) -> list[str]:
    """The first line of a table, by the separator that it has most of; [] where there is none."""
    head = content[:HEAD_BYTES].decode("utf-8-sig", "replace")
    first = next(csv.reader(io.StringIO(head, newline=""), delimiter=max(",;\t|", key=head.count)), [])
    return [each.strip() for each in first if each.strip()]


def read_list(desk: Desk, file: str) -> CallFile | None:
    """The file, or None and a sentence why not."""
    path = Path(file)
    try:
        if path.stat().st_size > MOST_BYTES:
            desk.toast(_("The file is larger than {most} MB.", most=MOST_BYTES // (1024 * 1024)))
            return None
        content = path.read_bytes()
        header = header_of(content)
    except OSError as error:
        desk.toast(_("The file could not be read: {reason}", reason=error.strerror or str(error)))
        return None
    except csv.Error:
        header = []
    if len(header) < len(USUAL):
        desk.toast(_("This is no table with a header: a column each for the number, the time, the seconds and the cost is needed."))
        return None
    desk.memory.put("carrier_folder", str(path.parent))
    return CallFile(path.name, content, header)


def guessed(field: str, header: list[str]) -> str:
    """The column that is most likely this field, "" where none is."""
    lower = {each.lower(): each for each in header}
    return next((lower[name] for name in USUAL[field] if name in lower), "")


def compare_calls(desk: Desk, owner: QWidget, account: CarrierAccount, found: CallFile) -> PanelDialog:
    """Ask which column is which, compare, show."""
    form = Form()
    form.note(_("{file} against the calls that went out by {trunk}.", file=isolate(found.name), trunk=account.trunk))
    names = {"number": _("Number &called"), "started": _("Time it be&gan"), "seconds": _("&Seconds"), "cost": _("C&ost")}
    for field, text in names.items():
        column_field(form, field, text, found.header)
    form.pick("zone", _("Its times are in &zone"), time_zones(), search=True)
    form.whole("seconds_apart", _("Times may &differ by seconds"), least=0, most=3600)
    kept = desk.memory.get(f"carrier_columns.{account.trunk_id}")
    before: dict[str, Any] = kept if isinstance(kept, dict) else {}
    values: dict[str, Any] = {field: before[field] if before.get(field) in found.header else guessed(field, found.header) for field in USUAL}
    form.fill(values | {"zone": before.get("zone", "UTC"), "seconds_apart": before.get("seconds_apart", 60)})

    def go() -> bool:
        chosen = form.values()
        if chosen is None:
            return False
        desk.memory.put(f"carrier_columns.{account.trunk_id}", chosen)
        columns = {field: str(chosen[field]) for field in USUAL}
        request = CarrierCompare(
            trunk=account.trunk_id, content=found.content, columns=columns, zone=chosen["zone"], seconds_apart=chosen["seconds_apart"]
        )
        LongWork(
            desk,
            owner,
            title=_("Comparing calls"),
            text=_("Each call of the list is looked for among ours."),
            name="carriers.compare",
            request=request,
            on_done=lambda view: show_comparison(desk, owner, account, view),
        ).open()
        return True

    dialog = PanelDialog(owner, _("Compare a carrier's calls"), form, verb=_("Co&mpare"), run=go, size=(460, 0))
    dialog.open()
    return dialog


def column_field(form: Form, name: str, text: str, header: Sequence[str]) -> None:
    """One of the file's columns, which must be chosen."""
    made = PickBox()
    for each in ("", *header):
        made.addItem(each or _("Choose the column"), each)

    def read() -> str:
        if not made.currentData():
            raise ValueError(_("Choose one of the list."))
        return str(made.currentData())

    form.add(name, text, made, read, lambda value: made.setCurrentIndex(max(0, made.findData(value))))


def kinds() -> dict[str, tuple[str, str]]:
    """{kind of difference: (word, tone)}."""
    return {
        "missing_here": (_("Missing here"), "danger"),
        "missing_there": (_("Missing there"), "warning"),
        "seconds": (_("Seconds differ"), "accent"),
        "price": (_("Price differs"), "accent"),
    }


def comparison_words(view: CarrierComparison) -> str:
    """The sums in two sentences."""
    places = {"ours": count(view.ours), "theirs": count(view.theirs), "same": count(view.same)}
    said = _("{ours} calls here, {theirs} in the list, {same} the same.", **places)
    costs = {
        "their": money(view.their_cost, view.currency),
        "our": money(view.our_cost, view.currency),
        "more": money(view.difference, view.currency),
    }
    said += " " + _("The carrier asks {their}, our prices say {our}: a difference of {more}.", **costs)
    if view.faults:
        said += " " + plural("{n} line could not be read.", "{n} lines could not be read.", len(view.faults))
    return said


class ComparisonView(QWidget):
    """The sums, and the differing calls, all or of one kind."""

    def __init__(self, desk: Desk, view: CarrierComparison) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._view = view

        def state(each: CarrierDifference) -> State:
            return State(*kinds().get(each.kind, (each.kind, "muted")))

        columns = [
            Column(state, _("What"), "state", width=146),
            Column("number", _("Number"), "number", width=140, grows=True),
            Column("started_at", _("Began"), "moment", width=130),
            Column("our_seconds", _("Our seconds"), "count", width=100),
            Column("their_seconds", _("Their seconds"), "count", width=108),
            Column("our_cost", _("Our cost"), "money", width=80),
            Column("their_cost", _("Their cost"), "money", width=84),
            Column("difference", _("Difference"), "money", width=86),
        ]
        self.list = RowsList(desk, columns, _("Calls that differ"), Empty(_("No call differs.")), "carrier.differences")
        self.bar = QTabBar()
        self.bar.setExpanding(False)
        self.bar.setDrawBase(False)
        self.bar.setAccessibleName(_("Calls that differ"))
        self._kinds = ["", *kinds()]
        words = kinds()
        for kind in self._kinds:
            number_of = sum(view.counts.values()) if not kind else view.counts.get(kind, 0)
            self.bar.addTab(_("{what}: {n}", what=words[kind][0] if kind else _("All"), n=count(number_of)))
        self.bar.currentChanged.connect(lambda _at: self._show())
        faults = label("\n".join(view.faults[:3]), "small", wrap=True, copyable=True)
        faults.setVisible(bool(view.faults))
        self.setLayout(column(label(comparison_words(view), wrap=True), faults, self.bar, self.list, gap="small"))
        self._show()

    def _show(self) -> None:
        kind = self._kinds[self.bar.currentIndex()]
        self.list.show_rows([each for each in self._view.differences if not kind or each.kind == kind])


def show_comparison(desk: Desk, owner: QWidget, account: CarrierAccount, view: CarrierComparison) -> PanelDialog:
    """The result; Enter on a call of ours opens its page."""
    shown = ComparisonView(desk, view)
    dialog = PanelDialog(owner, _("Calls of {trunk}", trunk=account.trunk), shown, size=SIZE)

    def opened(each: CarrierDifference) -> None:
        if each.call is not None:
            dialog.accept()
            desk.go(Place("call", each.call))

    shown.list.opened.connect(opened)
    dialog.open()
    return dialog

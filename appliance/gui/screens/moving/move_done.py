"""The last step: what came in, the links for those who need a new password, and what to do next."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from appliance.gui.column import Column
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.moving import move_words
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.plain import button, card, column, holding, label, row
from appliance.gui.widgets.problem_view import ProblemView
from appliance.gui.widgets.rows_list import RowsList
from appliance.gui.words import _, plural
from appliance.wire.moving import MoveView
from appliance.wire.problem import Problem

LINE_HEIGHT, MOST_LINES = 30, 8


class DonePage(QWidget):
    """`again` begins anew, `cut` at the preview of the same files is no more: they are gone."""

    def __init__(self, desk: Desk, again: Callable[[], None]) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._desk = desk
        self.view: MoveView | None = None
        self.heading = label("", "title", wrap=True)
        self.said = label("", wrap=True)
        self.problem = ProblemView()
        self.next = label("", wrap=True)
        self.open_button = button(_("&Customers"), lambda: desk.go(Place("customers")), "primary")
        self.letter_button = button(_("&Write to them"), self.write)
        self.letter_button.setVisible(desk.may("messages.send_letter"))
        another = button(_("Move in &again"), again, "link")
        columns = [
            Column("login", _("Web login"), width=140),
            Column("customer", _("Customer"), width=180, grows=True),
            Column("link", _("Link"), width=280),
        ]
        self.links = RowsList(desk, columns, _("One-time links"), Empty(_("Nobody needs one.")))
        self.links_said = label("", wrap=True)
        save = button(_("&Save the links…"), self.save_links)
        self.linked = holding(column(label(_("One-time links"), "heading"), self.links_said, self.links, row(save, None), gap="small"))
        self.linked.setObjectName("plain")
        inner = column(
            self.heading,
            self.said,
            self.problem,
            label(_("What to do next"), "heading"),
            self.next,
            row(self.open_button, self.letter_button, another, None),
            self.linked,
            gap="medium",
            margin="wide",
        )
        self.setLayout(column(card(inner), None))

    def show_view(self, view: MoveView) -> None:
        """It is done."""
        self.view = view
        self.heading.setText(_("The cut-over is done") if view.cut_over else _("Everything is moved in"))
        parts = [move_words.summary(view)]
        if view.refused_count:
            parts.append(plural("{n} row was left out.", "{n} rows were left out.", view.refused_count))
        kept = sum(not each.taken for each in view.changed)
        if kept:
            parts.append(plural("{n} change that was made here stayed.", "{n} changes that were made here stayed.", kept))
        self.said.setText(" ".join(parts))
        steps = [
            _("Look at a customer or two: balance, endpoints, tariff."),
            _("Tell your customers: the letter may hold their number, balance and the address of their page."),
        ]
        if view.cut_over:
            steps.append(_("Point phones and carriers here. Phones go on with the user names and passwords that they have."))
        else:
            steps.append(_("Try a call. On the day of the change stop calls on the old system, make a last dump, and move it as the cut-over."))
        self.next.setText("\n".join(f"{at}. {each}" for at, each in enumerate(steps, 1)))
        self.links.show_rows(view.links)
        self.links.setFixedHeight(LINE_HEIGHT * (2 + min(MOST_LINES, len(view.links))))
        self.links_said.setText(
            _("The passwords of these logins could not be taken over. Send each person his link: it is good for 30 days and shown this once.")
        )
        self.linked.setVisible(bool(view.links))
        self.open_button.setFocus()

    def write(self) -> None:
        """A letter to all customers."""
        self._desk.go(Place("letter"))

    def save_links(self) -> None:
        """As CSV."""
        dialog = QFileDialog(self, _("Save the links"), "links.csv", "CSV (*.csv)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.fileSelected.connect(lambda name: self.write_links(Path(name)))
        dialog.open()

    def write_links(self, file: Path) -> None:
        """Into this file, or say why not."""
        assert self.view is not None
        try:
            with file.open("w", encoding="utf-8", newline="") as out:
                writer = csv.writer(out)
                writer.writerow(("login", "customer", "link"))
                writer.writerows((each.login, _plain(each.customer), each.link) for each in self.view.links)
        except OSError as error:
            reason = error.strerror or str(error)
            self.problem.show_problem(Problem(detail=_("The file could not be written: {reason}", reason=reason), code="console.file"))
            return
        self.problem.forget()
        self._desk.toast(_("Saved as {name}", name=file.name))


def _plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return "'" + text if text[:1] in "=+-@\t\r" and text else text

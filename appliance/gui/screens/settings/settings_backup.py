"""Keeping: a backup now, the second copy and whether it is made, the books checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QLabel

from appliance.gui import operation
from appliance.gui.column import State
from appliance.gui.desk import Desk
from appliance.gui.screens.alerts import said
from appliance.gui.screens.settings.settings_catalogue import of_sections
from appliance.gui.screens.settings.settings_form import SettingsForm
from appliance.gui.widgets.badge import Badge
from appliance.gui.widgets.long_work import LongWork
from appliance.gui.widgets.plain import button, card, column, label, row
from appliance.gui.words import _, count, isolate, moment_full, plural
from appliance.wire.alerts import Alert, Alerts
from appliance.wire.backups import BackupMade, BackupRequest
from appliance.wire.settings import SettingPage
from appliance.wire.verify import Findings, VerifyRequest

MEGABYTE = 1_000_000


class BackupSettings(SettingsForm):
    """The settings of `backup` and `store`; above them what can be done now."""

    def __init__(self, desk: Desk) -> None:
        self.backup_button = button(_("Back up now"), self.back_up)
        self.backup_said = label("", wrap=True, copyable=True)
        self.copy_badge = Badge(desk.theme)
        self.copy_said = label("", wrap=True)
        self.verify_button = button(_("Check the books"), self.verify)
        self.verify_badge = Badge(desk.theme)
        self.verify_said = label("", wrap=True, copyable=True)
        for each in (self.backup_said, self.verify_said):
            each.hide()
        now = [
            card(column(label(_("Backup"), "heading"), row(self.backup_button, None), self.backup_said, margin="large")),
            card(column(row(label(_("Second copy"), "heading"), self.copy_badge, None), self.copy_said, margin="large")),
            card(column(label(_("Books"), "heading"), row(self.verify_button, self.verify_badge, None), self.verify_said, margin="large")),
        ]
        super().__init__(desk, [(_("Keeping"), of_sections("backup", "store"))], below=now)
        self._copy_to = ""

    def show_values(self, page: SettingPage) -> None:
        super().show_values(page)
        self._copy_to = str(page.values.get("backup.copy_to", "") or "")
        operation.run(self, self.desk.client, "alerts.list", on_done=self._show_copy, on_problem=lambda problem: None)

    def back_up(self) -> None:
        """A checked backup into the data folder; who goes elsewhere meanwhile is told."""
        text = _("The backup is being written. Calls go on.")
        self._long(_("Back up now"), text, "backups.make", BackupRequest(), self._backed_up, backup_words)

    def verify(self) -> None:
        """Every rule of the books, checked by the server."""
        text = _("The books are being checked.")
        self._long(_("Check the books"), text, "books.verify", VerifyRequest(), self._verified, verify_words)

    # parts ---------------------------------------------------------------------------------------------------------
    def _long(self, title: str, text: str, name: str, request: Any, done: Callable[[Any], None], told: Callable[[Any], str]) -> None:
        LongWork(self.desk, self, title=title, text=text, name=name, request=request, on_done=done, told=told).open()

    def _backed_up(self, made: BackupMade) -> None:
        self._say(self.backup_said, backup_words(made))
        self.desk.toast(_("The backup is written."))

    def _verified(self, findings: Findings) -> None:
        self.verify_badge.show_state(State(_("In order"), "good") if findings.ok else State(_("Faults"), "danger"))
        self._say(self.verify_said, verify_words(findings))

    def _show_copy(self, page: Alerts) -> None:
        fault: Alert | None = next((each for each in page.alerts if each.code == "alert.copy_failed"), None)
        if not self._copy_to:
            state, text = (
                State(_("None")),
                _("No second copy is made. Name a folder on another disk or machine above: then a broken disk loses nothing."),
            )
        elif fault is not None:
            state, text = State(_("Not made"), "danger"), said(fault)
        else:
            state, text = State(_("Made"), "good"), _("Every change is copied to {folder}.", folder=isolate(self._copy_to))
        self.copy_badge.show_state(state)
        self.copy_said.setText(text)

    @staticmethod
    def _say(where: QLabel, text: str) -> None:
        where.setText(text)
        where.setVisible(bool(text))


def backup_words(made: BackupMade) -> str:
    """What was written, how large, when."""
    size = count(max(1, round(made.bytes / MEGABYTE)))
    return _("Written and checked: {file}, {size} MB, {moment}.", file=isolate(made.file), size=size, moment=moment_full(made.at))


def verify_words(findings: Findings) -> str:
    """How much was checked, and each fault."""
    checked = plural("{n} ledger entry was checked.", "{n} ledger entries were checked.", findings.entries)
    return "\n".join([checked, *(each.what for each in findings.faults)])

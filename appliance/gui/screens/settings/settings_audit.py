"""The audit log: who changed what and when, with the values before and after; by person, kind of thing and period, and as a file."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QComboBox, QDialog, QFileDialog, QGridLayout, QWidget

from appliance.gui.column import Column
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.parts.call_filters import CUSTOM, bounds, periods, today
from appliance.gui.screens.parts.file_export import Export
from appliance.gui.screens.settings.audit_words import act_text, choices, field_text, page_of, thing_text, value_text
from appliance.gui.table_model import PageModel
from appliance.gui.theme import space
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import Filter, ListPage
from appliance.gui.widgets.plain import button, column, holding, label, row, scrolling
from appliance.gui.words import _, isolate, moment_full
from appliance.wire.audit import AuditExport, AuditList, AuditView


def changed(view: AuditView) -> list[tuple[str, str, str]]:
    """(field, before, after) of what differs."""
    before, after = view.before or {}, view.after or {}
    names = [*before, *(name for name in after if name not in before)]
    differing = [name for name in names if before.get(name) != after.get(name)]
    return [(field_text(name), value_text(name, before.get(name)), value_text(name, after.get(name))) for name in differing]


def summary(view: AuditView) -> str:
    """The fields that changed, short."""
    return ", ".join(f"{name}: {after}" if after else name for name, _before, after in changed(view))


class AuditSettings(ListPage):
    """The list, the newest first; opening an act shows it whole."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        columns = [
            Column("at", _("When"), "moment", width=138),
            Column("who", _("Who"), width=120),
            Column(act_text, _("Act"), width=150),
            Column(thing_text, _("Of"), width=190),
            Column(summary, _("What"), width=250, grows=True),
        ]
        self.period = QComboBox()
        self._export: Export | None = None
        model = PageModel(desk.client, "audit.list", AuditList(), columns)
        super().__init__(
            desk,
            model,
            title=_("Audit log"),
            hint=_("Who"),
            empty=Empty(_("Nothing was changed yet.")),
            filters=[Filter("kind", _("Of"), choices())],
            memory_name="audit",
            embedded=True,
        )
        for name, text in reversed(periods()):
            if name != CUSTOM:
                self.period.addItem(text, name)
        self.period.setAccessibleName(_("Period"))
        self.period.currentIndexChanged.connect(self._filters_changed)
        self.keep_filter("period", self.period)
        self.export_button = button(_("Export"), self.export)
        self.export_button.setEnabled(desk.may("audit.export"))
        self.extra.addWidget(self.period)
        self.extra.addWidget(self.export_button)
        self.opened.connect(self.show_act)
        self.refresh()

    def clear_filters(self) -> None:
        self.period.setCurrentIndex(0)
        super().clear_filters()

    def _narrowed(self) -> bool:
        return self.period.currentIndex() > 0 or super()._narrowed()

    def _filtered(self) -> Any:
        since, until = bounds(str(self.period.currentData()), today(self.desk.clock))
        return msgspec.structs.replace(super()._filtered(), since=since, until=until)

    # as a file -----------------------------------------------------------------------------------------------------
    def export(self) -> None:
        """Ask for a file and write what is filtered into it."""
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        name = f"{folder}/audit-{today(self.desk.clock).isoformat()}.csv"
        dialog = QFileDialog(self, _("Export"), name, _("Comma-separated values (*.csv)"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.fileSelected.connect(self.export_to)
        dialog.open()

    def export_to(self, file: str) -> None:
        """What is filtered, as comma-separated values."""
        asked = self._filtered()
        wanted = AuditExport(**{name: getattr(asked, name) for name in AuditExport.__struct_fields__})
        self._export = Export(self.desk.client, wanted, file, self, operation="audit.export")
        self.export_button.setEnabled(False)
        self._export.done.connect(lambda lines: self._exported(_("Saved as {file}", file=file)))
        self._export.failed.connect(self._exported)
        self._export.start()

    def _exported(self, said: str) -> None:
        self.export_button.setEnabled(True)
        self.desk.toast(said)

    # one act -------------------------------------------------------------------------------------------------------
    def show_act(self, view: AuditView) -> None:
        """One act with all values before and after, and the way to what it was done to."""
        dialog = QDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(act_text(view))
        grid = QGridLayout()
        grid.setHorizontalSpacing(space("wide"))
        for at, head in enumerate((_("Field"), _("Before"), _("After"))):
            grid.addWidget(label(head, "muted"), 0, at)
        for line, cells in enumerate(changed(view), 1):
            for at, cell in enumerate(cells):
                grid.addWidget(label(isolate(cell), wrap=True, copyable=True), line, at, Qt.AlignmentFlag.AlignTop)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        said = _("{who} · {moment}", who=view.who, moment=moment_full(view.at))
        top = column(label(act_text(view), "title"), label(isolate(thing_text(view))), label(said, "muted"), gap="small")
        inner: QWidget = holding(column(top, grid, None, gap="large", margin="wide"))
        place = page_of(view)
        ways = [] if place is None else [button(_("Open"), lambda: self._go(dialog, place))]
        dialog.setLayout(column(scrolling(inner), row(*ways, None, button(_("Close"), dialog.reject), margin="large"), gap=""))
        dialog.resize(680, 420)
        dialog.open()

    def _go(self, dialog: QDialog, place: Place) -> None:
        dialog.reject()
        self.desk.go(place)

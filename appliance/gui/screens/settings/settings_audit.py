"""The audit log: who changed what and when, with the values before and after."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from appliance.gui.column import Column
from appliance.gui.desk import Desk
from appliance.gui.table_model import PageModel
from appliance.gui.theme import space
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.widgets.plain import button, column, holding, label, row, scrolling
from appliance.gui.words import _, isolate, moment_full
from appliance.wire.audit import AuditList, AuditView


def changed(view: AuditView) -> list[tuple[str, str, str]]:
    """(field, before, after) of what differs."""
    before, after = view.before or {}, view.after or {}
    names = [*before, *(name for name in after if name not in before)]
    return [(name, text(before.get(name)), text(after.get(name))) for name in names if before.get(name) != after.get(name)]


def text(value: Any) -> str:
    """A value of the log as it is read."""
    return "" if value is None else str(value)


def summary(view: AuditView) -> str:
    """The fields that changed, short."""
    return ", ".join(f"{name}: {after}" if after else name for name, _before, after in changed(view))


class AuditSettings(ListPage):
    """The list, the newest first; opening an act shows it whole."""

    def __init__(self, desk: Desk) -> None:
        columns = [
            Column("at", _("When"), "moment", width=138),
            Column("who", _("Who"), width=120),
            Column("operation", _("Act"), width=160),
            Column("object_id", _("Of"), width=60),
            Column(summary, _("What"), width=320, grows=True),
        ]
        model = PageModel(desk.client, "audit.list", AuditList(), columns)
        super().__init__(desk, model, title=_("Audit log"), empty=Empty(_("Nothing was changed yet.")), memory_name="audit", embedded=True)
        self.opened.connect(self.show_act)
        self.refresh()

    def show_act(self, view: AuditView) -> None:
        """One act with all values before and after."""
        dialog = QDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(view.operation)
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
        inner: QWidget = holding(column(label(view.operation, "title"), label(said, "muted"), grid, None, gap="large", margin="wide"))
        dialog.setLayout(column(scrolling(inner), row(None, button(_("Close"), dialog.reject), margin="large"), gap=""))
        dialog.resize(680, 420)
        dialog.open()

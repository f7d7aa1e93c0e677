"""How far the export of a filtered list of calls is."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QProgressBar

from appliance.gui.screens.parts.file_export import Export
from appliance.gui.widgets.plain import button, column, label, row
from appliance.gui.words import _, count, plural


class ExportBar(QFrame):
    """Shows a running Export: what is done and left, and Cancel. It goes when the export is over."""

    def __init__(self, export: Export, total: int) -> None:
        super().__init__()
        self.setObjectName("notice")
        self.export, self.total = export, total
        self.said = label("")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, total if export.counts else 0)
        self.bar.setAccessibleName(_("Export"))
        self.stop = button(_("Cancel"), self._cancel)
        self.setLayout(column(row(self.said, None, self.stop), self.bar, gap="hair", margin="small"))
        export.progressed.connect(self._moved)
        export.done.connect(lambda lines: self._over())
        export.failed.connect(lambda reason: self._over())
        self._moved(0)

    def _moved(self, lines: int) -> None:
        if not self.export.counts:
            self.said.setText(plural("Exporting {n} call", "Exporting {n} calls", self.total))
            return
        self.bar.setValue(min(lines, self.total) if self.total else 0)
        self.said.setText(_("Exporting calls: {done} of {total}", done=count(lines), total=count(max(self.total, lines))))

    def _cancel(self) -> None:
        self.export.cancel()
        self._over()

    def _over(self) -> None:
        self.hide()
        self.deleteLater()

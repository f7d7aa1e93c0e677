"""What is filtered into a file: it goes on behind, says how far it is, can be cancelled, and leaves no half file."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import QObject, QSaveFile, Signal
from PySide6.QtNetwork import QNetworkReply, QNetworkRequest

from appliance.gui.client import Client, read, written
from appliance.gui.words import _
from appliance.wire.cdrs import CdrWorkbook
from appliance.wire.operations import OPERATIONS
from appliance.wire.problem import Problem


class Export(QObject):
    """Reads the calls of a filter into `file`: a spreadsheet where it ends in .xlsx, else comma-separated values; or, with `operation`,
    what that gives as such.

    Exactly one of `done` and `failed` comes, none after `cancel`.
    """

    progressed = Signal(int)
    """Lines written so far."""
    done = Signal(int)
    failed = Signal(str)

    def __init__(self, client: Client, request: Any, file: str, parent: QObject | None = None, *, operation: str = "") -> None:
        super().__init__(parent)
        self.counts = bool(operation) or not file.lower().endswith(".xlsx")
        """Whether what comes can be counted by lines."""
        self.operation = OPERATIONS[operation or ("cdrs.export" if self.counts else "cdrs.workbook")]
        self._client = client
        self._request = request if self.counts else CdrWorkbook(**msgspec.structs.asdict(request))
        self._file = QSaveFile(file, self)
        self._reply: QNetworkReply | None = None
        self.lines = 0

    def start(self) -> None:
        """Open the file and ask."""
        if not self._file.open(QSaveFile.OpenModeFlag.WriteOnly):
            self.failed.emit(_("The file cannot be written: {reason}", reason=self._file.errorString()))
            return
        path, _body = written(self.operation, self._request)
        request = self._client.request(path)
        request.setRawHeader(b"Accept", self.operation.content.encode())
        self._reply = self._client.network.get(request)
        self._client.pinning.watch(self._reply)
        self._reply.readyRead.connect(self._arrived)
        self._reply.finished.connect(self._finished)

    def cancel(self) -> None:
        """Stop; the file stays as it was before."""
        reply, self._reply = self._reply, None
        if reply is not None:
            reply.abort()
            reply.deleteLater()
        self._file.cancelWriting()

    def take(self, data: bytes) -> None:
        """Some of the file; the first line is its heading."""
        self._file.write(data)
        self.lines += data.count(b"\n") if self.counts else 0
        self.progressed.emit(max(0, self.lines - 1))

    def close(self) -> None:
        """All is there."""
        if self._file.commit():
            self.done.emit(max(0, self.lines - 1))
        else:
            self.failed.emit(_("The file cannot be written: {reason}", reason=self._file.errorString()))

    def _status(self) -> int:
        value = None if self._reply is None else self._reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
        return int(value) if value is not None else 0

    def _arrived(self) -> None:
        if self._reply is not None and self._status() == 200:
            self.take(bytes(self._reply.readAll().data()))

    def _finished(self) -> None:
        reply = self._reply
        if reply is None:
            return
        whole = self._status() == 200 and reply.error() == QNetworkReply.NetworkError.NoError
        if whole:
            self._arrived()
        self._reply = None
        reply.deleteLater()
        if whole:
            self.close()
            return
        self._file.cancelWriting()
        status = reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
        problem = read(self.operation, int(status), bytes(reply.readAll().data())) if status is not None and int(status) >= 400 else None
        broken = _("The line broke before all calls had come. No file was left; export again.")
        self.failed.emit(problem.detail if isinstance(problem, Problem) else broken)

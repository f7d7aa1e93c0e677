"""Sends files to the server, one after the other and each in parts; a part that was lost is sent again from where the file stands there."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from appliance.gui import operation
from appliance.gui.client import NO_LINE, Client, Reply
from appliance.gui.words import _
from appliance.wire.moving import MoveDiscard, MoveFile, MoveUpload
from appliance.wire.problem import Problem

PART = 2 << 20
"""Bytes of a part."""

AGAIN_MS = 1000
TRIES = 30
"""How often a part is tried while the line is away: as many seconds."""

LATER = frozenset({NO_LINE, "request.too_many"})


class Sent(NamedTuple):
    """A file on its way. `id` is "" until the server knows it."""

    path: Path | None
    name: str
    size: int
    id: str = ""
    sent: int = 0
    fault: str = ""

    @property
    def whole(self) -> bool:
        """Whether all of it is there."""
        return bool(self.id) and self.sent >= self.size


class Sender(QObject):
    """`files` in the order they were chosen; `changed` with every part."""

    changed = Signal()

    def __init__(self, client: Client, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self.files: list[Sent] = []
        self._reply: Reply | None = None
        self._at: int | None = None
        self._tries = 0

    @property
    def ready(self) -> bool:
        """Whether there are files and all are there."""
        return bool(self.files) and all(each.whole for each in self.files)

    @property
    def ids(self) -> list[str]:
        """What the server calls them."""
        return [each.id for each in self.files if each.whole]

    def add(self, path: Path) -> None:
        """Another file; it is sent at once."""
        try:
            size = path.stat().st_size
            with path.open("rb"):
                fault = "" if size else _("The file is empty.")
        except OSError as error:
            size, fault = 0, _("The file could not be read: {reason}", reason=error.strerror or str(error))
        self.files.append(Sent(path, path.name, size, fault=fault))
        self.changed.emit()
        self._next()

    def show_sent(self, files: list[MoveFile]) -> None:
        """Files that lie at the server from before."""
        if not self.files:
            self.files = [Sent(None, each.name, each.bytes, each.id, each.bytes) for each in files]
            self.changed.emit()

    def remove(self, at: int) -> None:
        """Not this one; what was sent of it is taken away there."""
        gone = self.files.pop(at)
        if self._at is not None and at <= self._at:
            if at == self._at:
                self._halt()
            elif self._at is not None:
                self._at -= 1
        if gone.id:
            self._client.call("move.discard", MoveDiscard(file=gone.id))
        self.changed.emit()
        self._next()

    def forget(self) -> None:
        """All of them, here and there."""
        self._halt()
        self.files = []
        self._client.call("move.discard", MoveDiscard())
        self.changed.emit()

    def moved(self) -> None:
        """The server took them away itself."""
        self.files = []
        self.changed.emit()

    # parts ---------------------------------------------------------------------------------------------------------
    def _halt(self) -> None:
        if self._reply is not None:
            self._reply.abandon()
        self._reply, self._at = None, None

    def _next(self) -> None:
        if self._at is not None:
            return
        self._at = next((at for at, each in enumerate(self.files) if not each.whole and not each.fault), None)
        self._tries = 0
        if self._at is not None:
            self._part()

    def _part(self) -> None:
        at = self._at
        if at is None or self._reply is not None:
            return
        file = self.files[at]
        assert file.path is not None  # one that is not whole was chosen here
        try:
            with file.path.open("rb") as source:
                source.seek(file.sent)
                content = source.read(PART)
        except OSError as error:
            self._broken(_("The file could not be read: {reason}", reason=error.strerror or str(error)))
            return
        if not content:
            self._broken(_("The file became shorter while it was sent. Choose it again."))
            return
        request = MoveUpload(name=file.name, file=file.id, offset=file.sent, content=content)
        self._reply = operation.run(self, self._client, "move.upload", request, on_done=self._came, on_problem=self._failed)

    def _came(self, there: MoveFile) -> None:
        self._reply, self._tries = None, 0
        self._put(sent=there.bytes, id=there.id)
        if self._at is not None and self.files[self._at].whole:
            self._at = None
            self._next()
        else:
            self._part()

    def _failed(self, problem: Problem) -> None:
        self._reply = None
        if problem.code in LATER and self._tries < TRIES:
            self._tries += 1
            QTimer.singleShot(AGAIN_MS, self, self._part)
            return
        here = problem.parameters.get("bytes")
        if problem.code == "move.upload_offset" and self._at is not None and isinstance(here, int | str) and self._tries < TRIES:
            self._tries += 1
            self._put(sent=int(here))
            self._came(MoveFile(self.files[self._at].id, "", int(here)))
            return
        self._broken(problem.detail)

    def _put(self, **fields: object) -> None:
        if self._at is not None:
            self.files[self._at] = self.files[self._at]._replace(**fields)  # type: ignore[arg-type]
            self.changed.emit()

    def _broken(self, fault: str) -> None:
        self._put(fault=fault)
        self._at = None
        self._next()

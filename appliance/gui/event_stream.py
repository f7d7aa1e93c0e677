"""The server's change stream as the console reads it (Server-Sent Events, WHATWG HTML 9.2), resumed where it broke off.

Events: `ready` at the beginning, `change` {"kind", "ids"} with its sequence as id, and `live` (wire/calls.LiveNews) each second
while calls run. After a break the last id is sent back and the server tells what was missed; `reset` says that it could not, and
all must be asked anew.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QNetworkReply, QNetworkRequest

from appliance.errors import UserError
from appliance.gui.client import Client
from appliance.wire import codec
from appliance.wire.operations import PREFIX

BACK_OFF_MS = (250, 500, 1000, 2000, 4000)
LONGEST_EVENT = 4 * 1024 * 1024
PATH = f"{PREFIX}/events"


class Event(NamedTuple):
    """One event: its name, its id ("" where none was sent), its data as text."""

    name: str
    id: str
    data: str


class EventParser:
    """Bytes of a stream into events; lines end with LF, CR LF or CR, an empty line ends an event."""

    def __init__(self) -> None:
        self._rest = b""
        self._name = ""
        self._id = ""
        self._data: list[str] = []

    def feed(self, data: bytes) -> list[Event]:
        """The events that are whole now. A line beyond LONGEST_EVENT is dropped with what it belongs to."""
        *lines, self._rest = (self._rest + data).replace(b"\r\n", b"\n").split(b"\n")
        if len(self._rest) > LONGEST_EVENT:
            self._rest, self._data = b"", []
        found = []
        for raw in lines:
            line = raw.decode("utf-8", "replace")
            if line:
                self._field(line)
                continue
            if self._data:
                found.append(Event(self._name or "message", self._id, "\n".join(self._data)))
            self._name, self._data = "", []
        return found

    def _field(self, line: str) -> None:
        name, _colon, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._name = value
        elif name == "id" and "\0" not in value:
            self._id = value


class EventStream(QObject):
    """Reads the stream from `start` to `stop`, over every break."""

    changed = Signal(str, object)
    """kind, frozenset of ids (empty: any)."""
    live = Signal(object)
    """The data of a `live` event."""
    opened = Signal()
    lost = Signal()
    missed = Signal()

    def __init__(self, client: Client, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._reply: QNetworkReply | None = None
        self._parser = EventParser()
        self.last_id = ""
        self._breaks = 0
        self._again = QTimer(self, singleShot=True)
        self._again.timeout.connect(self._open)
        self._wanted = False

    def start(self) -> None:
        """Begin to read."""
        self._wanted = True
        self._open()

    def stop(self) -> None:
        """Read no more."""
        self._wanted = False
        self._again.stop()
        reply, self._reply = self._reply, None
        if reply is not None:
            reply.abort()
            reply.deleteLater()

    def break_off(self) -> None:
        """The line is known to be dead: begin again at once, without waiting for the network to say so."""
        if self._reply is not None:
            self._reply.abort()

    def _open(self) -> None:
        if not self._wanted or self._reply is not None:
            return
        request = self._client.request(PATH)
        request.setRawHeader(b"Accept", b"text/event-stream")
        request.setAttribute(QNetworkRequest.Attribute.CacheLoadControlAttribute, QNetworkRequest.CacheLoadControl.AlwaysNetwork)
        if self.last_id:
            request.setRawHeader(b"Last-Event-ID", self.last_id.encode())
        self._parser = EventParser()
        reply = self._client.network.get(request)
        self._client.pinning.watch(reply)
        self._reply = reply
        reply.metaDataChanged.connect(self._headers)
        reply.readyRead.connect(self._arrived)
        reply.finished.connect(lambda: self._ended(reply))

    def _status(self) -> int:
        reply = self._reply
        value = None if reply is None else reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
        return int(value) if value is not None else 0

    def _headers(self) -> None:
        if self._status() == 200:
            self._breaks = 0
            self.opened.emit()

    def _arrived(self) -> None:
        if self._reply is None or self._status() != 200:
            return
        self._client.heard.emit()
        for event in self._parser.feed(bytes(self._reply.readAll().data())):
            if event.id:
                self.last_id = event.id
            self._tell(event)

    def _tell(self, event: Event) -> None:
        try:
            data: Any = codec.decode(event.data, object)
        except UserError:
            return
        if event.name == "change" and isinstance(data, dict):
            self.changed.emit(str(data.get("kind", "")), frozenset(int(each) for each in data.get("ids") or ()))
        elif event.name == "live":
            self.live.emit(data)
        elif event.name == "reset":
            self.missed.emit()

    def _ended(self, reply: QNetworkReply) -> None:
        reply.deleteLater()
        if reply is not self._reply:
            return
        self._arrived()  # the last bytes may come with the end
        gone = self._status() in {401, 403}
        self._reply = None
        self.lost.emit()
        if gone or not self._wanted:
            return
        wait = BACK_OFF_MS[min(self._breaks, len(BACK_OFF_MS) - 1)]
        self._breaks += 1
        self._again.start(wait)

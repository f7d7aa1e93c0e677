"""The change stream: bytes into events, resume after a break, and who is told."""

from __future__ import annotations

import socket
import threading

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from appliance.gui.change_listener import ChangeListener
from appliance.gui.client import Client
from appliance.gui.event_stream import Event, EventParser, EventStream

TEXT = b': hello\r\nid: 7\r\nevent: change\r\ndata: {"kind": "customer",\r\ndata: "ids": [1, 2]}\r\n\r\nevent: live\ndata: {"count": 1}\n\n'
EVENTS = [Event("change", "7", '{"kind": "customer",\n"ids": [1, 2]}'), Event("live", "7", '{"count": 1}')]


@pytest.mark.parametrize("step", [1, 2, 3, 7, 50, 500])
def test_events_are_the_same_however_the_bytes_arrive(step: int) -> None:
    parser = EventParser()
    found: list[Event] = []
    for at in range(0, len(TEXT), step):
        found += parser.feed(TEXT[at : at + step])
    assert found == EVENTS


class Breaking:
    """A server that sends the change after the one that is named, and hangs up; it keeps the heads of the requests.

    Qt may ask again by itself where a line was cut before it had the answer: such a request names the same change.
    """

    def __init__(self) -> None:
        self.heads: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                line, _address = self._socket.accept()
            except OSError:
                return
            head = b""
            while b"\r\n\r\n" not in head:
                more = line.recv(4096)
                if not more:
                    break
                head += more
            if not head:
                continue
            self.heads.append(head.decode())
            named = [text for text in head.decode().lower().split("\r\n") if text.startswith("last-event-id:")]
            number = int(named[0].partition(":")[2]) + 1 if named else 41
            body = f'id: {number}\nevent: change\ndata: {{"kind": "customer", "ids": [{number}]}}\n\n'
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + body.encode())
            line.close()

    def close(self) -> None:
        self._socket.close()


def test_stream_resumes_where_it_broke_off(qtbot: QtBot) -> None:
    server = Breaking()
    client = Client(f"http://127.0.0.1:{server.port}", make_id=lambda: "")
    stream = EventStream(client)
    changes: list[tuple[str, frozenset[int]]] = []
    stream.changed.connect(lambda kind, ids: changes.append((kind, ids)))
    stream.start()
    qtbot.waitUntil(lambda: len(changes) >= 2)
    stream.stop()
    server.close()
    assert changes[:2] == [("customer", frozenset({41})), ("customer", frozenset({42}))]
    assert "last-event-id" not in server.heads[0].lower()
    assert any("last-event-id: 41" in head.lower() for head in server.heads)


def test_news_is_gathered_and_told_to_who_wants_it(qtbot: QtBot) -> None:
    listener = ChangeListener()
    heard: list[object] = []
    owner, gone = QObject(), QObject()
    listener.subscribe(owner, {"customer", "balance"}, heard.append)
    listener.subscribe(gone, {"customer"}, lambda changes: heard.append("gone"))
    gone.deleteLater()
    qtbot.wait(10)
    listener.tell("customer", frozenset({1}))
    listener.tell("customer", frozenset({2}))
    listener.tell("tariff", frozenset({9}))
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == [{"customer": frozenset({1, 2})}]
    heard.clear()
    listener.tell("balance")
    listener.tell("balance", frozenset({3}))
    listener.flush()
    assert heard == [{"balance": frozenset()}]
    heard.clear()
    listener.everything()
    listener.flush()
    assert heard == [{"customer": frozenset(), "balance": frozenset()}]

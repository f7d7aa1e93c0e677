"""The print queue of a console and its ways to a printer: in order, again after a fault, nothing lost; over true sockets and devices."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from appliance.gui.change_listener import ChangeListener
from appliance.gui.memory import Memory
from appliance.gui.printing import ports
from appliance.gui.printing.queue import PrintQueue
from appliance.wire.problem import Problem
from appliance.wire.shapes import Binary
from appliance.wire.tills import PrintJobPage, PrintJobView, TillPage
from tests.gui import shops
from tests.gui.fake_client import FakeClient


class Jobs:
    """The server's side of the queue."""

    def __init__(self, server: FakeClient, *numbers: int, printer: str = "file", address: str = "") -> None:
        self.waiting = list(numbers)
        self.told: list[tuple[int, str, str]] = []
        server.answer("tills.list", lambda _asked: TillPage([shops.till(printer=printer, address=address, waiting=len(self.waiting))]))
        server.answer("print_jobs.list", lambda _asked: PrintJobPage([self.view(each) for each in self.waiting]))
        server.answer("print_jobs.bytes", lambda asked: Binary("job.bin", "application/octet-stream", b"job %d\n" % asked.id))
        server.answer("print_jobs.done", self.done)

    def view(self, number: int) -> PrintJobView:
        return PrintJobView(number, 3, "document", shops.AT, "waiting", 900, 1204, False, True, 0, "", None)

    def done(self, asked: object) -> PrintJobView:
        number, state, error = asked.id, asked.state, asked.error  # type: ignore[attr-defined]
        self.told.append((number, state, error))
        if state != "failed":
            self.waiting.remove(number)
        return self.view(number)


@pytest.fixture
def listener(qtbot: QtBot) -> ChangeListener:
    return ChangeListener()


def at_till(memory: Memory) -> Memory:
    memory.shared().put("till.7", 3)
    return memory


def test_jobs_come_out_in_order_and_are_told(qtbot: QtBot, server: FakeClient, listener: ChangeListener, memory: Memory, tmp_path: Path) -> None:
    paper = tmp_path / "paper.bin"
    jobs = Jobs(server, 1, 2, 3, address=str(paper))
    queue = PrintQueue(server, listener, at_till(memory))
    queue.look()
    qtbot.waitUntil(lambda: not jobs.waiting)
    assert paper.read_bytes() == b"job 1\njob 2\njob 3\n"
    assert jobs.told == [(number, "delivered", "") for number in (1, 2, 3)]
    qtbot.waitUntil(lambda: queue._job is None and queue.waiting == 0)
    jobs.waiting.append(4)
    listener.tell("print_job", frozenset({4}))
    qtbot.waitUntil(lambda: not jobs.waiting)
    assert paper.read_bytes().endswith(b"job 4\n")


def test_without_paper_it_waits_and_says_so_then_goes_on(qtbot: QtBot, server: FakeClient, listener: ChangeListener, memory: Memory) -> None:
    jobs = Jobs(server, 1, 2)
    tries: list[bytes] = []

    def out_of_paper(address: str, data: bytes) -> None:
        tries.append(data)
        if len(tries) < 3:
            raise OSError("no paper")

    said: list[tuple[int, str]] = []
    queue = PrintQueue(server, listener, at_till(memory), {"file": out_of_paper})
    queue.waiting_changed.connect(lambda waiting, why: said.append((waiting, why)))
    queue.look()
    qtbot.waitUntil(lambda: (2, "no paper") in said)
    assert jobs.waiting == [1, 2] and jobs.told == [(1, "failed", "no paper")]
    queue.look()
    qtbot.waitUntil(lambda: len(jobs.told) == 2)
    qtbot.waitUntil(lambda: queue._job is None)
    queue.look()
    qtbot.waitUntil(lambda: not jobs.waiting)
    assert tries == [b"job 1\n"] * 3 + [b"job 2\n"], "the first stays first"
    qtbot.waitUntil(lambda: said[-1] == (0, ""))


def test_a_computer_that_is_no_till_asks_nothing(qtbot: QtBot, server: FakeClient, listener: ChangeListener, memory: Memory) -> None:
    Jobs(server, 1)
    PrintQueue(server, listener, memory).look()
    qtbot.wait(20)
    assert not server.asked("tills.list")


def test_a_server_that_is_away_is_asked_later(qtbot: QtBot, server: FakeClient, listener: ChangeListener, memory: Memory) -> None:
    server.answer("tills.list", Problem(status=0, code="server.away", detail="away"))
    queue = PrintQueue(server, listener, at_till(memory))
    queue.look()
    qtbot.waitUntil(queue._again.isActive)


def test_an_unknown_kind_of_printer_is_said(qtbot: QtBot, server: FakeClient, listener: ChangeListener, memory: Memory) -> None:
    jobs = Jobs(server, 1, printer="pigeon")
    PrintQueue(server, listener, at_till(memory)).look()
    qtbot.waitUntil(lambda: bool(jobs.told))
    assert jobs.told[0][1] == "failed"


def test_over_the_network(qtbot: QtBot) -> None:
    heard = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as printer:
        printer.settimeout(10)

        def take() -> None:
            line, _peer = printer.accept()
            with line:
                while part := line.recv(4096):
                    heard.extend(part)

        taker = threading.Thread(target=take)
        taker.start()
        ports.to_network(f"127.0.0.1:{printer.getsockname()[1]}", b"x" * 50_000)
        taker.join(10)
    assert len(heard) == 50_000
    with pytest.raises(OSError):
        ports.to_network(f"127.0.0.1:{printer.getsockname()[1]}", b"x")
    with pytest.raises(OSError, match="no address"):
        ports.to_network("", b"x")


def test_a_device_that_takes_nothing_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "SECONDS", 0.3)
    device = tmp_path / "lp0"
    os.mkfifo(device)
    reader = os.open(device, os.O_RDONLY | os.O_NONBLOCK)
    try:
        ports.to_device(str(device), b"little")
        assert os.read(reader, 100) == b"little"
        with pytest.raises(OSError, match="paper"):
            ports.to_device(str(device), b"x" * 1_000_000)
    finally:
        os.close(reader)
    with pytest.raises(OSError):
        ports.to_device(str(tmp_path / "missing"), b"x")


def test_a_serial_port_is_set_and_written(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    try:
        ports.to_serial(f"{os.ttyname(theirs)} 19200", b"\x1b@hello\n")
        assert os.read(ours, 100) == b"\x1b@hello\n", "raw: no line end is changed"
        with pytest.raises(OSError, match="no speed"):
            ports.to_serial(f"{os.ttyname(theirs)} 123", b"x")
    finally:
        os.close(ours)
        os.close(theirs)
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    with pytest.raises(OSError, match="no serial port"):
        ports.to_serial(str(plain), b"x")


def test_the_raw_queue_of_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "lp"
    program.write_text('#!/bin/sh\necho "$@" > "$OUT.line"\ncat > "$OUT"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("OUT", str(tmp_path / "out"))
    ports.to_spooler("Star TSP100", b"\x1b@raw")
    assert (tmp_path / "out").read_bytes() == b"\x1b@raw" and (tmp_path / "out.line").read_text().strip() == "-o raw -d Star TSP100"
    program.write_text("#!/bin/sh\necho 'lp: unknown destination' >&2\nexit 1\n")
    with pytest.raises(OSError, match="unknown destination"):
        ports.to_spooler("x", b"y")

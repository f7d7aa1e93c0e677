"""Ways to a receipt printer: a file, a device of the USB or serial port, the network's port 9100, the system's raw queue.

Each writes all of it or raises OSError with a reason a person can act on. None is called on the window's thread: a
printer without paper may take bytes slowly or never.
"""

from __future__ import annotations

import os
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

SECONDS = 15.0
CHUNK = 4096
NETWORK_PORT = 9100

Port = Callable[[str, bytes], None]


def to_file(address: str, data: bytes) -> None:
    """Append to a file: for tests, and for whoever carries it elsewhere."""
    if not address:
        raise OSError("no file is named")
    with Path(address).open("ab") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def to_network(address: str, data: bytes) -> None:
    """`host` or `host:port`, 9100 by default (JetDirect)."""
    host, _colon, port = address.strip().rpartition(":") if address.count(":") == 1 else (address.strip(), "", "")
    if not host:
        raise OSError("no address is given")
    with socket.create_connection((host, int(port or NETWORK_PORT)), timeout=SECONDS) as line:
        line.settimeout(SECONDS)
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        try:
            line.recv(64)  # until the printer has taken it and closes; many never answer
        except TimeoutError:
            return


def to_device(address: str, data: bytes) -> None:
    """A device file such as /dev/usb/lp0, or LPT1 on Windows."""
    if not address:
        raise OSError("no device is named")
    if sys.platform == "win32":
        with open(f"\\\\.\\{address}", "wb", buffering=0) as file:
            file.write(data)
        return
    handle = os.open(address, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        _write_all(handle, data)
    finally:
        os.close(handle)


def to_serial(address: str, data: bytes) -> None:
    """`/dev/ttyUSB0 19200` or `COM3 19200`: 8 bits, no parity; 9600 where no speed is given."""
    name, _blank, speed = address.strip().partition(" ")
    if not name:
        raise OSError("no port is named")
    if sys.platform == "win32":
        mode = subprocess.run(
            ["mode", f"{name}:", f"BAUD={int(speed or 9600)}", "PARITY=N", "DATA=8"], capture_output=True, timeout=SECONDS, check=False
        )
        if mode.returncode:
            raise OSError(f"{name} cannot be set")
        to_device(name, data)
        return
    import termios

    handle = os.open(name, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        rate = getattr(termios, f"B{int(speed or 9600)}", None)
        if rate is None:
            raise OSError(f"{speed} is no speed of a serial port")
        words = termios.tcgetattr(handle)
        words[0] = words[1] = words[3] = 0  # raw: neither input, output nor local handling
        words[2] = termios.CS8 | termios.CLOCAL | termios.CREAD
        words[4] = words[5] = rate
        termios.tcsetattr(handle, termios.TCSANOW, words)
        _write_all(handle, data)
        termios.tcdrain(handle)
    except termios.error as error:
        raise OSError(f"{name} is no serial port: {error.args[-1]}") from error
    finally:
        os.close(handle)


def to_spooler(address: str, data: bytes) -> None:
    """The system's own queue, past its drivers: `lp -o raw` of CUPS, the spooler of Windows."""
    if sys.platform == "win32":
        _to_windows_spooler(address, data)
        return
    program = shutil.which("lp")
    if program is None:
        raise OSError("this computer has no print queues (CUPS is not installed)")
    line = [program, "-o", "raw", *(["-d", address] if address else [])]
    done = subprocess.run(line, input=data, capture_output=True, timeout=SECONDS, check=False)
    if done.returncode:
        raise OSError(done.stderr.decode(errors="replace").strip() or "the queue took nothing")


def _to_windows_spooler(address: str, data: bytes) -> None:
    """winspool's raw document."""
    import ctypes
    from ctypes import wintypes

    class Document(ctypes.Structure):
        _fields_ = [("name", wintypes.LPWSTR), ("output", wintypes.LPWSTR), ("kind", wintypes.LPWSTR)]

    spool = ctypes.WinDLL("winspool.drv", use_last_error=True)  # type: ignore[attr-defined]
    printer = wintypes.HANDLE()
    if not spool.OpenPrinterW(address, ctypes.byref(printer), None):
        raise OSError(f"there is no printer {address}")
    try:
        document = Document("Tollhouse", None, "RAW")
        if not spool.StartDocPrinterW(printer, 1, ctypes.byref(document)):
            raise OSError("the print queue took nothing")
        written = wintypes.DWORD()
        spool.StartPagePrinter(printer)
        right = spool.WritePrinter(printer, data, len(data), ctypes.byref(written))
        spool.EndPagePrinter(printer)
        spool.EndDocPrinter(printer)
        if not right or written.value != len(data):
            raise OSError("the print queue took only a part")
    finally:
        spool.ClosePrinter(printer)


def _write_all(handle: int, data: bytes) -> None:
    """All of it within the time, however slowly the device takes it."""
    ends = time.monotonic() + SECONDS
    at = 0
    while at < len(data):
        left = ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the printer takes nothing more: is there paper in it?")
        _readable, able, _failed = select.select([], [handle], [], left)
        if able:
            try:
                at += os.write(handle, data[at : at + CHUNK])
            except BlockingIOError:
                time.sleep(0.05)


PORTS: dict[str, Port] = {"file": to_file, "network": to_network, "usb": to_device, "serial": to_serial, "spooler": to_spooler}
"""By the word of `Till.printer`; `qt` and `none` are not here."""

"""The Windows service: speaks with the service manager and runs `tollhouse serve` as its child, which it ends as Ctrl-Break would.

Frozen beside the program as tollhouse-service.exe: `tollhouse-service.exe --data DIR`. Not tried on Windows yet.
"""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NAME = "Tollhouse"
OWN_PROCESS = 0x10
STOPPED, START_PENDING, STOP_PENDING, RUNNING = 1, 2, 3, 4
ACCEPT_STOP, ACCEPT_SHUTDOWN = 1, 4
CONTROL_STOP, CONTROL_INTERROGATE, CONTROL_SHUTDOWN = 1, 4, 5
STOP_SECONDS = 30
NEW_GROUP = 0x200
"""A group of its own: only to such a one can Ctrl-Break be sent (CreateProcess, CREATE_NEW_PROCESS_GROUP)."""


class Status(ctypes.Structure):
    """SERVICE_STATUS of winsvc.h."""

    _fields_ = [
        (name, ctypes.c_uint32)
        for name in ("service_type", "current_state", "controls_accepted", "exit_code", "specific_exit_code", "check_point", "wait_hint")
    ]


class Service:
    """One run of the service; `line` is what the child is started with."""

    def __init__(self, api: Any, line: Sequence[str]) -> None:
        self._api = api
        self._line = list(line)
        self._handle: Any = None
        self._child: subprocess.Popen[bytes] | None = None
        self._stopping = False

    def main(self, register: Any) -> None:
        """ServiceMain: returns when the child has ended."""
        self._handle = register(self.control)
        self.tell(START_PENDING)
        self._child = subprocess.Popen(self._line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, creationflags=NEW_GROUP)
        assert self._child.stdout is not None
        ready = self._child.stdout.readline()  # the one line that says that every listener is open
        if ready:
            self.tell(RUNNING)
        code = self._child.wait()
        self.tell(STOPPED, 0 if self._stopping else code or 1)

    def control(self, code: int) -> None:
        """What the service manager asks for."""
        if code in (CONTROL_STOP, CONTROL_SHUTDOWN) and self._child is not None:
            self._stopping = True
            self.tell(STOP_PENDING)
            self._child.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))
        elif code == CONTROL_INTERROGATE:
            self.tell(STOP_PENDING if self._stopping else RUNNING)

    def tell(self, state: int, exit_code: int = 0) -> None:
        """Report the state."""
        accepts = ACCEPT_STOP | ACCEPT_SHUTDOWN if state == RUNNING else 0
        wait = STOP_SECONDS * 1000 if state in (START_PENDING, STOP_PENDING) else 0
        self._api.SetServiceStatus(self._handle, ctypes.byref(Status(OWN_PROCESS, state, accepts, exit_code, 0, 0, wait)))


def run(arguments: Sequence[str]) -> int:
    """Hand the process to the service manager; returns once the service has ended."""
    windows: Any = ctypes
    windows.windll.kernel32.AllocConsole()  # Ctrl-Break goes through a console, and a service has none
    api = windows.WinDLL("advapi32", use_last_error=True)
    api.RegisterServiceCtrlHandlerW.restype = ctypes.c_void_p
    api.SetServiceStatus.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    handler_type, main_type = windows.WINFUNCTYPE(None, ctypes.c_uint32), windows.WINFUNCTYPE(None, ctypes.c_uint32, ctypes.c_void_p)

    class Entry(ctypes.Structure):
        _fields_ = [("name", ctypes.c_wchar_p), ("main", main_type)]

    service = Service(api, [str(Path(sys.executable).with_name("tollhouse.exe")), "serve", *arguments])
    kept: list[Any] = []  # what Windows calls back must not be collected

    def register(control: Any) -> Any:
        kept.append(handler_type(control))
        return api.RegisterServiceCtrlHandlerW(NAME, kept[-1])

    kept.append(main_type(lambda count, words: service.main(register)))
    table = (Entry * 2)(Entry(NAME, kept[-1]), Entry(None, main_type()))
    return 0 if api.StartServiceCtrlDispatcherW(ctypes.byref(table)) else int(windows.get_last_error())


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))

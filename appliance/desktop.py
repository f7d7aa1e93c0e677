"""Plain `tollhouse`: the server of this computer, found or started, and the console in front of it; `tollhouse console` is the console alone.

The server goes on when the console is closed: phones need it, windows do not.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import subprocess
import sys
import threading
from queue import Empty, SimpleQueue

from appliance import paths
from appliance.control_client import control_of
from appliance.errors import EnvironmentFault
from appliance.paths import DataFolder

READY_SECONDS = 30.0
SETUP_CODE = "set-up code: "
START_WORDS = "start.txt"


def desktop(options: argparse.Namespace) -> int:
    """Start the server where none runs on the folder, then open the console on it."""
    _need_screen()
    _show_qt_the_way()
    folder = paths.data_folder(options.data)
    url, setup_code = _running(folder) or _started(folder)
    from appliance.gui import app

    return app.run(url, folder.root, setup_code)


def console(options: argparse.Namespace) -> int:
    """The console alone, against a server that is named, remembered, or runs on this computer."""
    _need_screen()
    _show_qt_the_way()
    from appliance.gui import app

    return app.run(options.url, None if options.url else paths.data_folder(options.data).root)


def _need_screen() -> None:
    if importlib.util.find_spec("PySide6") is None:
        raise EnvironmentFault("console.not_installed")
    there = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not there:
        raise EnvironmentFault("console.no_screen")


def _show_qt_the_way() -> None:
    """In the frozen program on Windows and macOS: where its Qt lies. PyInstaller's own hook would load Qt at every start, a server's too."""
    place, system = getattr(sys, "_MEIPASS", None), platform.system()
    if place is None or system == "Linux":
        return
    windows = system == "Windows"
    qt = os.path.join(place, "PySide6") if windows else os.path.join(place, "PySide6", "Qt")
    os.environ["QT_PLUGIN_PATH"] = os.path.join(qt, "plugins")
    name = "PATH" if windows else "DYLD_LIBRARY_PATH"  # where QtNetwork looks for OpenSSL
    os.environ[name] = os.pathsep.join(filter(None, (place, os.environ.get(name))))


def _running(folder: DataFolder) -> tuple[str, str] | None:
    """Where the folder's server is reached, and its set-up code as long as nobody has used it; None where none answers."""
    try:
        remote = control_of(folder)
        if remote is None:
            return None
        url = str(remote.do("server.status")["web"])
        owned = any(each["has_password"] for each in remote.do("operators.list")["operators"])
        return url, "" if owned else _told_code(folder)
    except EnvironmentFault as fault:
        if fault.code == "server.not_running":
            return None
        raise


def _started(folder: DataFolder) -> tuple[str, str]:
    """Start a server that outlives this process: its address, and the set-up code of one that nobody owns yet."""
    environment = dict(os.environ)
    environment["PYINSTALLER_RESET_ENVIRONMENT"] = "1"  # a one-file program's server must not live in its parent's folder
    folder.logs.mkdir(parents=True, exist_ok=True)
    words = folder.logs / START_WORDS  # a file, not a pipe: the server writes to it long after this process ended
    with words.open("wb") as errors:
        process = subprocess.Popen(
            [*paths.program(), "serve", "--data", str(folder.root)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment,
            start_new_session=True,
        )
    line = _first_line(process)
    said = words.read_text(encoding="utf-8", errors="replace").splitlines()
    if line is None:
        process.terminate()
        raise EnvironmentFault("console.server_silent", seconds=int(READY_SECONDS))
    if not line:
        raise EnvironmentFault("console.server_failed", reason=" ".join(text.removeprefix("tollhouse: ") for text in said[-3:]))
    return str(json.loads(line)["web"]), _told_code(folder)


def _told_code(folder: DataFolder) -> str:
    """The set-up code that the server told at its start; "" where it told none, or was started by somebody else."""
    try:
        said = (folder.logs / START_WORDS).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    codes = [text.removeprefix(SETUP_CODE).strip() for text in said if text.startswith(SETUP_CODE)]
    return codes[-1] if codes else ""


def _first_line(process: subprocess.Popen[bytes]) -> bytes | None:
    """What it prints first; empty where it ended without a word, None where it is silent too long."""
    said: SimpleQueue[bytes] = SimpleQueue()

    def read() -> None:
        assert process.stdout is not None
        said.put(process.stdout.readline())

    threading.Thread(target=read, name="server's first line", daemon=True).start()
    try:
        return said.get(timeout=READY_SECONDS)
    except Empty:
        return None

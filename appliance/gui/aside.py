"""Work that may take long and is no question to a server, beside the window: a thread, and its result back on the window's own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, Signal


class _Carrier(QObject):
    """Brings a result over: Qt queues a signal that another thread emits."""

    came = Signal(object)


def run_aside(owner: QObject, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
    """`done(result)` later, unless `owner` is gone by then; an exception of `work` is its result."""
    carrier = _Carrier()

    def bring(result: Any) -> None:
        carrier.deleteLater()
        if shiboken6.isValid(owner):
            done(result)

    def go() -> None:
        result: Any
        try:
            result = work()
        except Exception as error:
            result = error
        if shiboken6.isValid(carrier):
            carrier.came.emit(result)

    carrier.came.connect(bring)
    threading.Thread(target=go, name="aside", daemon=True).start()

"""Ask an operation for a screen: busy while it runs, the problem shown where it belongs, nothing called on what is gone.

It announces nothing: the server's change stream tells every screen, this one too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from appliance.gui.client import Client, Reply
from appliance.wire.problem import Problem

TOLD = "tell_problem"


def run(
    owner: QObject,
    client: Client,
    name: str,
    request: object | None = None,
    *,
    on_done: Callable[[Any], None] | None = None,
    on_problem: Callable[[Problem], None] | None = None,
    busy: QWidget | None = None,
) -> Reply:
    """Ask; `on_done(view)` or `on_problem(problem)` follows unless `owner` is gone by then.

    `busy` is disabled meanwhile. Without `on_problem` the nearest widget above `owner` that has `tell_problem` shows it.
    """
    reply = client.call(name, request)
    focused = busy is not None and busy.hasFocus()
    if busy is not None:
        busy.setEnabled(False)

    def free() -> bool:
        if busy is not None and shiboken6.isValid(busy):
            busy.setEnabled(True)
            if focused:
                busy.setFocus()
        return shiboken6.isValid(owner)

    def done(view: object) -> None:
        if free() and on_done is not None:
            on_done(view)

    def failed(problem: Problem) -> None:
        if free():
            (on_problem or teller(owner))(problem)

    reply.done.connect(done)
    reply.failed.connect(failed)
    return reply


def teller(owner: QObject | None) -> Callable[[Problem], None]:
    """The nearest `tell_problem` above: a form's, a dialog's, the window's."""
    at = owner
    while at is not None:
        found: Callable[[Problem], None] | None = getattr(at, TOLD, None)
        if found is not None:
            return found
        at = at.parent()
    return lambda problem: None

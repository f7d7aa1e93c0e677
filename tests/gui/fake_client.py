"""A server that answers operations from a dict, in the place of the console's client; later, as a network would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import shiboken6
from PySide6.QtCore import QTimer

from appliance.gui.client import Client, Reply, rows_field
from appliance.wire.operations import OPERATIONS
from appliance.wire.problem import Problem
from appliance.wire.settings import SettingPage

Answer = Any | Callable[[Any], Any]


class FakeClient(Client):
    """`answer(name, view | Problem | callable(request))`; a list that nobody answered is empty. `asked(name)` are the requests so far."""

    def __init__(self) -> None:
        super().__init__("http://shop.example:8080", make_id=self._next_id)
        self._answers: dict[str, Answer] = {}
        self._made = 0
        self.requests: list[tuple[str, Any]] = []
        self.held: list[Callable[[], None]] | None = None
        self._under_way: list[Reply] = []

    def _next_id(self) -> str:
        self._made += 1
        return f"request-{self._made}"

    def answer(self, name: str, answer: Answer) -> None:
        """What the server says to this operation from now on."""
        assert name in OPERATIONS, name
        self._answers[name] = answer

    def asked(self, name: str) -> list[Any]:
        """All requests of this operation, the newest last."""
        return [request for asked, request in self.requests if asked == name]

    def hold(self) -> None:
        """Answer nothing until `let_go`."""
        self.held = []

    def let_go(self) -> None:
        """Answer what was held back."""
        held, self.held = self.held or [], None
        for each in held:
            each()

    @property
    def busy(self) -> bool:
        """Whether somebody who is still there waits for a reply that is on its way."""
        self._under_way = [each for each in self._under_way if shiboken6.isValid(each)]
        return bool(self._under_way) and self.held is None

    def call(self, name: str, request: object | None = None) -> Reply:
        operation = OPERATIONS[name]
        asked: Any = request if request is not None else operation.request()
        assert isinstance(asked, operation.request), f"{name} was asked with {type(asked).__name__}"
        if operation.once and not getattr(asked, "request_id", ""):
            asked = msgspec.structs.replace(asked, request_id=self._next_id())
        self.requests.append((name, asked))
        reply = Reply(self, operation)

        self._under_way.append(reply)

        def finish() -> None:
            self._under_way = [each for each in self._under_way if each is not reply]
            reply.finish(self._view(name, asked))

        if self.held is not None:
            self.held.append(finish)
        else:
            QTimer.singleShot(0, reply, finish)
        return reply

    def _view(self, name: str, asked: Any) -> Any:
        answer = self._answers.get(name)
        if answer is None:
            kind = OPERATIONS[name].reply
            if kind is SettingPage:
                return SettingPage({})
            if name.endswith(".list") and isinstance(kind, type):
                return msgspec.convert({rows_field(kind): []}, kind)
            return Problem(status=404, code="test.no_answer", detail=f"The test gives no answer to {name}.")
        is_view = isinstance(answer, msgspec.Struct)
        return answer if is_view or not callable(answer) else answer(asked)

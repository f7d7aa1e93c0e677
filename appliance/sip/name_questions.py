"""The engine's questions about names (RFC 3263), put to whoever looks them up, and their answers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from appliance.sip.recorder import PumpedEngine

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

    from appliance.sip.transport import Pump

Resolve = Callable[[Any], "Deferred[Any]"]

log = logging.getLogger("tollhouse.sip.transport")


class NameQuestions:
    """`resolve` fires with the answers to one question; None leaves all questions aside."""

    __slots__ = ("_engine", "_pump", "_resolve", "_seconds")

    def __init__(self, engine: PumpedEngine, resolve: Resolve | None, pump: Pump, seconds: Callable[[], float]) -> None:
        self._engine = engine
        self._resolve = resolve
        self._pump = pump
        self._seconds = seconds

    def ask(self) -> None:
        """Everything that the engine wants to know now."""
        if self._resolve is not None:
            for question in self._engine.questions():
                self._ask(self._resolve, question)

    def _ask(self, resolve: Resolve, question: object) -> None:
        def bug(failure: Any) -> None:
            log.error("a name look-up met a bug: %s", failure.getTraceback())

        def answer(answers: Any) -> None:
            self._located(question, answers)

        resolve(question).addCallback(answer).addErrback(bug)

    def _located(self, question: object, answers: object) -> None:
        def tell() -> None:
            self._engine.located(question, answers, self._seconds())
            self._pump.wake()

        self._pump.run_between(tell)

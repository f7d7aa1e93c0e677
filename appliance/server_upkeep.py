"""A running server looks after itself: a small self-check now and then, whose findings are alerts, and old traces forgotten."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

from appliance.server_nat import nat_kind
from appliance.services.keeping.check_rules import FAIL, Surroundings
from appliance.services.services import Services
from appliance.sip.engine import Engine
from appliance.wire.checks import Checks

log = logging.getLogger("tollhouse.server")

CHECK_SECONDS = 600.0
FIRST_SECONDS = 20.0
TRACES_SECONDS = 300.0
HOUR_SECONDS = 3600


class Upkeep:
    """`in_thread(work)` gives a deferred of its result; `listeners` and `copy_fault` are asked at each check."""

    def __init__(
        self,
        services: Services,
        engine: Engine,
        in_thread: Callable[..., Any],
        listeners: Callable[[], list[str]],
        copy_fault: Callable[[], str | None],
    ) -> None:
        self._services = services
        self._engine = engine
        self._in_thread = in_thread
        self._listeners = listeners
        self._copy_fault = copy_fault

    def follow(self, now: float) -> None:
        """From now on (the engine's seconds)."""
        self._services.nouns.self_check.surroundings = self.surroundings
        self._services.jobs.every("self-check", CHECK_SECONDS, self.look, first=now + FIRST_SECONDS)
        self._services.jobs.every("old traces", TRACES_SECONDS, self.forget_traces, first=now + TRACES_SECONDS)

    def surroundings(self) -> Surroundings:
        """What the rules are told of this server."""
        return Surroundings(tuple(self._listeners()), self._copy_fault(), lambda server: nat_kind(server, os.urandom))

    def look(self) -> None:
        """The job: what is quick, in a thread."""
        waiting = self._in_thread(self._services.nouns.self_check.work(quick=True))
        waiting.addCallbacks(self._found, lambda failure: log.error("the self-check met a fault of the program", exc_info=failure.value))

    def forget_traces(self) -> None:
        """The job: messages of calls are kept for some hours."""
        hours = self._services.settings.get("retention.trace_hours", 24)
        self._engine.trace.forget(self._services.clock.monotonic() - hours * HOUR_SECONDS)

    def _found(self, found: Checks) -> None:
        self._services.nouns.self_check.last = found
        for each in found.lines:
            if each.state == FAIL:
                log.warning("self-check: %s", each.text)

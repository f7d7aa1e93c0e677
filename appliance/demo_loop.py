"""One thread with a selector and a heap of timers, in which all demo phones and carriers live.

Apart from the server's reactor on purpose: a demo peer reaches the server by the network alone, as a real one does.
"""

from __future__ import annotations

import logging
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from appliance.sip.timers import Timers

log = logging.getLogger("tollhouse.demo")


class AgentLoop:
    """`start` and `stop` from any thread; `post` hands work in; all else happens in the loop's thread."""

    def __init__(self) -> None:
        self.timers = Timers()
        self.changed = threading.Condition()  # notified by peers whenever something that can be waited for happens
        self._selector = selectors.DefaultSelector()
        self._posted: deque[Callable[[], object]] = deque()
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)
        self._selector.register(self._wake, selectors.EVENT_READ, self._woken)
        self._thread: threading.Thread | None = None
        self._stopping = False

    @staticmethod
    def now() -> float:
        """The axis of time of everything in the loop."""
        return time.monotonic()

    def start(self) -> AgentLoop:
        """Starts the thread; gives itself back."""
        self._thread = threading.Thread(target=self._run, name="demo peers", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ends the thread and waits for it."""
        self._stopping = True
        self._waker.send(b"x")
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(5.0)

    def post(self, work: Callable[[], object]) -> None:
        """Run in the loop's thread, soon."""
        self._posted.append(work)
        self._waker.send(b"x")

    def ask(self, work: Callable[[], Any]) -> Any:
        """Run in the loop's thread and wait for what it gives or raises."""
        if threading.current_thread() is self._thread:
            return work()
        done = threading.Event()
        result: list[Any] = [None, None]

        def run() -> None:
            try:
                result[0] = work()
            except Exception as error:  # handed to whoever asked
                result[1] = error
            done.set()

        self.post(run)
        if not done.wait(30.0):
            raise TimeoutError("the demo peers' thread does not answer")
        if result[1] is not None:
            raise result[1]
        return result[0]

    def wait(self, condition: Callable[[], Any], seconds: float) -> bool:
        """From another thread: until `condition()` holds; False where it does not within `seconds`.

        It is asked whenever a peer tells of something, and ten times a second: sound alone is told by nobody.
        """
        end = self.now() + seconds
        with self.changed:
            while not condition():
                left = end - self.now()
                if left <= 0:
                    return False
                self.changed.wait(min(left, 0.1))
        return True

    def tell(self) -> None:
        """From the loop: something has changed."""
        with self.changed:
            self.changed.notify_all()

    def watch(self, sock: socket.socket, readable: Callable[[], object]) -> None:
        """Call `readable` whenever the socket has something."""
        self._selector.register(sock, selectors.EVENT_READ, readable)

    def unwatch(self, sock: socket.socket) -> None:
        """No longer; a socket that is not watched is no fault."""
        with suppress(KeyError, ValueError):
            self._selector.unregister(sock)

    def later(self, seconds: float, work: Callable[[], object]) -> Later:
        """Run `work` in the loop after so long; `cancel` of what this gives forgets it."""
        return Later(self, seconds, work)

    def _woken(self) -> None:
        self._wake.recv(4096)

    def _run(self) -> None:
        while not self._stopping:
            first = self.timers.next()
            timeout = None if first is None else max(0.0, first - self.now())
            for key, _ in self._selector.select(timeout):
                self._guarded(key.data)
            while self._posted:
                self._guarded(self._posted.popleft())
            now = self.now()
            for target, token in self.timers.due(now):
                try:
                    target.on_timer(token, now)
                except Exception:
                    log.exception("a timer of a demo peer met a bug")
        self._selector.close()

    @staticmethod
    def _guarded(work: Callable[[], object]) -> None:
        try:
            work()
        except Exception:
            log.exception("a demo peer met a bug")


class Later:
    """One delayed call."""

    __slots__ = ("_loop", "_timer", "_work")

    def __init__(self, loop: AgentLoop, seconds: float, work: Callable[[], object]) -> None:
        self._loop = loop
        self._work = work
        self._timer = loop.timers.at(loop.now() + seconds, self)

    def on_timer(self, token: object, now: float) -> None:  # noqa: ARG002
        """Called by the timers."""
        self._work()

    def cancel(self) -> None:
        self._loop.timers.cancel(self._timer)

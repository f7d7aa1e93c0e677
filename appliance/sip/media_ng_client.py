"""Questions to an rtpengine by its ng protocol: a cookie, a blank and a bencoded dictionary in one datagram, and so the answer.

A question that is not answered is sent again under its cookie, by which rtpengine knows the copy and repeats what it said.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Mapping
from typing import Any

from appliance.sip.bencode import Value, decode, encode

AGAIN_SECONDS = (0.25, 0.5, 1.0, 2.0)  # after each copy; nothing after the last is no answer
MOST_OPEN = 20_000
MOST_READ = 200  # answers of one turn of the reactor

Answer = Mapping[str, Any]

log = logging.getLogger("tollhouse.sip.media")


class NgClient:
    """`ask` on the reactor's thread; `on_answer` gets the dictionary, or None after silence. OSError where `host` is no address."""

    def __init__(self, reactor: Any, host: str, port: int) -> None:
        self._reactor = reactor
        self._open: dict[bytes, tuple[bytes, int, Callable[[Answer | None], None], Any]] = {}
        self._run = os.urandom(6).hex()
        self._last = 0
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            self._socket.connect((host, port))  # what others send is not for us
        except OSError:
            self._socket.close()
            raise
        reactor.addReader(self)

    def ask(self, command: str, values: Mapping[str, Value], on_answer: Callable[[Answer | None], None]) -> None:
        """One question."""
        if len(self._open) >= MOST_OPEN:
            on_answer(None)
            return
        self._last += 1
        cookie = f"{self._run}_{self._last}".encode()
        self._send(cookie, cookie + b" " + encode({"command": command, **values}), 0, on_answer)

    def _send(self, cookie: bytes, data: bytes, copy: int, on_answer: Callable[[Answer | None], None]) -> None:
        timer = self._reactor.callLater(AGAIN_SECONDS[copy], self._silent, cookie)
        self._open[cookie] = (data, copy, on_answer, timer)
        try:
            self._socket.send(data)
        except OSError as error:  # nobody there just now, or it is too long for a datagram: as if it were lost
            log.debug("rtpengine cannot be asked: %s", error)

    def _silent(self, cookie: bytes) -> None:
        data, copy, on_answer, _ = self._open.pop(cookie)
        if copy + 1 < len(AGAIN_SECONDS):
            self._send(cookie, data, copy + 1, on_answer)
        else:
            on_answer(None)

    def close(self) -> None:
        """Nothing more is answered."""
        if self._socket.fileno() != -1:
            self._reactor.removeReader(self)
            self._socket.close()
        for _, _, _, timer in self._open.values():
            timer.cancel()
        self._open.clear()

    # -- the reactor's ----------------------------------------------------------------------------------------

    def fileno(self) -> int:
        return self._socket.fileno()

    def logPrefix(self) -> str:  # noqa: N802
        return "rtpengine"

    def connectionLost(self, reason: object) -> None:  # noqa: N802, ARG002
        self.close()

    def doRead(self) -> None:  # noqa: N802
        for _ in range(MOST_READ):
            try:
                data = self._socket.recv(65_536)
            except BlockingIOError:
                return
            except OSError:  # an ICMP error of something sent before
                continue
            cookie, _, text = data.partition(b" ")
            waiting = self._open.pop(cookie, None)
            if waiting is None:
                continue  # the answer to a copy
            waiting[3].cancel()
            try:
                answer = decode(text)
            except ValueError as error:
                log.warning("rtpengine's answer cannot be read: %s", error)
                answer = None
            waiting[2](answer if isinstance(answer, dict) else None)
            if self._socket.fileno() == -1:
                return

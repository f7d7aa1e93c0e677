"""Answers the engine's questions for names by DNS (RFC 3263), with Twisted's resolver.

Only names that an owner typed are ever asked for (`locate`). The hosts file counts. Where this computer's name servers
cannot be read (Windows), addresses come from the system's own resolver and NAPTR and SRV have no answer.
"""

from __future__ import annotations

import logging
import socket
from typing import Any

from twisted.internet import defer, threads
from twisted.names import client, dns

from appliance.sip.locate import MAX_RECORDS, Naptr, Question, Record, Srv

TIMEOUTS = (1, 2, 3)  # seconds for each attempt at one name server

log = logging.getLogger("tollhouse.sip.resolve")

_KINDS = {"NAPTR": dns.NAPTR, "SRV": dns.SRV, "A": dns.A, "AAAA": dns.AAAA}
_FAMILIES = {"A": socket.AF_INET, "AAAA": socket.AF_INET6}


class NameResolver:
    """`resolve` is what `Pump` wants. `resolver` may be any of twisted.names; None: this computer's."""

    def __init__(self, reactor: Any, resolver: Any = None) -> None:
        self._reactor = reactor
        self._resolver = resolver
        self._by_system = False

    def resolve(self, question: Question) -> defer.Deferred[list[Record]]:
        """Records of that kind; an empty list where there are none or nobody answers. Never fails."""
        if self._resolver is None:
            try:
                self._resolver = client.createResolver()  # type: ignore[no-untyped-call]
            except Exception as error:  # no resolv.conf, or one that cannot be read
                log.info("the name servers of this computer cannot be read: %s", error)
                self._resolver, self._by_system = object(), True
        if self._by_system or question.name == "localhost":
            return self._ask_system(question)
        try:
            name = question.name.encode("idna")
        except UnicodeError:  # a label that is empty or too long: nobody has such a name
            return defer.succeed([])
        query = dns.Query(name, _KINDS[question.kind], dns.IN)
        answered: defer.Deferred[Any] = self._resolver.query(query, TIMEOUTS)
        return answered.addCallbacks(self._records, self._nothing, callbackArgs=(question,), errbackArgs=(question,))

    @staticmethod
    def _records(answer: Any, question: Question) -> list[Record]:
        wanted = _KINDS[question.kind]
        found = [record.payload for record in answer[0] if record.type == wanted][:MAX_RECORDS]
        if question.kind == "A":
            return [payload.dottedQuad() for payload in found]
        if question.kind == "AAAA":
            return [socket.inet_ntop(socket.AF_INET6, payload.address) for payload in found]
        if question.kind == "SRV":
            return [Srv(one.priority, one.weight, one.port, _text(one.target.name)) for one in found]
        return [Naptr(one.order, one.preference, _text(one.flags.string), _text(one.service.string), _text(one.replacement.name)) for one in found]

    @staticmethod
    def _nothing(failure: Any, question: Question) -> list[Record]:
        log.debug("%s %s: %s", question.kind, question.name, failure.getErrorMessage())
        return []

    def _ask_system(self, question: Question) -> defer.Deferred[list[Record]]:
        family = _FAMILIES.get(question.kind)
        if family is None:
            return defer.succeed([])

        def ask() -> list[Record]:
            try:
                found = socket.getaddrinfo(question.name, None, family, socket.SOCK_DGRAM)
            except OSError:
                return []
            found = found[:MAX_RECORDS]
            return [str(entry[4][0]) for entry in found]

        asked: defer.Deferred[list[Record]] = threads.deferToThreadPool(self._reactor, self._reactor.getThreadPool(), ask)
        return asked


def _text(name: bytes) -> str:
    return name.decode("ascii", "replace").rstrip(".")

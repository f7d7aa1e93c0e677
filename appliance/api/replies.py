"""What leaves a door: JSON, problems, texts that come in parts; version tags on what has a version."""

from __future__ import annotations

import hashlib
from typing import Any

from twisted.web.server import Request

from appliance.errors import EnvironmentFault, UserError
from appliance.wire import codec
from appliance.wire.problem import CONTENT_TYPE, Problem

JSON = "application/json"
LONGEST_VERSION = 18


def read_body(request: Request) -> bytes:
    """The body as sent."""
    return request.content.read() if request.content is not None else b""


def write_json(request: Request, status: int, body: bytes, content_type: str = JSON) -> None:
    """Write a reply and end the request."""
    request.setResponseCode(status)
    request.setHeader(b"content-type", content_type.encode())
    request.setHeader(b"content-length", b"%d" % len(body))
    request.write(body)
    request.finish()


def write_problem(request: Request, problem: Problem) -> None:
    """Write an error and end the request."""
    if problem.status == 401:
        request.setHeader(b"www-authenticate", b"Bearer")
    write_json(request, problem.status, codec.encode(problem), CONTENT_TYPE)


def version_tag(reply: object) -> str:
    """The ETag (RFC 9110 8.8.3) of a thing with id and version: `"7-3"`; "" for anything else."""
    version, row_id = getattr(reply, "version", None), getattr(reply, "id", None)
    return f'"{row_id}-{version}"' if isinstance(version, int) and isinstance(row_id, int) else ""


def version_of(header: str, row_id: str) -> int:
    """The version that an If-Match header names for the thing of that id; UserError request.wrong_version_tag where it names none."""
    for tag in header.split(","):
        identity, _, version = tag.strip().removeprefix("W/").strip('"').partition("-")
        if identity == row_id and version.isascii() and version.isdigit() and len(version) <= LONGEST_VERSION:
            return int(version)
    raise UserError("request.wrong_version_tag", field="If-Match")


def write_reply(request: Request, reply: object) -> None:
    """200 with the reply as JSON; 304 where the asker has that version already (RFC 9110 13.1.2)."""
    tag = version_tag(reply)
    if tag:
        request.setHeader(b"etag", tag.encode())
        if request.method in (b"GET", b"HEAD") and matches(request, tag):
            write_unchanged(request)
            return
    write_json(request, 200, codec.encode(reply))


def matches(request: Request, tag: str) -> bool:
    """Whether If-None-Match names the tag."""
    header: str | None = request.getHeader("if-none-match")
    return header is not None and any(each.strip().removeprefix("W/") in (tag, "*") for each in header.split(","))


def write_unchanged(request: Request) -> None:
    """304 without a body."""
    request.setResponseCode(304)
    request.finish()


def write_document(request: Request, body: bytes) -> None:
    """A JSON document that changes with the program alone."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    request.setHeader(b"etag", tag.encode())
    if matches(request, tag):
        write_unchanged(request)
    else:
        write_json(request, 200, body)


def write_page(request: Request, body: bytes) -> None:
    """A page of HTML that changes with the program alone; it may show itself and fetch nothing."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    request.setHeader(b"etag", tag.encode())
    request.setHeader(b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'")
    if matches(request, tag):
        write_unchanged(request)
    else:
        write_json(request, 200, body, "text/html; charset=utf-8")


class Parts:
    """Writes a file part by part, each made in a thread, and waits while the reader is slow; a reader that stands still
    is dropped. A push producer of the request: memory holds one part and what the transport buffers."""

    STALL_SECONDS = 30.0

    def __init__(self, reactor: Any, request: Request, reading: Any, content_type: str, file_name: str) -> None:
        self._reactor = reactor
        self._request = request
        self._reading = reading
        self._paused = False
        self._asked = False
        self._gone = False
        self._timer: Any = None
        text = content_type.startswith("text/")
        request.setHeader(b"content-type", f"{content_type}; charset=utf-8".encode() if text else content_type.encode())
        if file_name:
            request.setHeader(b"content-disposition", f'attachment; filename="{file_name}"'.encode())
        request.notifyFinish().addBoth(self._ended)
        request.registerProducer(self, True)
        self._next()

    def _next(self) -> None:
        if self._asked or self._paused or self._gone:
            return
        self._asked = True
        self._reading.next_part().addCallbacks(self._part, self._failed)

    def _part(self, part: str | bytes | None) -> None:
        self._asked = False
        if self._gone:
            self._reading.close()
            return
        if part is None:
            self._request.unregisterProducer()
            self._request.finish()
            return
        self._request.write(part.encode() if isinstance(part, str) else part)
        self._next()

    def _failed(self, failure: Any) -> None:
        """The status is sent already: only a connection that breaks off can say that the text is not whole."""
        self._asked = False
        if not self._gone:
            self._drop()
        if not failure.check(UserError, EnvironmentFault):
            raise failure.value

    def _drop(self) -> None:
        channel: Any = self._request.channel
        if channel is not None:
            channel.transport.abortConnection() if hasattr(channel.transport, "abortConnection") else channel.loseConnection()

    def _ended(self, _: object) -> None:
        self._gone = True
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        if not self._asked:
            self._reading.close()

    def pauseProducing(self) -> None:  # noqa: N802
        """The transport is full."""
        self._paused = True
        if self._timer is None or not self._timer.active():
            self._timer = self._reactor.callLater(self.STALL_SECONDS, self._drop)

    def resumeProducing(self) -> None:  # noqa: N802
        """The transport has room again."""
        self._paused = False
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._next()

    def stopProducing(self) -> None:  # noqa: N802
        """The reader is gone."""
        self._gone = True

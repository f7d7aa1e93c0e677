"""Where phones fetch their settings: /p/TOKEN/NAME, by HTTPS or from the local network (services/people/provisioning.py).

Law: a wrong link counts as a guess of its address; an answer says no more than that there is nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from appliance import i18n
from appliance.errors import EnvironmentFault, NotFound, UserError
from appliance.services.people.provisioning import PhoneFile, Provisioning
from appliance.web.site import Limits

log = logging.getLogger("tollhouse.web")

PREFIX = "/p/"
LONGEST_NAME = 64
TEXT = "text/plain; charset=utf-8"


class PhoneFiles(Resource):
    """`turn` runs work with the store and fires once it is durable."""

    isLeaf = True  # noqa: N815

    def __init__(self, provisioning: Provisioning, turn: Callable[[Callable[[], Any]], Deferred[Any]], limits: Limits) -> None:
        super().__init__()
        self._provisioning, self._turn, self._limits = provisioning, turn, limits

    def render(self, request: Request) -> int:
        gone: list[object] = []
        request.notifyFinish().addErrback(gone.append)
        done = ensureDeferred(self._answer(request))
        done.addCallback(lambda answer: None if gone else _write(request, *answer))
        return NOT_DONE_YET

    async def _answer(self, request: Request) -> tuple[int, bytes, str]:
        source = str(getattr(request.getClientAddress(), "host", ""))
        try:
            if request.method not in (b"GET", b"HEAD"):
                return 405, b"", TEXT  # some phones try to leave their logs here
            if not request.isSecure() and not self._provisioning.close_by(source):
                raise UserError("provisioning.not_safe")
            token, name = _parts(request)
            self._limits.guess(source)
            self._limits.ask("", source)
            client = request.getHeader("user-agent") or ""
            if request.method == b"HEAD":
                return 200, b"", TEXT  # says nothing of any link, and spends no fetch
            found: PhoneFile = await self._turn(lambda: self._provisioning.fetch(token, name, source, client))
        except NotFound as error:
            if error.code == "provisioning.link_unknown":
                self._limits.refused(source)
            return 404, _said(error), TEXT
        except UserError as error:
            return (429 if error.code == "request.too_many" else 403), _said(error), TEXT
        except EnvironmentFault as fault:
            return 503, _said(fault), TEXT
        except Exception as error:
            log.error("a phone's settings met a fault of the program", exc_info=error)
            return 500, b"", TEXT
        return 200, found.content, found.content_type


def _parts(request: Request) -> tuple[str, str]:
    """The token and the name of the file; NotFound where the path is another."""
    parts = request.path.decode("ascii", "replace").removeprefix(PREFIX).split("/")
    if len(parts) != 2 or len(parts[1]) > LONGEST_NAME:
        raise NotFound("provisioning.link_unknown")
    return parts[0], parts[1]


def _said(error: UserError | EnvironmentFault) -> bytes:
    return (i18n.sentence(error.code, error.parameters) + "\n").encode()


def _write(request: Request, status: int, body: bytes, content_type: str) -> None:
    request.setResponseCode(status)
    request.setHeader(b"content-type", content_type.encode())
    request.setHeader(b"content-length", b"%d" % len(body))
    if request.method != b"HEAD":
        request.write(body)
    request.finish()

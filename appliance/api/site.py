"""/api/v1 and /healthz: a request is matched to an operation, its asker found, its service asked, its reply written.

Services are synchronous and run on the reactor's thread, through `exclusive`, which waits until no other unit of work
is open: the database has one writer. What only reads goes by `reading`, without a unit of work; what may take long
runs in a thread (`long_reads`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from appliance.api import docs_page, openapi
from appliance.api.auth import Asked, bearer
from appliance.api.bindings import Bound, Later
from appliance.api.event_stream import EventStreams
from appliance.api.languages import wanted
from appliance.api.long_reads import LongReads
from appliance.api.problems import bug, problem_of
from appliance.api.rate_limits import RateLimits, TooMany, token_key
from appliance.api.replies import JSON, Parts, read_body, write_document, write_json, write_page, write_problem, write_reply
from appliance.api.request_reading import Routes, read_request
from appliance.errors import EnvironmentFault, NotFound, UserError
from appliance.i18n import FALLBACK
from appliance.services.ground.access import Actor
from appliance.services.ground.reading import Reading
from appliance.wire.operations import ANYONE, Operation
from appliance.wire.problem import Problem

log = logging.getLogger("tollhouse.api")

TRUST_SECONDS = 50.0
"""So long a token that was looked up may read without being noted as in use again."""

MOST_TRUSTED = 10_000

GUESSES = frozenset({"sign_in.wrong", "sign_in.second_factor_wrong", "operator.code_wrong", "own_account.wrong_password"})
"""Refusals that count as a guess of the address they went to."""


def language_of(request: Request) -> str:
    """The language of what is told to this request's asker."""
    return wanted(request.getHeader("accept-language"), getattr(request, "own_language", ""))


class ActorOf(Protocol):
    """The operator or program that holds this token, None where nobody does. `prolong`: note that it is in use."""

    def __call__(self, token: str, *, prolong: bool = True) -> Actor | None: ...


class Exclusive(Protocol):
    """Runs work on the reactor's thread while no other unit of work is open; what it raises is the Deferred's failure."""

    def __call__(self, work: Callable[[], object]) -> Deferred[object]: ...


class InThread(Protocol):
    """Runs work on another thread; what it raises is the Deferred's failure."""

    def __call__(self, work: Callable[[], Any], /) -> Deferred[Any]: ...


class Means(NamedTuple):
    """What the doors may be given beside their table. `ahead`: what of an operation may be done before it in a thread.
    `reading` is an `Exclusive` for work that only reads."""

    reading: Exclusive | None = None
    long_reads: LongReads | None = None
    ahead: Mapping[str, Callable[[Any], Any]] = {}
    streams: EventStreams | None = None
    limits: RateLimits | None = None


class Answering(Resource):
    """What the two doors share: run a bound operation, write its reply or its problem."""

    isLeaf = True  # noqa: N815

    def __init__(self, bound: Mapping[str, Bound], exclusive: Exclusive, in_thread: InThread = deferToThread, means: Means | None = None) -> None:
        super().__init__()
        self._bound = bound
        self._exclusive = exclusive
        self._means = means or Means()
        self._in_thread: InThread = in_thread if self._means.long_reads is None else self._means.long_reads.work

    def answer(self, request: Request, operation: Operation, asked: Callable[[], Asked], ask: object, *, quiet: bool = False) -> int:
        """`asked` is called inside the run: it may look a token up. `quiet`: nothing is written, not even that."""
        gone: list[object] = []
        request.notifyFinish().addErrback(gone.append)
        bound = self._bound[operation.name]
        ahead, reading = self._means.ahead.get(operation.name), self._means.reading
        if ahead is not None:
            done = self._exclusive(lambda: operation.permission == ANYONE or asked().signed_in())
            prepared = done.addCallback(lambda _: self._in_thread(lambda: ahead(ask)))
            done = prepared.addCallback(lambda result: self._exclusive(lambda: _seen(asked, lambda who: bound(who, ask, result))))
        else:
            run = reading if quiet and reading is not None else self._exclusive
            done = run(lambda: _seen(asked, lambda who: bound(who, ask)))
        done.addCallback(lambda reply: self._later(reply, gone if operation.stops else ()))
        done.addCallback(lambda reply: self._read(request, gone, operation, reply))
        done.addCallbacks(lambda reply: self._reply(request, gone, reply), lambda failure: self._refuse(request, gone, failure.value))
        return NOT_DONE_YET

    def _later(self, reply: object, gone: Sequence[object]) -> object:
        """Work for a thread, its end in a unit of work of its own, as often as the reply is such work; no more of it once `gone` has something."""
        if not isinstance(reply, Later):
            return reply
        if gone:
            return None
        done = self._in_thread(reply.work)
        then = reply.then
        if then is not None:
            done.addCallback(lambda result: self._exclusive(lambda: then(result)))
        return done.addCallback(lambda reply: self._later(reply, gone))

    def _read(self, request: Request, gone: list[object], operation: Operation, reply: object) -> object:
        """What may take long is read in a thread, or begun to be written in parts."""
        reads = self._means.long_reads
        if not isinstance(reply, Reading) or reads is None:
            return reply
        if reply.lines is None or operation.content == JSON or not self.streams_texts:
            return reads.run(reply.run, reply.slow)
        if not gone:
            Parts(reads.reactor, request, reads.parts(reply), operation.content, reply.file_name)
        gone.append(None)  # it answers for itself from here on
        return None

    streams_texts = False

    def _reply(self, request: Request, gone: list[object], reply: object) -> None:
        if not gone:
            write_reply(request, reply)

    def _refuse(self, request: Request, gone: list[object], error: BaseException) -> None:
        problem = self.understood(error, language_of(request))
        if not gone:
            write_problem(request, problem)

    def understood(self, error: BaseException, language: str) -> Problem:
        """The problem of a request that was one: what a text inside it is not is no fault of the request's shape (422, RFC 9110 15.5.21)."""
        problem = self.problem(error, language)
        return problem_of(error, language, status=422) if problem.status == 400 else problem  # type: ignore[arg-type]

    def problem(self, error: BaseException, language: str) -> Problem:
        """The problem of an error; what is none of ours is a bug, logged whole."""
        if isinstance(error, UserError | EnvironmentFault):
            return problem_of(error, language)
        log.error("an operation met a fault of the program", exc_info=error)
        return bug(language)


def _seen(asked: Callable[[], Asked], work: Callable[[Asked], object]) -> object:
    """`work` of whoever asks; that somebody asked with this token stays noted though it is refused."""
    who = asked()
    try:
        return work(who)
    except UserError as refused:
        refused.afterwards = partial(_after, asked, refused.afterwards)
        raise


def _after(asked: Callable[[], Asked], before: Callable[[], object] | None) -> None:
    asked()
    if before is not None:
        before()


class Api(Answering):
    """The public door: /api/v1 for operators with a token, and /healthz."""

    streams_texts = True

    def __init__(
        self,
        bound: Mapping[str, Bound],
        exclusive: Exclusive,
        actor_of: ActorOf,
        in_thread: InThread = deferToThread,
        means: Means | None = None,
    ) -> None:
        super().__init__(bound, exclusive, in_thread, means)
        self._actor_of = actor_of
        self._routes = Routes()
        self._trusted: dict[str, float] = {}
        self._document = b""
        self._page = b""

    def render(self, request: Request) -> int:
        path = request.path.decode("utf-8", "replace")
        method = (request.method or b"").decode("ascii", "replace")
        if path == "/healthz" and method in {"GET", "HEAD"}:
            write_json(request, 200, b'{"ok":true}')
            return NOT_DONE_YET
        try:
            return self._render(request, "GET" if method == "HEAD" else method, path)
        except Exception as error:
            self._write_refusal(request, error)
        return NOT_DONE_YET

    def _render(self, request: Request, method: str, path: str) -> int:
        token = bearer(request.getHeader("authorization"))
        address: Any = request.getClientAddress()
        source = str(getattr(address, "host", ""))
        if self._means.limits is not None:
            self._means.limits.ask(token, source)
        if path == openapi.PATH and method == "GET":
            self._document = self._document or openapi.document()
            write_document(request, self._document)
            return NOT_DONE_YET
        if path == docs_page.PATH and method == "GET":
            self._page = self._page or docs_page.page()
            write_page(request, self._page)
            return NOT_DONE_YET
        if path == openapi.EVENTS and method == "GET" and self._means.streams is not None:
            return self._listen(request, self._means.streams, token, source)
        found = self._routes.find(method, path)
        if found is None:
            return self._nowhere(request, path)
        operation, places = found
        if operation.permission == ANYONE and self._means.limits is not None:
            self._means.limits.guess(source)
        ask = read_request(request, operation, places, read_body(request))
        prolong = not self._trusts(token)
        return self.answer(
            request,
            operation,
            lambda: self._asker(request, self._asked(token, source, prolong=prolong)),
            ask,
            quiet=operation.method == "GET" and not prolong,
        )

    def _asked(self, token: str, source: str, *, prolong: bool = True) -> Asked:
        actor = None
        if token:
            actor = self._actor_of(token) if prolong else self._actor_of(token, prolong=False)
        if actor is not None and prolong and self._means.limits is not None:
            if len(self._trusted) >= MOST_TRUSTED:
                self._trusted.clear()
            self._trusted[token_key(token)] = self._means.limits.now()
        return Asked(actor, source, token)

    @staticmethod
    def _asker(request: Request, asked: Asked) -> Asked:
        """The same; who has been found is remembered for the language of a refusal."""
        if asked.actor is not None:
            request.own_language = asked.actor.language  # type: ignore[attr-defined]
        return asked

    def _trusts(self, token: str) -> bool:
        """Whether the token was noted as in use a moment ago; whether it is still good is asked each time."""
        if self._means.limits is None or not token:
            return False
        return self._means.limits.now() - self._trusted.get(token_key(token), float("-inf")) < TRUST_SECONDS

    def _listen(self, request: Request, streams: EventStreams, token: str, source: str) -> int:
        gone: list[object] = []
        request.notifyFinish().addErrback(gone.append)

        def begin() -> None:
            actor = self._asked(token, source).signed_in()
            if not gone:
                streams.open(request, actor, token, request.getHeader("last-event-id"))

        def refused(failure: Failure) -> None:
            error: Any = failure.value
            self._refuse(request, gone, error)

        self._exclusive(begin).addErrback(refused)
        return NOT_DONE_YET

    def _refuse(self, request: Request, gone: list[object], error: BaseException) -> None:
        if gone:
            self.problem(error, FALLBACK)
        else:
            self._write_refusal(request, error, self.understood)

    def _write_refusal(self, request: Request, error: BaseException, told: Callable[[BaseException, str], Problem] | None = None) -> None:
        language = language_of(request)
        problem = (told or self.problem)(error, language)
        if problem.code in GUESSES and self._means.limits is not None:
            address: Any = request.getClientAddress()
            self._means.limits.refused(str(getattr(address, "host", "")))
        if isinstance(error, TooMany):
            request.setHeader(b"retry-after", b"%d" % error.seconds)
        if problem.code == "store.changed_meanwhile" and request.getHeader("if-match"):
            problem = problem_of(error, language, status=412)  # type: ignore[arg-type]
        write_problem(request, problem)

    def _nowhere(self, request: Request, path: str) -> int:
        methods = self._routes.methods(path)
        if path in (openapi.PATH, docs_page.PATH, openapi.EVENTS, "/healthz"):
            methods = ["GET"]
        if not methods:
            raise NotFound("request.no_such_path", path=path)
        request.setHeader(b"allow", ", ".join(methods).encode())
        raise UserError("request.wrong_method")

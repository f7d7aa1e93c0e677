"""The line to a server: operations of wire/operations.py over HTTP, asked without holding the window up.

Law: the token and what was typed leave only to the server whose certificate is pinned; a request that changes something is
sent again only where the server knows it by its `request_id`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, get_args

import msgspec
import shiboken6
from PySide6.QtCore import QByteArray, QCoreApplication, QObject, QTimer, QUrl, QUrlQuery, Signal
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkReply, QNetworkRequest

from appliance.errors import UserError
from appliance.gui.pinning import Pinning
from appliance.gui.words import _, language, place
from appliance.i18n import sentence
from appliance.wire import codec
from appliance.wire.operations import JSON, OPERATIONS, PREFIX, Nothing, Operation
from appliance.wire.operators import Session, SignIn
from appliance.wire.problem import Problem
from appliance.wire.shapes import BY_ID, ref_fields

TIMEOUT_MS = 15_000
LONG_TIMEOUT_MS = 600_000
LONG = frozenset(
    {
        "description.apply",
        "description.export",
        "books.verify",
        "backups.make",
        "decks.preview",
        "decks.apply",
        "rates.remove",
        "rates.undo_import",
        "rates.redo_import",
        "rates.change_many_preview",
        "rates.change_many",
        "server.check",
        "customers.person",
        "tariffs.what_if",
        "cdrs.rerate_preview",
        "cdrs.rerate",
        "cdrs.recost_preview",
        "cdrs.recost",
        "margins.list",
        "margins.mend",
        "carriers.compare",
        "invoices.run",
        "move.preview",
        "move.apply",
        "customers.change_many_preview",
        "customers.change_many",
        "customers.change_back",
        "disputes.evidence",
        "disputes.print",
        "tariffs.price_list",
        "vouchers.make",
        "vouchers.sheet",
        "invoices.print",
        "statements.print",
        "bank.import",
    }
)
RETRIES_MS = (300, 1200)
NO_LINE = "console.no_line"
"""Code of the problems the console makes itself when no answer came."""

_Error = QNetworkReply.NetworkError


class Reply(QObject):
    """One asked operation. Exactly one of the signals comes, later; none after `abandon`."""

    done = Signal(object)
    failed = Signal(object)

    def __init__(self, client: QObject, operation: Operation) -> None:
        super().__init__(client)
        self.operation = operation
        self.abandoned = False
        self.network: QNetworkReply | None = None
        self.tries = 0

    def abandon(self) -> None:
        """Nobody waits for it any more: a read is cut off, and what can stop stops; any other change goes on unheard."""
        self.abandoned = True
        if self.network is not None and (self.operation.reads or self.operation.stops):
            self.network.abort()

    def finish(self, view: object) -> None:
        """Tell the view, or the Problem; then go."""
        if not self.abandoned:
            (self.failed if isinstance(view, Problem) else self.done).emit(view)
        self.deleteLater()


class Client(QObject):
    """One server and who is signed in there.

    `base_url` as `https://shop.example:8443`; `pin` the SHA-256 of the server's certificate in hex, "" where none is known yet;
    `make_id` makes the `request_id` of a request that carries one.
    """

    signed_out = Signal()
    """The server knows the token no more."""
    heard = Signal()
    """Anything at all came from the server."""
    certificate_unknown = Signal(str)
    """A server showed a certificate that is not the pinned one; its fingerprint. Nothing was sent to it."""

    def __init__(self, base_url: str, pin: str = "", *, make_id: Callable[[], str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.base_url = base_url.rstrip("/")
        self.token = ""
        self.stays = False
        """The session outlives this console: its token lies in the computer's keyring."""
        self._make_id = make_id
        self.network = QNetworkAccessManager(QCoreApplication.instance())
        self.destroyed.connect(self.network.deleteLater)  # in its turn: what is under way may not be torn down in the middle of an event
        self.pinning = Pinning(pin, self)
        self.pinning.unknown.connect(self.certificate_unknown)

    # asking --------------------------------------------------------------------------------------------------------
    def call(self, name: str, request: object | None = None) -> Reply:
        """Ask an operation; its view or Problem comes by the Reply's signals."""
        operation = OPERATIONS[name]
        asked: Any = request if request is not None else operation.request()
        if operation.once and not getattr(asked, "request_id", ""):
            asked = msgspec.structs.replace(asked, request_id=self._make_id())
        reply = Reply(self, operation)
        self._send(reply, asked)
        return reply

    def sign_in(self, login: str, password: str, totp: str = "", *, stay: bool = False) -> Reply:
        """Sign in; the token of the Session is kept for what is asked from then on."""
        reply = self.call("operators.sign_in", SignIn(login=login, password=password, totp=totp, client="console", stay=stay))
        reply.done.connect(self._signed_in)
        return reply

    def sign_out(self) -> Reply:
        """End the session at the server."""
        reply = self.call("operators.sign_out", Nothing())
        self.token = ""
        return reply

    def request(self, path: str) -> QNetworkRequest:
        """A request to this server with the token; `path` begins with a slash and may carry a query."""
        request = QNetworkRequest(QUrl(self.base_url + path))
        request.setAttribute(QNetworkRequest.Attribute.RedirectPolicyAttribute, QNetworkRequest.RedirectPolicy.ManualRedirectPolicy)
        request.setRawHeader(b"Accept-Language", language().encode())
        if self.token:
            request.setRawHeader(b"Authorization", b"Bearer " + self.token.encode())
        return request

    # parts ---------------------------------------------------------------------------------------------------------
    def _signed_in(self, session: Session) -> None:
        self.token = session.token

    def _send(self, reply: Reply, asked: object) -> None:
        operation = reply.operation
        path, body = written(operation, asked)
        request = self.request(path)
        request.setTransferTimeout(LONG_TIMEOUT_MS if operation.name in LONG else TIMEOUT_MS)
        if body is not None:
            request.setRawHeader(b"Content-Type", b"application/json")
        network = self.network.sendCustomRequest(request, QByteArray(operation.method.encode()), QByteArray(body or b""))
        self.pinning.watch(network)
        reply.network = network
        network.finished.connect(lambda: self._answered(reply, asked))

    def _answered(self, reply: Reply, asked: object) -> None:
        network = reply.network
        assert network is not None
        reply.network = None
        network.deleteLater()
        if not shiboken6.isValid(self):  # whoever asked has gone to another server, or closed, meanwhile
            return
        status = network.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
        if status is None:
            self._no_answer(reply, asked, network)
            return
        self.heard.emit()
        problem_or_view = read(reply.operation, int(status), bytes(network.readAll().data()))
        if isinstance(problem_or_view, Problem) and problem_or_view.status == 401 and self.token and reply.operation.name != "operators.sign_in":
            self.token = ""
            self.signed_out.emit()
        reply.finish(problem_or_view)

    def _no_answer(self, reply: Reply, asked: object, network: QNetworkReply) -> None:
        if reply.abandoned:
            reply.finish(no_line(""))
            return
        refused = network.error() in (_Error.ConnectionRefusedError, _Error.HostNotFoundError)
        again = reply.operation.reads or reply.operation.once or refused
        certificate = self.pinning.failed(network)
        if again and not certificate and reply.tries < len(RETRIES_MS):
            reply.tries += 1
            QTimer.singleShot(RETRIES_MS[reply.tries - 1], reply, lambda: self._send(reply, asked))
            return
        reply.finish(no_line(network.errorString(), certificate=certificate))


def written(operation: Operation, asked: object) -> tuple[str, bytes | None]:
    """The path with its query, and the body, of a request: places of the path and a query's fields leave the body."""
    fields: dict[str, Any] = codec.plain(asked)
    path = PREFIX + operation.path
    for name in [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]:
        path = path.replace(f"{{{name}}}", _quoted(str(fields.pop(name))))
    if operation.method not in {"GET", "DELETE"}:
        return path, codec.encode(fields)
    query = QUrlQuery()
    defaults, refs = _defaults(type(asked)), ref_fields(type(asked))
    for name, value in fields.items():
        if value is None or (name in defaults and defaults[name] == value):
            continue
        if name in refs and isinstance(value, int):
            value = f"{BY_ID}{value}"
        for each in value if isinstance(value, list) else (value,):
            text = ("true" if each else "false") if isinstance(each, bool) else str(each)
            query.addQueryItem(name, _quoted(text))
    text = query.toString(QUrl.ComponentFormattingOption.FullyEncoded)
    return (f"{path}?{text}" if text else path), None


def _quoted(text: str) -> str:
    return bytes(QUrl.toPercentEncoding(text).data()).decode()


def _defaults(kind: Any) -> dict[str, Any]:
    return _of_kind(kind)


@cache
def _of_kind(kind: Any) -> dict[str, Any]:
    return {field.name: field.default for field in msgspec.structs.fields(kind) if field.default is not msgspec.NODEFAULT}


def read(operation: Operation, status: int, body: bytes) -> object:
    """The view of an answer, its bytes where it is a file, or its Problem."""
    if status >= 400:
        try:
            problem = codec.decode(body, Problem)
        except UserError:
            problem = Problem(status=status, code="console.not_understood", detail=_("The server answered {status}.", status=status))
        return _as_read(problem) if problem.detail else msgspec.structs.replace(problem, detail=problem.title or problem.code)
    if operation.content != JSON:
        return body
    kinds = operation.reply if isinstance(operation.reply, tuple) else (operation.reply,)
    for kind in kinds:
        try:
            return codec.decode(body, kind)
        except UserError as error:
            fault = error
    return Problem(
        status=502,
        code="console.not_understood",
        detail=_("The server speaks another version than this console. Install the same version on both."),
        parameters={"what": str(fault)},
    )


def _as_read(problem: Problem) -> Problem:
    """Its sentence with moments, days and amounts as this person writes them: the server knows their language, and not their zone."""
    places = {name: place(text) for name, text in problem.parameters.items()}
    if places == problem.parameters or sentence(problem.code, problem.parameters, language()) != problem.detail:
        return problem
    return msgspec.structs.replace(problem, detail=sentence(problem.code, places, language()))


def no_line(reason: str, *, certificate: bool = False) -> Problem:
    """The problem of an answer that did not come."""
    if certificate:
        text = _("The server showed another certificate than before. Nothing was sent to it.")
        return Problem(status=0, code="console.certificate", detail=text, parameters={"reason": reason})
    return Problem(status=0, code=NO_LINE, detail=_("The server does not answer. What you typed is kept; try again."), parameters={"reason": reason})


def rows_field(page: Any) -> str:
    """The field of a page's rows: its first list. ValueError where the type has none."""
    return _rows_field(page)


@cache
def _rows_field(page: Any) -> str:
    for field in msgspec.structs.fields(page):
        kind = field.type
        if getattr(kind, "__origin__", None) in (list, tuple) and get_args(kind):
            return field.name
    raise ValueError(f"{page.__name__} has no rows")

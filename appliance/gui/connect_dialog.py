"""Before the window: which server, whose certificate, who signs in. The password is kept nowhere.

A server's certificate is shown at first use and held to from then on; nothing typed is sent before a person has compared it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import shiboken6
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QComboBox, QDialog, QFrame, QVBoxLayout, QWidget

from appliance.gui import operation
from appliance.gui.client import Client
from appliance.gui.memory import Memory
from appliance.gui.pinning import readable
from appliance.gui.sign_in_form import code_form, redeeming, sign_in_form
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.plain import button, clear, column, holding, label, row, scrolling
from appliance.gui.words import _
from appliance.wire.operators import Session
from appliance.wire.problem import Problem
from appliance.wire.session import SessionView

if TYPE_CHECKING:
    from appliance.gui.lan_servers import Browse, LanServers
    from appliance.gui.staying import Staying

LOCAL = "http://127.0.0.1:8080"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
MOST_SERVERS = 8
MOST_FOUND = 5
UNKNOWN_TOKEN = 401
WIDTH = 460


def address(typed: str) -> str:
    """The URL of a typed server: `shop.example` is https, a loopback address http. ValueError where it is none."""
    text = typed.strip()
    if "://" not in text:
        host = urlsplit(f"//{text}").hostname or ""
        text = f"{'http' if host in LOOPBACK else 'https'}://{text}"
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query or " " in text:
        raise ValueError(typed)
    return f"{parts.scheme}://{parts.netloc}"


def open_wire(url: str) -> bool:
    """Whether what is sent there could be read on the way."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in LOOPBACK


class ConnectDialog(QDialog):
    """`connected` brings the Client and its Session. `make_client(url, pin)`; `fixed` is the only server offered (signing in again)."""

    connected = Signal(object, object)

    def __init__(
        self,
        memory: Memory,
        make_client: Callable[[str, str], Client],
        *,
        url: str | None = None,
        setup_code: str = "",
        fixed: Client | None = None,
        login: str = "",
        staying: Staying | None = None,
        browse: Browse | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """`staying` keeps who wants to stay signed in; `browse` looks for servers on the LAN. Without them that is not offered."""
        super().__init__(parent)
        self.setWindowTitle(_("Sign in to Tollhouse"))
        self._memory, self._make_client = memory, make_client
        self._staying = staying if fixed is None else None
        self.notice = ""
        self.lan: LanServers | None = None
        if browse is not None and fixed is None and not setup_code:
            from appliance.gui.lan_servers import LanServers

            self.lan = LanServers(self, browse)
        self.client: Client | None = fixed
        self._fixed = fixed is not None
        self._wanted_url = url
        self.server = QComboBox()
        self.form: Form = self._sign_in_form()
        self.primary = button(_("Sign in"), self.submit, "primary")
        self._body = QVBoxLayout()
        self._body.setContentsMargins(0, 0, 0, 0)
        self._lay()
        self._by_code, self._setup_code = False, ""
        if fixed is not None:
            self.server.setEditText(fixed.base_url)
            self.server.setEnabled(False)
        if setup_code:
            self.use_code(setup_code)
        elif login or memory.get("login"):
            self.form.fill({"login": login or memory.get("login")})
            self.form.field("password").setFocus()
        else:
            self.form.field("login").setFocus()
        self.finished.connect(lambda _code: self._look_no_more())
        if self.lan is not None:
            self.lan.changed.connect(self._show_found)
            self.lan.start()
        if not setup_code:
            self._resume()

    # use -----------------------------------------------------------------------------------------------------------
    def submit(self) -> None:
        """Connect and sign in, or redeem the code first."""
        if not self.primary.isEnabled():
            return
        values = self.form.values()
        client = self._client()
        if values is None or client is None:
            return
        if self._by_code:
            self._ask(client, "operators.redeem", redeeming(values, self._setup_code), lambda view: self._sign_in(client, values))
        else:
            self._sign_in(client, values)

    def use_code(self, code: str = "") -> None:
        """Turn a code into a password; one that is given is of a server that nobody owns yet."""
        self._by_code, self._setup_code = True, code
        self._put(code_form(first_start=bool(code)))
        self._welcome.setVisible(bool(code))
        self._server_row.setVisible(not code)
        self.primary.setText(_("Begin") if code else _("Set password and sign in"))
        self._other.setText(_("Sign in with a password"))
        self.form.field("business" if code else "code").setFocus()

    def use_password(self) -> None:
        """Sign in as usual."""
        self._by_code = False
        self._welcome.hide()
        self._server_row.show()
        self._put(self._sign_in_form())
        self.primary.setText(_("Sign in"))
        self._other.setText(_("I have a code"))
        self.form.field("login").setFocus()

    def tell_problem(self, problem: Problem) -> None:
        """Say it where it belongs. A new server wants a business: its fields are shown then."""
        if problem.code == "operator.no_business_yet" and self._by_code:
            self.form.fill({"first": True})
            self.form.field("business").setFocus()
            self._fit_later()
            return
        self.form.show_problem(problem)

    # parts ---------------------------------------------------------------------------------------------------------
    def _lay(self) -> None:
        self.server.setEditable(True)
        self.server.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.server.setAccessibleName(_("Server"))
        for known in self._servers():
            self.server.addItem(known)
        self.server.setEditText(self._wanted_url or (self._servers() or [LOCAL])[0])
        self.server.editTextChanged.connect(self._server_changed)
        self._open = label(_("This line is not encrypted: what you type could be read on the way."), "small", wrap=True)
        self._open.setProperty("tone", "warning")
        self._certificate = QFrame()
        self._certificate.setObjectName("notice")
        self._certificate.hide()
        self._other = button(_("I have a code"), self._switch, "link")
        self._fitting = QTimer(self, singleShot=True, interval=0)
        self._fitting.timeout.connect(self._fit)
        self._put(self.form)
        self._welcome = label(_("Welcome. Say whose business this is; then a set-up of four more steps leads to the first call."), "muted", wrap=True)
        self._welcome.hide()
        self._found = column(gap="hair")
        self._server_row = holding(column(label(_("Server")), self.server, self._open, self._found, gap="hair"))
        inner = column(
            label("Tollhouse", "title"),
            self._welcome,
            self._server_row,
            self._certificate,
            self._body,
            row(self._other, None, self.primary),
            None,
            gap="large",
            margin="wide",
        )
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        self._inside = holding(inner)
        box.addWidget(scrolling(self._inside))
        self.setMinimumSize(400, 320)
        self._server_changed()
        self._fit()

    def _put(self, form: Form) -> None:
        clear(self._body)
        self.form = form
        self._body.addWidget(form)
        form.edited.connect(self._fit_later)
        self._fit_later()

    def _fit_later(self) -> None:
        self._fitting.start()

    def _fit(self) -> None:
        """As high as what it shows, within the screen."""
        screen = QGuiApplication.primaryScreen()
        most = screen.availableGeometry().height() - 60 if screen is not None else 700
        layout = self._inside.layout()
        wanted = max(layout.totalHeightForWidth(WIDTH), layout.totalSizeHint().height()) if layout is not None else 480
        self.resize(WIDTH, min(wanted + 2, most))

    def _switch(self) -> None:
        if self._by_code:
            self.use_password()
        else:
            self.use_code()

    def _servers(self) -> list[str]:
        kept = self._memory.get("servers", [])
        return [str(each) for each in kept] if isinstance(kept, list) else []

    def _server_changed(self) -> None:
        try:
            plain = open_wire(address(self.server.currentText()))
        except ValueError:
            plain = False
        self._open.setVisible(plain)

    def _client(self) -> Client | None:
        """The line to the server that is typed; None where that is no address."""
        if self._fixed and self.client is not None:
            return self.client
        try:
            url = address(self.server.currentText())
        except ValueError:
            self.form.problem.show_problem(Problem(detail=_("This is not the address of a server. Write it like shop.example:8443.")))
            return None
        if self.client is None or self.client.base_url != url:
            pins = self._memory.get("pins", {})
            self.client = self._make_client(url, str(pins.get(url, "")))
            self.client.certificate_unknown.connect(self._show_certificate)
        return self.client

    def _ask(self, client: Client, name: str, request: Any, on_done: Callable[[Any], None]) -> None:
        self._certificate.hide()
        operation.run(self, client, name, request, on_done=on_done, on_problem=self._failed, busy=self.primary)

    def _sign_in(self, client: Client, values: dict[str, Any]) -> None:
        self._certificate.hide()
        self.primary.setEnabled(False)
        stay = bool(values.get("stay"))
        reply = client.sign_in(values["login"], values["password"], values.get("totp", ""), stay=stay)
        reply.done.connect(lambda session: self._signed_in(session, stay=stay))
        reply.failed.connect(self._failed)

    def _failed(self, problem: Problem) -> None:
        self.primary.setEnabled(True)
        if problem.code == "console.certificate" and not self._certificate.isHidden():
            return
        self.tell_problem(problem)

    def _signed_in(self, session: Session, *, stay: bool = False) -> None:
        client = self.client
        if not shiboken6.isValid(self):  # it was closed meanwhile
            return
        assert client is not None
        if stay and self._staying is not None:
            self._staying.keep(self, client.base_url, session.operator.login, session.token, lambda fault: self._kept(session, fault))
            return
        if self._staying is not None and not client.stays:
            self._staying.forget(client, client.base_url)
        self._through(client, session)

    def _kept(self, session: Session, fault: str) -> None:
        """The keyring has it, or the person is told after the window is there."""
        client = self.client
        assert client is not None
        client.stays, self.notice = not fault, fault
        self._through(client, session)

    def _through(self, client: Client, session: Session) -> None:
        self._remember(client, session)
        self.connected.emit(client, session)
        self.accept()

    # staying signed in ---------------------------------------------------------------------------------------------
    def _sign_in_form(self) -> Form:
        form = sign_in_form(stay=self._staying is not None)
        box = form.field("stay")
        box.clicked.connect(lambda ticked: self._check_keyring(form) if ticked else form.forget_problem())  # type: ignore[attr-defined]
        return form

    def _check_keyring(self, form: Form) -> None:
        """Where there is no keyring that is said at once, and the tick goes."""

        def checked(fault: str) -> None:
            if fault and self.form is form:
                form.fill({"stay": False})
                form.show_problem(Problem(field="stay", detail=fault))
                self._fit_later()

        if self._staying is not None:
            self._staying.check(form, checked)

    def _resume(self) -> None:
        """Whoever stayed signed in on the server that is offered goes straight in."""
        if self._staying is None or not self._staying.login(self.server.currentText()):
            return
        client = self._client()
        if client is not None:
            self.primary.setEnabled(False)
            self._staying.token(self, client.base_url, lambda token: self._resume_with(client, token))

    def _resume_with(self, client: Client, token: str) -> None:
        if client is not self.client or not token:
            self.primary.setEnabled(True)
            return
        client.token = token

        def came(view: SessionView) -> None:
            if view.operator is not None:
                client.stays = True
                self._through(client, Session(token, view.expires_at or "", view.operator, view.permissions))

        def failed(problem: Problem) -> None:
            """The server knows it no more, or does not answer: then the token is kept for another time."""
            client.token = ""
            self.primary.setEnabled(True)
            if problem.status == UNKNOWN_TOKEN and self._staying is not None:
                self._staying.forget(client, client.base_url)
            else:
                self._failed(problem)

        operation.run(self, client, "session.view", on_done=came, on_problem=failed)

    # servers on the LAN --------------------------------------------------------------------------------------------
    def _show_found(self) -> None:
        """Buttons with what was found; pressing one writes its address."""
        clear(self._found)
        servers = self.lan.servers if self.lan is not None else []
        if servers:
            self._found.addWidget(label(_("Found on this network"), "small"))
        for each in servers[:MOST_FOUND]:
            made = button(each.name, partial(self.server.setEditText, each.url), "link")
            made.setToolTip(each.url)
            self._found.addWidget(made)
        self._fit_later()

    def _look_no_more(self) -> None:
        if self.lan is not None:
            self.lan.stop()

    def _remember(self, client: Client, session: Session) -> None:
        known = [client.base_url, *(each for each in self._servers() if each != client.base_url)]
        self._memory.put("servers", known[:MOST_SERVERS])
        self._memory.put("login", session.operator.login)
        if client.pinning.pin:
            self._memory.put("pins", {**self._memory.get("pins", {}), client.base_url: client.pinning.pin})

    def _show_certificate(self, shown: str) -> None:
        client = self.client
        if client is None:
            return
        known = client.pinning.pin
        said = (
            _("The server shows another certificate than before. Unless it was changed on purpose, somebody may stand between you and it.")
            if known
            else _("You connect to this server for the first time. Compare its fingerprint with what the server shows, then trust it.")
        )
        print_ = label(readable(shown), "strong", wrap=True, copyable=True)
        trust = button(_("Trust this certificate"), lambda: self._trust(client, shown), "danger" if known else "primary")
        old = self._certificate.layout()
        if old is not None:
            clear(old)
            QWidget().setLayout(old)
        self._certificate.setLayout(column(label(said, wrap=True), print_, row(None, trust), gap="small", margin="medium"))
        self._certificate.show()
        self.form.forget_problem()
        self._fit()

    def _trust(self, client: Client, shown: str) -> None:
        client.pinning.accept(shown)
        self._certificate.hide()
        self.primary.setEnabled(True)
        self.submit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.submit()
            return
        super().keyPressEvent(event)

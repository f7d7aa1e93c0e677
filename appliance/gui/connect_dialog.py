"""Before the window: which server, whose certificate, who signs in. The password is kept nowhere.

A server's certificate is shown at first use and held to from then on; nothing typed is sent before a person has compared it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from PySide6.QtCore import Qt, QTimer, QTimeZone, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QComboBox, QDialog, QFrame, QVBoxLayout, QWidget

from appliance.gui import operation
from appliance.gui.client import Client
from appliance.gui.memory import Memory
from appliance.gui.pinning import readable
from appliance.gui.sign_in_form import code_form, redeeming, sign_in_form
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.plain import button, clear, column, holding, label, row, scrolling
from appliance.gui.words import _, language
from appliance.wire.operators import Session
from appliance.wire.problem import Problem

LOCAL = "http://127.0.0.1:8080"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
MOST_SERVERS = 8
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
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Sign in to Tollhouse"))
        self._memory, self._make_client = memory, make_client
        self.client: Client | None = fixed
        self._fixed = fixed is not None
        self._wanted_url = url
        self.server = QComboBox()
        self.form: Form = sign_in_form()
        self.primary = button(_("Sign in"), self.submit, "primary")
        self._body = QVBoxLayout()
        self._body.setContentsMargins(0, 0, 0, 0)
        self._lay()
        self._by_code = False
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
            zone = bytes(QTimeZone.systemTimeZoneId().data()).decode()
            self._ask(client, "operators.redeem", redeeming(values, zone, language()), lambda view: self._sign_in(client, values))
        else:
            self._sign_in(client, values)

    def use_code(self, code: str = "") -> None:
        """Turn a code into a password."""
        self._by_code = True
        self._put(code_form())
        self.form.fill({"code": code, "first": bool(code)})
        self.primary.setText(_("Set password and sign in"))
        self._other.setText(_("Sign in with a password"))
        self.form.field("name" if code else "code").setFocus()

    def use_password(self) -> None:
        """Sign in as usual."""
        self._by_code = False
        self._put(sign_in_form())
        self.primary.setText(_("Sign in"))
        self._other.setText(_("I have a code"))
        self.form.field("login").setFocus()

    def tell_problem(self, problem: Problem) -> None:
        """Say it where it belongs. A new server wants a business: its fields are shown then."""
        if problem.code == "operator.no_business_yet" and self._by_code:
            self.form.fill({"first": True})
            self.form.field("business").setFocus()
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
        named = label(_("Server"))
        inner = column(
            label("Tollhouse", "title"),
            column(named, self.server, self._open, gap="hair"),
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
        reply = client.sign_in(values["login"], values["password"], values.get("totp", ""))
        reply.done.connect(self._signed_in)
        reply.failed.connect(self._failed)

    def _failed(self, problem: Problem) -> None:
        self.primary.setEnabled(True)
        if problem.code == "console.certificate" and not self._certificate.isHidden():
            return
        self.tell_problem(problem)

    def _signed_in(self, session: Session) -> None:
        client = self.client
        assert client is not None
        self._remember(client, session)
        self.connected.emit(client, session)
        self.accept()

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

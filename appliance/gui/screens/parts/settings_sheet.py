"""What goes into a phone (S21): server, port, realm, user, password, codecs as text to copy, and as a QR code for soft phones."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from appliance.gui import operation, words
from appliance.gui.desk import Desk
from appliance.gui.qr import QrCode
from appliance.gui.widgets.plain import button, card, column, label, line, row
from appliance.gui.words import _
from appliance.wire.customers import CustomerView
from appliance.wire.documents import SheetPrint
from appliance.wire.endpoints import EndpointSecret, EndpointView
from appliance.wire.problem import Problem
from appliance.wire.shapes import Binary, ById

Line = tuple[str, str]
SHEET = 2
"""The result of a dialog that is followed by the sheet."""


def show_sheet(desk: Desk, owner: QWidget, endpoint: EndpointView) -> None:
    """Ask for the endpoint's secret, which the server notes down, and show its sheet."""

    def done(secret: EndpointSecret) -> None:
        SheetDialog(owner, endpoint.id, secret, server_of(desk, secret), desk).open()

    operation.run(owner, desk.client, "endpoints.reveal", ById(endpoint.id), on_done=done)


def server_of(desk: Desk, secret: EndpointSecret) -> str:
    """Where the phone registers: as the server says, else its SIP domain, else where this console reaches it."""
    return secret.server or (secret.realm if "." in secret.realm else "") or urlsplit(desk.client.base_url).hostname or ""


def uri(secret: EndpointSecret, server: str) -> str:
    """The account as soft phones read it from a QR code."""
    hidden = f":{quote(secret.password, safe='')}" if secret.password else ""
    return f"sip:{quote(secret.auth_name, safe='+')}{hidden}@{server}:{secret.port};transport={secret.transport}"


def lines_of(secret: EndpointSecret, server: str) -> list[Line]:
    """(what, value) in the order phones ask for them."""
    found = [
        (_("Number"), secret.number),
        (_("Server"), server),
        (_("Port"), str(secret.port)),
        (_("Transport"), secret.transport.upper()),
        (_("Realm"), secret.realm),
        (_("User"), secret.auth_name),
        (_("Password"), secret.password or _("None: it is known by its address")),
    ]
    if secret.codecs:
        found.append((_("Codecs"), ", ".join(secret.codecs)))
    return found


class SheetDialog(QDialog):
    """The sheet of one endpoint."""

    def __init__(self, parent: QWidget, endpoint_id: int, secret: EndpointSecret, server: str, desk: Desk) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Settings of {number}", number=secret.number))
        self._lines = lines_of(secret, server)
        self._desk = desk
        code = QrCode(uri(secret, server), _("QR code with the settings of {number}", number=secret.number))
        told = label(_("Scan it with a soft phone, or type the lines into a desk phone."), "small", wrap=True)
        told.setFixedWidth(180)
        self.copy = button(_("&Copy all"), self._copy)
        self.paper = button(_("&Print…"), self._print)
        self._endpoint_id = endpoint_id
        close = button(_("Close"), self.accept, "primary")
        body = row(grid(self._lines), column(code, told, None), gap="huge")
        no_help = _("Emergency numbers such as 112 cannot be called with this phone. Have another one at hand.")
        warned = [] if secret.emergency_calls else [label(no_help, "fault", wrap=True)]
        self.setLayout(
            column(
                label(_("Settings of {number}", number=words.number(secret.number)), "title"),
                body,
                *warned,
                line(),
                row(self.copy, self.paper, None, close),
                gap="large",
                margin="wide",
            )
        )
        close.setDefault(True)
        close.setFocus()

    @property
    def text(self) -> str:
        """The sheet as plain text."""
        return "\n".join(f"{what}: {value}" for what, value in self._lines)

    def tell_problem(self, problem: Problem) -> None:
        """Why there is no page."""
        self._desk.toast(problem.detail)

    def _print(self) -> None:
        print_sheet(self._desk, self, self._endpoint_id, self.windowTitle(), busy=self.paper)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
        self._desk.toast(_("The settings are copied"))


def print_sheet(desk: Desk, owner: QWidget, endpoint_id: int, title: str, *, busy: QWidget) -> None:
    """The same as a page, made by the server, shown for the printer."""

    def printed(document: Binary) -> None:
        from appliance.gui.widgets.document_view import DocumentDialog

        DocumentDialog(desk, owner, title, document).open()

    operation.run(owner, desk.client, "endpoints.sheet", SheetPrint(endpoint_id, with_password=True), on_done=printed, busy=busy)


def grid(lines: Sequence[Line]) -> QGridLayout:
    """Two columns: what, and the value, which can be marked and copied."""
    made = QGridLayout()
    made.setHorizontalSpacing(24)
    made.setVerticalSpacing(8)
    for at, (what, value) in enumerate(lines):
        made.addWidget(label(what, "muted"), at, 0)
        said = label(value, "strong", copyable=True)
        said.setAccessibleName(f"{what}: {value}")
        made.addWidget(said, at, 1)
    made.setRowStretch(len(lines), 1)
    made.setColumnStretch(1, 1)
    return made


def show_new_passwords(desk: Desk, owner: QWidget, view: CustomerView) -> QDialog:
    """The passwords that were made with a customer: they are shown this once."""
    dialog = QDialog(owner)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(_("{name} can call and sign in", name=view.name))
    numbers = {endpoint.number for endpoint in view.endpoints}
    lines = []
    for name, password in view.passwords.items():
        lines += [(_("Number") if name in numbers else _("Web login"), name), (_("Password"), password)]
    text = "\n".join(f"{what}: {value}" for what, value in lines)
    parts: list[QWidget] = [button(_("&Copy all"), lambda: QGuiApplication.clipboard().setText(text))]
    if view.endpoints:
        first = view.endpoints[0]
        dialog.finished.connect(lambda code: show_sheet(desk, owner, first) if code == SHEET else None)
        parts.append(button(_("Settings &sheet"), lambda: dialog.done(SHEET)))
    close = button(_("Close"), dialog.accept, "primary")
    dialog.setLayout(
        column(
            label(_("{name} can call and sign in", name=view.name), "title", wrap=True),
            label(_("These passwords are shown this once. Give them to the customer or open the settings sheet."), "muted", wrap=True),
            card(column(grid(lines), margin="large")),
            row(*parts, None, close),
            gap="large",
            margin="wide",
        )
    )
    dialog.setMinimumWidth(420)
    close.setDefault(True)
    close.setFocus()
    dialog.open()
    return dialog

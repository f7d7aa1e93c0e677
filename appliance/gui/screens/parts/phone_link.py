"""Links that a phone fetches its settings by: made for a maker, shown once with a QR code for Linphone, listed, taken back."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from appliance.gui import operation, words
from appliance.gui.column import Column, State
from appliance.gui.desk import Desk
from appliance.gui.qr import QrCode
from appliance.gui.rows_model import RowsModel
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.gui.widgets.plain import button, card, column, holding, label, row
from appliance.gui.words import _
from appliance.wire.endpoints import EndpointView
from appliance.wire.provisioning import (
    FETCHES,
    HOURS,
    MOST_FETCHES,
    MOST_HOURS,
    NAMES,
    ProvisioningCreate,
    ProvisioningLink,
    ProvisioningLinks,
    ProvisioningList,
    ProvisioningMade,
)
from appliance.wire.shapes import ById

WIDTH, HEIGHT = 720, 420


def state_of(link: ProvisioningLink) -> State:
    """Whether it is still good, and whether a phone came."""
    return {
        "waiting": State(_("Not fetched yet"), "warning"),
        "used": State(_("Fetched"), "good"),
        "spent": State(_("Fetched as often as it may be")),
        "expired": State(_("Ran out")),
    }.get(link.state, State(_("Taken back")))


def grouped(mac: str) -> str:
    """`80:5E:C0:11:22:33`, as it stands on the phone."""
    return words.isolate(":".join(mac[at : at + 2] for at in range(0, len(mac), 2)).upper()) if mac else ""


class LinksPanel(QWidget):
    """The links of one endpoint and what is done to them."""

    def __init__(self, desk: Desk, endpoint: EndpointView) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.desk, self.endpoint = desk, endpoint
        columns = [
            Column(lambda each: NAMES.get(each.maker, each.maker), _("Maker"), width=100),
            Column(state_of, _("State"), "state", width=190),
            Column("expires_at", _("Good until"), "moment", width=130),
            Column(lambda each: grouped(each.mac), _("Phone"), width=130, grows=True),
            Column("fetches", _("Fetches"), "count", width=70),
        ]
        self.model = RowsModel(desk.client, columns)
        why = _("No link yet. A phone that is given one fetches its settings by itself, password and all.")
        none = Empty(why, _("Make link"), self.make, "provisioning.create")
        self.list = ListPage(desk, self.model, title=_("Links"), empty=none, memory_name="endpoint.links", embedded=True, bare=True)
        self.list.selected.connect(self._fit)
        self.revoke_button = button(_("&Take back"), self.revoke)
        self.make_button = button(_("&Make link"), self.make, "primary")
        self.setLayout(column(self.list, row(self.revoke_button, None, self.make_button), gap="medium"))
        self._fit()
        self.refresh()

    def refresh(self) -> None:
        """Ask again."""
        asked = ProvisioningList(self.endpoint.id)
        operation.run(self, self.desk.client, "provisioning.list", asked, on_done=self._came, on_problem=self.model.failed.emit)

    def make(self) -> None:
        """The form of a new link; its address follows."""
        form = Form()
        form.pick("maker", _("&Maker of the phone"), list(NAMES.items()))
        form.text("mac", _("MAC &address"), help=_("It stands on the phone's back. Empty: the first phone that asks is the one."), longest=40)
        with form.row():
            form.whole("hours", _("Good for &hours"), least=1, most=MOST_HOURS)
            form.whole("fetches", _("&Fetches at most"), least=1, most=MOST_FETCHES)
        form.note(_("Phones ask for their files several times, and again when they are started. Whoever has the link can read the password."))
        form.fill({"maker": "yealink", "hours": HOURS, "fetches": FETCHES})

        def request(values: dict[str, Any]) -> ProvisioningCreate:
            return ProvisioningCreate(self.endpoint.id, **values)

        title = _("Make link")
        FormDialog(
            self.desk.client, self, title=title, form=form, verb=title, operation="provisioning.create", request=request, on_done=self._made
        ).open()

    def revoke(self) -> None:
        """The chosen link is good for nothing any more."""
        chosen: ProvisioningLink | None = self.list.current()
        if chosen is not None:
            operation.run(
                self, self.desk.client, "provisioning.revoke", ById(chosen.id), on_done=lambda done: self.refresh(), busy=self.revoke_button
            )

    def _came(self, found: ProvisioningLinks) -> None:
        self.model.show_rows(found.links)
        self._fit()

    def _made(self, made: ProvisioningMade) -> None:
        self.refresh()
        show_made(self.desk, self, made)

    def _fit(self) -> None:
        chosen: ProvisioningLink | None = self.list.current()
        self.revoke_button.setEnabled(chosen is not None and chosen.state in ("waiting", "used"))


def show_made(desk: Desk, owner: QWidget, made: ProvisioningMade) -> PanelDialog:
    """The address of a new link, which is shown this once."""
    maker = NAMES.get(made.link.maker, made.link.maker)
    if made.link.maker == "linphone":
        told = _("Scan the code with Linphone, or type the address into it as its remote provisioning.")
    elif made.file:
        told = _("Type this address into the phone as its provisioning server, and start the phone again. It adds {file} by itself.", file=made.file)
    else:
        told = _("Type this address into the phone as the address of its settings, and start the phone again.")
    address = label(made.url, "strong", wrap=True, copyable=True)
    address.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute)
    address.setAccessibleName(_("Address of the link"))
    good = _("It is good until {time}, and shown this once. Whoever has it can read the phone's password.", time=words.moment(made.link.expires_at))
    parts: list[QWidget] = [label(told, wrap=True), card(column(address, margin="large")), label(good, "muted", wrap=True)]
    said = column(*parts, None, gap="large")
    inner = row(said, gap="huge")
    inner.setStretch(0, 1)
    if made.link.maker == "linphone":
        inner.addWidget(QrCode(made.url, _("QR code with this link, for Linphone"), 220))

    def copy() -> None:
        QGuiApplication.clipboard().setText(made.url)
        desk.toast(_("The address is copied"))

    title = _("Link for {maker}, {number}", maker=maker, number=words.number(made.link.number))
    dialog = PanelDialog(owner, title, holding(inner), more=[button(_("&Copy"), copy)], size=(600, 0))
    dialog.open()
    return dialog


def show_links(desk: Desk, owner: QWidget, endpoint: EndpointView) -> PanelDialog:
    """The endpoint's links in a dialog."""
    title = _("Set up the phone of {number} by a link", number=words.number(endpoint.number))
    dialog = PanelDialog(owner, title, LinksPanel(desk, endpoint), size=(WIDTH, HEIGHT))
    dialog.open()
    return dialog

"""The guard at work: customers whose calls are stopped, who is shut out, and the numbers that fraud likes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QPushButton, QWidget

from appliance.gui import operation
from appliance.gui.column import Column, State
from appliance.gui.desk import Desk
from appliance.gui.people import country_name
from appliance.gui.table_model import PageModel
from appliance.gui.widgets import confirm
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.list_page import Filter, ListPage
from appliance.gui.widgets.plain import button, column
from appliance.gui.words import _, isolate, language
from appliance.i18n import sentence
from appliance.wire.guard import BanLift, BanView, FuseList, FuseRelease, FuseView, RiskView
from appliance.wire.operation import Nothing


class GuardList(QWidget):
    """One list with its verbs below it."""

    def __init__(self, desk: Desk, model: PageModel, title: str, empty: Empty, filters: list[Filter], verbs: list[QPushButton]) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.desk = desk
        self.list = ListPage(desk, model, title=title, empty=empty, filters=filters, embedded=True)
        self.list.search.hide()
        for verb in verbs:
            verb.setEnabled(False)
            self.list.extra.addWidget(verb)
        self.list.selected.connect(lambda: self.chosen(self.list.current()))
        self.setLayout(column(self.list, gap=""))
        self.refresh()

    def chosen(self, view: Any) -> None:
        """Which verbs fit the chosen row."""

    def refresh(self) -> None:
        """Ask again."""
        self.list.refresh()


class StoppedSettings(GuardList):
    """Fuses that tripped, with Release."""

    def __init__(self, desk: Desk) -> None:
        self.release_button = button(_("Release"), self.release, "primary")
        columns = [
            Column("customer", _("Customer"), width=150),
            Column(_why, _("Why"), width=330, grows=True),
            Column("tripped_at", _("Stopped"), "moment", width=138),
            Column(_fuse_state, _("State"), "state", width=110),
            Column("released_by", _("Released by"), width=110),
        ]
        super().__init__(
            desk,
            PageModel(desk.client, "fuses.list", FuseList(), columns),
            _("Stopped customers"),
            Empty(_("Nobody's calls are stopped. The guard stops a customer whose calls suddenly cost far more than usual, and tells you here.")),
            [Filter("tripped", _("Fuses"), [(True, _("Stopped now"))])],
            [self.release_button],
        )

    def chosen(self, view: FuseView | None) -> None:
        """Only who is stopped can be released."""
        self.release_button.setEnabled(view is not None and view.released_at is None and self.desk.may("fuses.release"))

    def release(self) -> None:
        """Ask why, and let the customer call again."""
        view: FuseView | None = self.list.current()
        if view is not None:
            release_fuse(self.desk, self, view, self.refresh)


def release_fuse(desk: Desk, owner: QWidget, view: FuseView, on_done: Any) -> None:
    """The customer calls again, after somebody looked."""
    form = Form()
    form.note(_why(view))
    form.note(_("Were these calls the customer's own? If not, set the phone another password first: whoever has the old one goes on with it."))
    form.text("note", _("&Note"), help=_("Who said so, for the audit log."), longest=500)
    FormDialog(
        desk.client,
        owner,
        title=_("Release {name}?", name=view.customer),
        form=form,
        verb=_("Release"),
        operation="fuses.release",
        request=lambda values: FuseRelease(view.id, values["note"]),
        on_done=lambda done: on_done(),
    ).open()


class BanSettings(GuardList):
    """Who is not answered, with Lift and Allow."""

    def __init__(self, desk: Desk) -> None:
        self.lift_button = button(_("Lift"), self.lift)
        self.allow_button = button(_("Always allow"), self.allow)
        columns = [
            Column(lambda view: isolate(view.host), _("Address"), width=150),
            Column(_whom, _("Who"), width=150),
            Column(_why_shut_out, _("Why"), width=240, grows=True),
            Column("since", _("Since"), "moment", width=138),
            Column("until", _("Until"), "moment", width=138),
        ]
        super().__init__(
            desk,
            PageModel(desk.client, "bans.list", Nothing(), columns, rows="bans"),
            _("Shut out"),
            Empty(_("Nobody is shut out. An address that guesses passwords or floods the server is not answered for a while, and stands here.")),
            [],
            [self.lift_button, self.allow_button],
        )

    def chosen(self, view: BanView | None) -> None:
        """Both fit every row."""
        for verb in (self.lift_button, self.allow_button):
            verb.setEnabled(view is not None and self.desk.may("bans.lift"))

    def lift(self) -> None:
        """Answer again."""
        self._ask("bans.lift")

    def allow(self) -> None:
        """Answer again and for good."""
        view: BanView | None = self.list.current()
        if view is None:
            return
        if view.kind == "place":
            allow_place(self, view, lambda: self._ask("bans.allow"))
            return
        text = _("{address} is only warned about from now on, whatever it does. Take it from the list of networks never shut out to end that.")
        confirm.ask(
            self,
            _("Always allow {address}?", address=isolate(view.host)),
            text.replace("{address}", isolate(view.host)),
            _("Always allow"),
            lambda: self._ask("bans.allow"),
            dangerous=False,
        )

    def _ask(self, name: str) -> None:
        view: BanView | None = self.list.current()
        if view is not None:
            operation.run(self, self.desk.client, name, BanLift(view.kind, view.host, view.name), on_done=lambda done: self.refresh())


def allow_place(owner: QWidget, view: BanView, go_on: Callable[[], None]) -> None:
    """Let a phone be where it was refused, after saying what that means."""
    where = country_name(view.country) if view.country else isolate(view.host)
    text = _("Whoever gave this phone's password there may use it from now on. If it was not its owner, set the phone another password instead.")
    title = _("Allow {name} in {place}?", name=isolate(view.name), place=where)
    confirm.ask(owner, title, text, _("Always allow"), go_on, dangerous=False)


def _why_shut_out(view: BanView) -> str:
    why = sentence(f"ban.{view.reason}", {}, language())
    return f"{country_name(view.country)}. {why}" if view.country else why


class RiskSettings(GuardList):
    """Numbers that fraud likes, to be read."""

    def __init__(self, desk: Desk) -> None:
        columns = [
            Column(lambda view: isolate(f"+{view.prefix}"), _("Prefix"), width=130),
            Column(_kind, _("Kind"), width=190),
            Column("area", _("Area"), width=200, grows=True),
            Column(
                lambda view: State(_("Blocked for new customers"), "warning") if view.blocked else State(_("Listed")), _("State"), "state", width=190
            ),
        ]
        model = PageModel(desk.client, "high_risk.list", Nothing(), columns)
        super().__init__(desk, model, _("High-risk numbers"), Empty(_("There is no list of high-risk numbers.")), [], [])


def _why(view: FuseView) -> str:
    return sentence(view.reason, view.parameters, language())


def _fuse_state(view: FuseView) -> State:
    return State(_("Released"), "good") if view.released_at else State(_("Stopped"), "danger")


def _whom(view: BanView) -> str:
    """The phone, the name or the program that is refused; the whole address where it is none of these."""
    known = {"place": _("Phone {name}"), "user": _("Name {name}"), "agent": _("Program {name}"), "flow": _("Port {name}")}
    return known[view.kind].replace("{name}", isolate(view.name)) if view.kind in known else _("The whole address")


def _kind(view: RiskView) -> str:
    known = {
        "premium": _("Premium rate"),
        "satellite": _("Satellite"),
        "network": _("International network"),
        "overseas": _("Island in the North American plan"),
        "fraud": _("Often named in fraud"),
    }
    return known.get(view.kind, view.kind)

"""The short forms of a booth: open it, take more money, move the guest, note and limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from appliance.gui import words
from appliance.gui.desk import Desk
from appliance.gui.screens.booths.booth_words import seconds_left
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.open_form import open_form
from appliance.gui.widgets.plain import label
from appliance.gui.words import _
from appliance.wire.booths import BoothView, SessionJoin, SessionOpen, SessionTopUp, SessionTransfer, SessionUpdate, SessionView
from appliance.wire.shops import ShopView
from appliance.wire.tills import TillView

Done = Callable[[Any], None] | None


def ways() -> list[tuple[str, str]]:
    """How a guest pays."""
    return [("cash", _("Cash")), ("card", _("Card"))]


class OpenForm(Form):
    """Postpaid, or a deposit beforehand; a name or note, a limit. The note has the keyboard: Enter opens at once."""

    def __init__(self, shop: ShopView, till: TillView | None) -> None:
        super().__init__()
        self.shop, self.till = shop, till
        self.text("note", _("&Guest's name or note"), longest=80)
        self.mode = self.pick("mode", _("&Pays"), [("postpaid", _("Afterwards")), ("deposit", _("A deposit now"))])
        self.deposit = self.money("deposit", _("&Deposit"), currency=shop.currency, required=True)
        self.pick("method", _("Given &by"), ways())
        with self.row():
            self.limit = self.money("money_limit", _("&Money limit"), currency=shop.currency)
            self.whole("minutes", _("&Time limit, minutes"), least=1, most=1440, empty=True)
        self.warning = label("", "fault", wrap=True)
        self.layout().addWidget(self.warning)  # type: ignore[union-attr]
        self.mode.currentIndexChanged.connect(self._turn)
        self.deposit.changed.connect(self._warn)
        self._turn()

    def _turn(self) -> None:
        beforehand = self.mode.currentData() == "deposit"
        self.show_field("deposit", beforehand)
        self.show_field("method", beforehand)
        self.show_field("money_limit", not beforehand)
        self._warn()

    def _warn(self) -> None:
        """A deposit that the shop's own credit cannot carry is said before it is taken."""
        said = ""
        if self.mode.currentData() == "deposit":
            try:
                amount = self.deposit.amount()
            except ValueError:
                amount = None
            if self.till is None or self.till.shift is None:
                said = _("There is no open shift at this till, so no money can be taken. Open a shift first, or let the guest pay afterwards.")
            elif amount is not None and words.micros(amount) > words.micros(self.shop.available):
                available = words.money(self.shop.available, self.shop.currency)
                said = _("The shop's own credit is {money}: calls end when that is used up.", money=available)
        self.warning.setText(said)
        self.warning.setVisible(bool(said))


def open_booth(desk: Desk, owner: QWidget, shop: ShopView, till: TillView | None, booth: BoothView, on_done: Done = None) -> FormDialog:
    """Ask who comes and how he pays, and open the booth."""
    form = OpenForm(shop, till)

    def request(values: dict[str, Any]) -> SessionOpen:
        minutes = values.pop("minutes", None)
        if values["mode"] == "deposit":
            values["till"] = till.id if till is not None else None
        else:
            values.pop("method", None)
        return SessionOpen(booth=booth.id, time_limit_seconds=None if minutes is None else minutes * 60, **values)

    title = _("Open {booth}", booth=booth.name)
    dialog = FormDialog(
        desk.client, owner, title=title, form=form, verb=_("Open booth"), operation="booth_sessions.open", request=request, on_done=on_done, width=420
    )
    dialog.resize(dialog.width(), max(dialog.height(), 500))
    dialog.open()
    form.field("note").setFocus()
    return dialog


def top_up(desk: Desk, owner: QWidget, till: TillView, session: SessionView, on_done: Done = None) -> FormDialog:
    """More money, also while the guest talks."""
    form = Form()
    left = words.money(session.left, session.currency) if session.left is not None else ""
    if left:
        seconds = "" if session.left_seconds is None else f", {seconds_left(session.left_seconds)}"
        form.note(_("{money} of {deposit} are left", money=left, deposit=words.money(session.deposit, session.currency)) + seconds)
    form.money("amount", _("&Amount"), currency=session.currency, required=True)
    form.pick("method", _("Given &by"), ways())
    dialog = open_form(
        desk,
        owner,
        _("More money for {booth}", booth=session.booth_name),
        form,
        "booth_sessions.top_up",
        lambda values: SessionTopUp(id=session.id, till=till.id, **values),
        on_done,
        verb=_("Take money"),
        width=380,
    )
    form.field("amount").setFocus()
    return dialog


def transfer(desk: Desk, owner: QWidget, session: SessionView, booths: Sequence[BoothView], on_done: Done = None) -> FormDialog:
    """The guest moves to a closed booth."""
    form = Form()
    form.pick("booth", _("&To booth"), [(each.id, f"{each.position}  {each.name}") for each in booths])
    dialog = open_form(
        desk,
        owner,
        _("Move the guest of {booth}", booth=session.booth_name),
        form,
        "booth_sessions.transfer",
        lambda values: SessionTransfer(id=session.id, booth=values["booth"]),
        on_done,
        verb=_("Move"),
        width=360,
    )
    form.field("booth").setFocus()
    return dialog


def join(desk: Desk, owner: QWidget, session: SessionView, others: Sequence[SessionView], on_done: Done = None) -> FormDialog:
    """One guest pays for two booths."""
    form = Form()
    form.note(_("The booth is free then, and its calls are paid with the other's."))
    shown = [(each.bill, f"{each.booth_name}  {each.note}  {words.money(each.total, each.currency)}") for each in others]
    form.pick("bill", _("&Paid with"), shown)
    dialog = open_form(
        desk,
        owner,
        _("Join the bill of {booth} to another", booth=session.booth_name),
        form,
        "booth_sessions.join",
        lambda values: SessionJoin(id=session.id, into_bill=values["bill"]),
        on_done,
        verb=_("Join"),
        width=420,
    )
    form.field("bill").setFocus()
    return dialog


def change_session(desk: Desk, owner: QWidget, session: SessionView, on_done: Done = None) -> FormDialog:
    """Note and limits; they count for a running call at once."""
    form = Form()
    form.text("note", _("&Guest's name or note"), longest=80)
    if session.mode == "postpaid":
        form.money("money_limit", _("&Money limit"), currency=session.currency)
    form.whole("minutes", _("&Time limit, minutes"), least=1, most=1440, empty=True)
    minutes = None if session.time_limit_seconds is None else session.time_limit_seconds // 60
    form.fill({"note": session.note, "money_limit": session.money_limit, "minutes": minutes})

    def request(values: dict[str, Any]) -> SessionUpdate | None:
        if "minutes" in values:
            typed = values.pop("minutes")
            values["time_limit_seconds"] = None if typed is None else typed * 60
        return SessionUpdate(id=session.id, **values) if values else None

    return open_form(
        desk,
        owner,
        _("{booth}: note and limits", booth=session.booth_name),
        form,
        "booth_sessions.update",
        request,
        on_done,
        verb=_("Save"),
        changed_only=True,
        width=400,
    )

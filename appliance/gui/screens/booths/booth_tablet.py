"""The tablet in a booth: a code that lets one in, and the end of all of them (product.md N9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.gui import operation
from appliance.gui.screen import Action
from appliance.gui.screens.settings.operators_code import SecretDialog
from appliance.gui.widgets import confirm
from appliance.gui.words import _, moment, plural
from appliance.wire.booths import TabletCode
from appliance.wire.shapes import ById, Done

if TYPE_CHECKING:
    from appliance.gui.screens.booths.booths import BoothsScreen


def verbs(screen: BoothsScreen) -> list[Action]:
    """For the chosen booth, whoever sits in it."""
    there = screen.booth is not None
    return [
        Action("booth.tablet", _("Tablet"), lambda: ask_code(screen), "", "link", enabled=there, group=1, operation="booths.tablet_code"),
        Action(
            "booth.end_tablets",
            _("End its tablets"),
            lambda: end_all(screen),
            "",
            "disable",
            enabled=there,
            dangerous=True,
            group=1,
            operation="booths.end_tablets",
        ),
    ]


def ask_code(screen: BoothsScreen) -> None:
    """A code to type on the tablet; shown this once."""
    booth = screen.booth
    if booth is None:
        return
    name = booth.name

    def shown(code: TabletCode) -> None:
        text = _(
            "On the tablet open the web address of these pages with {path}, and type this code before {time}. It is good once.",
            path=code.path,
            time=moment(code.expires_at),
        )
        if code.tablets:
            text += " " + plural("{n} tablet shows this booth already.", "{n} tablets show this booth already.", code.tablets)
        SecretDialog(screen, _("Code for the tablet in {booth}", booth=name), text, code.code).open()

    operation.run(screen, screen.desk.client, "booths.tablet_code", ById(booth.id), on_done=shown)


def end_all(screen: BoothsScreen) -> None:
    """A tablet that is gone, or was lent: none shows the booth any more."""
    booth = screen.booth
    if booth is None:
        return
    identity = booth.id

    def ended(_done: Done) -> None:
        screen.desk.toast(_("No tablet shows this booth any more."))

    def end() -> None:
        operation.run(screen, screen.desk.client, "booths.end_tablets", ById(identity), on_done=ended)

    text = _("Every tablet that shows {booth} asks for a code again.", booth=booth.name)
    confirm.ask(screen, _("End the tablets of this booth?"), text, _("End its tablets"), end)

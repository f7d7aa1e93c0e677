"""The second step: whose customers they become, where their numbers arrive, and what the files may leave open."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.people import currencies, time_zones
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.plain import card, column, label
from appliance.gui.words import _
from appliance.wire.moving import MoveApply
from appliance.wire.problem import Problem
from appliance.wire.trunks import TrunkPage

FIELDS = ("reseller", "trunk", "tariff", "currency", "realm", "timezone", "agent")
OF_CODE = {
    "move.no_trunk": "trunk",
    "move.no_tariff": "tariff",
    "move.currency_unknown": "currency",
    "move.realm_unknown": "realm",
    "move.realm_differs": "realm",
    "move.other_reseller": "reseller",
}
"""The field that mends a refusal."""


class ChoicesPage(QWidget):
    """`changed` when something was typed."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._desk = desk
        self._touched = False
        self.form = Form()
        form = self.form
        if desk.may("resellers.list"):
            form.choice("reseller", _("They become customers of &reseller"), desk.client, "resellers.list", placeholder=_("Your own"))
        form.choice(
            "trunk",
            _("Incoming numbers arrive on &trunk"),
            desk.client,
            "trunks.list",
            value=lambda view: view.name,
            placeholder=_("None"),
            help=_("Without one the numbers are left out."),
        )
        form.choice(
            "tariff",
            _("Ta&riff of those whose tariff is not in the files"),
            desk.client,
            "tariffs.list",
            value=lambda view: view.name,
            placeholder=_("None"),
        )
        form.pick("currency", _("C&urrency of the balances"), currencies(_("As the files say")), search=True)
        form.pick("timezone", _("Time &zone of times that name none"), time_zones(), search=True)
        help = _("Only where the files have digests of passwords. It must be the SIP domain here.")
        form.text("realm", _("Realm of the &digests"), help=help, longest=120)
        form.text(
            "agent",
            _("Only customers of the old system's reseller &number"),
            help=_("Left empty, your own customers are moved, and you are told how many each reseller there has."),
            longest=40,
        )
        form.fill({"timezone": "UTC"})
        form.edited.connect(self.changed)
        text = _("What is left empty is taken from the files. You can come back to this step after the preview.")
        head = column(label(_("Choices"), "title"), label(text, "muted", wrap=True), gap="hair")
        self.setLayout(column(head, card(column(form, margin="large")), None, gap="large"))
        operation.run(self, desk.client, "trunks.list", on_done=self._trunks, on_problem=lambda _problem: None)

    def values(self) -> dict[str, Any] | None:
        """Fields of MovePreview; None where one cannot be read."""
        values = self.form.values()
        if values is None:
            return None
        return {name: value if name == "reseller" else value or "" for name, value in values.items()}

    def fill(self, asked: MoveApply) -> None:
        """As it was asked before."""
        self._touched = True
        self.form.fill({name: getattr(asked, name) or None for name in FIELDS if name != "reseller" or self._desk.may("resellers.list")})

    def show_problem(self, problem: Problem) -> None:
        """At the field that mends it."""
        field = OF_CODE.get(problem.code, problem.field or "")
        self.form.show_problem(Problem(detail=problem.detail, code=problem.code, field=field if field in FIELDS else None, status=problem.status))

    def _trunks(self, page: TrunkPage) -> None:
        """The only trunk is the one."""
        if len(page.trunks) == 1 and not self._touched:
            self.form.fill({"trunk": page.trunks[0].name, "timezone": (self.form.values() or {}).get("timezone", "UTC")})

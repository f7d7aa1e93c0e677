"""The first step: whose business it is, how its people dial, and a second copy of the books on another disk."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from appliance.gui import operation
from appliance.gui.column import State
from appliance.gui.desk import Desk
from appliance.gui.people import countries, dialling, person_languages, time_zones
from appliance.gui.screens.settings.operators_code import SecretDialog
from appliance.gui.screens.setup.setup_page import StepPage
from appliance.gui.screens.setup.setup_state import BUSINESS, Found
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.plain import button, card, column, label, row
from appliance.gui.words import _, isolate
from appliance.wire.backups import CopyRequest, CopyStarted
from appliance.wire.resellers import ResellerUpdate, ResellerView

FIELDS = ("name", "country", "timezone", "language")
PLAN = ("dial_country", "dial_national")


def follow_country(form: Form) -> None:
    """How a country's people dial stands at once when it is chosen, until somebody writes otherwise."""
    chosen, code, national = form.field("country"), form.field("dial_country"), form.field("dial_national")
    assert isinstance(chosen, QComboBox) and isinstance(code, QLineEdit) and isinstance(national, QLineEdit)
    written = [("", "")]

    def follow() -> None:
        if (code.text(), national.text()) in (written[0], ("", "")):
            written[0] = dialling(str(chosen.currentData() or ""))
            code.setText(written[0][0])
            national.setText(written[0][1])

    chosen.currentIndexChanged.connect(lambda _at: follow())


class BusinessStep(StepPage):
    """The root reseller; the currency stands, since the books are kept in it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(
            desk, _("Your business"), _("It stands on receipts, settings sheets and e-mails. All of it but the currency can be changed later.")
        )
        self.form = _form()
        self.currency = label("", "muted")
        self.form.edited.connect(self.changed)
        self.copy = CopyCard(desk)
        self.content.addWidget(card(column(self.form, self.currency, margin="large")))
        self.content.addWidget(self.copy)
        self._view: ResellerView | None = None

    def primary(self) -> str:
        return _("Save and go on") if self.form.changed_quietly() else _("Go on")

    def ready(self) -> bool:
        return self._view is not None

    def enter(self) -> None:
        self.form.field("name").setFocus()

    def show_found(self, found: Found) -> None:
        super().show_found(found)
        self.copy.show_found(found)
        view = found.business
        missing = State(_("Country is missing"), "warning") if view is not None else State("")
        self.say(State(_("Done"), "good") if found.done(BUSINESS) else missing)
        if view is None or (self._view is not None and (self.form.changed_quietly() or view == self._view)):
            return
        self._view = view
        plan = view.dial_plan
        self.form.fill(
            {
                **{name: getattr(view, name) for name in FIELDS},
                "dial_country": str(plan.get("country", "")),
                "dial_national": str(plan.get("national", "")),
            }
        )
        if view.country and not plan:
            code, national = dialling(view.country)
            for name, text in (("dial_country", code), ("dial_national", national)):
                field = self.form.field(name)
                assert isinstance(field, QLineEdit)
                field.setText(text)
        self.currency.setText(_("The books are kept in {currency}.", currency=view.currency))
        self.changed.emit()

    def submit(self) -> None:
        values, view = self.form.values(), self._view
        if values is None or view is None:
            return
        changed = self.form.changed() or {}
        fields: dict[str, Any] = {name: value for name, value in changed.items() if name in FIELDS}
        if any(name in PLAN for name in changed):
            kept = {key: value for key, value in view.dial_plan.items() if key not in ("country", "national")}
            typed = {"country": values["dial_country"].removeprefix("+"), "national": values["dial_national"]}
            fields["dial_plan"] = {**kept, **{key: text for key, text in typed.items() if text}}
        if not fields:
            self.finished.emit()
            return
        request = ResellerUpdate(id=view.id, version=view.version, **fields)
        operation.run(self, self.desk.client, "resellers.update", request, on_done=self._saved, on_problem=self.form.show_problem)

    def _saved(self, view: ResellerView) -> None:
        self.form.fill(self.form.values() or {})
        self._view = view
        self.finished.emit()


class CopyCard(QWidget):
    """The offer of a second copy; its phrase is shown this once."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.form = Form()
        self.form.text(
            "folder", _("&Folder on another disk or machine"), required=True, placeholder=_("For example /media/backup or a folder of your NAS")
        )
        self.start = button(_("Start the second &copy"), self.begin)
        self.told = label("", wrap=True)
        why = _("Every change is written there, encrypted. When the disk of this computer breaks, nothing is lost.")
        inner = column(
            label(_("Second copy"), "heading"), label(why, "muted", wrap=True), self.form, row(self.start, None), self.told, margin="large"
        )
        self.setLayout(column(card(inner)))
        self.told.hide()
        if not desk.may("backups.start_copy"):
            self.hide()

    def show_found(self, found: Found) -> None:
        """Made already, or offered."""
        self.form.setVisible(not found.copy_to)
        self.start.setVisible(not found.copy_to)
        self.told.setVisible(bool(found.copy_to))
        self.told.setText(_("Every change is copied to {folder}.", folder=isolate(found.copy_to)))

    def begin(self) -> None:
        """Ask for it."""
        values = self.form.values()
        if values is not None:
            operation.run(
                self,
                self._desk.client,
                "backups.start_copy",
                CopyRequest(values["folder"]),
                on_done=self._started,
                on_problem=self.form.show_problem,
                busy=self.start,
            )

    def _started(self, made: CopyStarted) -> None:
        if not made.phrase:
            self._desk.toast(_("The second copy goes to {folder}.", folder=isolate(made.folder)))
            return
        text = _("Write this phrase down and keep it away from this computer: without it nobody can open the copy, you neither.")
        SecretDialog(self.window(), _("Recovery phrase of the second copy"), text, made.phrase).open()


def _form() -> Form:
    form = Form()
    form.text("name", _("&Name of the business"), required=True)
    with form.row():
        form.pick("country", _("&Country"), countries(), search=True)
        form.pick("timezone", _("Time &zone"), time_zones(), search=True)
    form.pick("language", _("&Language"), person_languages(), help=_("Of documents and e-mails where a customer has none."))
    with form.row():
        form.text("dial_country", _("Country code"), placeholder="31", longest=4, help=_("So numbers of your own country can be dialled as at home."))
        form.text("dial_national", _("Before a number of the own country"), placeholder="0", longest=4)
    follow_country(form)
    return form

"""Settings: groups at the left, each a form or a list of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from PySide6.QtWidgets import QStackedWidget, QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.resellers.settings_brand import BrandSettings
from appliance.gui.screens.settings.settings_audit import AuditSettings
from appliance.gui.screens.settings.settings_backup import BackupSettings
from appliance.gui.screens.settings.settings_business import BusinessForm
from appliance.gui.screens.settings.settings_catalogue import Setting, of_sections, settings
from appliance.gui.screens.settings.settings_check import CheckSettings
from appliance.gui.screens.settings.settings_form import SettingsForm
from appliance.gui.screens.settings.settings_guard import BanSettings, RiskSettings, StoppedSettings
from appliance.gui.screens.settings.settings_limits import LimitSettings
from appliance.gui.screens.settings.settings_mail import MailSettings
from appliance.gui.screens.settings.settings_rates import RateSettings
from appliance.gui.screens.settings.settings_refused import RefusedSettings
from appliance.gui.screens.settings.settings_registration import RegistrationSettings
from appliance.gui.screens.settings.settings_taxes import TaxSettings
from appliance.gui.screens.settings.settings_tokens import TokenSettings
from appliance.gui.screens.settings.settings_webhooks import WebhookSettings
from appliance.gui.theme import space
from appliance.gui.widgets import confirm
from appliance.gui.widgets.empty import EmptyView
from appliance.gui.widgets.plain import card, column, edge, holding, label, row, scrolling
from appliance.gui.widgets.sections import Sections
from appliance.gui.words import _
from appliance.wire.problem import Problem
from appliance.wire.settings import SettingPage
from appliance.wire.shapes import Listing

WIDEST = 760


PLACED = frozenset(
    [
        "sip",
        "registrar",
        "media",
        "calls",
        "emergency",
        "numbers",
        "service_numbers",
        "announcements",
        "fees",
        "alerts",
        "carriers",
        "documents",
        "taxes",
        "phones",
        "guard",
        "trunks",
        "operators",
        "api",
        "lan",
        "web",
        "acme",
        "mail",
        "backup",
        "store",
        "retention",
        "checks",
        "metrics",
        "webhooks",
        "summary",
    ]
)
"""Sections of settings that have their place below."""


def others() -> list[tuple[str, list[Setting]]]:
    """What has no place of its own yet: nothing that can be set is out of reach."""
    sections = sorted({key.partition(".")[0] for key in settings()} - PLACED)
    return [(_("Other settings"), of_sections(*sections))] if sections else []


FORMS = (SettingsForm, BusinessForm, BrandSettings)
"""What is typed into and saved as a whole."""


class Section(NamedTuple):
    """One line at the left. `list`: it fills its place itself; else it is a form that scrolls."""

    name: str
    title: str
    build: Callable[[], QWidget]
    list: bool = False


class SettingsScreen(Screen):
    """The groups are made when they are first seen."""

    kinds = frozenset({"setting", "reseller", "operator", "exchange_rate", "tax", "limit", "customer", "webhook"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.sections = self._sections()
        self.names = Sections(_("Settings"))
        for each in self.sections:
            self.names.add(each.title, each.name)
        self.stack = QStackedWidget()
        self.built: dict[str, QWidget] = {}
        self._places: dict[str, QWidget] = {}
        self._fault = EmptyView()
        self.stack.addWidget(self._fault)
        self.values: SettingPage | None = None
        head = row(label(_("Settings"), "title"), None)
        head.setContentsMargins(space("large"), space("large"), space("large"), space("medium"))
        whole = row(self.names, edge(), self.stack, gap="")
        whole.setStretch(2, 1)
        self.body.addLayout(column(head, whole, gap=""))
        self._at = -1
        self.names.currentRowChanged.connect(self._choose)
        self.names.setCurrentRow(next((at for at, each in enumerate(self.sections) if each.name == place.tab), 0))

    def title(self) -> str:
        return _("Settings")

    def verbs(self) -> list[Action]:
        section = self.built.get(self.section)
        saves = isinstance(section, FORMS) and self.stack.currentWidget() is not self._fault
        found = [
            Action("settings.save", _("Save"), self._save, "Ctrl+S", "enable", enabled=saves, primary=True, operation="settings.set"),
            Action(
                "settings.operators",
                _("Operators"),
                lambda: self.desk.go(Place("operators")),
                "Ctrl+Shift+O",
                "user",
                group=1,
                operation="operators.list",
            ),
        ]
        backup = Action("settings.backup", _("Back up now"), self._back_up, "Ctrl+B", "archive", group=1, operation="backups.make")
        account = Action("settings.account", _("My account"), lambda: self.desk.go(Place("account")), "", "user", group=1)
        alerts = Action("settings.alerts", _("Alerts"), lambda: self.desk.go(Place("alerts")), "", "warning", group=1)
        move = Action("settings.move_in", _("Move in"), lambda: self.desk.go(Place("move")), "", "import", group=1, operation="move.apply")
        return [*found, account, backup, alerts, move]

    def part(self) -> str:
        return self.section

    @property
    def section(self) -> str:
        """The name of the group that is seen."""
        return self.sections[max(0, self.names.currentRow())].name

    def refresh(self) -> None:
        operation.run(self, self.desk.client, "settings.list", Listing(limit=200), on_done=self._came, on_problem=self._failed)
        for each in self.built.values():
            if isinstance(
                each,
                (
                    BusinessForm,
                    BrandSettings,
                    RegistrationSettings,
                    TaxSettings,
                    LimitSettings,
                    RateSettings,
                    TokenSettings,
                    WebhookSettings,
                    AuditSettings,
                ),
            ):
                each.refresh()

    def on_changes(self, changes: Mapping[str, frozenset[int]]) -> None:
        """What somebody is typing stays as it is."""
        self.refresh()

    def leave(self) -> bool:
        """Asks first where something is typed and not saved."""
        dirty = [each for each in self.built.values() if isinstance(each, FORMS) and each.dirty]
        if not dirty:
            return True
        text = _("What you changed here is not saved yet.")
        confirm.ask(self, _("Leave without saving?"), text, _("Leave"), self._drop, dangerous=True)
        return False

    # parts ---------------------------------------------------------------------------------------------------------
    def _sections(self) -> list[Section]:
        desk = self.desk
        phones = [
            (_("Phones and carriers"), of_sections("sip")),
            (_("Watch of trunks"), of_sections("trunks")),
            (_("Registrations"), of_sections("registrar")),
            (_("Sound"), of_sections("media")),
        ]
        calls = [
            (_("Calls"), of_sections("calls", "emergency", "numbers", "service_numbers", "announcements", "fees")),
            (_("Alerts"), of_sections("alerts", "carriers", "checks")),
        ]
        papers = [(_("Papers"), of_sections("documents")), (_("Taxes"), of_sections("taxes")), (_("What phones are told"), of_sections("phones"))]
        guard = [
            (_("Guard"), of_sections("guard")),
            (_("Sign-in and programs"), of_sections("operators", "api", "lan", "web", "metrics", "webhooks")),
            (_("Certificates"), of_sections("acme")),
            *others(),
        ]
        return [
            Section("business", _("Business"), lambda: BusinessForm(desk)),
            Section("brand", _("Brand"), lambda: BrandSettings(desk)),
            Section("registration", _("Web registration"), lambda: RegistrationSettings(desk), list=True),
            Section("taxes", _("Taxes"), lambda: TaxSettings(desk), list=True),
            Section("limits", _("Limits by role"), lambda: LimitSettings(desk), list=True),
            Section("calls", _("Calls and numbers"), lambda: SettingsForm(desk, calls)),
            Section("phones", _("Phones and carriers"), lambda: SettingsForm(desk, phones)),
            Section("mail", _("E-mail"), lambda: MailSettings(desk)),
            Section("papers", _("Papers and sheets"), lambda: SettingsForm(desk, papers)),
            Section("guard", _("Security"), lambda: SettingsForm(desk, guard)),
            Section("fuses", _("Stopped customers"), lambda: StoppedSettings(desk), list=True),
            Section("bans", _("Shut out"), lambda: BanSettings(desk), list=True),
            Section("refused", _("Refused phones"), lambda: RefusedSettings(desk), list=True),
            Section("risk", _("High-risk numbers"), lambda: RiskSettings(desk), list=True),
            Section("keeping", _("Keeping and backup"), lambda: BackupSettings(desk)),
            Section("forgetting", _("Forgetting"), lambda: SettingsForm(desk, [(_("How long things are kept"), of_sections("retention"))])),
            Section("check", _("Self-check"), lambda: CheckSettings(desk)),
            Section("rates", _("Exchange rates"), lambda: RateSettings(desk), list=True),
            Section("tokens", _("API tokens"), lambda: TokenSettings(desk), list=True),
            Section("webhooks", _("Webhooks"), lambda: WebhookSettings(desk), list=True),
            Section("audit", _("Audit log"), lambda: AuditSettings(desk), list=True),
        ]

    def _choose(self, at: int) -> None:
        if at < 0:
            return
        section = self.sections[at]
        if section.name not in self.built:
            made = section.build()
            self.built[section.name] = made
            if isinstance(made, SettingsForm) and self.values is not None:
                made.show_values(self.values)
            made_place = made if section.list else self._scrolled(made)
            self._places[section.name] = made_place
            self.stack.addWidget(made_place)
        self.stack.setCurrentWidget(self._places[section.name])
        self.verbs_changed.emit()

    @staticmethod
    def _scrolled(made: QWidget) -> QWidget:
        holder = card(column(made, margin="wide"))
        holder.setMaximumWidth(WIDEST)
        line = row(holder, None, margin="large")
        line.setStretch(0, WIDEST)
        return scrolling(holding(column(line, None, gap="")))

    def _came(self, page: SettingPage) -> None:
        self.values = page
        for each in self.built.values():
            if isinstance(each, SettingsForm):
                each.show_values(page)
        if self.section in self._places:
            self.stack.setCurrentWidget(self._places[self.section])
        self.verbs_changed.emit()

    def _failed(self, problem: Problem) -> None:
        self._fault.show_problem(problem, self.refresh)
        if self.values is None:
            self.stack.setCurrentWidget(self._fault)
            self.verbs_changed.emit()

    def _save(self) -> None:
        section = self.built.get(self.section)
        if isinstance(section, FORMS):
            section.save()

    def _back_up(self) -> None:
        self.names.setCurrentRow(next(at for at, each in enumerate(self.sections) if each.name == "keeping"))
        section = self.built.get("keeping")
        if isinstance(section, BackupSettings):
            section.back_up()

    def _drop(self) -> None:
        """Forget what is typed; the person goes where they wanted next."""
        for name in [name for name, each in self.built.items() if isinstance(each, FORMS) and each.dirty]:
            gone, place = self.built.pop(name), self._places.pop(name)
            self.stack.removeWidget(place)
            place.deleteLater()
            gone.deleteLater()
        self._choose(self.names.currentRow())

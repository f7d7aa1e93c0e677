"""The set-up: from an empty folder to the first billed call in five steps that can be left out and come back to (product.md N13, N15).

Each page stays alive as long as the set-up is open, so that what was typed is there when one comes back.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QButtonGroup, QSizePolicy, QStackedWidget, QToolButton, QWidget

from appliance.gui.desk import Desk, Place
from appliance.gui.icons import icon
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.setup.setup_business import BusinessStep
from appliance.gui.screens.setup.setup_customer import CustomerStep
from appliance.gui.screens.setup.setup_markup import MarkupStep
from appliance.gui.screens.setup.setup_page import StepPage
from appliance.gui.screens.setup.setup_prices import PricesStep
from appliance.gui.screens.setup.setup_state import BUSINESS, CUSTOMER, MARKUP, PRICES, STEPS, TRUNK, Found, SetupState, titles
from appliance.gui.screens.setup.setup_trunk import TrunkStep
from appliance.gui.theme import space
from appliance.gui.widgets.plain import button, holding, label, line, row
from appliance.gui.words import _, count, plural


class StepBar(QWidget):
    """The five steps beside each other: number or tick, and the name."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("frame")
        self._theme = desk.theme
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        self._done: frozenset[str] = frozenset()
        parts: list[QWidget] = []
        for at, (step, title) in enumerate(titles().items(), 1):
            made = QToolButton()
            made.setObjectName("step")
            made.setText(f"{count(at)}  {title}")
            made.setCheckable(True)
            made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            made.setIconSize(QSize(18, 18))
            made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self._group.addButton(made)
            self.buttons[step] = made
            parts.append(made)
        box = row(*parts, gap="hair")
        box.setContentsMargins(space("large"), space("small"), space("large"), space("small"))
        self.setLayout(box)
        desk.theme.changed.connect(self._paint)
        self.show_done(frozenset())

    def show_done(self, done: frozenset[str]) -> None:
        """Tick these."""
        self._done = done
        self._paint()

    def _paint(self) -> None:
        for step, each in self.buttons.items():
            name = titles()[step]
            ticked = step in self._done
            tone = "good" if ticked else "muted"
            each.setIcon(icon("good" if ticked else "open", self._theme.color(tone), self._theme.color(tone)))
            each.setAccessibleName(_("{step}: done", step=name) if ticked else _("{step}: to do", step=name))
            each.setToolTip(each.accessibleName())


class SetupScreen(Screen):
    """`place.tab` names a step; without one the first that is left is shown."""

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.state = SetupState(desk, self)
        self.bar = StepBar(desk)
        self.stack = QStackedWidget()
        trunk = TrunkStep(desk)
        trunk.saved.connect(self.state.know_trunk)
        self.pages: dict[str, StepPage] = {
            BUSINESS: BusinessStep(desk),
            TRUNK: trunk,
            PRICES: PricesStep(desk),
            MARKUP: MarkupStep(desk),
            CUSTOMER: CustomerStep(desk),
        }
        for step, page in self.pages.items():
            self.stack.addWidget(page)
            self.bar.buttons[step].clicked.connect(partial(self.show_step, step))
            page.finished.connect(self.go_on)
            page.changed.connect(self._fit_foot)
        self.back = button(_("&Back"), self.go_back)
        self.skip = button(_("&Skip for now"), lambda: self.step_by(1), "link")
        self.primary = button("", self.submit, "primary")
        self.left = label("", "muted")
        foot = row(self.left, None, self.skip, self.back, self.primary)
        foot.setContentsMargins(space("large"), space("medium"), space("large"), space("medium"))
        for part in (self.bar, line(), self.stack, line(), holding(foot, "frame")):
            self.body.addWidget(part, 1 if part is self.stack else 0)
        self._chosen = False
        self.at = BUSINESS
        self.state.changed.connect(self._came)
        self.show_step(place.tab if place.tab in STEPS else BUSINESS, chosen=place.tab in STEPS)

    def title(self) -> str:
        return _("Set-up")

    def verbs(self) -> list[Action]:
        page = self.pages[self.at]
        text, first, last = page.primary(), self.at == STEPS[0], self.at == STEPS[-1]
        found = [Action("setup.go_on", text, self.submit, "Ctrl+Return", "enable", enabled=page.ready(), primary=True)] if text else []
        found.append(Action("setup.back", _("Back"), self.go_back, "Ctrl+Shift+Left", "back", enabled=not first, group=1))
        found.append(Action("setup.skip", _("Skip for now"), lambda: self.step_by(1), "Ctrl+Shift+Right", "forward", enabled=not last, group=1))
        found.append(Action("setup.leave", _("Go on later"), lambda: self.desk.go(Place("dashboard")), "", "dashboard", group=2))
        return found

    def refresh(self) -> None:
        self.state.ask()

    # steps ---------------------------------------------------------------------------------------------------------
    def show_step(self, step: str, *, chosen: bool = True) -> None:
        """Show that step."""
        self._chosen = self._chosen or chosen
        self.at = step
        self.bar.buttons[step].setChecked(True)
        self.stack.setCurrentWidget(self.pages[step])
        self._fit_foot()
        self.pages[step].enter()

    def go_back(self) -> None:
        """To the step before, or back inside this one."""
        if not self.pages[self.at].step_back():
            self.step_by(-1)

    def step_by(self, by: int) -> None:
        """The step before (-1) or the next (1); what is typed stays where it is."""
        at = STEPS.index(self.at) + by
        if 0 <= at < len(STEPS):
            self.show_step(STEPS[at])
        elif by > 0:
            self.desk.go(Place("dashboard"))

    def submit(self) -> None:
        """The page's own verb."""
        page = self.pages[self.at]
        if page.primary() and page.ready():
            page.submit()

    def go_on(self) -> None:
        """A page is through."""
        if self.sender() is self.pages[self.at]:
            self.state.ask()
            self.step_by(1)

    def _came(self, found: Found) -> None:
        for page in self.pages.values():
            page.show_found(found)
        self.bar.show_done(frozenset(STEPS) - frozenset(found.left))
        left = len(found.left)
        self.left.setText(plural("{n} step is left", "{n} steps are left", left) if left else _("Everything is set up"))
        if not self._chosen and found.left:
            self.show_step(found.left[0])
        self._fit_foot()

    def _fit_foot(self) -> None:
        page = self.pages[self.at]
        text = page.primary()
        self.primary.setVisible(bool(text))
        self.primary.setText(text)
        self.primary.setEnabled(page.ready())
        self.back.setEnabled(self.at != STEPS[0])
        self.skip.setVisible(self.at != STEPS[-1] and self.at in self.state.found.left)
        self.verbs_changed.emit()

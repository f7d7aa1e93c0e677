"""E-mail: the server it leaves by, a test message, and what became of it."""

from __future__ import annotations

from PySide6.QtCore import QTimer

from appliance.gui import operation
from appliance.gui.column import State
from appliance.gui.desk import Desk
from appliance.gui.screens.settings.account_summary import SummaryList
from appliance.gui.screens.settings.settings_catalogue import of_sections
from appliance.gui.screens.settings.settings_form import SettingsForm
from appliance.gui.widgets.badge import Badge
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.plain import button, card, column, label, row
from appliance.gui.words import _, language
from appliance.wire.messages import MailTest, MessageView
from appliance.wire.problem import Problem
from appliance.wire.shapes import ById

LOOK_AGAIN_MS = 1000
MOST_LOOKS = 60


class MailSettings(SettingsForm):
    """The settings of `mail`, and under them the test."""

    def __init__(self, desk: Desk) -> None:
        self.recipient = Form()
        self.recipient.text("recipient", _("Send a test &to"), placeholder="you@shop.example")
        self.recipient.fill({"recipient": desk.session.operator.email})
        self.try_button = button(_("Send test"), self.send_test)
        self.badge = Badge(desk.theme)
        self.told = label("", wrap=True)
        test = card(column(label(_("Test"), "heading"), self.recipient, row(self.try_button, self.badge, None), self.told, margin="large"))
        self.summaries = SummaryList(desk)
        groups = [(_("E-mail server"), of_sections("mail")), (_("Daily summary"), of_sections("summary"))]
        super().__init__(desk, groups, below=[test, card(column(self.summaries, margin="large"))])
        self._looks = 0
        self._again = QTimer(self, singleShot=True, interval=LOOK_AGAIN_MS)
        self._again.timeout.connect(self._look)
        self._message = 0

    def send_test(self) -> None:
        """By the settings as they are saved."""
        values = self.recipient.values()
        if not values or not values["recipient"]:
            self.recipient.show_problem(Problem(field="recipient", detail=_("Give an e-mail address.")))
            return
        if self.dirty:
            self._tell(State(_("Not sent"), "warning"), _("Save the settings first: the test goes by what is saved."))
            return
        request = MailTest(recipient=values["recipient"], language=language())
        client = self.desk.client
        operation.run(self, client, "messages.test", request, on_done=self._made, on_problem=self.recipient.show_problem, busy=self.try_button)

    def _made(self, message: MessageView) -> None:
        self._message, self._looks = message.id, 0
        self._show(message)

    def _look(self) -> None:
        operation.run(self, self.desk.client, "messages.get", ById(self._message), on_done=self._show, on_problem=self.recipient.show_problem)

    def _show(self, message: MessageView) -> None:
        if message.state == "sent":
            self._tell(State(_("Sent"), "good"), _("The server took the message for {recipient}.", recipient=message.recipient))
            return
        if message.state == "failed" or message.error:
            self._tell(State(_("Not sent"), "danger"), message.error or _("The message was given up."))
            return
        self._tell(State(_("On its way"), "accent"), "")
        self._looks += 1
        if self._looks < MOST_LOOKS:
            self._again.start()

    def _tell(self, state: State, text: str) -> None:
        self.badge.show_state(state)
        self.told.setText(text)
        self.told.setVisible(bool(text))

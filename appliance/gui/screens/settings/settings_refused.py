"""Phones that did not get in, why, and what was said: a phone itself says no more than that it is not registered."""

from __future__ import annotations

from appliance.gui.column import Column
from appliance.gui.desk import Desk
from appliance.gui.screens.parts.trace_tab import TraceTab
from appliance.gui.screens.settings.settings_guard import GuardList
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.gui.widgets.plain import button
from appliance.gui.words import _, isolate, language
from appliance.i18n import sentence
from appliance.wire.traces import RefusalList, RefusalView


class RefusedSettings(GuardList):
    """The newest ones, with what was said."""

    def __init__(self, desk: Desk) -> None:
        self.trace_button = button(_("Trace"), self.show_trace)
        columns = [
            Column("at", _("Time"), "moment", width=138),
            Column(lambda view: isolate(view.name), _("Name"), width=120),
            Column(_why, _("Why"), width=300, grows=True),
            Column(lambda view: isolate(view.source), _("Address"), width=160),
            Column(lambda view: isolate(view.user_agent), _("Program"), width=150),
            Column("tries", _("Tries"), "count", width=70),
        ]
        super().__init__(
            desk,
            PageModel(desk.client, "refusals.list", RefusalList(limit=1000), columns),
            _("Refused phones"),
            Empty(_("No phone was refused of late. One with a wrong password stands here with the reason, until the server is started again.")),
            [],
            [self.trace_button],
        )
        self.list.search.show()
        self.list.opened.connect(lambda view: self.show_trace())

    def chosen(self, view: RefusalView | None) -> None:
        """Every row has its messages."""
        self.trace_button.setEnabled(view is not None and self.desk.may("refusals.trace"))

    def show_trace(self) -> None:
        """Its messages, and what came of them."""
        view: RefusalView | None = self.list.current()
        if view is None:
            return
        trace = TraceTab(self.desk, view.id, "refusals.trace")
        saving = [button(verb.text, verb.run) for verb in trace.verbs()]

        def arrived() -> None:
            for each in saving:
                each.setEnabled(True)

        for each in saving:
            each.setEnabled(False)
        trace.changed.connect(arrived)
        PanelDialog(self, isolate(view.name or view.source), trace, more=saving, size=(760, 560)).open()
        trace.ask()


def _why(view: RefusalView) -> str:
    return sentence(view.code, view.parameters, language())

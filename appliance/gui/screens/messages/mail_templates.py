"""The wordings of e-mails and of the payments page: chosen at the left, written in the middle, seen at the right (S13)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QSplitter

from appliance.gui import operation, words
from appliance.gui.column import State
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.invoices.invoice_layout import edit_layout
from appliance.gui.screens.messages.message_words import field_words, template_word
from appliance.gui.theme import space
from appliance.gui.widgets import confirm
from appliance.gui.widgets.badge import Badge
from appliance.gui.widgets.choice import Choice
from appliance.gui.widgets.empty import EmptyView
from appliance.gui.widgets.mail_preview import MailPreview
from appliance.gui.widgets.plain import column, edge, holding, label, line, row
from appliance.gui.widgets.sections import Sections
from appliance.gui.widgets.wording_edit import WordingEdit
from appliance.gui.words import _
from appliance.wire.endpoints import EndpointList, EndpointPage, EndpointView
from appliance.wire.messages import MessagePreview, TemplateList, TemplatePage, TemplatePreview, TemplateSet, TemplateView
from appliance.wire.problem import Problem

NARROW = 760
"""Under this the e-mail stands below its wording: beside it a line would hold a letter."""

Key = tuple[str, str, object]
"""Template, language, reseller."""


class TemplatesScreen(Screen):
    """`place.filters` may have `name`. A wording of one's own stands in the place of the built-in one until it is reset."""

    kinds = frozenset({"template"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.views: dict[tuple[str, str], TemplateView] = {}
        self.names = Sections(_("Templates"))
        self.language = QComboBox()
        self.language.setAccessibleName(_("Language"))
        for code, name in words.languages():
            self.language.addItem(name, code)
        self.language.setCurrentIndex(max(0, self.language.findData(words.language())))
        self.reseller = Choice(desk.client, "resellers.list", placeholder=_("Reseller: your own"))
        self.reseller.setAccessibleName(_("Reseller"))
        self.reseller.setMinimumWidth(170)
        self.badge = Badge(desk.theme)
        self.wording, self.preview, self.fault = WordingEdit(), MailPreview(), EmptyView()
        self._seen: Key | None = None
        self._drafts: dict[Key, tuple[str, str, str]] = {}
        self.somebody = Choice(desk.client, "endpoints.list", show=_phone_line, request=EndpointList(), placeholder=_("Made-up data"))
        """Whose data the preview shows; the server's made-up ones where there is nobody."""

        self.somebody.setAccessibleName(_("Shown with"))
        self.somebody.setVisible(desk.may("endpoints.list"))
        self.whose = label("", "muted", wrap=True)
        self._lay()
        self.names.currentRowChanged.connect(lambda _at: self._choose())
        self.language.currentIndexChanged.connect(lambda _at: self._choose())
        self.reseller.chosen.connect(lambda _view: self._other())
        self.somebody.chosen.connect(lambda _view: self._see())
        self.wording.typed.connect(self._typed)
        self.wording.edited.connect(self._see)

    def title(self) -> str:
        return _("Templates")

    @property
    def current(self) -> TemplateView | None:
        """The wording that is seen, as it is kept."""
        item = self.names.currentItem()
        return None if item is None else self.views.get((item.data(Qt.ItemDataRole.UserRole), self.language.currentData()))

    @property
    def dirty(self) -> bool:
        """Whether something is typed into the wording that is seen and not kept."""
        return self._seen in self._drafts

    def refresh(self) -> None:
        request = TemplateList(self.reseller.value())
        operation.run(self, self.desk.client, "messages.templates", request, on_done=self._came, on_problem=self._failed)
        if self.desk.may("endpoints.list"):
            first = EndpointList(reseller=self.reseller.value(), limit=1)
            operation.run(self, self.desk.client, "endpoints.list", first, on_done=self._somebody, on_problem=lambda _problem: None)

    def verbs(self) -> list[Action]:
        view = self.current
        own = view is not None and view.own
        go = self.desk.go
        return [
            Action("template.save", _("Save"), self.save, "Ctrl+S", "enable", self.dirty, primary=True, operation="messages.set_template"),
            Action("template.drop", _("Discard changes"), self._drop, "", "undo", self.dirty, operation="messages.set_template"),
            Action("template.reset", _("Back to the built-in"), self._reset, "", "undo", own, group=1, operation="messages.set_template"),
            Action("template.letters", _("Letters"), lambda: go(Place("letters")), "", "messages", group=2, operation="messages.letters"),
            Action("template.layout", _("Layout of invoices"), self._layout, "", "invoices", group=2, operation="invoices.layout"),
        ]

    def leave(self) -> bool:
        """Asks first where something is typed and not saved."""
        if not self._drafts:
            return True
        text = _("What you changed here is not saved yet.")
        confirm.ask(self, _("Leave without saving?"), text, _("Leave"), self._drafts.clear, dangerous=True)
        return False

    # what is done --------------------------------------------------------------------------------------------------
    def save(self) -> None:
        """Keep what is typed as the reseller's own; Undo brings back what was."""
        view = self.current
        if view is not None and self.dirty:
            self._set(view, *self.wording.wording(), told=_("The wording is saved"))

    def _set(self, view: TemplateView, subject: str, text: str, page: str, told: str) -> None:
        reseller = self.reseller.value()
        request = TemplateSet(view.name, view.language, reseller, subject, text, page)
        back = TemplateSet(view.name, view.language, reseller, view.subject, view.text, view.html)
        if not view.own:
            back = TemplateSet(view.name, view.language, reseller)

        def undo() -> None:
            operation.run(self, self.desk.client, "messages.set_template", back, on_done=self._kept)

        def done(fresh: TemplateView) -> None:
            self._kept(fresh)
            self.desk.toast(told, undo)

        operation.run(self, self.desk.client, "messages.set_template", request, on_done=done, on_problem=self.wording.show_problem)

    def _kept(self, fresh: TemplateView) -> None:
        self.views[(fresh.name, fresh.language)] = fresh
        self._drafts.pop((fresh.name, fresh.language, self.reseller.value()), None)
        self._choose(again=True)

    def _reset(self) -> None:
        view = self.current
        if view is not None:
            self._set(view, "", "", "", told=_("The built-in wording counts again"))

    def _drop(self) -> None:
        if self._seen is not None:
            self._drafts.pop(self._seen, None)
        self._choose(again=True)

    def _layout(self) -> None:
        edit_layout(self.desk, self)

    # parts ---------------------------------------------------------------------------------------------------------
    def _lay(self) -> None:
        head = row(label(self.title(), "title"), None, self.badge, self.language, self.reseller)
        head.setContentsMargins(space("large"), space("large"), space("large"), space("medium"))
        halves = self.halves = QSplitter(Qt.Orientation.Horizontal)
        halves.setChildrenCollapsible(False)
        halves.addWidget(holding(column(self.fault, self.wording, margin="large")))
        shown_with = row(label(_("Shown with"), "muted"), self.somebody)
        shown_with.setStretch(1, 1)
        halves.addWidget(holding(column(shown_with, self.whose, self.preview, gap="small", margin="large")))
        halves.setSizes([500, 500])
        self.fault.hide()
        whole = row(self.names, edge(), halves, gap="")
        whole.setStretch(2, 1)
        self.body.addLayout(head)
        self.body.addWidget(line())
        self.body.addLayout(whole, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        wide = event.size().width() >= NARROW
        self.halves.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)

    def _somebody(self, page: EndpointPage) -> None:
        if self.somebody.value() is None and page.endpoints:
            self.somebody.set_value(page.endpoints[0].id, _phone_line(page.endpoints[0]))
            self._see()

    def _came(self, page: TemplatePage) -> None:
        self.fault.hide()
        self.wording.show()
        self.views = {(each.name, each.language): each for each in page.templates}
        names = list(dict.fromkeys(each.name for each in page.templates))
        if [self.names.item(at).data(Qt.ItemDataRole.UserRole) for at in range(self.names.count())] != names:
            self._list(names)
        self._choose(again=not self.dirty)

    def _list(self, names: list[str]) -> None:
        self.names.blockSignals(True)
        self.names.clear()
        for each in names:
            self.names.add(template_word(each), each)
        wanted = self.place.filters.get("name", "")
        self.names.setCurrentRow(names.index(wanted) if wanted in names else 0)
        self.names.blockSignals(False)

    def _failed(self, problem: Problem) -> None:
        if not self.views:
            self.fault.show_problem(problem, self.refresh)
            self.fault.show()
            self.wording.hide()

    def _other(self) -> None:
        self.views = {}
        self.somebody.set_value(None)
        self.somebody.set_request(EndpointList(reseller=self.reseller.value()))
        self.refresh()

    def _choose(self, *, again: bool = False) -> None:
        """Show the wording that is chosen; what was typed and not saved is still there."""
        view = self.current
        if view is None:
            return
        now = (view.name, view.language, self.reseller.value())
        if self._seen == now and not again:
            return
        self._seen = now
        self.wording.fill(*self._drafts.get(now, (view.subject, view.text, view.html)))
        self.wording.offer(view.fields, field_words())
        self.badge.show_state(State(_("Your own wording"), "accent") if view.own else State(_("Built-in"), "muted"))
        self._see()
        self.verbs_changed.emit()

    def _typed(self) -> None:
        view = self.current
        if view is None or self._seen is None:
            return
        typed = self.wording.wording()
        if typed == (view.subject.strip(), view.text.strip(), view.html.strip()):
            self._drafts.pop(self._seen, None)
        else:
            self._drafts[self._seen] = typed
        self.verbs_changed.emit()

    def _see(self) -> None:
        view = self.current
        if view is None:
            return
        whose = self.somebody.value()
        made_up = _("Every name, sum and date below is made up. Choose a phone to see it with a customer's own.")
        self.whose.setText(made_up if whose is None else _("Sums, dates, links and passwords below are made up; the rest is the customer's own."))
        request = TemplatePreview(view.name, view.language, self.reseller.value(), whose, *self.wording.wording())
        operation.run(self, self.desk.client, "messages.preview", request, on_done=self._shown, on_problem=self.wording.show_problem)

    def _shown(self, view: MessagePreview) -> None:
        self.wording.forget_problem()
        self.preview.show_message(view)


def _phone_line(view: EndpointView) -> str:
    return f"{view.number}   {view.customer}"

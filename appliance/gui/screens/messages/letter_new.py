"""A new letter: to whom at the left, with how many that are; what one of them reads at the right; then it is sent (S13)."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QTimer

from appliance.gui import operation, words
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.messages.message_words import field_words
from appliance.gui.widgets import confirm
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.mail_preview import MailPreview
from appliance.gui.widgets.plain import card, column, edge, holding, label, row, scrolling
from appliance.gui.widgets.wording_edit import WordingEdit
from appliance.gui.words import _, count, plural
from appliance.wire.letters import LetterCount, LetterPreview, LetterSelection, LetterSend, LetterText, LetterView
from appliance.wire.messages import TemplatePage
from appliance.wire.problem import Problem

FIELDS = (
    "customer", "first_name", "last_name", "company", "number", "tariff", "balance", "web_address", "brand", "brand_phone", "brand_email",
)  # fmt: skip
COUNTS_AFTER_MS = 300
WIDEST_LEFT = 430
SCROLL_BAR = 14
OWN, TEMPLATE = "own", "template"


def chosen_customers(place: Place) -> list[int]:
    """The customers that the list of customers handed over, by id."""
    return [int(each) for each in place.filters.get("customers", "").split(",") if each.isdigit()]


class LetterScreen(Screen):
    """`place.filters` may have `customers`: ids with commas between; without them a selection is typed."""

    kinds = frozenset({"customer", "template"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.customers = chosen_customers(place)
        self.counted: LetterCount | None = None
        self.whom = self._whom()
        self.told = label("", "strong", wrap=True)
        self.named = label("", "muted", wrap=True)
        self.how = Form()
        self.how.pick("wording", _("&Wording"), [(TEMPLATE, _("The template, in each one's language")), (OWN, _("Written here"))])
        self.how.pick("language", _("&Language"), words.languages())
        self.how.show_field("language", False)
        self.wording = WordingEdit(with_page=False)
        self.wording.setMinimumHeight(220)
        self.wording.offer(FIELDS, field_words())
        self.wording.hide()
        self.preview = MailPreview()
        self._texts: dict[str, LetterText] = {}
        self._language = words.language()
        self.how.fill({"language": self._language})
        self._lay()
        self._later = QTimer(self, singleShot=True, interval=COUNTS_AFTER_MS)
        self._later.timeout.connect(self.refresh)
        self.whom.edited.connect(self._later.start)
        self.how.edited.connect(self._how)
        self.wording.edited.connect(self._written)

    def title(self) -> str:
        return _("Write e-mail")

    def refresh(self) -> None:
        selection = self.selection()
        if selection is not None:
            operation.run(self, self.desk.client, "messages.count", selection, on_done=self._counted, on_problem=self._not_counted)

    def verbs(self) -> list[Action]:
        some = self.counted is not None and self.counted.with_email > 0
        send = Action("letter.send", _("Send"), self.send, "Ctrl+Return", "messages", some, primary=True, operation="messages.send_letter")
        back = Action("letter.list", _("Letters"), lambda: self.desk.go(Place("letters")), "", "messages", group=1, operation="messages.letters")
        edit = Action("letter.templates", _("Templates"), self._templates, "Ctrl+T", "edit", group=1, operation="messages.templates")
        return [send, back, edit]

    def leave(self) -> bool:
        """Asks first where a wording was typed and not sent."""
        if not self._texts:
            return True
        confirm.ask(self, _("Leave without sending?"), _("What you wrote here is not kept."), _("Leave"), self._texts.clear, dangerous=True)
        return False

    # what is asked -------------------------------------------------------------------------------------------------
    def selection(self) -> LetterSelection | None:
        """To whom, as it is typed; None where a field cannot be read."""
        if self.customers:
            return LetterSelection(customers=self.customers)
        values = self.whom.values()
        if values is None:
            return None
        state = {"": None, "enabled": False, "disabled": True}[values.pop("state")]
        return LetterSelection(disabled=state, **{name: value for name, value in values.items() if value not in (None, "")})

    def send(self) -> None:
        """After a question that says to how many."""
        selection, counted = self.selection(), self.counted
        if selection is None or counted is None:
            return
        if self._own() and not self._texts:
            self.wording.show_problem(Problem(field="text", detail=_("Write the letter first.")))
            return
        text = plural("{n} e-mail goes out. It cannot be called back.", "{n} e-mails go out. They cannot be called back.", counted.with_email)
        if counted.customers > counted.with_email:
            left = counted.customers - counted.with_email
            text += " " + plural("{n} customer has no e-mail address.", "{n} customers have no e-mail address.", left)
        confirm.ask(self, _("Send this letter?"), text, _("Send"), lambda: self._go(selection, counted), dangerous=False)

    def _go(self, selection: LetterSelection, counted: LetterCount) -> None:
        fields: dict[str, Any] = {each: getattr(selection, each) for each in LetterSelection.__struct_fields__}
        request = LetterSend(**fields, texts=self._given(), expected=counted.with_email)
        operation.run(self, self.desk.client, "messages.send_letter", request, on_done=self._sent, on_problem=self._refused)

    def _sent(self, view: LetterView) -> None:
        self._texts = {}
        self.desk.toast(plural("{n} e-mail is being written", "{n} e-mails are being written", view.count))
        self.desk.go(Place("letters"))

    def _refused(self, problem: Problem) -> None:
        if problem.code == "letter.other_count":
            self.refresh()
        (self.wording if self._own() and (problem.field or "").startswith("texts") else self.preview).show_problem(problem)

    # parts ---------------------------------------------------------------------------------------------------------
    def _whom(self) -> Form:
        form = Form()
        if self.customers:
            form.note(plural("To {n} customer that was chosen in the list.", "To {n} customers that were chosen in the list.", len(self.customers)))
            return form
        form.text("search", _("&Name, company or e-mail"))
        form.choice("tariff", _("&Tariff"), self.desk.client, "tariffs.list", placeholder=_("Any"))
        with form.row():
            form.text("country", _("&Country"), placeholder="NL", longest=2)
            form.pick("language", _("&Language"), [("", _("Any")), *words.languages()])
        with form.row():
            form.pick("state", _("&State"), [("", _("Any")), ("enabled", _("Enabled")), ("disabled", _("Disabled"))])
            form.money("balance_below", _("&Balance below"))
        form.check("branch", _("Customers of sub-&resellers too"))
        return form

    def _lay(self) -> None:
        left = column(
            label(self.title(), "title"), card(column(label(_("To"), "heading"), self.whom, self.told, self.named, gap="medium", margin="large"))
        )
        left.addWidget(card(column(label(_("What"), "heading"), self.how, self.wording, gap="medium", margin="large")))
        left.addStretch(1)
        left.setContentsMargins(16, 16, 16, 16)
        held = holding(left)
        inner = scrolling(held)
        inner.setMaximumWidth(WIDEST_LEFT)
        inner.setMinimumWidth(min(WIDEST_LEFT, max(300, held.minimumSizeHint().width() + SCROLL_BAR)))
        right = holding(column(label(_("As one of them reads it"), "heading"), self.preview, gap="medium", margin="large"))
        whole = row(inner, edge(), right, gap="")
        whole.setStretch(0, 2)
        whole.setStretch(2, 3)
        self.body.addLayout(whole)

    def _counted(self, view: LetterCount) -> None:
        self.counted = view
        self.told.setText(
            plural(
                "{n} customer, {mail} with an e-mail address.",
                "{n} customers, {mail} with an e-mail address.",
                view.customers,
                mail=count(view.with_email),
            )
        )
        more = view.customers - len(view.names)
        self.named.setText(", ".join(view.names) + (" " + plural("and {n} more", "and {n} more", more) if more > 0 and view.names else ""))
        self.named.setVisible(bool(view.names))
        self._see()
        self.verbs_changed.emit()

    def _not_counted(self, problem: Problem) -> None:
        self.counted = None
        self.told.setText("")
        self.named.hide()
        self.whom.show_problem(problem)
        self.verbs_changed.emit()

    def _own(self) -> bool:
        values = self.how.values()
        return values is not None and values["wording"] == OWN

    def _how(self) -> None:
        own = self._own()
        self.how.show_field("language", own)
        self.wording.setVisible(own)
        values = self.how.values() or {}
        language = values.get("language", self._language)
        if own and (language != self._language or language not in self._texts):
            self._language = language
            kept = self._texts.get(language)
            if kept is not None:
                self.wording.fill(kept.subject, kept.text)
            else:
                operation.run(self, self.desk.client, "messages.templates", on_done=self._begin, on_problem=self.wording.show_problem)
        self._see()

    def _begin(self, page: TemplatePage) -> None:
        """The template is where one starts writing from."""
        found = next((each for each in page.templates if (each.name, each.language) == ("letter", self._language)), None)
        if found is not None and self._language not in self._texts:
            self.wording.fill(found.subject, found.text)

    def _written(self) -> None:
        subject, text, _page = self.wording.wording()
        self._texts[self._language] = LetterText(subject, text)
        self._see()

    def _given(self) -> dict[str, LetterText]:
        return self._texts if self._own() else {}

    def _see(self) -> None:
        """What the first of them reads."""
        if self.counted is None or not self.counted.customers:
            self.preview.show_nothing(_("Nobody fits this selection.") if self.counted is not None else "")
            return
        first: int | str = self.customers[0] if self.customers else self.counted.names[0]
        request = LetterPreview(customer=first, texts=self._given())
        operation.run(self, self.desk.client, "messages.letter_preview", request, on_done=self._seen, on_problem=self._unseen)

    def _seen(self, view: Any) -> None:
        self.wording.forget_problem()
        self.preview.show_message(view)

    def _unseen(self, problem: Problem) -> None:
        (self.wording if self._own() else self.preview).show_problem(problem)

    def _templates(self) -> None:
        self.desk.go(Place("templates", filters={"name": "letter"}))

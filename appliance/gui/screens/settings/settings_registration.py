"""How strangers become customers on the web pages: the rules, and who waits for somebody to decide."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from appliance.gui import operation, words
from appliance.gui.column import Column
from appliance.gui.desk import Desk, Place
from appliance.gui.people import countries
from appliance.gui.rows_model import RowsModel
from appliance.gui.screens.parts.settings_sheet import grid
from appliance.gui.screens.resellers.reseller_form import hosts
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.widgets.plain import button, clear, column, label, row
from appliance.gui.words import _
from appliance.wire.registration import (
    RegistrationGet,
    RegistrationRules,
    RegistrationSet,
    Waiting,
    WaitingApprove,
    WaitingCustomer,
    WaitingList,
    WaitingRefuse,
)

LISTS = ("offers", "sites", "identity_countries")


def policies() -> list[tuple[str, str]]:
    """What the reseller may choose, in words."""
    return [("off", _("Nobody: customers are made here")), ("by_hand", _("Everybody, and somebody here decides")), ("open", _("Everybody, at once"))]


class RegistrationSettings(QWidget):
    """The rules in short with a button to change them; below them the queue."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.desk = desk
        self.rules: RegistrationRules | None = None
        self.facts = column(gap="")
        self.edit_button = button(_("&Change the rules"), self.edit)
        names = dict(countries())
        columns = [
            Column("name", _("Name"), width=150, grows=True),
            Column("email", _("E-mail"), width=170),
            Column("phone", _("Phone"), "number", width=120),
            Column(lambda each: names.get(each.country, each.country), _("Country"), width=110),
            Column("since", _("Waits since"), "moment", width=130),
            Column(lambda each: each.agreed, _("Terms"), width=80),
        ]
        self.model = RowsModel(desk.client, columns)
        none = Empty(_("Nobody waits for a decision."))
        self.list = ListPage(
            desk, self.model, title=_("Waiting for a decision"), empty=none, memory_name="registration.waiting", embedded=True, bare=True
        )
        self.list.selected.connect(self._fit)
        self.list.opened.connect(lambda each: desk.go(Place("customer", each.id)))
        self.refuse_button = button(_("&Refuse"), self.refuse)
        self.approve_button = button(_("&Let in"), self.approve, "primary")
        head = column(label(_("Registering on the web"), "heading"), self.facts, row(self.edit_button, None), margin="large", gap="medium")
        foot = row(None, self.refuse_button, self.approve_button)
        foot.setContentsMargins(16, 8, 16, 16)
        whole = column(head, self.list, foot, gap="")
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self._fit()
        self.refresh()

    def refresh(self) -> None:
        """Ask for both."""
        operation.run(self, self.desk.client, "resellers.registration", RegistrationGet(), on_done=self.show_rules)
        operation.run(self, self.desk.client, "registration.waiting", WaitingList(), on_done=self._came, on_problem=self.model.failed.emit)

    def show_rules(self, rules: RegistrationRules) -> None:
        """In words."""
        self.rules = rules
        lines = [
            (_("Who may register"), dict(policies()).get(rules.policy, rules.policy)),
            (_("Tariff"), rules.tariff or _("The retail tariff")),
            (_("Terms"), " ".join(filter(None, (rules.terms_version, words.isolate(rules.terms_address) if rules.terms_address else "")))),
            (_("First web password"), _("The number; it has to be changed at once") if rules.password_is_number else _("A safe one is made")),
        ]
        if words.micros(rules.welcome_credit):
            given = _("{amount}, to at most {count} a day", amount=words.plain_amount(rules.welcome_credit), count=words.count(rules.welcome_a_day))
            lines.append((_("Welcome credit"), given))
        clear(self.facts)
        self.facts.addLayout(grid(lines))

    def edit(self) -> None:
        """The rules as a form."""
        rules = self.rules
        if rules is None:
            return
        form = rules_form(self.desk)
        filled = {name: getattr(rules, name) for name in RegistrationRules.__struct_fields__ if name not in ("reseller", *LISTS)}
        form.fill({**filled, "tariff": rules.tariff, **{name: ", ".join(getattr(rules, name)) for name in LISTS}})

        def request(values: dict[str, Any]) -> RegistrationSet | None:
            for name in LISTS:
                if name in values:
                    values[name] = hosts(values[name])
            return RegistrationSet(**values) if values else None

        FormDialog(
            self.desk.client,
            self,
            title=_("Registering on the web"),
            form=form,
            verb=_("Save"),
            operation="resellers.set_registration",
            request=request,
            on_done=self._saved,
            changed_only=True,
            width=560,
        ).open()

    def approve(self) -> None:
        """The chosen one may sign in and call; the details go to the mailbox."""
        chosen: WaitingCustomer | None = self.list.current()
        if chosen is None:
            return

        def done(_done: object) -> None:
            self.desk.toast(_("{name} may sign in and call", name=chosen.name))
            self.refresh()

        operation.run(self, self.desk.client, "registration.approve", WaitingApprove(chosen.id), on_done=done, busy=self.approve_button)

    def refuse(self) -> None:
        """The chosen one is archived, after the reason."""
        chosen: WaitingCustomer | None = self.list.current()
        if chosen is None:
            return
        form = Form()
        form.note(_("The customer is archived with its phone and web login. The mailbox may register again."))
        form.text("reason", _("&Reason"), help=_("For the audit log; the customer is not told."), longest=500)
        FormDialog(
            self.desk.client,
            self,
            title=_("Refuse {name}?", name=chosen.name),
            form=form,
            verb=_("Refuse"),
            operation="registration.refuse",
            request=lambda values: WaitingRefuse(chosen.id, **values),
            on_done=lambda _done: self.refresh(),
            dangerous=True,
        ).open()

    def _came(self, found: Waiting) -> None:
        self.model.show_rows(found.waiting)
        self._fit()

    def _saved(self, rules: RegistrationRules) -> None:
        self.show_rules(rules)
        self.desk.toast(_("The rules hold for who registers from now on."))

    def _fit(self) -> None:
        for each in (self.approve_button, self.refuse_button):
            each.setEnabled(self.list.current() is not None)


def rules_form(desk: Desk) -> Form:
    """The empty form."""
    form = Form()
    form.pick("policy", _("&Who may register"), policies())
    form.choice("tariff", _("&Tariff of new customers"), desk.client, "tariffs.list", show=lambda view: view.name, value=lambda view: view.name)
    form.heading(_("Terms"))
    with form.row():
        form.text("terms_version", _("&Version"), placeholder="2026-1", longest=40, help=_("Empty: nobody is asked to agree."))
        form.text("terms_address", _("&Page to read them"), placeholder="https://")
    form.text(
        "identity_countries",
        _("&Countries that ask for identity"),
        help=_("Two letters each, with commas: who lives there gives an identity document."),
    )
    form.heading(_("Passwords and robots"))
    form.check(
        "password_is_number", _("The first web password is the &number"), help=_("Easy to tell on the telephone, easy to guess until it is changed.")
    )
    form.whole("least_seconds", _("A form filled in &faster, in seconds, is a robot's"), least=0, most=60)
    form.heading(_("Welcome credit"))
    with form.row():
        form.money("welcome_credit", _("&Amount"))
        form.whole("welcome_a_day", _("To at most so many a &day"), least=0, most=100_000)
    form.note(_("Once a mailbox and telephone; it buys no high-risk destination. Zero: none."))
    form.heading(_("Your other sites"))
    form.text("sites", _("&Sites that may hold a sign-in form"), help=_("With commas, such as https://shop.example.com."), longest=1000)
    form.text("offers", _("Tariffs that a link may &offer"), help=_("With commas. Any other name in a link is refused."), longest=1000)
    return form

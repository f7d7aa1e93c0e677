"""The page of a trunk: its state in words, incoming numbers, its calls, and all that was set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QWidget

from appliance.gui import operation
from appliance.gui.column import Column
from appliance.gui.desk import Desk, Place
from appliance.gui.rows_model import RowsModel
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.parts.guard_limits import edit_limits
from appliance.gui.screens.trunks import trunk_words
from appliance.gui.screens.trunks.number_rules import rule_text
from appliance.gui.screens.trunks.route_price import ask_price
from appliance.gui.screens.trunks.trunk_form import edit_trunk
from appliance.gui.screens.trunks.trunk_numbers import put_number, remove_number
from appliance.gui.screens.trunks.trunk_test import place_test_call
from appliance.gui.screens.trunks.trunks import archive_trunk, calls_of, disable_trunk
from appliance.gui.widgets.archiving import away_verb, restore
from appliance.gui.widgets.cards import Cards, facts, sentences
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.widgets.page import Figure, Tab, ThingPage
from appliance.gui.words import _, count, day, isolate, money, number
from appliance.wire.problem import Problem
from appliance.wire.shapes import ById
from appliance.wire.trunks import NumberRuleView, TrunkNumberView, TrunkView


class TrunkScreen(Screen):
    """One trunk."""

    kinds = frozenset({"trunk", "trunk_state", "did", "call"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.view: TrunkView | None = None
        columns = [
            Column("did", _("Number"), "number", width=220),
            Column(_rings, _("Rings endpoint"), width=160),
            Column(lambda row: " · ".join(number(each) for each in row.failover), _("Then tried"), width=180, grows=True),
            Column(_price, _("Price a minute"), width=120),
            Column(_fee, _("Monthly fee"), width=120),
        ]
        self.numbers = ListPage(
            desk,
            RowsModel(desk.client, columns),
            title=_("Incoming numbers"),
            empty=Empty(_("No numbers come in by this trunk yet."), _("Add number"), self._add_number, "trunks.update"),
            embedded=True,
        )
        self.numbers.search.hide()
        self.numbers.opened.connect(lambda row: self._edit_number())
        self.numbers.selected.connect(self.verbs_changed)
        self.details = Cards()
        self.page = ThingPage(
            desk.theme,
            [Tab("details", _("Details"), lambda: self.details), Tab("numbers", _("Incoming numbers"), lambda: self.numbers)],
        )
        self.page.tab_changed.connect(lambda name: self.verbs_changed.emit())
        self.body.addWidget(self.page)
        self.page.open_tab(place.tab)

    def title(self) -> str:
        return self.view.name if self.view is not None else _("Trunk")

    def verbs(self) -> list[Action]:
        view = self.view
        alive = view is not None and view.archived_at is None
        stopped = view is not None and view.disabled
        on_numbers, row = self.page.tab() == "numbers", self.numbers.current()
        found = [
            Action("trunk.edit", _("Edit"), self._edit, "F2", "edit", enabled=alive, primary=not on_numbers, operation="trunks.update"),
            Action("trunk.test", _("Test call"), self._test, "Ctrl+Shift+T", "phone", enabled=alive and not stopped, operation="trunks.test_call"),
            Action("trunk.calls", _("Calls"), self._calls, "Ctrl+Shift+C", "calls", enabled=view is not None, operation="cdrs.list"),
            Action("trunk.price", _("What would a call cost"), lambda: ask_price(self.desk, self), "Ctrl+T", "test", operation="calls.price"),
            Action("trunk.limits", _("Limits"), self._limits, "Ctrl+Shift+L", "warning", enabled=alive, group=1, operation="limits.set"),
            Action(
                "trunk.add_number",
                _("Add number"),
                self._add_number,
                "Ctrl+N",
                "add",
                enabled=alive,
                primary=on_numbers,
                group=1,
                operation="trunks.update",
            ),
        ]
        if on_numbers:
            found += self._number_verbs(row)
        able = _("Enable") if stopped else _("Disable")
        found.append(
            Action(
                "trunk.disable", able, self._disable, "Ctrl+D", "enable" if stopped else "disable", enabled=alive, group=2, operation="trunks.update"
            )
        )
        there = self.view is not None
        found.append(away_verb("trunk", "trunks", there and not alive, self._archive, self._restore, enabled=there))
        return found

    def _number_verbs(self, row: TrunkNumberView | None) -> list[Action]:
        text, no_more = _("Edit number"), _("Remove number")
        chosen, own = row is not None, row is not None and row.sold_to is None
        return [
            Action("trunk.edit_number", text, self._edit_number, "Return", "edit", enabled=own, group=1, operation="trunks.update"),
            Action("trunk.remove_number", no_more, self._remove_number, "Del", "remove", enabled=chosen, group=1, operation="trunks.remove_number"),
        ]

    def refresh(self) -> None:
        operation.run(self, self.desk.client, "trunks.get", ById(self.place.id), on_done=self.show_trunk, on_problem=self._failed)

    def on_changes(self, changes: Mapping[str, frozenset[int]]) -> None:
        """Only what is about this trunk, or may be."""
        own = [ids for kind, ids in changes.items() if kind != "call"]
        if not own or any(not ids or self.place.id in ids for ids in own):
            self.refresh()

    def show_trunk(self, view: TrunkView) -> None:
        """Show it."""
        self.view = view
        figures = [Figure(_("Running calls"), calls_of(view)), Figure(_("Incoming numbers"), count(len(view.numbers)))]
        self.page.show_head(view.name, trunk_words.address(view), trunk_words.state(view), figures)
        model = self.numbers.model
        if isinstance(model, RowsModel):
            model.show_rows(view.numbers)
        self.details.show_cards(detail_cards(view))
        self.title_changed.emit()
        self.verbs_changed.emit()

    def _failed(self, problem: Problem) -> None:
        self.page.show_problem(problem, self.refresh)

    def _edit(self) -> None:
        if self.view is not None:
            edit_trunk(self.desk, self, self.view)

    def _limits(self) -> None:
        if self.view is not None:
            edit_limits(self.desk, self, "trunk", self.view.id)

    def _test(self) -> None:
        if self.view is not None:
            place_test_call(self.desk, self, self.view)

    def _calls(self) -> None:
        if self.view is not None:
            self.desk.go(Place("calls", filters={"trunk": self.view.name}))

    def _disable(self) -> None:
        if self.view is not None:
            disable_trunk(self.desk, self, self.view, not self.view.disabled)

    def _restore(self) -> None:
        if self.view is not None:
            restore(self.desk, self, "trunks", self.view.id, self.view.name)

    def _archive(self) -> None:
        if self.view is not None:
            archive_trunk(self.desk, self, self.view)

    def _add_number(self) -> None:
        if self.view is not None:
            put_number(self.desk, self, self.view, None)

    def _edit_number(self) -> None:
        row: TrunkNumberView | None = self.numbers.current()
        if self.view is not None and row is not None and row.sold_to is None:
            put_number(self.desk, self, self.view, row)

    def _remove_number(self) -> None:
        if self.view is not None and self.numbers.current() is not None:
            remove_number(self.desk, self, self.view, self.numbers.current())


def detail_cards(view: TrunkView) -> list[QWidget]:
    """State, and what was set, in words."""
    state = sentences(_("State"), [trunk_words.state_sentence(view), *trunk_words.rest_sentences(view)])
    nothing = _("None")
    media = {"auto": _("Through the server where needed"), "always": _("Always through the server"), "never": _("Never through the server")}
    carrier = [
        (_("Address"), trunk_words.address(view)),
        (_("User name"), view.username or nothing),
        (_("Password"), _("Set") if view.has_password else nothing),
        (_("Takes calls from"), isolate(", ".join(view.addresses)) or _("The host alone")),
        (_("TLS name"), isolate(view.tls_name) or nothing),
        (_("Our certificate"), isolate(view.certificate_name) or _("The server's own, where it has one")),
        *([(_("Good until"), day(view.certificate_until))] if view.certificate_until else []),
        (_("Buying prices"), view.cost_tariff or _("None: calls over it cost nothing in the books")),
        (_("Reseller"), view.reseller),
    ]
    use = [
        (_("Digits to cut off"), count(view.strip)),
        (_("Digits to put before"), isolate(view.prepend) or nothing),
        (_("Rules for numbers called"), _rules(view.rules) or nothing),
        (_("Rules for numbers shown"), _rules(view.caller_rules) or nothing),
        (_("Main number"), number(view.main_number) or nothing),
        (_("Calls at once"), count(view.max_calls) if view.max_calls is not None else _("No limit")),
        (_("Sound"), media.get(view.media, view.media)),
        (_("Codecs"), isolate(", ".join(view.codecs)) or _("Whatever the phones offer")),
        (_("Calls go out"), isolate(view.hours) or _("At any time")),
        (_("Rests when it fails"), _("No") if view.never_rests else _("Yes")),
        (_("Emergency calls"), (_("Yes, with the address as PIDF-LO") if view.emergency_location else _("Yes")) if view.emergency else _("No")),
        (_("It may show any caller's number"), _("Yes") if view.trusted else _("No")),
    ]
    watched = [facts(_("The last minutes"), trunk_words.health_facts(view.health))] if view.health is not None else []
    return [state, *watched, facts(_("Carrier"), carrier), facts(_("Use"), use)]


def _rules(rules: Sequence[NumberRuleView]) -> str:
    return " · ".join(isolate(rule_text(rule)) for rule in rules)


def _rings(row: TrunkNumberView) -> str:
    if row.sold_to is not None:
        return _("Sold to {name}", name=row.sold_to)
    return number(row.endpoint) if row.endpoint else _("Rings nowhere")


def _price(row: TrunkNumberView) -> str:
    return money(row.price_per_minute, row.currency)


def _fee(row: TrunkNumberView) -> str:
    return money(row.monthly_fee, row.currency)

"""The set-up: each step by hand, left out and come back to, with what was typed still there; ticks that come by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.settings.operators_code import SecretDialog
from appliance.gui.screens.setup.setup import SetupScreen
from appliance.gui.screens.setup.setup_business import BusinessStep
from appliance.gui.screens.setup.setup_card import SetupCard
from appliance.gui.screens.setup.setup_customer import CustomerStep
from appliance.gui.screens.setup.setup_markup import MarkupStep
from appliance.gui.screens.setup.setup_prices import PricesStep
from appliance.gui.screens.setup.setup_state import STEPS
from appliance.gui.screens.setup.setup_trunk import TrunkStep
from appliance.gui.screens.trunks.trunk_test import place_test_call
from appliance.gui.theme import DARK
from appliance.wire.backups import CopyStarted
from appliance.wire.calls import EchoView, RunningCalls
from appliance.wire.cdrs import CdrPage
from appliance.wire.customers import CustomerPage, CustomerView
from appliance.wire.endpoints import EndpointPage, EndpointSecret
from appliance.wire.price_work import PriceWork, PriceWorks
from appliance.wire.problem import Problem
from appliance.wire.rates import GridPage
from appliance.wire.resellers import ResellerPage, ResellerView
from appliance.wire.routes import RoutePage, RouteView
from appliance.wire.settings import SettingPage
from appliance.wire.tariffs import TariffPage, TariffView
from appliance.wire.trunks import TestCallView, TrunkPage, TrunkView
from tests.gui import people, prices, trade
from tests.gui.fake_client import FakeClient
from tests.gui.price_works import price_work

Shoot = Callable[[QWidget, str], None]
LOOKS = ["", "-dark", "-arabic", "-small"]
SECRET = EndpointSecret("1000001", "1000001", "sip.harbour.example", "x7k2-pw9m-3hd", "192.0.2.10", 5060, "udp", ["PCMA", "PCMU"])


class Shop:
    """What the server has; every operation of the set-up changes it, as the real one would."""

    def __init__(self, server: FakeClient) -> None:
        self.server = server
        self.business = self._business()
        self.trunks: list[TrunkView] = []
        self.routes: list[RouteView] = []
        self.tariffs: list[TariffView] = [prices.tariff(1, "retail", rates=0, currency="EUR")]
        self.customers: list[CustomerView] = []
        self.values: dict[str, Any] = {}
        self.imports: list[PriceWork] = []
        self.calls: list[Any] = []
        self.running: list[Any] = []
        for name, answer in {
            "resellers.list": lambda asked: ResellerPage([self.business]),
            "settings.list": lambda asked: SettingPage(dict(self.values)),
            "trunks.list": lambda asked: TrunkPage(list(self.trunks)),
            "routes.list": lambda asked: RoutePage(list(self.routes)),
            "tariffs.list": lambda asked: TariffPage(list(self.tariffs)),
            "customers.list": lambda asked: CustomerPage([msgspec.structs.replace(each, endpoints=[]) for each in self.customers]),
            "endpoints.list": lambda asked: EndpointPage([each for customer in self.customers for each in customer.endpoints]),
            "cdrs.list": lambda asked: CdrPage(list(self.calls)),
            "calls.list": lambda asked: RunningCalls(list(self.running)),
            "resellers.update": self.update_business,
            "trunks.create": self.create_trunk,
            "trunks.update": self.update_trunk,
            "routes.set": self.set_route,
            "decks.apply": self.import_deck,
            "rates.writing": lambda asked: PriceWorks(list(self.imports)),
            "rates.grid": lambda asked: GridPage(prices.ROWS[:8], "", 8, "EUR"),
            "tariffs.update": self.derive,
            "customers.create": self.create_customer,
            "payments.record": lambda asked: prices.payment(1),
            "endpoints.reveal": SECRET,
        }.items():
            server.answer(name, answer)

    @staticmethod
    def _business() -> ResellerView:
        return msgspec.structs.replace(trade.reseller(1, "Harbour Telecom", None), country="", dial_plan={}, retail_markup_percent="25")

    def update_business(self, asked: Any) -> ResellerView:
        given = {
            name: value for name in asked.__struct_fields__ if (value := getattr(asked, name)) is not msgspec.UNSET and name not in ("id", "version")
        }
        self.business = msgspec.structs.replace(self.business, **given)
        return self.business

    def create_trunk(self, asked: Any) -> TrunkView:
        made = trade.trunk(1, asked.name, host=asked.host, register=asked.register, registered=None, cost_tariff=asked.cost_tariff, calls=0)
        self.trunks.append(made)
        return made

    def update_trunk(self, asked: Any) -> TrunkView:
        self.trunks[0] = msgspec.structs.replace(self.trunks[0], cost_tariff=asked.cost_tariff, version=self.trunks[0].version + 1)
        return self.trunks[0]

    def set_route(self, asked: Any) -> RouteView:
        self.routes = [RouteView(1, 1, "Harbour Telecom", asked.prefix, "priority", [each.name for each in self.trunks], [])]
        return self.routes[0]

    def import_deck(self, asked: Any) -> Any:
        self.tariffs.append(prices.tariff(2, asked.tariff, rates=4200, currency="EUR"))
        self.imports.insert(0, price_work(1, "ready", what="import", tariff=asked.tariff, tariff_id=2, added=4200, import_id=9))
        return prices.deck(tariff=asked.tariff, added=4200, applied=True, import_id=9)

    def derive(self, asked: Any) -> TariffView:
        self.tariffs[0] = msgspec.structs.replace(self.tariffs[0], base=asked.base, markup_percent=asked.markup_percent, version=2)
        return self.tariffs[0]

    def create_customer(self, asked: Any) -> CustomerView:
        made = people.customer(7, asked.name, endpoints=[people.endpoint(1, customer=asked.name, customer_id=7, number="1000001", registered=False)])
        self.customers.append(made)
        return made

    def up_to(self, step: str) -> Shop:
        """As it stands when this step's turn has come."""
        at = STEPS.index(step)
        if at > 0:
            self.business = msgspec.structs.replace(self.business, country="NL", dial_plan={"country": "31", "national": "0"})
        if at > 1:
            self.trunks = [trade.trunk(1, "Blue Carrier", register=True, registered=True, cost_tariff=None, calls=0)]
            self.routes = [RouteView(1, 1, "Harbour Telecom", "", "priority", ["Blue Carrier"], [])]
        if at > 2:
            self.trunks = [msgspec.structs.replace(self.trunks[0], cost_tariff="Sample prices")]
            self.tariffs.append(prices.tariff(2, "Sample prices", rates=4200, currency="EUR"))
        if at > 3:
            self.tariffs[0] = msgspec.structs.replace(self.tariffs[0], base="Sample prices", markup_percent="25")
        return self


@pytest.fixture
def shop(server: FakeClient) -> Shop:
    return Shop(server)


def opened(qtbot: QtBot, desk: Desk, tab: str = "") -> SetupScreen:
    screen = SetupScreen(desk, Place("setup", tab=tab))
    qtbot.addWidget(screen)
    screen.resize(880, 660)
    screen.show()
    screen.refresh()
    qtbot.waitUntil(lambda: screen.state.known)
    return screen


def changed(qtbot: QtBot, desk: Desk, screen: SetupScreen, kind: str) -> None:
    """The change stream says so, and the set-up has looked."""
    with qtbot.waitSignal(screen.state.changed):
        desk.listener.tell(kind, frozenset({1}))


def line(page: Any, name: str) -> QLineEdit:
    found = page.form.field(name)
    assert isinstance(found, QLineEdit)
    return found


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("step", STEPS)
def test_how_each_step_looks(qtbot: QtBot, desk: Desk, shop: Shop, shoot: Shoot, step: str, look: str) -> None:
    if look == "-dark":
        desk.theme.choose(DARK)
    if look == "-arabic":
        words.use("ar")
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    shop.up_to(step)
    if step == "trunk" and look:
        shop.trunks = [trade.trunk(1, "Blue Carrier", register=True, registered=False, reason="403 Forbidden", calls=0)]
    if step == "customer" and look:
        shop.create_customer(people.customer(7, "Mira Owner"))
    screen = opened(qtbot, desk)
    if look == "-small":
        screen.resize(636, 528)
    assert screen.at == step, "the first that is left is shown"
    if step == "customer" and look:
        page: Any = screen.pages[step]
        page.phone.show_button.click()
        qtbot.waitUntil(lambda: page.secret is not None)
    if step == "markup":
        markup: Any = screen.pages[step]
        qtbot.waitUntil(lambda: bool(markup.rows))
    qtbot.waitUntil(screen.pages[step].isVisible)
    shoot(screen, f"setup-{STEPS.index(step) + 1}-{step}{look}")


def test_without_the_server_nothing_is_called_missing(qtbot: QtBot, desk: Desk, server: FakeClient, shop: Shop) -> None:
    away = Problem(status=0, code="server.away", detail="The server does not answer.")
    asked = (
        "resellers.list",
        "settings.list",
        "trunks.list",
        "routes.list",
        "tariffs.list",
        "customers.list",
        "endpoints.list",
        "cdrs.list",
        "calls.list",
    )
    for name in asked:
        server.answer(name, away)
    screen = SetupScreen(desk, Place("setup"))
    qtbot.addWidget(screen)
    screen.show()
    screen.refresh()
    qtbot.waitUntil(lambda: screen.state._newest is not None and not screen.state._newest.open)
    business = screen.pages["business"]
    assert not business.badge.isVisible() and not screen.primary.isEnabled() and not screen.state.known
    server.answer("resellers.list", lambda request: ResellerPage([shop.business]))
    screen.refresh()
    qtbot.waitUntil(lambda: business.badge.accessibleName() == "Country is missing")
    assert screen.primary.isEnabled()


def test_from_the_business_to_the_first_billed_call(qtbot: QtBot, desk: Desk, server: FakeClient, shop: Shop, shoot: Shoot) -> None:
    screen = opened(qtbot, desk)
    business, trunk, buying, markup, customer = (screen.pages[step] for step in STEPS)
    assert isinstance(business, BusinessStep) and screen.at == "business"
    business.form.fill({"country": "NL"})
    line(business, "name").setText("Harbour Telephone")
    business.form._filled["country"] = ""  # as chosen by hand
    assert line(business, "dial_country").text() == "31" and line(business, "dial_national").text() == "0"
    screen.primary.click()
    qtbot.waitUntil(lambda: screen.at == "trunk")
    asked = server.asked("resellers.update")[-1]
    assert (asked.name, asked.country, asked.dial_plan) == ("Harbour Telephone", "NL", {"country": "31", "national": "0"})

    assert isinstance(trunk, TrunkStep)
    screen.primary.click()
    assert "is needed" in trunk.form._fields["name"].fault.text() and not server.asked("trunks.create"), "errors stand at the fields"
    for name, text in (("name", "Blue Carrier"), ("host", "sip.blue.example"), ("username", "harbour"), ("password", "secret")):
        line(trunk, name).setText(text)
    screen.primary.click()
    qtbot.waitUntil(lambda: bool(shop.routes))
    assert (server.asked("routes.set")[-1].prefix, server.asked("routes.set")[-1].trunks) == ("", [1])
    changed(qtbot, desk, screen, "trunk")
    assert "not heard from it yet" in trunk.state.text() and screen.at == "trunk"
    shop.trunks[0] = msgspec.structs.replace(shop.trunks[0], registered=True, since="2026-01-01T10:00:00.000Z")
    changed(qtbot, desk, screen, "trunk_state")
    assert "We are registered" in trunk.state.text()
    qtbot.waitUntil(lambda: screen.primary.text() == "Go on")
    screen.primary.click()

    assert isinstance(buying, PricesStep) and screen.at == "prices" and not screen.primary.isVisible()
    buying.sample_button.click()
    qtbot.waitUntil(lambda: screen.at == "markup")
    asked = server.asked("decks.apply")[-1]
    assert len(asked.content) > 1000 and server.asked("trunks.update")[-1].cost_tariff == asked.tariff

    assert isinstance(markup, MarkupStep)
    qtbot.waitUntil(lambda: bool(markup.rows) and markup.ready())
    markup.markup.percent_line.setText("40")
    qtbot.waitUntil(screen.primary.isVisible)
    screen.primary.click()
    qtbot.waitUntil(lambda: screen.at == "customer")
    asked = server.asked("tariffs.update")[-1]
    assert (asked.id, asked.base, asked.markup_percent) == (1, "Sample prices", "40") and server.asked("resellers.update")[
        -1
    ].retail_markup_percent == "40"

    assert isinstance(customer, CustomerStep)
    line(customer, "name").setText("Mira")
    screen.primary.click()
    qtbot.waitUntil(lambda: customer.secret is not None)
    assert server.asked("payments.record")[-1].amount == "5.00" and server.asked("customers.create")[-1].endpoint is not None
    assert customer.tried.ticks == [False, False, False]
    shoot(screen, "setup-6-phone")
    called_live(qtbot, desk, screen, shop, server)
    shoot(screen, "setup-7-done")
    assert screen.left.text() == "Everything is set up" and screen.state.found.left == []
    screen.primary.click()
    assert desk.places[-1].name == "dashboard"  # type: ignore[attr-defined]


def called_live(qtbot: QtBot, desk: Desk, screen: SetupScreen, shop: Shop, server: FakeClient) -> None:
    """The phone registers, calls the echo number, then the world; each tick comes by the change stream."""
    page: Any = screen.pages["customer"]
    endpoint = msgspec.structs.replace(shop.customers[0].endpoints[0], registered=True)
    shop.customers[0] = msgspec.structs.replace(shop.customers[0], endpoints=[endpoint])
    changed(qtbot, desk, screen, "binding")
    assert page.tried.ticks == [True, False, False]
    echo = EchoView(120, 118, True)
    shop.running = [trade.running(40, customer="Mira", dialled="*43", direction="service", echo=echo)]
    changed(qtbot, desk, screen, "echo_heard")
    assert page.tried.ticks == [True, True, False]
    shop.running = []
    shop.calls = [trade.cdr_row(40, customer="Mira", dialled="*43", normalised="*43", direction="service", amount="0.00")]
    server.answer("cdrs.get", trade.cdr_view(id=40, echo=echo))
    changed(qtbot, desk, screen, "call")
    qtbot.waitUntil(lambda: page.tried.ticks == [True, True, False])
    shop.calls.insert(0, trade.cdr_row(41, customer="Mira", amount="0.07", currency="EUR"))
    changed(qtbot, desk, screen, "call")
    assert page.tried.ticks == [True, True, True] and "0.07\xa0EUR" in page.tried._lines[2][2].text()


def test_what_was_typed_is_there_when_one_comes_back(qtbot: QtBot, desk: Desk, shop: Shop) -> None:
    shop.up_to("trunk")
    screen = opened(qtbot, desk)
    page = screen.pages["trunk"]
    line(page, "name").setText("Blue")
    line(page, "password").setText("half a sec")
    screen.skip.click()
    assert screen.at == "prices"
    changed(qtbot, desk, screen, "trunk")
    screen.back.click()
    assert (line(page, "name").text(), line(page, "password").text()) == ("Blue", "half a sec")
    shop.create_trunk(trade.trunk(1, "Somebody's else"))
    changed(qtbot, desk, screen, "trunk")
    assert line(page, "name").text() == "Blue" and screen.primary.text() == "Add trunk", "another console's trunk does not overwrite it"


def test_the_servers_refusal_stands_at_the_field(qtbot: QtBot, desk: Desk, server: FakeClient, shop: Shop) -> None:
    screen = opened(qtbot, desk, "trunk")
    page: Any = screen.pages["trunk"]
    server.answer("trunks.create", Problem(status=422, code="host.wrong", detail="This is no host.", field="host"))
    line(page, "name").setText("Blue")
    line(page, "host").setText("not a host")
    screen.submit()
    qtbot.waitUntil(lambda: page.form._fields["host"].fault.text() == "This is no host.")
    assert screen.at == "trunk"


def test_a_second_copy_shows_its_phrase_once(qtbot: QtBot, desk: Desk, server: FakeClient, shop: Shop, shoot: Shoot) -> None:
    screen = opened(qtbot, desk)
    page: Any = screen.pages["business"]
    server.answer("backups.start_copy", Problem(status=422, code="copy.folder_missing", detail="Not there.", field="folder"))
    page.copy.form.fill({"folder": "/nowhere"})
    page.copy.start.click()
    qtbot.waitUntil(lambda: page.copy.form._fields["folder"].fault.text() == "Not there.")
    server.answer("backups.start_copy", CopyStarted("/media/nas", "ABCDE-FGHJK-MNPQR-STVWX-YZ012"))
    page.copy.start.click()
    qtbot.waitUntil(lambda: bool(screen.findChildren(SecretDialog)))
    dialog = screen.findChildren(SecretDialog)[0]
    assert dialog.secret == "ABCDE-FGHJK-MNPQR-STVWX-YZ012"
    shoot(dialog, "setup-phrase")
    shop.values["backup.copy_to"] = "/media/nas"
    changed(qtbot, desk, screen, "setting")
    assert "/media/nas" in page.copy.told.text() and page.copy.start.isHidden()


def test_prices_before_the_trunk_are_its_own_once_it_is_there(qtbot: QtBot, desk: Desk, server: FakeClient, shop: Shop) -> None:
    shop.up_to("trunk")
    screen = opened(qtbot, desk, "prices")
    page: Any = screen.pages["prices"]
    page.sample_button.click()
    qtbot.waitUntil(lambda: screen.at == "markup")
    screen.show_step("trunk")
    for name, text in (("name", "Blue"), ("host", "192.0.2.1")):
        line(screen.pages["trunk"], name).setText(text)
    qtbot.waitUntil(lambda: screen.state.found.cost is not None)
    screen.submit()
    qtbot.waitUntil(lambda: bool(server.asked("trunks.create")))
    assert server.asked("trunks.create")[-1].cost_tariff == "Sample prices"


def test_prices_go_into_the_new_trunks_tariff_though_the_lists_come_late(
    qtbot: QtBot, desk: Desk, server: FakeClient, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.up_to("trunk")
    screen = opened(qtbot, desk, "trunk")
    for name, text in (("name", "Blue"), ("host", "192.0.2.1")):
        line(screen.pages["trunk"], name).setText(text)
    monkeypatch.setattr(screen.state, "ask", lambda: None)
    screen.submit()
    qtbot.waitUntil(lambda: screen.state.found.trunk is not None)
    prices: Any = screen.pages["prices"]
    assert prices.tariff_name() == "Buying Blue"


def test_the_import_is_the_one_of_everywhere(qtbot: QtBot, desk: Desk, server: FakeClient, shop: Shop, shoot: Shoot) -> None:
    shop.up_to("prices")
    server.answer("decks.preview", lambda asked: prices.deck(tariff=str(asked.tariff), new_tariff=True))
    screen = opened(qtbot, desk)
    page: Any = screen.pages["prices"]
    page.choose_button.click()
    assert page.importer is not None and page.importer.file_step.tariff.typed() == "Buying Blue Carrier"
    shoot(screen, "setup-3-import-file")
    page.importer.take("rates.csv", b"prefix,price\n31,0.01\n")
    qtbot.waitUntil(page.importer.primary.isEnabled)
    screen.resize(636, 528)
    shoot(screen, "setup-3-import-preview-small")
    page.importer.apply()
    qtbot.waitUntil(lambda: screen.at == "markup")
    assert server.asked("trunks.update")[-1].cost_tariff == "Buying Blue Carrier"


def test_call(state: str, **other: Any) -> TestCallView:
    values: dict[str, Any] = {
        "id": 5, "trunk": "Blue Carrier", "number": "31612345678", "state": state, "status": 0, "reason": "", "words": "",
        "started_at": "2026-01-01T10:00:00Z", "answered_at": None, "ended_at": None, "post_dial_delay_ms": None, "early_media": False, "packets": 0,
    }  # fmt: skip
    return TestCallView(**(values | other))


test_call.__test__ = False  # type: ignore[attr-defined]


def test_a_test_call_is_told_as_it_goes(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    screen = QWidget()
    qtbot.addWidget(screen)
    screen.show()
    dialog = place_test_call(desk, screen, trade.trunk(1, "Blue Carrier"))
    call = dialog.call
    call.start()
    assert "is needed" in call.form._fields["number"].fault.text()
    server.answer("trunks.test_call", test_call("calling"))
    server.answer("trunks.test_state", test_call("ringing", status=180, post_dial_delay_ms=1240))
    line(call, "number").setText("+31 6 12345678")
    call.start_button.click()
    qtbot.waitUntil(lambda: call.running and call.end_button.isVisible())
    assert not call.start_button.isEnabled()
    desk.listener.tell("trunk_test", frozenset({5}))
    qtbot.waitUntil(lambda: "rings" in call.told.text())
    shoot(dialog, "trunk-test-ringing")
    over = test_call("failed", status=403, reason="Forbidden", words="x", code="trial.credentials", ended_at="2026-01-01T10:00:09Z")
    server.answer("trunks.test_state", over)
    with qtbot.waitSignal(call.over):
        desk.listener.tell("trunk_test", frozenset({5}))
    assert call.told.text() not in ("", "x") and not call.running and call.start_button.isEnabled()
    shoot(dialog, "trunk-test-failed")
    dialog.accept()


def test_the_card_says_what_is_left_and_goes(qtbot: QtBot, desk: Desk, shop: Shop, shoot: Shoot) -> None:
    shop.up_to("prices")
    card = SetupCard(desk)
    qtbot.addWidget(card)
    card.resize(600, 220)
    card.ask()
    qtbot.waitUntil(card.isVisible)
    shoot(card, "setup-card")
    ways = [each for each in card.findChildren(QPushButton) if each.text() == "Buying prices"]
    ways[0].click()
    assert desk.places[-1] == Place("setup", tab="prices")  # type: ignore[attr-defined]
    card.send_away()
    assert card.isHidden()
    again = SetupCard(desk)
    qtbot.addWidget(again)
    assert again.state is None, "whoever sent it away is not asked for again"


def test_who_may_not_set_up_is_not_asked_to(qtbot: QtBot, desk: Desk, server: FakeClient, shop: Shop) -> None:
    desk.set_permissions(["customers.read", "payments.record"])
    card = SetupCard(desk)
    qtbot.addWidget(card)
    card.ask()
    assert card.state is None and not server.requests

"""The noun services wired together: one object over one room."""

from __future__ import annotations

from appliance.services.call_shop.shop_nouns import ShopNouns
from appliance.services.calls.binding_list import BindingLists
from appliance.services.calls.cdrs import Cdrs
from appliance.services.door_nouns import DoorNouns
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.configuration import Configuration
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.once import Once
from appliance.services.ground.room import Room
from appliance.services.ground.sip_secrets import SipSecrets
from appliance.services.guard.bans import Bans
from appliance.services.guard.fuses import Fuses
from appliance.services.guard.limits_set import LimitSets
from appliance.services.keeping.alerts import AlertList
from appliance.services.keeping.audit_log import AuditLog
from appliance.services.keeping.backups import Backups
from appliance.services.keeping.description import Descriptions
from appliance.services.keeping.export import Export
from appliance.services.keeping.self_check import SelfCheck
from appliance.services.keeping.verify import Verify
from appliance.services.mail.email_templates import EmailTemplates
from appliance.services.mail.messages import Messages
from appliance.services.money.approvals import Approvals
from appliance.services.money.credit_accounts import CreditAccounts
from appliance.services.money.ledger_list import LedgerBook
from appliance.services.money_nouns import MoneyNouns
from appliance.services.moving.moves import Moves
from appliance.services.people.api_tokens import PREFIX, ApiTokens
from appliance.services.people.customers import Customers
from appliance.services.people.endpoints import Endpoints
from appliance.services.people.many import ManyCustomers
from appliance.services.people.operators import Operators
from appliance.services.people.own_account import OwnAccount
from appliance.services.people.privacy import Privacy
from appliance.services.people.registration import Registration
from appliance.services.people.resellers import Resellers
from appliance.services.people.second_factor import SecondFactors
from appliance.services.people.sheets import Sheets
from appliance.services.people.sign_in import SignIns
from appliance.services.people.web_logins import WebLogins
from appliance.services.people.web_second_factor import WebSecondFactors
from appliance.services.people.web_sign_in import WebSignIns
from appliance.services.price_nouns import PriceNouns
from appliance.services.prices.deck_history import DeckHistory
from appliance.services.prices.decks import Decks
from appliance.services.prices.exchange_rates import ExchangeRates
from appliance.services.prices.price import Prices
from appliance.services.prices.price_grid import PriceGrid
from appliance.services.prices.price_lists import PriceLists
from appliance.services.prices.rates import Rates
from appliance.services.prices.retail import Retail
from appliance.services.prices.tariffs import Tariffs
from appliance.services.reseller_nouns import ResellerNouns
from appliance.services.statistics import Statistics
from appliance.services.trunks.routes import Routes
from appliance.services.trunks.trunks import Trunks
from appliance.services.web_nouns import WebNouns


class Nouns:
    """One attribute a noun; every method of theirs is `method(actor, request) -> view`."""

    def __init__(self, room: Room) -> None:
        self.access = access = Access(room.store)
        self.lookups = lookups = Lookups(room, access)
        self.audit = audit = Audit(room)
        self.once = once = Once(room)
        approvals = Approvals(room, access, lookups, audit, once)
        self.secrets = SipSecrets(room)
        self.retail = Retail(room, audit)
        self.resellers = Resellers(room, access, lookups, audit, self.secrets, self.retail)
        self.tariffs = Tariffs(room, access, lookups, audit)
        self.rates = Rates(room, access, lookups, audit)
        self.decks = Decks(room, access, lookups, audit, self.tariffs)
        self.deck_history = DeckHistory(room, access, lookups, audit, self.decks.desk, self.decks.writing)
        self.price_grid = PriceGrid(room, access, lookups)
        self.credit_accounts = CreditAccounts(room, access, lookups, audit, once, approvals)
        self.templates = EmailTemplates(room, access, lookups, audit)
        self.messages = Messages(room, access, lookups, audit, self.secrets, self.templates)
        self.endpoints = Endpoints(room, access, lookups, audit, self.secrets, self.messages)
        self.web_logins = WebLogins(room, lookups, audit)
        self.customers = Customers(room, access, lookups, audit, self.credit_accounts, self.endpoints, self.web_logins, self.messages)
        self.many_customers = ManyCustomers(room, access, lookups, self.customers, self.endpoints, self.credit_accounts)
        self.trunks = Trunks(room, access, lookups, audit, once)
        self.routes = Routes(room, access, lookups, audit)
        self.operators = Operators(room, access, lookups, audit, self.resellers, self.retail)
        self.second_factors = SecondFactors(room)
        self.call_shop = ShopNouns(room, access, lookups, audit, once, self.operators, self.tariffs)
        self.sign_ins = SignIns(room, self.operators, audit, self.second_factors)
        self.web_sign_ins = WebSignIns(room, audit, self.messages)
        self.web_second_factors = WebSecondFactors(room, audit)
        self.registration = Registration(room, lookups, audit, self.customers, self.credit_accounts, self.web_logins, self.messages)
        self.own_account = OwnAccount(room, self.operators, self.second_factors, audit)
        self.money = MoneyNouns(room, access, lookups, audit, once, self.messages, self.credit_accounts, approvals)
        self.price_lists = PriceLists(room, lookups)
        self.payments, self.receipts, self.fees = self.money.payments, self.money.receipts, self.money.fees
        self.sheets = Sheets(room, access, lookups, audit, self.secrets, self.messages)
        self.configuration = Configuration(room, access, audit)
        self.exchange_rates = ExchangeRates(room, access, audit)
        self.prices = Prices(room, access, lookups)
        self.description = Descriptions(room, self)
        self.export = Export(room, access)
        self.verify = Verify(room, access)
        self.backups = Backups(room, access, audit, self.configuration)
        self.limits = LimitSets(room, access, lookups, audit)
        self.fuses = Fuses(room, access, lookups, audit, self.messages)
        self.bans = Bans(room, access, audit, self.configuration)
        self.audit_log = AuditLog(room, access)
        self.cdrs = Cdrs(room, access, lookups)
        self.statistics = Statistics(room, access, lookups)
        self.alerts = AlertList(room, access)
        self.self_check = SelfCheck(room, access)
        self.privacy = Privacy(room, access, lookups, audit, self.customers)
        self.binding_list = BindingLists(room, access, lookups)
        self.ledger_book = LedgerBook(room, access, lookups)
        self.pricing = PriceNouns(room, self)
        self.doors = DoorNouns(room, self)
        self.moves = Moves(room, self)
        self.web = WebNouns(room, self)
        self.reselling = ResellerNouns(room, self)
        self.api_tokens = ApiTokens(room, access, lookups, audit, self.operators)
        self._acquaint(approvals)

    def _acquaint(self, approvals: Approvals) -> None:
        """Nouns that need another made after them."""
        approvals.actor_of = self.operators.known
        self.trunks.fees.put, self.trunks.fees.take = self.fees.put, self.fees.take_named
        self.endpoints.number_moved, self.endpoints.number_back = self.trunks.fees.follow, self.trunks.fees.ring_again
        self.endpoints.fees_again, self.resellers.trunk_back = self.fees.go_on, self.trunks.bring_back
        self.alerts.carriers, self.alerts.unsigned = self.money.carriers.accounts, self.call_shop.signing.alarms
        self.alerts.fuses, self.alerts.checked = self.fuses, self.self_check.alerting

    def actor_of(self, token: str, *, prolong: bool = True) -> Actor | None:
        """The operator or program that sends this bearer token; None where it is good for nothing."""
        if token.startswith(PREFIX):
            return self.api_tokens.actor_of(token, prolong=prolong)
        return self.sign_ins.actor_of(token, prolong=prolong)

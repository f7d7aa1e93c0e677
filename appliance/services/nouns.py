"""The noun services wired together: one object over one room."""

from __future__ import annotations

from appliance.services.access import Access, Actor
from appliance.services.alerts import AlertList
from appliance.services.api_tokens import PREFIX, ApiTokens
from appliance.services.approvals import Approvals
from appliance.services.audit import Audit
from appliance.services.audit_log import AuditLog
from appliance.services.backups import Backups
from appliance.services.binding_list import BindingLists
from appliance.services.call_shop.shop_nouns import ShopNouns
from appliance.services.cdrs import Cdrs
from appliance.services.configuration import Configuration
from appliance.services.credit_accounts import CreditAccounts
from appliance.services.customers import Customers
from appliance.services.deck_history import DeckHistory
from appliance.services.decks import Decks
from appliance.services.description import Descriptions
from appliance.services.email_templates import EmailTemplates
from appliance.services.endpoints import Endpoints
from appliance.services.exchange_rates import ExchangeRates
from appliance.services.export import Export
from appliance.services.ledger_list import LedgerBook
from appliance.services.lookups import Lookups
from appliance.services.messages import Messages
from appliance.services.money_nouns import MoneyNouns
from appliance.services.once import Once
from appliance.services.operators import Operators
from appliance.services.own_account import OwnAccount
from appliance.services.price import Prices
from appliance.services.price_grid import PriceGrid
from appliance.services.price_lists import PriceLists
from appliance.services.price_nouns import PriceNouns
from appliance.services.privacy import Privacy
from appliance.services.rates import Rates
from appliance.services.registration import Registration
from appliance.services.resellers import Resellers
from appliance.services.retail import Retail
from appliance.services.room import Room
from appliance.services.routes import Routes
from appliance.services.second_factor import SecondFactors
from appliance.services.self_check import SelfCheck
from appliance.services.sheets import Sheets
from appliance.services.sign_in import SignIns
from appliance.services.sip_secrets import SipSecrets
from appliance.services.statistics import Statistics
from appliance.services.tariffs import Tariffs
from appliance.services.trunks import Trunks
from appliance.services.verify import Verify
from appliance.services.web_logins import WebLogins
from appliance.services.web_second_factor import WebSecondFactors
from appliance.services.web_sign_in import WebSignIns


class Nouns:
    """One attribute a noun; every method of theirs is `method(actor, request) -> view`."""

    def __init__(self, room: Room) -> None:
        self.access = access = Access(room.store)
        self.lookups = lookups = Lookups(room, access)
        self.audit = audit = Audit(room)
        self.once = once = Once(room)
        approvals = Approvals(room, access, lookups, audit)
        self.secrets = SipSecrets(room)
        self.retail = Retail(room, audit)
        self.resellers = Resellers(room, access, lookups, audit, self.secrets, self.retail)
        self.tariffs = Tariffs(room, access, lookups, audit)
        self.rates = Rates(room, access, lookups, audit)
        self.decks = Decks(room, access, lookups, audit, self.tariffs)
        self.deck_history = DeckHistory(room, access, lookups, audit)
        self.price_grid = PriceGrid(room, access, lookups)
        self.credit_accounts = CreditAccounts(room, access, lookups, audit, once, approvals)
        self.templates = EmailTemplates(room, access, lookups, audit)
        self.messages = Messages(room, access, lookups, audit, self.secrets, self.templates)
        self.endpoints = Endpoints(room, access, lookups, audit, self.secrets, self.messages)
        self.web_logins = WebLogins(room, lookups, audit)
        self.customers = Customers(room, access, lookups, audit, self.credit_accounts, self.endpoints, self.web_logins, self.messages)
        self.trunks = Trunks(room, access, lookups, audit)
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
        self.payments = self.money.payments
        approvals.actor_of = self.operators.known
        self.price_lists = PriceLists(room, lookups)
        self.receipts = self.money.receipts
        self.fees = self.money.fees
        self.sheets = Sheets(room, access, lookups, audit, self.secrets, self.messages)
        self.configuration = Configuration(room, access, audit)
        self.exchange_rates = ExchangeRates(room, access, audit)
        self.prices = Prices(room, access, lookups)
        self.description = Descriptions(room, self)
        self.export = Export(room, access)
        self.verify = Verify(room, access)
        self.backups = Backups(room, access, audit, self.configuration)
        self.audit_log = AuditLog(room, access)
        self.cdrs = Cdrs(room, access, lookups)
        self.statistics = Statistics(room, access, lookups)
        self.alerts = AlertList(room, access)
        self.alerts.carriers = self.money.carriers.accounts
        self.self_check = SelfCheck(room, access)
        self.alerts.checked = self.self_check.alerting
        self.privacy = Privacy(room, access, lookups, audit, self.customers)
        self.binding_list = BindingLists(room, access, lookups)
        self.ledger_book = LedgerBook(room, access, lookups)
        self.pricing = PriceNouns(room, self)
        self.api_tokens = ApiTokens(room, access, lookups, audit, self.operators)

    def actor_of(self, token: str, *, prolong: bool = True) -> Actor | None:
        """The operator or program that sends this bearer token; None where it is good for nothing."""
        if token.startswith(PREFIX):
            return self.api_tokens.actor_of(token, prolong=prolong)
        return self.sign_ins.actor_of(token, prolong=prolong)

"""Every noun on one connection, as attributes: shared by the writer and the readers."""

from __future__ import annotations

from appliance.store.accounts import Accounts
from appliance.store.allocations import Allocations
from appliance.store.allowances import Bundles, SpecialTariffs, Volumes
from appliance.store.approvals import Approvals
from appliance.store.audit import Audits
from appliance.store.bank import Bank
from appliance.store.bills import Bills
from appliance.store.bindings import Bindings
from appliance.store.books import Books
from appliance.store.booths import Booths
from appliance.store.brands import Brands
from appliance.store.call_figures import CallFigures
from appliance.store.call_search import CallSearch
from appliance.store.calls import Calls
from appliance.store.carriers import Carriers
from appliance.store.cdrs import Cdrs
from appliance.store.changes import Changes
from appliance.store.commissions import Commissions
from appliance.store.corrections import Corrections
from appliance.store.cost_corrections import CostCorrections
from appliance.store.customers import Customers
from appliance.store.daily_summaries import DailySummaries
from appliance.store.database import Database
from appliance.store.disputes import Disputes
from appliance.store.document_sources import DocumentSources
from appliance.store.documents import Documents
from appliance.store.endpoints import Endpoints
from appliance.store.exchange_rates import ExchangeRates
from appliance.store.fees import Fees
from appliance.store.guard import Guard
from appliance.store.ledger import Ledger
from appliance.store.letters import Letters
from appliance.store.moving import Moving
from appliance.store.number_sales import NumberSales
from appliance.store.numbers import Numbers
from appliance.store.online_payments import OnlinePayments
from appliance.store.operators import Operators
from appliance.store.outbox import Outbox
from appliance.store.owners import Owners
from appliance.store.payments import Payments
from appliance.store.people import People
from appliance.store.person_rows import PersonRows
from appliance.store.provision_links import ProvisionLinks
from appliance.store.put_away import PutAway
from appliance.store.rates import Rates
from appliance.store.receipts import Receipts
from appliance.store.requests import Requests
from appliance.store.resellers import Resellers
from appliance.store.retention import Retention
from appliance.store.routes import Routes
from appliance.store.runs import Runs
from appliance.store.sessions import Sessions
from appliance.store.settings import Settings
from appliance.store.shifts import Shifts
from appliance.store.shop_figures import ShopFigures
from appliance.store.tariffs import Tariffs
from appliance.store.taxes import Taxes
from appliance.store.till_documents import TillDocuments
from appliance.store.till_signatures import TillSignatures
from appliance.store.tills import GoodsTable, Tills
from appliance.store.trunk_outages import TrunkOutages
from appliance.store.trunks import Trunks
from appliance.store.vouchers import Vouchers
from appliance.store.web_logins import WebLogins
from appliance.store.web_money import WebMoney
from appliance.store.webhooks import Deliveries, Webhooks


class Nouns:
    """The tables of one connection."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.settings = Settings(database)
        self.people = People(database)
        self.person_rows = PersonRows(database)
        self.retention = Retention(database)
        self.resellers = Resellers(database)
        self.operators = Operators(database)
        self.sessions = Sessions(database)
        self.accounts = Accounts(database)
        self.ledger = Ledger(database)
        self.payments = Payments(database)
        self.exchange_rates = ExchangeRates(database)
        self.documents = Documents(database)
        self.receipts = Receipts(database)
        self.tariffs = Tariffs(database)
        self.rates = Rates(database)
        self.special_tariffs = SpecialTariffs(database)
        self.bundles = Bundles(database)
        self.volumes = Volumes(database)
        self.customers = Customers(database)
        self.endpoints = Endpoints(database)
        self.provision_links = ProvisionLinks(database)
        self.put_away = PutAway(database)
        self.brands = Brands(database)
        self.webhooks = Webhooks(database)
        self.webhook_deliveries = Deliveries(database)
        self.number_sales = NumberSales(database)
        self.numbers = Numbers(database)
        self.web_logins = WebLogins(database)
        self.fees = Fees(database)
        self.trunks = Trunks(database)
        self.guard = Guard(database)
        self.routes = Routes(database)
        self.bindings = Bindings(database)
        self.calls = Calls(database)
        self.cdrs = Cdrs(database)
        self.call_search = CallSearch(database)
        self.call_figures = CallFigures(database, self.call_search.sources)
        self.corrections = Corrections(database)
        self.commissions = Commissions(database)
        self.cost_corrections = CostCorrections(database)
        self.disputes = Disputes(database)
        self.runs = Runs(database)
        self.changes = Changes(database)
        self.audit = Audits(database)
        self.requests = Requests(database)
        self.outbox = Outbox(database)
        self.owners = Owners(database)
        self._beside_calls(database)

    def _beside_calls(self, database: Database) -> None:
        """What is asked for shops and documents, not while a call is put through."""
        self.booths = Booths(database)
        self.bills = Bills(database)
        self.tills = Tills(database)
        self.goods = GoodsTable(database)
        self.shifts = Shifts(database)
        self.till_documents = TillDocuments(database)
        self.till_signatures = TillSignatures(database)
        self.shop_figures = ShopFigures(database)
        self.document_sources = DocumentSources(database)
        self.allocations = Allocations(database)
        self.taxes = Taxes(database)
        self.vouchers = Vouchers(database)
        self.approvals = Approvals(database)
        self.bank = Bank(database)
        self.web_money = WebMoney(database)
        self.letters = Letters(database)
        self.online_payments = OnlinePayments(database)
        self.carriers = Carriers(database)
        self.books = Books(database)
        self.moving = Moving(database)
        self.trunk_outages = TrunkOutages(database)
        self.daily_summaries = DailySummaries(database)

"""Every noun on one connection, as attributes: shared by the writer and the readers."""

from __future__ import annotations

from appliance.store.accounts import Accounts
from appliance.store.audit import Audits
from appliance.store.bindings import Bindings
from appliance.store.call_search import CallSearch
from appliance.store.calls import Calls
from appliance.store.cdrs import Cdrs
from appliance.store.changes import Changes
from appliance.store.customers import Customers
from appliance.store.database import Database
from appliance.store.documents import Documents
from appliance.store.endpoints import Endpoints
from appliance.store.exchange_rates import ExchangeRates
from appliance.store.fees import Fees
from appliance.store.ledger import Ledger
from appliance.store.numbers import Numbers
from appliance.store.operators import Operators
from appliance.store.outbox import Outbox
from appliance.store.owners import Owners
from appliance.store.payments import Payments
from appliance.store.people import People
from appliance.store.rates import Rates
from appliance.store.receipts import Receipts
from appliance.store.requests import Requests
from appliance.store.resellers import Resellers
from appliance.store.routes import Routes
from appliance.store.runs import Runs
from appliance.store.sessions import Sessions
from appliance.store.settings import Settings
from appliance.store.tariffs import Tariffs
from appliance.store.trunks import Trunks
from appliance.store.web_logins import WebLogins


class Nouns:
    """The tables of one connection."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.settings = Settings(database)
        self.people = People(database)
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
        self.customers = Customers(database)
        self.endpoints = Endpoints(database)
        self.numbers = Numbers(database)
        self.web_logins = WebLogins(database)
        self.fees = Fees(database)
        self.trunks = Trunks(database)
        self.routes = Routes(database)
        self.bindings = Bindings(database)
        self.calls = Calls(database)
        self.cdrs = Cdrs(database)
        self.call_search = CallSearch(database)
        self.runs = Runs(database)
        self.changes = Changes(database)
        self.audit = Audits(database)
        self.requests = Requests(database)
        self.outbox = Outbox(database)
        self.owners = Owners(database)

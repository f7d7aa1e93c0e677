"""A walk through the API, and one request for each group of operations: shown by the page of documentation, and run by its test as they stand."""

from __future__ import annotations

from typing import Any, NamedTuple

from appliance.wire.operations import OPERATIONS


class Example(NamedTuple):
    """`body` None: it has none. What stands in `<…>` is the id that the example of that name answered."""

    name: str
    about: str
    operation: str
    path: str
    body: dict[str, Any] | None = None

    @property
    def method(self) -> str:
        """As the operation has it."""
        return OPERATIONS[self.operation].method


EXAMPLES = (
    Example("who", "Who is asking, and what the token may do.", "session.view", "/session"),
    Example(
        "customer",
        "A new customer. Names work where ids do.",
        "customers.create",
        "/customers",
        {"name": "Nadia Haddad", "tariff": "retail", "email": "nadia@example.com"},
    ),
    Example("endpoint", "A number and a password for her phone.", "endpoints.create", "/endpoints", {"customer": "Nadia Haddad"}),
    Example(
        "payment",
        "Money comes in. Amounts are decimal texts; request_id makes a retry harmless.",
        "payments.record",
        "/payments",
        {"customer": "Nadia Haddad", "amount": "25.00", "method": "cash", "request_id": "receipt-4711"},
    ),
    Example("balance", "What she has now.", "customers.get", "/customers/<customer>"),
    Example(
        "price",
        "What a call of hers would cost.",
        "calls.price",
        "/calls/price",
        {"customer": "Nadia Haddad", "number": "31612345678", "seconds": 60},
    ),
    Example("calls", "The newest calls, ten a page; next of the answer is the after of the next page.", "cdrs.list", "/cdrs?limit=10"),
    Example(
        "webhook",
        "A program of yours is told of payments and calls; the answer has the secret that signs them.",
        "webhooks.create",
        "/webhooks",
        {"name": "ERP", "url": "https://erp.example.com/tollhouse", "events": ["payment.recorded", "call.ended"]},
    ),
)

OF_GROUPS = (
    # money and people, after the walk above
    Example("customers", "Customers by a part of their name, number or e-mail.", "customers.list", "/customers?search=nadia"),
    Example("endpoints", "Her phone may make two calls at once.", "endpoints.update", "/endpoints/<endpoint>", {"max_calls": 2}),
    Example("credit_accounts", "A gift, with its reason.", "credit_accounts.adjust", "/credit-accounts/adjust",
            {"account": "Nadia Haddad", "amount": "2.50", "reason": "a bad line", "request_id": "gift-1"}),
    Example("payments", "What came in in January.", "payments.list", "/payments?since=2026-01-01&until=2026-02-01"),
    Example("receipts", "The receipt as a file; content is base64.", "receipts.pdf", "/payments/<payment>/receipt", {"language": "nl"}),
    Example("fees", "A line fee each month from today.", "fees.set", "/fees", {"customer": "Nadia Haddad", "name": "line", "amount": "3.00"}),
    Example("taxes", "A tax rate.", "taxes.create", "/taxes", {"name": "VAT", "percent": "21", "country": "NL"}),
    Example("invoices", "An invoice of what is open.", "invoices.make", "/invoices", {"customer": "Nadia Haddad", "request_id": "january"}),
    Example("statements", "What happened on an account in a period.", "statements.get",
            "/statements?customer=Nadia%20Haddad&since=2026-01-01&until=2026-02-01"),
    Example("vouchers", "Ten vouchers of 5.00.", "vouchers.make", "/vouchers",
            {"name": "spring", "amount": "5.00", "count": 10, "request_id": "spring"}),
    Example("balances", "What every credit account has.", "balances.list", "/balances"),
    Example("bank", "A bank statement: base64 of CAMT, MT940 or CSV.", "bank.import", "/bank/statements",
            {"content": "ZGF5O2Ftb3VudAoyMDI2LTAxLTAyOzEyLjUwCg==", "columns": {"date": "day", "amount": "amount"}}),
    Example("ledger", "The balances of all accounts.", "ledger.trial_balance", "/ledger/trial-balance"),
    Example("books", "Proves the books and the database.", "books.verify", "/books/verify", {}),
    Example("approvals", "What waits for a second person.", "approvals.list", "/approvals"),
    Example("online_payments", "What she began to pay on the web pages.", "online_payments.list", "/online-payments?customer=Nadia%20Haddad"),
    Example("exchange_rates", "One euro is 1.10 dollars from today.", "exchange_rates.set", "/exchange-rates",
            {"base": "EUR", "quote": "USD", "rate": "1.10"}),
    # prices
    Example("tariffs", "A tariff: retail plus ten percent.", "tariffs.create", "/tariffs",
            {"name": "walk-in", "base": "retail", "markup_percent": "10"}),
    Example("rates", "Another price for one prefix; all others follow retail.", "rates.set", "/rates",
            {"tariff": "walk-in", "rates": [{"prefix": "49", "price_per_minute": "0.05"}]}),
    Example("decks", "What a price list would change; content is base64.", "decks.preview", "/decks/preview",
            {"tariff": "walk-in", "content": "Q29kZSxSYXRlCjMxLDAuMDEKNDQsMC4wMwo="}),
    Example("special_rates", "A price of her own.", "special_rates.set", "/special-rates",
            {"customer": "Nadia Haddad", "rates": [{"prefix": "316", "price_per_minute": "0.03"}]}),
    Example("bundles", "A hundred minutes to the Netherlands each month.", "bundles.create", "/bundles",
            {"name": "home", "prefixes": ["31"], "minutes": 100}),
    Example("margins", "Prices with less than ten percent margin.", "margins.list", "/margins", {"margin_percent": "10"}),
    # calls
    Example("calls", "Why a call of hers would go as it does.", "calls.explain", "/calls/explain",
            {"customer": "Nadia Haddad", "number": "31612345678"}),
    Example("cdrs", "Her calls as comma-separated values.", "cdrs.export", "/cdrs/export?customer=Nadia%20Haddad"),
    Example("disputes", "What customers say was charged wrongly.", "disputes.list", "/disputes"),
    Example("bindings", "Where phones are registered.", "bindings.list", "/bindings"),
    Example("refusals", "Registrations and calls that were refused.", "refusals.list", "/refusals"),
    Example("statistics", "Calls, minutes and sales by customer.", "statistics.calls", "/statistics/calls?by=customer"),
    Example("old_calls", "Her calls from before the move to this system.", "old_calls.list", "/old-calls?customer=Nadia%20Haddad"),
    Example("old_invoices", "Invoices that came with the move.", "old_invoices.list", "/old-invoices?customer=Nadia%20Haddad"),
    # carriers
    Example("trunks", "A carrier with an incoming number.", "trunks.create", "/trunks",
            {"name": "north", "host": "sip.carrier.example", "username": "shop", "password": "as the carrier gave it", "register": True,
             "numbers": [{"did": "31201234567"}]}),
    Example("routes", "Calls to Germany go out by it.", "routes.set", "/routes", {"prefix": "49", "trunks": ["north"]}),
    Example("numbers", "What an incoming number costs its customer each month.", "numbers.put", "/numbers",
            {"did": "31201234567", "monthly_fee": "1.00"}),
    Example("carriers", "What is owed to carriers.", "carriers.list", "/carriers"),
    # resellers
    Example("resellers", "A reseller below you.", "resellers.create", "/resellers",
            {"name": "Harbour Telecom", "parent": "root", "sip_domain": "sip.harbour.example", "tariff": "walk-in",
             "number_range": "7000000-7000999"}),
    Example("commissions", "What sub-resellers earned in a month.", "commissions.list", "/commissions?month=2025-12"),
    Example("brands", "Name and host names of the web pages.", "brands.set", "/brand", {"name": "Blue Phones", "web_hosts": ["my.example.com"]}),
    Example("registration", "Who registered on the web pages and waits.", "registration.waiting", "/registration/waiting"),
    # the call shop
    Example("shop", "A customer that is a call shop, with a first booth.", "customers.create", "/customers",
            {"name": "Pier", "tariff": "retail", "call_shop": True, "endpoint": {}}),
    Example("shops", "What its guests pay is twice what the shop pays.", "shops.update", "/shops/<shop>", {"booth_markup_percent": "100"}),
    Example("booths", "Its booths.", "booths.list", "/booths?shop=Pier"),
    Example("tills", "A drawer with its computer and printer.", "tills.create", "/tills", {"shop": "Pier", "name": "front", "printer": "file"}),
    Example("goods", "What is sold beside calls.", "goods.create", "/goods", {"shop": "Pier", "name": "Water", "price": "1.50"}),
    Example("shifts", "The drawer is counted and a shift begins.", "shifts.open", "/shifts",
            {"till": "<tills>", "counted": {"EUR": {"10.00": 5}}, "request_id": "monday"}),
    Example("booth_sessions", "A guest sits down in a booth.", "booth_sessions.open", "/booth-sessions",
            {"booth": "<booths>", "request_id": "guest-1"}),
    Example("bills", "A bill for somebody at the counter.", "bills.open", "/bills", {"shop": "Pier", "request_id": "bill-1"}),
    Example("till_receipts", "Receipts of a shop.", "till_receipts.list", "/till-receipts?shop=Pier"),
    Example("print_jobs", "What a till still has to print.", "print_jobs.list", "/print-jobs?till=<tills>"),
    Example("chains", "Shops that work together.", "chains.set", "/chains", {"name": "piers", "shops": ["Pier"]}),
    # who and what is kept safe
    Example("operators", "A clerk of the shop; the answer has the one-time code for the first sign-in.", "operators.create", "/operators",
            {"login": "cleo", "grants": [{"role": "clerk", "shop": "Pier"}]}),
    Example("pins", "A one-time code with which a clerk of the shop chooses a PIN.", "pins.code", "/pins/code", {"shop": "Pier", "login": "cleo"}),
    Example("session", "What the asker may do.", "session.view", "/session"),
    Example("api_tokens", "A token for a program that records payments; it is shown this once.", "api_tokens.create", "/api-tokens",
            {"name": "web shop", "scopes": ["customers.read", "payments.record"]}),
    Example("webhooks", "What a webhook was told.", "webhooks.deliveries", "/webhooks/<webhook>/deliveries"),
    Example("limits", "At most 50.00 of calls a month.", "limits.set", "/limits", {"kind": "customer", "owner": "Nadia Haddad", "month": "50"}),
    Example("fuses", "Customers that were stopped for safety.", "fuses.list", "/fuses"),
    Example("bans", "Addresses and users that are shut out.", "bans.list", "/bans"),
    Example("high_risk", "The list of high-risk numbers.", "high_risk.list", "/high-risk"),
    Example("web_sessions", "Where somebody is signed in on the web pages.", "web_sessions.list", "/web-sessions?customer=Nadia%20Haddad"),
    Example("provisioning", "A link by which her phone sets itself up.", "provisioning.create", "/provisioning-links",
            {"endpoint": "<endpoint>", "maker": "yealink"}),
    Example("disclosures", "Calls of a number for an authority; asker and reason stay in the audit log.", "disclosures.make", "/disclosures",
            {"number": "31612345678", "since": "2026-01-01", "until": "2026-02-01", "asker": "Police Utrecht, 2026/17", "reason": "a court's order"}),
    Example("audit", "Who changed customers, the newest first.", "audit.list", "/audit?kind=customer&limit=5"),
    # the server
    Example("messages", "E-mails that are still to be sent.", "messages.list", "/messages?state=waiting"),
    Example("summaries", "The daily summary.", "summaries.get", "/summary"),
    Example("alerts", "What needs somebody now.", "alerts.list", "/alerts"),
    Example("settings", "One setting; null sets it back.", "settings.set", "/settings", {"values": {"sip.max_calls": 400}}),
    Example("server", "Version, addresses, calls.", "server.status", "/server"),
    Example("backups", "A copy of all data now.", "backups.make", "/backups", {"file": "before-the-update.zip"}),
    Example("description", "The shop as a description file.", "description.export", "/description/export", {"rates": False}),
    Example("move", "How far a move from another system is.", "move.state", "/move"),
)  # fmt: skip
"""One request for each group; `second_factor` alone needs a person with a telephone."""

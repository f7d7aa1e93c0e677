"""Look-ups that every call and registration needs, in memory: who is who, who rings where, which trunk a source is.

Law: derived from the store, never a second truth. A look-up changes only after the unit of work that changed its
rows has been committed, by the kinds of its changes; many changes of one kind are one rebuild.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from appliance.billing.number import DEFAULT, DialPlan
from appliance.billing.routing import Route, RouteBook, RouteStep
from appliance.clock import Clock
from appliance.services.ground.allowances import Allowances
from appliance.services.ground.changes import Changes
from appliance.services.ground.hot_prices import HotPrices
from appliance.services.ground.hot_rows import (
    HotCustomer,
    HotDid,
    HotEndpoint,
    HotReseller,
    HotTrunk,
    Login,
    customer_of,
    did_of,
    endpoint_of,
    reseller_of,
    trunk_of,
)
from appliance.services.ground.limits import Party
from appliance.services.ground.settings import Settings
from appliance.services.ground.trunk_addresses import Gateway, TrunkAddresses
from appliance.store.store import Store
from appliance.wire.changes import Change

ONE_BY_ONE = 50
"""Changed rows of one kind that are read one by one; more of them, and the whole table is read again."""


KINDS = ("endpoint", "customer", "reseller", "trunk", "did", "setting", "route", "tariff", "rate", "exchange_rate", "bundle")
"""The changes that look-ups follow."""


class BilledLevel(NamedTuple):
    """Who pays at one level: the customer (0), its reseller (1), the one above, … The root pays nobody."""

    level: int
    account_id: int
    tariff_id: int
    customer_id: int | None
    reseller_id: int | None  # whose account it is, at level 1 and above
    seller_id: int  # the reseller that sells at this level and earns the amount
    currency: str  # of the account, which never changes


class Above(NamedTuple):
    """What the customers of one reseller have of it and of those above it: worked out when resellers change, and not at every call."""

    chain: tuple[int, ...]  # the reseller itself and those above it, the root last
    disabled: bool  # any of them
    dial_plan: DialPlan  # of the nearest that has one
    caller_number: str  # the same
    countries: tuple[str, ...]
    parties: tuple[Party, ...]  # where a call is counted
    limits: tuple[tuple[Party, int], ...]  # how many calls at once, of those that have a limit


class Hot:
    """Filled by `load` at the start, refreshed by `Changes` afterwards."""

    def __init__(self, store: Store, clock: Clock, changes: Changes, settings: Settings) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self.prices = HotPrices(store)
        self.allowances = Allowances(store, self.prices)
        self.resellers: dict[int, HotReseller] = {}
        self.customers: dict[int, HotCustomer] = {}
        self.endpoints: dict[int, HotEndpoint] = {}
        self.trunks: dict[int, HotTrunk] = {}
        self.dids: dict[str, tuple[int, int | None]] = {}  # number to (trunk, endpoint)
        self.incoming: dict[str, HotDid] = {}  # those that cost, or are tried elsewhere next
        self.domains: frozenset[str] = frozenset()
        self.root_domain = ""
        self.trunk_addresses = TrunkAddresses(())
        self.trunk_names: dict[str, int] = {}  # TLS name to trunk
        self._gateways: dict[int, Gateway] = {}
        self._gateway_addresses: TrunkAddresses | None = None
        self._looked_up: dict[tuple[str, bool], tuple[str, ...]] = {}  # a trunk's host name, whether IPv6
        self._by_number: dict[str, int] = {}
        self._logins: dict[tuple[str, str], Login] = {}
        self._realms_of: dict[int, tuple[tuple[str, str], ...]] = {}
        self._by_domain: dict[str, HotReseller] = {}
        self._levels: dict[int, tuple[BilledLevel, ...]] = {}
        self.above: dict[int, Above] = {}  # by reseller
        self._currencies: dict[int, str] = {}
        self.routes = RouteBook()
        changes.listen(self.changed, *KINDS)
        self.prices.mark = changes.mark
        changes.on_undo(self.prices.withdraw)

    def load(self) -> None:
        """Everything, from the store."""
        self._load_settings()
        self._load_resellers()
        self._load_customers()
        self._load_endpoints()
        self._load_trunks()
        self.prices.load()
        self.allowances.load()
        self._load_routes()

    # who is who -------------------------------------------------------------------------------------------------
    def login(self, name: str, realm: str) -> Login | None:
        """By authentication name and realm; an old realm until it ends."""
        login = self._logins.get((name, realm.lower()))
        if login is not None and login.ends_at is not None and login.ends_at <= self._clock.utcnow():
            return None
        return login

    def by_number(self, number: str) -> HotEndpoint | None:
        """The endpoint of that number."""
        identity = self._by_number.get(number)
        return None if identity is None else self.endpoints[identity]

    def realm(self, domain: str, username: str) -> str:
        """What to challenge with: the reseller's domain of that host or else of that user, else the root's."""
        found = self._by_domain.get(domain.lower())
        if found is not None:
            return domain.lower()
        endpoint = self.by_number(username)
        if endpoint is not None:
            customer = self.customers[endpoint.customer_id]
            return self.resellers[customer.reseller_id].domains[0]
        return self.root_domain

    def chain(self, reseller_id: int) -> tuple[int, ...]:
        """A reseller and those above it, the root last."""
        return self.above[reseller_id].chain

    def levels(self, customer_id: int) -> tuple[BilledLevel, ...]:
        """Who pays for that customer's calls, from the customer upwards."""
        levels = self._levels.get(customer_id)
        if levels is None:
            levels = self._levels[customer_id] = tuple(self._paying(customer_id))
        return levels

    def shut_off(self, customer: HotCustomer) -> bool:
        """Whether the customer or any reseller above is disabled."""
        return customer.disabled or self.above[customer.reseller_id].disabled

    def normalised(self, customer: HotCustomer, dialled: str) -> str:
        """The number that is rated, by the dial plan of the customer or the nearest reseller that has one."""
        return (customer.dial_plan or self.above[customer.reseller_id].dial_plan).normalise(dialled)

    def has_funds(self, account_id: int) -> bool:
        """Whether balance and credit limit leave anything."""
        row = self._store.accounts.get(account_id)
        return row is not None and row.balance_micros + row.credit_limit_micros > 0

    def name_at(self, address: str) -> str:
        """The host name of a trunk that leads to this address; the address itself where none is known."""
        return next((name for (name, _), addresses in self._looked_up.items() if address in addresses), address)

    def looked_up(self, name: str, addresses: Sequence[str]) -> None:
        """Where a trunk's host name leads now; an empty answer changes nothing, for name servers fail more often than carriers move."""
        for v6 in (False, True):  # each kind of address is looked up by itself
            found = tuple(sorted(each for each in addresses if (":" in each) is v6))
            kept = self._looked_up.get((name, v6))
            if found and found != kept:
                self._looked_up[name, v6] = found
                self._index_trunks()

    @property
    def gateways(self) -> TrunkAddresses | None:
        """Endpoints that are known by address; None where there is none."""
        if self._gateway_addresses is None and self._gateways:
            self._gateway_addresses = TrunkAddresses(self._gateways.values())
        return self._gateway_addresses

    def _index_trunks(self) -> None:
        known: dict[str, tuple[str, ...]] = {}
        for (name, _), addresses in self._looked_up.items():
            known[name] = (*known.get(name, ()), *addresses)
        self.trunk_addresses = TrunkAddresses(self.usable_trunks(), known)
        self.trunk_names = {trunk.tls_name: trunk.id for trunk in self.usable_trunks() if trunk.tls_name}

    def usable_trunks(self) -> Iterator[HotTrunk]:
        """Neither archived nor disabled."""
        return (trunk for trunk in self.trunks.values() if not trunk.disabled)

    def takes_emergency_calls(self) -> bool:
        """Whether any trunk in use does: without one nobody here can call for help."""
        return any(trunk.emergency for trunk in self.usable_trunks())

    def _above(self, reseller_id: int) -> Above:
        chain = tuple(self._upwards(reseller_id))
        rows = [self.resellers[each] for each in chain]
        return Above(
            chain,
            any(row.disabled for row in rows),
            next((row.dial_plan for row in rows if row.dial_plan is not None), DEFAULT),
            next((row.caller_number for row in rows if row.caller_number), ""),
            tuple(row.country for row in rows if row.country),
            tuple(("reseller", row.id) for row in rows),
            tuple((("reseller", row.id), row.max_calls) for row in rows if row.max_calls is not None),
        )

    def _currency_of(self, account_id: int) -> str:
        currency = self._currencies.get(account_id)
        if currency is None:
            row = self._store.accounts.get(account_id)
            currency = self._currencies[account_id] = row.currency if row is not None else ""
        return currency

    def _upwards(self, reseller_id: int) -> Iterator[int]:
        at: int | None = reseller_id
        while at is not None:
            yield at
            at = self.resellers[at].parent_id

    def _paying(self, customer_id: int) -> Iterator[BilledLevel]:
        customer = self.customers[customer_id]
        chain = self.chain(customer.reseller_id)
        tariff, account = self.allowances.special.get(customer.id, customer.tariff_id), customer.account_id
        yield BilledLevel(0, account, tariff, customer.id, None, chain[0], self._currency_of(account))
        for level, identity in enumerate(chain[:-1], 1):
            reseller = self.resellers[identity]
            if reseller.account_id is not None and reseller.tariff_id is not None:
                account = reseller.account_id
                yield BilledLevel(level, account, reseller.tariff_id, None, reseller.id, chain[level], self._currency_of(account))

    # refreshing -------------------------------------------------------------------------------------------------
    def changed(self, changes: Sequence[Change]) -> None:
        """Listener of `Changes`: read again what these name."""
        for change in changes:
            kind, ids = change.kind, change.ids
            if kind == "endpoint":
                self._load_endpoints(ids)
            elif kind == "customer":
                self._load_customers(ids)
            elif kind == "reseller":
                self._load_resellers()
            elif kind in ("trunk", "did"):
                self._load_trunks()
            elif kind == "setting":
                self._load_settings()
            elif kind == "route":
                self._load_routes()
            elif kind in ("tariff", "rate", "exchange_rate"):
                self.prices.changed(kind, ids)
            if kind in ("tariff", "bundle"):
                self.allowances.load()

    def _load_settings(self) -> None:
        self._settings.stored({key: json.loads(value) for key, value in self._store.settings.all().items()})

    def _load_resellers(self) -> None:
        self.resellers = {row.id: reseller_of(row) for row in self._store.resellers.list(archived=True)}
        self._by_domain = {}
        for old_ones in (False, True):  # a present domain wins over somebody's old one
            for reseller in self.resellers.values():
                for domain in reseller.domains[1:] if old_ones else reseller.domains[:1]:
                    self._by_domain.setdefault(domain, reseller)
        self.domains = frozenset(self._by_domain)
        root = next((each for each in self.resellers.values() if each.parent_id is None), None)
        self.root_domain = root.domains[0] if root else ""
        self.above = {identity: self._above(identity) for identity in self.resellers}
        self._levels.clear()

    def _load_customers(self, ids: Sequence[int] = ()) -> None:
        if 0 < len(ids) <= ONE_BY_ONE:
            for identity in ids:
                row = self._store.customers.get(identity)
                if row is None:
                    self.customers.pop(identity, None)
                else:
                    self.customers[identity] = customer_of(row)
                self._levels.pop(identity, None)
            return
        self.customers = {row.id: customer_of(row) for row in self._store.customers.list(archived=True)}
        self._levels.clear()

    def _load_endpoints(self, ids: Sequence[int] = ()) -> None:
        if 0 < len(ids) <= ONE_BY_ONE:
            for identity in ids:
                self._forget_endpoint(identity)
                row = self._store.endpoints.get(identity)
                if row is not None and row.archived_at is None:
                    self._add_endpoint(endpoint_of(row), self._store.endpoints.secrets(identity))
            return
        self.endpoints, self._by_number, self._logins, self._realms_of = {}, {}, {}, {}
        self._gateways, self._gateway_addresses = {}, None
        for row in self._store.endpoints.list():
            self._add_endpoint(endpoint_of(row), ())
        secrets: dict[int, list[Login]] = {}
        for secret in self._store.endpoints.secrets():
            secrets.setdefault(secret.endpoint_id, []).append(Login(*secret))
        for identity, logins in secrets.items():
            if identity in self.endpoints:
                self._add_logins(self.endpoints[identity], logins)

    def _add_endpoint(self, endpoint: HotEndpoint, secrets: Iterator[object] | Sequence[object]) -> None:
        self.endpoints[endpoint.id] = endpoint
        self._by_number[endpoint.number] = endpoint.id
        if endpoint.addresses:
            self._gateways[endpoint.id], self._gateway_addresses = Gateway(endpoint.id, endpoint.addresses), None
        self._add_logins(endpoint, [Login(*secret) for secret in secrets])  # type: ignore[misc]

    def _add_logins(self, endpoint: HotEndpoint, logins: Sequence[Login]) -> None:
        for login in logins:
            self._logins[endpoint.auth_name, login.realm.lower()] = login
        self._realms_of[endpoint.id] = tuple((endpoint.auth_name, login.realm.lower()) for login in logins)

    def _forget_endpoint(self, identity: int) -> None:
        old = self.endpoints.pop(identity, None)
        if self._gateways.pop(identity, None) is not None:
            self._gateway_addresses = None
        if old is not None and self._by_number.get(old.number) == identity:
            del self._by_number[old.number]
        for key in self._realms_of.pop(identity, ()):
            login = self._logins.get(key)
            if login is not None and login.endpoint_id == identity:
                del self._logins[key]

    def _load_trunks(self) -> None:
        self.trunks.clear()
        self.trunks.update((row.id, trunk_of(row)) for row in self._store.trunks.list(archived=True))
        self._index_trunks()
        rows = list(self._store.trunks.dids())
        self.dids = {row.did: (row.trunk_id, row.endpoint_id) for row in rows}
        resold: dict[str, dict[int, int]] = {}
        for sale in self._store.number_sales.running():
            if sale.price_micros is not None:
                resold.setdefault(sale.did, {})[sale.reseller_id] = sale.price_micros
        costly = (row for row in rows if row.price_micros is not None or row.failover != "[]" or row.did in resold)
        self.incoming = {row.did: did_of(row, resold.get(row.did, {})) for row in costly}

    def _load_routes(self) -> None:
        steps: dict[int, list[RouteStep]] = {}
        for step in self._store.routes.trunks():
            steps.setdefault(step.route_id, []).append(RouteStep(step.trunk_id, step.weight))
        orders = {"price": "cost"}
        self.routes = RouteBook(
            Route(row.reseller_id, row.prefix, orders.get(row.order, row.order), tuple(steps.get(row.id, ()))) for row in self._store.routes.list()
        )

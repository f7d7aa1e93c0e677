"""Writes a description file of what is there, secrets left out. Applying it to the same folder changes nothing."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator

import msgspec

from appliance.money import format_amount, format_percent
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.configuration import is_secret
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room
from appliance.services.keeping.export_shops import shop
from appliance.store.accounts import Account
from appliance.store.allowances import Tier
from appliance.store.customers import Customer
from appliance.store.endpoints import Endpoint
from appliance.store.nouns import Nouns
from appliance.store.operators import Grant
from appliance.store.rates import Rate
from appliance.store.resellers import Reseller
from appliance.store.tariffs import Tariff
from appliance.store.trunks import Did, Trunk
from appliance.wire.description import DescriptionText, ExportRequest

Plain = dict[str, object]
TARIFF_FIELDS = ("decimals", "rounding", "price_rounding", "duration_rounding", "increment_style", "timezone", "band_rule")
PERSON_FIELDS = ("first_name", "last_name", "company", "phone", "email", "address", "country", "vat_number", "description", "credit_description")


class Export:
    """For those who may see everything; archived things are left out."""

    def __init__(self, room: Room, access: Access) -> None:
        self._room = room
        self._access = access

    def export(self, actor: Actor, request: ExportRequest) -> DescriptionText:
        """The file as text."""
        self._access.need(actor, "description.export", None)
        return DescriptionText(text(self._room.store, rates=request.rates))


def text(tables: Nouns, *, rates: bool = True) -> str:
    """The same over any connection, a command's beside a running server included."""
    return msgspec.json.format(msgspec.json.encode(description(tables, rates=rates)), indent=2).decode() + "\n"


def description(tables: Nouns, *, rates: bool = True) -> Plain:
    """The file as plain values, in the order in which a person would write it."""
    return _Writer(tables).everything(rates)


class _Writer:
    """Names by id, and one method a section."""

    def __init__(self, tables: Nouns) -> None:
        self._tables = tables
        self._resellers = {row.id: row for row in tables.resellers.list()}
        self._tariffs = {row.id: row for row in tables.tariffs.list() if row.reseller_id in self._resellers}
        self._own = {(row.reseller_id, row.name): row.id for row in self._tariffs.values()}
        self._trunks = {row.id: row for row in tables.trunks.list() if row.reseller_id in self._resellers}
        self._accounts = {row.id: row for row in tables.accounts.list("credit")}
        self._openings = tables.ledger.openings()
        self._special = tables.special_tariffs.all()
        self._with_rates = True
        self._grants: dict[int, Grant] = {}
        self._every_grant = list(tables.operators.grants())
        for grant in self._every_grant:
            if grant.reseller_id is not None:
                self._grants.setdefault(grant.operator_id, grant)

    def everything(self, rates: bool) -> Plain:
        self._with_rates = rates
        endpoints: dict[int, list[Endpoint]] = defaultdict(list)
        for endpoint in self._tables.endpoints.list():
            endpoints[endpoint.customer_id].append(endpoint)
        numbers = {each.id: each.number for group in endpoints.values() for each in group}
        whole: Plain = {
            "tollhouse": 1,
            "resellers": [self._reseller(row) for row in self._tree()],
            "tariffs": [self._tariff(row, rates) for row in sorted(self._tariffs.values(), key=self._by_name)],
            "trunks": [self._trunk(row, numbers) for row in sorted(self._trunks.values(), key=lambda row: row.name)],
            "routes": list(self._routes()),
            "customers": [self._customer(row, endpoints[row.id], numbers) for row in sorted(self._tables.customers.list(), key=self._by_name)],
        }
        bundles = self._bundles()
        if bundles:
            whole["bundles"] = bundles
        exchange_rates = self._exchange_rates()
        if exchange_rates:
            whole["exchange_rates"] = exchange_rates
        settings = {key: json.loads(value) for key, value in sorted(self._tables.settings.all().items()) if not is_secret(key)}
        if settings:
            whole["settings"] = settings
        return whole

    def _exchange_rates(self) -> list[Plain]:
        """The row that counts of each day."""
        found = {(row.base, row.quote, row.valid_on): row.rate for row in self._tables.exchange_rates.list()}
        return [{"base": base, "quote": quote, "valid_on": on, "rate": rate} for (base, quote, on), rate in sorted(found.items())]

    def _bands(self, tariff_id: int) -> list[Plain]:
        return [
            {"name": band.name, "weekdays": [band.weekday + 1], "starts": _clock(band.from_minute), "ends": _clock(band.until_minute)}
            for band in self._tables.tariffs.bands(tariff_id)
        ]

    def _tree(self) -> Iterator[Reseller]:
        """Parents before children, by name among brothers: the same shop gives the same file, whoever was there first."""
        below: dict[int | None, list[Reseller]] = defaultdict(list)
        for row in sorted(self._resellers.values(), key=lambda row: row.name, reverse=True):
            below[row.parent_id].append(row)
        waiting = below[None]
        while waiting:
            row = waiting.pop()
            yield row
            waiting.extend(below[row.id])

    def _by_name(self, row: Tariff | Customer) -> tuple[str, str]:
        return self._resellers[row.reseller_id].name, row.name

    def _reseller(self, row: Reseller) -> Plain:
        entry: Plain = {"name": row.name}
        if row.parent_id is not None:
            entry["parent"] = self._resellers[row.parent_id].name
        entry |= {
            "currency": row.currency,
            "sip_domain": row.sip_domain,
            "web_hosts": json.loads(row.web_hosts),
            "number_range": f"{row.number_first}-{row.number_last}",
            "retail_markup_percent": format_percent(row.retail_markup_ppm),
            "timezone": row.timezone,
            "language": row.language,
            "country": row.country,
        }
        account = None if row.credit_account_id is None else self._accounts[row.credit_account_id]
        if account is not None:
            entry |= {"tariff": None if row.tariff_id is None else self._tariffs[row.tariff_id].name, **self._funds(account)}
        entry |= {
            "call_shop_allowed": bool(row.call_shop_allowed),
            "may_have_resellers": bool(row.may_have_resellers),
            "own_trunks_allowed": bool(row.own_trunks_allowed),
            "max_calls": row.max_calls,
            "caller_number": row.caller_number,
            "dial_plan": json.loads(row.dial_plan),
            "disabled": bool(row.disabled),
            "operators": self._operators(row),
        }
        return entry

    def _funds(self, account: Account) -> Plain:
        funds: Plain = {"credit_limit": format_amount(account.credit_limit_micros)}
        if account.id in self._openings:
            funds["opening_balance"] = format_amount(self._openings[account.id])
        return funds

    def _operators(self, reseller: Reseller) -> list[Plain]:
        """Whose first grant is in this reseller: a login stands in a file once."""
        found = []
        for operator_id, grant in self._grants.items():
            if grant.reseller_id != reseller.id:
                continue
            row = self._tables.operators.get(operator_id)
            person = None if row is None else self._tables.people.get(row.person_id)
            if row is not None and person is not None:
                entry: Plain = {"login": row.login, "role": grant.role, "name": person.name, "email": person.email}
                found.append({**entry, "language": row.language, "disabled": bool(row.disabled)})
        return sorted(found, key=lambda each: str(each["login"]))

    def _tariff(self, row: Tariff, rates: bool) -> Plain:
        entry: Plain = {"reseller": self._resellers[row.reseller_id].name, "name": row.name, "currency": row.currency}
        if row.base_id is not None and self._found_again(row.reseller_id, row.base_id, row.id):
            entry |= {
                "base": self._tariffs[row.base_id].name,
                "markup_percent": format_percent(row.markup_ppm),
                "surcharge_per_minute": format_amount(row.surcharge_micros),
            }
        entry |= {name: getattr(row, name) for name in TARIFF_FIELDS}
        on_net = row.on_net_price_micros
        entry |= {"loss_guard": bool(row.loss_guard), "on_net_price": None if on_net is None else format_amount(on_net)}
        bands = self._bands(row.id)
        if bands:
            entry["bands"] = bands
        tiers = list(self._tables.volumes.tiers(row.id))
        if tiers:
            entry["tiers"] = [_tier(tier) for tier in tiers]
        if rates:
            entry["rates" if row.base_id is None else "overrides"] = self._rates(row.id, row.base_id is not None)
        return entry

    def _rates(self, tariff_id: int, derived: bool) -> list[Plain]:
        versions = sorted(self._tables.rates.active(tariff_id), key=lambda each: (each.prefix, each.band, each.valid_from_at or 0))
        return [_rate(each, derived) for each in versions]

    def _bundles(self) -> list[Plain]:
        return [
            {
                "reseller": reseller.name,
                "name": row.name,
                "prefixes": json.loads(row.prefixes),
                "minutes": row.seconds // 60,
                "period": row.period,
            }
            for reseller in self._tree()
            for row in sorted(self._tables.bundles.list(reseller.id), key=lambda row: row.name)
        ]

    def _allowances(self, row: Customer) -> Plain:
        """Special rates and bundles, where a customer has some; a bundle that was archived since cannot be named."""
        found: Plain = {}
        special = self._special.get(row.id) if self._with_rates else None
        if special is not None:
            found["special_rates"] = self._rates(special, True)
        bundles: list[Plain] = []
        for held in self._tables.bundles.held(row.id):
            there = self._tables.bundles.get(held.bundle_id)
            if there is not None and there.archived_at is None:
                bundles.append({"bundle": held.name, "since": stamp(held.starts_at), "until": stamp(held.ends_at)})
        return {**found, "bundles": bundles} if bundles else found

    def _trunk(self, row: Trunk, numbers: dict[int, str]) -> Plain:
        return {
            "name": row.name,
            "reseller": self._resellers[row.reseller_id].name,
            "host": row.host,
            "port": row.port,
            "transport": row.transport,
            "username": row.username,
            "register": bool(row.register),
            "addresses": json.loads(row.addresses),
            "cost_tariff": None if row.cost_tariff_id is None else self._tariffs[row.cost_tariff_id].name,
            "max_calls": row.max_calls,
            "strip": row.strip,
            "prepend": row.prepend,
            "media": row.media,
            "codecs": json.loads(row.codecs),
            "main_number": row.main_number,
            "emergency": bool(row.emergency),
            "trusted": bool(row.trusted),
            "disabled": bool(row.disabled),
            "numbers": [{**_incoming(did, numbers), **self._sold(did, row.reseller_id)} for did in self._tables.trunks.dids(row.id)],
            **_rules(row),
        }

    def _sold(self, did: Did, seller: int) -> Plain:
        """Who has a number, from its trunk's reseller down, where it was sold."""
        sales = [each for each in self._tables.number_sales.of(did.did).values() if each.reseller_id in self._resellers]
        chain: list[Plain] = []
        while (sale := next((each for each in sales if self._resellers[each.reseller_id].parent_id == seller), None)) is not None:
            seller = sale.reseller_id
            prices = (("setup_fee", sale.setup_micros), ("monthly_fee", sale.fee_micros), ("price_per_minute", sale.price_micros))
            amounts = {name: format_amount(micros) for name, micros in prices if micros is not None}
            chain.append({"reseller": self._resellers[seller].name, **amounts})
        return {"sold": chain} if chain else {}

    def _found_again(self, reseller_id: int, tariff_id: int, deriving: int = 0) -> bool:
        """Whether the tariff's name leads back to it from this reseller: one of its own of the same name hides what it buys by.

        A tariff that bears its base's name means the buying tariff. What is hidden is left out, and so stays as it is.
        """
        name = self._tariffs[tariff_id].name
        own = self._own.get((reseller_id, name), tariff_id)
        return own in (tariff_id, deriving)

    def _routes(self) -> Iterator[Plain]:
        steps: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for step in self._tables.routes.trunks():
            steps[step.route_id].append((self._trunks[step.trunk_id].name, step.weight))
        for row in self._tables.routes.list():
            if row.reseller_id not in self._resellers:
                continue
            entry: Plain = {
                "reseller": self._resellers[row.reseller_id].name,
                "prefix": row.prefix,
                "trunks": [name for name, _ in steps[row.id]],
                "order": row.order,
            }
            if any(weight != 1 for _, weight in steps[row.id]):
                entry["weights"] = [weight for _, weight in steps[row.id]]
            yield entry

    def _customer(self, row: Customer, endpoints: list[Endpoint], numbers: dict[int, str]) -> Plain:
        person = self._tables.people.get(row.person_id)
        account = self._accounts[row.credit_account_id]
        return {
            "reseller": self._resellers[row.reseller_id].name,
            "name": row.name,
            **{name: getattr(person, name) for name in PERSON_FIELDS},
            **({"tariff": self._tariffs[row.tariff_id].name} if self._found_again(row.reseller_id, row.tariff_id) else {}),
            "credit_account": {"name": account.name, "currency": account.currency, **self._funds(account), "tax_point": account.tax_point},
            "call_shop": bool(row.call_shop),
            "disabled": bool(row.disabled),
            "timezone": row.timezone,
            "language": row.language,
            "currency": row.currency or None,
            "tax": row.tax,
            "payment_terms_days": row.payment_terms_days,
            "max_calls": row.max_calls,
            "caller_number": row.caller_number,
            "dial_plan": None if row.dial_plan is None else json.loads(row.dial_plan),
            "free_on_net": bool(row.free_on_net),
            "allow_302": bool(row.allow_302),
            **self._allowances(row),
            "monthly_fees": [
                {
                    "name": fee.name,
                    "amount": format_amount(fee.amount_micros),
                    "endpoint": None if fee.endpoint_id is None else numbers.get(fee.endpoint_id),
                    "starts_on": fee.starts_on,
                    "ends_on": fee.ends_on,
                    "day": fee.day,
                    "policy": fee.policy,
                }
                for fee in sorted(self._tables.fees.list(row.id), key=lambda fee: fee.name)
            ],
            "endpoints": [_endpoint(each) for each in sorted(endpoints, key=lambda each: each.number)],
            "web_logins": [
                {"login": login.login, "must_change": bool(login.must_change), "disabled": bool(login.disabled)}
                for login in self._tables.web_logins.of(row.id)
            ],
            **({"shop": self._shop(row, endpoints)} if row.call_shop else {}),
        }

    def _shop(self, row: Customer, endpoints: list[Endpoint]) -> Plain:
        tariff = None if row.booth_tariff_id is None else self._tariffs.get(row.booth_tariff_id)
        name = tariff.name if tariff is not None and self._found_again(row.reseller_id, tariff.id) else None
        return shop(self._tables, row, endpoints, name, self._every_grant)


def _tier(tier: Tier) -> Plain:
    return {"from_minutes": tier.from_seconds // 60, "discount_percent": format_percent(tier.discount_ppm), "prefix": tier.prefix}


def _endpoint(row: Endpoint) -> Plain:
    return {
        "number": row.number,
        "auth_name": row.auth_name,
        "display_name": row.display_name,
        "media": row.media,
        "codecs": json.loads(row.codecs),
        "max_calls": row.max_calls,
        "max_bindings": row.max_bindings,
        "caller_number": row.caller_number,
        "addresses": json.loads(row.addresses),
        "emergency_address": row.emergency_address,
        "forwarding": json.loads(row.forwarding),
        "disabled": bool(row.disabled),
    }


def _rate(row: Rate, derived: bool) -> Plain:
    """All fields of a base tariff's rate; of an override only those that it says."""
    entry: Plain = {
        "prefix": row.prefix,
        "destination": row.destination,
        "price_per_minute": _amount(row.price_micros),
        "connection_fee": _amount(row.connection_fee_micros),
        "first_increment": row.first_increment,
        "next_increment": row.next_increment,
        "minimum_seconds": row.minimum_seconds,
        "free_below_seconds": row.free_below_seconds,
        "free_seconds": row.free_seconds,
        "minimum_charge": _amount(row.minimum_charge_micros),
        "maximum_charge": _amount(row.maximum_charge_micros),
        "blocked": None if row.blocked is None else bool(row.blocked),
    }
    if derived:
        entry = {name: value for name, value in entry.items() if value is not None}
    if row.band:
        entry["band"] = row.band
    return {**entry, "valid_from": stamp(row.valid_from_at), "valid_until": stamp(row.valid_until_at)}


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _amount(micros: int | None) -> str | None:
    return None if micros is None else format_amount(micros)


def _rules(row: Trunk) -> Plain:
    """What most trunks do not have."""
    rules = {
        name: [{"prefix": prefix, "strip": strip, "prepend": prepend} for prefix, strip, prepend in json.loads(text)]
        for name, text in (("rules", row.rules), ("caller_rules", row.caller_rules))
        if text != "[]"
    }
    more = (
        ("hours", row.hours),
        ("never_rests", bool(row.never_rests)),
        ("tls_name", row.tls_name),
        ("emergency_location", bool(row.emergency_location)),
    )
    return {**rules, **{name: value for name, value in more if value}}


def _incoming(did: Did, numbers: dict[int, str]) -> Plain:
    entry: Plain = {"did": did.did, "endpoint": None if did.endpoint_id is None else numbers.get(did.endpoint_id)}
    if did.failover != "[]":
        entry["failover"] = json.loads(did.failover)
    for name, micros in (("price_per_minute", did.price_micros), ("monthly_fee", did.fee_micros), ("setup_fee", did.setup_micros)):
        if micros is not None:
            entry[name] = format_amount(micros)
    return entry

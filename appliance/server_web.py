"""What answers at the web address: the API and health under their paths, the customers' pages at all others."""

from __future__ import annotations

import secrets
from typing import Any

from twisted.web.resource import Resource
from twisted.web.server import Request

from appliance.api.asking import Asking
from appliance.server_doors import Doors
from appliance.services.ground.configuration import open_secret
from appliance.services.services import Services
from appliance.web.booth_pages import BoothPages
from appliance.web.events import CustomerEvents
from appliance.web.pages_account import AccountPages
from appliance.web.pages_bill import BillPages
from appliance.web.pages_brand import BrandPages
from appliance.web.pages_calls import CallPages
from appliance.web.pages_factor import FactorPages
from appliance.web.pages_help import HelpPages
from appliance.web.pages_links import LinkPages
from appliance.web.pages_money import MoneyPages
from appliance.web.pages_pay import PayPages
from appliance.web.pages_phones import PhonePages
from appliance.web.pages_register import RegisterPages
from appliance.web.pages_sign_in import SignInPages
from appliance.web.pay_paypal import PayPal
from appliance.web.pay_stripe import Stripe
from appliance.web.paying import Client, Provider
from appliance.web.phone_files import PREFIX, PhoneFiles
from appliance.web.reseller_branches import BranchPages
from appliance.web.reseller_calls import CallPages as ResellerCallPages
from appliance.web.reseller_customers import CustomerPages
from appliance.web.reseller_endpoints import EndpointPages
from appliance.web.reseller_figures import FigurePages
from appliance.web.reseller_help import ResellerHelpPages
from appliance.web.reseller_numbers import NumberPages
from appliance.web.reseller_payments import PaymentPages
from appliance.web.reseller_sign_in import ResellerSignInPages
from appliance.web.reseller_site import ROOT, ResellerSite
from appliance.web.reseller_tariffs import TariffPages
from appliance.web.site import Pages

RESELLER_PAGES = (
    ResellerSignInPages, FigurePages, CustomerPages, EndpointPages, PaymentPages, TariffPages, NumberPages, ResellerCallPages, BranchPages,
    ResellerHelpPages,
)  # fmt: skip
API_PATHS = ("/api/", "/healthz")


class Front(Resource):
    """One listener for all."""

    isLeaf = True  # noqa: N815

    def __init__(self, api: Resource, pages: Resource, metrics: Resource, phones: Resource, resellers: Resource) -> None:
        super().__init__()
        self._api, self._pages, self._metrics, self._phones, self._resellers = api, pages, metrics, phones, resellers

    def render(self, request: Request) -> Any:
        path = request.path.decode("utf-8", "replace")
        if path == "/metrics":
            return self._metrics.render(request)
        if path.startswith(PREFIX):
            return self._phones.render(request)
        if path == ROOT or path.startswith(f"{ROOT}/"):
            return self._resellers.render(request)
        return (self._api if path == "/api" or path.startswith(API_PATHS) else self._pages).render(request)


def front(doors: Doors, services: Services, metrics: Resource) -> Front:
    """The whole of the web address."""
    assert doors.means.limits is not None and doors.means.reading is not None
    asking = Asking(doors.bound, doors.exclusive, doors.means)
    pages = Pages(services.nouns.web_sign_ins, asking, doors.exclusive, doors.means.limits, lambda: secrets.token_urlsafe(24))
    pages.reading = doors.reading
    for each in (CallPages, PhonePages, LinkPages, BillPages, HelpPages):
        each(pages)
    assert doors.means.long_reads is not None
    reactor, web = doors.means.long_reads.reactor, services.nouns.web
    events = CustomerEvents(reactor, services.changes, services.live, doors.between)
    doors.also_ending.append(events.stop)
    AccountPages(pages, events)
    offered = providers(reactor, services)
    money = MoneyPages(pages, web.payments_pages, web.online, offered)
    PayPages(pages, money, web.online, offered)
    SignInPages(pages, services.nouns.web_second_factors)
    FactorPages(pages, services.nouns.web_second_factors)
    RegisterPages(pages, services.nouns.registration)
    BrandPages(pages)
    assert doors.means.long_reads is not None
    BoothPages(pages, services.nouns.call_shop.tablets, doors.means.long_reads.reactor, lambda: secrets.token_urlsafe(32))
    pages.look_of = services.nouns.doors.brands.look
    phones = PhoneFiles(services.nouns.doors.provisioning, doors.exclusive, doors.means.limits)
    return Front(doors.api, pages, metrics, phones, reseller_pages(asking, doors, services))


def providers(reactor: Any, services: Services) -> tuple[Provider, ...]:
    """Whoever a customer can pay by, as far as the settings name an account there."""
    client, room = Client(reactor), services.room

    def setting(key: str) -> str:
        return open_secret(room, key)

    return Stripe(client, setting, services.clock), PayPal(client, setting)


def reseller_pages(asking: Asking, doors: Doors, services: Services) -> ResellerSite:
    """Where operators of resellers work without the console."""
    nouns = services.nouns
    assert doors.means.limits is not None
    site = ResellerSite(nouns.web_sign_ins, asking, doors.exclusive, doors.means.limits, lambda: secrets.token_urlsafe(24), nouns.reselling.sign_ins)
    site.look_of = nouns.doors.brands.look
    for each in RESELLER_PAGES:
        each(site)
    return site

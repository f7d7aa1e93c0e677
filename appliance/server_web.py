"""What answers at the web address: the API and health under their paths, the customers' pages at all others."""

from __future__ import annotations

import secrets
from typing import Any

from twisted.web.resource import Resource
from twisted.web.server import Request

from appliance.api.asking import Asking
from appliance.server_doors import Doors
from appliance.services.services import Services
from appliance.web.pages_account import AccountPages
from appliance.web.pages_bill import BillPages
from appliance.web.pages_calls import CallPages
from appliance.web.pages_factor import FactorPages
from appliance.web.pages_help import HelpPages
from appliance.web.pages_money import MoneyPages
from appliance.web.pages_phones import PhonePages
from appliance.web.pages_register import RegisterPages
from appliance.web.pages_sign_in import SignInPages
from appliance.web.site import Pages

API_PATHS = ("/api/", "/healthz")


class Front(Resource):
    """One listener for all."""

    isLeaf = True  # noqa: N815

    def __init__(self, api: Resource, pages: Resource, metrics: Resource) -> None:
        super().__init__()
        self._api, self._pages, self._metrics = api, pages, metrics

    def render(self, request: Request) -> Any:
        path = request.path.decode("utf-8", "replace")
        if path == "/metrics":
            return self._metrics.render(request)
        return (self._api if path == "/api" or path.startswith(API_PATHS) else self._pages).render(request)


def front(doors: Doors, services: Services, metrics: Resource) -> Front:
    """The whole of the web address."""
    assert doors.means.limits is not None and doors.means.reading is not None
    asking = Asking(doors.bound, doors.exclusive, doors.means)
    pages = Pages(services.nouns.web_sign_ins, asking, doors.exclusive, doors.means.limits, lambda: secrets.token_urlsafe(24))
    for each in (AccountPages, CallPages, MoneyPages, PhonePages, BillPages, HelpPages):
        each(pages)
    SignInPages(pages, services.nouns.web_second_factors)
    FactorPages(pages, services.nouns.web_second_factors)
    RegisterPages(pages, services.nouns.registration)
    return Front(doors.api, pages, metrics)

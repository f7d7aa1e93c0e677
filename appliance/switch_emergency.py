"""What an emergency call says of itself and of where its phone stands."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.services.ground.hot import Hot
from appliance.services.ground.hot_rows import HotEndpoint
from appliance.sip.pidf import document
from appliance.sip.policy import Route


def tell_urgency(hot: Hot, routes: Iterable[Route], endpoint: int | None) -> None:
    """Each route says that it is an emergency (RFC 3261 20.26), and where the phone stands as its form has it: as a Subject (20.36),
    or as a document where the carrier takes one (RFC 6442)."""
    phone = hot.endpoints.get(endpoint or 0)
    where = " ".join(phone.emergency_address.split()) if phone is not None else ""
    for route in routes:
        trunk = hot.trunks.get(route.trunk or 0)
        route.headers = (*route.headers, ("Priority", "emergency"))
        if where and trunk is not None and trunk.emergency_location:
            route.location = document(f"pres:{route.caller.number or 'anonymous'}@{route.realm_domain}", where, _country(hot, phone))
        elif where:
            route.headers = (*route.headers, ("Subject", f"Emergency call from {where}"))


def _country(hot: Hot, phone: HotEndpoint | None) -> str:
    """Where the phone's reseller is, or the nearest above it that says so."""
    customer = hot.customers.get(phone.customer_id) if phone is not None else None
    chain = hot.chain(customer.reseller_id) if customer is not None else ()
    return next((hot.resellers[each].country for each in chain if hot.resellers[each].country), "")

"""What can be asked about the ways in: phones' links, a reseller's brand, strangers who wait to become customers, customers' web sessions,
programs that are told of events, the daily summary."""

from __future__ import annotations

from appliance.wire import brands, provisioning, registration, summaries, web_codes, web_sessions, webhooks
from appliance.wire.operation import SIGNED_IN, Nothing, Operation
from appliance.wire.shapes import ById, Done, Listing, Restored

DOORS = (
    Operation("provisioning.list", "GET", "/provisioning-links", provisioning.ProvisioningList, provisioning.ProvisioningLinks, "endpoints.read"),
    Operation(
        "provisioning.create", "POST", "/provisioning-links", provisioning.ProvisioningCreate, provisioning.ProvisioningMade, "endpoints.reveal"
    ),
    Operation("provisioning.revoke", "DELETE", "/provisioning-links/{id}", ById, Done, "endpoints.reveal"),
    Operation("brands.get", "GET", "/brand", brands.BrandGet, brands.BrandView, "resellers.read"),
    Operation("brands.set", "PATCH", "/brand", brands.BrandSet, brands.BrandView, "resellers.write"),
    Operation("registration.waiting", "GET", "/registration/waiting", registration.WaitingList, registration.Waiting, "customers.read"),
    Operation("registration.approve", "POST", "/registration/{id}/approve", registration.WaitingApprove, Done, "customers.write"),
    Operation("registration.refuse", "POST", "/registration/{id}/refuse", registration.WaitingRefuse, Done, "customers.write"),
    Operation("web_sessions.list", "GET", "/web-sessions", web_sessions.WebSessionList, web_sessions.WebSessions, "customers.read"),
    Operation("web_sessions.end", "POST", "/web-sessions/end", web_sessions.WebSessionEnd, web_sessions.WebSessionsEnded, "customers.write"),
    Operation("webhooks.list", "GET", "/webhooks", Listing, webhooks.WebhookPage, "operators.read"),
    Operation("webhooks.create", "POST", "/webhooks", webhooks.WebhookCreate, webhooks.WebhookCreated, "operators.write"),
    Operation("webhooks.update", "PATCH", "/webhooks/{id}", webhooks.WebhookUpdate, webhooks.WebhookView, "operators.write"),
    Operation("webhooks.archive", "DELETE", "/webhooks/{id}", ById, Done, "operators.write"),
    Operation("webhooks.restore", "POST", "/webhooks/{id}/restore", ById, Restored, "operators.write"),
    Operation("webhooks.test", "POST", "/webhooks/{id}/test", ById, webhooks.DeliveryView, "operators.write"),
    Operation("webhooks.deliveries", "GET", "/webhooks/{id}/deliveries", webhooks.DeliveryList, webhooks.DeliveryPage, "operators.read"),
    Operation("customers.web_code", "POST", "/web-logins/code", web_codes.WebCodeMake, web_codes.WebCode, "customers.write"),
    Operation("summaries.get", "GET", "/summary", summaries.SummaryGet, summaries.SummaryView, "calls.read"),
    Operation("summaries.receivers", "GET", "/summary/receivers", Nothing, summaries.SummaryReceivers, SIGNED_IN),
    Operation("summaries.receive", "PUT", "/summary/receivers", summaries.SummaryReceive, summaries.SummaryReceiver, SIGNED_IN),
    Operation("summaries.send", "POST", "/summary/send", summaries.SummarySend, Done, SIGNED_IN),
    Operation("webhooks.resend", "POST", "/webhooks/deliveries/{id}/resend", ById, webhooks.DeliveryView, "operators.write"),
)

"""ONE table of everything that can be asked of a server: name, HTTP method and path, request, reply, permission.

The API, the owner's commands (`tollhouse do`), the console and the published description of the API are all made from
it; `api/bindings.py` names the service method behind each. Places in a path (`{id}`) and the fields of a query are
fields of the request; everything else comes as the JSON body.
"""

from __future__ import annotations

from typing import Any

from appliance.wire import (
    alerts,
    api_tokens,
    audit,
    backups,
    bindings,
    calls,
    cdrs,
    credit_accounts,
    customers,
    decks,
    description,
    documents,
    endpoints,
    exchange_rates,
    ledger,
    messages,
    operators,
    payments,
    price_work,
    rates,
    records,
    resellers,
    routes,
    server,
    session,
    settings,
    statistics,
    tariffs,
    traces,
    trunks,
    verify,
)
from appliance.wire.operation import ANYONE, CSV, FOLDER_OWNER, JSON, PREFIX, READING_POSTS, SIGNED_IN, XLSX, Nothing, Operation
from appliance.wire.operations_doors import DOORS
from appliance.wire.operations_guard import GUARD
from appliance.wire.operations_keeping import KEEPING
from appliance.wire.operations_many import MANY
from appliance.wire.operations_money import MONEY
from appliance.wire.operations_moving import MOVING
from appliance.wire.operations_prices import PRICES
from appliance.wire.operations_shop import SHOP
from appliance.wire.operations_web import WEB
from appliance.wire.shapes import Binary, ById, Done, Listing, Restored

__all__ = ["ANYONE", "CSV", "FOLDER_OWNER", "JSON", "OPERATIONS", "PREFIX", "READING_POSTS", "SIGNED_IN", "XLSX", "Nothing", "Operation"]


def _noun(
    noun: str,
    views: Any,
    view: type[Any],
    permission: str,
    create: type[Any],
    update: type[Any],
    made: type[Any] | None = None,
    listed: type[Any] = Listing,
) -> tuple[Operation, ...]:
    """The six operations that most nouns have."""
    path = "/" + noun.replace("_", "-")
    read, write = f"{permission}.read", f"{permission}.write"
    return (
        Operation(f"{noun}.list", "GET", path, listed, views, read),
        Operation(f"{noun}.get", "GET", f"{path}/{{id}}", ById, view, read),
        Operation(f"{noun}.create", "POST", path, create, made or view, write),
        Operation(f"{noun}.update", "PATCH", f"{path}/{{id}}", update, view, write),
        Operation(f"{noun}.archive", "DELETE", f"{path}/{{id}}", ById, Done, write),
        Operation(f"{noun}.restore", "POST", f"{path}/{{id}}/restore", ById, Restored, write),
    )


_ALL = (
    *MONEY,
    *SHOP,
    *PRICES,
    *KEEPING,
    *WEB,
    *GUARD,
    *MANY,
    *MOVING,
    *DOORS,
    *_noun(
        "customers",
        customers.CustomerPage,
        customers.CustomerView,
        "customers",
        customers.CustomerCreate,
        customers.CustomerUpdate,
        listed=customers.CustomerList,
    ),
    Operation("customers.set_web_login", "POST", "/customers/web-logins", customers.WebLoginSet, customers.WebLoginView, "customers.write"),
    *_noun(
        "endpoints",
        endpoints.EndpointPage,
        endpoints.EndpointView,
        "endpoints",
        endpoints.EndpointCreate,
        endpoints.EndpointUpdate,
        endpoints.EndpointCreated,
        endpoints.EndpointList,
    ),
    Operation("endpoints.sheet", "POST", "/endpoints/{id}/sheet", documents.SheetPrint, Binary, "endpoints.read"),
    Operation("endpoints.reveal", "POST", "/endpoints/{id}/reveal", ById, endpoints.EndpointSecret, "endpoints.reveal"),
    *_noun(
        "credit_accounts",
        credit_accounts.CreditAccountPage,
        credit_accounts.CreditAccountView,
        "accounts",
        credit_accounts.CreditAccountCreate,
        credit_accounts.CreditAccountUpdate,
    )[:4],
    Operation(
        "credit_accounts.adjust",
        "POST",
        "/credit-accounts/adjust",
        credit_accounts.CreditAccountAdjust,
        credit_accounts.CreditAccountView,
        "accounts.adjust",
    ),
    *_noun("resellers", resellers.ResellerPage, resellers.ResellerView, "resellers", resellers.ResellerCreate, resellers.ResellerUpdate),
    *_noun("tariffs", tariffs.TariffPage, tariffs.TariffView, "tariffs", tariffs.TariffCreate, tariffs.TariffUpdate),
    Operation("tariffs.price_list", "POST", "/tariffs/{id}/price-list", documents.PriceListPrint, Binary, "tariffs.read"),
    Operation("rates.list", "GET", "/rates", rates.RatesList, rates.RatePage, "tariffs.read"),
    Operation("rates.set", "POST", "/rates", rates.RatesSet, rates.RatesChanged, "tariffs.write"),
    Operation("rates.remove", "POST", "/rates/remove", rates.RatesRemove, rates.RatesChanged, "tariffs.write"),
    Operation("rates.grid", "GET", "/rates/grid", rates.GridRequest, rates.GridPage, "tariffs.read"),
    Operation("rates.imports", "GET", "/rates/imports", decks.ImportList, decks.ImportPage, "tariffs.read"),
    Operation("rates.undo_import", "POST", "/rates/undo-import", decks.UndoImport, rates.RatesChanged, "tariffs.write"),
    Operation("rates.redo_import", "POST", "/rates/redo-import", decks.RedoImport, rates.RatesChanged, "tariffs.write"),
    Operation("rates.change_many_preview", "POST", "/rates/change-many/preview", price_work.PricesPreview, price_work.PricesChanged, "tariffs.write"),
    Operation("rates.change_many", "POST", "/rates/change-many", price_work.PricesChange, price_work.PricesChanged, "tariffs.write"),
    Operation("rates.writing", "GET", "/rates/writing", Nothing, price_work.PriceWorks, "tariffs.read"),
    Operation("rates.stop_writing", "POST", "/rates/writing/{id}/stop", price_work.PriceWorkStop, Done, "tariffs.write"),
    Operation("decks.preview", "POST", "/decks/preview", decks.DeckPreview, decks.DeckView, "tariffs.write"),
    Operation("decks.apply", "POST", "/decks/apply", decks.DeckApply, decks.DeckView, "tariffs.write"),
    Operation("decks.profiles", "GET", "/decks/profiles", decks.ProfileList, decks.ProfilePage, "tariffs.read"),
    Operation("decks.remove_profile", "POST", "/decks/profiles/remove", decks.ProfileRemove, Done, "tariffs.write"),
    *_noun("trunks", trunks.TrunkPage, trunks.TrunkView, "trunks", trunks.TrunkCreate, trunks.TrunkUpdate),
    Operation("trunks.remove_number", "POST", "/trunks/remove-number", trunks.TrunkNumberRemove, Done, "trunks.write"),
    Operation("trunks.test_call", "POST", "/trunks/{id}/test-call", trunks.TrunkTestCall, trunks.TestCallView, "trunks.write", live=True),
    Operation("trunks.test_state", "GET", "/trunks/test-calls/{id}", ById, trunks.TestCallView, "trunks.read", live=True),
    Operation("routes.list", "GET", "/routes", Listing, routes.RoutePage, "trunks.read"),
    Operation("routes.set", "PUT", "/routes", routes.RouteSet, routes.RouteView, "trunks.write"),
    Operation("routes.remove", "DELETE", "/routes/{id}", ById, Done, "trunks.write"),
    Operation("calls.price", "POST", "/calls/price", rates.PriceRequest, (rates.PriceView, rates.NoPrice), "calls.price"),
    Operation("calls.list", "GET", "/calls", Nothing, calls.RunningCalls, "calls.read", live=True),
    Operation("calls.hang_up", "POST", "/calls/hang-up", calls.HangUp, Done, "calls.hang_up", live=True),
    Operation("calls.trace", "GET", "/calls/{id}/trace", ById, traces.CallTrace, "trunks.read", live=True),
    Operation("refusals.list", "GET", "/refusals", traces.RefusalList, traces.RefusalPage, "settings.read", live=True),
    Operation("refusals.trace", "GET", "/refusals/{id}/trace", ById, traces.CallTrace, "settings.read", live=True),
    Operation("cdrs.list", "GET", "/cdrs", cdrs.CdrList, cdrs.CdrPage, "calls.read"),
    Operation("cdrs.totals", "GET", "/cdrs/totals", cdrs.CdrFilter, cdrs.CdrTotals, "calls.read"),
    Operation("cdrs.export", "GET", "/cdrs/export", cdrs.CdrExport, cdrs.CsvText, "calls.read", content=CSV),
    Operation("cdrs.workbook", "GET", "/cdrs/workbook", cdrs.CdrWorkbook, Binary, "calls.read", content=XLSX),
    Operation("cdrs.get", "GET", "/cdrs/{id}", ById, cdrs.CdrView, "calls.read"),
    Operation("statistics.today", "GET", "/statistics/today", statistics.TodayRequest, statistics.Today, "calls.read"),
    Operation(
        "resellers.statistics",
        "GET",
        "/resellers/statistics",
        statistics.ResellerStatisticsRequest,
        statistics.ResellerStatistics,
        "resellers.read",
    ),
    Operation("statistics.calls", "GET", "/statistics/calls", statistics.CallFiguresRequest, statistics.CallFiguresView, "calls.read"),
    Operation("resellers.account", "GET", "/resellers/{id}/account", resellers.OwnAccountRequest, resellers.OwnAccountView, "resellers.read"),
    Operation("alerts.list", "GET", "/alerts", Nothing, alerts.Alerts, SIGNED_IN),
    Operation("bindings.list", "GET", "/bindings", bindings.BindingList, bindings.BindingPage, "endpoints.read"),
    Operation("ledger.list", "GET", "/ledger", ledger.LedgerList, ledger.LedgerPage, "accounts.read"),
    Operation("balances.list", "GET", "/balances", Nothing, records.Balances, "accounts.read"),
    Operation("payments.list", "GET", "/payments", payments.PaymentList, payments.PaymentPage, "payments.read"),
    Operation("payments.totals", "GET", "/payments/totals", payments.PaymentFilter, payments.PaymentTotals, "payments.read"),
    Operation("payments.preview", "POST", "/payments/preview", payments.PaymentPreview, payments.PaymentEffect, "payments.record"),
    Operation("payments.record", "POST", "/payments", payments.PaymentRecord, payments.PaymentView, "payments.record"),
    Operation("payments.reverse", "POST", "/payments/reverse", payments.PaymentReverse, payments.PaymentView, "payments.undo"),
    Operation("payments.refund", "POST", "/payments/refund", payments.PaymentRefund, payments.PaymentView, "payments.undo"),
    Operation("receipts.pdf", "POST", "/payments/{id}/receipt", documents.ReceiptPrint, Binary, "payments.read"),
    Operation("messages.list", "GET", "/messages", messages.MessageList, messages.MessagePage, "messages.read"),
    Operation("messages.get", "GET", "/messages/{id}", ById, messages.MessageView, "messages.read"),
    Operation("messages.retry", "POST", "/messages/{id}/retry", ById, Done, "messages.send"),
    Operation("messages.send_details", "POST", "/messages/details", messages.SendDetails, messages.MessageView, "messages.send"),
    Operation("messages.test", "POST", "/messages/test", messages.MailTest, messages.MessageView, "settings.write"),
    Operation("messages.templates", "GET", "/messages/templates", messages.TemplateList, messages.TemplatePage, "templates.read"),
    Operation("messages.set_template", "PUT", "/messages/templates", messages.TemplateSet, messages.TemplateView, "templates.write"),
    Operation("messages.preview", "POST", "/messages/preview", messages.TemplatePreview, messages.MessagePreview, "templates.read"),
    Operation("operators.list", "GET", "/operators", Listing, operators.OperatorPage, "operators.read"),
    Operation("operators.create", "POST", "/operators", operators.OperatorCreate, operators.OperatorView, "operators.write"),
    Operation("operators.update", "PATCH", "/operators/{id}", operators.OperatorUpdate, operators.OperatorView, "operators.write"),
    Operation("operators.reset", "POST", "/operators/reset", operators.OperatorReset, operators.OneTimeCode, "operators.write"),
    Operation("operators.redeem", "POST", "/operators/redeem", operators.OperatorRedeem, operators.OperatorView, ANYONE),
    Operation("operators.sign_in", "POST", "/sign-in", operators.SignIn, operators.Session, ANYONE),
    Operation("operators.sign_out", "POST", "/sign-out", Nothing, Done, SIGNED_IN),
    Operation("session.view", "GET", "/session", Nothing, session.SessionView, SIGNED_IN),
    Operation("session.set_password", "POST", "/session/password", session.OwnPassword, Done, SIGNED_IN),
    Operation("second_factor.offer", "POST", "/session/second-factor/offer", Nothing, session.SecondFactorOffer, SIGNED_IN),
    Operation("second_factor.confirm", "POST", "/session/second-factor", session.SecondFactorConfirm, session.RecoveryCodes, SIGNED_IN),
    Operation("second_factor.end", "POST", "/session/second-factor/end", session.SecondFactorEnd, Done, SIGNED_IN),
    Operation("exchange_rates.list", "GET", "/exchange-rates", Listing, exchange_rates.ExchangeRatePage, "settings.read"),
    Operation("exchange_rates.set", "POST", "/exchange-rates", exchange_rates.ExchangeRateSet, exchange_rates.ExchangeRateView, "settings.write"),
    Operation("api_tokens.list", "GET", "/api-tokens", Listing, api_tokens.ApiTokenPage, "operators.read"),
    Operation("api_tokens.create", "POST", "/api-tokens", api_tokens.ApiTokenCreate, api_tokens.ApiTokenCreated, "operators.write"),
    Operation("api_tokens.revoke", "DELETE", "/api-tokens/{id}", ById, Done, "operators.write"),
    Operation("settings.list", "GET", "/settings", Listing, settings.SettingPage, "settings.read"),
    Operation("settings.set", "PATCH", "/settings", settings.SettingsSet, settings.SettingPage, "settings.write"),
    Operation("description.apply", "POST", "/description/apply", description.DescriptionText, description.Applied, "description.apply"),
    Operation("description.export", "POST", "/description/export", description.ExportRequest, description.DescriptionText, "description.export"),
    Operation("books.verify", "POST", "/books/verify", verify.VerifyRequest, verify.Findings, "books.verify"),
    Operation("backups.make", "POST", "/backups", backups.BackupRequest, backups.BackupMade, "backups.make"),
    Operation("backups.start_copy", "POST", "/backups/second-copy", backups.CopyRequest, backups.CopyStarted, "backups.make"),
    Operation("audit.list", "GET", "/audit", audit.AuditList, audit.AuditPage, "audit.read"),
    Operation("audit.export", "GET", "/audit/export", audit.AuditExport, cdrs.CsvText, "audit.read", content=CSV),
    Operation("server.status", "GET", "/server", Nothing, server.ServerStatus, SIGNED_IN, live=True),
)

OPERATIONS: dict[str, Operation] = {operation.name: operation for operation in _ALL}

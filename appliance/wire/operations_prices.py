"""What can be asked about prices beside rates and decks, and about calls whose charge is put right."""

from __future__ import annotations

from appliance.wire import allowances, answers, commissions, corrections, disputes, exchange_rates, margins, resellers
from appliance.wire.operation import Operation
from appliance.wire.shapes import Binary, ById, Done, Listing, Restored

PRICES = (
    Operation("tariffs.bands", "GET", "/tariffs/bands", allowances.TariffRef, allowances.BandsView, "tariffs.read"),
    Operation("tariffs.set_bands", "PUT", "/tariffs/bands", allowances.BandsSet, allowances.BandsView, "tariffs.write"),
    Operation("tariffs.tiers", "GET", "/tariffs/tiers", allowances.TariffRef, allowances.TiersView, "tariffs.read"),
    Operation("tariffs.set_tiers", "PUT", "/tariffs/tiers", allowances.TiersSet, allowances.TiersView, "tariffs.write"),
    Operation("tariffs.what_if", "POST", "/tariffs/what-if", corrections.WhatIf, corrections.WhatIfView, "tariffs.write"),
    Operation("special_rates.list", "GET", "/special-rates", allowances.CustomerRef, allowances.SpecialRates, "tariffs.read"),
    Operation("special_rates.set", "POST", "/special-rates", allowances.SpecialRatesSet, allowances.SpecialRates, "tariffs.write"),
    Operation("special_rates.remove", "POST", "/special-rates/remove", allowances.SpecialRatesRemove, allowances.SpecialRates, "tariffs.write"),
    Operation("bundles.list", "GET", "/bundles", Listing, allowances.BundlePage, "tariffs.read"),
    Operation("bundles.held", "GET", "/bundles/held", allowances.CustomerRef, allowances.HeldBundles, "customers.read"),
    Operation("bundles.give", "POST", "/bundles/give", allowances.BundleGive, allowances.HeldBundles, "customers.write"),
    Operation("bundles.take", "POST", "/bundles/take", allowances.BundleTake, allowances.HeldBundles, "customers.write"),
    Operation("bundles.give_again", "POST", "/bundles/give-again", allowances.BundleTake, allowances.HeldBundles, "customers.write"),
    Operation("bundles.get", "GET", "/bundles/{id}", ById, allowances.BundleView, "tariffs.read"),
    Operation("bundles.create", "POST", "/bundles", allowances.BundleCreate, allowances.BundleView, "tariffs.write"),
    Operation("bundles.update", "PATCH", "/bundles/{id}", allowances.BundleUpdate, allowances.BundleView, "tariffs.write"),
    Operation("bundles.archive", "DELETE", "/bundles/{id}", ById, Done, "tariffs.write"),
    Operation("bundles.restore", "POST", "/bundles/{id}/restore", ById, Restored, "tariffs.write"),
    Operation("margins.list", "POST", "/margins", margins.MarginsAsk, margins.Margins, "costs.read"),
    Operation("margins.mend", "POST", "/margins/mend", margins.MarginsMend, margins.Margins, "tariffs.write"),
    Operation("calls.explain", "POST", "/calls/explain", answers.NumberAsk, answers.NumberAnswer, "calls.price"),
    Operation("cdrs.corrections", "GET", "/cdrs/{id}/corrections", ById, corrections.CallCorrections, "calls.read"),
    Operation("cdrs.refund", "POST", "/cdrs/{id}/refund", corrections.CallRefund, corrections.CallCorrections, "payments.undo"),
    Operation("cdrs.rerate_preview", "POST", "/cdrs/rerate-preview", corrections.Rerate, corrections.Difference, "accounts.adjust"),
    Operation("cdrs.rerate", "POST", "/cdrs/rerate", corrections.RerateApply, corrections.Difference, "accounts.adjust"),
    Operation("cdrs.recost_preview", "POST", "/cdrs/recost-preview", corrections.Recost, corrections.CostDifference, "accounts.adjust"),
    Operation("cdrs.recost", "POST", "/cdrs/recost", corrections.RecostApply, corrections.CostDifference, "accounts.adjust"),
    Operation("commissions.list", "GET", "/commissions", commissions.CommissionList, commissions.CommissionPage, "ledger.read"),
    Operation("commissions.set", "PUT", "/commissions", commissions.CommissionSet, commissions.CommissionView, "resellers.write"),
    Operation("commissions.pay", "POST", "/commissions/pay", commissions.CommissionPay, commissions.CommissionPage, "accounts.adjust"),
    Operation("disputes.list", "GET", "/disputes", disputes.DisputeList, disputes.DisputePage, "calls.read"),
    Operation("disputes.get", "GET", "/disputes/{id}", ById, disputes.DisputeView, "calls.read"),
    Operation("disputes.open", "POST", "/disputes", disputes.DisputeOpen, disputes.DisputeView, "payments.undo"),
    Operation("disputes.update", "PATCH", "/disputes/{id}", disputes.DisputeUpdate, disputes.DisputeView, "payments.undo"),
    Operation("disputes.evidence", "GET", "/disputes/{id}/evidence", ById, disputes.Evidence, "calls.person"),
    Operation("disputes.print", "POST", "/disputes/{id}/print", disputes.EvidencePrint, Binary, "calls.person"),
    Operation(
        "exchange_rates.import",
        "POST",
        "/exchange-rates/import",
        exchange_rates.ExchangeRatesImport,
        exchange_rates.ExchangeRatesImported,
        "settings.write",
    ),
    Operation("exchange_rates.convert", "GET", "/exchange-rates/convert", exchange_rates.Convert, exchange_rates.Converted, "settings.read"),
    Operation("resellers.move", "POST", "/resellers/{id}/move", resellers.ResellerMove, resellers.ResellerView, "resellers.write"),
)

"""Thin prices, differences, answers, disputes, carriers, bands and bundles as a server would show them."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from appliance.wire.allowances import (
    BandsView,
    BundlePage,
    BundleView,
    HeldBundle,
    HeldBundles,
    SpecialRate,
    SpecialRates,
    TierFields,
    TiersView,
)
from appliance.wire.answers import FailedAttempt, LevelAnswer, NumberAnswer, RouteAnswer
from appliance.wire.approvals import LimitPage, LimitView
from appliance.wire.carriers import CarrierAccount, CarrierAccounts, CarrierComparison, CarrierDifference
from appliance.wire.corrections import CallCorrections, DestinationDifference, Difference, PartyDifference
from appliance.wire.description import BandEntry
from appliance.wire.disputes import CallEvidence, DisputeNote, DisputePage, DisputeView, Evidence, Registered
from appliance.wire.margins import Margins, ThinPrice
from tests.gui.prices import LONG_NAME
from tests.gui.trade import EXPLAINED, cdr_view


def gone(qtbot: QtBot) -> None:
    """No dialog is open any more."""
    qtbot.waitUntil(lambda: not any(isinstance(each, QDialog) and each.isVisible() for each in QApplication.topLevelWidgets()))


def bands(*found: BandEntry, **changed: Any) -> BandsView:
    """Peak on workdays, a night over the weekend, unless others are given."""
    peak = BandEntry(name="peak", weekdays=[1, 2, 3, 4, 5], starts="08:00", ends="18:00")
    night = BandEntry(name="weekend", weekdays=[6, 7], starts="00:00", ends="24:00")
    values: dict[str, Any] = {"tariff": "carrier cost", "timezone": "Europe/Amsterdam", "band_rule": "start", "bands": list(found) or [peak, night]}
    return BandsView(**(values | {"now": "peak"} | changed))


def tiers() -> TiersView:
    return TiersView("carrier cost", [TierFields(1000, "5", "31"), TierFields(5000, "7.5", "31"), TierFields(10_000, "2")])


def special() -> SpecialRates:
    rates = [
        SpecialRate("31", "Netherlands", "0.01", False, "0.0125"),
        SpecialRate("881", "Satellite networks of all operators (Global Mobile Satellite System)", "5.50", False, "6.25"),
        SpecialRate("900", "Premium numbers", "1.00", True, None),
    ]
    return SpecialRates("Anna de Vries", "retail", 41, "EUR", rates)


def bundle(identity: int = 1, **changed: Any) -> BundleView:
    values: dict[str, Any] = {"id": identity, "version": 1, "reseller": "Harbour Telecom", "name": "Europe 300", "prefixes": ["31", "32", "49"]}
    return BundleView(**(values | {"minutes": 300, "period": "month", "archived_at": None} | changed))


def bundles() -> BundlePage:
    return BundlePage(
        [
            bundle(),
            bundle(2, name=f"Weekend of {LONG_NAME}", minutes=60, period="week", prefixes=[str(each) for each in range(30, 50)]),
            bundle(3, name="Welcome", minutes=20, period="once", archived_at="2026-01-01T00:00:00Z"),
        ]
    )


def held() -> HeldBundles:
    one = HeldBundle(7, "Europe 300", ["31", "32", "49"], 300, "month", 4200, 13_800, "2026-11-01T00:00:00Z", "2026-10-12T00:00:00Z", None)
    return HeldBundles("Anna de Vries", [one])


def thin(prefix: str = "31612", **changed: Any) -> ThinPrice:
    values: dict[str, Any] = {
        "tariff": "retail", "tariff_id": 2, "prefix": prefix, "destination": "Netherlands mobile KPN", "band": "", "price": "0.05", "cost": "0.055",
        "cost_by": "carrier cost", "cost_prefix": "316", "margin_percent": "-10", "loss": True, "mended": "0.0612",
    }  # fmt: skip
    return ThinPrice(**(values | changed))


def margins(**changed: Any) -> Margins:
    prices = [
        thin(),
        thin(
            "881",
            destination="Satellite networks of all operators (Global Mobile Satellite System)",
            price="6.25",
            cost="6.30",
            margin_percent="-0.8",
            mended="6.30",
        ),
        thin(
            "32",
            tariff="wholesale",
            tariff_id=3,
            destination="Belgium",
            price="0.016",
            cost="0.015",
            margin_percent="6.2",
            loss=False,
            mended="0.0167",
        ),
    ]
    return Margins(**({"found": 3, "losses": 2, "looked_at": 12_408, "prices": prices} | changed))


def difference(**changed: Any) -> Difference:
    parties = [
        PartyDifference(0, "Anna de Vries", "EUR", 40, 12, "12.30", "10.05", "-2.25"),
        PartyDifference(0, LONG_NAME, "EUR", 1100, 1090, "804.12", "815.62", "11.50"),
        PartyDifference(1, "Harbour Resale", "EUR", 64, 3, "9.00", "9.10", "0.10"),
    ]
    places = [DestinationDifference("Netherlands mobile", "EUR", 1000, "700.00", "709.25", "9.25")]
    values: dict[str, Any] = {"calls": 1204, "charges": 1268, "changed": 1105, "without_price": 3, "parties": parties, "destinations": places}
    return Difference(**(values | {"fingerprint": "f1"} | changed))


def answer(**changed: Any) -> NumberAnswer:
    values: dict[str, Any] = {
        "number": "0612345678", "normalised": "31612345678", "kind": "out", "would": "allowed", "words": "The call would be put through.",
        "destination": "Netherlands mobile", "prefix": "316", "longest_seconds": 8054, "bundle": "Europe 300", "bundle_seconds": 4020,
        "levels": [
            LevelAnswer(0, "Anna de Vries", "retail", "", "0.15", "0.17", "EUR", "22.50", 8054, EXPLAINED),
            LevelAnswer(1, "Harbour Resale", "wholesale", "", "0.13", "0.13", "EUR", "1204.00", None, None),
        ],
        "routes": [
            RouteAnswer("KPN", "31612345678", "", "0.12", "EUR", "0.03"),
            RouteAnswer("Backup carrier with a long name", "0031612345678", "loss", "0.19", "EUR", "-0.04"),
            RouteAnswer("Old trunk", "31612345678", "unusable", None, None, None),
        ],
        "failed": [
            FailedAttempt(29, "2026-11-20T10:41:00Z", 503, "failed", "The carrier had no capacity (503)."),
            FailedAttempt(28, "2026-11-19T08:00:00Z", 486, "busy", "The number called was busy."),
        ],
    }  # fmt: skip
    return NumberAnswer(**(values | changed))


def corrections(costs: str = "0.53") -> CallCorrections:
    return CallCorrections(30, costs, "EUR", [])


def dispute(identity: int = 1, **changed: Any) -> DisputeView:
    values: dict[str, Any] = {
        "id": identity, "version": 1, "reseller": "Harbour Telecom", "customer": "Alice Smith", "against": "customer", "state": "open",
        "subject": "One-way sound to Netherlands mobile", "currency": "EUR", "disputed": "12.40", "held": "12.40", "outcome": "",
        "opened_at": "2026-11-12T10:00:00Z", "closed_at": None, "calls": [30, 29],
        "notes": [DisputeNote("2026-11-12T10:00:00Z", "mira", "Alice says that nobody heard her."),
                  DisputeNote("2026-11-13T09:00:00Z", "mira", "Carrier asked for a trace.")],
    }  # fmt: skip
    return DisputeView(**(values | changed))


def disputes() -> DisputePage:
    closed = {"state": "settled", "closed_at": "2026-11-20T10:00:00Z", "outcome": "Half of it given back", "held": "0.00"}
    return DisputePage([dispute(3), dispute(2, against="carrier", customer=None, subject=LONG_NAME, calls=[1, 2, 3]), dispute(1, **closed)])


def evidence() -> Evidence:
    phone = Registered("sip:1000001@10.0.0.9", "192.0.2.7:5060", "Yealink T46S", "2025-12-31T20:00:00Z", "")
    calls = [CallEvidence(cdr_view(id=each), None, [], [phone]) for each in (30, 29)]
    return Evidence(dispute(), calls)


def carrier(trunk: str = "KPN", **changed: Any) -> CarrierAccount:
    values: dict[str, Any] = {"trunk": trunk, "trunk_id": 1, "account": trunk, "currency": "EUR", "balance": "412.55", "paid": "2000.00"}
    return CarrierAccount(**(values | {"cost": "1587.45", "per_hour": "3.20", "hours_left": 128, "low": False} | changed))


def carriers() -> CarrierAccounts:
    return CarrierAccounts(
        [
            carrier(),
            carrier("Voice of Spain", trunk_id=2, balance="12.00", hours_left=5, low=True, currency="USD"),
            carrier(LONG_NAME, trunk_id=3, balance="-88.10", paid="0.00", hours_left=None),
        ]
    )


def comparison(**changed: Any) -> CarrierComparison:
    found = [
        CarrierDifference("missing_here", "34911234567", "2026-11-02T10:00:00Z", None, 340, None, "1.70", "1.70", None),
        CarrierDifference("price", "31612345678", "2026-11-02T10:05:00Z", 60, 60, "0.12", "0.15", "0.03", 30),
        CarrierDifference("seconds", "31201234567", "2026-11-02T11:05:00Z", 61, 120, "0.02", "0.04", "0.02", 29),
        CarrierDifference("missing_there", "442071234567", "2026-11-03T10:00:00Z", 12, None, "0.01", None, "-0.01", 28),
    ]
    values: dict[str, Any] = {
        "currency": "EUR", "ours": 1203, "theirs": 1203, "same": 1200,
        "counts": {"missing_here": 1, "missing_there": 1, "seconds": 1, "price": 1}, "our_cost": "240.10", "their_cost": "241.84",
        "difference": "1.74", "differences": found, "faults": ["17: not a number"],
    }  # fmt: skip
    return CarrierComparison(**(values | changed))


def limits() -> LimitPage:
    return LimitPage([LimitView("Harbour Telecom", "clerk", "payment", "100.00"), LimitView("Harbour Telecom", "clerk", "refund", "25.00")])

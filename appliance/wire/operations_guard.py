"""What can be asked of the guard, and of incoming numbers."""

from __future__ import annotations

from appliance.wire import guard, numbers
from appliance.wire.operation import Nothing, Operation
from appliance.wire.shapes import Done

GUARD = (
    Operation("limits.get", "GET", "/limits", guard.LimitsGet, guard.LimitsView, "customers.read"),
    Operation("limits.set", "PATCH", "/limits", guard.LimitsSet, guard.LimitsView, "customers.write"),
    Operation("fuses.list", "GET", "/fuses", guard.FuseList, guard.FusePage, "customers.read"),
    Operation("fuses.release", "POST", "/fuses/{id}/release", guard.FuseRelease, guard.FuseView, "guard.release"),
    Operation("bans.list", "GET", "/bans", Nothing, guard.BanPage, "settings.read"),
    Operation("bans.lift", "POST", "/bans/lift", guard.BanLift, Done, "settings.write"),
    Operation("bans.allow", "POST", "/bans/allow", guard.BanLift, Done, "settings.write"),
    Operation("numbers.list", "GET", "/numbers", numbers.NumberList, numbers.NumberPage, "endpoints.read"),
    Operation("numbers.put", "PATCH", "/numbers", numbers.NumberPut, numbers.NumberView, "endpoints.write"),
    Operation("numbers.sell", "POST", "/numbers/sell", numbers.NumberSell, numbers.NumberView, "resellers.write"),
    Operation("numbers.take_back", "POST", "/numbers/take-back", numbers.NumberTakeBack, numbers.NumberView, "resellers.write"),
    Operation("high_risk.list", "GET", "/high-risk", Nothing, guard.RiskPage, "settings.read"),
)

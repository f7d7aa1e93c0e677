"""What was called, sold and earned by day, customer and destination, as far as each asker may know it; a reseller's own account."""

from __future__ import annotations

import pytest

from appliance.services.ground.access import Actor, Grant
from tests.api.served import Served


@pytest.fixture
def calls(served: Served) -> dict[str, int]:
    """Two of Alice (root), one of Bob (sub), a day later one more of Bob, one refused."""
    made = {
        "alice": served.call(served.root.alice, "442079460001"),
        "bob": served.call(served.bob, "442079460002"),
        "later": served.call(served.root.alice, "31201234567", 61),
    }
    served.shop.attempt(served.root.alice, "9999")
    served.shop.clock.advance(86_400)
    made["next day"] = served.call(served.bob, "442079460002")
    return made


def figures(served: Served, by: str, token: str = "owner", more: str = "") -> list[tuple[str, str, int, list[dict[str, str]]]]:
    answer = served.ask(token, "GET", f"/statistics/calls?by={by}{more}")
    assert answer.status == 200, answer.content
    return [(row["kind"], row["label"], row["calls"], row["money"]) for row in answer.json["rows"]]


def money(sales: str, cost: str | None, margin: str | None) -> list[dict[str, str | None]]:
    return [{"currency": "EUR", "sales": sales, "cost": cost, "margin": margin}]


def test_every_day_of_the_period_is_there(served: Served, calls: dict[str, int]) -> None:
    rows = figures(served, "day", more="&since=2025-12-31")
    assert [(label, count) for _kind, label, count, _money in rows] == [("2025-12-31", 0), ("2026-01-01", 4), ("2026-01-02", 1)]
    assert rows[1][3] == money("0.0641", "0.052", "0.0121"), "as the dashboard has it"
    assert rows[2][3] == money("0.0066", "0.006", "0.0006")
    whole = served.ask("owner", "GET", "/statistics/calls?by=day").json["total"]
    assert (whole["calls"], whole["answered"], whole["minutes"], whole["money"]) == (5, 4, "2.5", money("0.0707", "0.058", "0.0127"))


def test_todays_hours(served: Served, calls: dict[str, int]) -> None:
    rows = figures(served, "hour")
    assert [(kind, label, count) for kind, label, count, _money in rows] == [("hour", "2026-01-02T00:00", 1)]
    rows = figures(served, "hour", more="&since=2026-01-01")
    assert len(rows) == 25 and [count for _kind, _label, count, _money in rows if count] == [4, 1]
    assert served.ask("owner", "GET", "/statistics/calls?by=hour&since=2025-12-01").json["field"] == "until"


def test_a_sub_reseller_is_one_line_among_the_customers(served: Served, calls: dict[str, int]) -> None:
    rows = figures(served, "customer")
    assert [(kind, label, count) for kind, label, count, _money in rows] == [("customer", "Alice", 3), ("reseller", "sub", 2)]
    assert rows[1][3] == money("0.0132", "0.012", "0.0012")
    assert [row[:3] for row in figures(served, "customer", "sub")] == [("customer", "Bob", 2)]


def test_destinations_by_what_they_bring(served: Served, calls: dict[str, int]) -> None:
    rows = figures(served, "destination")
    assert {label: count for _kind, label, count, _money in rows} == {"to 31": 1, "to 44": 3, "": 1}
    assert sum(len(row[3]) for row in rows) == 2, "a refused call has no money"
    limited = served.ask("owner", "GET", "/statistics/calls?by=destination&limit=1").json
    assert (len(limited["rows"]), limited["more"], limited["total"]["calls"]) == (1, 2, 5)


def test_who_may_not_know_costs_is_not_told_them(served: Served, calls: dict[str, int]) -> None:
    served.actors["reader"] = Actor("reader", 9, (Grant("read-only", reseller_id=served.sub),))
    assert figures(served, "customer", "reader")[0][3] == money("0.0198", None, None)
    assert figures(served, "customer", "sub")[0][3] == money("0.0198", "0.0132", "0.0066")
    assert served.ask("sub", "GET", "/statistics/calls?reseller=root").status == 404
    assert served.ask("owner", "GET", "/statistics/calls?by=phase").json["field"] == "by"
    assert served.ask("owner", "GET", "/statistics/calls?since=2024-01-01&until=2026-01-01").json["field"] == "until"


def test_a_reseller_sees_its_account_with_its_parent_and_no_other(served: Served, calls: dict[str, int]) -> None:
    told = served.ask("sub", "GET", f"/resellers/{served.sub}/account").json
    assert (told["parent"], told["currency"]) == ("root", "EUR")
    calls_of = [(row["kind"], row["amount"], row["call"]) for row in told["postings"] if row["kind"] == "call"]
    assert calls_of == [("call", "-0.0066", calls["next day"]), ("call", "-0.0066", calls["bob"])]
    assert told["postings"][0]["balance_after"] == told["balance"]
    first = served.ask("sub", "GET", f"/resellers/{served.sub}/account?limit=1").json
    then = served.ask("sub", "GET", f"/resellers/{served.sub}/account?limit=1&after={first['next']}").json
    assert (first["postings"] + then["postings"]) == told["postings"][:2]
    assert served.ask("sub", "GET", "/resellers/1/account").status == 404
    top = served.ask("owner", "GET", "/resellers/1/account").json
    assert (top["parent"], top["balance"], top["postings"]) == (None, None, [])

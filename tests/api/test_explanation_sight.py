"""What somebody may know of how a price was made: what his own house pays, nothing above, and nothing at all without the right to costs."""

from __future__ import annotations

from appliance.services.ground.access import Actor, Grant
from tests.api.served import Served


def chain_of(served: Served, token: str, call: int, level: int) -> list[tuple[str, str]]:
    answer = served.ask(token, "GET", f"/cdrs/{call}")
    assert answer.status == 200, answer.content
    told = next(each["explanation"] for each in answer.json["charges"] if each["level"] == level)
    return [(step["price_per_minute"], step["markup_percent"]) for step in told.get("chain", [])]


def test_a_house_sees_its_own_steps_and_none_above(served: Served) -> None:
    call = served.call(served.bob, "442079460002")
    whole = chain_of(served, "owner", call, 0)
    assert len(whole) == 3, "cost, what the sub-reseller buys by, what it sells by"
    mine = chain_of(served, "sub", call, 0)
    assert [price for price, _markup in mine] == [price for price, _markup in whole[1:]], "it begins with what the house pays"
    assert mine[0][1] == "0", "and says nothing of how that was made"
    assert chain_of(served, "sub", call, 1) == [], "what its own buying price was made from is its parent's business"
    assert len(chain_of(served, "owner", call, 1)) == 2
    cost = whole[0][0]
    for name in ("cdrs", "price"):
        answer = (
            served.ask("sub", "GET", f"/cdrs/{call}")
            if name == "cdrs"
            else served.ask("sub", "POST", "/calls/price", {"number": "442079460002", "seconds": 60, "customer": "Bob"})
        )
        assert f'"{cost}"' not in answer.content.decode(), name


def test_who_may_know_no_costs_sees_no_chain(served: Served) -> None:
    call = served.call(served.bob, "442079460002")
    for role in ("read-only", "clerk"):
        served.actors[role] = Actor(role, 9, (Grant(role, reseller_id=1),))
        assert chain_of(served, role, call, 0) == []
    served.actors["priced"] = Actor("priced", 9, (Grant("read-only", reseller_id=1),))
    asked = {"number": "442079460002", "seconds": 60, "customer": served.root.customer}
    answer = served.ask("priced", "POST", "/calls/price", asked)
    assert answer.status == 200 and "chain" not in answer.json["explanation"]
    assert "chain" in served.ask("owner", "POST", "/calls/price", asked).json["explanation"]
    told = served.ask("priced", "POST", "/calls/explain", {"number": "442079460002", "customer": served.root.customer}).json
    assert all("chain" not in (each["explanation"] or {}) for each in told["levels"])

"""What the protocol promises around the operations: version tags, idempotency, rates, methods and media types, tokens of programs."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from appliance.api.auth import Asked
from appliance.api.rate_limits import GUESSES, MOST_BUCKETS, RateLimits, TooMany
from appliance.api.replies import version_of, version_tag
from appliance.errors import Forbidden, UserError
from appliance.services.ground.access import Actor, Grant
from appliance.wire.operations import PREFIX
from tests.api.served import Served


def test_a_thing_has_a_tag_and_is_not_sent_twice(served: Served) -> None:
    answer = served.ask("owner", "GET", f"/customers/{served.root.customer}")
    tag = answer.headers["etag"]
    again = served.ask("owner", "GET", f"/customers/{served.root.customer}", if_none_match=tag)
    assert (again.status, again.content) == (304, b"")
    assert served.ask("owner", "GET", f"/customers/{served.root.customer}", if_none_match='"0-0"').status == 200


def test_an_update_of_what_changed_meanwhile_is_refused(served: Served) -> None:
    path = f"/customers/{served.root.customer}"
    tag = served.ask("owner", "GET", path).headers["etag"]
    first = served.ask("owner", "PATCH", path, {"company": "One"}, if_match=tag)
    assert (first.status, first.headers["etag"] != tag) == (200, True)
    second = served.ask("owner", "PATCH", path, {"company": "Two"}, if_match=tag)
    assert (second.status, second.json["code"], second.headers["content-type"]) == (412, "store.changed_meanwhile", "application/problem+json")
    assert served.ask("owner", "PATCH", path, {"company": "Two", "version": 1}).status == 409
    assert served.ask("owner", "PATCH", path, {"company": "Two"}, if_match="*").status == 200
    assert served.ask("owner", "PATCH", path, {"company": "Two"}, if_match='"99-1"').json["code"] == "request.wrong_version_tag"
    assert served.ask("owner", "DELETE", path, if_match=tag).status in {409, 412}


def test_tags_are_of_things_with_versions() -> None:
    class Thing:
        id = 7
        version = 3

    assert version_tag(Thing()) == '"7-3"'
    assert version_tag(object()) == ""
    assert version_of('W/"7-3"', "7") == 3
    with pytest.raises(UserError, match=r"request\.wrong_version_tag"):
        version_of("nonsense", "7")


def test_a_payment_with_a_key_is_taken_once(served: Served) -> None:
    body = {"customer": "Alice", "amount": "5.00"}
    first = served.ask("owner", "POST", "/payments", body, idempotency_key="k-1")
    assert served.ask("owner", "POST", "/payments", body, idempotency_key='"k-1"').json == first.json
    assert served.shop.balance(served.root.account) == 15_000_000
    other = served.ask("owner", "POST", "/payments", body | {"amount": "6.00"}, idempotency_key="k-1")
    assert (other.status, other.json["code"]) == (409, "request.id_used")
    assert served.ask("owner", "POST", "/payments", body | {"request_id": "own"}, idempotency_key="k-1").json["id"] != first.json["id"]


def test_methods_and_media_types_are_told_as_problems(served: Served) -> None:
    wrong = served.ask("owner", "PUT", "/customers", {})
    assert (wrong.status, wrong.headers["allow"], wrong.json["code"]) == (405, "GET, POST", "request.wrong_method")
    assert served.ask("owner", "DELETE", "/events").headers["allow"] == "GET"
    text = served.ask("owner", "POST", "/payments", b"amount=5", content_type="application/x-www-form-urlencoded")
    assert (text.status, text.json["field"]) == (415, "Content-Type")
    assert (
        served.ask("owner", "POST", "/payments", {"customer": "Alice", "amount": "1"}, content_type="application/json; charset=utf-8").status == 200
    )
    lost = served.ask("owner", "GET", "/nothing")
    assert (lost.status, lost.headers["content-type"]) == (404, "application/problem+json")
    assert served.ask("owner", "GET", "/customers?" + "&".join(f"a{each}=1" for each in range(200))).status == 400


def test_head_is_get_without_a_body(served: Served) -> None:
    answer = served.ask("owner", "HEAD", f"/customers/{served.root.customer}")
    assert (answer.status, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 100


def test_one_token_may_ask_so_much_and_no_more(tmp_path: Path) -> None:
    served = Served(tmp_path / "data", per_second=2)
    try:
        assert [served.ask("owner", "GET", "/customers").status for _ in range(5)] == [200, 200, 200, 200, 429]
        refused = served.ask("owner", "GET", "/customers")
        assert (refused.json["code"], refused.headers["retry-after"]) == ("request.too_many", "1")
        assert served.ask("sub", "GET", "/customers").status == 200
        served.reactor.advance(1)
        assert [served.ask("owner", "GET", "/customers").status for _ in range(3)] == [200, 200, 429]
    finally:
        served.close()


def test_guesses_are_counted_by_address(served: Served) -> None:
    def wrong(asked: Asked, request: object) -> object:
        raise Forbidden("sign_in.wrong", field="password")

    api = served.door.resource
    api._bound = {**api._bound, "operators.sign_in": wrong}
    body = {"login": "owner", "password": "guess"}
    answers = [served.ask("", "POST", "/sign-in", body).status for _ in range(int(GUESSES) + 1)]
    assert answers == [403] * int(GUESSES) + [429]
    assert served.ask("owner", "GET", "/customers").status == 200, "who has signed in does not suffer for others"
    served.reactor.advance(10)
    assert served.ask("", "POST", "/sign-in", body).status == 403


def test_buckets_are_bounded() -> None:
    limits = RateLimits(lambda: 0.0, lambda: 1.0)
    for each in range(MOST_BUCKETS + 50):
        limits.ask(f"token {each}", "192.0.2.1")
    assert len(limits._buckets) == MOST_BUCKETS
    limits.ask("one", "192.0.2.1")
    limits.ask("one", "192.0.2.1")
    with pytest.raises(TooMany):
        limits.ask("one", "192.0.2.1")


def test_a_used_session_is_noted_now_and_then_and_looked_up_each_time(served: Served) -> None:
    noted: list[bool] = []

    def actor_of(token: str, *, prolong: bool = True) -> Actor | None:
        noted.append(prolong)
        return served.actors["owner"] if token == "owner" else None

    served.door.resource._actor_of = actor_of
    for _ in range(3):
        served.ask("owner", "GET", "/customers")
    served.ask("owner", "POST", "/payments", {"customer": "Alice", "amount": "1"})
    served.reactor.advance(60)
    served.ask("owner", "GET", "/customers")
    assert noted == [True, False, False, False, True]


def program(served: Served, scopes: list[str], token: str = "maker", **more: Any) -> Any:
    served.actors["maker"] = Actor("maker", None, served.actors["owner"].grants)
    return served.ask(token, "POST", "/api-tokens", {"name": "till", "scopes": scopes, **more})


def test_a_programs_token_does_what_its_scopes_say(served: Served) -> None:
    made = program(served, ["customers.read", "payments.record"])
    assert made.status == 200
    token = made.json["token"]
    assert token.startswith("th_")
    assert served.ask(token, "GET", "/customers").status == 200
    assert served.ask(token, "POST", "/payments", {"customer": "Alice", "amount": "1"}).status == 200
    assert served.ask(token, "GET", "/trunks").json.get("trunks", []) == []
    assert served.ask(token, "GET", "/cdrs").json["cdrs"] == []
    assert served.ask(token, "PATCH", f"/customers/{served.root.customer}", {"company": "x"}).status == 403
    listed = served.ask("owner", "GET", "/api-tokens").json["tokens"]
    assert [(each["name"], each["scopes"], each["used_at"] is not None) for each in listed] == [("till", ["customers.read", "payments.record"], True)]
    assert token not in str(listed)
    assert served.ask("owner", "DELETE", f"/api-tokens/{listed[0]['id']}").status == 200
    assert served.ask(token, "GET", "/customers").status == 401
    assert served.ask("owner", "GET", "/api-tokens").json["tokens"] == []
    assert len(served.ask("owner", "GET", "/api-tokens?archived=true").json["tokens"]) == 1


def test_a_token_is_bound_to_its_reseller_and_to_what_its_maker_may(served: Served) -> None:
    below = program(served, ["customers.read", "calls.read"], reseller="sub").json["token"]
    assert [each["name"] for each in served.ask(below, "GET", "/customers").json["customers"]] == ["Bob"]
    served.actors["sub owner"] = Actor("sub owner", None, (Grant("owner", reseller_id=served.sub),))
    assert program(served, ["customers.read"], "sub owner", reseller="root").status == 404
    assert program(served, ["customers.read"], "sub owner").status == 200
    assert program(served, ["customers.read"], "sub").status == 403
    for scopes, code in (([], "api_token.no_scope"), (["everything"], "api_token.unknown_scope")):
        answer = program(served, scopes)
        assert (answer.status, answer.json["code"]) == (422, code)
    assert served.ask("owner", "DELETE", "/api-tokens/99").json["code"] == "api_token.unknown"
    assert served.ask("other", "DELETE", "/api-tokens/1").status == 404


def test_a_token_goes_with_the_operator_who_made_it(served: Served) -> None:
    nouns, store = served.shop.services.nouns, served.shop.store
    with served.shop.services.changes.unit():
        person = store.people.insert(kind="operator", name="Olga")
        olga = store.operators.insert(person_id=person, login="olga", created_at=0)
        grant = store.operators.grant(olga, "owner", reseller_id=served.root.root)
    row = store.operators.get(olga)
    assert row is not None
    served.actors["olga"] = nouns.operators.actor(row)
    token = program(served, ["customers.read", "operators.write"], "olga").json["token"]
    actor = nouns.actor_of(token)
    assert actor is not None
    assert nouns.access.may(actor, "operators.write", served.root.root)
    with served.shop.services.changes.unit():
        store.operators.revoke(grant)
        store.operators.grant(olga, "clerk", reseller_id=served.root.root)
        served.shop.services.changes.note("operator", olga)
    weaker = nouns.actor_of(token)
    assert weaker is not None
    assert not nouns.access.may(weaker, "operators.write", served.root.root)
    assert nouns.access.may(weaker, "customers.read", served.root.root)
    with served.shop.services.changes.unit():
        store.operators.update(olga, {"disabled": 1})
        served.shop.services.changes.note("operator", olga)
    assert nouns.actor_of(token) is None


def test_what_hashes_is_done_ahead_and_only_for_who_has_signed_in(served: Served) -> None:
    api = served.door.resource
    order: list[str] = []
    api._means = api._means._replace(ahead={"operators.create": lambda request: order.append(request.login)})
    api._bound = {**api._bound, "operators.create": lambda asked, request, prepared: asked.signed_in().name}
    body = {"login": "new", "grants": []}
    assert served.ask("", "POST", "/operators", body).status == 401
    assert order == []
    assert served.ask("owner", "POST", "/operators", body).json == "owner"
    assert order == ["new"]


def test_a_body_too_large_is_a_problem_too(served: Served) -> None:
    from twisted.internet.testing import StringTransport

    protocol, transport = served.door.buildProtocol(None), StringTransport()
    protocol.makeConnection(transport)
    protocol.dataReceived(f"POST {PREFIX}/payments HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n".encode())
    assert transport.value().startswith(b"HTTP/1.1 413")
    assert b"application/problem+json" in transport.value()
    assert b'"code":"request.too_large"' in transport.value()


def test_no_request_leaves_a_cycle_behind(served: Served) -> None:
    """Memory is part of speed: an answered request goes at once."""
    served.ask("owner", "GET", "/customers")
    gc.collect()
    gc.disable()
    try:
        before = sum(1 for each in gc.get_objects() if isinstance(each, Deferred))
        for _ in range(20):
            served.ask("owner", "GET", "/customers")
        assert sum(1 for each in gc.get_objects() if isinstance(each, Deferred)) - before <= 20 * 4
    finally:
        gc.enable()

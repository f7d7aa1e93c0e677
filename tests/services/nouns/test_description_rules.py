"""What left out, null and repeated mean in a description file."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.errors import Conflict, NotFound, UserError
from appliance.services.ground.passwords import ha1, matches
from appliance.wire.rates import PriceRequest, PriceView
from appliance.wire.shapes import Listing
from tests.services.nouns.described import Described, example

RATE = {"prefix": "31", "destination": "Netherlands", "price_per_minute": "0.01"}


def customer(name: str = "Alice Shop", **fields: Any) -> dict[str, Any]:
    return {"tollhouse": 1, "customers": [{"name": name, **fields}]}


def test_left_out_stays_and_null_clears(described: Described) -> None:
    described.apply(customer(email="new@example.test"))
    changed = described.export()["customers"][0]
    assert (changed["email"], changed["phone"], changed["first_name"]) == ("new@example.test", "+31201112233", "Alice")
    described.apply(customer(phone=None, payment_terms_days=None, endpoints=[{"number": "1000001", "max_calls": None}]))
    cleared = described.export()["customers"][0]
    assert (cleared["phone"], cleared["payment_terms_days"], cleared["endpoints"][0]["max_calls"]) == ("", 14, None)
    assert cleared["endpoints"][0]["media"] == "auto"


def test_forwarding_and_who_may_redirect(described: Described) -> None:
    wants = {"always": "", "busy": "*31", "no_answer": "+31201112233", "unregistered": "", "no_answer_seconds": 15}
    described.apply(customer(allow_302=True, endpoints=[{"number": "1000001", "forwarding": wants}]))
    (kept,) = described.export()["customers"]
    assert kept["allow_302"] is True
    assert kept["endpoints"][0]["forwarding"] == {"busy": "*31", "no_answer": "+31201112233", "no_answer_seconds": 15}
    view = described.nouns.endpoints.list(described.owner, Listing()).endpoints[0]
    assert (view.forwarding.busy, view.forwarding.no_answer_seconds, view.forwarding.always) == ("*31", 15, "")
    described.apply(customer(endpoints=[{"number": "1000001", "forwarding": None}]))
    assert described.export()["customers"][0]["endpoints"][0]["forwarding"] == {}
    with pytest.raises(UserError, match=r"forwarding\.seconds"):
        described.apply(customer(endpoints=[{"number": "1000001", "forwarding": {"no_answer_seconds": 1}}]))


def test_things_left_out_of_the_file_are_not_removed(described: Described) -> None:
    before = described.export()
    done = described.apply({"tollhouse": 1, "resellers": [], "tariffs": [], "trunks": [], "routes": [], "customers": []})
    assert (done.created, done.changed) == ({}, {})
    assert described.export() == before


def test_only_natural_keys_are_needed(empty: Described) -> None:
    done = empty.apply(
        {
            "tollhouse": 1,
            "resellers": [{"name": "Root"}, {"name": "Sub", "parent": "Root"}],
            "tariffs": [{"name": "cost"}],
            "trunks": [{"name": "carrier", "cost_tariff": "cost"}],
            "routes": [{"prefix": ""}],
            "customers": [
                {"name": "Alice", "endpoints": [{"number": "1000001"}], "web_logins": [{"login": "alice"}]},
                {"name": "Bob", "reseller": "Sub"},
            ],
        }
    )
    assert set(done.passwords) == {"1000001", "alice@Root"}
    assert "trunk carrier has no host: no call can go out by it" in done.warnings
    made = empty.export()
    assert [(each["sip_domain"], each["number_range"]) for each in made["resellers"]] == [
        ("root.tollhouse.internal", "1000000-1999999"),
        ("sub.tollhouse.internal", "2000000-2999999"),
    ]
    assert [each["tariff"] for each in made["customers"]] == ["retail", "retail"]
    assert made["customers"][0]["credit_account"] == {"name": "Alice", "currency": "EUR", "credit_limit": "0.00", "tax_point": "payment"}
    assert empty.verified()


def test_passwords_are_checked_by_what_is_kept_of_them(described: Described) -> None:
    endpoint = described.store.endpoints.find("1000001")
    assert endpoint is not None
    (secret,) = described.store.endpoints.secrets(endpoint.id)
    assert (secret.realm, secret.ha1_md5, secret.ha1_sha256) == ("sip.example.test", *ha1("1000001", "sip.example.test", "secret-1"))
    assert described.nouns.secrets.reveal(endpoint) == "secret-1"
    login = described.store.web_logins.find(1, "alice")
    operator = described.store.operators.find("owner")
    assert login is not None and matches(login.password_hash, "walk on water")
    assert operator is not None and matches(operator.password_hash, "correct horse")


def test_a_new_password_replaces_and_null_takes_registration_away(described: Described) -> None:
    assert described.apply(customer(endpoints=[{"number": "1000001", "password": "other"}])).changed == {"endpoints": 1}
    endpoint = described.store.endpoints.find("1000001")
    assert endpoint is not None and described.nouns.secrets.reveal(endpoint) == "other"
    described.apply(customer(endpoints=[{"number": "1000001", "password": None}]))
    assert list(described.store.endpoints.secrets(endpoint.id)) == []
    assert described.apply(customer(endpoints=[{"number": "1000001"}])).passwords == {}


def test_a_made_password_is_reported_once(described: Described) -> None:
    file = customer(endpoints=[{"number": "1000002"}])
    done = described.apply(file)
    assert len(done.passwords["1000002"]) == 14
    assert described.apply(file).passwords == {}


def test_a_shared_account_is_one(empty: Described) -> None:
    account = {"name": "family", "credit_limit": "5", "opening_balance": "20.00"}
    done = empty.apply(
        example(
            customers=[
                {"name": "Ann", "credit_account": account},
                {"name": "Ben", "credit_account": {"name": "family"}},
                {"name": "Cas", "credit_account": {"name": "family", "credit_limit": "5.00"}},
            ],
            trunks=[],
            routes=[],
        )
    )
    assert (done.created["credit_accounts"], done.created["opening_balances"]) == (1, 2)
    assert empty.balance("family") == 20_000_000
    assert sorted(row.name for row in empty.store.accounts.list("credit")) == ["family", "reseller:Sub One"]


def test_an_opening_balance_is_posted_once_and_never_otherwise(described: Described) -> None:
    with pytest.raises(UserError) as raised:
        described.apply(customer(credit_account={"name": "alice", "opening_balance": "11.00"}))
    assert (raised.value.code, raised.value.field) == ("account.opening_differs", "customers[0].credit_account.opening_balance")
    described.apply(customer("Late", credit_account={"name": "late"}))
    described.apply(customer("Late", credit_account={"name": "late", "opening_balance": "3.00"}))
    described.apply(customer("Late", credit_account={"name": "late", "opening_balance": "3"}))
    described.apply(customer("Debtor", credit_account={"name": "debtor", "opening_balance": "-2.50"}))
    assert (described.balance("late"), described.balance("debtor"), described.balance("alice")) == (3_000_000, -2_500_000, 10_000_000)
    assert described.verified()


def test_a_limit_is_heard_of_at_once(described: Described) -> None:
    heard: list[tuple[int, int, int]] = []
    described.services.ledger.on_funds(lambda account, balance, limit: heard.append((account, balance, limit)))
    described.apply(customer(credit_account={"name": "alice", "credit_limit": "7"}))
    assert [each[1:] for each in heard] == [(10_000_000, 7_000_000)]


def test_an_endpoint_belongs_to_one_customer(described: Described) -> None:
    with pytest.raises(Conflict) as raised:
        described.apply(customer("Bob", endpoints=[{"number": "1000001"}]))
    assert (raised.value.code, raised.value.field) == ("number.taken", "customers[0].endpoints[0].number")


def test_a_customer_may_move_to_another_account_and_tariff(described: Described) -> None:
    described.apply(
        {
            "tollhouse": 1,
            "tariffs": [{"name": "vip", "rates": [RATE]}],
            "customers": [{"name": "Alice Shop", "tariff": "vip", "credit_account": {"name": "alice two", "credit_limit": "50"}}],
        }
    )
    moved = described.export()["customers"][0]
    assert (moved["tariff"], moved["credit_account"]["name"], moved["credit_account"]["tax_point"]) == ("vip", "alice two", "usage")
    assert described.balance("alice") == 10_000_000


def test_what_cannot_change_is_refused(described: Described) -> None:
    for change, code in (
        ({"resellers": [{"name": "Sub One", "parent": None}]}, "reseller.second_root"),
        ({"resellers": [{"name": "Sub Two", "parent": "root"}, {"name": "Sub One", "parent": "Sub Two"}]}, "reseller.parent_fixed"),
        ({"resellers": [{"name": "Sub One", "currency": "USD"}]}, "reseller.currency_fixed"),
        ({"tariffs": [{"name": "retail", "currency": "USD"}]}, "tariff.currency_fixed"),
        ({"tariffs": [{"name": "carrier-cost", "base": "retail"}]}, "tariff.cycle"),
        ({"trunks": [{"name": "carrier", "reseller": "Sub One"}]}, "trunk.reseller_fixed"),
    ):
        with pytest.raises(UserError) as raised:
            described.apply({"tollhouse": 1, **change})
        assert raised.value.code == code


def test_an_operator_gets_another_role_and_password(described: Described) -> None:
    file = {
        "tollhouse": 1,
        "resellers": [{"name": "root", "operators": [{"login": "owner", "role": "accountant", "password": "new words", "name": "Olga"}]}],
    }
    assert described.apply(file).changed == {"operators": 1}
    assert described.apply(file).changed == {}
    row = described.store.operators.find("owner")
    assert row is not None and matches(row.password_hash, "new words")
    assert [grant.role for grant in described.store.operators.grants(row.id)] == ["accountant"]


def test_settings_are_set_and_set_back(described: Described) -> None:
    assert described.apply({"tollhouse": 1, "settings": {"sip.check_uri": False, "numbers.rest_months": 6}}).changed == {"settings": 2}
    assert described.services.settings.get("sip.check_uri", True) is False
    assert described.export()["settings"] == {"numbers.rest_months": 6, "sip.check_uri": False}
    described.apply({"tollhouse": 1, "settings": {"sip.check_uri": None}})
    assert described.export()["settings"] == {"numbers.rest_months": 6}


def test_fees_and_dial_plans_come_out_as_they_went_in(described: Described) -> None:
    fee = {"name": "line", "amount": "4.95", "endpoint": "1000001", "starts_on": "2026-01-01", "ends_on": None, "day": 3, "policy": "wait"}
    plan = {"country": "31", "national": "0", "international": ["00"], "short": {"555": "31201234567"}}
    described.apply(customer(monthly_fees=[fee], dial_plan=plan))
    out = described.export()["customers"][0]
    assert (out["monthly_fees"], out["dial_plan"]) == ([fee], plan)
    assert described.apply(described.export()).changed == {}


def test_an_export_makes_the_same_shop_elsewhere(described: Described, tmp_path: Any) -> None:
    from tests.services.nouns.described import opened

    exported = described.export()
    with opened(tmp_path / "elsewhere") as other:
        other.apply(exported)
        assert other.export() == exported
        assert other.verified()


def test_exchange_rates_and_time_bands_come_out_as_they_went_in(described: Described) -> None:
    day = {"name": "peak", "weekdays": [1, 2, 3, 4, 5], "starts": "08:00", "ends": "18:00"}
    file = {
        "tollhouse": 1,
        "exchange_rates": [{"base": "EUR", "quote": "USD", "valid_on": "2025-12-01", "rate": "1.0837"}],
        "tariffs": [{"name": "carrier-cost", "bands": [day], "rates": [{"prefix": "31", "band": "peak", "price_per_minute": "0.08"}]}],
        "customers": [{"name": "Dollar", "credit_account": {"name": "dollar", "currency": "USD"}}],
    }
    assert described.apply(file).created["exchange_rates"] == 1
    assert (described.apply(file).created, described.apply(file).changed) == ({}, {})
    assert (described.apply(described.export()).created, described.apply(described.export()).changed) == ({}, {})
    peak = described.nouns.prices.price(described.owner, PriceRequest("31201234567", 60, at="2026-01-05T12:00:00Z", tariff="carrier-cost"))
    night = described.nouns.prices.price(described.owner, PriceRequest("31201234567", 60, at="2026-01-05T02:00:00Z", customer="Dollar"))
    assert isinstance(peak, PriceView) and isinstance(night, PriceView)
    assert (peak.amount, night.amount, night.currency) == ("0.08", "0.0135", "USD")
    file["exchange_rates"] = [{"base": "EUR", "quote": "USD", "valid_on": "2025-12-01", "rate": "2"}]
    assert described.apply(file).changed == {"exchange_rates": 1}
    night = described.nouns.prices.price(described.owner, PriceRequest("31201234567", 60, at="2026-01-05T02:00:00Z", customer="Dollar"))
    assert isinstance(night, PriceView) and night.amount == "0.025"
    described.apply({"tollhouse": 1, "tariffs": [{"name": "carrier-cost", "bands": None}]})
    assert described.store.tariffs.bands(1) == []


def test_tiers_special_rates_and_bundles_come_out_as_they_went_in(described: Described) -> None:
    name = described.export()["customers"][0]["name"]
    file: dict[str, Any] = {
        "tollhouse": 1,
        "tariffs": [{"name": "carrier-cost", "tiers": [{"from_minutes": 100, "discount_percent": "12.5", "prefix": "31"}]}],
        "bundles": [{"name": "Netherlands 100", "prefixes": ["31"], "minutes": 100, "period": "month"}],
        "customers": [
            {
                "name": name,
                "special_rates": [{"prefix": "3120", "price_per_minute": "0.02"}],
                "bundles": [{"bundle": "Netherlands 100", "until": "2031-01-01T00:00:00Z"}],
            }
        ],
    }
    done = described.apply(file)
    assert (done.created, done.changed) == ({"bundles": 1, "customer_bundles": 1, "special_rates": 1}, {"tariffs": 1})
    for again in (file, described.export(), file):
        done = described.apply(again)
        assert (done.created, done.changed) == ({}, {})
    (customer,) = (each for each in described.export()["customers"] if each["name"] == name)
    assert customer["special_rates"] == [{"prefix": "3120", "price_per_minute": "0.02", "valid_from": None, "valid_until": None}]
    special = described.nouns.prices.price(described.owner, PriceRequest("31201234567", 60, customer=name))
    assert isinstance(special, PriceView) and special.amount == "0.02"
    held = {"bundle": "Netherlands 100", "until": None}
    assert described.apply({"tollhouse": 1, "customers": [{"name": name, "bundles": [held]}]}).changed == {"customer_bundles": 1}
    changed = {"tollhouse": 1, "bundles": [{"name": "Netherlands 100", "minutes": 200}], "tariffs": [{"name": "carrier-cost", "tiers": None}]}
    assert described.apply(changed).changed == {"bundles": 1, "tariffs": 1}
    assert "tiers" not in described.export()["tariffs"][0]
    with pytest.raises(NotFound) as caught:
        described.apply({"tollhouse": 1, "customers": [{"name": name, "bundles": [{"bundle": "Nowhere"}]}]})
    assert (caught.value.code, caught.value.field) == ("bundle.unknown", "customers[0].bundles[0].bundle")
    with pytest.raises(UserError) as refused:
        described.apply({"tollhouse": 1, "bundles": [{"name": "New"}]})
    assert (refused.value.code, refused.value.field) == ("description.missing", "bundles[0].prefixes")


def test_an_operator_is_one_resellers(described: Described) -> None:
    with pytest.raises(Conflict) as raised:
        described.apply({"tollhouse": 1, "resellers": [{"name": "Sub One", "operators": [{"login": "owner"}]}]})
    assert (raised.value.code, raised.value.field) == ("operator.login_taken", "resellers[0].operators[0].login")

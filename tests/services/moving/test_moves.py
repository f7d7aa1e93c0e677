"""Each system moved in from a dump of it, looked at first; what it held is what is here afterwards."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from appliance.errors import Conflict, EnvironmentFault, Forbidden, UserError
from appliance.services.ground.access import Actor
from appliance.services.ground.passwords import Hashes, ha1
from appliance.services.ground.stepwise import finish
from appliance.services.keeping.retention import Retention
from appliance.services.people.privacy import dossier
from appliance.wire.invoices import AgingRequest
from appliance.wire.moving import MoveApply, MoveView, OldCallList, OldInvoiceList, OldInvoiceSettle
from appliance.wire.rates import PriceRequest, PriceView
from tests.services.moving.conftest import MovingShop
from tests.services.moving.dumps import A2B, ASTPP, CSV, HA1, MAGNUS, Cell, postgres, written

Tables = dict[str, list[dict[str, Cell]]]
Dumped = Callable[[Tables], list[str]]
ROOT = 1


def sums(view: MoveView) -> dict[str, tuple[int, int, int]]:
    return {each.kind: (each.found, each.moved, each.refused) for each in view.totals}


def balances(view: MoveView) -> dict[str, tuple[str, str]]:
    return {each.customer: (each.old_balance, each.new_balance) for each in view.customers}


def csv_files(folder: Path) -> list[str]:
    return [written(folder, name, text) for name, text in CSV.items()]


def test_astpp(shop: MovingShop, dumped: Dumped) -> None:
    files = dumped(ASTPP)
    seen = shop.preview(files, "astpp")
    assert seen.agree and not seen.applied and seen.currency == "EUR"
    assert balances(seen) == {"Ann O'Neil": ("12.50", "12.50"), "Bay; (Ltd)": ("-40.25", "-40.25")}
    assert seen.apart == {"9": 1}
    assert (seen.refused, seen.next_invoice) == ([], 43)
    assert list(shop.store.customers.list()) == []
    done = shop.move(files, "astpp")
    assert (done.applied, done.agree, done.totals, balances(done)) == (True, True, seen.totals, balances(seen))
    assert sums(done) == {
        "customers": (2, 2, 0), "endpoints": (2, 2, 0), "web_logins": (2, 2, 0), "tariffs": (1, 1, 0), "rates": (1, 1, 0), "numbers": (1, 1, 0),
        "invoices": (1, 1, 0), "calls": (2, 2, 0),
    }  # fmt: skip
    ann, bay = shop.store.customers.list()
    person = shop.store.people.get(ann.person_id)
    assert person is not None
    assert (person.first_name, person.email, person.address, person.country) == ("Ann", "ann@example.test", "Delft", "NL")
    assert (ann.currency, ann.language, ann.max_calls, ann.disabled, bay.disabled) == ("GBP", "en-US", 2, 0, 1)
    account = shop.store.accounts.get(bay.credit_account_id)
    assert account is not None
    assert (account.currency, account.balance_micros, account.credit_limit_micros) == ("EUR", -40_250_000, 100_000_000)
    first, desk = shop.store.endpoints.list()
    assert (first.number, first.caller_number, shop.nouns.secrets.reveal(first)) == ("5001001", "31201112233", 'p"ss,1')
    assert (desk.number, desk.auth_name, shop.nouns.secrets.reveal(desk)) == ("1000000", "bay-desk", "bay")
    did = shop.store.trunks.find_did("31207654321")
    assert did is not None
    assert did.endpoint_id == first.id
    price = priced(shop, "Home", "31611111111", 31)
    # 0.01 + 36 seconds (30 and one step of 6) at 0.10 a minute and 10 % above
    assert price.amount == "0.076"
    assert [link.login for link in done.links] == ["5001000", "5002000"]
    assert all(link.link.startswith("https://my.example.test/new-password?code=") for link in done.links)
    code = done.links[0].link.partition("=")[2]
    assert shop.nouns.web_sign_ins.renew(ann.reseller_id, code, "my new password", Hashes()) == "5001000"
    assert shop.verified()


def test_a_moved_invoice_ages_until_it_is_settled_and_the_series_goes_on(shop: MovingShop, dumped: Dumped) -> None:
    shop.move(dumped(ASTPP), "astpp")
    aging = shop.nouns.money.allocations.aging(shop.owner, AgingRequest()).accounts
    assert [(row.customer, row.total) for row in aging] == [("Bay; (Ltd)", "40.25")]
    (row,) = shop.nouns.moves.past.invoices(shop.owner, OldInvoiceList(customer="Bay; (Ltd)")).invoices
    assert (row.number, row.issued_on, row.due_on, row.open, row.settled_at) == ("INV_000042", "2026-06-01", None, "40.25", None)
    assert shop.nouns.moves.past.settle(shop.owner, OldInvoiceSettle(row.id)).settled_at
    assert shop.nouns.moves.past.settle(shop.owner, OldInvoiceSettle(row.id)).settled_at
    assert shop.nouns.money.allocations.aging(shop.owner, AgingRequest()).accounts == []
    with shop.services.changes.unit():
        assert shop.store.documents.next_number(ROOT, "invoice") == 43
    with pytest.raises(UserError, match=r"invoice\.unknown"):
        shop.nouns.moves.past.settle(shop.owner, OldInvoiceSettle(99))


def test_magnus_with_a_digest_and_a_refused_rate(shop: MovingShop, dumped: Dumped) -> None:
    files = dumped(MAGNUS)
    seen = shop.preview(files, "magnus", realm="sip.example.test")
    assert [(row.kind, row.code, row.file) for row in seen.refused] == [("rates", "move.rate_unlike", "dump.sql")]
    assert "disconnectcharge" in seen.refused[0].reason
    with pytest.raises(Conflict, match=r"move\.refused"):
        shop.move(files, "magnus", realm="sip.example.test")
    assert list(shop.store.customers.list()) == []
    done = shop.move(files, "magnus", realm="sip.example.test", leave_refused=True)
    assert done.agree
    assert sums(done)["rates"] == (2, 1, 1)
    assert (done.currency, balances(done)) == ("USD", {"Alice": ("-3.25", "-3.25")})
    named, numbered = shop.store.endpoints.list()
    assert (named.auth_name, named.password_sealed, named.max_calls) == ("alice", None, 2)
    (secret,) = shop.store.endpoints.secrets(named.id)
    assert (secret.realm, secret.ha1_md5, secret.ha1_sha256) == ("sip.example.test", HA1, "")
    (secret,) = shop.store.endpoints.secrets(numbered.id)
    assert secret.ha1_md5 == ha1("7000001", "sip.example.test", "s3cret")[0]
    login = shop.store.web_logins.find(1, "alice")
    assert login is not None
    assert Hashes().same(login.password_hash, "walk on water")
    # 31 s with 30 at first and blocks of 60: the whole is rounded up to 60, not 30 + 60
    assert priced(shop, "Wholesale", "4930", 31).billed_seconds == 60
    (call,) = shop.nouns.moves.past.calls(shop.owner, OldCallList(customer="Alice")).calls
    assert (call.started_at[:19], call.seconds, call.caller, call.number) == ("2026-04-01T08:00:00", 30, "3120999", "49301234567")
    assert (call.destination, call.amount, call.currency) == ("Germany", "0.05", "USD")
    assert shop.verified()


@pytest.mark.parametrize(("realm", "code"), [("", "move.realm_unknown"), ("asterisk", "move.realm_differs")])
def test_a_digest_of_another_realm_is_refused_alone(shop: MovingShop, dumped: Dumped, realm: str, code: str) -> None:
    done = shop.move(dumped(MAGNUS), "magnus", realm=realm, leave_refused=True)
    assert [row.code for row in done.refused if row.kind == "endpoints"] == [code]
    assert sums(done)["endpoints"] == (2, 1, 1)
    assert done.agree


@pytest.mark.parametrize("write", [None, postgres])
def test_a2billing_from_both_databases(shop: MovingShop, dumped: Dumped, tmp_path: Path, write: Callable[[Tables], str] | None) -> None:
    files = (
        dumped(A2B)
        if write is None
        else [written(tmp_path, "pg.sql", write({t: [{k.lower(): v for k, v in r.items()} for r in rs] for t, rs in A2B.items()}))]
    )
    done = shop.move(files, "a2billing")
    assert done.agree and done.refused == []
    assert balances(done) == {"Carla \\ K.": ("8.00", "8.00")}
    (carla,) = shop.store.customers.list()
    person = shop.store.people.get(carla.person_id)
    assert person is not None
    assert (person.country, carla.currency, carla.max_calls, done.currency) == ("FR", "GBP", 1, "USD")
    (row,) = shop.nouns.moves.past.invoices(shop.owner, OldInvoiceList(customer=carla.id)).invoices
    assert (row.number, row.open, done.next_invoice) == ("2026000007", "12.00", 2026000008)
    (phone,) = shop.store.endpoints.list()
    did = shop.store.trunks.find_did("33170000000")
    assert did is not None
    assert (phone.number, phone.display_name, did.endpoint_id) == ("3000001", "Carla", phone.id)
    assert priced(shop, "Standard", "331", 61).billed_seconds == 90
    assert done.links == []
    assert shop.verified()


def test_a_set_of_csv_files_with_faults(shop: MovingShop, tmp_path: Path) -> None:
    files = csv_files(tmp_path)
    seen = shop.preview(files, "csv")
    assert [(row.kind, row.file, row.line, row.code) for row in seen.refused] == [
        ("rates", "prices.csv", 3, "move.amount"), ("endpoints", "phones.csv", 3, "move.no_password"),
    ]  # fmt: skip
    assert balances(seen) == {"Dörte & Co": ("10.50", "10.50"), "Ed": ("-2.00", "-2.00")}
    done = shop.move(files, "csv", leave_refused=True, timezone="Europe/Berlin")
    assert done.agree and [link.login for link in done.links] == ["ed"]
    (call,) = shop.nouns.moves.past.calls(shop.owner, OldCallList(customer="Dörte & Co")).calls
    assert call.started_at[:19] == "2026-02-03T03:05:06"
    assert shop.verified()


def test_again_with_later_files_posts_the_difference_until_the_cut_over(shop: MovingShop, dumped: Dumped) -> None:
    shop.move(dumped(ASTPP), "astpp")
    later = copy.deepcopy(ASTPP)
    later["accounts"][1] |= {"balance": "9.00000", "email": "new@example.test"}
    later["invoice_details"][1]["credit"] = "40.25000"
    later["accounts"][2]["balance"] = "0"
    later["cdrs"].append({**later["cdrs"][0], "uniqueid": "a-9", "billseconds": 5})
    files = dumped(later)
    seen = shop.preview(files, "astpp")
    assert balances(seen) == {"Ann O'Neil": ("9.00", "9.00"), "Bay; (Ltd)": ("0.00", "0.00")}
    done = shop.move(files, "astpp")
    assert done.agree and {each.what for each in done.customers} == {"updated"}
    assert [line.amount_micros for line in shop.store.ledger.lines() if line.kind == "opening" and line.account == "Ann O'Neil"] == [
        12_500_000,
        -3_500_000,
    ]
    ann, bay = shop.store.customers.list()
    assert len(shop.nouns.moves.past.calls(shop.owner, OldCallList(customer=ann.id)).calls) == 2
    assert all(each.settled_at for each in shop.nouns.moves.past.invoices(shop.owner, OldInvoiceList(customer=bay.id)).invoices)
    assert len(list(shop.store.endpoints.list())) == 2
    assert shop.move(files, "astpp", cut_over=True).cut_over
    for ask in (shop.preview, shop.move):
        with pytest.raises(Conflict, match=r"move\.cut_over_before"):
            ask(files, "astpp")
    assert shop.move(files, "astpp", agent="9", leave_refused=True, tariff="Home").customers[0].customer == "5003000"
    assert shop.verified()


def test_what_was_renamed_here_is_found_again_and_what_was_archived_stays_so(shop: MovingShop, tmp_path: Path) -> None:
    files = csv_files(tmp_path)
    shop.move(files, "csv", leave_refused=True)
    first, second = shop.store.customers.list()
    with shop.services.changes.unit():
        shop.store.people.update(first.person_id, {"name": "Renamed"})
        shop.store.customers.archive(second.id, 5)
    done = shop.move(files, "csv", leave_refused=True)
    assert balances(done) == {"Renamed": ("10.50", "10.50")}
    assert {row.code for row in done.refused if row.key in ("c2", "R-0099", "ed")} == {"move.archived", "move.customer_refused", "move.no_password"}
    assert done.agree


def test_names_and_numbers_that_are_taken(shop: MovingShop, dumped: Dumped) -> None:
    shop.apply(
        {"tollhouse": 1, "tariffs": [{"name": "Home"}], "customers": [{"name": "Ann O'Neil", "tariff": "Home", "endpoints": [{"number": "5001001"}]}]}
    )
    done = shop.move(dumped(ASTPP), "astpp", leave_refused=True)
    assert [each.customer for each in done.customers] == ["Ann O'Neil (5001000)", "Bay; (Ltd)"]
    assert [(row.kind, row.code) for row in done.refused] == [("endpoints", "number.taken"), ("numbers", "move.no_endpoint")]
    assert shop.store.tariffs.find(1, "Home (astpp)") is not None
    assert done.agree


def test_hostile_texts_are_texts(shop: MovingShop, dumped: Dumped) -> None:
    nasty = copy.deepcopy(A2B)
    card = nasty["cc_card"][0]
    card |= {
        "firstname": "'); DROP TABLE customer;--",
        "lastname": "\x00\x1b[31m<script>",
        "email": "=cmd()",
        "language": "../../x",
        "currency": "€€€",
    }
    nasty["cc_sip_buddies"][0] |= {"username": "a\r\nb c", "callerid": "x" * 500}
    nasty["cc_call"][0] |= {"src": "'; --", "calledstation": "sip:\x07evil"}
    done = shop.move(dumped(nasty), "a2billing")
    assert [each.customer for each in done.customers] == ["'); DROP TABLE customer;-- [31m<script>"]
    (call,) = shop.nouns.moves.past.calls(shop.owner, OldCallList(customer=1)).calls
    assert (call.caller, call.number) == ("", "sip: evil")
    assert shop.verified()


def test_bad_amounts_times_and_owners_are_refused_with_their_line(shop: MovingShop, dumped: Dumped) -> None:
    bad = copy.deepcopy(A2B)
    bad["cc_card"].append({**bad["cc_card"][0], "id": 22, "useralias": "dan", "credit": "12,5"})
    bad["cc_sip_buddies"].append({**bad["cc_sip_buddies"][0], "id": 4, "username": "3000002", "id_cc_card": 22})
    bad["cc_sip_buddies"].append({**bad["cc_sip_buddies"][0], "id": 5})
    bad["cc_call"].append({**bad["cc_call"][0], "id": 2, "starttime": "yesterday"})
    bad["cc_call"].append({**bad["cc_call"][0], "id": 3, "card_id": 99})
    seen = shop.preview(dumped(bad), "a2billing")
    found = [(row.kind, row.key, row.code) for row in seen.refused]
    assert found == [
        ("customers", "22", "move.amount"), ("endpoints", "4", "move.customer_refused"), ("endpoints", "5", "move.twice"),
        ("calls", "2", "move.time"), ("calls", "3", "move.no_customer"),
    ]  # fmt: skip
    assert all(row.line > 0 and row.reason and "move." not in row.reason for row in seen.refused)
    assert seen.agree and sums(seen)["calls"] == (3, 1, 2)


def test_what_cannot_be_asked(shop: MovingShop, dumped: Dumped, tmp_path: Path) -> None:
    files = dumped(ASTPP)
    with pytest.raises(Forbidden):
        finish(shop.nouns.moves.apply(Actor("somebody"), MoveApply(files=files, source="astpp")))
    faults: tuple[tuple[dict[str, Any], str], ...] = (
        ({"source": "asterisk"}, "field.not_a_choice"), ({"source": "magnus"}, "move.nothing_found"), ({"timezone": "Mars"}, "timezone.unknown"),
        ({"currency": "euro"}, "currency.invalid"), ({"files": []}, "field.too_many"), ({"tariff": "none"}, "tariff.unknown"),
    )  # fmt: skip
    for wrong, code in faults:
        asked = {"files": files, "source": "astpp", **wrong}
        with pytest.raises(UserError) as caught:
            shop.preview(**asked)
        assert caught.value.code == code
    without = {table: rows for table, rows in ASTPP.items() if table != "system"}
    with pytest.raises(UserError, match=r"move\.currency_unknown"):
        shop.preview(dumped(without), "astpp")
    with pytest.raises(EnvironmentFault, match=r"file\.unreadable"):
        shop.preview([str(tmp_path / "none")], "astpp")
    with pytest.raises(UserError, match=r"move\.nothing_found"):
        shop.preview([written(tmp_path, "x.csv", "colour,shape\nred,round\n")], "csv")


def test_erasing_and_retention_reach_old_calls(shop: MovingShop, dumped: Dumped) -> None:
    shop.move(dumped(ASTPP), "astpp")
    shop.clock.advance(600 * 86400)
    ann, bay = shop.store.customers.list()
    Retention(shop.services.room).run()
    rows = shop.store.moving.old_calls(ann.id, None, 10)
    assert [(row.caller, row.number, row.seconds) for row in rows] == [("", "", 61)]
    assert b'"old_calls"' in dossier(shop.store, ann.id, "now")
    with shop.services.changes.unit():
        shop.store.people.erase(ann.id, 1)
    assert shop.store.moving.old_calls(ann.id, None, 10) == []
    assert len(shop.store.moving.old_calls(bay.id, None, 10)) == 1


def test_pages_of_old_calls(shop: MovingShop, dumped: Dumped) -> None:
    many = copy.deepcopy(A2B)
    many["cc_call"] = [{**A2B["cc_call"][0], "id": number, "starttime": f"2026-03-01 12:00:{number // 2:02d}"} for number in range(1, 8)]
    shop.move(dumped(many), "a2billing")
    cursor = ""
    seen: list[int] = []
    while True:
        page = shop.nouns.moves.past.calls(shop.owner, OldCallList(customer=1, cursor=cursor, limit=3))
        seen += [call.id for call in page.calls]
        cursor = page.next
        if not cursor:
            break
    assert seen == [7, 6, 5, 4, 3, 2, 1]
    with pytest.raises(UserError, match=r"request\.wrong_value"):
        shop.nouns.moves.past.calls(shop.owner, OldCallList(customer=1, cursor="soon"))


def priced(shop: MovingShop, tariff: str, number: str, seconds: int) -> PriceView:
    view = shop.nouns.prices.price(shop.owner, PriceRequest(number=number, seconds=seconds, tariff=tariff))
    assert isinstance(view, PriceView)
    return view

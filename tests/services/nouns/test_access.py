"""Who may do what: a thing outside one's reach is not there, a thing within it may still be forbidden."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from appliance.errors import Conflict, Forbidden, NotFound, UserError
from appliance.services.ground.access import PERMISSIONS, ROLES, Actor, Grant
from appliance.wire.audit import AuditExport, AuditList, AuditPage, AuditView
from appliance.wire.cdrs import CsvText
from appliance.wire.customers import CustomerCreate, CustomerUpdate
from appliance.wire.endpoints import EndpointCreate
from appliance.wire.operators import Business, GrantFields, OperatorCreate, OperatorRedeem, OperatorReset, OperatorUpdate, SignIn
from appliance.wire.payments import PaymentRecord, PaymentReverse
from appliance.wire.resellers import ResellerCreate, ResellerUpdate
from appliance.wire.shapes import ById, Listing
from appliance.wire.tariffs import TariffUpdate
from tests.services.nouns.described import Described

PASSWORD = "long enough"


@pytest.fixture
def tree(empty: Described) -> Described:
    """root > Sub One > Leaf, and Sub Two; a customer in each, one of them a shop."""
    empty.apply(
        {
            "tollhouse": 1,
            "resellers": [
                {"name": "root", "operators": [{"login": "boss", "role": "owner", "password": None}]},
                {
                    "name": "Sub One",
                    "parent": "root",
                    "tariff": "to-subs",
                    "may_have_resellers": True,
                    "operators": [
                        {"login": "one", "role": "owner", "password": None},
                        {"login": "books", "role": "accountant", "password": None},
                        {"login": "looker", "role": "read-only", "password": None},
                    ],
                },
                {"name": "Sub Two", "parent": "root", "tariff": "to-subs", "operators": [{"login": "two", "role": "manager", "password": None}]},
                {"name": "Leaf", "parent": "Sub One", "tariff": "to-subs", "operators": [{"login": "leaf", "role": "manager", "password": None}]},
            ],
            "tariffs": [
                {"name": "cost", "rates": [{"prefix": "31", "price_per_minute": "0.01"}]},
                {"name": "to-subs", "base": "cost", "markup_percent": "10"},
            ],
            "customers": [
                {"name": "R"},
                {"name": "S1", "reseller": "Sub One", "endpoints": [{"number": "2000001", "password": "x"}]},
                {"name": "S2", "reseller": "Sub Two"},
                {"name": "L", "reseller": "Leaf"},
                {"name": "Shop", "reseller": "Sub One", "call_shop": True},
            ],
        }
    )
    return empty


def names(shop: Described, actor: Actor) -> list[str]:
    return [customer.name for customer in shop.nouns.customers.list(actor, Listing()).customers]


def test_everybody_sees_his_branch_of_the_tree(tree: Described) -> None:
    assert names(tree, tree.owner) == ["R", "S1", "S2", "L", "Shop"]
    assert names(tree, tree.operator("boss")) == ["R", "S1", "S2", "L", "Shop"]
    assert names(tree, tree.operator("one")) == ["S1", "L", "Shop"]
    assert names(tree, tree.operator("two")) == ["S2"]
    assert names(tree, tree.operator("leaf")) == ["L"]
    assert names(tree, Actor("nobody")) == []


def test_a_clerk_sees_his_shop_alone(tree: Described) -> None:
    shop = tree.store.customers.find(2, "Shop")
    assert shop is not None
    clerk = Actor("clerk", 99, (Grant("clerk", shop_id=shop.id),))
    assert names(tree, clerk) == ["Shop"]
    with pytest.raises(Forbidden):  # whoever sells for the shop does not pay into its account, nor see what it pays for calls
        tree.nouns.payments.record(clerk, PaymentRecord("5", customer=shop.id))
    with pytest.raises(NotFound):
        tree.nouns.payments.record(clerk, PaymentRecord("5", customer="S1"))
    with pytest.raises(Forbidden):
        tree.nouns.customers.update(clerk, CustomerUpdate(shop.id, disabled=True))


Act = Callable[[Described, Actor], object]
OUT_OF_REACH: dict[str, Act] = {
    "a customer": lambda shop, actor: shop.nouns.customers.get(actor, ById(2)),
    "a change of one": lambda shop, actor: shop.nouns.customers.update(actor, CustomerUpdate(2, disabled=True)),
    "an endpoint": lambda shop, actor: shop.nouns.endpoints.get(actor, ById(1)),
    "its password": lambda shop, actor: shop.nouns.endpoints.reveal(actor, ById(1)),
    "a new endpoint": lambda shop, actor: shop.nouns.endpoints.create(actor, EndpointCreate(2)),
    "an account": lambda shop, actor: shop.nouns.credit_accounts.get(actor, ById(shop.nouns.customers.get(shop.owner, ById(2)).credit_account_id)),
    "a payment": lambda shop, actor: shop.nouns.payments.record(actor, PaymentRecord("1", customer=2)),
    "a reseller": lambda shop, actor: shop.nouns.resellers.get(actor, ById(2)),
    "a change of a reseller": lambda shop, actor: shop.nouns.resellers.update(actor, ResellerUpdate(2, disabled=True)),
    "a reseller below it": lambda shop, actor: shop.nouns.resellers.create(actor, ResellerCreate("New", parent="Sub One")),
    "the parent's tariff": lambda shop, actor: shop.nouns.tariffs.update(actor, TariffUpdate(1, name="mine")),
}


@pytest.mark.parametrize("what", OUT_OF_REACH)
def test_what_is_anothers_is_not_there(tree: Described, what: str) -> None:
    for stranger in (tree.operator("two"), Actor("nobody")):
        with pytest.raises(NotFound):
            OUT_OF_REACH[what](tree, stranger)


def test_what_a_role_does_not_allow_is_forbidden(tree: Described) -> None:
    payment = tree.nouns.payments.record(tree.operator("books"), PaymentRecord("1", customer="S1"))
    tree.nouns.payments.reverse(tree.operator("books"), PaymentReverse(payment.id))
    for act in (
        lambda: tree.nouns.customers.create(tree.operator("books"), CustomerCreate("New")),
        lambda: tree.nouns.payments.record(tree.operator("looker"), PaymentRecord("1", customer="S1")),
        lambda: tree.nouns.endpoints.reveal(tree.operator("books"), ById(1)),
        lambda: tree.nouns.operators.reset(tree.operator("looker"), OperatorReset("one")),
    ):
        with pytest.raises(Forbidden):
            act()


def test_a_reseller_has_resellers_only_where_its_parent_allows(tree: Described) -> None:
    tree.nouns.resellers.create(tree.operator("one"), ResellerCreate("New", parent="Sub One"))
    with pytest.raises(Forbidden):
        tree.nouns.resellers.create(tree.operator("two"), ResellerCreate("Newer", parent="Sub Two"))
    tree.nouns.resellers.create(tree.operator("boss"), ResellerCreate("Newest", parent="Sub Two"))


def test_a_resellers_tariff_and_limit_are_its_parents_to_set(tree: Described) -> None:
    own, leaf = tree.store.resellers.find("Sub One"), tree.store.resellers.find("Leaf")
    assert own is not None and leaf is not None
    for change in (ResellerUpdate(own.id, tariff=None), ResellerUpdate(own.id, credit_limit="1000")):
        with pytest.raises(Forbidden):
            tree.nouns.resellers.update(tree.operator("one"), change)
    assert tree.nouns.resellers.update(tree.operator("one"), ResellerUpdate(leaf.id, credit_limit="10")).credit_limit == "10.00"
    assert tree.nouns.resellers.update(tree.operator("one"), ResellerUpdate(own.id, timezone="Europe/Paris")).timezone == "Europe/Paris"


def test_nobody_gives_what_he_may_not_do(tree: Described) -> None:
    one = tree.operator("one")
    made = tree.nouns.operators.create(one, OperatorCreate("kassa", [GrantFields("clerk", "Sub One", "Shop")]))
    assert (made.grants[0].shop, made.has_password, len(made.code)) == ("Shop", False, 19)
    for grants, error in (
        ([GrantFields("owner", "root")], NotFound),
        ([GrantFields("owner", "Sub Two")], NotFound),
        ([GrantFields("king", "Sub One")], UserError),
        ([], UserError),
        ([GrantFields("clerk", "Sub One", "S1")], UserError),
    ):
        with pytest.raises(error):
            tree.nouns.operators.create(one, OperatorCreate("x", grants))
    boss = tree.store.operators.find("boss")
    assert boss is not None
    with pytest.raises(NotFound):
        tree.nouns.operators.update(one, OperatorUpdate(boss.id, password=PASSWORD))
    with pytest.raises(Conflict):
        tree.nouns.operators.create(one, OperatorCreate("boss", [GrantFields("clerk", "Sub One")]))


def test_the_owner_may_everything_that_anybody_may() -> None:
    assert set(PERMISSIONS) == set(ROLES)
    assert all(granted <= PERMISSIONS["owner"] for granted in PERMISSIONS.values())
    assert "costs.read" not in PERMISSIONS["clerk"] | PERMISSIONS["supervisor"] | PERMISSIONS["read-only"]


def test_the_set_up_code_makes_the_owner_once(empty: Described) -> None:
    empty.apply({"tollhouse": 1, "resellers": [{"name": "root"}]})
    old = empty.nouns.operators.setup_code()
    code = empty.nouns.operators.setup_code()
    assert old is not None and code is not None
    for wrong in (old, "0000-0000-0000-0000", ""):
        with pytest.raises(UserError) as raised:
            empty.nouns.operators.redeem(OperatorRedeem(wrong, "olga", PASSWORD))
        assert raised.value.code == "operator.code_wrong"
    with pytest.raises(UserError):
        empty.nouns.operators.redeem(OperatorRedeem(code, "olga", "short"))
    seen = empty.nouns.operators.redeem(OperatorRedeem(code.lower().replace("-", " "), "olga", PASSWORD, "Olga"))
    assert (seen.login, seen.grants[0].role, seen.grants[0].reseller) == ("olga", "owner", "root")
    assert empty.nouns.operators.setup_code() is None
    with pytest.raises(UserError):
        empty.nouns.operators.redeem(OperatorRedeem(code, "olga", PASSWORD))


def test_the_set_up_code_makes_the_business_of_an_empty_appliance(empty: Described) -> None:
    code = empty.nouns.operators.setup_code()
    assert code is not None
    with pytest.raises(UserError) as raised:
        empty.nouns.operators.redeem(OperatorRedeem(code, "olga", PASSWORD))
    assert raised.value.code == "operator.no_business_yet"
    business = Business("Olga Calls", "USD", "BR", "America/Sao_Paulo", "pt")
    seen = empty.nouns.operators.redeem(OperatorRedeem(code, "olga", PASSWORD, business=business))
    assert seen.grants[0].reseller == "Olga Calls"
    (root,) = empty.nouns.resellers.list(empty.operator("olga"), Listing()).resellers
    assert (root.currency, root.sip_domain, root.timezone) == ("USD", "olga-calls.tollhouse.internal", "America/Sao_Paulo")
    assert [tariff.name for tariff in empty.nouns.tariffs.list(empty.operator("olga"), Listing()).tariffs] == ["retail"]


def test_signing_in_lasts_until_signing_out(described: Described) -> None:
    signs = described.nouns.sign_ins
    session = signs.sign_in(SignIn("owner", "correct horse", client="console"), "192.0.2.7:5000")
    actor = signs.actor_of(session.token)
    assert actor is not None and actor.name == "owner" and actor.grants == (Grant("owner", 1),)
    described.clock.advance(11 * 3600)
    assert signs.actor_of(session.token) is not None
    described.clock.advance(11 * 3600)
    assert signs.actor_of(session.token) is not None
    signs.sign_out(session.token)
    assert signs.actor_of(session.token) is None
    for login, password in (("owner", "wrong"), ("nobody", "correct horse")):
        with pytest.raises(Forbidden) as raised:
            signs.sign_in(SignIn(login, password))
        assert raised.value.code == "sign_in.wrong"


def test_a_session_ends_by_itself_and_with_a_new_password(described: Described) -> None:
    signs = described.nouns.sign_ins
    first, second = (signs.sign_in(SignIn("owner", "correct horse")).token for _ in range(2))
    described.clock.advance(13 * 3600)
    assert signs.actor_of(first) is None
    third = signs.sign_in(SignIn("owner", "correct horse")).token
    described.apply({"tollhouse": 1, "resellers": [{"name": "root", "operators": [{"login": "owner", "password": PASSWORD}]}]})
    assert signs.actor_of(third) is None and signs.actor_of(second) is None


def test_a_reset_shuts_out_until_its_code_is_used(described: Described) -> None:
    signs = described.nouns.sign_ins
    token = signs.sign_in(SignIn("owner", "correct horse")).token
    code = described.nouns.operators.reset(described.owner, OperatorReset("owner"))
    assert signs.actor_of(token) is None
    with pytest.raises(Forbidden):
        signs.sign_in(SignIn("owner", "correct horse"))
    described.clock.advance(8 * 86400)
    with pytest.raises(UserError):
        described.nouns.operators.redeem(OperatorRedeem(code.code, "owner", PASSWORD))
    code = described.nouns.operators.reset(described.owner, OperatorReset("owner"))
    described.nouns.operators.redeem(OperatorRedeem(code.code, "owner", PASSWORD))
    assert signs.sign_in(SignIn("owner", PASSWORD)).operator.login == "owner"
    assert any(act.operation == "operators.reset" for act in described.store.audit.list())


def test_nothing_secret_is_in_the_audit_log(described: Described) -> None:
    described.apply({"tollhouse": 1, "trunks": [{"name": "carrier", "password": "carrier-secret"}]})
    described.nouns.endpoints.reveal(described.owner, ById(1))
    log = str([(act.before, act.after) for act in described.store.audit.list(limit=1000)])
    for secret in ("secret-1", "correct horse", "walk on water", "carrier-secret", "argon2", "alice@example.test", "+31201112233"):
        assert secret not in log


def test_the_audit_log_is_narrowed_by_person_thing_act_and_period(described: Described) -> None:
    log, store = described.nouns.audit_log, described.store
    described.apply({"tollhouse": 1, "customers": [{"name": "=Sum", "reseller": "root"}]})
    described.clock.advance(86_400)
    described.nouns.endpoints.reveal(described.owner, ById(1))

    def acts(**fields: object) -> list[AuditView]:
        page = log.list(described.owner, AuditList(limit=1000, **fields)).run(store)  # type: ignore[arg-type]
        assert isinstance(page, AuditPage)
        return page.acts

    whole = acts()
    assert (whole[0].operation, whole[0].kind, whole[0].subject) == ("endpoints.reveal", "endpoint", "1000001")
    assert [each.operation for each in acts(since=whole[0].at)] == ["endpoints.reveal"]
    assert acts(until=whole[0].at) == whole[1:] and acts(search="NOBODY") == [] and acts(search="FOLDER") == whole
    made = acts(kind="customer", operation="customers.create")
    assert {each.subject for each in made} == {"Alice Shop", "=Sum"}
    assert acts(kind="customer", id=made[0].object_id, operation="customers.") == made[:1]
    file = log.export(described.owner, AuditExport(kind="customer")).run(store)
    assert isinstance(file, CsvText)
    assert file.text.splitlines()[0] == "at,who,operation,kind,object_id,subject,before,after" and ",'=Sum," in file.text
    with pytest.raises(UserError):
        log.list(described.operator("owner"), AuditList(since="yesterday"))

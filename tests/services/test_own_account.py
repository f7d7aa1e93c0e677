"""One's own account: what one may do, another password, the second factor from its QR code to the lost phone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from appliance.clock import SteppedClock
from appliance.errors import Forbidden, UserError
from appliance.services.ground.access import Actor, Grant, folder_owner
from appliance.services.ground.settings import Settings
from appliance.services.ground.stepwise import finish
from appliance.services.people.own_account import permissions_of
from appliance.services.people.second_factor import digits_at
from appliance.services.services import Services
from appliance.store.store import Store
from appliance.wire.operations import Nothing
from appliance.wire.operators import Business, OperatorRedeem, OperatorReset, Session, SignIn
from appliance.wire.session import OwnPassword, SecondFactorConfirm, SecondFactorEnd

PASSWORD = "correct horse battery"
DAY_SECONDS = 86_400.0


class Person:
    """An owner who has signed in once."""

    def __init__(self, services: Services) -> None:
        self.services, self.nouns = services, services.nouns
        self.clock: SteppedClock = services.clock  # type: ignore[assignment]
        code = self.nouns.operators.setup_code()
        assert code is not None
        self.nouns.operators.redeem(OperatorRedeem(code=code, login="mira", password=PASSWORD, business=Business("Harbour Telecom")))
        self.session = self.sign_in()

    def sign_in(self, totp: str = "", *, password: str = PASSWORD, stay: bool = False) -> Session:
        return self.nouns.sign_ins.sign_in(SignIn(login="mira", password=password, totp=totp, stay=stay))

    @property
    def actor(self) -> Actor:
        found = self.nouns.actor_of(self.session.token)
        assert found is not None
        return found

    def now(self, secret: str) -> str:
        return digits_at(secret, self.clock.utcnow() // 30_000)

    def enrol(self) -> tuple[str, list[str]]:
        secret = self.nouns.own_account.offer(self.actor, Nothing()).secret
        made = finish(self.nouns.own_account.confirm(self.actor, SecondFactorConfirm(PASSWORD, secret, self.now(secret))))
        return secret, made.codes


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    clock = SteppedClock()
    numbers = count(1)
    with Store(tmp_path / "data", clock) as store:
        yield Person(
            Services(store, clock, Settings(), lambda size: (next(numbers) * 0x9E3779B97F4A7C15F39CC0605CEDC835).to_bytes(64, "big")[-size:])
        )


def test_the_digits_are_those_of_the_standard() -> None:
    """RFC 6238 appendix B, the SHA-1 rows, of which six of the eight digits are ours."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    at = {59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037"}
    assert {second: digits_at(secret, second // 30) for second in at} == {second: digits[2:] for second, digits in at.items()}


def test_what_one_may_do_is_told_with_the_session(person: Person) -> None:
    view = person.nouns.own_account.view(person.actor, person.session.token)
    assert view.operator is not None and view.operator.login == "mira" and view.expires_at == person.session.expires_at
    assert view.permissions == person.session.permissions and "settings.write" in view.permissions
    clerk = Actor("clerk", 2, (Grant("clerk", reseller_id=1),))
    assert "payments.record" in permissions_of(clerk) and "settings.write" not in permissions_of(clerk)
    assert permissions_of(Actor("program", 1, (Grant("program", reseller_id=1, scopes=frozenset({"calls.read"})),))) == ["calls.read"]
    assert person.nouns.own_account.view(folder_owner(), "").operator is None


def test_a_second_factor_from_offer_to_sign_in(person: Person) -> None:
    offer = person.nouns.own_account.offer(person.actor, Nothing())
    uri = urlsplit(offer.uri)
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp") and parse_qs(uri.query)["secret"] == [offer.secret]
    with pytest.raises(UserError, match=r"second_factor\.wrong"):
        finish(person.nouns.own_account.confirm(person.actor, SecondFactorConfirm(PASSWORD, offer.secret, "000000")))
    with pytest.raises(Forbidden, match=r"own_account\.wrong_password"):
        finish(person.nouns.own_account.confirm(person.actor, SecondFactorConfirm("guessed it", offer.secret, person.now(offer.secret))))
    person.sign_in()  # nothing was kept so far
    finish(person.nouns.own_account.confirm(person.actor, SecondFactorConfirm(PASSWORD, offer.secret, person.now(offer.secret))))
    with pytest.raises(Forbidden, match=r"sign_in\.second_factor "):
        person.sign_in()
    with pytest.raises(Forbidden, match=r"sign_in\.second_factor_wrong"):
        person.sign_in("123456")
    with pytest.raises(Forbidden, match=r"sign_in\.wrong"):
        person.sign_in(person.now(offer.secret), password="guessed it")
    assert person.sign_in(person.now(offer.secret)).operator.second_factor


def test_digits_are_good_once_and_half_a_minute_early_or_late(person: Person) -> None:
    secret, _codes = person.enrol()
    digits = person.now(secret)
    person.sign_in(digits)
    with pytest.raises(Forbidden, match="second_factor_wrong"):
        person.sign_in(digits)
    person.clock.advance(90)
    late = digits_at(secret, person.clock.utcnow() // 30_000 - 1)
    person.sign_in(late)
    with pytest.raises(Forbidden, match="second_factor_wrong"):
        person.sign_in(digits_at(secret, person.clock.utcnow() // 30_000 - 2))


def test_each_recovery_code_signs_in_once(person: Person) -> None:
    _secret, codes = person.enrol()
    assert len(set(codes)) == 8
    person.sign_in(codes[0].lower().replace("-", " "))
    with pytest.raises(Forbidden, match="second_factor_wrong"):
        person.sign_in(codes[0])
    person.clock.advance(60)
    _again, fresh = person.enrol()
    with pytest.raises(Forbidden, match="second_factor_wrong"):
        person.sign_in(codes[1])
    person.sign_in(fresh[1])


def test_ending_it_and_a_reset_take_it_away_with_its_codes(person: Person) -> None:
    _secret, codes = person.enrol()
    with pytest.raises(Forbidden, match=r"own_account\.wrong_password"):
        finish(person.nouns.own_account.end(person.actor, SecondFactorEnd("guessed it")))
    finish(person.nouns.own_account.end(person.actor, SecondFactorEnd(PASSWORD)))
    assert not person.sign_in().operator.second_factor
    person.enrol()
    with pytest.raises(Forbidden, match="second_factor_wrong"):
        person.sign_in(codes[0])
    code = person.nouns.operators.reset(folder_owner(), OperatorReset("mira")).code
    person.nouns.operators.redeem(OperatorRedeem(code=code, login="mira", password=PASSWORD))
    assert not person.sign_in().operator.second_factor


def test_another_password_ends_all_other_sessions(person: Person) -> None:
    other = person.sign_in()
    change = OwnPassword(PASSWORD, "a new and better one")
    with pytest.raises(Forbidden, match=r"own_account\.wrong_password"):
        finish(person.nouns.own_account.set_password(person.actor, OwnPassword("guessed it", "a new and better one"), person.session.token))
    with pytest.raises(UserError, match=r"password\.wrong"):
        finish(person.nouns.own_account.set_password(person.actor, OwnPassword(PASSWORD, "short"), person.session.token))
    finish(person.nouns.own_account.set_password(person.actor, change, person.session.token))
    assert person.nouns.actor_of(other.token) is None and person.nouns.actor_of(person.session.token) is not None
    person.sign_in(password="a new and better one")


def test_a_program_has_no_account_of_its_own(person: Person) -> None:
    program = Actor("program till", 1, (Grant("program", reseller_id=1, scopes=frozenset({"calls.read"})),))
    with pytest.raises(Forbidden, match=r"own_account\.none"):
        person.nouns.own_account.offer(program, Nothing())
    assert person.nouns.own_account.view(program, "").operator is None


def test_who_stays_signed_in_is_known_for_a_month(person: Person) -> None:
    stays, usual = person.sign_in(stay=True), person.sign_in()
    person.clock.advance(20 * DAY_SECONDS)
    assert person.nouns.actor_of(usual.token) is None
    assert person.nouns.actor_of(stays.token) is not None
    person.clock.advance(29 * DAY_SECONDS)
    assert person.nouns.actor_of(stays.token) is not None, "its use begins the month anew"
    person.clock.advance(31 * DAY_SECONDS)
    assert person.nouns.actor_of(stays.token) is None

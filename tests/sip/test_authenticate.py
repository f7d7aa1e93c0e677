"""Challenges, verdicts, replay, stale nonces."""

from __future__ import annotations

import random

import pytest
from msgspec.structs import replace

from appliance.sip import authenticate as authenticate_module
from appliance.sip.authenticate import NONCE_SECONDS, Authenticator, Verdict
from appliance.sip.digest import DigestAnswer, ha1, parse_answer, response_of
from appliance.sip.message import Request
from tests.sip.registering import REALM, Endpoints, answered, register


@pytest.fixture
def endpoints() -> Endpoints:
    made = Endpoints()
    made.add("1001", "secret")
    return made


@pytest.fixture
def authenticator(endpoints: Endpoints) -> Authenticator:
    return Authenticator(endpoints, random.Random(5))


def challenged(authenticator: Authenticator, now: float = 1000.0, request: Request | None = None) -> tuple[Request, Verdict]:
    request = request or register("sip:1001@192.0.2.50")
    verdict = authenticator.check(request, REALM, now, "t")
    assert verdict.response is not None
    return request, verdict


def with_count(request: Request, count: int, secret: str) -> Request:
    """The same credentials under a higher nc."""
    answer = parse_answer(request.get("Authorization") or "")
    assert answer is not None
    answer = answer._replace(nc=f"{count:08x}")
    return with_answer(request, answer._replace(response=response_of(answer, secret, request.method) or ""))


def with_answer(request: Request, answer: DigestAnswer) -> Request:
    again = request.copy()
    fields = ["username", "realm", "nonce", "uri", "response", "cnonce"]
    value = ", ".join(f'{name}="{getattr(answer, name)}"' for name in fields)
    again.set("Authorization", f"Digest {value}, algorithm={answer.algorithm}, qop={answer.qop}, nc={answer.nc}")
    return again


def test_a_challenge_for_each_algorithm_strongest_first(authenticator: Authenticator) -> None:
    _, verdict = challenged(authenticator)
    response = verdict.response
    assert response is not None
    assert response.status == 401
    lines = response.all("WWW-Authenticate")
    assert [("SHA-256" in line, "MD5" in line) for line in lines] == [(True, False), (False, True)]
    assert all(REALM in line and "stale" not in line for line in lines)
    assert not verdict.guess


def test_a_copy_of_a_request_is_asked_under_the_same_tag(authenticator: Authenticator) -> None:
    """Nothing is kept of who has not said his name (RFC 3261 8.2.7)."""
    request, first = challenged(authenticator)
    _, again = challenged(authenticator, 1001.0)
    other = request.copy()
    other.set("Call-ID", "another")
    _, third = challenged(authenticator, 1001.0, other)
    assert first.stateless
    tags = [verdict.response.to.tag for verdict in (first, again, third) if verdict.response is not None]
    assert tags[0] == tags[1] != tags[2]


def test_other_methods_get_407(authenticator: Authenticator) -> None:
    request = register("sip:1001@192.0.2.50")
    request.method = "INVITE"
    _, verdict = challenged(authenticator, request=request)
    assert verdict.response is not None
    assert verdict.response.status == 407
    good = answered(request, verdict.response, "1001", "secret")
    assert authenticator.check(good, REALM, 1001.0).credential is not None


@pytest.mark.parametrize("algorithms", [("SHA-256", "MD5"), ("MD5",), ("SHA-256",), ("MD5", "SHA-256")])
def test_the_right_password(endpoints: Endpoints, algorithms: tuple[str, ...]) -> None:
    authenticator = Authenticator(endpoints, random.Random(5), algorithms)
    request, verdict = challenged(authenticator)
    assert verdict.response is not None
    verdict = authenticator.check(answered(request, verdict.response, "1001", "secret"), REALM, 1001.0)
    assert verdict.credential is not None
    assert (verdict.credential.number, verdict.response, verdict.guess, verdict.username) == ("1001", None, False, "1001")


@pytest.mark.parametrize(("username", "password", "unknown"), [("1001", "wrong", False), ("nobody", "secret", True)])
def test_guesses_look_alike(authenticator: Authenticator, username: str, password: str, unknown: bool) -> None:
    request, verdict = challenged(authenticator)
    assert verdict.response is not None
    verdict = authenticator.check(answered(request, verdict.response, username, password), REALM, 1001.0)
    assert (verdict.credential, verdict.guess, verdict.username, verdict.unknown_user) == (None, True, username, unknown)
    assert verdict.response is not None
    assert verdict.response.status == 401
    assert not any("stale" in line for line in verdict.response.all("WWW-Authenticate"))


def test_another_uri_is_no_fault(authenticator: Authenticator) -> None:
    request, verdict = challenged(authenticator)
    assert verdict.response is not None
    good = answered(request, verdict.response, "1001", "secret", uri="sip:198.51.100.7:6060")
    assert authenticator.check(good, REALM, 1001.0).credential is not None


def test_a_nonce_used_again_needs_a_higher_count(authenticator: Authenticator) -> None:
    request, verdict = challenged(authenticator)
    assert verdict.response is not None
    good = answered(request, verdict.response, "1001", "secret")
    secret = ha1("1001", REALM, "secret", "SHA-256")
    assert authenticator.check(good, REALM, 1001.0).credential is not None
    replay = authenticator.check(good, REALM, 1002.0)
    assert replay.credential is None
    assert not replay.guess
    assert replay.response is not None
    assert "stale=true" in replay.response.all("WWW-Authenticate")[0]
    assert authenticator.check(with_count(good, 2, secret), REALM, 1003.0).credential is not None
    assert authenticator.check(with_count(good, 9, secret), REALM, 1004.0).credential is not None
    assert authenticator.check(with_count(good, 5, secret), REALM, 1005.0).credential is None


def test_without_qop_a_nonce_is_good_once(authenticator: Authenticator) -> None:
    request, verdict = challenged(authenticator)
    assert verdict.response is not None
    response = verdict.response
    lines = [line.replace(', qop="auth"', "") for line in response.all("WWW-Authenticate")]
    response.remove("WWW-Authenticate")
    for line in lines:
        response.add("WWW-Authenticate", line)
    good = answered(request, response, "1001", "secret")
    assert "qop" not in (good.get("Authorization") or "")
    assert authenticator.check(good, REALM, 1001.0).credential is not None
    assert authenticator.check(good, REALM, 1002.0).credential is None


@pytest.mark.parametrize(("nc", "cnonce"), [("1", "c"), ("0000000g", "c"), ("00000001", ""), ("", "c")])
def test_counts_that_are_none(authenticator: Authenticator, nc: str, cnonce: str) -> None:
    request, verdict = challenged(authenticator)
    assert verdict.response is not None
    answer = parse_answer(answered(request, verdict.response, "1001", "secret").get("Authorization") or "")
    assert answer is not None
    answer = answer._replace(nc=nc, cnonce=cnonce)
    answer = answer._replace(response=response_of(answer, ha1("1001", REALM, "secret", "SHA-256"), "REGISTER") or "")
    assert authenticator.check(with_answer(request, answer), REALM, 1001.0).credential is None


def test_a_nonce_in_use_ends_with_its_time(authenticator: Authenticator) -> None:
    request, verdict = challenged(authenticator)
    assert verdict.response is not None
    good = answered(request, verdict.response, "1001", "secret")
    assert authenticator.check(good, REALM, 1001.0).credential is not None
    later = with_count(good, 2, ha1("1001", REALM, "secret", "SHA-256"))
    assert authenticator.check(later, REALM, 1000.0 + NONCE_SECONDS).credential is None


def test_an_old_nonce_is_stale_and_no_guess(authenticator: Authenticator) -> None:
    request, verdict = challenged(authenticator)
    assert verdict.response is not None
    good = answered(request, verdict.response, "1001", "secret")
    late = authenticator.check(good, REALM, 1000.0 + NONCE_SECONDS)
    assert late.response is not None
    assert "stale=true" in late.response.all("WWW-Authenticate")[0]
    assert not late.guess
    bad = answered(request, verdict.response, "1001", "wrong")
    assert authenticator.check(bad, REALM, 1000.0 + NONCE_SECONDS).guess


def test_a_nonce_of_another_run_is_stale(endpoints: Endpoints, authenticator: Authenticator) -> None:
    request, verdict = challenged(Authenticator(endpoints, random.Random(6)))
    assert verdict.response is not None
    verdict = authenticator.check(answered(request, verdict.response, "1001", "secret"), REALM, 1001.0)
    assert verdict.response is not None
    assert "stale=true" in verdict.response.all("WWW-Authenticate")[0]


@pytest.mark.parametrize("nonce", ["", "zz", "00" * 28, "é"])
def test_a_nonce_of_nobody_is_stale(authenticator: Authenticator, nonce: str) -> None:
    request, verdict = challenged(authenticator)
    assert verdict.response is not None
    good = answered(request, verdict.response, "1001", "secret")
    answer = parse_answer(good.get("Authorization") or "")
    assert answer is not None
    forged = answer._replace(nonce=nonce)
    forged = forged._replace(response=response_of(forged, ha1("1001", REALM, "secret", "SHA-256"), "REGISTER") or "")
    verdict = authenticator.check(with_answer(good, forged), REALM, 1001.0)
    assert verdict.credential is None
    assert not verdict.guess


def test_a_nonce_whose_place_a_newer_one_took_is_stale(endpoints: Endpoints, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table has so many places and no more: whoever is pushed out is asked once again, and never let in twice."""
    monkeypatch.setattr(authenticate_module, "MAX_NONCES", 2)
    authenticator = Authenticator(endpoints, random.Random(5))
    secret = ha1("1001", REALM, "secret", "SHA-256")
    used = []
    for seed in range(3):
        request, verdict = challenged(authenticator, 1000.0 + seed)
        assert verdict.response is not None
        used.append(answered(request, verdict.response, "1001", "secret", seed=seed))
    assert [authenticator.check(each, REALM, 1004.0).credential is not None for each in used] == [True, True, True]
    assert [authenticator.check(with_count(each, 2, secret), REALM, 1004.0).credential is not None for each in used] == [False, True, True]
    pushed_out = authenticator.check(used[0], REALM, 1005.0)
    assert pushed_out.response is not None
    assert "stale=true" in pushed_out.response.all("WWW-Authenticate")[0]
    assert not pushed_out.guess


def test_challenges_that_nobody_answers_push_nobody_out(endpoints: Endpoints, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authenticate_module, "MAX_NONCES", 2)
    authenticator = Authenticator(endpoints, random.Random(5))
    request, verdict = challenged(authenticator)
    assert verdict.response is not None
    good = answered(request, verdict.response, "1001", "secret")
    for _ in range(10):
        challenged(authenticator)
    assert authenticator.check(good, REALM, 1001.0).credential is not None
    assert authenticator.check(good, REALM, 1001.0).credential is None


def test_the_count_of_a_nonce_has_an_end(authenticator: Authenticator) -> None:
    request, verdict = challenged(authenticator)
    assert verdict.response is not None
    good = answered(request, verdict.response, "1001", "secret")
    secret = ha1("1001", REALM, "secret", "SHA-256")
    assert authenticator.check(with_count(good, 0xFFFF, secret), REALM, 1001.0).credential is not None
    assert authenticator.check(with_count(good, 0x10000, secret), REALM, 1001.0).credential is None


def test_credentials_for_another_realm_are_not_judged(authenticator: Authenticator) -> None:
    request, verdict = challenged(authenticator)
    request.set("Authorization", 'Digest username="1001", realm="elsewhere", nonce="n", uri="sip:x", response="00"')
    verdict = authenticator.check(request, REALM, 1001.0)
    assert verdict.response is not None
    assert not verdict.guess


def test_the_credentials_for_our_realm_are_found_among_others(authenticator: Authenticator) -> None:
    request, verdict = challenged(authenticator)
    assert verdict.response is not None
    good = answered(request, verdict.response, "1001", "secret")
    good.insert_first("Authorization", 'Digest username="x", realm="elsewhere", nonce="n", uri="sip:x", response="00"')
    good.insert_first("Authorization", "Bearer token")
    assert authenticator.check(good, REALM, 1001.0).credential is not None


def test_other_schemes_and_algorithms_are_challenged(authenticator: Authenticator) -> None:
    for value in ("Basic abc", f'Digest username="1001", realm="{REALM}", nonce="n", algorithm=SHA-512, response="00"'):
        request = register("sip:1001@192.0.2.50", more=(("Authorization", value),))
        verdict = authenticator.check(request, REALM, 1001.0)
        assert verdict.response is not None
        assert (verdict.response.status, verdict.guess) == (401, False)


def test_unreadable_credentials_are_400(authenticator: Authenticator) -> None:
    request = register("sip:1001@192.0.2.50", more=(("Authorization", 'Digest username="1001'),))
    verdict = authenticator.check(request, REALM, 1001.0)
    assert verdict.response is not None
    assert verdict.response.status == 400
    assert authenticator.username(request) == ""


def test_username_without_judging(authenticator: Authenticator) -> None:
    request, verdict = challenged(authenticator)
    assert verdict.response is not None
    assert authenticator.username(request) == ""
    assert authenticator.username(answered(request, verdict.response, "1001", "wrong")) == "1001"


def test_a_password_known_by_its_md5_alone_is_asked_for_again_by_md5(endpoints: Endpoints, authenticator: Authenticator) -> None:
    """A phone that takes the strongest challenge is not judged by a digest that is not there: it gets another chance, by MD5."""
    endpoints.credentials["1001", REALM] = replace(endpoints.credentials["1001", REALM], ha1_sha256="")
    request, verdict = challenged(authenticator)
    assert verdict.response is not None
    first = authenticator.check(answered(request, verdict.response, "1001", "secret"), REALM, 1000.5)
    assert first.credential is None and not first.guess and first.response is not None
    lines = first.response.all("WWW-Authenticate")
    assert ["MD5" in line for line in lines] == [True]
    assert "stale" not in lines[0]
    right = authenticator.check(answered(request, first.response, "1001", "secret"), REALM, 1001.0)
    assert right.credential is not None
    wrong = authenticator.check(answered(request, first.response, "1001", "other"), REALM, 1001.5)
    assert wrong.guess and wrong.credential is None


def test_where_md5_is_not_offered_its_digest_is_no_way_in(endpoints: Endpoints) -> None:
    endpoints.credentials["1001", REALM] = replace(endpoints.credentials["1001", REALM], ha1_sha256="")
    strict = Authenticator(endpoints, random.Random(5), ("SHA-256",))
    request, verdict = challenged(strict)
    assert verdict.response is not None
    again = strict.check(answered(request, verdict.response, "1001", ""), REALM, 1000.5)
    assert again.credential is None and again.guess

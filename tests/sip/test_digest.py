"""Digest words: the RFCs' own examples, both sides, and carriers' oddities."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.sip import digest
from appliance.sip.digest import (
    MAX_HEADER,
    answer_challenge,
    challenge,
    ha1,
    parse_answer,
    parse_challenge,
    parse_parameters,
    response_of,
    split_challenges,
    verify,
)
from appliance.sip.grammar import RemoteProtocolError

NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
REALM = "http-auth@example.org"

# RFC 7616 3.9.1, RFC 2617 3.5, and the form of RFC 2069 worked out by hand.
VECTORS = [
    ("Circle of Life", REALM, "MD5", NONCE, CNONCE, "auth", "8ca523f5e9506fed4657c9700eebdbec"),
    ("Circle of Life", REALM, "SHA-256", NONCE, CNONCE, "auth", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ("Circle Of Life", "testrealm@host.com", "MD5", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "0a4f113b", "auth", "6629fae49393a05397450978507c4ef1"),
    ("Circle Of Life", "testrealm@host.com", "MD5", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "", "", "670fd8c2df070c60b045671b8b24ff02"),
]


def header(realm: str, algorithm: str, nonce: str, cnonce: str, qop: str, response: str) -> str:
    more = f', qop={qop}, nc=00000001, cnonce="{cnonce}"' if qop else ""
    return f'Digest username="Mufasa", realm="{realm}", uri="/dir/index.html", algorithm={algorithm}, nonce="{nonce}"{more}, response="{response}"'


@pytest.mark.parametrize(("password", "realm", "algorithm", "nonce", "cnonce", "qop", "response"), VECTORS)
def test_vectors(password: str, realm: str, algorithm: str, nonce: str, cnonce: str, qop: str, response: str) -> None:
    answer = parse_answer(header(realm, algorithm, nonce, cnonce, qop, response))
    assert answer is not None
    secret = ha1("Mufasa", realm, password, algorithm)
    assert response_of(answer, secret, "GET") == response
    assert verify(answer, secret, "GET")
    assert not verify(answer, secret, "PUT")
    assert not verify(answer, ha1("Mufasa", realm, "wrong", algorithm), "GET")


CHALLENGES = [
    'Digest realm="carrier.example", nonce="abc"',
    'Digest realm="carrier.example", nonce="abc", algorithm=MD5, qop="auth"',
    'Digest realm="carrier.example", nonce="abc", algorithm=MD5-sess, qop="auth"',
    'Digest realm="carrier.example", nonce="abc", algorithm=SHA-256, qop="auth,auth-int", opaque="o\\"p"',
    'Digest realm="carrier.example", nonce="abc", qop="auth-int"',
    'digest Realm="carrier.example",Nonce="abc",ALGORITHM="md5",QOP=auth',
    'Digest realm="say \\"hi\\", \\\\ you", nonce="a,b", algorithm=SHA-256, qop="auth"',
]


@pytest.mark.parametrize("text", CHALLENGES)
def test_an_answer_of_ours_is_right_for_a_server(text: str) -> None:
    asked = parse_challenge(text)
    assert asked is not None
    value = answer_challenge([text], "REGISTER", "sip:carrier.example", 'o"neil', "pässword", random.Random(1), b"body")
    assert value is not None
    answer = parse_answer(value)
    assert answer is not None
    assert (answer.username, answer.realm, answer.nonce, answer.opaque) == ('o"neil', asked.realm, asked.nonce, asked.opaque)
    plain = answer.algorithm.removesuffix("-SESS")
    assert verify(answer, ha1('o"neil', asked.realm, "pässword", plain), "REGISTER", b"body")
    assert answer.qop == ("auth" if "auth" in asked.qop else "auth-int" if asked.qop else "")


def test_the_strongest_challenge_is_answered() -> None:
    both = [challenge("r", "n", "MD5"), challenge("r", "n", "SHA-256")]
    value = answer_challenge(both, "INVITE", "sip:a", "u", "p", random.Random(1))
    assert value is not None
    assert "algorithm=SHA-256" in value
    assert answer_challenge([", ".join(both)], "INVITE", "sip:a", "u", "p", random.Random(1)) is not None


NOT_FOR_US = [
    [],
    ['Basic realm="x"'],
    ['Digest realm="x", nonce="n", algorithm=AKAv1-MD5'],
    ['Digest realm="x", nonce="n", qop="token"'],
    ['Digest realm="x"'],
    ['Digest realm="x, nonce="n"'],
]


@pytest.mark.parametrize("challenges", NOT_FOR_US)
def test_what_cannot_be_met_is_not_answered(challenges: list[str]) -> None:
    assert answer_challenge(challenges, "INVITE", "sip:a", "u", "p", random.Random(1)) is None


def test_two_challenges_in_one_line() -> None:
    line = 'Digest realm="a, b", nonce="1", qop="auth,auth-int", Basic realm="c"'
    assert split_challenges([line, 'Digest realm="d"']) == [
        'Digest realm="a, b", nonce="1", qop="auth,auth-int"',
        'Basic realm="c"',
        'Digest realm="d"',
    ]


def test_our_challenge() -> None:
    assert challenge("a.example", "n", "MD5") == 'Digest realm="a.example", nonce="n", algorithm=MD5, qop="auth"'
    parsed = parse_challenge(challenge("a.example", "n", "SHA-256", stale=True))
    assert parsed is not None
    assert parsed.stale
    assert parsed.qop == ("auth",)


@pytest.mark.parametrize(
    "text",
    [
        'Digest username="a',
        "Digest a=1, a=2",
        "Digest word",
        'Digest username="a"b"c"',
        "Digest " + "x" * MAX_HEADER,
        "Digest " + "".join(f"a{i}=1," for i in range(40)),
    ],
)
def test_faults(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_answer(text)


def test_unknown_algorithms_and_qops_are_never_right() -> None:
    answer = parse_answer(header(REALM, "MD5", NONCE, CNONCE, "auth", "x"))
    assert answer is not None
    assert not verify(answer._replace(algorithm="SHA-512"), "0" * 32, "GET")
    assert not verify(answer._replace(qop="odd"), "0" * 32, "GET")


def test_empty_parts_are_passed_over() -> None:
    answer = parse_answer('Digest username="a",, realm="r",')
    assert answer is not None
    assert (answer.username, answer.realm, answer.algorithm) == ("a", "r", "MD5")


def test_a_challenge_that_cannot_be_read_does_not_hide_the_next() -> None:
    challenges = ['Digest realm="a", realm="b", nonce="n"', 'Digest realm="r", nonce="n"']
    assert answer_challenge(challenges, "INVITE", "sip:a", "u", "p", random.Random(1)) is not None


NAMES = st.sampled_from(["username", "realm", "nonce", "uri", "response", "algorithm", "qop", "nc", "x.y-z_1", "URI", ""])
VALUES = st.one_of(
    st.text(alphabet="abc123:/@+-=", max_size=8),
    st.text(alphabet='ab ,="\\', max_size=8).map(lambda text: f'"{text}"'),
)
SPACES = st.sampled_from(["", " ", "\t", "  "])


@given(st.lists(st.tuples(SPACES, NAMES, SPACES, VALUES, SPACES), max_size=6))
def test_the_quick_way_to_read_parameters_says_what_the_slow_one_says(parts: list[tuple[str, str, str, str, str]]) -> None:
    text = "Digest " + ",".join(f"{before}{name}={between}{value}{after}" for before, name, between, value, after in parts)

    def read() -> object:
        try:
            return parse_parameters(text)
        except RemoteProtocolError as error:
            return error.reason

    quick = read()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digest, "_PLAIN", re.compile("(?!)"))
        assert read() == quick

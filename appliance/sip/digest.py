"""Digest authentication (RFC 3261 22, RFC 7616, RFC 8760): the words of it, for both sides.

Law of this file: text in, text out. Who may answer, and which nonce is good, is not decided here.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import NamedTuple

from appliance.sip.grammar import RemoteProtocolError, Rng, quote, quoted_end, split_outside, unquote

MAX_HEADER = 4096  # characters of one challenge or answer
MAX_PARAMETERS = 32

#: Algorithm as in the header, to the hash; strongest first.
ALGORITHMS = ("SHA-256", "MD5")


# Parameters as nearly everybody writes them; what does not match, doubled names and escapes among it, is taken apart by hand.
# No character can belong to two parts of the pattern, so that it never goes back.
_WRITTEN = r'[ \t]*[A-Za-z0-9_.-]+=(?:"[^"\\]*"|[^\s",=\\]+)'
_PLAIN = re.compile(f"{_WRITTEN}(?:,{_WRITTEN})*")
_FIELD = re.compile(r'([A-Za-z0-9_.-]+)="?((?<=")[^"]*|(?<==)[^\s",]+)')


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


_HASHES: dict[str, Callable[[str], str]] = {"MD5": _md5, "SHA-256": _sha256}


class DigestAnswer(NamedTuple):
    """What a peer's Authorization or Proxy-Authorization says, unquoted. Missing parts are ""."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str  # upper case; "MD5" where nothing is said
    qop: str
    nc: str
    cnonce: str
    opaque: str


_USUAL = frozenset((*DigestAnswer._fields, "stale"))  # names of parameters, in lower case


class DigestChallenge(NamedTuple):
    """What a WWW-Authenticate or Proxy-Authenticate asks for."""

    realm: str
    nonce: str
    algorithm: str  # upper case, "-SESS" kept
    qop: tuple[str, ...]
    opaque: str
    stale: bool


def parse_parameters(text: str) -> dict[str, str] | None:
    """The parameters behind the word Digest, names in lower case, values unquoted; None for another scheme.

    Raises RemoteProtocolError.
    """
    if len(text) > MAX_HEADER:
        raise RemoteProtocolError("Credentials too long")
    scheme, _, rest = text.strip().partition(" ")
    if scheme.lower() != "digest":
        return None
    if _PLAIN.fullmatch(rest):
        found: list[tuple[str, str]] = _FIELD.findall(rest)
        plain = dict(found)
        if not _USUAL.issuperset(plain):
            plain = {name.lower(): value for name, value in found}
        if len(plain) == len(found) <= MAX_PARAMETERS:
            return plain
    parameters: dict[str, str] = {}
    for part in split_outside(rest, ","):
        name, equals, value = part.partition("=")
        name = name.strip().lower()
        if not equals or name in parameters or len(parameters) >= MAX_PARAMETERS:
            if not part:
                continue
            raise RemoteProtocolError("Bad credentials")
        value = value.strip()
        if value.startswith('"') and quoted_end(value, 0) != len(value) - 1:
            raise RemoteProtocolError("Bad credentials")
        parameters[name] = unquote(value)
    return parameters


def parse_answer(text: str) -> DigestAnswer | None:
    """Credentials of a request; None for another scheme than Digest. Raises RemoteProtocolError."""
    parameters = parse_parameters(text)
    if parameters is None:
        return None
    username, realm, nonce, uri, response, algorithm, qop, nc, cnonce, opaque = _ANSWERED(_UNSAID | parameters)
    return DigestAnswer(username, realm, nonce, uri, response.lower(), algorithm.upper(), qop.lower(), nc, cnonce, opaque)


_UNSAID = {**dict.fromkeys(DigestAnswer._fields, ""), "algorithm": "MD5"}
_ANSWERED = itemgetter(*DigestAnswer._fields)


def parse_challenge(text: str) -> DigestChallenge | None:
    """A challenge; None for another scheme than Digest. Raises RemoteProtocolError."""
    parameters = parse_parameters(text)
    if parameters is None:
        return None
    get = parameters.get
    return DigestChallenge(
        get("realm", ""),
        get("nonce", ""),
        get("algorithm", "MD5").upper(),
        tuple(word.strip().lower() for word in get("qop", "").split(",") if word.strip()),
        get("opaque", ""),
        get("stale", "").lower() == "true",
    )


def split_challenges(values: Iterable[str]) -> list[str]:
    """Header lines to single challenges. One line should hold one (RFC 3261 7.3.1); some carriers put two into it.

    A line that cannot be read is passed over.
    """
    challenges: list[str] = []
    for value in values:
        try:
            parts = split_outside(value, ",")
        except RemoteProtocolError:
            continue
        for part in parts:
            word, _, rest = part.partition(" ")
            if rest and "=" not in word and "=" in rest:
                challenges.append(part)
            elif challenges and part:
                challenges[-1] += ", " + part
    return challenges


def challenge(realm: str, nonce: str, algorithm: str, stale: bool = False) -> str:
    """The text of one of our challenges: qop is always auth (RFC 8760 2.4)."""
    ending = ", stale=true" if stale else ""
    return f'Digest realm={quote(realm)}, nonce="{nonce}", algorithm={algorithm}, qop="auth"{ending}'


def ha1(username: str, realm: str, password: str, algorithm: str = "MD5") -> str:
    """Hex of H(user:realm:password); what a credential keeps."""
    return _HASHES[algorithm](f"{username}:{realm}:{password}")


def response_of(answer: DigestAnswer, secret: str, method: str, body: bytes = b"") -> str | None:
    """What `answer.response` must be for the HA1 `secret`; None for an algorithm or qop that is not ours.

    The `uri` is taken as sent (RFC 3261 22.4). Without qop the form of RFC 2069 counts.
    """
    algorithm = answer.algorithm
    session = algorithm.endswith("-SESS")
    hashed = _HASHES.get(algorithm[:-5] if session else algorithm)
    if hashed is None:
        return None
    if session:
        secret = hashed(f"{secret}:{answer.nonce}:{answer.cnonce}")
    if not answer.qop:
        return hashed(f"{secret}:{answer.nonce}:{hashed(f'{method}:{answer.uri}')}")
    if answer.qop == "auth":
        what = f"{method}:{answer.uri}"
    elif answer.qop == "auth-int":
        # A body that is no text is hashed byte by byte; Latin-1 would change under the text form.
        digest = hashlib.md5(body, usedforsecurity=False) if hashed is _md5 else hashlib.sha256(body)
        what = f"{method}:{answer.uri}:{digest.hexdigest()}"
    else:
        return None
    return hashed(f"{secret}:{answer.nonce}:{answer.nc}:{answer.cnonce}:{answer.qop}:{hashed(what)}")


def verify(answer: DigestAnswer, secret: str, method: str, body: bytes = b"") -> bool:
    """Whether the answer was made with the password behind the HA1 `secret`; compared in constant time."""
    wanted = response_of(answer, secret, method, body)
    if wanted is None:
        return False
    return hmac.compare_digest(wanted.encode(), answer.response.encode())


def answer_challenge(challenges: Iterable[str], method: str, uri: str, username: str, password: str, rng: Rng, body: bytes = b"") -> str | None:
    """Our credentials for the strongest of the challenges (RFC 8760 2.3), or None where none can be met.

    `challenges`: the lines of WWW-Authenticate or Proxy-Authenticate. `rng` makes the cnonce.
    """
    best: DigestChallenge | None = None
    for text in split_challenges(challenges):
        try:
            found = parse_challenge(text)
        except RemoteProtocolError:
            continue
        if found is None or not found.nonce or _rank(found) < 0:
            continue
        if best is None or _rank(found) > _rank(best):
            best = found
    if best is None:
        return None
    plain = best.algorithm.removesuffix("-SESS")
    qop = "auth" if "auth" in best.qop else "auth-int" if "auth-int" in best.qop else ""
    cnonce = f"{rng.getrandbits(64):016x}" if qop or best.algorithm != plain else ""
    answer = DigestAnswer(username, best.realm, best.nonce, uri, "", best.algorithm, qop, "00000001" if qop else "", cnonce, best.opaque)
    response = response_of(answer, ha1(username, best.realm, password, plain), method, body)
    parts = [
        f"Digest username={quote(username)}",
        f"realm={quote(best.realm)}",
        f"nonce={quote(best.nonce)}",
        f"uri={quote(uri)}",
        f'response="{response}"',
        f"algorithm={best.algorithm.replace('-SESS', '-sess')}",
    ]
    if cnonce:
        parts.append(f'cnonce="{cnonce}"')
    if qop:
        parts.append(f"qop={qop}")
        parts.append("nc=00000001")
    if best.opaque:
        parts.append(f"opaque={quote(best.opaque)}")
    return ", ".join(parts)


def _rank(found: DigestChallenge) -> int:
    """-1 for what we cannot answer, else higher for stronger."""
    plain = found.algorithm.removesuffix("-SESS")
    if plain not in _HASHES or (found.qop and "auth" not in found.qop and "auth-int" not in found.qop):
        return -1
    return len(ALGORITHMS) - ALGORITHMS.index(plain)

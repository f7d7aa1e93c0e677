"""Who sends this request: the server's side of digest (RFC 3261 22, 7616, 8760).

Law of this file: nonces are made without state; the one table is that of nonces in use, against replay, and its size
never changes: nonces are numbered, and each has the place of its number. A nonce whose place a newer one has taken is
stale, so is an old one: a right answer under it is asked again with stale=true; a wrong one is a judged guess, whatever
its nonce. Unknown users cost and look the same as wrong passwords.
"""

from __future__ import annotations

import hashlib
import hmac
from array import array
from typing import NamedTuple

from appliance.sip.digest import DigestAnswer, challenge, parse_answer, verify
from appliance.sip.grammar import RemoteProtocolError, Rng
from appliance.sip.message import Request, Response, response_to
from appliance.sip.policy import Credential, Policy

NONCE_SECONDS = 300  # how long a nonce is good
MAX_NONCES = 131_072  # places for nonces in use, 8 bytes each: enough for 436 answers a second under nonces of their own
MAX_COUNT = 0xFFFF  # uses of one nonce
MAX_CREDENTIALS = 8  # Authorization lines of one request that are looked at
MAX_USERNAME = 256
SECRET_BITS = 256

_NOBODY = Credential(0, "", "", "0" * 32, "0" * 64)


class Verdict(NamedTuple):
    """Either `credential` is set and the sender is known, or `response` is what to answer.

    `guess`: a wrong password or unknown user was judged; `username` is whose, as the message has it. `stateless`: a copy of
    the request may be asked all the same, so that nothing need be kept of it (RFC 3261 8.2.7).
    """

    credential: Credential | None
    response: Response | None
    guess: bool = False
    username: str = ""
    unknown_user: bool = False
    stateless: bool = False


class Authenticator:
    """Challenges and judges. `algorithms` in the order of the challenges (`sip.digest_algorithms`)."""

    __slots__ = ("_algorithms", "_made", "_policy", "_rng", "_secret", "_used")

    def __init__(self, policy: Policy, rng: Rng, algorithms: tuple[str, ...] = ("SHA-256", "MD5")) -> None:
        self._policy = policy
        self._rng = rng
        self._algorithms = algorithms
        self._secret = rng.getrandbits(SECRET_BITS).to_bytes(SECRET_BITS // 8, "big")
        self._made = 0  # nonces
        # Number of a nonce times 65,536, and its highest nc. A newer nonce has the greater value, and so has a later use.
        self._used = array("Q", bytes(8 * MAX_NONCES))

    def check(self, request: Request, realm: str, now: float, to_tag: str = "") -> Verdict:
        """Judge a request's credentials. `realm`: what to challenge with; credentials of any realm the policy knows do.

        The challenge is 401 to REGISTER and 407 to all else; credentials are taken from either header.
        """
        try:
            answer = self._pick(request, realm)
        except RemoteProtocolError as error:
            return Verdict(None, response_to(request, 400, error.reason, to_tag))
        if answer is None:
            return Verdict(None, self.challenge(request, realm, now, self._tag(request)), stateless=True)
        if answer.algorithm not in self._algorithms or len(answer.username) > MAX_USERNAME:
            return Verdict(None, self.challenge(request, realm, now, to_tag))
        credential = self._policy.credential(answer.username, answer.realm)
        if credential is None and answer.realm != realm:
            # Made for another server or an ended realm: nothing to judge.
            return Verdict(None, self.challenge(request, realm, now, to_tag))
        if credential is not None and answer.algorithm == "SHA-256" and not credential.ha1_sha256 and "MD5" in self._algorithms:
            # Only the MD5 digest of this password is known: nothing is judged, and the phone is asked again by that alone.
            return Verdict(None, self.challenge(request, realm, now, to_tag, only="MD5"), username=answer.username)
        known = credential or _NOBODY
        secret = known.ha1_sha256 if answer.algorithm == "SHA-256" else known.ha1_md5
        right = verify(answer, secret, request.method, request.body) and bool(secret)
        if credential is None or not right:
            refused = self.challenge(request, realm, now, to_tag)
            return Verdict(None, refused, True, answer.username, credential is None)
        if not self._fresh(answer, now):
            return Verdict(None, self.challenge(request, realm, now, to_tag, stale=True), username=answer.username)
        return Verdict(credential, None, username=answer.username)

    def challenge(self, request: Request, realm: str, now: float, to_tag: str = "", stale: bool = False, only: str = "") -> Response:
        """The 401 or 407 for a request, one challenge for each algorithm, strongest as configured first, or for one alone."""
        register = request.method == "REGISTER"
        response = response_to(request, 401 if register else 407, None, to_tag)
        nonce = self._new_nonce(now)
        name = "WWW-Authenticate" if register else "Proxy-Authenticate"
        for algorithm in (only,) if only else self._algorithms:
            response.headers.append((name, challenge(realm, nonce, algorithm, stale)))
        return response

    def username(self, request: Request) -> str:
        """The user name in a request's credentials, "" where there is none to read. Nothing is judged."""
        try:
            answer = self._pick(request, "")
        except RemoteProtocolError:
            return ""
        return "" if answer is None else answer.username

    def _pick(self, request: Request, realm: str) -> DigestAnswer | None:
        """The credentials for `realm`, else the first digest ones."""
        first: DigestAnswer | None = None
        for name in ("Authorization", "Proxy-Authorization"):
            if request.get(name) is None:
                continue
            for text in request.all(name)[:MAX_CREDENTIALS]:
                answer = parse_answer(text)
                if answer is None:
                    continue
                if answer.realm == realm:
                    return answer
                first = first or answer
        return first

    def _new_nonce(self, now: float) -> str:
        """Hex of: seconds (4 bytes), number (6 bytes), chance (8 bytes), proof of all (16 bytes)."""
        self._made += 1
        head = ((int(now) & 0xFFFFFFFF) << 112 | (self._made & 0xFFFFFFFFFFFF) << 64 | self._rng.getrandbits(64)).to_bytes(18, "big")
        return (head + self._proof(head)).hex()

    def _tag(self, request: Request) -> str:
        """A To tag that copies of the request get too."""
        return hashlib.blake2b(f"{request.via.branch} {request.call_id}".encode(), key=self._secret, digest_size=8).hexdigest()

    def _proof(self, head: bytes) -> bytes:
        """16 bytes that only we can make. Keyed BLAKE2 (RFC 7693 2.9): as good as HMAC here, and a tenth of its cost."""
        return hashlib.blake2b(head, key=self._secret, digest_size=16).digest()

    def _fresh(self, answer: DigestAnswer, now: float) -> bool:
        """Whether the nonce is ours, young, and not used so before; notes its use."""
        try:
            raw = bytes.fromhex(answer.nonce)
        except ValueError:
            return False
        if len(raw) != 34 or not hmac.compare_digest(self._proof(raw[:18]), raw[18:]):
            return False
        if not -1 <= now - int.from_bytes(raw[:4], "big") < NONCE_SECONDS:
            return False
        count = self._count(answer)
        if count is None:
            return False
        number = int.from_bytes(raw[4:10], "big")
        place, use = number % len(self._used), number << 16 | count
        if use <= self._used[place]:
            return False
        self._used[place] = use
        return True

    @staticmethod
    def _count(answer: DigestAnswer) -> int | None:
        """nc as a number. Without qop there is none, and such a nonce is good once."""
        if not answer.qop:
            return 1
        try:
            count = int(answer.nc, 16) if len(answer.nc) == 8 and answer.cnonce else 0
        except ValueError:
            return None
        return count if 0 < count <= MAX_COUNT else None

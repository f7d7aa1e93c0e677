"""Certificates from an authority by ACME (RFC 8555), proved over plain HTTP (8.3, http-01): one for each of the resellers' host names.

The authority is asked in a thread, one host after the other; what it refuses is tried again after growing pauses, since it counts how
often it is asked. The account's key is DIR/certificates/acme/account.key.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from appliance import __version__
from appliance.clock import Clock
from appliance.errors import EnvironmentFault
from appliance.logs import event
from appliance.server_certificates import ACME, Certificates, Pair, acme_pair, write_pair

log = logging.getLogger("tollhouse.server")

WAIT_SECONDS = 120
REPLY_SECONDS = 30
FIRST_PAUSE_MS, LONGEST_PAUSE_MS = 600_000, 86_400_000
MOST_CHALLENGES = 1000
ACCOUNT = "account.key"


class Authority(NamedTuple):
    """Whom certificates are asked of. `roots`: a file of certificates that vouch for the authority itself, "" for those of this computer."""

    directory: str
    email: str
    roots: str = ""


class Wanted(NamedTuple):
    """What the settings say now: whether certificates are asked for at all, of whom, and for which hosts."""

    on: bool
    authority: Authority
    hosts: tuple[str, ...]


Challenges = dict[str, str]
"""What the authority looks for under /.well-known/acme-challenge/: token to answer."""


class AcmeCertificates:
    """`follow` is the job: asks for what is missing or has less than a third of its time left."""

    def __init__(
        self,
        folder: Path,
        certificates: Certificates,
        wanted: Callable[[], Wanted],
        in_thread: Callable[..., Any],
        clock: Clock,
    ) -> None:
        self._folder = folder
        self._certificates = certificates
        self._wanted = wanted
        self._in_thread = in_thread
        self._clock = clock
        self._busy = False
        self._pauses: dict[str, tuple[int, int]] = {}
        self.challenges: Challenges = {}
        self.faults: dict[str, str] = {}

    def follow(self) -> None:
        """One host at most; the next job takes the next."""
        wanted = self._wanted()
        if self._busy or not wanted.on:
            return
        now = self._clock.utcnow()
        for host in wanted.hosts:
            if self._due(host, now) and self._pauses.get(host, (0, 0))[0] <= now:
                self._busy = True
                self.challenges.clear()
                waiting = self._in_thread(lambda asked=host: obtain(wanted.authority, asked, self._folder, self.challenges))
                waiting.addCallbacks(self._came, self._failed, callbackArgs=(host,), errbackArgs=(host,))
                return

    def _due(self, host: str, now: int) -> bool:
        known = self._certificates.acme(host)
        return known is None or host not in known.names or known.until_at - now < (known.until_at - known.from_at) // 3

    def _came(self, _done: object, host: str) -> None:
        self._busy = False
        self._pauses.pop(host, None)
        self.faults.pop(host, None)
        self.challenges.clear()
        event(log, "certificate", host=host)
        self._certificates.look()
        self.follow()

    def _failed(self, failure: Any, host: str) -> None:
        self._busy = False
        self.challenges.clear()
        pause = min(max(FIRST_PAUSE_MS, self._pauses.get(host, (0, 0))[1] * 2), LONGEST_PAUSE_MS)
        self._pauses[host] = (self._clock.utcnow() + pause, pause)
        self.faults[host] = str(failure.value)[:300]
        log.warning("the authority gave no certificate for %s; it is asked again in %d minutes: %s", host, pause // 60_000, self.faults[host])
        self.follow()


def obtain(authority: Authority, host: str, folder: Path, challenges: Challenges) -> None:
    """Ask the authority and write what it gives; for a thread. EnvironmentFault acme.refused with the authority's own words."""
    import josepy.errors
    from acme import challenges as kinds
    from acme import client, errors, messages
    from josepy.jwa import ES256
    from josepy.jwk import JWKEC

    try:
        account_key = JWKEC(key=_account_key(folder))
        verify: Any = authority.roots or True
        net = client.ClientNetwork(account_key, alg=ES256, verify_ssl=verify, user_agent=f"tollhouse/{__version__}", timeout=REPLY_SECONDS)
        acme = client.ClientV2(client.ClientV2.get_directory(authority.directory, net), net)
        asked = messages.NewRegistration.from_data(email=authority.email or None, terms_of_service_agreed=True)
        try:
            net.account = acme.new_account(asked)
        except errors.ConflictError as known:
            net.account = messages.RegistrationResource(uri=known.location, body=messages.Registration())
        request, key = _request(host)
        order = acme.new_order(request)
        for each in order.authorizations:
            if each.body.status == messages.STATUS_VALID:
                continue
            found = next((offer for offer in each.body.challenges if isinstance(offer.chall, kinds.HTTP01)), None)
            if found is None:
                raise EnvironmentFault("acme.refused", host=host, reason="http-01 is not offered")
            response, answer = found.response_and_validation(net.key)
            if len(challenges) < MOST_CHALLENGES:
                challenges[found.chall.encode("token")] = answer
            acme.answer_challenge(found, response)
        deadline = datetime.datetime.now() + datetime.timedelta(seconds=WAIT_SECONDS)
        done = acme.poll_and_finalize(order, deadline)
    except (errors.Error, messages.Error, OSError, ValueError, josepy.errors.Error) as error:
        raise EnvironmentFault("acme.refused", host=host, reason=_reason(error)) from error
    write_pair(acme_pair(folder, host), done.fullchain_pem.encode(), key)


def usable_hosts(hosts: Sequence[str]) -> tuple[str, ...]:
    """Those that an authority of the internet could vouch for: names with a dot that are no address, safe as names of files."""
    plain = dict.fromkeys(host.lower().rstrip(".") for host in hosts)
    return tuple(
        each
        for each in plain
        if "." in each
        and len(each) <= 253
        and all(part and part.strip("-") == part and part.replace("-", "a").isalnum() for part in each.split("."))
        and each.isascii()
        and not each.rpartition(".")[2].isdigit()
    )


def _account_key(folder: Path) -> Any:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    file = folder / ACME / ACCOUNT
    if not file.exists():
        made = ec.generate_private_key(ec.SECP256R1())
        pem = made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        public = made.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        write_pair(Pair(folder / ACME / "account.pub", file), public, pem)
    try:
        return serialization.load_pem_private_key(file.read_bytes(), None)
    except OSError as error:
        raise EnvironmentFault("certificate.unreadable", file=file, reason=error.strerror or error) from error


def _request(host: str) -> tuple[bytes, bytes]:
    """A certificate signing request and its new key, as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return request.public_bytes(serialization.Encoding.PEM), pem


def _reason(error: BaseException) -> str:
    """What the authority said, in one line."""
    failed = getattr(error, "failed_authzrs", None)
    if failed:
        said = [str(offer.error.detail) for each in failed for offer in each.body.challenges if offer.error is not None]
        return "; ".join(said)[:300] or "the proof was not taken"
    return " ".join(str(error).split())[:300] or type(error).__name__

"""The certificate of ours that a trunk's carrier wants to see (RFC 5246 7.4.6): what was given is looked at once, then kept sealed.

Law: what is kept can be shown. Who gives a certificate without its key, or one that ran out, hears so at once, not from a carrier that
hangs up without a word.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from appliance.errors import UserError
from appliance.services.ground.columns import Sql
from appliance.services.ground.hot import Hot
from appliance.services.ground.hot_rows import HotTrunk
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room

FIELD = "certificate"

LONGEST_NAME = 200
LONGEST = 100_000  # characters: a certificate with key and a long chain has some 10,000
LEAST_BITS, LEAST_CURVE_BITS = 2048, 224
"""Of a key; a shorter one is shown by no TLS library of today (112 bits of security, OpenSSL's level 2)."""

_BEGIN = "-----BEGIN "


class OwnCertificate(NamedTuple):
    """`pem`: certificate, what leads from it to its authority, key; `name`: what it calls us; `until_at`: when it runs out."""

    pem: str
    name: str
    until_at: int


class OwnCertificates:
    """What carriers are shown, out of what the look-ups keep."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def shown(self, address: str, named: str) -> str:
        """PEM of what whoever is at `address` is shown, "" for the server's own.

        `named`: `HotTrunk.certificate` as it was when the flow was made, "" where that has none or the carrier made it: its connection
        is gone in the middle of a call, and whose address it is tells.
        """
        hot = self._room.hot
        trunk = hot.trunks.get(int(named.partition(":")[0])) if named else self._at(hot, address)
        if trunk is None or trunk.certificate_sealed is None:
            return ""
        return self._room.sealer.open(trunk.certificate_sealed, purpose(trunk.id))

    def _at(self, hot: Hot, address: str) -> HotTrunk | None:
        """The one trunk there; None where another with the server's own certificate leads to the same host."""
        owner = hot.trunk_addresses.find(address, 0)
        trunk = None if owner is None else hot.trunks.get(owner.trunk_id)
        if trunk is None or any(each.host == trunk.host and not each.certificate for each in hot.usable_trunks()):
            return None
        return trunk


def certificate_columns(room: Room, trunk_id: int, given: str | None, kept: str | None) -> dict[str, Sql]:
    """A trunk's columns for what was given, null and "" for none; empty where it is what is `kept` already.

    UserError trunk.certificate_wrong, trunk.certificate_no_key, trunk.certificate_other_key, trunk.certificate_weak, trunk.certificate_over.
    """
    if not given:
        return {"certificate_sealed": None, "certificate_name": "", "certificate_until_at": None}
    own = own_certificate(given, FIELD)
    if own.pem == kept:
        return {}
    if own.until_at <= room.clock.utcnow():
        raise UserError("trunk.certificate_over", field=FIELD, until=(stamp(own.until_at) or "")[:10])
    sealed = room.sealer.seal(own.pem, purpose(trunk_id))
    return {"certificate_sealed": sealed, "certificate_name": own.name, "certificate_until_at": own.until_at}


def purpose(trunk_id: int) -> str:
    """What a sealed certificate is bound to."""
    return f"trunk certificate:{trunk_id}"


def own_certificate(text: str, field: str) -> OwnCertificate:
    """What stands in `text`, PEM in any order and with anything between. UserError as `certificate_columns`, but for the one that ran out."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    blocks = list(_blocks(text)) if len(text) <= LONGEST else []
    certificates = _certificates([block for kind, block in blocks if kind == "CERTIFICATE"], field)
    key = _key([block for kind, block in blocks if kind.endswith("PRIVATE KEY")], field)
    own = next((each for each in certificates if each.public_key() == key.public_key()), None)
    if own is None:
        raise UserError("trunk.certificate_other_key", field=field)
    chain = _in_order(own, certificates)
    if any(_weak(each.public_key()) for each in chain):
        raise UserError("trunk.certificate_weak", field=field, bits=LEAST_BITS)
    shown = [each.public_bytes(Encoding.PEM) for each in chain]
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return OwnCertificate(b"".join((*shown, secret)).decode(), _name(own), round(own.not_valid_after_utc.timestamp() * 1000))


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """What each block of the text is said to hold, and the block."""
    for part in text.split(_BEGIN)[1:]:
        kind = part.partition("-----")[0]
        within, end, _ = part.partition(f"-----END {kind}-----")
        if end:
            yield kind, f"{_BEGIN}{within}{end}"


def _certificates(blocks: list[str], field: str) -> list[Any]:
    """At least one, whose keys are of a kind that we know."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        found = [x509.load_pem_x509_certificate(block.encode()) for block in blocks]
        for each in found:
            each.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise UserError("trunk.certificate_wrong", field=field) from error
    if not found:
        raise UserError("trunk.certificate_wrong", field=field)
    return found


def _key(blocks: list[str], field: str) -> Any:
    """The one key, which no password protects."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        (block,) = blocks
        return load_pem_private_key(block.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:  # TypeError: it wants its password
        raise UserError("trunk.certificate_no_key", field=field) from error


def _weak(key: Any) -> bool:
    """Whether a public key is shorter than may be shown."""
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.key_size < LEAST_CURVE_BITS
    return isinstance(key, rsa.RSAPublicKey | dsa.DSAPublicKey) and key.key_size < LEAST_BITS


def _in_order(own: Any, certificates: list[Any]) -> list[Any]:
    """The certificate, then who gave each; what does not lead from it to its authority is left out."""
    shown, left = [own], [each for each in certificates if each != own]
    while left:
        above = next((each for each in left if each.subject == shown[-1].issuer), None)
        if above is None:
            break
        shown.append(above)
        left.remove(above)
    return shown


def _name(certificate: Any) -> str:
    """Whom it is for, in a word: the first name that it gives us, else the common one."""
    from cryptography import x509

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        said = [*names.get_values_for_type(x509.DNSName), *names.get_values_for_type(x509.UniformResourceIdentifier)]
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        said = []
    common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(next(iter([*said, *(each.value for each in common)]), "") or certificate.subject.rfc4514_string())[:LONGEST_NAME]

"""A small authority on loopback that speaks ACME (RFC 8555): nonces, signatures, http-01, certificates of its own root."""

from __future__ import annotations

import base64
import datetime
import hashlib
import http.client
import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import NameOID


def unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Authority:
    """`proof_port`: where every host's plain HTTP is asked. `days`: how long certificates are good. `refuse`: says no to every proof."""

    def __init__(self, proof_port: int, days: float = 90.0) -> None:
        self.proof_port, self.days, self.refuse = proof_port, days, False
        self.accounts: dict[str, dict[str, str]] = {}
        self.orders: list[dict[str, Any]] = []
        self.nonces: set[str] = set()
        self.issued: list[str] = []
        self.emails: list[list[str]] = []
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.root = self._certificate(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Stub root")]), self.key.public_key(), None, 3650)
        authority = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None: ...

            def do_GET(self) -> None:
                authority.answer(self, "GET", b"")

            def do_HEAD(self) -> None:
                authority.answer(self, "HEAD", b"")

            def do_POST(self) -> None:
                authority.answer(self, "POST", self.rfile.read(int(self.headers.get("content-length") or 0)))

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.directory = f"{self.base}/directory"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join(5)

    @property
    def root_pem(self) -> bytes:
        return self.root.public_bytes(serialization.Encoding.PEM)

    # requests ------------------------------------------------------------------------------------------------------
    def answer(self, handler: Any, method: str, body: bytes) -> None:
        status, headers, reply = self._answer(handler.path, method, body)
        data = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
        handler.send_response(status)
        nonce = secrets.token_urlsafe(12)
        self.nonces.add(nonce)
        kind = "application/pem-certificate-chain" if isinstance(reply, bytes) and reply else "application/json"
        kind = "application/problem+json" if status >= 400 else kind
        for name, value in {"Replay-Nonce": nonce, "Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        if method != "HEAD":
            handler.wfile.write(data)

    def _answer(self, path: str, method: str, body: bytes) -> tuple[int, dict[str, str], Any]:
        if path == "/directory":
            return 200, {}, {name: f"{self.base}/{name}" for name in ("newNonce", "newAccount", "newOrder")}
        if path == "/newNonce":
            return (200 if method == "HEAD" else 204), {}, b""
        said, payload, account = self._opened(body, path)
        if said:
            return 400, {}, {"type": f"urn:ietf:params:acme:error:{said}", "detail": said}
        parts = path.strip("/").split("/")
        if parts[0] == "newAccount":
            self.emails.append(payload.get("contact", []))
            assert payload.get("termsOfServiceAgreed") is True
            known = account in self.accounts
            self.accounts[account] = {}
            return (200 if known else 201), {"Location": f"{self.base}/account/{account}"}, {"status": "valid"}
        if parts[0] == "newOrder":
            host = payload["identifiers"][0]["value"]
            self.orders.append({"host": host, "status": "pending", "token": secrets.token_urlsafe(16), "account": account, "pem": b"", "why": ""})
            number = len(self.orders) - 1
            return 201, {"Location": f"{self.base}/order/{number}"}, self._order(number)
        number = int(parts[1])
        order = self.orders[number]
        if parts[0] == "challenge" and payload == {}:
            self._prove(order)
        if parts[0] == "finalize":
            assert order["status"] == "ready"
            self._issue(order, x509.load_der_x509_csr(unpacked(payload["csr"])))
        if parts[0] == "cert":
            return 200, {}, order["pem"]
        if parts[0] == "challenge":
            return 200, {"Link": f'<{self.base}/authz/{number}>;rel="up"'}, self._challenge(number)
        if parts[0] == "authz":
            state = {"pending": "pending", "invalid": "invalid"}.get(order["status"], "valid")
            return 200, {}, {"status": state, "identifier": {"type": "dns", "value": order["host"]}, "challenges": [self._challenge(number)]}
        return 200, {"Location": f"{self.base}/order/{number}"}, self._order(number)

    def _opened(self, body: bytes, path: str) -> tuple[str, Any, str]:
        """The payload of a signed request (RFC 8555 6.2) and the thumbprint of who signed; or what is wrong with it."""
        sent = json.loads(body)
        head = json.loads(unpacked(sent["protected"]))
        if head.get("nonce") not in self.nonces:
            return "badNonce", None, ""
        self.nonces.discard(head["nonce"])
        if head.get("url") != f"{self.base}{path}" or head.get("alg") != "ES256":
            return "malformed", None, ""
        if "jwk" in head:
            jwk = head["jwk"]
            thumb = packed(
                hashlib.sha256(json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":")).encode()).digest()
            )
            self._keys = getattr(self, "_keys", {})
            self._keys[thumb] = jwk
        else:
            thumb = head["kid"].rpartition("/")[2]
            if thumb not in self.accounts:
                return "accountDoesNotExist", None, ""
            jwk = self._keys[thumb]
        numbers = ec.EllipticCurvePublicNumbers(*(int.from_bytes(unpacked(jwk[name]), "big") for name in ("x", "y")), ec.SECP256R1())
        raw = unpacked(sent["signature"])
        signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        try:
            numbers.public_key().verify(signature, f"{sent['protected']}.{sent['payload']}".encode(), ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return "unauthorized", None, ""
        return "", json.loads(unpacked(sent["payload"])) if sent["payload"] else None, thumb

    # steps ---------------------------------------------------------------------------------------------------------
    def _order(self, number: int) -> dict[str, Any]:
        order = self.orders[number]
        made = {
            "status": order["status"],
            "identifiers": [{"type": "dns", "value": order["host"]}],
            "authorizations": [f"{self.base}/authz/{number}"],
            "finalize": f"{self.base}/finalize/{number}",
        }
        return {**made, "certificate": f"{self.base}/cert/{number}"} if order["pem"] else made

    def _challenge(self, number: int) -> dict[str, Any]:
        order = self.orders[number]
        state = {"pending": "pending", "invalid": "invalid"}.get(order["status"], "valid")
        made = {"type": "http-01", "url": f"{self.base}/challenge/{number}", "token": order["token"], "status": state}
        return {**made, "error": {"type": "urn:ietf:params:acme:error:unauthorized", "detail": order["why"]}} if order["why"] else made

    def _prove(self, order: dict[str, Any]) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.proof_port, timeout=10)
        line.request("GET", f"/.well-known/acme-challenge/{order['token']}", headers={"host": order["host"]})
        got = line.getresponse().read().decode().strip()
        line.close()
        right = got == f"{order['token']}.{order['account']}" and not self.refuse
        order["status"] = "ready" if right else "invalid"
        order["why"] = "" if right else f"no proof for {order['host']}"

    def _issue(self, order: dict[str, Any], request: x509.CertificateSigningRequest) -> None:
        names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
        assert request.is_signature_valid and names == [order["host"]]
        made = self._certificate(request.subject, request.public_key(), order["host"], self.days)
        order["pem"] = made.public_bytes(serialization.Encoding.PEM) + self.root_pem
        order["status"] = "valid"
        self.issued.append(order["host"])

    def _certificate(self, subject: x509.Name, key: Any, host: str | None, days: float) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        root = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Stub root")])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(root)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        if host is not None:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        else:
            usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
            builder = builder.add_extension(usage, critical=True)
        return builder.sign(self.key, hashes.SHA256())

"""SIP, SIPS and tel URIs (RFC 3261 19.1, 3966).

Law of this file: a URI is read once and never changed; `replaced` makes another. User parts are kept as they came
(escaped), `number` gives them to those who dial.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote as percent_decode

from appliance.sip.grammar import RemoteProtocolError, encode_parameters, join_host_port, parse_parameters, split_host_port

MAX_URI_LENGTH = 2048
MAX_REMEMBERED_URIS = 2048  # read before and kept
MAX_REMEMBERED_LENGTH = 160  # characters; longer ones are read anew each time

_USER_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()&=+$,;?/")
_HOST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._")
_HOST6 = frozenset("0123456789abcdefABCDEF:.%")
# RFC 3261 19.1.4: these must match, or be absent in both.
_COMPARED = ("user", "ttl", "method", "maddr", "transport")
_DEFAULT_PORTS = {"sip": 5060, "sips": 5061}


class SipUri:
    """`scheme:user:password@host:port;params?headers`. For tel the number is `user` and `host` is empty."""

    __slots__ = ("headers", "host", "number", "params", "password", "port", "scheme", "user")

    number: str  # what was dialled

    def __init__(
        self,
        user: str,
        host: str,
        port: int | None = None,
        params: dict[str, str | None] | None = None,
        scheme: str = "sip",
        password: str | None = None,
        headers: str = "",
    ) -> None:
        self.scheme = scheme
        self.user = user  # as on the wire, escaped; "" where there is none
        self.password = password
        self.host = host  # without brackets
        self.port = port
        self.params: dict[str, str | None] = {} if params is None else params
        self.headers = headers  # the text behind "?"

    @classmethod
    def parse(cls, text: str) -> SipUri:
        """Raises RemoteProtocolError: 416 for a scheme that is none of ours, 414 for length, else 400."""
        return _remembered(text) if len(text) <= MAX_REMEMBERED_LENGTH else cls._read(text)

    @classmethod
    def _read(cls, text: str) -> SipUri:
        if len(text) > MAX_URI_LENGTH:
            raise RemoteProtocolError("URI too long", 414)
        scheme, colon, rest = text.partition(":")
        if scheme != "sip":
            scheme = scheme.lower()
            if not colon or not scheme or not scheme[0].isalpha():
                raise RemoteProtocolError("Bad URI")
            if scheme == "tel":
                return cls._parse_tel(rest)
            if scheme not in ("sip", "sips"):
                raise RemoteProtocolError("Unsupported URI scheme", 416)
        # An "@" may not stand raw in host, parameters or headers, so the last one ends the user part.
        userinfo, at, rest = rest.rpartition("@")
        user, password = userinfo, None
        if at:
            if ":" in userinfo:
                user, _, password = userinfo.partition(":")
            if not user:
                raise RemoteProtocolError("Bad URI")
        headers = ""
        if "?" in rest:
            rest, _, headers = rest.partition("?")
        params: dict[str, str | None] = {}
        if ";" in rest:
            rest, _, tail = rest.partition(";")
            params = parse_parameters(tail)
        host, port = split_host_port(rest) if ":" in rest else (rest, None)
        if not host or not (_HOST if ":" not in host else _HOST6).issuperset(host):
            raise RemoteProtocolError("Bad host in URI")
        return cls(user, host, port, params, scheme, password, headers)

    @classmethod
    def _parse_tel(cls, rest: str) -> SipUri:
        number, semicolon, tail = rest.partition(";")
        if not number or not any(char.isdigit() or char in "*#" for char in number):
            raise RemoteProtocolError("Bad tel URI")
        return cls(number, "", None, parse_parameters(tail) if semicolon else None, "tel")

    if not TYPE_CHECKING:  # which shall go on finding names that nobody has

        def __getattr__(self, name: str) -> str:
            """The number, which nobody has asked for before."""
            if name != "number":
                raise AttributeError(name)
            self.number = number = self._number()
            return number

    def _number(self) -> str:
        """What was dialled: the user part percent-decoded, without its own parameters (`;phone-context=…`).

        Visual separators of RFC 3966 are taken away where it looks like a telephone number.
        """
        user = percent_decode(self.user, errors="replace") if "%" in self.user else self.user
        if ";" in user:
            user = user.partition(";")[0]
        if user and (user[0] in "+(" or user[0].isdigit()):
            bare = user.translate(_SEPARATORS)
            if bare.lstrip("+").isdigit():
                return bare
        return user

    @property
    def host_port(self) -> tuple[str, int]:
        """Host in lower case, and the port with the scheme's default."""
        return self.host.lower(), self.port or _DEFAULT_PORTS.get(self.scheme, 5060)

    @property
    def transport(self) -> str:
        """The transport parameter in lower case, "tls" for sips, "" where nothing is said."""
        if self.scheme == "sips":
            return "tls"
        return (self.params.get("transport") or "").lower()

    def replaced(self, **changes: object) -> SipUri:
        """A copy with some fields changed; parameters are copied too."""
        fields: dict[str, object] = {name: getattr(self, name) for name in self.__slots__ if name != "number"}
        fields["params"] = dict(self.params)
        fields.update(changes)
        return SipUri(**fields)  # type: ignore[arg-type]

    def __str__(self) -> str:
        """The text on the wire."""
        if self.scheme == "tel":
            return f"tel:{self.user}{encode_parameters(self.params)}"
        address = join_host_port(self.host, self.port)
        if self.user:
            secret = "" if self.password is None else f":{self.password}"
            address = f"{self.user}{secret}@{address}"
        if self.params:
            address += encode_parameters(self.params)
        return f"{self.scheme}:{address}?{self.headers}" if self.headers else f"{self.scheme}:{address}"

    def same(self, other: SipUri) -> bool:
        """Whether both name the same resource (RFC 3261 19.1.4)."""
        if self.scheme != other.scheme or self.host.lower() != other.host.lower() or self.port != other.port:
            return False
        if _decoded(self.user) != _decoded(other.user) or (self.password or "") != (other.password or ""):
            return False
        for name in _COMPARED:
            if (self.params.get(name) or "").lower() != (other.params.get(name) or "").lower():
                return False
        for name, value in self.params.items():
            if name in other.params and (value or "").lower() != (other.params[name] or "").lower():
                return False
        return _header_set(self.headers) == _header_set(other.headers)


#: A call names the same few URIs in each of its messages.
_remembered = lru_cache(maxsize=MAX_REMEMBERED_URIS)(SipUri._read)

_SEPARATORS = str.maketrans("", "", "-.() ")


def _decoded(user: str) -> str:
    return percent_decode(user, errors="replace") if "%" in user else user


def _header_set(headers: str) -> frozenset[str]:
    return frozenset(part.lower() for part in headers.split("&")) if headers else frozenset()


def escape_user(text: str) -> str:
    """Any text as a user part: what RFC 3261 25.1 does not allow there is percent-encoded ("#" in dialled codes)."""
    if _USER_PLAIN.issuperset(text):
        return text
    return "".join([char if char in _USER_PLAIN else "".join([f"%{byte:02X}" for byte in char.encode()]) for char in text])

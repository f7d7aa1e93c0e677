"""Who writes to whom."""

from __future__ import annotations

from typing import NamedTuple


class Sender(NamedTuple):
    """A reseller as its customers see it; "" where it has no such thing. `address` may have several lines; `logo` is a PNG."""

    name: str
    address: str = ""
    phone: str = ""
    email: str = ""
    vat_number: str = ""
    web_address: str = ""
    logo: bytes = b""
    sender_email: str = ""

    @property
    def mail_from(self) -> str:
        """The address that its e-mail comes from, "" where it has none of its own."""
        return self.sender_email or self.email


class Receiver(NamedTuple):
    """Whom the paper is for; `country` is a name, not a code."""

    name: str
    company: str = ""
    address: str = ""
    country: str = ""
    vat_number: str = ""

    def lines(self) -> list[str]:
        """As they stand in the window of an envelope."""
        head = [self.company, self.name] if self.company and self.company != self.name else [self.name]
        return [each.strip() for each in (*head, *self.address.splitlines(), self.country) if each.strip()]

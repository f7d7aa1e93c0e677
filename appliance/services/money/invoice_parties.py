"""Who sells and who buys, as a document keeps it: names and addresses of the day of issue, apart from the document itself."""

from __future__ import annotations

import msgspec

from appliance.services.ground.room import Room
from appliance.services.mail.brand import seller_of
from appliance.store.documents import Document
from appliance.wire.invoices import Layout


class Seller(msgspec.Struct, frozen=True):
    """`country` is a code; empty texts where there is no such thing."""

    name: str
    address: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""
    vat_number: str = ""
    web_address: str = ""
    registration: str = ""
    bank_name: str = ""
    iban: str = ""
    bic: str = ""
    note: str = ""


class Buyer(msgspec.Struct, frozen=True):
    """`country` is a code."""

    name: str
    company: str = ""
    address: str = ""
    country: str = ""
    vat_number: str = ""
    email: str = ""


def parties_of(room: Room, document: Document, layout: Layout) -> tuple[str, str]:
    """Seller and buyer as JSON."""
    seller = room.store.resellers.get(document.reseller_id)
    assert seller is not None  # foreign key
    brand = seller_of(room, seller)
    person = room.store.people.get(seller.person_id)
    sold = Seller(
        name=brand.name,
        address=brand.address,
        country=((person.country if person is not None else "") or seller.country).upper(),
        phone=brand.phone,
        email=brand.email,
        vat_number=brand.vat_number,
        web_address=brand.web_address,
        registration=layout.registration,
        bank_name=layout.bank_name,
        iban=layout.iban,
        bic=layout.bic,
        note=layout.note,
    )
    return msgspec.json.encode(sold).decode(), msgspec.json.encode(_buyer(room, document)).decode()


def _buyer(room: Room, document: Document) -> Buyer:
    person_id, fallback = None, ""
    if document.customer_id is not None:
        customer = room.store.customers.get(document.customer_id)
        person_id = None if customer is None else customer.person_id
    elif document.buyer_reseller_id is not None:
        reseller = room.store.resellers.get(document.buyer_reseller_id)
        person_id, fallback = (None, "") if reseller is None else (reseller.person_id, reseller.country)
    person = None if person_id is None else room.store.people.get(person_id)
    if person is None:
        account = room.store.accounts.get(document.account_id)
        return Buyer("" if account is None else account.name)
    full = f"{person.first_name} {person.last_name}".strip() or person.name
    country = (person.country or fallback).upper()
    return Buyer(full, person.company, person.address, country, person.vat_number or "", person.email)


def kept(seller: str, buyer: str) -> tuple[Seller, Buyer]:
    """The two as they were kept; empty ones where they were forgotten."""
    sold = msgspec.json.decode(seller, type=Seller) if seller else Seller("")
    return sold, msgspec.json.decode(buyer, type=Buyer) if buyer else Buyer("")

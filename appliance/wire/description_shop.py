"""The part of the description file that is about call shops: a customer's booths, tills, goods, and who works there.

`wire.description` says what a field left out, null and an unknown field mean.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

_Name = Annotated[str, Meta(min_length=1, max_length=200)]
_Number = Annotated[str, Meta(pattern="^[0-9]{1,32}$")]
_Count = Annotated[int, Meta(ge=0, le=2_000_000_000)]
Printer = Literal["none", "usb", "serial", "network", "spooler", "file", "qt"]


class _Entry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all parts of the file."""


class BoothEntry(_Entry, frozen=True, kw_only=True):
    """One of the customer's endpoints as a booth, known by its number. `desk`: the shop's own phone, no booth."""

    number: _Number
    name: str | None | UnsetType = UNSET
    position: _Count | None | UnsetType = UNSET
    blocked: list[str] | None | UnsetType = UNSET
    desk: bool | None | UnsetType = UNSET


class TillEntry(_Entry, frozen=True, kw_only=True):
    """One till with its printer and signing device, known by its name in the shop."""

    name: _Name
    printer: Printer | UnsetType = UNSET
    address: str | None | UnsetType = UNSET
    columns: Literal[32, 42, 48] | UnsetType = UNSET
    code_page: str | UnsetType = UNSET
    drawer: bool | None | UnsetType = UNSET
    cutter: bool | None | UnsetType = UNSET
    native_qr: bool | None | UnsetType = UNSET
    print_always: bool | None | UnsetType = UNSET
    signing_address: str | None | UnsetType = UNSET
    signing_seconds: Annotated[int, Meta(ge=1, le=10)] | None | UnsetType = UNSET


class GoodsEntry(_Entry, frozen=True, kw_only=True):
    """What is sold beside calls, known by its name in the shop. `stock` is what there is when it is written first, as an opening
    balance is; later it is what was sold and came in that counts. null: not counted."""

    name: _Name
    price: str | UnsetType = UNSET
    code: str | None | UnsetType = UNSET
    tax_percent: str | None | UnsetType = UNSET
    cost: str | None | UnsetType = UNSET
    stock: int | None | UnsetType = UNSET


class ShopOperatorEntry(_Entry, frozen=True, kw_only=True):
    """Somebody who signs in at the console and has a role in this shop alone. `login` is unique in the appliance."""

    login: _Name
    password: str | None | UnsetType = UNSET
    role: Literal["owner", "manager", "supervisor", "clerk"] | UnsetType = UNSET
    name: str | None | UnsetType = UNSET
    email: str | None | UnsetType = UNSET
    language: str | None | UnsetType = UNSET
    disabled: bool | None | UnsetType = UNSET


class ShopEntry(_Entry, frozen=True, kw_only=True):
    """A customer's call shop, where its option is on. `booth_tariff` is what guests pay, a tariff of the shop's reseller; without
    it `booth_markup_percent` makes one so much above what the shop pays. `chain`: shops of one owner, by name."""

    booth_tariff: _Name | None | UnsetType = UNSET
    booth_markup_percent: str | UnsetType = UNSET
    chain: _Name | None | UnsetType = UNSET
    receipt_name: str | None | UnsetType = UNSET
    receipt_head: str | None | UnsetType = UNSET
    receipt_foot: str | None | UnsetType = UNSET
    tax_number: str | None | UnsetType = UNSET
    tax_percent: str | None | UnsetType = UNSET
    rounding: str | None | UnsetType = UNSET
    denominations: list[str] | None | UnsetType = UNSET
    currencies: dict[str, str] | None | UnsetType = UNSET
    forgive_seconds: int | None | UnsetType = UNSET
    forgive_amount: str | None | UnsetType = UNSET
    warn_seconds: int | None | UnsetType = UNSET
    blocked: list[str] | None | UnsetType = UNSET
    pin_everything: bool | None | UnsetType = UNSET
    booths: list[BoothEntry] | UnsetType = UNSET
    tills: list[TillEntry] | UnsetType = UNSET
    goods: list[GoodsEntry] | UnsetType = UNSET
    operators: list[ShopOperatorEntry] | UnsetType = UNSET

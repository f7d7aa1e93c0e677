"""How resellers show themselves."""

from __future__ import annotations

from typing import NamedTuple

from appliance.store.database import Database, SqlValue


class Brand(NamedTuple):
    """`languages` is JSON text; `logo` a PNG of ours. All empty: the usual."""

    reseller_id: int
    name: str = ""
    accent: str = ""
    logo: bytes | None = None
    logo_width: int = 0
    logo_height: int = 0
    logo_hash: str = ""
    help_email: str = ""
    help_phone: str = ""
    sender_email: str = ""
    languages: str = "[]"


class Brands:
    """Rows of `brand`, one a reseller that set anything."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._select = f"SELECT {', '.join(Brand._fields)} FROM brand WHERE reseller_id = ?"

    def get(self, reseller_id: int) -> Brand:
        """The reseller's, or the usual."""
        row = self._db.one(self._select, (reseller_id,))
        return Brand(reseller_id) if row is None else Brand._make(row)

    def put(self, brand: Brand) -> None:
        """Set, or set anew."""
        names = Brand._fields
        changes = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
        values: tuple[SqlValue, ...] = tuple(brand)
        self._db.execute(
            f"INSERT INTO brand ({', '.join(names)}) VALUES ({', '.join('?' * len(names))}) ON CONFLICT (reseller_id) DO UPDATE SET {changes}", values
        )

"""Tariffs and their weekly time bands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Archived

_CHANGEABLE = (
    "name decimals rounding duration_rounding increment_style timezone band_rule base_id markup_ppm surcharge_micros price_rounding "
    "loss_guard on_net_price_micros archived_at"
)


class Tariff(NamedTuple):
    """`base_id` set: derived; `markup_ppm` 250000 is 25 %; micros are of `currency`, per minute for the surcharge and the on-net price."""

    id: int
    reseller_id: int
    name: str
    currency: str
    decimals: int
    rounding: str
    duration_rounding: str
    increment_style: str
    timezone: str
    band_rule: str
    base_id: int | None
    markup_ppm: int
    surcharge_micros: int
    price_rounding: str
    loss_guard: int
    on_net_price_micros: int | None
    created_at: int
    archived_at: int | None
    version: int


class TimeBand(NamedTuple):
    """`weekday` 0 is Monday; minutes of the day in the tariff's time zone, `until_minute` not included."""

    id: int
    tariff_id: int
    name: str
    weekday: int
    from_minute: int
    until_minute: int


class Tariffs(Archived[Tariff]):
    """Rows of `tariff` and `time_band`; the currency never changes."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "tariff", Tariff, _CHANGEABLE, versioned=True)

    def find(self, reseller_id: int, name: str) -> Tariff | None:
        """By reseller and name, among the not archived."""
        return self._one(self._select + "WHERE t.reseller_id = ? AND t.name = ? AND t.archived_at IS NULL", (reseller_id, name))

    def list(self, reseller_id: int | None = None, *, archived: bool = False, special: bool = False) -> Iterator[Tariff]:
        """All or one reseller's, by id; with those that hold one customer's special rates where they are asked for."""
        where = "WHERE (?1 IS NULL OR t.reseller_id = ?1)" + ("" if archived else " AND t.archived_at IS NULL")
        if not special:
            where += " AND NOT EXISTS (SELECT 1 FROM special_tariff s WHERE s.tariff_id = t.id)"
        return self._rows(where + " ORDER BY t.id", (reseller_id,))

    def derived(self, tariff_id: int) -> Iterator[Tariff]:
        """Tariffs whose base this is, without those of special rates."""
        where = "WHERE t.base_id = ? AND NOT EXISTS (SELECT 1 FROM special_tariff s WHERE s.tariff_id = t.id) ORDER BY t.id"
        return self._rows(where, (tariff_id,))

    def bands(self, tariff_id: int) -> Sequence[TimeBand]:
        """The weekly bands, by weekday and minute."""
        sql = "SELECT id, tariff_id, name, weekday, from_minute, until_minute FROM time_band WHERE tariff_id = ? ORDER BY weekday, from_minute"
        return list(self._db.rows(TimeBand._make, sql, (tariff_id,)))

    def set_bands(self, tariff_id: int, bands: Iterable[tuple[str, int, int, int]]) -> None:
        """Replace the weekly bands by (name, weekday, from_minute, until_minute)."""
        self._db.change("DELETE FROM time_band WHERE tariff_id = ?", (tariff_id,))
        sql = "INSERT INTO time_band (tariff_id, name, weekday, from_minute, until_minute) VALUES (?, ?, ?, ?, ?)"
        self._db.many(sql, ((tariff_id, *band) for band in bands))

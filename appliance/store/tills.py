"""Tills, what waits for their printers, and the goods of a shop (callshop.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from appliance.store.database import Database, SqlValue
from appliance.store.table import Archived, Table


class Till(NamedTuple):
    """`printer`: none, usb, serial, network, spooler, file, qt. `signing_address`: "" where it has no signing device."""

    id: int
    shop_id: int
    name: str
    printer: str
    address: str
    columns: int
    code_page: str
    drawer: int
    cutter: int
    native_qr: int
    print_always: int
    created_at: int
    archived_at: int | None
    version: int
    signing_address: str = ""
    signing_seconds: int = 3


class Job(NamedTuple):
    """Something that waits for a printer, or did."""

    id: int
    till_id: int
    made_at: int
    kind: str
    document_id: int | None
    copy: int
    kick: int
    language: str
    state: str
    tries: int
    error: str
    done_at: int | None


class Goods(NamedTuple):
    """Something that is sold beside calls; `stock` None: not kept."""

    id: int
    shop_id: int
    name: str
    code: str
    price_micros: int
    tax_ppm: int
    cost_micros: int
    stock: int | None
    created_at: int
    archived_at: int | None
    version: int


class Tills(Archived[Till]):
    """Rows of `till` and `print_job`."""

    def __init__(self, database: Database) -> None:
        super().__init__(
            database,
            "till",
            Till,
            "name printer address columns code_page drawer cutter native_qr print_always archived_at signing_address signing_seconds",
            versioned=True,
        )
        self._jobs: Table[Job] = Table(database, "print_job", Job, "state tries error done_at")

    def of(self, shop_id: int, *, archived: bool = False) -> list[Till]:
        """A shop's tills by name."""
        where = "WHERE t.shop_id = ?" + ("" if archived else " AND t.archived_at IS NULL") + " ORDER BY t.name"
        return list(self._rows(where, (shop_id,)))

    def job(self, job_id: int) -> Job | None:
        """One job."""
        return self._jobs.get(job_id)

    def jobs(self, till_id: int, *, waiting: bool = True, limit: int = 100) -> list[Job]:
        """What can be printed, oldest first: not what waits for its signing device; or the latest of all."""
        columns = ", ".join(f"t.{name}" for name in Job._fields)
        unsigned = "AND NOT EXISTS (SELECT 1 FROM till_signature s WHERE s.document_id = t.document_id AND s.state = 'waiting')"
        where = f"AND t.state = 'waiting' {unsigned} ORDER BY t.id" if waiting else "ORDER BY t.id DESC"
        return list(self._db.rows(Job._make, f"SELECT {columns} FROM print_job t WHERE t.till_id = ? {where} LIMIT ?", (till_id, limit)))

    def waiting(self, till_id: int) -> int:
        """How many jobs wait."""
        return int(self._db.value("SELECT count(*) FROM print_job WHERE till_id = ? AND state = 'waiting'", (till_id,)))

    def jobs_of(self, document_id: int) -> list[int]:
        """The ids of a document's jobs."""
        return [row[0] for row in self._db.fetch("SELECT id FROM print_job WHERE document_id = ?", (document_id,))]

    def add_job(self, **columns: SqlValue) -> int:
        """A new job; its id."""
        return self._jobs.insert(**columns)

    def change_job(self, job_id: int, changes: Mapping[str, SqlValue]) -> None:
        """What became of it."""
        self._jobs.update(job_id, changes)

    def forget_done(self, before_at: int) -> int:
        """Remove jobs that were done before then; how many."""
        return self._db.change("DELETE FROM print_job WHERE state <> 'waiting' AND done_at < ?", (before_at,))


class GoodsTable(Archived[Goods]):
    """Rows of `goods`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "goods", Goods, "name code price_micros tax_ppm cost_micros stock archived_at", versioned=True)

    def of(self, shop_id: int, *, archived: bool = False) -> Iterator[Goods]:
        """A shop's goods by name."""
        return self._rows("WHERE t.shop_id = ?" + ("" if archived else " AND t.archived_at IS NULL") + " ORDER BY t.name", (shop_id,))

    def move(self, goods_id: int, pieces: int) -> None:
        """Pieces that came in (positive) or were sold, where the stock is kept."""
        self._db.change("UPDATE goods SET stock = stock + ? WHERE id = ? AND stock IS NOT NULL", (pieces, goods_id))

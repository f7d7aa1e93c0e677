"""E-mails that were written to customers, and the announcements of dearer prices: who was told what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class Letter(NamedTuple):
    """`kind`: letter or price_rise; `subject` before its fields were filled in; `texts`: own wordings and values, JSON; `customers`: how many."""

    id: int
    reseller_id: int
    at: int
    who: str
    kind: str
    subject: str
    template: str
    texts: str
    customers: int


class CustomerLetter(NamedTuple):
    """What one customer read. `outbox_id`: its e-mail, None where he has no address. `done` 0: still to be written."""

    id: int
    letter_id: int
    customer_id: int
    at: int
    subject: str
    text: str
    outbox_id: int | None
    done: int


class Rise(NamedTuple):
    """A rate of a tariff that will count from a moment on."""

    tariff_id: int
    prefix: str
    from_at: int


class Letters(Table[Letter]):
    """Rows of `letter`, `customer_letter` and `price_notice`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "letter", Letter)
        self.sheets = Table(database, "customer_letter", CustomerLetter, "at subject text outbox_id done")

    def newest(self, reseller_ids: frozenset[int] | None, before_id: int | None, limit: int) -> list[Letter]:
        """Newest first; None: of every reseller."""
        where = "WHERE (?1 IS NULL OR t.id < ?1) ORDER BY t.id DESC"
        found: list[Letter] = []
        for row in self._rows(where, (before_id,)):
            if reseller_ids is None or row.reseller_id in reseller_ids:
                found.append(row)
                if len(found) >= limit:
                    break
        return found

    def of_customer(self, customer_id: int, before_id: int | None, limit: int) -> list[CustomerLetter]:
        """What one customer was told, newest first."""
        sql = """SELECT id, letter_id, customer_id, at, subject, text, outbox_id, done FROM customer_letter
        WHERE customer_id = ?1 AND done = 1 AND (?2 IS NULL OR id < ?2) ORDER BY id DESC LIMIT ?3"""
        return list(self._db.rows(CustomerLetter._make, sql, (customer_id, before_id, limit)))

    def waiting(self, limit: int) -> list[CustomerLetter]:
        """Those still to be written, the oldest first."""
        sql = """SELECT id, letter_id, customer_id, at, subject, text, outbox_id, done FROM customer_letter
        WHERE done = 0 ORDER BY id LIMIT ?"""
        return list(self._db.rows(CustomerLetter._make, sql, (limit,)))

    def written(self, letter_id: int) -> int:
        """How many of a letter's were written."""
        return int(self._db.value("SELECT count(*) FROM customer_letter WHERE letter_id = ? AND done = 1", (letter_id,)))

    def address(self, letter_id: int, customer_ids: Iterable[int], at: int) -> None:
        """Customers that are to be told."""
        self._db.many("INSERT INTO customer_letter (letter_id, customer_id, at) VALUES (?, ?, ?)", ((letter_id, each, at) for each in customer_ids))

    def coming(self, after_at: int, until_at: int) -> Iterator[Rise]:
        """Rates that begin to count in a stretch of time and that nobody was told of yet."""
        sql = """SELECT DISTINCT r.tariff_id, r.prefix, r.valid_from_at FROM rate r JOIN rate_set s ON s.id = r.rate_set_id
        WHERE r.valid_from_at > ?1 AND r.valid_from_at <= ?2 AND s.activated_at IS NOT NULL AND s.undone_at IS NULL ORDER BY 1, 3, 2"""
        return self._db.rows(Rise._make, sql, (after_at, until_at))

    def told(self, tariff_id: int, prefix: str, from_at: int) -> bool:
        """Whether the customers of a tariff were told of a rise."""
        sql = "SELECT EXISTS (SELECT 1 FROM price_notice WHERE tariff_id = ? AND prefix = ? AND from_at = ?)"
        return bool(self._db.value(sql, (tariff_id, prefix, from_at)))

    def tell(self, tariff_id: int, prefix: str, from_at: int, letter_id: int) -> None:
        """They were."""
        self._db.execute(
            "INSERT INTO price_notice (tariff_id, prefix, from_at, letter_id) VALUES (?, ?, ?, ?)", (tariff_id, prefix, from_at, letter_id)
        )

"""Monthly fees, which months were taken and given back, and which wait for money."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class MonthlyFee(NamedTuple):
    """`starts_on` and `ends_on` (the first day without it) are ISO dates; `policy`: take or wait."""

    id: int
    customer_id: int
    endpoint_id: int | None
    name: str
    amount_micros: int
    starts_on: str
    ends_on: str | None
    day: int
    policy: str


class Taken(NamedTuple):
    """A month that was taken, or days of one given back: paid from `since_on` up to `until_on` (not included)."""

    month: str
    entry_id: int
    amount_micros: int
    since_on: str
    until_on: str


class Waiting(NamedTuple):
    """A fee that waits for money; `suspended_at`: its service was stopped."""

    monthly_fee_id: int
    since_at: int
    suspended_at: int | None


class Fees(Table[MonthlyFee]):
    """Rows of `monthly_fee`, `monthly_fee_taken`, `monthly_fee_returned` and `monthly_fee_waiting`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "monthly_fee", MonthlyFee, "endpoint_id amount_micros starts_on ends_on day policy")

    def find(self, customer_id: int, name: str) -> MonthlyFee | None:
        """By customer and name."""
        return self._one(self._select + "WHERE t.customer_id = ? AND t.name = ?", (customer_id, name))

    def list(self, customer_id: int | None = None) -> Iterator[MonthlyFee]:
        """All or one customer's."""
        return self._rows("WHERE (?1 IS NULL OR t.customer_id = ?1) ORDER BY t.id", (customer_id,))

    def after(self, fee_id: int, limit: int) -> Sequence[MonthlyFee]:
        """The next fees by id."""
        return tuple(self._rows("WHERE t.id > ? ORDER BY t.id LIMIT ?", (fee_id, limit)))

    def take(self, fee_id: int, month: str, entry_id: int, amount_micros: int = 0, since_on: str = "", until_on: str = "") -> None:
        """Mark a month ('2026-01') as taken; Conflict("store.taken") where it was."""
        sql = "INSERT INTO monthly_fee_taken (monthly_fee_id, month, entry_id, amount_micros, since_on, until_on) VALUES (?, ?, ?, ?, ?, ?)"
        self._db.execute(sql, (fee_id, month, entry_id, amount_micros, since_on, until_on))

    def give_back(self, fee_id: int, returned: Taken) -> None:
        """Days of a month that was taken are given back; Conflict("store.taken") where some were."""
        sql = "INSERT INTO monthly_fee_returned (monthly_fee_id, month, entry_id, amount_micros, since_on, until_on) VALUES (?, ?, ?, ?, ?, ?)"
        self._db.execute(sql, (fee_id, *returned))

    def taken(self, fee_id: int) -> Sequence[str]:
        """Months taken, in order."""
        return [row[0] for row in self._db.fetch("SELECT month FROM monthly_fee_taken WHERE monthly_fee_id = ? ORDER BY month", (fee_id,))]

    def months(self, fee_id: int) -> Sequence[Taken]:
        """Months taken with their amounts, in order."""
        sql = f"SELECT {', '.join(Taken._fields)} FROM monthly_fee_taken WHERE monthly_fee_id = ? ORDER BY month"
        return list(self._db.rows(Taken._make, sql, (fee_id,)))

    def returned(self, fee_id: int) -> Sequence[Taken]:
        """What was given back, in order."""
        sql = f"SELECT {', '.join(Taken._fields)} FROM monthly_fee_returned WHERE monthly_fee_id = ? ORDER BY month"
        return list(self._db.rows(Taken._make, sql, (fee_id,)))

    def waiting(self, fee_id: int) -> Waiting | None:
        """Since when a fee waits for money; None where it does not."""
        row = self._db.one(f"SELECT {', '.join(Waiting._fields)} FROM monthly_fee_waiting WHERE monthly_fee_id = ?", (fee_id,))
        return None if row is None else Waiting._make(row)

    def wait(self, fee_id: int, since_at: int) -> None:
        """It waits from now on."""
        self._db.execute("INSERT INTO monthly_fee_waiting (monthly_fee_id, since_at) VALUES (?, ?)", (fee_id, since_at))

    def suspend(self, fee_id: int, at: int) -> None:
        """Its service was stopped."""
        self._db.execute("UPDATE monthly_fee_waiting SET suspended_at = ? WHERE monthly_fee_id = ?", (at, fee_id))

    def wait_no_more(self, fee_id: int) -> None:
        """It was taken, or is over."""
        self._db.execute("DELETE FROM monthly_fee_waiting WHERE monthly_fee_id = ?", (fee_id,))

    def suspending(self, customer_id: int, endpoint_id: int | None) -> bool:
        """Whether some fee keeps this service stopped."""
        sql = """SELECT 1 FROM monthly_fee_waiting w JOIN monthly_fee f ON f.id = w.monthly_fee_id
          WHERE w.suspended_at IS NOT NULL AND f.customer_id = ? AND f.endpoint_id IS ?"""
        return self._db.one(sql, (customer_id, endpoint_id)) is not None

    def describing(self, entry_id: int) -> tuple[str, Taken] | None:
        """The fee's name and the days that an entry is for."""
        for table in ("monthly_fee_taken", "monthly_fee_returned"):
            row = self._db.one(
                f"""SELECT f.name, {", ".join("t." + each for each in Taken._fields)} FROM {table} t
                JOIN monthly_fee f ON f.id = t.monthly_fee_id WHERE t.entry_id = ?""",
                (entry_id,),
            )
            if row is not None:
                return str(row[0]), Taken._make(row[1:])
        row = self._db.one(
            f"SELECT 'Number ' || did, {', '.join(Taken._fields)} FROM number_fee WHERE entry_id = ?",
            (entry_id,),
        )
        return None if row is None else (str(row[0]), Taken._make(row[1:]))

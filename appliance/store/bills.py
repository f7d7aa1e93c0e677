"""Bills of guests, their lines and what was paid (callshop.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from appliance.store.database import Database, SqlValue
from appliance.store.table import Table

_BILL = "state settled_at settled_by shift_id joined_to reason total_micros tax_micros rounding_micros lost_micros refunded_micros language"


class Bill(NamedTuple):
    """`account_id` is the guest's account while the bill is open; totals are set when it is settled."""

    id: int
    shop_id: int
    account_id: int
    currency: str
    state: str
    opened_at: int
    opened_by: int | None
    settled_at: int | None
    settled_by: int | None
    shift_id: int | None
    joined_to: int | None
    split_from: int | None
    reason: str
    total_micros: int
    tax_micros: int
    rounding_micros: int
    lost_micros: int
    refunded_micros: int
    language: str


class Line(NamedTuple):
    """One line; `amount_micros` is what the guest owes for it, tax in it."""

    id: int
    bill_id: int
    session_id: int | None
    at: int
    kind: str
    text: str
    quantity: int
    amount_micros: int
    tax_ppm: int
    cdr_id: int | None
    seconds: int
    duration_ms: int
    destination: str
    goods_id: int | None
    line_id: int | None
    cost_micros: int
    entry_id: int | None
    operator_id: int | None
    approved_by: int | None
    reason: str
    removed_at: int | None
    removed_by: int | None
    removal_entry_id: int | None


class Payment(NamedTuple):
    """What was given for a bill, or (negative) given back."""

    id: int
    bill_id: int
    shift_id: int | None
    at: int
    kind: str
    method: str
    amount_micros: int
    currency: str
    value_micros: int
    rate: str
    entry_id: int
    operator_id: int | None


class Bills:
    """Rows of `bill`, `bill_line` and `bill_payment`."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._bills: Table[Bill] = Table(database, "bill", Bill, _BILL)
        self._lines: Table[Line] = Table(database, "bill_line", Line, "bill_id session_id removed_at removed_by removal_entry_id")
        self._payments: Table[Payment] = Table(database, "bill_payment", Payment)

    def get(self, bill_id: int) -> Bill | None:
        """One bill."""
        return self._bills.get(bill_id)

    def insert(self, **columns: SqlValue) -> int:
        """A new bill; its id."""
        return self._bills.insert(**columns)

    def update(self, bill_id: int, changes: Mapping[str, SqlValue]) -> None:
        """Change some columns."""
        self._bills.update(bill_id, changes)

    def newest(self, shop_id: int, before_id: int | None = None, state: str = "") -> Iterator[Bill]:
        """Bills of a shop, newest first."""
        columns = ", ".join(f"t.{name}" for name in Bill._fields)
        where = "WHERE t.shop_id = ?1 AND (?2 IS NULL OR t.id < ?2) AND (?3 = '' OR t.state = ?3) ORDER BY t.id DESC"
        return self._db.rows(Bill._make, f"SELECT {columns} FROM bill t {where}", (shop_id, before_id, state))

    def any_open(self, shop_id: int) -> bool:
        """Whether a shop has a bill that is open."""
        return self._db.one("SELECT 1 FROM bill WHERE shop_id = ? AND state = 'open' LIMIT 1", (shop_id,)) is not None

    def of_shift(self, shift_id: int) -> list[Bill]:
        """Bills that were settled in a shift."""
        columns = ", ".join(f"t.{name}" for name in Bill._fields)
        return list(self._db.rows(Bill._make, f"SELECT {columns} FROM bill t WHERE t.shift_id = ? ORDER BY t.id", (shift_id,)))

    def joined(self, bill_id: int) -> list[int]:
        """A bill and those that became part of it."""
        sql = "WITH RECURSIVE j(id) AS (SELECT ?1 UNION SELECT b.id FROM bill b JOIN j ON b.joined_to = j.id) SELECT id FROM j ORDER BY id"
        return [row[0] for row in self._db.fetch(sql, (bill_id,))]

    def free_account(self, prefix: str, currency: str) -> int | None:
        """A guest's account of that shop that no open bill has."""
        sql = """SELECT a.id FROM account a
          WHERE a.kind = 'guest' AND a.name >= ?1 || '/' AND a.name < ?1 || '0' AND a.currency = ?2 AND a.balance_micros = 0
          AND NOT EXISTS (SELECT 1 FROM bill b WHERE b.account_id = a.id AND b.state = 'open') ORDER BY a.id LIMIT 1"""
        found = self._db.value(sql, (prefix, currency))
        return None if found is None else int(found)

    def accounts(self, prefix: str) -> int:
        """How many guests' accounts a shop has."""
        return int(self._db.value("SELECT count(*) FROM account WHERE kind = 'guest' AND name >= ?1 || '/' AND name < ?1 || '0'", (prefix,)))

    # lines ---------------------------------------------------------------------------------------------------------
    def line(self, line_id: int) -> Line | None:
        """One line."""
        return self._lines.get(line_id)

    def lines(self, bill_id: int, *, removed: bool = False) -> list[Line]:
        """A bill's lines in their order; those taken off only where they are asked for."""
        columns = ", ".join(f"t.{name}" for name in Line._fields)
        where = "WHERE t.bill_id = ?" + ("" if removed else " AND t.removed_at IS NULL") + " ORDER BY t.id"
        return list(self._db.rows(Line._make, f"SELECT {columns} FROM bill_line t {where}", (bill_id,)))

    def add_line(self, **columns: SqlValue) -> int:
        """A new line; its id."""
        return self._lines.insert(**columns)

    def change_line(self, line_id: int, changes: Mapping[str, SqlValue]) -> None:
        """Move a line to another bill, or take it off."""
        self._lines.update(line_id, changes)

    def sum(self, bill_id: int) -> int:
        """What the lines of a bill come to."""
        return int(self._db.value("SELECT coalesce(sum(amount_micros), 0) FROM bill_line WHERE bill_id = ? AND removed_at IS NULL", (bill_id,)))

    def forgiven(self, shift_id: int) -> int:
        """What was forgiven in a shift without a supervisor, a positive sum."""
        sql = "SELECT coalesce(sum(amount_micros), 0) FROM till_event WHERE shift_id = ? AND kind = 'forgiven' AND approved_by IS NULL"
        return int(self._db.value(sql, (shift_id,)))

    def usual_price(self, shop_id: int, calls: int = 100) -> tuple[int, int]:
        """(what the shop's latest calls cost it, their seconds)."""
        sql = """SELECT coalesce(sum(c), 0), coalesce(sum(s), 0) FROM (SELECT l.cost_micros c, l.seconds s
          FROM bill_line l JOIN bill b ON b.id = l.bill_id
          WHERE b.shop_id = ? AND l.kind = 'call' AND l.seconds > 0 ORDER BY l.id DESC LIMIT ?)"""
        row = self._db.one(sql, (shop_id, calls))
        return (0, 0) if row is None else (row[0], row[1])

    def dialled(self, cdr_ids: list[int]) -> dict[int, tuple[str, str]]:
        """Numbers by call, as dialled and as rated: as they are kept, cut or gone where somebody was forgotten."""
        listed = ", ".join(str(int(each)) for each in cdr_ids)
        sql = f"SELECT cdr_id, dialled, normalised FROM cdr_person WHERE cdr_id IN ({listed})"
        return {cdr_id: (dialled, normalised) for cdr_id, dialled, normalised in self._db.fetch(sql)}

    # payments ------------------------------------------------------------------------------------------------------
    def pay(self, **columns: SqlValue) -> int:
        """Something that was given or given back; its id."""
        return self._payments.insert(**columns)

    def payments(self, bill_ids: list[int]) -> list[Payment]:
        """Of these bills, in their order."""
        listed = ", ".join(str(int(each)) for each in bill_ids)
        columns = ", ".join(Payment._fields)
        return list(self._db.rows(Payment._make, f"SELECT {columns} FROM bill_payment WHERE bill_id IN ({listed}) ORDER BY id"))

    def paid_in(self, shift_id: int) -> list[Payment]:
        """Everything given and given back in a shift."""
        columns = ", ".join(Payment._fields)
        return list(self._db.rows(Payment._make, f"SELECT {columns} FROM bill_payment WHERE shift_id = ? ORDER BY id", (shift_id,)))

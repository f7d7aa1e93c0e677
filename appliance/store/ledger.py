"""Entries and postings: append-only, balanced per currency, each posting with its account's balance after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from appliance.store.database import Database, SqlValue

_ENTRY = "INSERT INTO entry (at, kind, reference, call_id, level, reverses_entry_id, operator_id, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_POSTING = "INSERT INTO posting (entry_id, account_id, amount_micros, balance_after_micros) VALUES (?, ?, ?, ?)"
_TWO_POSTINGS = _POSTING + ", (?, ?, ?, ?)"
_ACCOUNT = "SELECT balance_micros, currency FROM account WHERE id = ?"
_TWO_ACCOUNTS = "SELECT id, balance_micros, currency FROM account WHERE id IN (?, ?)"
LARGEST_MICROS = 1 << 60  # a balance beyond this is a bug long before the integer is full


class Unbalanced(ValueError):
    """An entry that may not be written: a bug of whoever made it."""


class Entry(NamedTuple):
    """`kind`: call cost payment refund invoice fee reversal adjustment opening booth exchange rerate write_off transfer."""

    id: int
    at: int
    kind: str
    reference: str
    call_id: int | None
    level: int | None
    reverses_entry_id: int | None
    operator_id: int | None
    note: str


class Posting(NamedTuple):
    """One side of an entry."""

    id: int
    entry_id: int
    account_id: int
    amount_micros: int
    balance_after_micros: int


class Pair(NamedTuple):
    """One entry of two sides, as a call's end has them: off the first account, `amount_micros` onto the second."""

    kind: str
    level: int | None
    first: int
    second: int
    amount_micros: int


class LedgerLine(NamedTuple):
    """One posting as `ledger` prints it. `account` names it as `balances` does, or as KIND or KIND:NAME; `call` is the CDR's id, `call_id` SIP's."""

    posting: int
    entry: int
    at: int
    kind: str
    reference: str
    call: int | None
    call_id: str | None
    level: int | None
    reverses: int | None
    account_id: int
    account: str
    account_kind: str
    reseller: str
    currency: str
    amount_micros: int
    balance_after_micros: int
    note: str


_LINES = """SELECT p.id, e.id, e.at, e.kind, e.reference, e.call_id, w.call_id, e.level, e.reverses_entry_id, a.id,
  CASE WHEN o.id IS NOT NULL THEN 'reseller:' || o.name WHEN a.kind = 'credit' THEN a.name WHEN a.name = '' THEN a.kind
  ELSE a.kind || ':' || a.name END,
  a.kind, r.name, a.currency, p.amount_micros, p.balance_after_micros, e.note
  FROM posting p CROSS JOIN entry e ON e.id = p.entry_id CROSS JOIN account a ON a.id = p.account_id CROSS JOIN reseller r ON r.id = a.reseller_id
  LEFT JOIN reseller o ON o.id = a.owner_reseller_id LEFT JOIN cdr_person w ON w.cdr_id = e.call_id"""


@cache
def _several(entries: int, accounts: int) -> tuple[str, str, str]:
    """The statements of `post_call`: one text for each number of rows, so that each is prepared once.

    The first takes when and of which call, then all kinds, then all levels.
    """
    rows = ", ".join(f"(?1, ?{3 + each}, 'call', ?2, ?{3 + entries + each}, '')" for each in range(entries))
    marks = ", ".join("?" * accounts)
    return (
        f"INSERT INTO entry (at, kind, reference, call_id, level, note) VALUES {rows}",
        f"SELECT id, balance_micros, currency FROM account WHERE id IN ({marks})",
        _POSTING + ", (?, ?, ?, ?)" * (2 * entries - 1),
    )


class Ledger:
    """Rows of `entry` and `posting`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def post(
        self,
        at: int,
        kind: str,
        postings: Sequence[tuple[int, int]],
        *,
        reference: str = "",
        call_id: int | None = None,
        level: int | None = None,
        reverses: int | None = None,
        operator_id: int | None = None,
        note: str = "",
    ) -> tuple[int, list[int]]:
        """Write one entry of `(account_id, amount_micros)` pairs; (its id, each account's balance after its posting).

        Unbalanced where fewer than two postings, one of 0, an unknown account, or a sum other than 0 in any currency.
        """
        db = self._db
        if len(postings) < 2:
            raise Unbalanced(f"{len(postings)} postings")
        entry = db.insert(_ENTRY, (at, kind, reference, call_id, level, reverses, operator_id, note))
        if len(postings) == 2:
            return entry, self._post_two(entry, *postings)
        sums: dict[str, int] = {}
        balances = []
        for account_id, amount in postings:
            row = db.one(_ACCOUNT, (account_id,))
            if row is None or amount == 0:
                raise Unbalanced(f"posting of {amount} to account {account_id}")
            balance, currency = row
            balance += amount
            if not -LARGEST_MICROS < balance < LARGEST_MICROS:
                raise Unbalanced(f"account {account_id} would reach {balance}")
            sums[currency] = sums.get(currency, 0) + amount
            db.execute(_POSTING, (entry, account_id, amount, balance))
            balances.append(balance)
        if any(sums.values()):
            raise Unbalanced(f"sums {sums}")
        return entry, balances

    def _post_two(self, entry: int, first: tuple[int, int], second: tuple[int, int]) -> list[int]:
        """The two sides that nearly every entry has: each call's end writes some of these, so two statements do for what takes four."""
        (one, amount), (other, opposite) = first, second
        found = {identity: (balance, currency) for identity, balance, currency in self._db.fetch(_TWO_ACCOUNTS, (one, other))}
        if len(found) != 2 or not amount or amount + opposite or found[one][1] != found[other][1]:
            raise Unbalanced(f"postings of {amount} to account {one} and {opposite} to account {other}")
        balances = [found[one][0] + amount, found[other][0] + opposite]
        if not (-LARGEST_MICROS < balances[0] < LARGEST_MICROS and -LARGEST_MICROS < balances[1] < LARGEST_MICROS):
            raise Unbalanced(f"accounts {one} and {other} would reach {balances}")
        self._db.execute(_TWO_POSTINGS, (entry, one, amount, balances[0], entry, other, opposite, balances[1]))
        return balances

    def post_call(self, at: int, call_id: int, pairs: Sequence[Pair]) -> tuple[list[int], dict[int, int]]:
        """The entries of one call's end, in three statements however many they are; (their ids, each account's balance after them).

        Unbalanced as `post`.
        """
        kinds, levels, firsts, seconds, amounts = zip(*pairs, strict=True)
        accounts = {*firsts, *seconds}
        insert, select, postings = _several(len(pairs), len(accounts))
        balances: dict[int, int] = {}
        currencies: dict[int, str] = {}
        for account, balance, currency in self._db.fetch(select, tuple(accounts)):
            balances[account], currencies[account] = balance, currency
        if len(balances) != len(accounts):
            raise Unbalanced(f"postings to accounts {accounts}, of which there are {sorted(balances)}")
        last = self._db.insert(insert, (at, call_id, *kinds, *levels))
        entries = [*range(last - len(pairs) + 1, last + 1)]
        rows: list[SqlValue] = []
        for entry, first, second, amount in zip(entries, firsts, seconds, amounts, strict=True):
            if not amount or first == second or currencies[first] != currencies[second]:
                raise Unbalanced(f"{amount} from account {first} to account {second}")
            less, more = balances[first] - amount, balances[second] + amount
            if abs(less) >= LARGEST_MICROS or abs(more) >= LARGEST_MICROS:
                raise Unbalanced(f"accounts {first} and {second} would reach {less} and {more}")
            balances[first], balances[second] = less, more
            rows += (entry, first, -amount, less, entry, second, amount, more)
        self._db.execute(postings, rows)
        return entries, balances

    def get(self, entry_id: int) -> Entry | None:
        """One entry."""
        row = self._db.one(f"SELECT {', '.join(Entry._fields)} FROM entry WHERE id = ?", (entry_id,))
        return None if row is None else Entry._make(row)

    def postings(self, entry_id: int) -> list[Posting]:
        """An entry's sides in the order they were written."""
        return list(self._db.rows(Posting._make, f"SELECT {', '.join(Posting._fields)} FROM posting WHERE entry_id = ? ORDER BY id", (entry_id,)))

    def of_call(self, call_id: int) -> list[Entry]:
        """Every entry that a call caused."""
        return list(self._db.rows(Entry._make, f"SELECT {', '.join(Entry._fields)} FROM entry WHERE call_id = ? ORDER BY id", (call_id,)))

    def reversal_of(self, entry_id: int) -> Entry | None:
        """The entry that takes this one back, if any."""
        row = self._db.one(f"SELECT {', '.join(Entry._fields)} FROM entry WHERE reverses_entry_id = ?", (entry_id,))
        return None if row is None else Entry._make(row)

    def with_reference(self, kind: str, reference: str) -> Entry | None:
        """The newest entry of a kind and reference."""
        row = self._db.one(
            f"SELECT {', '.join(Entry._fields)} FROM entry WHERE kind = ? AND reference = ? ORDER BY id DESC LIMIT 1", (kind, reference)
        )
        return None if row is None else Entry._make(row)

    def openings(self) -> dict[int, int]:
        """Micros posted as opening balance, by account, of the accounts that have one."""
        return dict(
            self._db.fetch("""SELECT p2.account_id, sum(p2.amount_micros) FROM account a JOIN posting p1 ON p1.account_id = a.id
            JOIN posting p2 ON p2.entry_id = p1.entry_id AND p2.account_id <> a.id WHERE a.kind = 'opening' GROUP BY p2.account_id""")
        )

    def lines(
        self, *, account_id: int | None = None, from_at: int | None = None, until_at: int | None = None, after_posting: int = 0, limit: int = -1
    ) -> Iterator[LedgerLine]:
        """One line a posting, in the order they were written; `after_posting` continues a list; `limit` -1: no end."""
        where = ["p.id > ?"]
        bindings: list[SqlValue] = [after_posting]
        for text, value in (("p.account_id = ?", account_id), ("e.at >= ?", from_at), ("e.at < ?", until_at)):
            if value is not None:
                where.append(text)
                bindings.append(value)
        return self._db.rows(LedgerLine._make, f"{_LINES} WHERE {' AND '.join(where)} ORDER BY p.id LIMIT ?", (*bindings, limit))

    def page(
        self,
        *,
        account_id: int | None = None,
        resellers: Iterable[int] | None = None,
        kind: str | None = None,
        from_at: int | None = None,
        until_at: int | None = None,
        before_posting: int = 0,
        limit: int = 100,
    ) -> list[LedgerLine]:
        """Up to `limit` postings, the newest first, before that one (0: from the newest); of one account, or of the books of these resellers."""
        where: list[str] = ["TRUE"]
        bindings: list[SqlValue] = []
        for text, value in (
            ("p.id < ?", before_posting or None),
            ("p.account_id = ?", account_id),
            ("e.kind = ?", kind),
            ("e.at >= ?", from_at),
            ("e.at < ?", until_at),
        ):
            if value is not None:
                where.append(text)
                bindings.append(value)
        if resellers is not None:
            where.append(f"a.reseller_id IN ({', '.join(str(int(each)) for each in resellers)})")
        sql = f"{_LINES} WHERE {' AND '.join(where)} ORDER BY p.id DESC LIMIT ?"
        return list(self._db.rows(LedgerLine._make, sql, (*bindings, limit)))

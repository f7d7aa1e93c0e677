"""Issued documents and their numbers: without gaps for each reseller and series, drawn in the unit that issues the document."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from appliance.store.database import Database, SqlValue
from appliance.store.table import Table


class Document(NamedTuple):
    """An invoice or a credit note. net + tax = total; `exact_micros` is what the net was rounded from.

    It tells of the account's postings after `after_posting` up to `last_posting`; a credit note (`corrects_id` set) of none.
    """

    id: int
    kind: str
    reseller_id: int
    series: str
    number: int
    label: str
    account_id: int
    customer_id: int | None
    buyer_reseller_id: int | None
    issued_at: int
    from_at: int | None
    until_at: int
    due_on: str | None
    timezone: str
    after_posting: int
    last_posting: int
    currency: str
    exact_micros: int
    net_micros: int
    tax_micros: int
    total_micros: int
    taxed_by: str
    tax_included: int
    balance_before_micros: int
    balance_after_micros: int
    corrects_id: int | None
    entry_id: int | None
    reason: str
    operator_id: int | None
    previous_hash: str
    hash: str


class DocumentLine(NamedTuple):
    """`amount_micros` is printed, `exact_micros` is the ledger's; `tax` is the position of its row in the tax table."""

    position: int
    kind: str
    text: str
    pieces: int
    seconds: int
    exact_micros: int
    amount_micros: int
    tax: int


class DocumentTax(NamedTuple):
    """One row of the tax table."""

    position: int
    category: str
    name: str
    percent_ppm: int
    country: str
    net_micros: int
    tax_micros: int


class Movement(NamedTuple):
    """What moved the account beside the lines."""

    position: int
    at: int
    kind: str
    text: str
    amount_micros: int


class TaxSum(NamedTuple):
    """What one rate came to in a period; `taxed_by`: usage (documents) or payment."""

    taxed_by: str
    country: str
    percent_ppm: int
    category: str
    currency: str
    pieces: int
    net_micros: int
    tax_micros: int


def hash_of(document: Document, lines: Sequence[DocumentLine], taxes: Sequence[DocumentTax], movements: Sequence[Movement]) -> str:
    """What chains a document to the one before it in its series: all that it says, and no person's name."""
    said = [getattr(document, name) for name in Document._fields if name not in ("id", "hash")]
    text = json.dumps([said, lines, taxes, movements], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Documents(Table[Document]):
    """Rows of `document` and what belongs to it, never changed; and of `document_number`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "document", Document)

    # numbers -------------------------------------------------------------------------------------------------------
    def next_number(self, reseller_id: int, series: str) -> int:
        """Draw the next number, 1 at first; rolled back with the unit, so that none is lost."""
        sql = "INSERT INTO document_number (reseller_id, series, last) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET last = last + 1"
        self._db.execute(sql, (reseller_id, series))
        return int(self._db.value("SELECT last FROM document_number WHERE reseller_id = ? AND series = ?", (reseller_id, series)))

    def start_at(self, reseller_id: int, series: str, last: int) -> None:
        """The last number used before (a move from another system)."""
        self._db.execute(
            "INSERT INTO document_number (reseller_id, series, last) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET last = excluded.last",
            (reseller_id, series, last),
        )

    def last_number(self, reseller_id: int, series: str) -> int:
        """The last number that was drawn or started at; 0 before the first."""
        return int(self._db.value("SELECT last FROM document_number WHERE reseller_id = ? AND series = ?", (reseller_id, series)) or 0)

    def newest_fact(self) -> int:
        """The latest moment that an entry or a document bears; 0 where there is none."""
        return int(self._db.value("SELECT max(coalesce((SELECT max(at) FROM entry), 0), coalesce((SELECT max(issued_at) FROM document), 0))"))

    def last_hash(self, reseller_id: int, series: str) -> str:
        """Of the newest document of a series; "" before the first."""
        found = self._db.value("SELECT hash FROM document WHERE reseller_id = ? AND series = ? ORDER BY number DESC LIMIT 1", (reseller_id, series))
        return str(found or "")

    # writing -------------------------------------------------------------------------------------------------------
    def add_parts(self, document_id: int, lines: Sequence[DocumentLine], taxes: Sequence[DocumentTax], movements: Sequence[Movement]) -> None:
        """The rows of a document just inserted."""
        for table, rows in (("document_line", lines), ("document_tax", taxes), ("document_movement", movements)):
            for row in rows:
                self._db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * (len(row) + 1))})", (document_id, *row))

    def set_parties(self, document_id: int, seller: str, buyer: str) -> None:
        """Who sold and who bought, as JSON."""
        self._db.execute("INSERT INTO document_party (document_id, seller, buyer) VALUES (?, ?, ?)", (document_id, seller, buyer))

    def claim(self, document_id: int, entry_ids: Sequence[int]) -> None:
        """Entries that this document tells of beside its range; Conflict("store.taken") where another does."""
        for entry_id in entry_ids:
            self._db.execute("INSERT INTO document_claim (entry_id, document_id) VALUES (?, ?)", (entry_id, document_id))

    # reading -------------------------------------------------------------------------------------------------------
    def lines(self, document_id: int) -> list[DocumentLine]:
        """In the order they are printed."""
        sql = f"SELECT {', '.join(DocumentLine._fields)} FROM document_line WHERE document_id = ? ORDER BY position"
        return list(self._db.rows(DocumentLine._make, sql, (document_id,)))

    def taxes(self, document_id: int) -> list[DocumentTax]:
        """The tax table."""
        sql = f"SELECT {', '.join(DocumentTax._fields)} FROM document_tax WHERE document_id = ? ORDER BY position"
        return list(self._db.rows(DocumentTax._make, sql, (document_id,)))

    def movements(self, document_id: int) -> list[Movement]:
        """What moved the account beside the lines."""
        sql = f"SELECT {', '.join(Movement._fields)} FROM document_movement WHERE document_id = ? ORDER BY position"
        return list(self._db.rows(Movement._make, sql, (document_id,)))

    def parties(self, document_id: int) -> tuple[str, str]:
        """Seller and buyer as JSON; empty texts where they were forgotten."""
        row = self._db.one("SELECT seller, buyer FROM document_party WHERE document_id = ?", (document_id,))
        return ("", "") if row is None else (row[0], row[1])

    def last_posting(self, account_id: int) -> int:
        """Up to which posting of the account documents have told; 0: of none."""
        sql = "SELECT max(last_posting) FROM document WHERE account_id = ? AND corrects_id IS NULL"
        return int(self._db.value(sql, (account_id,)) or 0)

    def last_of(self, account_id: int) -> Document | None:
        """The newest document that told of the account's postings."""
        return self._one(self._select + "WHERE t.account_id = ? AND t.corrects_id IS NULL ORDER BY t.id DESC LIMIT 1", (account_id,))

    def crediting(self, document_id: int) -> list[Document]:
        """The credit notes of an invoice."""
        return list(self._rows("WHERE t.corrects_id = ? ORDER BY t.id", (document_id,)))

    def of_account(self, account_id: int) -> Iterator[Document]:
        """Oldest first."""
        return self._rows("WHERE t.account_id = ? ORDER BY t.id", (account_id,))

    def labelled(self, reseller_id: int, label: str) -> Document | None:
        """By its printed number."""
        return self._one(self._select + "WHERE t.reseller_id = ? AND t.label = ? COLLATE NOCASE", (reseller_id, label))

    def newest(
        self, resellers: Sequence[int] | None, *, account_id: int | None = None, customer_id: int | None = None, kind: str = "", before_id: int = 0
    ) -> Iterator[Document]:
        """Newest first, before that id (0: all), of these resellers (None: all)."""
        where = ["(?1 = 0 OR t.id < ?1)", "(?2 IS NULL OR t.account_id = ?2)", "(?3 IS NULL OR t.customer_id = ?3)", "(?4 = '' OR t.kind = ?4)"]
        bindings: tuple[SqlValue, ...] = (before_id, account_id, customer_id, kind)
        if resellers is not None:
            where.append(f"t.reseller_id IN ({', '.join(str(int(each)) for each in resellers)})")
        return self._rows(f"WHERE {' AND '.join(where)} ORDER BY t.id DESC", bindings)

    def invoiced(self, call_id: int, account_id: int) -> int | None:
        """The invoice that told of a call's charge on an account; None where none did yet."""
        found = self._db.value(
            """SELECT d.id FROM entry e JOIN posting p ON p.entry_id = e.id AND +p.account_id = ?2
            JOIN document d ON d.account_id = ?2 AND d.corrects_id IS NULL AND p.id > d.after_posting AND p.id <= d.last_posting
            WHERE e.call_id = ?1 AND e.kind IN ('call', 'booth') ORDER BY e.id LIMIT 1""",
            (call_id, account_id),
        )
        return None if found is None else int(found)

    # corrections of invoiced calls ---------------------------------------------------------------------------------
    def propose(self, entry_id: int, document_id: int, at: int) -> None:
        """An entry corrects what an invoice told; Conflict("store.taken") for one proposed before."""
        self._db.execute("INSERT INTO credit_proposal (entry_id, document_id, made_at) VALUES (?, ?, ?)", (entry_id, document_id, at))

    def proposed(self, document_id: int, account_id: int) -> list[tuple[int, int]]:
        """(entry, its amount on the account) of corrections that no document has told of yet."""
        sql = """SELECT c.entry_id, sum(p.amount_micros) FROM credit_proposal c JOIN posting p ON p.entry_id = c.entry_id AND +p.account_id = ?2
        WHERE c.document_id = ?1 AND NOT EXISTS (SELECT 1 FROM document_claim x WHERE x.entry_id = c.entry_id)
        AND p.id > (SELECT coalesce(max(last_posting), 0) FROM document WHERE account_id = ?2 AND corrects_id IS NULL)
        GROUP BY c.entry_id ORDER BY c.entry_id"""
        return [(int(entry), int(amount)) for entry, amount in self._db.fetch(sql, (document_id, account_id))]

    # reminders and runs --------------------------------------------------------------------------------------------
    def reminded(self, document_id: int) -> int:
        """The level of the last reminder, 0 before the first."""
        return int(self._db.value("SELECT max(level) FROM reminder WHERE document_id = ?", (document_id,)) or 0)

    def remind(self, document_id: int, level: int, at: int, message_id: int | None) -> None:
        """A reminder went out; Conflict("store.taken") for a level that did before."""
        self._db.execute("INSERT INTO reminder (document_id, level, at, message_id) VALUES (?, ?, ?, ?)", (document_id, level, at, message_id))

    def run_done(self, reseller_id: int, until_at: int) -> bool:
        """Whether the run of that period is finished."""
        return self._db.one("SELECT 1 FROM invoice_run WHERE reseller_id = ? AND until_at = ?", (reseller_id, until_at)) is not None

    def end_run(self, reseller_id: int, until_at: int, at: int) -> None:
        """The run of a period is finished."""
        self._db.execute("INSERT OR IGNORE INTO invoice_run (reseller_id, until_at, done_at) VALUES (?, ?, ?)", (reseller_id, until_at, at))

    # tax -----------------------------------------------------------------------------------------------------------
    def tax_sums(self, resellers: Sequence[int] | None, since_at: int, until_at: int) -> list[TaxSum]:
        """By country and rate, of documents taxed by usage and of payments taxed when they came."""
        among = "" if resellers is None else f" AND {{}}.reseller_id IN ({', '.join(str(int(each)) for each in resellers)})"
        sql = f"""SELECT 'usage', t.country, t.percent_ppm, t.category, d.currency, count(*),
          sum(CASE WHEN d.corrects_id IS NULL THEN t.net_micros ELSE -t.net_micros END),
          sum(CASE WHEN d.corrects_id IS NULL THEN t.tax_micros ELSE -t.tax_micros END)
          FROM document d JOIN document_tax t ON t.document_id = d.id
          WHERE d.taxed_by = 'usage' AND d.issued_at >= ?1 AND d.issued_at < ?2{among.format("d")} GROUP BY 2, 3, 4, 5
          UNION ALL SELECT 'payment', y.tax_country, y.tax_ppm, y.tax_category, y.currency, count(*), sum(y.credit_micros), sum(y.tax_micros)
          FROM payment y JOIN account a ON a.id = y.account_id
          WHERE y.tax_category <> 'O' AND y.at >= ?1 AND y.at < ?2{among.format("a")} GROUP BY 2, 3, 4, 5 ORDER BY 2, 3, 1"""
        return list(self._db.rows(TaxSum._make, sql, (since_at, until_at)))

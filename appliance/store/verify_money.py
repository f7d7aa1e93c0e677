"""Proofs of documents, tax, fees, vouchers, bank lines and closed months; part of `verify`."""

from __future__ import annotations

from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.documents import Documents, hash_of


class Proof(NamedTuple):
    """`sql` gives a row for each fault: its id first, then what fills `says`."""

    code: str
    says: str
    sql: str


MONEY = (
    Proof(
        "verify.document_total",
        "document {0}: net {1}, tax {2} and total {3} do not agree with each other or with its lines",
        """SELECT d.id, d.net_micros, d.tax_micros, d.total_micros FROM document d WHERE d.net_micros + d.tax_micros <> d.total_micros
        OR d.net_micros <> (SELECT coalesce(sum(amount_micros), 0) FROM document_line WHERE document_id = d.id)
        OR d.exact_micros <> (SELECT coalesce(sum(exact_micros), 0) FROM document_line WHERE document_id = d.id)
        OR d.net_micros <> (SELECT coalesce(sum(net_micros), 0) FROM document_tax WHERE document_id = d.id)
        OR d.tax_micros <> (SELECT coalesce(sum(tax_micros), 0) FROM document_tax WHERE document_id = d.id)""",
    ),
    Proof(
        "verify.document_gap",
        "reseller {0}, series {1}: {2} documents, numbers up to {3}, counter at {4}",
        """SELECT d.reseller_id, d.series, count(*) n, max(d.number) m, coalesce(c.last, 0) l, min(d.number) f FROM document d
        LEFT JOIN document_number c ON c.reseller_id = d.reseller_id AND c.series = d.series GROUP BY 1, 2 HAVING n <> m - f + 1 OR m <> l""",
    ),
    Proof(
        "verify.receipt_gap",
        "reseller {0}: {1} receipts, numbers up to {2}",
        """SELECT reseller_id, count(*) n, max(number) m, min(number) f FROM receipt GROUP BY 1 HAVING n <> m - f + 1""",
    ),
    Proof(
        "verify.document_stretch",
        "document {0} begins after posting {1} of account {2}, the one before it ended at {3}",
        """SELECT id, after_posting, account_id, before FROM (SELECT id, after_posting, account_id,
        lag(last_posting, 1, 0) OVER (PARTITION BY account_id ORDER BY id) before FROM document WHERE corrects_id IS NULL)
        WHERE after_posting <> before""",
    ),
    Proof(
        "verify.document_sources",
        "document {0} says {1}, the postings of account {2} that it tells of come to {3}",
        """SELECT d.id, d.exact_micros - coalesce(m.moved, 0) said, d.account_id, s.sum FROM document d
        JOIN (SELECT d.id, coalesce(-sum(CASE WHEN e.kind <> 'invoice' THEN p.amount_micros END), 0) sum FROM document d
          LEFT JOIN posting p ON p.account_id = d.account_id AND p.id > d.after_posting AND p.id <= d.last_posting
          LEFT JOIN entry e ON e.id = p.entry_id WHERE d.corrects_id IS NULL GROUP BY d.id) s ON s.id = d.id
        LEFT JOIN (SELECT document_id, sum(amount_micros) moved FROM document_movement GROUP BY 1) m ON m.document_id = d.id
        WHERE d.taxed_by = 'usage' AND said <> s.sum""",
    ),
    Proof(
        "verify.document_balance",
        "document {0}: balance {1} before and {2} after do not agree with what it tells",
        """SELECT d.id, d.balance_before_micros, d.balance_after_micros FROM document d WHERE d.corrects_id IS NULL
        AND d.balance_after_micros - d.balance_before_micros <> coalesce((SELECT sum(amount_micros) FROM document_movement
        WHERE document_id = d.id), 0) - CASE d.taxed_by WHEN 'usage' THEN d.exact_micros + CASE d.tax_included WHEN 0 THEN d.tax_micros ELSE 0 END
        ELSE 0 END""",
    ),
    Proof(
        "verify.document_tax_entry",
        "document {0} has a tax of {1}, its entry {2} says otherwise",
        """SELECT d.id, d.tax_micros, d.entry_id FROM document d WHERE d.taxed_by = 'usage' AND d.tax_micros * CASE WHEN d.corrects_id IS NULL
        THEN 1 ELSE -1 END <> coalesce((SELECT sum(p.amount_micros) FROM posting p JOIN account a ON a.id = p.account_id AND a.kind = 'tax'
        WHERE p.entry_id = d.entry_id), 0)""",
    ),
    Proof(
        "verify.document_without_cause",
        "entry {0} is the {1} of no document",
        """SELECT e.id, e.kind FROM entry e WHERE e.kind IN ('invoice', 'credit_note')
        AND NOT EXISTS (SELECT 1 FROM document d WHERE d.entry_id = e.id)""",
    ),
    Proof(
        "verify.credit_too_large",
        "invoice {0} of {1} has credit notes of {2}",
        """SELECT d.id, d.total_micros, sum(n.total_micros) s FROM document d JOIN document n ON n.corrects_id = d.id
        WHERE NOT EXISTS (SELECT 1 FROM document m JOIN document_claim x ON x.document_id = m.id WHERE m.corrects_id = d.id)
        GROUP BY d.id HAVING s > d.total_micros""",
    ),
    Proof(
        "verify.allocation_invoice",
        "invoice {0} of {1} has {2} set against it",
        """SELECT d.id, d.total_micros, sum(x.amount_micros) s FROM document d JOIN allocation x ON x.document_id = d.id GROUP BY d.id
        HAVING s > d.total_micros OR s < 0""",
    ),
    Proof(
        "verify.allocation_payment",
        "payment {0} brought {1}, {2} of it is set against invoices",
        """SELECT y.id, y.gross_micros + coalesce((SELECT sum(gross_micros) FROM payment u WHERE u.reverses_payment_id = y.id), 0) b,
        sum(x.amount_micros) s FROM payment y JOIN allocation x ON x.payment_id = y.id GROUP BY y.id HAVING s > b OR s < 0""",
    ),
    Proof(
        "verify.allocation_account",
        "allocation {0}: payment {1} is of another account than invoice {2}",
        """SELECT x.id, x.payment_id, x.document_id FROM allocation x JOIN payment y ON y.id = x.payment_id
        JOIN document d ON d.id = x.document_id WHERE y.account_id <> d.account_id""",
    ),
    Proof(
        "verify.payment_tax",
        "payment {0} has a tax of {1}, its entry says otherwise",
        """SELECT y.id, y.tax_micros FROM payment y WHERE y.kind <> 'write_off'
        AND y.tax_micros <> coalesce((SELECT sum(p.amount_micros) FROM posting p
        JOIN account a ON a.id = p.account_id AND a.kind = 'tax' WHERE p.entry_id = y.entry_id), 0)""",
    ),
    Proof(
        "verify.fee_amount",
        "fee {0}, month {1}: {2} taken, its entry says otherwise",
        """SELECT t.monthly_fee_id, t.month, t.amount_micros FROM monthly_fee_taken t JOIN monthly_fee f ON f.id = t.monthly_fee_id
        WHERE t.until_on <> '' AND t.amount_micros NOT IN (SELECT abs(p.amount_micros) FROM posting p WHERE p.entry_id = t.entry_id)""",
    ),
    Proof(
        "verify.fee_returned",
        "fee {0}, month {1}: {2} given back of {3}",
        """SELECT r.monthly_fee_id, r.month, r.amount_micros, coalesce(t.amount_micros, 0) FROM monthly_fee_returned r
        LEFT JOIN monthly_fee_taken t ON t.monthly_fee_id = r.monthly_fee_id AND t.month = r.month
        WHERE r.amount_micros > coalesce(t.amount_micros, 0)
        OR r.amount_micros NOT IN (SELECT abs(p.amount_micros) FROM posting p WHERE p.entry_id = r.entry_id)""",
    ),
    Proof(
        "verify.number_fee",
        "number {0}, entry {1}: {2} taken or given back, its entry says otherwise",
        """SELECT n.did, n.entry_id, n.amount_micros FROM number_fee n LEFT JOIN number_sale s ON s.id = n.sale_id
        LEFT JOIN reseller r ON r.id = s.reseller_id LEFT JOIN customer c ON c.id = n.customer_id
        WHERE NOT EXISTS (SELECT 1 FROM posting p WHERE p.entry_id = n.entry_id AND p.account_id = coalesce(r.credit_account_id, c.credit_account_id)
          AND p.amount_micros = CASE n.kind WHEN 'returned' THEN 1 ELSE -1 END * n.amount_micros)""",
    ),
    Proof(
        "verify.voucher_amount",
        "voucher {0} of {1} brought {2}",
        """SELECT v.id, b.amount_micros, y.gross_micros FROM voucher v JOIN voucher_batch b ON b.id = v.batch_id JOIN payment y ON y.id = v.payment_id
        WHERE b.amount_micros <> y.gross_micros OR b.currency <> y.currency OR y.method <> 'voucher'""",
    ),
    Proof(
        "verify.bank_line",
        "line {0} of a bank statement of {1} brought {2}",
        """SELECT l.id, l.amount_micros, y.gross_micros FROM bank_line l LEFT JOIN payment y ON y.id = l.payment_id
        WHERE (l.state = 'booked') <> (l.payment_id IS NOT NULL) OR (y.id IS NOT NULL AND y.gross_micros <> l.amount_micros)""",
    ),
    Proof(
        "verify.carrier_payment",
        "payment {0} to a carrier of {1} differs from its entry",
        """SELECT c.id, c.amount_micros FROM carrier_payment c WHERE -c.amount_micros IS NOT (SELECT sum(p.amount_micros) FROM posting p
        WHERE p.entry_id = c.entry_id AND +p.account_id = c.account_id)""",
    ),
    Proof(
        "verify.carrier_entry",
        "entry {0} pays a carrier without its payment",
        """SELECT e.id FROM entry e WHERE e.kind = 'carrier_payment' AND NOT EXISTS (SELECT 1 FROM carrier_payment c WHERE c.entry_id = e.id)""",
    ),
    Proof(
        "verify.closed",
        "entry {0} of {1} was written after the books were closed up to {2}",
        """SELECT e.id, e.at, b.until_at FROM book_close b JOIN entry e ON e.at < b.until_at
        WHERE e.id > coalesce(json_extract(b.sums, '$.last_entry'), 9223372036854775807)""",
    ),
)


def chains(database: Database) -> list[tuple[int, str]]:
    """(document, number) of each whose hash is not what it says, or that does not name the one before it."""
    documents = Documents(database)
    found = []
    before: tuple[int, str] = (0, "")
    last = ""
    for (row_id,) in database.fetch("SELECT id FROM document ORDER BY reseller_id, series, number"):
        row = documents.get(row_id)
        assert row is not None  # just listed
        if (row.reseller_id, row.series) != before:
            before, last = (row.reseller_id, row.series), ""
        said = hash_of(row, documents.lines(row.id), documents.taxes(row.id), documents.movements(row.id))
        if said != row.hash or row.previous_hash != last:
            found.append((row.id, row.label))
        last = row.hash
    return found

"""Proves call shops: guests' accounts, bills, drawers, and the chain of every shop's documents.

Each proof is (code, how it says what it found, SQL that must find nothing): `store/verify` runs them with its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from appliance.store.database import Database

PROOFS = (
    (
        "verify.guest_account",
        "guest's account {0} has {1} and no open bill",
        """SELECT a.id, a.balance_micros FROM account a WHERE a.kind = 'guest' AND a.balance_micros <> 0
        AND NOT EXISTS (SELECT 1 FROM bill b WHERE b.account_id = a.id AND b.state = 'open')""",
    ),
    (
        "verify.bill_balance",
        "bill {0}: {1} was paid in, its guest's account and lines say {2}",
        """WITH RECURSIVE family(top, id) AS (SELECT id, id FROM bill WHERE state = 'open'
        UNION SELECT f.top, b.id FROM family f JOIN bill b ON b.joined_to = f.id)
        SELECT b.id, (SELECT coalesce(sum(p.value_micros), 0) FROM family f JOIN bill_payment p ON p.bill_id = f.id WHERE f.top = b.id) paid,
        a.balance_micros + (SELECT coalesce(sum(l.amount_micros), 0) FROM bill_line l WHERE l.bill_id = b.id AND l.removed_at IS NULL) said
        FROM bill b JOIN account a ON a.id = b.account_id WHERE b.state = 'open' AND paid <> said""",
    ),
    (
        "verify.bill_line_entry",
        "line {0} of bill {1}: {2} is not what its entry posted",
        """SELECT l.id, l.bill_id, l.amount_micros FROM bill_line l WHERE (l.amount_micros <> 0) <> (l.entry_id IS NOT NULL)
        OR (l.entry_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM posting p WHERE p.entry_id = l.entry_id AND p.amount_micros = -l.amount_micros))
        OR ((l.removal_entry_id IS NOT NULL) <> (l.removed_at IS NOT NULL AND l.amount_micros <> 0))""",
    ),
    (
        "verify.call_not_billed",
        "call {0} was charged {1} to a guest and is on no bill so",
        """SELECT h.cdr_id, h.amount_micros FROM charge h LEFT JOIN bill_line l ON l.cdr_id = h.cdr_id
        WHERE h.level = -1 AND l.amount_micros IS NOT h.amount_micros""",
    ),
    (
        "verify.bill_open_session",
        "session {0} is open on bill {1}, which is {2}",
        "SELECT s.id, b.id, b.state FROM booth_session s JOIN bill b ON b.id = s.bill_id WHERE s.closed_at IS NULL AND b.state <> 'open'",
    ),
    (
        "verify.drawer",
        "drawer {0} has {1} in the books, its movements come to {2}",
        """SELECT a.id, a.balance_micros, coalesce((SELECT -sum(m.amount_micros) FROM cash_movement m JOIN shift s ON s.id = m.shift_id
        WHERE s.shop_id || '/' || s.till_id = a.name AND m.currency = a.currency), 0) said
        FROM account a WHERE a.kind = 'shop_cash' AND a.balance_micros <> said""",
    ),
    (
        "verify.shift_closed",
        "shift {0} is closed with {2} {1} left in its drawer",
        """SELECT s.id, m.currency, sum(m.amount_micros) remaining FROM shift s JOIN cash_movement m ON m.shift_id = s.id
        WHERE s.closed_at IS NOT NULL GROUP BY s.id, m.currency HAVING remaining <> 0""",
    ),
    (
        "verify.till_signature",
        "document {0} of shop {1} was to be signed and nothing is known of it",
        """SELECT d.id, d.shop_id FROM till_document d LEFT JOIN till_signature s ON s.document_id = d.id
        WHERE (coalesce(json_extract(d.content, '$.signing'), 0) = 1) <> (s.document_id IS NOT NULL)""",
    ),
    (
        "verify.till_numbers",
        "shop {0}: {2} documents of series {1}, the last has number {3}",
        """SELECT shop_id, series, count(*), max(number) FROM till_document
        GROUP BY shop_id, series HAVING count(*) <> max(number) OR min(number) <> 1""",
    ),
)

_HEAD = ("shop", "series", "number", "kind", "at", "till", "shift", "bill", "clerk")


def chains(database: Database) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """(code, what, ids) of each document that does not follow from the one before it, or is not what its hash closes over."""
    sql = """SELECT id, position, previous, hash, content, shop_id, series, number, kind, at, till_id, shift_id, bill_id, operator_id
      FROM till_document ORDER BY shop_id, position"""
    shop, place, last = None, 0, ""
    for row_id, position, previous, hashed, content, *head in database.fetch(sql):
        if head[0] != shop:
            shop, place, last = head[0], 0, ""
        kept = json.loads(content)
        said = hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()
        if position != place + 1 or previous != last or hashed != said or [kept.get(name) for name in _HEAD] != head:
            yield "verify.till_chain", f"document {row_id} of shop {shop} (place {position}) is not what was issued", (row_id,)
        place, last = position, hashed
    sql = """SELECT d.id, d.shop_id, d.hash, s.hash, s.state, s.at, s.device, s.signature, s.qr, s.error
      FROM till_signature s JOIN till_document d ON d.id = s.document_id WHERE s.state <> 'waiting'"""
    for row_id, shop_id, document_hash, hashed, *words in database.fetch(sql):
        text = json.dumps(words, separators=(",", ":"), ensure_ascii=False)
        if hashlib.sha256(f"{document_hash}\n{text}".encode()).hexdigest() != hashed:
            yield "verify.till_signature", f"what a signing device said of document {row_id} of shop {shop_id} is not what it said", (row_id,)

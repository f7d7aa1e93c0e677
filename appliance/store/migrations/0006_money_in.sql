-- Vouchers, limits and approvals, bank statements, payments to carriers, closed months.

CREATE TABLE voucher_batch (
  id INTEGER PRIMARY KEY, reseller_id INTEGER NOT NULL REFERENCES reseller, name TEXT NOT NULL, amount_micros INTEGER NOT NULL, currency TEXT NOT NULL, expires_on TEXT,
  made_at INTEGER NOT NULL, operator_id INTEGER, UNIQUE (reseller_id, name)) STRICT;
CREATE TABLE voucher ( -- found by the hash of its code; the sealed code is for printing and forgotten when the voucher is used
  id INTEGER PRIMARY KEY, batch_id INTEGER NOT NULL REFERENCES voucher_batch, serial INTEGER NOT NULL, code_hash TEXT NOT NULL UNIQUE, code_sealed BLOB,
  payment_id INTEGER UNIQUE REFERENCES payment, cancelled_at INTEGER, UNIQUE (batch_id, serial)) STRICT;

CREATE TABLE role_limit (
  reseller_id INTEGER NOT NULL REFERENCES reseller, role TEXT NOT NULL, what TEXT NOT NULL, amount_micros INTEGER NOT NULL, PRIMARY KEY (reseller_id, role, what)) STRICT, WITHOUT ROWID;
CREATE TABLE approval ( -- what somebody asked for above his limit; request is JSON
  id INTEGER PRIMARY KEY, reseller_id INTEGER NOT NULL REFERENCES reseller, operation TEXT NOT NULL, what TEXT NOT NULL, request TEXT NOT NULL, account_id INTEGER NOT NULL REFERENCES account,
  amount_micros INTEGER NOT NULL, limit_micros INTEGER NOT NULL, operator_id INTEGER NOT NULL, who TEXT NOT NULL, asked_at INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting', decided_by TEXT, decided_at INTEGER, note TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX approval_waiting ON approval (reseller_id, id) WHERE state = 'waiting';

CREATE TABLE bank_statement (
  id INTEGER PRIMARY KEY, reseller_id INTEGER NOT NULL REFERENCES reseller, name TEXT NOT NULL, format TEXT NOT NULL, imported_at INTEGER NOT NULL, operator_id INTEGER) STRICT;
CREATE TABLE bank_line ( -- fingerprint: the bank's own reference of the line, or what all of it says, with its number among lines that say the same
  id INTEGER PRIMARY KEY, statement_id INTEGER NOT NULL REFERENCES bank_statement, reseller_id INTEGER NOT NULL REFERENCES reseller, fingerprint TEXT NOT NULL, booked_on TEXT NOT NULL,
  amount_micros INTEGER NOT NULL, currency TEXT NOT NULL, name TEXT NOT NULL DEFAULT '', iban TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '', reference TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'waiting', payment_id INTEGER UNIQUE REFERENCES payment, account_id INTEGER REFERENCES account, UNIQUE (reseller_id, fingerprint)) STRICT;
CREATE INDEX bank_line_waiting ON bank_line (reseller_id, id) WHERE state = 'waiting';
CREATE INDEX bank_line_iban ON bank_line (reseller_id, iban) WHERE account_id IS NOT NULL;

CREATE TABLE carrier_payment (
  id INTEGER PRIMARY KEY, trunk_id INTEGER NOT NULL REFERENCES trunk, account_id INTEGER NOT NULL REFERENCES account, entry_id INTEGER NOT NULL UNIQUE REFERENCES entry, at INTEGER NOT NULL, method TEXT NOT NULL,
  amount_micros INTEGER NOT NULL, currency TEXT NOT NULL, reference TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '', operator_id INTEGER) STRICT;
CREATE INDEX carrier_payment_account ON carrier_payment (account_id);

CREATE TABLE book_close (id INTEGER PRIMARY KEY, until_at INTEGER NOT NULL UNIQUE, closed_at INTEGER NOT NULL, who TEXT NOT NULL, note TEXT NOT NULL DEFAULT '', sums TEXT NOT NULL) STRICT; -- sums: JSON, by reseller, kind and currency
CREATE TRIGGER book_close_no_update BEFORE UPDATE ON book_close BEGIN SELECT raise(ABORT, 'closed months stay closed'); END;
CREATE TRIGGER book_close_no_delete BEFORE DELETE ON book_close BEGIN SELECT raise(ABORT, 'closed months stay closed'); END;
CREATE TRIGGER entry_not_before_close BEFORE INSERT ON entry WHEN new.at < (SELECT max(until_at) FROM book_close) BEGIN SELECT raise(ABORT, 'the books are closed up to a later time'); END;
CREATE TRIGGER carrier_payment_no_update BEFORE UPDATE ON carrier_payment BEGIN SELECT raise(ABORT, 'payments are never changed'); END;
CREATE TRIGGER carrier_payment_no_delete BEFORE DELETE ON carrier_payment BEGIN SELECT raise(ABORT, 'payments are never deleted'); END;

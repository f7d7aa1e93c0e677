-- Tax rates, invoices and credit notes, what is paid of them, reminders, fees.
-- Issued documents are facts: never changed, numbered without gaps, each naming the hash of the one before it in its series. Who sold and
-- bought stands apart (document_party), for it names people.

CREATE TABLE tax_rate (
  id INTEGER PRIMARY KEY, reseller_id INTEGER NOT NULL REFERENCES reseller, name TEXT NOT NULL, percent_ppm INTEGER NOT NULL, country TEXT NOT NULL DEFAULT '', -- '' all other countries
  created_at INTEGER NOT NULL, archived_at INTEGER, version INTEGER NOT NULL DEFAULT 1) STRICT;
CREATE UNIQUE INDEX tax_rate_name ON tax_rate (reseller_id, name) WHERE archived_at IS NULL;
CREATE UNIQUE INDEX tax_rate_country ON tax_rate (reseller_id, country) WHERE archived_at IS NULL;
CREATE TABLE vat_check ( -- a VAT number was looked up; forgotten with its person
  id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person, vat_number TEXT NOT NULL, valid INTEGER NOT NULL, checked_at INTEGER NOT NULL, how TEXT NOT NULL, operator_id INTEGER) STRICT;
CREATE INDEX vat_check_person ON vat_check (person_id, id);

ALTER TABLE payment ADD COLUMN tax_ppm INTEGER NOT NULL DEFAULT 0;
ALTER TABLE payment ADD COLUMN tax_category TEXT NOT NULL DEFAULT 'O';
ALTER TABLE payment ADD COLUMN tax_country TEXT NOT NULL DEFAULT '';
CREATE INDEX payment_at ON payment (at) WHERE tax_micros <> 0;
CREATE TABLE receipt_print (payment_id INTEGER PRIMARY KEY REFERENCES payment, at INTEGER NOT NULL) STRICT; -- every later print is a copy

CREATE TABLE document (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, -- invoice | credit_note
  reseller_id INTEGER NOT NULL REFERENCES reseller, series TEXT NOT NULL, number INTEGER NOT NULL, label TEXT NOT NULL,
  account_id INTEGER NOT NULL REFERENCES account, customer_id INTEGER REFERENCES customer, buyer_reseller_id INTEGER REFERENCES reseller,
  issued_at INTEGER NOT NULL, from_at INTEGER, until_at INTEGER NOT NULL, due_on TEXT, timezone TEXT NOT NULL,
  after_posting INTEGER NOT NULL, last_posting INTEGER NOT NULL, -- the account's postings that it tells of: those after the first, up to the last
  currency TEXT NOT NULL, exact_micros INTEGER NOT NULL, net_micros INTEGER NOT NULL, tax_micros INTEGER NOT NULL, total_micros INTEGER NOT NULL,
  taxed_by TEXT NOT NULL, tax_included INTEGER NOT NULL DEFAULT 0, -- usage | payment
  balance_before_micros INTEGER NOT NULL, balance_after_micros INTEGER NOT NULL,
  corrects_id INTEGER REFERENCES document, entry_id INTEGER REFERENCES entry, reason TEXT NOT NULL DEFAULT '', operator_id INTEGER,
  previous_hash TEXT NOT NULL, hash TEXT NOT NULL, UNIQUE (reseller_id, series, number)) STRICT;
CREATE INDEX document_account ON document (account_id, id);
CREATE INDEX document_reseller ON document (reseller_id, id);
CREATE INDEX document_corrects ON document (corrects_id) WHERE corrects_id IS NOT NULL;
CREATE INDEX document_at ON document (issued_at);
CREATE TABLE document_line (
  document_id INTEGER NOT NULL REFERENCES document, position INTEGER NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL, pieces INTEGER NOT NULL, seconds INTEGER NOT NULL,
  exact_micros INTEGER NOT NULL, amount_micros INTEGER NOT NULL, tax INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (document_id, position)) STRICT, WITHOUT ROWID; -- tax: which row of document_tax
CREATE TABLE document_tax (
  document_id INTEGER NOT NULL REFERENCES document, position INTEGER NOT NULL, category TEXT NOT NULL, name TEXT NOT NULL, percent_ppm INTEGER NOT NULL, country TEXT NOT NULL,
  net_micros INTEGER NOT NULL, tax_micros INTEGER NOT NULL, PRIMARY KEY (document_id, position)) STRICT, WITHOUT ROWID;
CREATE TABLE document_movement (
  document_id INTEGER NOT NULL REFERENCES document, position INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL, amount_micros INTEGER NOT NULL,
  PRIMARY KEY (document_id, position)) STRICT, WITHOUT ROWID;
CREATE TABLE document_party (document_id INTEGER PRIMARY KEY REFERENCES document, seller TEXT NOT NULL, buyer TEXT NOT NULL) STRICT; -- JSON, as it was at the issue
CREATE TABLE document_claim (entry_id INTEGER PRIMARY KEY REFERENCES entry, document_id INTEGER NOT NULL REFERENCES document) STRICT; -- entries that a credit note tells of, so that no invoice does
CREATE INDEX document_claim_document ON document_claim (document_id);
CREATE TABLE credit_proposal ( -- calls that were invoiced and then charged anew: a credit note or the next invoice tells of it
  entry_id INTEGER PRIMARY KEY REFERENCES entry, document_id INTEGER NOT NULL REFERENCES document, made_at INTEGER NOT NULL) STRICT;
CREATE INDEX credit_proposal_document ON credit_proposal (document_id);
CREATE TABLE allocation ( -- append-only; taken back by a row below zero
  id INTEGER PRIMARY KEY, document_id INTEGER NOT NULL REFERENCES document, payment_id INTEGER REFERENCES payment, credit_note_id INTEGER REFERENCES document, amount_micros INTEGER NOT NULL,
  at INTEGER NOT NULL, operator_id INTEGER, CHECK ((payment_id IS NULL) <> (credit_note_id IS NULL))) STRICT;
CREATE INDEX allocation_document ON allocation (document_id);
CREATE INDEX allocation_payment ON allocation (payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX allocation_credit_note ON allocation (credit_note_id) WHERE credit_note_id IS NOT NULL;
CREATE TABLE reminder (document_id INTEGER NOT NULL REFERENCES document, level INTEGER NOT NULL, at INTEGER NOT NULL, message_id INTEGER, PRIMARY KEY (document_id, level)) STRICT, WITHOUT ROWID;
CREATE TABLE invoice_run (reseller_id INTEGER NOT NULL REFERENCES reseller, until_at INTEGER NOT NULL, done_at INTEGER NOT NULL, PRIMARY KEY (reseller_id, until_at)) STRICT, WITHOUT ROWID;

ALTER TABLE monthly_fee_taken ADD COLUMN amount_micros INTEGER NOT NULL DEFAULT 0;
ALTER TABLE monthly_fee_taken ADD COLUMN since_on TEXT NOT NULL DEFAULT '';
ALTER TABLE monthly_fee_taken ADD COLUMN until_on TEXT NOT NULL DEFAULT ''; -- the first day that is not paid
CREATE TABLE monthly_fee_returned ( -- days of a month taken that were given back, once
  monthly_fee_id INTEGER NOT NULL REFERENCES monthly_fee, month TEXT NOT NULL, entry_id INTEGER NOT NULL REFERENCES entry, amount_micros INTEGER NOT NULL, since_on TEXT NOT NULL, until_on TEXT NOT NULL,
  PRIMARY KEY (monthly_fee_id, month)) STRICT, WITHOUT ROWID;
CREATE TABLE monthly_fee_waiting ( -- a fee that waits for money; suspended: what we disabled meanwhile
  monthly_fee_id INTEGER PRIMARY KEY REFERENCES monthly_fee, since_at INTEGER NOT NULL, suspended_at INTEGER) STRICT;

CREATE TRIGGER document_no_update BEFORE UPDATE ON document BEGIN SELECT raise(ABORT, 'documents are never changed'); END;
CREATE TRIGGER document_no_delete BEFORE DELETE ON document BEGIN SELECT raise(ABORT, 'documents are never deleted'); END;
CREATE TRIGGER document_line_no_update BEFORE UPDATE ON document_line BEGIN SELECT raise(ABORT, 'documents are never changed'); END;
CREATE TRIGGER document_line_no_delete BEFORE DELETE ON document_line BEGIN SELECT raise(ABORT, 'documents are never deleted'); END;
CREATE TRIGGER document_tax_no_update BEFORE UPDATE ON document_tax BEGIN SELECT raise(ABORT, 'documents are never changed'); END;
CREATE TRIGGER document_tax_no_delete BEFORE DELETE ON document_tax BEGIN SELECT raise(ABORT, 'documents are never deleted'); END;
CREATE TRIGGER allocation_no_update BEFORE UPDATE ON allocation BEGIN SELECT raise(ABORT, 'allocations are never changed'); END;
CREATE TRIGGER allocation_no_delete BEFORE DELETE ON allocation BEGIN SELECT raise(ABORT, 'allocations are never deleted'); END;
CREATE TRIGGER monthly_fee_taken_no_update BEFORE UPDATE ON monthly_fee_taken BEGIN SELECT raise(ABORT, 'months taken are never changed'); END;
CREATE TRIGGER monthly_fee_taken_no_delete BEFORE DELETE ON monthly_fee_taken BEGIN SELECT raise(ABORT, 'months taken are never deleted'); END;
CREATE INDEX monthly_fee_taken_entry ON monthly_fee_taken (entry_id);
CREATE INDEX monthly_fee_returned_entry ON monthly_fee_returned (entry_id);

-- booths, sessions, bills, tills and shifts
-- A shop is a customer with the call shop option; its endpoints are its booths. All its money is in the ledger: each open bill has a
-- guest's account, which is zero once the bill is settled and is then taken for another bill.

CREATE TABLE shop ( -- what a shop says of itself; a shop without a row has the defaults
  customer_id INTEGER PRIMARY KEY REFERENCES customer, receipt_name TEXT NOT NULL DEFAULT '', receipt_head TEXT NOT NULL DEFAULT '', receipt_foot TEXT NOT NULL DEFAULT '',
  tax_number TEXT NOT NULL DEFAULT '', tax_ppm INTEGER NOT NULL DEFAULT 0, rounding_micros INTEGER NOT NULL DEFAULT 0, -- cash is rounded to whole such units
  denominations TEXT NOT NULL DEFAULT '[]', currencies TEXT NOT NULL DEFAULT '{}', -- JSON: micros of the shop's currency; {currency: what one of it is taken for}
  forgive_seconds INTEGER NOT NULL DEFAULT 0, forgive_micros INTEGER NOT NULL DEFAULT 0, warn_seconds INTEGER NOT NULL DEFAULT 60,
  blocked TEXT NOT NULL DEFAULT '[]', pin_everything INTEGER NOT NULL DEFAULT 0, version INTEGER NOT NULL DEFAULT 1) STRICT;
CREATE TABLE booth ( -- an endpoint of a shop; without a row it has the defaults
  endpoint_id INTEGER PRIMARY KEY REFERENCES endpoint, name TEXT NOT NULL DEFAULT '', position INTEGER NOT NULL DEFAULT 0, out_of_order INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '', blocked TEXT NOT NULL DEFAULT '[]', desk INTEGER NOT NULL DEFAULT 0, -- desk: the shop's own phone, no booth
  version INTEGER NOT NULL DEFAULT 1) STRICT;
CREATE TABLE till (
  id INTEGER PRIMARY KEY, shop_id INTEGER NOT NULL REFERENCES customer, name TEXT NOT NULL, printer TEXT NOT NULL DEFAULT 'none', address TEXT NOT NULL DEFAULT '', -- none usb serial network spooler file qt
  columns INTEGER NOT NULL DEFAULT 42, code_page TEXT NOT NULL DEFAULT 'CP858', drawer INTEGER NOT NULL DEFAULT 1, cutter INTEGER NOT NULL DEFAULT 1, native_qr INTEGER NOT NULL DEFAULT 1,
  print_always INTEGER NOT NULL DEFAULT 1, created_at INTEGER NOT NULL, archived_at INTEGER, version INTEGER NOT NULL DEFAULT 1) STRICT;
CREATE UNIQUE INDEX till_name ON till (shop_id, name) WHERE archived_at IS NULL;

CREATE TABLE shift ( -- somebody's time at a till; money at a till belongs to one
  id INTEGER PRIMARY KEY, shop_id INTEGER NOT NULL REFERENCES customer, till_id INTEGER NOT NULL REFERENCES till, operator_id INTEGER, clerk TEXT NOT NULL, -- clerk: the login as it was
  opened_at INTEGER NOT NULL, closed_at INTEGER, closed_by INTEGER, close_reason TEXT NOT NULL DEFAULT '', version INTEGER NOT NULL DEFAULT 1) STRICT;
CREATE UNIQUE INDEX shift_open ON shift (till_id) WHERE closed_at IS NULL;
CREATE INDEX shift_shop ON shift (shop_id, id);
CREATE TABLE cash_movement ( -- every change of what lies in a drawer: positive came in
  id INTEGER PRIMARY KEY, shift_id INTEGER NOT NULL REFERENCES shift, at INTEGER NOT NULL, kind TEXT NOT NULL, -- float bill deposit payout refund in out drop count
  amount_micros INTEGER NOT NULL, currency TEXT NOT NULL, entry_id INTEGER NOT NULL REFERENCES entry, bill_id INTEGER REFERENCES bill,
  operator_id INTEGER, reason TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX cash_movement_shift ON cash_movement (shift_id, id);
CREATE TABLE shift_count ( -- a blind count; the last one before the close counts
  id INTEGER PRIMARY KEY, shift_id INTEGER NOT NULL REFERENCES shift, at INTEGER NOT NULL, operator_id INTEGER, counted TEXT NOT NULL, -- JSON {currency: {denomination: pieces}}
  last_movement_id INTEGER NOT NULL) STRICT;
CREATE INDEX shift_count_shift ON shift_count (shift_id, id);

CREATE TABLE goods ( -- a shop's price list beside calls; stock NULL is not kept
  id INTEGER PRIMARY KEY, shop_id INTEGER NOT NULL REFERENCES customer, name TEXT NOT NULL, code TEXT NOT NULL DEFAULT '', price_micros INTEGER NOT NULL, tax_ppm INTEGER NOT NULL DEFAULT 0,
  cost_micros INTEGER NOT NULL DEFAULT 0, stock INTEGER, created_at INTEGER NOT NULL, archived_at INTEGER, version INTEGER NOT NULL DEFAULT 1) STRICT;
CREATE UNIQUE INDEX goods_name ON goods (shop_id, name) WHERE archived_at IS NULL;

CREATE TABLE bill (
  id INTEGER PRIMARY KEY, shop_id INTEGER NOT NULL REFERENCES customer, account_id INTEGER NOT NULL REFERENCES account, -- the guest's account while it is open
  currency TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'open', -- open paid joined cancelled walk_out complaint
  opened_at INTEGER NOT NULL, opened_by INTEGER, settled_at INTEGER, settled_by INTEGER, shift_id INTEGER REFERENCES shift, joined_to INTEGER REFERENCES bill, split_from INTEGER REFERENCES bill,
  reason TEXT NOT NULL DEFAULT '', total_micros INTEGER NOT NULL DEFAULT 0, tax_micros INTEGER NOT NULL DEFAULT 0, rounding_micros INTEGER NOT NULL DEFAULT 0, -- as settled
  lost_micros INTEGER NOT NULL DEFAULT 0, refunded_micros INTEGER NOT NULL DEFAULT 0, language TEXT NOT NULL DEFAULT '') STRICT;
CREATE UNIQUE INDEX bill_account ON bill (account_id) WHERE state = 'open';
CREATE INDEX bill_shop ON bill (shop_id, id);
CREATE INDEX bill_settled ON bill (shop_id, settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX bill_shift ON bill (shift_id) WHERE shift_id IS NOT NULL;
CREATE TABLE booth_session (
  id INTEGER PRIMARY KEY, shop_id INTEGER NOT NULL REFERENCES customer, endpoint_id INTEGER NOT NULL REFERENCES endpoint, bill_id INTEGER NOT NULL REFERENCES bill,
  state TEXT NOT NULL DEFAULT 'open', -- open paused locked closed
  mode TEXT NOT NULL DEFAULT 'postpaid', -- postpaid deposit
  money_limit_micros INTEGER, time_limit_seconds INTEGER, talked_ms INTEGER NOT NULL DEFAULT 0, -- by calls that are over
  opened_at INTEGER NOT NULL, opened_by INTEGER, locked_at INTEGER, closed_at INTEGER, closed_by INTEGER, outcome TEXT NOT NULL DEFAULT '', -- paid joined cancelled walk_out complaint
  version INTEGER NOT NULL DEFAULT 1) STRICT;
CREATE UNIQUE INDEX booth_session_open ON booth_session (endpoint_id) WHERE closed_at IS NULL;
CREATE INDEX booth_session_bill ON booth_session (bill_id);
CREATE INDEX booth_session_shop ON booth_session (shop_id, id);
CREATE TABLE booth_guest (session_id INTEGER PRIMARY KEY REFERENCES booth_session, note TEXT NOT NULL) STRICT; -- who is in the booth: apart, so that it can be erased
CREATE TABLE bill_line ( -- `bill_id` changes where bills are joined or split; what it is of and its money never do
  id INTEGER PRIMARY KEY, bill_id INTEGER NOT NULL REFERENCES bill, session_id INTEGER REFERENCES booth_session, at INTEGER NOT NULL, kind TEXT NOT NULL, -- call goods item discount forgiven
  text TEXT NOT NULL DEFAULT '', quantity INTEGER NOT NULL DEFAULT 1, amount_micros INTEGER NOT NULL, tax_ppm INTEGER NOT NULL DEFAULT 0, -- what the guest owes for it, tax in it
  cdr_id INTEGER UNIQUE REFERENCES cdr, seconds INTEGER NOT NULL DEFAULT 0, duration_ms INTEGER NOT NULL DEFAULT 0, destination TEXT NOT NULL DEFAULT '', goods_id INTEGER REFERENCES goods,
  line_id INTEGER REFERENCES bill_line, -- the line that a discount or a forgiven call is of
  cost_micros INTEGER NOT NULL DEFAULT 0, entry_id INTEGER REFERENCES entry, operator_id INTEGER, approved_by INTEGER, reason TEXT NOT NULL DEFAULT '',
  removed_at INTEGER, removed_by INTEGER, removal_entry_id INTEGER REFERENCES entry) STRICT;
CREATE INDEX bill_line_bill ON bill_line (bill_id, id);
CREATE TABLE bill_payment ( -- what was given for a bill, and given back: negative
  id INTEGER PRIMARY KEY, bill_id INTEGER NOT NULL REFERENCES bill, shift_id INTEGER REFERENCES shift, at INTEGER NOT NULL, kind TEXT NOT NULL, -- deposit payment change payout refund
  method TEXT NOT NULL, -- cash card
  amount_micros INTEGER NOT NULL, currency TEXT NOT NULL, value_micros INTEGER NOT NULL, rate TEXT NOT NULL DEFAULT '', -- of the tender's currency; of the bill's
  entry_id INTEGER NOT NULL REFERENCES entry, operator_id INTEGER) STRICT;
CREATE INDEX bill_payment_bill ON bill_payment (bill_id, id);
CREATE INDEX bill_payment_shift ON bill_payment (shift_id) WHERE shift_id IS NOT NULL;

CREATE TABLE till_document ( -- receipts, X and Z reports: numbered by series, one chain a shop; the content names persons and calls by id alone
  id INTEGER PRIMARY KEY, shop_id INTEGER NOT NULL REFERENCES customer, position INTEGER NOT NULL, series TEXT NOT NULL, number INTEGER NOT NULL, -- receipt x z
  kind TEXT NOT NULL, at INTEGER NOT NULL, till_id INTEGER REFERENCES till, shift_id INTEGER REFERENCES shift, bill_id INTEGER REFERENCES bill, operator_id INTEGER, -- sale refund deposit loss x z
  language TEXT NOT NULL DEFAULT '', content TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL,
  UNIQUE (shop_id, position), UNIQUE (shop_id, series, number)) STRICT;
CREATE INDEX till_document_bill ON till_document (bill_id) WHERE bill_id IS NOT NULL;
CREATE INDEX till_document_shift ON till_document (shift_id) WHERE shift_id IS NOT NULL;
CREATE TABLE print_job ( -- waits until a console has delivered it to the till's printer
  id INTEGER PRIMARY KEY, till_id INTEGER NOT NULL REFERENCES till, made_at INTEGER NOT NULL, kind TEXT NOT NULL, -- document drawer test
  document_id INTEGER REFERENCES till_document, copy INTEGER NOT NULL DEFAULT 0, kick INTEGER NOT NULL DEFAULT 0, language TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'waiting', -- waiting delivered cancelled
  tries INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '', done_at INTEGER) STRICT;
CREATE INDEX print_job_waiting ON print_job (till_id, id) WHERE state = 'waiting';
CREATE TABLE till_event ( -- what an owner wants to know of: drawer reprint cancel discount manual_price refund closed_booth_call deleted_line walk_out complaint forgiven recount forced_close
  id INTEGER PRIMARY KEY, shop_id INTEGER NOT NULL REFERENCES customer, at INTEGER NOT NULL, kind TEXT NOT NULL, till_id INTEGER, shift_id INTEGER, operator_id INTEGER, approved_by INTEGER,
  bill_id INTEGER, session_id INTEGER, cdr_id INTEGER, document_id INTEGER, amount_micros INTEGER NOT NULL DEFAULT 0, currency TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX till_event_shop ON till_event (shop_id, at);
CREATE INDEX till_event_shift ON till_event (shift_id) WHERE shift_id IS NOT NULL;
CREATE TABLE operator_pin (operator_id INTEGER PRIMARY KEY REFERENCES operator, pin_hash TEXT NOT NULL, failures INTEGER NOT NULL DEFAULT 0, shut_until_at INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TRIGGER cash_movement_no_update BEFORE UPDATE ON cash_movement BEGIN SELECT raise(ABORT, 'movements of cash are never changed'); END;
CREATE TRIGGER cash_movement_no_delete BEFORE DELETE ON cash_movement BEGIN SELECT raise(ABORT, 'movements of cash are never deleted'); END;
CREATE TRIGGER shift_count_no_update BEFORE UPDATE ON shift_count BEGIN SELECT raise(ABORT, 'counts are never changed'); END;
CREATE TRIGGER shift_count_no_delete BEFORE DELETE ON shift_count BEGIN SELECT raise(ABORT, 'counts are never deleted'); END;
CREATE TRIGGER bill_no_delete BEFORE DELETE ON bill BEGIN SELECT raise(ABORT, 'bills are never deleted'); END;
CREATE TRIGGER bill_line_fixed BEFORE UPDATE OF at, kind, text, quantity, amount_micros, tax_ppm, cdr_id, seconds, duration_ms, destination, goods_id, line_id, cost_micros, entry_id, operator_id ON bill_line
  BEGIN SELECT raise(ABORT, 'lines of bills are never changed'); END;
CREATE TRIGGER bill_line_no_delete BEFORE DELETE ON bill_line BEGIN SELECT raise(ABORT, 'lines of bills are never deleted'); END;
CREATE TRIGGER bill_payment_no_update BEFORE UPDATE ON bill_payment BEGIN SELECT raise(ABORT, 'payments of bills are never changed'); END;
CREATE TRIGGER bill_payment_no_delete BEFORE DELETE ON bill_payment BEGIN SELECT raise(ABORT, 'payments of bills are never deleted'); END;
CREATE TRIGGER till_document_no_update BEFORE UPDATE ON till_document BEGIN SELECT raise(ABORT, 'documents of a till are never changed'); END;
CREATE TRIGGER till_document_no_delete BEFORE DELETE ON till_document BEGIN SELECT raise(ABORT, 'documents of a till are never deleted'); END;
CREATE TRIGGER till_event_no_update BEFORE UPDATE ON till_event BEGIN SELECT raise(ABORT, 'events of a till are never changed'); END;
CREATE TRIGGER till_event_no_delete BEFORE DELETE ON till_event BEGIN SELECT raise(ABORT, 'events of a till are never deleted'); END;

-- Special rates, bundles of minutes, volume tiers, corrections of calls, disputes.

CREATE TABLE special_tariff ( -- a derived tariff that holds what one customer pays otherwise than its tariff says
  customer_id INTEGER PRIMARY KEY REFERENCES customer, tariff_id INTEGER NOT NULL UNIQUE REFERENCES tariff) STRICT;

CREATE TABLE bundle ( -- so many seconds to these prefixes in each period
  id INTEGER PRIMARY KEY, reseller_id INTEGER NOT NULL REFERENCES reseller, name TEXT NOT NULL, prefixes TEXT NOT NULL, seconds INTEGER NOT NULL, period TEXT NOT NULL, -- once | day | week | month
  created_at INTEGER NOT NULL, archived_at INTEGER, version INTEGER NOT NULL DEFAULT 1) STRICT;
CREATE UNIQUE INDEX bundle_name ON bundle (reseller_id, name) WHERE archived_at IS NULL;
CREATE TABLE customer_bundle ( -- a customer has it from a moment until another
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer, bundle_id INTEGER NOT NULL REFERENCES bundle, starts_at INTEGER NOT NULL, ends_at INTEGER, created_at INTEGER NOT NULL) STRICT;
CREATE INDEX customer_bundle_customer ON customer_bundle (customer_id);
CREATE TABLE bundle_use ( -- what one call took of it, in the period of its start
  cdr_id INTEGER PRIMARY KEY REFERENCES cdr, customer_bundle_id INTEGER NOT NULL REFERENCES customer_bundle, period_at INTEGER NOT NULL, seconds INTEGER NOT NULL CHECK (seconds > 0)) STRICT;
CREATE INDEX bundle_use_period ON bundle_use (customer_bundle_id, period_at);

CREATE TABLE volume_tier ( -- from so many billed seconds in a calendar month on, a call to the prefix costs so much less
  tariff_id INTEGER NOT NULL REFERENCES tariff, prefix TEXT NOT NULL, from_seconds INTEGER NOT NULL, discount_ppm INTEGER NOT NULL, PRIMARY KEY (tariff_id, prefix, from_seconds)) STRICT, WITHOUT ROWID;
CREATE TABLE volume_use ( -- billed seconds of a customer in a month to a tier's prefix; counted up by each call
  customer_id INTEGER NOT NULL REFERENCES customer, tariff_id INTEGER NOT NULL REFERENCES tariff, prefix TEXT NOT NULL, month_at INTEGER NOT NULL, seconds INTEGER NOT NULL, PRIMARY KEY (customer_id, tariff_id, prefix, month_at)) STRICT, WITHOUT ROWID;

CREATE TABLE rerating ( -- one posting of differences
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, operator_id INTEGER, request_id TEXT NOT NULL DEFAULT '', request TEXT NOT NULL, note TEXT NOT NULL DEFAULT '', calls INTEGER NOT NULL DEFAULT 0, finished_at INTEGER) STRICT;
CREATE UNIQUE INDEX rerating_request ON rerating (request_id) WHERE request_id <> '';
CREATE TABLE correction ( -- a charge of a call put right; the newest of a level is what it costs
  id INTEGER PRIMARY KEY, cdr_id INTEGER NOT NULL REFERENCES cdr, level INTEGER NOT NULL, kind TEXT NOT NULL, -- refund | rerate
  rerating_id INTEGER REFERENCES rerating, before_micros INTEGER NOT NULL, after_micros INTEGER NOT NULL, currency TEXT NOT NULL, account_id INTEGER NOT NULL REFERENCES account,
  tariff_id INTEGER REFERENCES tariff, rate_id INTEGER REFERENCES rate, billed_seconds INTEGER, explanation TEXT, entry_id INTEGER NOT NULL UNIQUE REFERENCES entry, at INTEGER NOT NULL) STRICT;
CREATE INDEX correction_call ON correction (cdr_id, level, id);
CREATE INDEX correction_rerating ON correction (rerating_id) WHERE rerating_id IS NOT NULL;

CREATE TABLE dispute (
  id INTEGER PRIMARY KEY, reseller_id INTEGER NOT NULL REFERENCES reseller, customer_id INTEGER REFERENCES customer, against TEXT NOT NULL, -- customer | carrier
  state TEXT NOT NULL DEFAULT 'open', subject TEXT NOT NULL, currency TEXT NOT NULL, held_micros INTEGER NOT NULL DEFAULT 0, outcome TEXT NOT NULL DEFAULT '', opened_at INTEGER NOT NULL, closed_at INTEGER,
  version INTEGER NOT NULL DEFAULT 1) STRICT; -- state: open | accepted | refused | settled
CREATE INDEX dispute_reseller ON dispute (reseller_id, id);
CREATE TABLE dispute_call (dispute_id INTEGER NOT NULL REFERENCES dispute, cdr_id INTEGER NOT NULL REFERENCES cdr, PRIMARY KEY (dispute_id, cdr_id)) STRICT, WITHOUT ROWID;
CREATE INDEX dispute_call_cdr ON dispute_call (cdr_id);
CREATE TABLE dispute_note (id INTEGER PRIMARY KEY, dispute_id INTEGER NOT NULL REFERENCES dispute, at INTEGER NOT NULL, who TEXT NOT NULL, text TEXT NOT NULL) STRICT;
CREATE INDEX dispute_note_dispute ON dispute_note (dispute_id);

CREATE TRIGGER bundle_use_no_update BEFORE UPDATE ON bundle_use BEGIN SELECT raise(ABORT, 'bundle uses are never changed'); END;
CREATE TRIGGER bundle_use_no_delete BEFORE DELETE ON bundle_use BEGIN SELECT raise(ABORT, 'bundle uses are never deleted'); END;
CREATE TRIGGER correction_no_update BEFORE UPDATE ON correction BEGIN SELECT raise(ABORT, 'corrections are never changed'); END;
CREATE TRIGGER correction_no_delete BEFORE DELETE ON correction BEGIN SELECT raise(ABORT, 'corrections are never deleted'); END;
CREATE TRIGGER dispute_note_no_update BEFORE UPDATE ON dispute_note BEGIN SELECT raise(ABORT, 'notes are never changed'); END;
CREATE TRIGGER dispute_note_no_delete BEFORE DELETE ON dispute_note BEGIN SELECT raise(ABORT, 'notes are never deleted'); END;

-- Carriers' accounts by trunk, costs of calls put right, what was said in disputed calls.

CREATE TABLE carrier_account ( -- a trunk's account with its carrier, whatever the trunk is called
  trunk_id INTEGER NOT NULL REFERENCES trunk, currency TEXT NOT NULL, account_id INTEGER NOT NULL REFERENCES account, PRIMARY KEY (trunk_id, currency)) STRICT, WITHOUT ROWID;
INSERT INTO carrier_account (trunk_id, currency, account_id)
  SELECT t.id, a.currency, a.id FROM trunk t JOIN account a ON a.reseller_id = t.reseller_id AND a.kind = 'carrier' AND a.name = t.name;

CREATE TABLE cost_correction ( -- what the carrier asks for a call put right; the newest is what it costs
  id INTEGER PRIMARY KEY, cdr_id INTEGER NOT NULL REFERENCES cdr, recosting TEXT NOT NULL, before_micros INTEGER NOT NULL, after_micros INTEGER NOT NULL, currency TEXT NOT NULL,
  account_id INTEGER NOT NULL REFERENCES account, tariff_id INTEGER NOT NULL REFERENCES tariff, rate_id INTEGER REFERENCES rate, entry_id INTEGER NOT NULL UNIQUE REFERENCES entry, at INTEGER NOT NULL) STRICT;
CREATE INDEX cost_correction_call ON cost_correction (cdr_id, id);
CREATE TRIGGER cost_correction_no_update BEFORE UPDATE ON cost_correction BEGIN SELECT raise(ABORT, 'corrections are never changed'); END;
CREATE TRIGGER cost_correction_no_delete BEFORE DELETE ON cost_correction BEGIN SELECT raise(ABORT, 'corrections are never deleted'); END;

CREATE TABLE dispute_ladder ( -- the messages of a disputed call, kept when the dispute was opened; goes when the person is forgotten
  dispute_id INTEGER NOT NULL REFERENCES dispute, cdr_id INTEGER NOT NULL REFERENCES cdr, steps TEXT NOT NULL, PRIMARY KEY (dispute_id, cdr_id)) STRICT, WITHOUT ROWID; -- JSON: [[seconds, sent, peer, title], ...]

ALTER TABLE outbox ADD COLUMN attachment TEXT NOT NULL DEFAULT ''; -- a paper that is drawn when the message leaves: invoice:ID

CREATE TABLE commission_rate (reseller_id INTEGER PRIMARY KEY REFERENCES reseller, ppm INTEGER NOT NULL) STRICT; -- what a sub-reseller earns of what its calls cost it
CREATE TABLE commission ( -- credited once a month
  reseller_id INTEGER NOT NULL REFERENCES reseller, month TEXT NOT NULL, ppm INTEGER NOT NULL, base_micros INTEGER NOT NULL, amount_micros INTEGER NOT NULL, currency TEXT NOT NULL,
  entry_id INTEGER UNIQUE REFERENCES entry, at INTEGER NOT NULL, PRIMARY KEY (reseller_id, month)) STRICT, WITHOUT ROWID;

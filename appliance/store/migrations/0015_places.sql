-- Where phones may register from, by network and country; incoming numbers that resellers sell on at prices of their own.

ALTER TABLE guard_limit ADD COLUMN networks TEXT NOT NULL DEFAULT '[]'; -- JSON: addresses and networks that phones may be at; empty: any
ALTER TABLE guard_limit ADD COLUMN countries TEXT NOT NULL DEFAULT '[]'; -- JSON: ISO 3166 codes of where phones may be

ALTER TABLE trunk_did ADD COLUMN setup_micros INTEGER; -- once, of each customer whose endpoint the number is given to; NULL: nothing

CREATE TABLE number_sale ( -- a reseller has an incoming number of its parent; ends_on NULL: still
  id INTEGER PRIMARY KEY, did TEXT NOT NULL, reseller_id INTEGER NOT NULL REFERENCES reseller, setup_micros INTEGER, fee_micros INTEGER, price_micros INTEGER,
  starts_on TEXT NOT NULL, ends_on TEXT) STRICT;
CREATE UNIQUE INDEX number_sale_now ON number_sale (did, reseller_id) WHERE ends_on IS NULL;

CREATE TABLE number_fee ( -- what was taken for a number, or given back; of a reseller (sale) or a customer (set-up alone: its monthly fees are fees like others)
  entry_id INTEGER PRIMARY KEY REFERENCES entry, did TEXT NOT NULL, sale_id INTEGER REFERENCES number_sale, customer_id INTEGER REFERENCES customer,
  kind TEXT NOT NULL, month TEXT NOT NULL, amount_micros INTEGER NOT NULL, since_on TEXT NOT NULL, until_on TEXT NOT NULL) STRICT; -- setup | month | returned
CREATE UNIQUE INDEX number_fee_once ON number_fee (sale_id, kind, month) WHERE sale_id IS NOT NULL;
CREATE TRIGGER number_fee_no_update BEFORE UPDATE ON number_fee BEGIN SELECT raise(ABORT, 'fees taken are never changed'); END;
CREATE TRIGGER number_fee_no_delete BEFORE DELETE ON number_fee BEGIN SELECT raise(ABORT, 'fees taken are never deleted'); END;

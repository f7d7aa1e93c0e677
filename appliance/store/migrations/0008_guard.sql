-- The guard's limits, fuses and bans; trunks that rewrite, rest and keep hours; incoming numbers that cost and fail over.

CREATE TABLE guard_limit ( -- typed limits of one party; what is NULL or empty is not limited
  owner_kind TEXT NOT NULL, -- customer | endpoint | trunk | reseller
  owner_id INTEGER NOT NULL, calls_per_second INTEGER, max_seconds INTEGER, day_micros INTEGER, month_micros INTEGER,
  hour_micros INTEGER, -- the fuse's floor for an hour, where it is not the shop's usual one
  allowed TEXT NOT NULL DEFAULT '[]', blocked TEXT NOT NULL DEFAULT '[]', -- prefixes, JSON
  high_risk TEXT NOT NULL DEFAULT '', -- '' | allowed | blocked
  risk_wait_until_at INTEGER, version INTEGER NOT NULL DEFAULT 1, PRIMARY KEY (owner_kind, owner_id)) STRICT, WITHOUT ROWID;
INSERT INTO guard_limit (owner_kind, owner_id, high_risk) SELECT 'customer', id, 'allowed' FROM customer; -- whoever is there already calls as before

CREATE TABLE fuse ( -- a customer's calls were stopped; released_at NULL: they still are
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer, reason TEXT NOT NULL, detail TEXT NOT NULL DEFAULT '', spent_micros INTEGER NOT NULL,
  limit_micros INTEGER NOT NULL, currency TEXT NOT NULL, tripped_at INTEGER NOT NULL, released_at INTEGER, released_by TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX fuse_customer ON fuse (customer_id, tripped_at);

CREATE TABLE ban ( -- who was not answered when the server last wrote it down
  kind TEXT NOT NULL, host TEXT NOT NULL, name TEXT NOT NULL, reason TEXT NOT NULL, since_at INTEGER NOT NULL, until_at INTEGER NOT NULL, times INTEGER NOT NULL,
  PRIMARY KEY (kind, host, name)) STRICT, WITHOUT ROWID;

ALTER TABLE trunk ADD COLUMN rules TEXT NOT NULL DEFAULT '[]'; -- JSON [prefix, strip, prepend]: the longest prefix of the number decides
ALTER TABLE trunk ADD COLUMN caller_rules TEXT NOT NULL DEFAULT '[]'; -- the same for the caller's number
ALTER TABLE trunk ADD COLUMN hours TEXT NOT NULL DEFAULT ''; -- "08:00-20:00" in the reseller's time zone; empty: always
ALTER TABLE trunk ADD COLUMN never_rests INTEGER NOT NULL DEFAULT 0;

ALTER TABLE trunk_did ADD COLUMN failover TEXT NOT NULL DEFAULT '[]'; -- JSON: numbers that are tried one after the other where the first is not reached
ALTER TABLE trunk_did ADD COLUMN price_micros INTEGER; -- a minute of a call that comes in; NULL: free
ALTER TABLE trunk_did ADD COLUMN fee_micros INTEGER; -- a month; NULL: none

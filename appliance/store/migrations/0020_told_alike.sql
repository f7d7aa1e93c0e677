-- What the explanations of many charges have in common (tariff, price, increments, rounding) is kept once: most of a charge was this text.
CREATE TABLE charge_told (
  id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, told TEXT NOT NULL) STRICT; -- told: JSON, the call's own fields at 0; digest: BLAKE2b-128 of it
ALTER TABLE charge ADD COLUMN told_id INTEGER REFERENCES charge_told; -- `explanation` is then the call's own: [duration_ms, seconds, billed_seconds, amount]; NULL: it is whole
CREATE TRIGGER charge_told_no_update BEFORE UPDATE ON charge_told BEGIN SELECT raise(ABORT, 'charges are never changed'); END;
CREATE TRIGGER charge_told_no_delete BEFORE DELETE ON charge_told BEGIN SELECT raise(ABORT, 'charges are never deleted'); END;

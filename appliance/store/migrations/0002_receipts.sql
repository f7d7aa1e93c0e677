-- A receipt is numbered when it is first printed; every later print of it is a copy with the same number.
CREATE TABLE receipt (
  payment_id INTEGER PRIMARY KEY REFERENCES payment, reseller_id INTEGER NOT NULL REFERENCES reseller, number INTEGER NOT NULL, issued_at INTEGER NOT NULL,
  UNIQUE (reseller_id, number)) STRICT;
CREATE TRIGGER receipt_no_update BEFORE UPDATE ON receipt BEGIN SELECT raise(ABORT, 'receipts are never changed'); END;
CREATE TRIGGER receipt_no_delete BEFORE DELETE ON receipt BEGIN SELECT raise(ABORT, 'receipts are never deleted'); END;

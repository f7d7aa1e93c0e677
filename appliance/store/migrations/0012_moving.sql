-- Moving in from another system. What was moved is known by the other system's name (source) and its own key there.
CREATE TABLE move_source (source TEXT PRIMARY KEY, reseller_id INTEGER NOT NULL REFERENCES reseller, moved_at INTEGER NOT NULL, cut_over_at INTEGER) STRICT, WITHOUT ROWID; -- cut_over_at set: nothing more comes from there
CREATE TABLE moved (source TEXT NOT NULL, kind TEXT NOT NULL, key_hash TEXT NOT NULL, new_id INTEGER NOT NULL, PRIMARY KEY (source, kind, key_hash)) STRICT, WITHOUT ROWID; -- kind: customer | endpoint | web_login | tariff; hashed, since a key may be a name
CREATE INDEX moved_new ON moved (kind, new_id);
CREATE TABLE old_call ( -- history of another system: read-only, never charged; who called whom is cut by retention
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer, source TEXT NOT NULL, old_key TEXT NOT NULL, started_at INTEGER NOT NULL, seconds INTEGER NOT NULL,
  caller TEXT NOT NULL, number TEXT NOT NULL, destination TEXT NOT NULL, amount_micros INTEGER NOT NULL, currency TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX old_call_key ON old_call (source, old_key);
CREATE INDEX old_call_customer ON old_call (customer_id, started_at, id);
CREATE TABLE old_invoice ( -- what was open when it came; its amount is in the opening balance
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer, source TEXT NOT NULL, old_key TEXT NOT NULL, label TEXT NOT NULL, issued_on TEXT NOT NULL, due_on TEXT,
  total_micros INTEGER NOT NULL, open_micros INTEGER NOT NULL, currency TEXT NOT NULL, settled_at INTEGER) STRICT;
CREATE UNIQUE INDEX old_invoice_key ON old_invoice (source, old_key);
CREATE INDEX old_invoice_customer ON old_invoice (customer_id);

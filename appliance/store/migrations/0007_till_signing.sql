-- a till's signing device: asked after a document is written and before it is printed; what it said stands beside the document
ALTER TABLE till ADD COLUMN signing_address TEXT NOT NULL DEFAULT ''; -- http://host:port/path on the same computer or network; '' none
ALTER TABLE till ADD COLUMN signing_seconds INTEGER NOT NULL DEFAULT 3; -- how long a receipt waits for it

CREATE TABLE till_signature ( -- made with its document; given its outcome once, and fixed from then on
  document_id INTEGER PRIMARY KEY REFERENCES till_document, till_id INTEGER NOT NULL REFERENCES till, address TEXT NOT NULL, seconds INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting', -- waiting signed silent wrong
  at INTEGER, device TEXT NOT NULL DEFAULT '', signature TEXT NOT NULL DEFAULT '', qr TEXT NOT NULL DEFAULT '', error TEXT NOT NULL DEFAULT '',
  hash TEXT NOT NULL DEFAULT '') STRICT; -- closes over the document's hash and what was said
CREATE INDEX till_signature_waiting ON till_signature (till_id, document_id) WHERE state = 'waiting';
CREATE INDEX till_signature_till ON till_signature (till_id, document_id);

CREATE TRIGGER till_signature_fixed BEFORE UPDATE ON till_signature WHEN old.state <> 'waiting'
  BEGIN SELECT raise(ABORT, 'what a signing device said is never changed'); END;
CREATE TRIGGER till_signature_no_delete BEFORE DELETE ON till_signature BEGIN SELECT raise(ABORT, 'what a signing device said is never deleted'); END;

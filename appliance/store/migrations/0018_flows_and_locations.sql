-- Registrations by flow; trunks that take an emergency caller's address as a document.

ALTER TABLE trunk ADD COLUMN emergency_location INTEGER NOT NULL DEFAULT 0; -- PIDF-LO (RFC 4119) in place of a Subject

CREATE TABLE binding_by_flow ( -- one row a flow: a phone's two flows (RFC 5626) and two homes' phones may say the same contact
  endpoint_id INTEGER NOT NULL REFERENCES endpoint, contact TEXT NOT NULL, source TEXT NOT NULL, transport TEXT NOT NULL, listener TEXT NOT NULL, call_id TEXT NOT NULL, cseq INTEGER NOT NULL, q INTEGER NOT NULL, path TEXT NOT NULL,
  instance TEXT NOT NULL, reg_id INTEGER NOT NULL, user_agent TEXT NOT NULL, natted INTEGER NOT NULL, since_at INTEGER NOT NULL, refreshed_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
  place TEXT NOT NULL DEFAULT '', -- behind NAT: the address it comes from
  PRIMARY KEY (endpoint_id, contact, instance, reg_id, place)) STRICT, WITHOUT ROWID;
INSERT INTO binding_by_flow SELECT endpoint_id, contact, source, transport, listener, call_id, cseq, q, path, instance, reg_id, user_agent, natted, since_at, refreshed_at, expires_at,
  CASE natted WHEN 0 THEN '' ELSE trim(rtrim(rtrim(source, '0123456789'), ':'), '[]') END FROM binding;
DROP TABLE binding;
ALTER TABLE binding_by_flow RENAME TO binding;

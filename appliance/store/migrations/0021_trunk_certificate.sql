-- The certificate of ours that a carrier wants to see, where it is not the server's own.

ALTER TABLE trunk ADD COLUMN certificate_sealed BLOB; -- PEM: certificate, its chain, key; null: the one of sip.client_certificate
ALTER TABLE trunk ADD COLUMN certificate_name TEXT NOT NULL DEFAULT ''; -- what it calls us
ALTER TABLE trunk ADD COLUMN certificate_until_at INTEGER; -- when it runs out

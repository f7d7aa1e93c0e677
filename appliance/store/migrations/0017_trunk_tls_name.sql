-- Trunks that are known by the name in their TLS certificate; emergency calls of late, found again after a restart.

ALTER TABLE trunk ADD COLUMN tls_name TEXT NOT NULL DEFAULT ''; -- a DNS name, lower case; empty: known by address alone

CREATE INDEX cdr_emergency ON cdr (started_at) WHERE emergency = 1;

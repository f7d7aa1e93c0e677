-- Links that phones fetch their settings by, and how a reseller shows itself.

CREATE TABLE provision_link ( -- found by the hash of its token; mac: "" until the first phone asks, whose link it then is
  id INTEGER PRIMARY KEY, endpoint_id INTEGER NOT NULL REFERENCES endpoint, maker TEXT NOT NULL, token_hash TEXT NOT NULL UNIQUE, mac TEXT NOT NULL DEFAULT '', made_at INTEGER NOT NULL, made_by TEXT NOT NULL,
  expires_at INTEGER NOT NULL, most_fetches INTEGER NOT NULL, fetches INTEGER NOT NULL DEFAULT 0, fetched_at INTEGER, fetched_from TEXT NOT NULL DEFAULT '', revoked_at INTEGER) STRICT;
CREATE INDEX provision_link_endpoint ON provision_link (endpoint_id, id);

CREATE TABLE brand ( -- what a reseller shows on its pages, papers and e-mails; "" and NULL: the usual. languages: JSON list, empty: all
  reseller_id INTEGER PRIMARY KEY REFERENCES reseller, name TEXT NOT NULL DEFAULT '', accent TEXT NOT NULL DEFAULT '', logo BLOB, logo_width INTEGER NOT NULL DEFAULT 0, logo_height INTEGER NOT NULL DEFAULT 0,
  logo_hash TEXT NOT NULL DEFAULT '', help_email TEXT NOT NULL DEFAULT '', help_phone TEXT NOT NULL DEFAULT '', sender_email TEXT NOT NULL DEFAULT '', languages TEXT NOT NULL DEFAULT '[]') STRICT;

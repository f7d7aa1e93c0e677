-- Programs elsewhere that are told of events, and what is still to be told them.

CREATE TABLE webhook ( -- events: JSON list; secret: sealed; dropped: events that found the queue full
  id INTEGER PRIMARY KEY, reseller_id INTEGER NOT NULL REFERENCES reseller, name TEXT NOT NULL, url TEXT NOT NULL, events TEXT NOT NULL, secret BLOB NOT NULL, disabled INTEGER NOT NULL DEFAULT 0,
  dropped INTEGER NOT NULL DEFAULT 0, rests_until INTEGER NOT NULL DEFAULT 0, made_at INTEGER NOT NULL, archived_at INTEGER, version INTEGER NOT NULL DEFAULT 1) STRICT;

CREATE TABLE webhook_delivery ( -- subject and mark tell one event from another, so that none is told twice; state: waiting, sent, dead
  id INTEGER PRIMARY KEY, webhook_id INTEGER NOT NULL REFERENCES webhook, event TEXT NOT NULL, subject INTEGER NOT NULL, mark INTEGER NOT NULL, made_at INTEGER NOT NULL, body TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting', tries INTEGER NOT NULL DEFAULT 0, next_try_at INTEGER NOT NULL, sent_at INTEGER, error TEXT, UNIQUE (webhook_id, event, subject, mark)) STRICT;
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (next_try_at) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_list ON webhook_delivery (webhook_id, id);

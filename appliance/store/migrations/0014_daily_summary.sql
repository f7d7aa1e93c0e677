-- A day as it was told to the operators, and when trunks did not work.

CREATE TABLE daily_summary ( -- on_day: the day it tells of, in the reseller's time zone; content: JSON, persons by id alone
  id INTEGER PRIMARY KEY, reseller_id INTEGER NOT NULL REFERENCES reseller, on_day TEXT NOT NULL, made_at INTEGER NOT NULL, content TEXT NOT NULL, UNIQUE (reseller_id, on_day)) STRICT;

CREATE TABLE trunk_outage ( -- reason: a key of the catalogue; detail: what the carrier said; ended_at NULL: it goes on
  id INTEGER PRIMARY KEY, trunk_id INTEGER NOT NULL REFERENCES trunk, reason TEXT NOT NULL, detail TEXT NOT NULL DEFAULT '', began_at INTEGER NOT NULL, ended_at INTEGER) STRICT;
CREATE INDEX trunk_outage_trunk ON trunk_outage (trunk_id, id);

-- One queue a webhook, walked in its order.
CREATE INDEX webhook_delivery_queue ON webhook_delivery (webhook_id, id) WHERE state = 'waiting';
DROP INDEX webhook_delivery_waiting;

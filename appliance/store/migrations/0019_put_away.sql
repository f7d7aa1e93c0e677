-- What a thing let go when it was put out of use, so that restoring it gives that back: a phone's numbers and password, a carrier's numbers.
CREATE TABLE put_away (
  kind TEXT NOT NULL, id INTEGER NOT NULL, at INTEGER NOT NULL, kept TEXT NOT NULL, -- kept: JSON, ids and rows; secrets sealed, forgotten after 30 days
  PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;

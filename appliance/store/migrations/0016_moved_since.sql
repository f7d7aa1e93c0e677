-- What the last move wrote of a thing, so that the next one sees what was changed here since.
ALTER TABLE moved ADD COLUMN written TEXT; -- JSON: field to a digest of the value that was written; NULL: not known. Forgotten when its person is

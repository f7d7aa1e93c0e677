"""All SQL of the house. Only services open this room.

store        Store: the one writer and its units of work; Reader: a read-only connection with the same nouns
database     the only user of apsw: pragmas, result codes sorted into faults, savepoints
migration    numbered .sql files, each one unit of work with a backup before it
lock         one writer a folder: server or offline command
checkpoint   moves the log into the file beside the calls, never on the writer
log_room     keeps room ahead in the log, so that a commit never makes the file longer
table        what every noun's table can do: get, insert, change with a version
backup       one checked file of database, key, configuration and certificates; and back again
second_copy  the copy elsewhere, encrypted, never more than five minutes behind
seal         secrets at rest
verify       proves the books and the database

One file a noun (people, resellers, customers, endpoints, …); they do not know each other. Rows are NamedTuples
named as the table's columns; flags are 0 or 1, lists and maps are JSON text, moments are milliseconds (`_at`).
"""

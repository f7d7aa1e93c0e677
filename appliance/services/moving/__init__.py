"""Moving in from another system (operations.md, `tollhouse move`).

dump csv_set           rows of a file: a dump of MySQL or PostgreSQL, CSV (values: what stands in their columns)
astpp magnus a2billing what one system's tables mean (csv_set: the same for CSV); book, rate_book: what they fill, with each row's place
records                customers, endpoints, … in shapes that belong to no system
feed                   the reading from end to end, in a process of its own beside a server
writing moves          the one writer; the two operations
past                   what is looked at afterwards: old calls, invoices that were open
"""

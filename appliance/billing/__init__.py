"""Money without calls: pure functions and books in memory, no I/O, no clock, integers only.

number       the dialled digits to the number that is rated
rate         one rate version (Rate), what it comes to for a tariff (Price), and the answers no rate and blocked
rate_deck    the rates of one tariff, found by longest prefix
deck_words, deck_guess, deck_prefixes, deck_cells  what a rate deck's columns and cells mean
deck_import  its rows into rates and problems
deck_difference  against what a tariff has: what is written, what ends, what people look at
schedule     weekly time bands in a time zone
increments   from a duration to billed seconds and back
timeline     the stretches of a call that crosses time bands
tariff       all tariffs, derived chains included (TariffBook)
rating       a duration into a charge, and an amount into a duration: one function, both ways (Terms)
explanation  how a charge came about, as data
credit       the running calls of every account, and when each must end (CreditBook)
credit_account  one account's share of that: its funds, its lines, its next moment
routing      which trunks serve a number, in which order
admission    whether a call may go on, and why not
chart        the accounts of the ledger by the part they play
ledger       balanced postings for charges, costs, payments, reversals
tax          tax inside and on top of an amount, and which rate is whose
fees         the months of a fee, and what a part of one costs
invoice      what a document adds up to; structured payment references
"""

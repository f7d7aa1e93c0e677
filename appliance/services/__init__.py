"""Verbs of the trade; the only writers of the store. Plain synchronous code without Twisted and without SIP.

services        the wiring: one object that holds every service
changes         what changed, told after commit
hot             look-ups the calls need, in memory, rebuilt from what changed
ledger          the one place that posts; funds of running calls follow
calls           admit, ringing, answered, ended, hang up: one CDR a call, one entry a charge
call_record     a running call and what its CDR will say
limits          how many calls at once
live            running calls as a reader sees them
registrations   credentials, bindings and their history
jobs            timed work on virtual time
recovery        what an earlier run left unfinished
decks           import of rate decks: preview, apply in steps; deck_file, deck_reading, deck_process, deck_profiles, deck_history
price_grid      a tariff's prices beside what they cost
stepwise        long work in steps
money_nouns     tax, fees, documents and incoming money, wired together
invoice_draft   what the next invoice of an account says; invoices, credit_notes, invoice_runs issue it, invoice_print draws it
allocations     what payments and credit notes are set against; reminders
fee_taking      monthly fees when they are due, each month once
approvals       limits by role, and the second person above them
bank, vouchers, money_moves, carriers   money that comes in, is moved, and goes out
trial_balance   accounts, sums, closed months
"""

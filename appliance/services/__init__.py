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
"""

"""Verbs of the trade; the only writers of the store. Plain synchronous code without Twisted and without SIP.

services     the wiring: one object that holds every service; nouns and the *_nouns beside it wire one theme each

ground       what every service stands on: who asks, the unit of work, look-ups, the ledger, what is held in memory
calls        admit, ringing, answered, ended: one CDR a call, one entry a charge; registrations, recovery
trunks       trunks and routes: kept, watched, tried
guard        bans, fuses, typed limits
prices       tariffs, rates, decks, radar, what-if, re-rating
money        payments, documents, fees, taxes, carriers: what posts to the ledger besides a call
mail         what the program writes to people
people       customers, endpoints, resellers, operators, web logins, and how they sign in
keeping      backups, retention, the description file, verify, the self-check
call_shop    booths, bills, tills, shifts
moving       moving in from another system

The folders stand one upon the other as the import contract says: no two import each other.
"""

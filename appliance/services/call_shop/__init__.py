"""Call shops: booths, bills, tills (callshop.md). Doors come in by `shop_nouns`, which wires the rest.

    places            a shop's things through their shop; what is another's is not there
    booths sessions   the cards of the screen; guests who come, pay in, move, and go (cards: the views of both)
    bills checkout    what is on a bill; how it ends: paid, lost, refunded (tabs: the guests' accounts; bill_views)
    tills shifts      where money is taken, and when; goods; reports: X and Z (drawer: every movement of cash)
    receipts          documents in one chain a shop; printing: what waits for a printer; strips: their content; reprints
    approvals events  a supervisor's PIN; what an owner wants to know of
    meters            what runs in booths now
    shops figures     settings and chains; statistics; guest_prices: what a call costs a guest

A call itself never comes here: `services/calls/booth_calls` stands between calls and bills.
"""

"""Paper: what is to be said comes in, PDF or CSV goes out. Nothing is computed here, and nothing is asked of the store.

`parties` who writes to whom · `lettering` fonts, shaping and the order of mixed scripts · `paper` a page with margins, columns
and page numbers, mirrored for languages written from the right · `receipt`, `settings_sheet`, `price_list`, `statement`, `call_list`,
`voucher_sheet` one document each · `invoice` what an invoice says, `invoice_paper` with `invoice_calls` its paper, `factur_x` its
data inside.

Drawing takes tens of milliseconds: whoever serves calls draws in a thread.
"""

"""The call shop: booths, checkout, shifts, receipts."""
